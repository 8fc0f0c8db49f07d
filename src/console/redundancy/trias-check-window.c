/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-check-window.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"
#include "console/wizard/trias-setup-check-page.h"

#define WIDTH 620
#define HEIGHT 640

static GtkWidget *
create_content (GtkWidget *page, GtkWidget *title)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *close = gtk_button_new_with_mnemonic (_ ("_Close"));
  GtkWidget *clamp = g_object_new (ADW_TYPE_CLAMP, "child", page, "margin-start", 18, "margin-end",
                                   18, "margin-top", 18, "margin-bottom", 24, NULL);
  GtkWidget *scrolled = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy",
                                      GTK_POLICY_NEVER, "vexpand", TRUE, "child", clamp, NULL);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (close), "window.close");
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), close);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), title);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), scrolled);
  return box;
}

/* @subject: which relationship or link. */
static void
show_window (GtkWidget *parent, TriasWizardPage *page, const char *subject)
{
  GtkWidget *window = g_object_new (ADW_TYPE_WINDOW, "title", _ ("Check Connection"), "modal", TRUE,
                                    "transient-for", gtk_widget_get_root (parent), "default-width",
                                    WIDTH, "default-height", HEIGHT, NULL);
  GtkWidget *title = adw_window_title_new (_ ("Check Connection"), subject);

  adw_window_set_content (ADW_WINDOW (window), create_content (GTK_WIDGET (page), title));
  trias_a11y_fix_mnemonics (window);
  trias_a11y_escape_closes (GTK_WINDOW (window));
  gtk_window_present (GTK_WINDOW (window));
  trias_wizard_page_entered (page);
}

/* Who carries it out comes first; one that is not reached tells at most its name. */
static gboolean
add_server (TriasSetup *setup, guint *rank, TriasServer *server, gboolean reached)
{
  if (server == NULL || !reached)
    return FALSE;
  for (guint i = 0; i < *rank; i++)
    if (trias_setup_get_server (setup, i) == server)
      return FALSE;
  trias_setup_set_server (setup, (*rank)++, server);
  return TRUE;
}

static void
refuse (GtkWidget *parent)
{
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                             _ ("The console is signed in to none of the servers. Sign in to one "
                                "of them first."));

  trias_confirm_show_error (parent, _ ("Not Checked"), error);
}

void
trias_check_window_show_triad (GtkWidget *parent, TriasTriad *triad, TriasTriadLink *link)
{
  g_autoptr (TriasSetup) setup = trias_setup_new_present (TRIAS_KIND_TRIAD);
  TriasTriadMember *ends[2] = { NULL, NULL };
  g_autofree char *subject = NULL;
  guint n = 0;

  /* An end of the link knows best whether it works. */
  for (guint i = 0; i < 2 && link != NULL; i++)
    {
      ends[i] = trias_triad_link_get_member (link, i);
      add_server (setup, &n, trias_triad_member_get_server (ends[i]),
                  trias_triad_member_get_reached (ends[i]));
    }
  add_server (setup, &n, trias_triad_get_server (triad), TRUE);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, rank);

      add_server (setup, &n, trias_triad_member_get_server (member),
                  trias_triad_member_get_reached (member));
    }
  if (n == 0)
    {
      refuse (parent);
      return;
    }
  subject = link == NULL ? g_strdup (trias_triad_get_name (triad))
                         : g_strdup_printf ("%s – %s", trias_triad_member_get_name (ends[0]),
                                            trias_triad_member_get_name (ends[1]));
  show_window (parent,
               link == NULL ? trias_setup_check_page_new (setup)
                            : trias_setup_check_page_new_for_link (
                                setup, trias_triad_member_get_id (ends[0]),
                                trias_triad_member_get_id (ends[1])),
               subject);
}

void
trias_check_window_show_pair (GtkWidget *parent, TriasPair *pair)
{
  g_autoptr (TriasSetup) setup = trias_setup_new_present (TRIAS_KIND_BACKUP);
  TriasPairMember *members[] = { trias_pair_get_main (pair), trias_pair_get_backup (pair) };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (members[i] != NULL)
      add_server (setup, &n, trias_pair_member_get_server (members[i]),
                  trias_pair_member_get_reached (members[i]));
  if (n == 0)
    refuse (parent);
  else
    show_window (parent, trias_setup_check_page_new (setup), trias_pair_get_name (pair));
}
