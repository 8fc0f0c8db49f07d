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

static void
update (TriasSetupCheckPage *self)
{
  const char *text = _ ("Something is missing. Mend it, then check again.");

  if (self->busy)
    text = _ ("The servers are being checked…");
  else if (self->error != NULL)
    text = self->error;
  else if (trias_setup_get_passed (self->setup))
    text = _ ("All is well. The relationship can be set up.");
  gtk_label_set_text (self->verdict, text);
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

TriasWizardPage *
trias_setup_check_page_new (TriasSetup *setup)
{
  TriasSetupCheckPage *self = g_object_new (TRIAS_TYPE_SETUP_CHECK_PAGE, NULL);

  self->setup = g_object_ref (setup);
  gtk_list_box_bind_model (self->list, trias_setup_get_checks (setup), create_check_row, NULL,
                           NULL);
  gtk_list_box_bind_model (self->made_list, trias_setup_get_made_rules (setup), create_made_row,
                           self, NULL);
  g_signal_connect_object (setup, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return TRIAS_WIZARD_PAGE (self);
}
