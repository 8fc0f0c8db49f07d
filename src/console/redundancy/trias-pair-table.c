/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-pair-table.h"

#include <glib/gi18n.h>

#include "client/trias-pair-words.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-column-view-a11y.h"
#include "console/widgets/trias-column-view-fit.h"
#include "client/trias-words.h"

struct _TriasPairTable
{
  GtkWidget parent_instance;

  GtkWidget *scroller;
  GtkColumnView *view;
  GtkSingleSelection *selection; /* (owned) */
  GHashTable *bound;             /* (owned) list items that show something now */
};

G_DEFINE_FINAL_TYPE (TriasPairTable, trias_pair_table, GTK_TYPE_WIDGET)

enum
{
  ACTIVATED,
  SELECTION_CHANGED,
  MENU,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef enum
{
  COLUMN_ICON,
  COLUMN_RELATIONSHIP,
  COLUMN_ROLE,
  COLUMN_NAME,
  COLUMN_ADDRESS,
  COLUMN_ONLINE,
  COLUMN_STATUS,
  N_COLUMNS
} Column;

/* How many characters a column shows at least and asks for at most; with less room each gives way.
 * -1: all there is. */
static const struct
{
  int least, most;
} characters[N_COLUMNS] = {
  [COLUMN_RELATIONSHIP] = { 8, 20 }, [COLUMN_ROLE] = { 8, 16 },   [COLUMN_NAME] = { 6, 20 },
  [COLUMN_ADDRESS] = { 12, 24 },     [COLUMN_ONLINE] = { 9, 24 }, [COLUMN_STATUS] = { 11, -1 },
};

static char *
describe (TriasPairMember *member, Column column)
{
  TriasPairFacts facts;
  gint64 now = trias_age_now ();

  trias_pair_facts_read (&facts, member);
  switch (column)
    {
    case COLUMN_ICON:
      return g_strdup (trias_pair_words_state (trias_pair_member_get_icon_state (member)));
    case COLUMN_RELATIONSHIP:
      {
        TriasPair *pair = trias_pair_member_get_pair (member);

        return g_strdup (pair != NULL ? trias_pair_get_name (pair) : "");
      }
    case COLUMN_ROLE:
      return g_strdup (trias_words_role (trias_pair_member_get_role (member)));
    case COLUMN_NAME:
      return g_strdup (trias_pair_member_get_name (member));
    case COLUMN_ADDRESS:
      return g_strdup (trias_pair_member_get_address (member));
    case COLUMN_ONLINE:
      return trias_pair_words_online (&facts, now);
    case COLUMN_STATUS:
      return trias_pair_words_status (&facts, now);
    case N_COLUMNS:
      break;
    }
  return g_strdup ("");
}

/* Addresses other than the one the partner uses stand in the tooltip. */
static void
set_tooltip (GtkWidget *child, TriasPairMember *member, Column column, const char *text)
{
  const char *const *others = trias_pair_member_get_other_addresses (member);
  g_autofree char *list = NULL;
  g_autofree char *tooltip = NULL;

  if (column != COLUMN_ADDRESS || others == NULL || others[0] == NULL)
    {
      gtk_widget_set_tooltip_text (child, text);
      return;
    }
  list = g_strjoinv ("\n", (char **) others);
  tooltip = g_strdup_printf (_ ("%1$s\nOther addresses:\n%2$s"), text, list);
  gtk_widget_set_tooltip_text (child, tooltip);
}

static void
update_cell (GtkListItem *list_item)
{
  Column column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (list_item), "trias-column"));
  TriasPairMember *member = gtk_list_item_get_item (list_item);
  GtkWidget *child = gtk_list_item_get_child (list_item);
  g_autofree char *text = describe (member, column);
  g_autofree char *row = NULL;

  if (column == COLUMN_ICON)
    {
      TriasLinkState state = trias_pair_member_get_icon_state (member);

      gtk_image_set_from_icon_name (GTK_IMAGE (child), trias_pair_words_icon (state));
      gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                      -1);
      row = g_strdup_printf ("%s, %s: %s", trias_pair_member_get_name (member),
                             trias_words_role (trias_pair_member_get_role (member)), text);
    }
  else if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (child)), text) != 0)
    gtk_label_set_text (GTK_LABEL (child), text);
  set_tooltip (child, member, column, text);
  trias_column_view_name_cell (child, text, row);
}

