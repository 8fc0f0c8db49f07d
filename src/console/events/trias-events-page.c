/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/events/trias-events-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/trias-event-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-column-view-a11y.h"
#include "console/widgets/trias-column-view-fit.h"
#include "client/trias-words.h"

/* The view takes one frame to move, the scrolled window another. */
#define SETTLE_FRAMES 3

struct _TriasEventsPage
{
  AdwBin parent_instance;

  TriasServers *servers; /* (owned) (nullable) */
  GtkFilter *filter;     /* (owned) */
  GListModel *events;    /* (owned) (nullable) what is shown */
  char *needle;          /* (owned) (nullable) what is searched, case folded */
  guint settling;        /* tick callback that keeps the newest in sight; 0 = none */
  guint frames;          /* it still has to do so */

  GtkSearchEntry *search;
  GtkDropDown *severity;
  GtkStack *stack;
  GtkColumnView *view;
};

G_DEFINE_FINAL_TYPE (TriasEventsPage, trias_events_page, ADW_TYPE_BIN)

typedef enum
{
  COLUMN_SEVERITY,
  COLUMN_TIME,
  COLUMN_SERVER,
  COLUMN_TEXT,
} Column;

static const char *
name_of_server (const char *id, gpointer user_data)
{
  TriasEventsPage *self = user_data;
  TriasServer *server = self->servers != NULL ? trias_servers_find (self->servers, id) : NULL;

  return server != NULL ? trias_words_server_name (server) : NULL;
}

static char *
describe (TriasEventsPage *self, const TriasEvent *event, Column column)
{
  const char *name = NULL;

  switch (column)
    {
    case COLUMN_SEVERITY:
      return g_strdup (trias_event_words_severity (event->severity));
    case COLUMN_TIME:
      return trias_age_format_time (event->time);
    case COLUMN_SERVER:
      name = name_of_server (event->server, self);
      return name != NULL ? g_strdup (name) : g_strndup (event->server, 12);
    case COLUMN_TEXT:
      break;
    }
  return trias_event_words_describe (event, name_of_server, self);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  Column column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "trias-column"));
  GtkWidget *child = column == COLUMN_SEVERITY ? gtk_image_new () : gtk_label_new (NULL);

  if (column != COLUMN_SEVERITY)
    {
      gtk_label_set_xalign (GTK_LABEL (child), 0);
      gtk_label_set_ellipsize (GTK_LABEL (child), PANGO_ELLIPSIZE_END);
    }
  gtk_widget_set_margin_top (child, 3);
  gtk_widget_set_margin_bottom (child, 3);
  gtk_list_item_set_child (list_item, child);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  Column column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "trias-column"));
  TriasEventsPage *self = user_data;
  const TriasEvent *event = trias_event_item_get_event (gtk_list_item_get_item (list_item));
  GtkWidget *child = gtk_list_item_get_child (list_item);
  g_autofree char *text = describe (self, event, column);
  g_autofree char *row = column == COLUMN_SEVERITY ? describe (self, event, COLUMN_TEXT) : NULL;

  if (column == COLUMN_SEVERITY)
    {
      gtk_image_set_from_icon_name (GTK_IMAGE (child), trias_event_words_icon (event->severity));
      gtk_widget_remove_css_class (child, "warning");
      gtk_widget_remove_css_class (child, "error");
      if (event->severity != TRIAS_SEVERITY_INFO)
        gtk_widget_add_css_class (child,
                                  event->severity == TRIAS_SEVERITY_ERROR ? "error" : "warning");
      trias_a11y_set_name (child, text);
    }
  else
    gtk_label_set_text (GTK_LABEL (child), text);
  gtk_widget_set_tooltip_text (child, text);
  trias_column_view_name_cell (child, text, row);
}

static void
add_column (TriasEventsPage *self, Column column, const char *title, int width)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) view_column = NULL;

  g_object_set_data (G_OBJECT (factory), "trias-column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  view_column = gtk_column_view_column_new (title, factory);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (view_column, width);
  else
    gtk_column_view_column_set_expand (view_column, TRUE);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  trias_column_view_hide_below (view_column, column == COLUMN_SERVER ? 560 : 0);
  gtk_column_view_append_column (self->view, view_column);
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  TriasEventsPage *self = user_data;
  const TriasEvent *event = trias_event_item_get_event (item);
  g_autofree char *text = NULL;
  g_autofree char *folded = NULL;

  /* Events go on while the window closes. */
  if (self->view == NULL)
    return FALSE;
  if ((guint) event->severity < gtk_drop_down_get_selected (self->severity))
    return FALSE;
  if (self->needle == NULL)
    return TRUE;
  text = describe (self, event, COLUMN_TEXT);
  folded = g_utf8_casefold (text, -1);
  return strstr (folded, self->needle) != NULL;
}

