/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/trias-window.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/connect/trias-connections-popover.h"
#include "console/events/trias-events-page.h"
#include "console/licenses/trias-licenses-page.h"
#include "console/redundancy/trias-redundancy-page.h"
#include "console/server/trias-server-page.h"
#include "console/trias-alarms.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-banner.h"
#include "client/trias-words.h"

struct _TriasWindow
{
  AdwApplicationWindow parent_instance;

  TriasServers *servers;      /* (owned) */
  TriasPairs *pairs;          /* (owned) */
  TriasTriads *triads;        /* (owned) */
  TriasAlarms *alarms;        /* (owned) (nullable) without an application */
  TriasServer *banner_server; /* (owned) (nullable) whom the banner speaks of */
  char *page;                 /* (owned) the page that is shown once there is a server */

  AdwFlap *flap;
  GtkWidget *sidebar;
  GtkWidget *content_box;
  GtkListBox *page_list;
  AdwWindowTitle *page_title;
  GtkMenuButton *connections_button;
  GtkImage *connections_icon;
  GtkLabel *connections_label;
  TriasConnectionsPopover *connections_popover;
  TriasBanner *banner;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  TriasServerPage *server_page;
  TriasLicensesPage *licenses_page;
  TriasRedundancyPage *redundancy_page;
  TriasEventsPage *events_page;
};

G_DEFINE_FINAL_TYPE (TriasWindow, trias_window, ADW_TYPE_APPLICATION_WINDOW)

static const char *const page_names[] = { "server", "licenses", "redundancy", "events" };

static void
add_page_row (TriasWindow *self, const char *name)
{
  GtkStackPage *page
      = gtk_stack_get_page (self->stack, gtk_stack_get_child_by_name (self->stack, name));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *row = gtk_list_box_row_new ();
  const char *title = gtk_stack_page_get_title (page);
  GtkWidget *label = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (box),
                  gtk_image_new_from_icon_name (gtk_stack_page_get_icon_name (page)));
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  trias_a11y_set_name (row, title);
  gtk_widget_set_name (row, name);
  gtk_list_box_append (self->page_list, row);
}

static void
update_page (TriasWindow *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->servers)) > 0;
  GtkWidget *child = gtk_stack_get_child_by_name (self->stack, self->page);

  gtk_stack_set_visible_child_name (self->stack, any ? self->page : "welcome");
  adw_window_title_set_title (
      self->page_title,
      any ? gtk_stack_page_get_title (gtk_stack_get_page (self->stack, child)) : _ ("Trias"));
}

static void
row_selected_cb (TriasWindow *self, GtkListBoxRow *row)
{
  if (row == NULL)
    return;
  g_free (self->page);
  self->page = g_strdup (gtk_widget_get_name (GTK_WIDGET (row)));
  if (self->servers != NULL)
    update_page (self);
}

static void
row_activated_cb (TriasWindow *self)
{
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

static void
flap_changed_cb (TriasWindow *self)
{
  trias_a11y_set_hidden (self->sidebar, !adw_flap_get_reveal_flap (self->flap));
}

static void
update_connections (TriasWindow *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->servers));
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);

      if (trias_server_get_state (server) == TRIAS_SERVER_CONNECTED)
        g_ptr_array_add (names, (gpointer) trias_words_server_name (server));
    }
  if (names->len == n && n > 0 && n <= 2)
    {
      g_ptr_array_add (names, NULL);
      text = g_strjoinv (" · ", (char **) names->pdata);
    }
  else if (names->len == 0)
    text = g_strdup (_ ("Not connected"));
  else
    /* TRANSLATORS: header bar: connected servers, of all known ones */
    text = g_strdup_printf (ngettext ("%1$u of %2$u connected", "%1$u of %2$u connected", n),
                            names->len, n);
  gtk_label_set_text (self->connections_label, text);
  gtk_image_set_from_icon_name (self->connections_icon, names->len > 0 ? "trias-server-symbolic"
                                                                       : "trias-offline-symbolic");
  name = g_strdup_printf (_ ("Connected licence servers: %s"), text);
  trias_a11y_name_menu_button (self->connections_button, name);
}

#define STANDSTILL_URGENCY 6
#define ALONE_URGENCY 5

/* The most urgent thing that keeps the console from a server; NULL if there is none. */
static char *
describe_trouble (TriasServer *server, const char **button, guint *urgency)
{
  const char *name = trias_words_server_name (server);

  *button = NULL;
  if (trias_server_get_key_changed (server))
    {
      *urgency = 4;
      *button = _ ("_Compare…");
      return g_strdup_printf (_ ("Another key than the known one answers as “%s”. Nothing is sent "
                                 "there until you have compared its fingerprint."),
                              name);
    }
  if (trias_server_get_state (server) == TRIAS_SERVER_UNTRUSTED)
    {
      *urgency = 3;
      *button = _ ("_Compare…");
      return g_strdup_printf (_ ("The fingerprint of “%s” is not confirmed yet."), name);
    }
  if (trias_server_get_state (server) == TRIAS_SERVER_SIGNED_OUT)
    {
      *urgency = 2;
      *button = _ ("_Sign In…");
      return g_strdup_printf (_ ("You are not signed in to “%s”."), name);
    }
  if (trias_server_get_state (server) == TRIAS_SERVER_LOST)
    {
      *urgency = 1;
      return g_strdup_printf (_ ("The console has lost “%s” and keeps trying to reach it. What is "
                                 "shown of it is the last known state."),
                              name);
    }
  *urgency = 0;
  return NULL;
}

