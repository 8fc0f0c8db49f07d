/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-check-page.h"

#include <glib/gi18n.h>

#include "client/trias-rule-words.h"
#include "console/widgets/trias-a11y.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"
#include "console/wizard/trias-state-row.h"

struct _TriasSetupCheckPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;         /* (owned) */
  GCancellable *cancellable; /* (owned) */
  char *error;               /* (owned) (nullable) why the check could not run */
  gboolean busy;
  char *ends[2];     /* (owned) (nullable) ids: only what is about these two is shown */
  GListModel *shown; /* (owned) */
  GtkSorter *sorter; /* (owned) what is wrong stands at the top */
  GtkWidget *spinner;
  GtkLabel *verdict;
  GtkWidget *again_button;
  GtkWidget *mend_box;
  GtkListBox *list;
  GtkWidget *made_group;
  GtkListBox *made_list;
};

G_DEFINE_FINAL_TYPE (TriasSetupCheckPage, trias_setup_check_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Check");
}

static gboolean
is_complete (TriasWizardPage *page)
{
  TriasSetupCheckPage *self = TRIAS_SETUP_CHECK_PAGE (page);

  return !self->busy && trias_setup_get_passed (self->setup);
}

/* Of what is shown: the other links may have troubles of their own. */
static gboolean
is_in_order (TriasSetupCheckPage *self)
{
  guint n = g_list_model_get_n_items (self->shown);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (self->shown, i);
      TriasCheckState state = trias_check_item_get_check (item)->state;

      if (state != TRIAS_CHECK_PASSED && state != TRIAS_CHECK_WARNING)
        return FALSE;
    }
  return n > 0;
}

static const char *
get_verdict (TriasSetupCheckPage *self)
{
  gboolean present = trias_setup_is_present (self->setup);

  if (self->busy)
    return _ ("The servers are being checked…");
  if (self->error != NULL)
    return self->error;
  if (present ? !is_in_order (self) : !trias_setup_get_passed (self->setup))
    return present ? _ ("Not everything is in order. Each line below says what to do.")
                   : _ ("Something is missing. Mend it, then check again.");
  if (present)
    return _ ("All is in order. The servers reach each other and let each other in.");
  return trias_setup_get_changed (self->setup) != NULL
             ? _ ("All is well. The relationship can go on with the new server.")
             : _ ("All is well. The relationship can be set up.");
}

static void
update (TriasSetupCheckPage *self)
{
  gtk_label_set_text (self->verdict, get_verdict (self));
  gtk_widget_set_visible (self->spinner, self->busy);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), self->busy);
  if (!self->busy)
    gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
  gtk_widget_set_sensitive (self->again_button, !self->busy);
  gtk_widget_set_visible (self->mend_box,
                          !self->busy && trias_setup_get_n_mendable (self->setup) > 0);
  gtk_widget_set_visible (self->made_group,
                          g_list_model_get_n_items (trias_setup_get_made_rules (self->setup)) > 0);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

static void
set_result (TriasSetupCheckPage *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->setup == NULL)
    return;
  self->busy = FALSE;
  g_clear_pointer (&self->error, g_free);
  if (error != NULL)
    self->error = trias_reason_words_error (error);
  update (self);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasSetupCheckPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean passed;

  trias_setup_check_finish (TRIAS_SETUP (source), result, &passed, &error);
  set_result (self, error);
}

static void
mended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasSetupCheckPage) self = user_data;
  g_autoptr (GError) error = NULL;

  trias_setup_mend_finish (TRIAS_SETUP (source), result, NULL, &error);
  set_result (self, error);
}

static void
check_cb (TriasSetupCheckPage *self)
{
  if (self->busy)
    return;
  self->busy = TRUE;
  update (self);
  trias_setup_check_async (self->setup, self->cancellable, checked_cb, g_object_ref (self));
}

static void
mend_cb (TriasSetupCheckPage *self)
{
  if (self->busy)
    return;
  self->busy = TRUE;
  update (self);
  trias_setup_mend_async (self->setup, self->cancellable, mended_cb, g_object_ref (self));
}

static void
entered (TriasWizardPage *page)
{
  check_cb (TRIAS_SETUP_CHECK_PAGE (page));
}

static GtkWidget *
create_check_row (gpointer item, gpointer user_data)
{
  return trias_state_row_new_for_check (item);
}

static const char *
name_of_member (const char *id, gpointer user_data)
{
  TriasSetup *setup = TRIAS_SETUP_CHECK_PAGE (user_data)->setup;

  for (guint rank = 0; rank < trias_setup_get_n_members (setup); rank++)
    {
      TriasServer *server = trias_setup_get_server (setup, rank);

      if (server != NULL && g_strcmp0 (trias_server_get_id (server), id) == 0)
        return trias_words_server_name (server);
    }
  return NULL;
}