static int
compare_newest_first (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const TriasEvent *first = trias_event_item_get_event ((gpointer) a);
  const TriasEvent *second = trias_event_item_get_event ((gpointer) b);

  if (first->time != second->time)
    return first->time > second->time ? -1 : 1;
  if (first->seq != second->seq)
    return first->seq > second->seq ? -1 : 1;
  return 0;
}

static void
filter_changed_cb (TriasEventsPage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));

  g_clear_pointer (&self->needle, g_free);
  if (*text != '\0')
    self->needle = g_utf8_casefold (text, -1);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static gboolean
settle_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  TriasEventsPage *self = TRIAS_EVENTS_PAGE (widget);

  gtk_adjustment_set_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view)), 0);
  if (--self->frames > 0)
    return G_SOURCE_CONTINUE;
  self->settling = 0;
  return G_SOURCE_REMOVE;
}

/* Also whenever the page appears: while it is hidden, nothing has a place. */
static void
go_to_newest_cb (TriasEventsPage *self)
{
  self->frames = SETTLE_FRAMES;
  if (self->settling == 0)
    self->settling = gtk_widget_add_tick_callback (GTK_WIDGET (self), settle_cb, NULL, NULL);
}

/* The view holds on to the row at its top, so what is new above it would stay out of sight. Who
 * has scrolled down to read something keeps that in sight. */
static void
keep_newest_in_sight (TriasEventsPage *self)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view));

  if (self->settling != 0 || gtk_adjustment_get_value (adjustment) <= 0)
    go_to_newest_cb (self);
}

static void
update_stack_cb (TriasEventsPage *self)
{
  gboolean any = self->events != NULL && g_list_model_get_n_items (self->events) > 0;

  gtk_stack_set_visible_child_name (self->stack, any ? "events" : "empty");
  if (self->view != NULL)
    keep_newest_in_sight (self);
}

static gpointer
get_events (gpointer item, gpointer user_data)
{
  g_autoptr (TriasServer) server = item;

  return g_object_ref (trias_server_get_events (server));
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (TRIAS_EVENTS_PAGE (widget)->search));
}

static void
trias_events_page_dispose (GObject *object)
{
  TriasEventsPage *self = TRIAS_EVENTS_PAGE (object);

  if (self->view != NULL)
    gtk_column_view_set_model (self->view, NULL);
  self->view = NULL;
  g_clear_object (&self->events);
  g_clear_object (&self->filter);
  g_clear_object (&self->servers);
  g_clear_pointer (&self->needle, g_free);
  G_OBJECT_CLASS (trias_events_page_parent_class)->dispose (object);
}

static void
trias_events_page_class_init (TriasEventsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_events_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/events/trias-events-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasEventsPage, search);
  gtk_widget_class_bind_template_child (widget_class, TriasEventsPage, severity);
  gtk_widget_class_bind_template_child (widget_class, TriasEventsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, TriasEventsPage, view);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_install_action (widget_class, "events.search", NULL, search_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "events.search",
                                       NULL);
}

static void
trias_events_page_init (TriasEventsPage *self)
{
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  gtk_widget_init_template (GTK_WIDGET (self));
  /* TRANSLATORS: heading of the column with an icon: information, warning, error */
  add_column (self, COLUMN_SEVERITY, _ ("Kind"), 56);
  add_column (self, COLUMN_TIME, _ ("Time"), 160);
  add_column (self, COLUMN_SERVER, _ ("Server"), 130);
  add_column (self, COLUMN_TEXT, _ ("What happened"), 0);
  trias_column_view_fix (self->view, _ ("Events"));
  trias_column_view_watch_width (self->view);
  trias_a11y_watch_stack (self->stack);
  g_signal_connect_object (self->view, "map", G_CALLBACK (go_to_newest_cb), self,
                           G_CONNECT_SWAPPED);
}

void
trias_events_page_set_servers (TriasEventsPage *self, TriasServers *servers)
{
  GListModel *lists = NULL;
  GListModel *all = NULL;
  GListModel *shown = NULL;

  g_return_if_fail (TRIAS_IS_EVENTS_PAGE (self));

  g_set_object (&self->servers, servers);
  lists = G_LIST_MODEL (
      gtk_map_list_model_new (G_LIST_MODEL (g_object_ref (servers)), get_events, NULL, NULL));
  all = G_LIST_MODEL (gtk_flatten_list_model_new (lists));
  shown = G_LIST_MODEL (gtk_filter_list_model_new (all, g_object_ref (self->filter)));
  self->events = G_LIST_MODEL (gtk_sort_list_model_new (
      shown, GTK_SORTER (gtk_custom_sorter_new (compare_newest_first, NULL, NULL))));
  gtk_column_view_set_model (
      self->view, GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->events))));
  g_signal_connect_object (self->events, "items-changed", G_CALLBACK (update_stack_cb), self,
                           G_CONNECT_SWAPPED);
  update_stack_cb (self);
}