static void
update_ages (TriasPairTable *self)
{
  GListModel *model = G_LIST_MODEL (self->selection);
  gboolean ages = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (model) && !ages; i++)
    {
      g_autoptr (TriasPairMember) member = g_list_model_get_item (model, i);
      TriasPairFacts facts;

      trias_pair_facts_read (&facts, member);
      ages = trias_pair_words_ages (&facts);
    }
  trias_age_set_needed (GTK_WIDGET (self), ages);
}

static void
tick (gpointer user_data)
{
  TriasPairTable *self = user_data;
  GHashTableIter iter;
  gpointer list_item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &list_item, NULL))
    update_cell (list_item);
}

static void
member_changed_cb (TriasPairMember *member, GParamSpec *pspec, gpointer user_data)
{
  GtkListItem *list_item = user_data;
  TriasPairTable *self = g_object_get_data (G_OBJECT (list_item), "trias-table");

  update_cell (list_item);
  update_ages (self);
  /* What can be done with it depends on its state. */
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  Column column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "trias-column"));
  GtkWidget *child;

  if (column == COLUMN_ICON)
    {
      child = gtk_image_new ();
      gtk_image_set_pixel_size (GTK_IMAGE (child), 32);
    }
  else
    {
      child = gtk_label_new (NULL);
      gtk_label_set_xalign (GTK_LABEL (child), 0);
      gtk_label_set_ellipsize (GTK_LABEL (child), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (child), characters[column].least);
      gtk_label_set_max_width_chars (GTK_LABEL (child), characters[column].most);
      if (column == COLUMN_STATUS || column == COLUMN_ONLINE)
        {
          gtk_label_set_wrap (GTK_LABEL (child), TRUE);
          gtk_label_set_wrap_mode (GTK_LABEL (child), PANGO_WRAP_WORD_CHAR);
          gtk_label_set_lines (GTK_LABEL (child), 3);
        }
    }
  gtk_widget_set_margin_top (child, 6);
  gtk_widget_set_margin_bottom (child, 6);
  g_object_set_data (G_OBJECT (child), "trias-list-item", list_item);
  g_object_set_data (G_OBJECT (list_item), "trias-column", GUINT_TO_POINTER (column));
  g_object_set_data (G_OBJECT (list_item), "trias-table", user_data);
  gtk_list_item_set_child (list_item, child);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  TriasPairTable *self = user_data;

  g_signal_connect (gtk_list_item_get_item (list_item), "notify", G_CALLBACK (member_changed_cb),
                    list_item);
  g_hash_table_add (self->bound, list_item);
  update_cell (list_item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  TriasPairTable *self = user_data;

  g_hash_table_remove (self->bound, list_item);
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), member_changed_cb,
                                        list_item);
}

static void
add_column (TriasPairTable *self, Column column, const char *title, int hide_below)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) view_column = NULL;

  g_object_set_data (G_OBJECT (factory), "trias-column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  view_column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (view_column, column == COLUMN_STATUS);
  gtk_column_view_column_set_resizable (view_column, column != COLUMN_ICON);
  trias_column_view_hide_below (view_column, hide_below);
  gtk_column_view_append_column (self->view, view_column);
}

