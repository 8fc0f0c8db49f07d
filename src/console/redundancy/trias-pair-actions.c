/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-pair-actions.h"

#include <glib/gi18n.h>

#include "client/trias-pair-words.h"
#include "console/trias-window.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-words.h"
#include "console/wizard/trias-setup-wizard.h"

typedef struct
{
  GtkWidget *parent;   /* (owned) */
  TriasPair *pair;     /* (owned) */
  TriasServer *server; /* (owned) */
  gboolean force;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->parent);
  g_object_unref (job->pair);
  g_object_unref (job->server);
  g_free (job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static Job *
job_new (GtkWidget *parent, TriasPair *pair, TriasServer *server)
{
  Job *job = g_new0 (Job, 1);

  job->parent = g_object_ref (parent);
  job->pair = g_object_ref (pair);
  job->server = g_object_ref (server);
  return job;
}

static void
toast (GtkWidget *widget, const char *text)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWindow *window = GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;

  while (window != NULL && !TRIAS_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (window != NULL)
    trias_window_toast (TRIAS_WINDOW (window), text);
}

/* The server that carries it out, or an explanation why there is none. */
static TriasServer *
get_server (GtkWidget *parent, TriasPair *pair, const char *heading)
{
  TriasServer *server = trias_pair_get_server (pair);
  g_autoptr (GError) error = NULL;

  if (server != NULL)
    return server;
  g_set_error_literal (
      &error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
      _ ("The console is signed in to neither of the two servers. Sign in to one of them first."));
  trias_confirm_show_error (parent, heading, error);
  return NULL;
}

static void
synced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    toast (job->parent, _ ("Synchronised"));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    trias_confirm_show_error (job->parent, _ ("Not Synchronised"), error);
}

void
trias_pair_actions_sync (GtkWidget *parent, TriasPair *pair)
{
  TriasServer *server = get_server (parent, pair, _ ("Not Synchronised"));

  if (server != NULL)
    trias_server_sync_now_async (server, NULL, synced_cb, job_new (parent, pair, server));
}

static void ask_dissolve (Job *job, const GError *refusal);

static void
dissolved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Job) job = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    {
      toast (job->parent, _ ("Backup relationship dissolved"));
      /* The wizard that showed it has nothing more to show. */
      if (GTK_IS_WINDOW (job->parent))
        gtk_window_destroy (GTK_WINDOW (job->parent));
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  else if (!job->force
           && (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE)
               || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_TIMED_OUT)))
    ask_dissolve (job, error);
  else
    trias_confirm_show_error (job->parent, _ ("Not Dissolved"), error);
}

static void
dissolve_confirmed (gpointer user_data)
{
  Job *job = user_data;
  Job *next = job_new (job->parent, job->pair, job->server);

  next->force = job->force;
  trias_server_dissolve_async (job->server, job->force, NULL, dissolved_cb, next);
}

/* @refusal: (nullable) why it did not work without force. */
static void
ask_dissolve (Job *job, const GError *refusal)
{
  const char *name = trias_pair_get_name (job->pair);
  g_autofree char *heading = g_strdup_printf (_ ("Dissolve “%s”?"), name);
  g_autofree char *body = NULL;
  TriasQuestion question
      = { .heading = heading, .verb = _ ("_Dissolve"), .destructive = TRUE, .typed = name };
  Job *next = job_new (job->parent, job->pair, job->server);

  if (refusal != NULL)
    {
      next->force = TRUE;
      question.verb = _ ("Dissolve _Anyway");
      body = g_strdup_printf (_ ("The partner does not answer, so it cannot be told. “%1$s” leaves "
                                 "the relationship alone; the partner learns of it once it is "
                                 "back. To confirm, type the name of the relationship: %2$s"),
                              trias_words_server_name (job->server), name);
    }
  else
    body = g_strdup_printf (
        _ ("“%1$s” and “%2$s” no longer stand in for each other: if one fails, its licences are "
           "missing. Each server keeps its own licences; the copies of the other’s data are "
           "removed. To confirm, type the name of the relationship: %3$s"),
        trias_pair_member_get_name (trias_pair_get_main (job->pair)),
        trias_pair_member_get_name (trias_pair_get_backup (job->pair)), name);
  question.body = body;
  trias_confirm (job->parent, &question, dissolve_confirmed, next, job_free);
}

void
trias_pair_actions_dissolve (GtkWidget *parent, TriasPair *pair)
{
  TriasServer *server = get_server (parent, pair, _ ("Not Dissolved"));
  g_autoptr (Job) job = NULL;

  if (server == NULL)
    return;
  job = job_new (parent, pair, server);
  ask_dissolve (job, NULL);
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