static GtkWidget *
create_made_row (gpointer item, gpointer user_data)
{
  TriasMadeRule *made = item;
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *rule
      = trias_rule_words_title (trias_made_rule_get_rule (made), name_of_member, user_data);
  g_autofree char *title = g_markup_printf_escaped (
      _ ("On “%s”"), trias_words_server_name (trias_made_rule_get_server (made)));
  g_autofree char *subtitle = g_markup_escape_text (rule, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_focusable (row, FALSE);
  return row;
}

static void
trias_setup_check_page_dispose (GObject *object)
{
  TriasSetupCheckPage *self = TRIAS_SETUP_CHECK_PAGE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->list != NULL)
    {
      gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
      gtk_list_box_bind_model (self->made_list, NULL, NULL, NULL, NULL);
    }
  self->list = NULL;
  g_clear_object (&self->setup);
  g_clear_object (&self->shown);
  g_clear_object (&self->sorter);
  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    g_clear_pointer (&self->ends[i], g_free);
  g_clear_pointer (&self->error, g_free);
  G_OBJECT_CLASS (trias_setup_check_page_parent_class)->dispose (object);
}

static void
trias_setup_check_page_class_init (TriasSetupCheckPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  TriasWizardPageClass *page_class = TRIAS_WIZARD_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_setup_check_page_dispose;
  page_class->get_title = get_title;
  page_class->is_complete = is_complete;
  page_class->entered = entered;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/wizard/trias-setup-check-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, verdict);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, again_button);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, mend_box);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, list);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, made_group);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupCheckPage, made_list);
  gtk_widget_class_bind_template_callback (widget_class, check_cb);
  gtk_widget_class_bind_template_callback (widget_class, mend_cb);
}

static void
trias_setup_check_page_init (TriasSetupCheckPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

/* --- which lines are shown, in which order --- */

static gboolean
is_end (TriasSetupCheckPage *self, const char *id)
{
  return g_strcmp0 (id, self->ends[0]) == 0 || g_strcmp0 (id, self->ends[1]) == 0;
}

static gboolean
is_about_ends (gpointer item, gpointer user_data)
{
  const TriasCheck *check = trias_check_item_get_check (item);

  return is_end (user_data, check->server)
         && (*check->peer == '\0' || is_end (user_data, check->peer));
}

static int
compare_trouble (gconstpointer a, gconstpointer b, gpointer user_data)
{
  static const int urgency[] = {
    [TRIAS_CHECK_FAILED] = 0,  [TRIAS_CHECK_WARNING] = 1, [TRIAS_CHECK_WAITING] = 2,
    [TRIAS_CHECK_RUNNING] = 3, [TRIAS_CHECK_PASSED] = 3,
  };

  return urgency[trias_check_item_get_check ((gpointer) a)->state]
         - urgency[trias_check_item_get_check ((gpointer) b)->state];
}

static GListModel *
arrange (TriasSetupCheckPage *self)
{
  GListModel *model = g_object_ref (trias_setup_get_checks (self->setup));

  if (self->ends[0] != NULL)
    model = G_LIST_MODEL (gtk_filter_list_model_new (
        model, GTK_FILTER (gtk_custom_filter_new (is_about_ends, self, NULL))));
  self->sorter = GTK_SORTER (gtk_custom_sorter_new (compare_trouble, NULL, NULL));
  return G_LIST_MODEL (gtk_sort_list_model_new (model, g_object_ref (self->sorter)));
}

TriasWizardPage *
trias_setup_check_page_new (TriasSetup *setup)
{
  return trias_setup_check_page_new_for_link (setup, NULL, NULL);
}

TriasWizardPage *
trias_setup_check_page_new_for_link (TriasSetup *setup, const char *one, const char *other)
{
  TriasSetupCheckPage *self = g_object_new (TRIAS_TYPE_SETUP_CHECK_PAGE, NULL);

  self->setup = g_object_ref (setup);
  self->ends[0] = g_strdup (one);
  self->ends[1] = g_strdup (other);
  self->shown = arrange (self);
  gtk_list_box_bind_model (self->list, self->shown, create_check_row, NULL, NULL);
  gtk_list_box_bind_model (self->made_list, trias_setup_get_made_rules (setup), create_made_row,
                           self, NULL);
  g_signal_connect_object (setup, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return TRIAS_WIZARD_PAGE (self);
}