/* What the banner says: the worst of all. */
typedef struct
{
  char *text; /* (owned) (nullable) */
  const char *button;
  guint urgency;
  TriasServer *server; /* (owned) (nullable) the one it is about */
} Trouble;

static void
trouble_clear (Trouble *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_object (&self->server);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trouble, trouble_clear)

/* Takes @text. */
static void
take_worse (Trouble *self, char *text, const char *button, guint urgency, TriasServer *server)
{
  if (urgency <= self->urgency)
    {
      g_free (text);
      return;
    }
  trouble_clear (self);
  self->text = text;
  self->button = button;
  self->urgency = urgency;
  self->server = server != NULL ? g_object_ref (server) : NULL;
}

static void
look_at_servers (TriasWindow *self, Trouble *trouble)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->servers));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);
      const char *button;
      guint urgency;
      char *text = describe_trouble (server, &button, &urgency);

      take_worse (trouble, text, button, urgency, server);
    }
}

/* A server whose partners were lost goes on without redundancy, until it is set up again. */
static void
look_at_lost (TriasWindow *self, Trouble *trouble)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->servers));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);
      TriasRelationshipInfo *info = trias_server_get_relationship (server);
      const TriasRecovered *recovered
          = info != NULL ? trias_relationship_info_get_recovered (info) : NULL;

      if (recovered != NULL)
        take_worse (
            trouble,
            g_strdup_printf (_ ("“%1$s” goes on alone since the other servers of “%2$s” were "
                                "lost: there is no redundancy."),
                             trias_words_server_name (server), recovered->name),
            _ ("Show _Redundancy"), ALONE_URGENCY, NULL);
    }
}

static char *
describe_standstill (TriasTriad *triad)
{
  TriasTriadMember *left = trias_triad_get_only_left (triad);

  if (left == NULL)
    return g_strdup_printf (_ ("None of the three servers of “%s” is active: clients get no "
                               "seats."),
                            trias_triad_get_name (triad));
  /* TRANSLATORS: a triad, its only server that is there */
  return g_strdup_printf (_ ("None of the three servers of “%1$s” is active: clients get no seats. "
                             "Bring a second one back; if both others are lost for good, let "
                             "“%2$s” go on alone."),
                          trias_triad_get_name (triad), trias_triad_member_get_name (left));
}

/* A triad without an active server is a standstill: more urgent than anything else. */
static void
look_at_triads (TriasWindow *self, Trouble *trouble)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->triads));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasTriad) triad = g_list_model_get_item (G_LIST_MODEL (self->triads), i);

      if (trias_triad_get_active (triad) == NULL && !trias_triad_get_last_known (triad))
        take_worse (trouble, describe_standstill (triad), _ ("Show _Redundancy"),
                    STANDSTILL_URGENCY, NULL);
    }
}

static void
update_banner (TriasWindow *self)
{
  g_auto (Trouble) trouble = { NULL };

  look_at_servers (self, &trouble);
  look_at_lost (self, &trouble);
  look_at_triads (self, &trouble);
  g_set_object (&self->banner_server, trouble.server);
  trias_banner_set_button (self->banner, trouble.button);
  trias_banner_set_text (self->banner, trouble.text);
}

static void
banner_activated_cb (TriasWindow *self)
{
  if (self->banner_server != NULL)
    trias_window_connect_server (self, self->banner_server);
  else
    trias_window_show_page (self, "redundancy");
}

static void
triads_changed_cb (TriasWindow *self, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasTriad) triad = g_list_model_get_item (G_LIST_MODEL (self->triads), i);

      /* The list is told anew as a whole: one that stays is not to be followed twice. */
      g_signal_handlers_disconnect_by_func (triad, update_banner, self);
      g_signal_connect_object (triad, "updated", G_CALLBACK (update_banner), self,
                               G_CONNECT_SWAPPED);
    }
  update_banner (self);
}

static void
server_changed_cb (TriasWindow *self)
{
  if (self->servers == NULL)
    return;
  update_connections (self);
  update_banner (self);
}

static void
servers_changed_cb (TriasWindow *self, guint position, guint removed, guint added)
{
  static const char *const watched[] = { "notify::state", "notify::name", "notify::key-changed" };

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);

      for (guint w = 0; w < G_N_ELEMENTS (watched); w++)
        g_signal_connect_object (server, watched[w], G_CALLBACK (server_changed_cb), self,
                                 G_CONNECT_SWAPPED);
      g_signal_connect_object (server, "notify::relationship", G_CALLBACK (update_banner), self,
                               G_CONNECT_SWAPPED);
    }
  update_page (self);
  server_changed_cb (self);
}

