/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-pair-actions.h"

#include <glib/gi18n.h>

#include "client/trias-pair-words.h"
#include "console/redundancy/trias-job.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-words.h"
#include "console/wizard/trias-setup-wizard.h"

/* %NULL, and said so, if neither server can be asked. */
static TriasJob *
new_job (GtkWidget *parent, TriasPair *pair, const char *done, const char *failed)
{
  return trias_job_new (
      parent, trias_pair_get_server (pair), trias_pair_get_name (pair),
      _ ("The console is signed in to neither of the two servers. Sign in to one of them first."),
      done, failed);
}

void
trias_pair_actions_sync (GtkWidget *parent, TriasPair *pair)
{
  TriasJob *job = new_job (parent, pair, _ ("Synchronised"), _ ("Not Synchronised"));

  if (job != NULL)
    trias_server_sync_now_async (job->server, NULL, trias_job_ended_cb, job);
}

/* --- dissolving --- */

static void dissolve_confirmed (gpointer user_data);

/* Takes @job. */
static void
ask_dissolve (TriasJob *job, const char *verb, const char *body)
{
  g_autofree char *heading = g_strdup_printf (_ ("Dissolve “%s”?"), job->name);
  TriasQuestion question
      = { .heading = heading, .body = body, .verb = verb, .destructive = TRUE, .typed = job->name };

  trias_confirm (job->parent, &question, dissolve_confirmed, job, trias_job_free);
}

static void
ask_again (const TriasJob *job)
{
  TriasJob *next = trias_job_copy (job);
  g_autofree char *body
      = g_strdup_printf (_ ("The partner does not answer, so it cannot be told. “%1$s” leaves "
                            "the relationship alone; the partner learns of it once it is "
                            "back. To confirm, type the name of the relationship: %2$s"),
                         trias_words_server_name (job->server), job->name);

  next->force = TRUE;
  ask_dissolve (next, _ ("Dissolve _Anyway"), body);
}

static void
dissolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasJob) job = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    {
      trias_job_show_done (job);
      /* The wizard that showed it has nothing more to show. */
      if (GTK_IS_WINDOW (job->parent))
        gtk_window_destroy (GTK_WINDOW (job->parent));
    }
  else if (!job->force
           && (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE)
               || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_TIMED_OUT)))
    ask_again (job);
  else
    trias_job_show_failure (job, error);
}

static void
dissolve_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_dissolve_async (job->server, job->force, NULL, dissolved_cb, trias_job_copy (job));
}

void
trias_pair_actions_dissolve (GtkWidget *parent, TriasPair *pair)
{
  TriasJob *job = new_job (parent, pair, _ ("Backup relationship dissolved"), _ ("Not Dissolved"));
  g_autofree char *body = NULL;

  if (job == NULL)
    return;
  body = g_strdup_printf (
      _ ("“%1$s” and “%2$s” no longer stand in for each other: if one fails, its licences are "
         "missing. Each server keeps its own licences; the copies of the other’s data are "
         "removed. To confirm, type the name of the relationship: %3$s"),
      trias_pair_member_get_name (trias_pair_get_main (pair)),
      trias_pair_member_get_name (trias_pair_get_backup (pair)), job->name);
  ask_dissolve (job, _ ("_Dissolve"), body);
}

gboolean
trias_pair_actions_grow (GtkWidget *parent, TriasPair *pair, TriasServers *servers)
{
  TriasPairMember *member = trias_pair_get_main (pair);
  TriasServer *server = member != NULL ? trias_pair_member_get_server (member) : NULL;
  g_autoptr (GError) error = NULL;

  if (server != NULL && trias_server_get_signed_in (server) && trias_server_get_online (server)
      && trias_server_get_relationship (server) != NULL)
    {
      trias_setup_wizard_show_grow (GTK_WINDOW (gtk_widget_get_root (parent)), servers, server);
      return TRUE;
    }
  g_set_error (
      &error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
      _ ("The main server “%s” decides on it, but the console is not signed in to it. Sign "
         "in to it first."),
      member != NULL ? trias_pair_member_get_name (member) : "");
  trias_confirm_show_error (parent, _ ("Not Grown"), error);
  return FALSE;
}

void
trias_pair_actions_explain (GtkWidget *parent, TriasPairMember *member)
{
  GtkRoot *root = gtk_widget_get_root (parent);
  TriasPairFacts facts;
  g_autofree char *heading = NULL;
  g_autofree char *body = NULL;
  GtkWidget *dialog;

  trias_pair_facts_read (&facts, member);
  /* TRANSLATORS: name of a server, its state */
  heading = g_strdup_printf (_ ("%1$s: %2$s"), facts.name,
                             trias_pair_words_state (trias_pair_member_get_icon_state (member)));
  body = trias_pair_words_why (&facts, trias_age_now ());
  dialog = adw_message_dialog_new (GTK_WINDOW (root), heading, body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  trias_a11y_fix_mnemonics (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