static void
add_columns (TriasPairTable *self)
{
  /* TRANSLATORS: heading of the column with the status icon */
  add_column (self, COLUMN_ICON, _ ("Status"), 0);
  add_column (self, COLUMN_RELATIONSHIP, _ ("Relationship"), 620);
  add_column (self, COLUMN_ROLE, _ ("Role"), 500);
  add_column (self, COLUMN_NAME, _ ("Name"), 0);
  add_column (self, COLUMN_ADDRESS, _ ("IP address"), 780);
  add_column (self, COLUMN_ONLINE, _ ("Online status"), 0);
  add_column (self, COLUMN_STATUS, _ ("Connection and synchronisation"), 0);
}

static void
activate_cb (TriasPairTable *self, guint position)
{
  gtk_single_selection_set_selected (self->selection, position);
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static void
selection_changed_cb (TriasPairTable *self)
{
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
items_changed_cb (TriasPairTable *self)
{
  update_ages (self);
  selection_changed_cb (self);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  TriasPairTable *self = user_data;
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self->view), x, y, GTK_PICK_DEFAULT);

  for (; widget != NULL && widget != GTK_WIDGET (self->view);
       widget = gtk_widget_get_parent (widget))
    {
      GtkListItem *list_item = g_object_get_data (G_OBJECT (widget), "trias-list-item");
      GtkWidget *first = gtk_widget_get_first_child (widget);

      if (list_item == NULL && first != NULL)
        list_item = g_object_get_data (G_OBJECT (first), "trias-list-item");
      if (list_item == NULL)
        continue;
      gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (list_item));
      g_signal_emit (self, signals[MENU], 0, x, y);
      return;
    }
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  TriasPairTable *self = user_data;

  if (trias_pair_table_get_selected (self) == NULL)
    return FALSE;
  g_signal_emit (self, signals[MENU], 0, 24.0, 48.0);
  return TRUE;
}

static void
add_controllers (TriasPairTable *self)
{
  GtkGesture *gesture = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), GDK_BUTTON_SECONDARY);
  g_signal_connect (gesture, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (gesture));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                        gtk_callback_action_new (menu_key_cb, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
}

static void
trias_pair_table_dispose (GObject *object)
{
  TriasPairTable *self = TRIAS_PAIR_TABLE (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->selection);
  G_OBJECT_CLASS (trias_pair_table_parent_class)->dispose (object);
}

static void
trias_pair_table_finalize (GObject *object)
{
  g_hash_table_unref (TRIAS_PAIR_TABLE (object)->bound);
  G_OBJECT_CLASS (trias_pair_table_parent_class)->finalize (object);
}

static void
trias_pair_table_class_init (TriasPairTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_pair_table_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_pair_table_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[ACTIVATED] = g_signal_new ("activated", TRIAS_TYPE_PAIR_TABLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
  signals[SELECTION_CHANGED]
      = g_signal_new ("selection-changed", TRIAS_TYPE_PAIR_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
  signals[MENU] = g_signal_new ("menu", TRIAS_TYPE_PAIR_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
trias_pair_table_init (TriasPairTable *self)
{
  self->bound = g_hash_table_new (NULL, NULL);
  self->scroller = gtk_scrolled_window_new ();
  self->selection = gtk_single_selection_new (NULL);
  self->view = GTK_COLUMN_VIEW (
      gtk_column_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection))));
  gtk_column_view_set_show_row_separators (self->view, TRUE);
  add_columns (self);
  add_controllers (self);
  trias_column_view_fix (self->view, _ ("Backup relationships"));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->view));
  trias_column_view_watch_width (self->view);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  trias_age_watch (GTK_WIDGET (self), tick, self);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (activate_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selection_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

void
trias_pair_table_set_model (TriasPairTable *self, GListModel *members)
{
  g_return_if_fail (TRIAS_IS_PAIR_TABLE (self));

  gtk_single_selection_set_model (self->selection, members);
  items_changed_cb (self);
}

TriasPairMember *
trias_pair_table_get_selected (TriasPairTable *self)
{
  g_return_val_if_fail (TRIAS_IS_PAIR_TABLE (self), NULL);

  return gtk_single_selection_get_selected_item (self->selection);
}