static void
set_servers (TriasWindow *self, TriasServers *servers)
{
  self->servers = g_object_ref (servers);
  self->pairs = trias_pairs_new (servers);
  self->triads = trias_triads_new (servers);
  if (gtk_window_get_application (GTK_WINDOW (self)) != NULL)
    self->alarms = trias_alarms_new (G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))),
                                     self->pairs, self->triads);
  trias_connections_popover_set_servers (self->connections_popover, servers);
  trias_server_page_set_servers (self->server_page, servers);
  trias_licenses_page_set_models (self->licenses_page, servers, self->triads);
  trias_redundancy_page_set_models (self->redundancy_page, servers, self->pairs, self->triads);
  trias_events_page_set_servers (self->events_page, servers);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->triads, "items-changed", G_CALLBACK (triads_changed_cb), self,
                           G_CONNECT_SWAPPED);
  servers_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (servers)));
  triads_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (self->triads)));
}

static void
add_server_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_window_connect_server (TRIAS_WINDOW (widget), NULL);
}

static void
show_page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_window_show_page (TRIAS_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* From the sidebar, too: the page that is shown searches if it can. */
static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasWindow *self = TRIAS_WINDOW (widget);

  if (gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->events_page))
    gtk_widget_activate_action (GTK_WIDGET (self->events_page), "events.search", NULL);
}

static void
set_up_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasWindow *self = TRIAS_WINDOW (widget);

  trias_window_show_page (self, "redundancy");
  trias_redundancy_page_set_up (self->redundancy_page);
}

static void
trias_window_dispose (GObject *object)
{
  TriasWindow *self = TRIAS_WINDOW (object);

  g_clear_object (&self->banner_server);
  g_clear_object (&self->alarms);
  g_clear_object (&self->pairs);
  g_clear_object (&self->triads);
  g_clear_object (&self->servers);
  g_clear_pointer (&self->page, g_free);
  G_OBJECT_CLASS (trias_window_parent_class)->dispose (object);
}

static void
ensure_types (void)
{
  g_type_ensure (TRIAS_TYPE_BANNER);
  g_type_ensure (TRIAS_TYPE_CONNECTIONS_POPOVER);
  g_type_ensure (TRIAS_TYPE_SERVER_PAGE);
  g_type_ensure (TRIAS_TYPE_LICENSES_PAGE);
  g_type_ensure (TRIAS_TYPE_REDUNDANCY_PAGE);
  g_type_ensure (TRIAS_TYPE_EVENTS_PAGE);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, content_box);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, page_list);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, page_title);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, connections_button);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, connections_icon);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, connections_label);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, connections_popover);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, server_page);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, licenses_page);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, redundancy_page);
  gtk_widget_class_bind_template_child (widget_class, TriasWindow, events_page);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, banner_activated_cb);
}

static void
trias_window_class_init (TriasWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_window_dispose;
  ensure_types ();
  gtk_widget_class_set_template_from_resource (widget_class, "/org/trias/Console/trias-window.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "win.add-server", NULL, add_server_action);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.set-up-redundancy", NULL, set_up_action);
  for (guint i = 0; i < G_N_ELEMENTS (page_names); i++)
    gtk_widget_class_add_binding_action (widget_class, GDK_KEY_1 + i, GDK_ALT_MASK, "win.show-page",
                                         "s", page_names[i]);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "win.add-server",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "win.set-up-redundancy", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "win.search",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                       NULL);
}

static void
trias_window_init (TriasWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->page = g_strdup ("redundancy");
  for (guint i = 0; i < G_N_ELEMENTS (page_names); i++)
    add_page_row (self, page_names[i]);
  trias_a11y_watch_stack (self->stack);
  trias_a11y_tab_leaves_to (GTK_WIDGET (self->page_list), self->content_box);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  g_signal_connect_object (self->flap, "notify::reveal-flap", G_CALLBACK (flap_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->flap, "notify::folded", G_CALLBACK (flap_changed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_set_icon_name (GTK_WINDOW (self), "org.trias.Console");
}

GtkWidget *
trias_window_new (GtkApplication *app, TriasServers *servers)
{
  TriasWindow *self = g_object_new (TRIAS_TYPE_WINDOW, "application", app, NULL);

  set_servers (self, servers);
  trias_window_show_page (self, "redundancy");
  return GTK_WIDGET (self);
}

void
trias_window_show_page (TriasWindow *self, const char *name)
{
  g_return_if_fail (TRIAS_IS_WINDOW (self));

  for (guint i = 0; i < G_N_ELEMENTS (page_names); i++)
    if (g_strcmp0 (name, page_names[i]) == 0)
      gtk_list_box_select_row (self->page_list,
                               gtk_list_box_get_row_at_index (self->page_list, (int) i));
}

void
trias_window_connect_server (TriasWindow *self, TriasServer *server)
{
  g_return_if_fail (TRIAS_IS_WINDOW (self));

  trias_connect_dialog_show (GTK_WINDOW (self), self->servers, server);
}

void
trias_window_toast (TriasWindow *self, const char *text)
{
  g_return_if_fail (TRIAS_IS_WINDOW (self));

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}
