/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-progress-page.h"

#include <glib/gi18n.h>

#include "client/trias-reason-words.h"
#include "console/wizard/trias-state-row.h"

struct _TriasSetupProgressPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;         /* (owned) */
  GCancellable *cancellable; /* (owned) (nullable) while forming */
  GtkWidget *verdict;
  GtkWidget *list;
  gboolean cancelled;
};

G_DEFINE_FINAL_TYPE (TriasSetupProgressPage, trias_setup_progress_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Progress");
}

static const char *
get_next_label (TriasWizardPage *page)
{
  return _ ("_Done");
}

static gboolean
is_complete (TriasWizardPage *page)
{
  return trias_setup_get_state (TRIAS_SETUP_PROGRESS_PAGE (page)->setup) == TRIAS_SETUP_FORMED;
}

static gboolean
can_go_back (TriasWizardPage *page)
{
  return trias_setup_get_state (TRIAS_SETUP_PROGRESS_PAGE (page)->setup) == TRIAS_SETUP_FAILED;
}

static const char *
describe_done (TriasSetupProgressPage *self)
{
  if (trias_setup_get_leaving (self->setup) != NULL)
    return _ ("Done. The triad has its three servers again.");
  return trias_setup_get_kind (self->setup) == TRIAS_KIND_TRIAD
             ? _ ("Done. The three servers now act as one.")
             : _ ("Done. The two servers now stand in for each other.");
}

static void
update (TriasSetupProgressPage *self)
{
  const char *text = NULL;

  switch (trias_setup_get_state (self->setup))
    {
    case TRIAS_SETUP_FORMED:
      text = trias_setup_get_copied (self->setup)
                 ? describe_done (self)
                 : _ ("The relationship is set up. The first copy of the data is under way; it "
                      "ends by itself, even if you close the console.");
      break;
    case TRIAS_SETUP_FORMING:
      text = trias_setup_get_cancellable (self->setup)
                 ? _ ("The relationship is being set up. You can still cancel.")
                 : _ ("The relationship is decided. The servers now carry it through by "
                      "themselves, even if you close the console.");
      break;
    case TRIAS_SETUP_EDITING:
    case TRIAS_SETUP_CHECKING:
    case TRIAS_SETUP_CHECKED:
    case TRIAS_SETUP_FAILED:
      break;
    }
  if (text != NULL)
    gtk_label_set_text (GTK_LABEL (self->verdict), text);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

/* TRANSLATORS of the three: %s is what happened, in whole sentences */
static const char *
get_failure (TriasSetupProgressPage *self)
{
  if (trias_setup_get_leaving (self->setup) != NULL)
    return _ ("The server was not replaced; all servers are as before.\n\n%s\n\nGo back "
              "to change something or to try again.");
  if (trias_setup_get_changed (self->setup) != NULL)
    return _ ("The pair has not become a triad; all servers are as before.\n\n%s\n\nGo back "
              "to change something or to try again.");
  return _ ("The relationship was not set up; all servers are as before.\n\n%s\n\nGo "
            "back to change something or to try again.");
}

static void
formed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasSetupProgressPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean formed = trias_setup_form_finish (TRIAS_SETUP (source), result, &error);
  g_autofree char *reason = NULL, *text = NULL;
  g_auto (GStrv) parts = NULL;

  if (self->setup == NULL)
    return;
  g_clear_object (&self->cancellable);
  update (self);
  if (formed)
    return;
  reason = self->cancelled ? g_strdup (_ ("Cancelled.")) : trias_reason_words_error (error);
  parts = g_strsplit (get_failure (self), "%s", 2);
  text = g_strjoinv (reason, parts);
  gtk_label_set_text (GTK_LABEL (self->verdict), text);
}

static void
entered (TriasWizardPage *page)
{
  TriasSetupProgressPage *self = TRIAS_SETUP_PROGRESS_PAGE (page);

  if (self->cancellable != NULL || trias_setup_get_state (self->setup) == TRIAS_SETUP_FORMED)
    return;
  self->cancelled = FALSE;
  self->cancellable = g_cancellable_new ();
  trias_setup_form_async (self->setup, self->cancellable, formed_cb, g_object_ref (self));
  update (self);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return trias_state_row_new_for_step (item);
}

static void
trias_setup_progress_page_dispose (GObject *object)
{
  TriasSetupProgressPage *self = TRIAS_SETUP_PROGRESS_PAGE (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (GTK_LIST_BOX (self->list), NULL, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_object (&self->cancellable);
  g_clear_object (&self->setup);
  G_OBJECT_CLASS (trias_setup_progress_page_parent_class)->dispose (object);
}

static void
trias_setup_progress_page_class_init (TriasSetupProgressPageClass *klass)
{
  TriasWizardPageClass *page_class = TRIAS_WIZARD_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_setup_progress_page_dispose;
  page_class->get_title = get_title;
  page_class->get_next_label = get_next_label;
  page_class->is_complete = is_complete;
  page_class->can_go_back = can_go_back;
  page_class->entered = entered;
}

static void
trias_setup_progress_page_init (TriasSetupProgressPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);

  self->verdict = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS,
                                "wrap", TRUE, "xalign", 0.0f, NULL);
  gtk_widget_add_css_class (self->verdict, "heading");
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Steps of the set-up"), -1);
  gtk_box_append (GTK_BOX (box), self->verdict);
  gtk_box_append (GTK_BOX (box), self->list);
  adw_bin_set_child (ADW_BIN (self), box);
}

TriasWizardPage *
trias_setup_progress_page_new (TriasSetup *setup)
{
  TriasSetupProgressPage *self = g_object_new (TRIAS_TYPE_SETUP_PROGRESS_PAGE, NULL);

  self->setup = g_object_ref (setup);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), trias_setup_get_steps (setup), create_row,
                           NULL, NULL);
  g_signal_connect_object (setup, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return TRIAS_WIZARD_PAGE (self);
}

void
trias_setup_progress_page_cancel (TriasSetupProgressPage *self)
{
  g_return_if_fail (TRIAS_IS_SETUP_PROGRESS_PAGE (self));

  self->cancelled = TRUE;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}
