/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console-fixture.h"
#include "console/wizard/trias-setup-wizard.h"
#include "console/wizard/trias-wizard.h"

/* A page that is complete when told so. */
#define TEST_TYPE_PAGE (test_page_get_type ())
G_DECLARE_FINAL_TYPE (TestPage, test_page, TEST, PAGE, TriasWizardPage)

struct _TestPage
{
  TriasWizardPage parent_instance;

  gboolean complete;
  guint entered;
  guint left;
};

G_DEFINE_FINAL_TYPE (TestPage, test_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return "Page";
}

static gboolean
is_complete (TriasWizardPage *page)
{
  return TEST_PAGE (page)->complete;
}

static void
entered (TriasWizardPage *page)
{
  TEST_PAGE (page)->entered++;
}

static void
left (TriasWizardPage *page)
{
  TEST_PAGE (page)->left++;
}

static void
test_page_class_init (TestPageClass *klass)
{
  TriasWizardPageClass *page_class = TRIAS_WIZARD_PAGE_CLASS (klass);

  page_class->get_title = get_title;
  page_class->is_complete = is_complete;
  page_class->entered = entered;
  page_class->left = left;
}

static void
test_page_init (TestPage *self)
{
}

static void
test_navigation (void)
{
  TriasWizard *wizard = g_object_new (TRIAS_TYPE_WIZARD, "title", "Test", NULL);
  TestPage *pages[2];
  gpointer pointer = wizard;

  for (guint i = 0; i < 2; i++)
    {
      pages[i] = g_object_new (TEST_TYPE_PAGE, NULL);
      trias_wizard_add_page (wizard, TRIAS_WIZARD_PAGE (pages[i]));
    }
  trias_wizard_start (wizard);
  console_fixture_show (GTK_WINDOW (wizard));
  g_assert_cmpuint (pages[0]->entered, ==, 1);
  trias_wizard_next (wizard);
  g_assert_cmpuint (trias_wizard_get_step (wizard), ==, 0);
  g_assert_false (gtk_widget_get_sensitive (gtk_window_get_default_widget (GTK_WINDOW (wizard))));
  pages[0]->complete = TRUE;
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (pages[0]));
  g_assert_true (gtk_widget_get_sensitive (gtk_window_get_default_widget (GTK_WINDOW (wizard))));
  trias_wizard_next (wizard);
  g_assert_cmpuint (trias_wizard_get_step (wizard), ==, 1);
  g_assert_cmpuint (pages[0]->left, ==, 1);
  gtk_test_accessible_assert_state (pages[0], GTK_ACCESSIBLE_STATE_HIDDEN, TRUE);
  trias_wizard_back (wizard);
  g_assert_cmpuint (trias_wizard_get_step (wizard), ==, 0);
  trias_wizard_next (wizard);
  pages[1]->complete = TRUE;
  g_object_add_weak_pointer (G_OBJECT (wizard), &pointer);
  trias_wizard_next (wizard);
  console_fixture_settle ();
  g_assert_null (pointer);
}

static void
test_setup (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (2);
  TriasSetupWizard *wizard = trias_setup_wizard_show (NULL, servers);
  g_autofree char *nameless = NULL;
  g_autofree char *doubled = NULL;

  console_fixture_show (GTK_WINDOW (wizard));
  nameless = console_fixture_nameless (GTK_WIDGET (wizard));
  doubled = console_fixture_doubled_mnemonics (GTK_WIDGET (wizard));
  g_assert_cmpstr (nameless, ==, "");
  g_assert_cmpstr (doubled, ==, "");
  /* Nobody is signed in, so no servers are chosen and nothing can be gone on with. */
  g_assert_null (trias_setup_get_server (trias_setup_wizard_get_setup (wizard), 0));
  trias_wizard_next (TRIAS_WIZARD (wizard));
  g_assert_false (trias_wizard_page_is_complete (trias_wizard_get_page (TRIAS_WIZARD (wizard), 1)));
  trias_wizard_next (TRIAS_WIZARD (wizard));
  g_assert_cmpuint (trias_wizard_get_step (TRIAS_WIZARD (wizard)), ==, 1);
  gtk_window_destroy (GTK_WINDOW (wizard));
  console_fixture_settle ();
}

static void
test_same_server (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (2);
  TriasSetupWizard *wizard = trias_setup_wizard_show (NULL, servers);
  TriasSetup *setup = trias_setup_wizard_get_setup (wizard);
  g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), 0);

  trias_setup_set_server (setup, 0, server);
  trias_setup_set_server (setup, 1, server);
  g_assert_false (trias_wizard_page_is_complete (trias_wizard_get_page (TRIAS_WIZARD (wizard), 1)));
  gtk_window_destroy (GTK_WINDOW (wizard));
  console_fixture_settle ();
}

int
main (int argc, char **argv)
{
  console_fixture_init (&argc, &argv);
  g_test_add_func ("/wizard/navigation", test_navigation);
  g_test_add_func ("/wizard/setup", test_setup);
  g_test_add_func ("/wizard/same-server", test_same_server);
  return g_test_run ();
}
