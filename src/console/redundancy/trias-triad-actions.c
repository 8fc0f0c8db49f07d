/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-actions.h"

#include <glib/gi18n.h>

#include "client/trias-license-words.h"
#include "client/trias-triad-words.h"
#include "console/redundancy/trias-check-window.h"
#include "console/redundancy/trias-job.h"
#include "console/redundancy/trias-maintenance-actions.h"
#include "console/widgets/trias-a11y.h"
#include "client/trias-age-words.h"
#include "console/widgets/trias-confirm.h"

/* %NULL, and said so, if no server can be asked. */
static TriasJob *
new_job (GtkWidget *parent, TriasTriad *triad, const char *done, const char *failed)
{
  return trias_job_new (
      parent, trias_triad_get_server (triad), trias_triad_get_name (triad),
      _ ("The console is signed in to none of the three servers. Sign in to one of them first."),
      done, failed);
}

/* --- changing who serves --- */

static void
hand_over_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_hand_over_async (job->server, job->member, 0, NULL, trias_job_ended_cb,
                                trias_job_copy (job));
}

/* The one of primary and secondary that does not serve now. */
static TriasTriadMember *
other_candidate (TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);

  if (active == NULL)
    return NULL;
  return trias_triad_get_member (triad, trias_triad_member_get_rank (active) == 0 ? 1 : 0);
}

void
trias_triad_actions_hand_over (GtkWidget *parent, TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);
  TriasTriadMember *next = other_candidate (triad);
  g_autofree char *heading = NULL, *body = NULL;
  TriasQuestion question = { .verb = _ ("_Switch") };
  TriasJob *job;

  if (next == NULL)
    return;
  job = new_job (parent, triad, _ ("Active server switched"), _ ("Not Switched"));
  if (job == NULL)
    return;
  job->member = g_strdup (trias_triad_member_get_id (next));
  heading = g_strdup_printf (_ ("Let “%s” Serve the Clients?"), trias_triad_member_get_name (next));
  body = g_strdup_printf (_ ("“%1$s” hands the clients over to “%2$s” without losing a seat; that "
                             "takes less than a second. “%2$s” then stays the active server until "
                             "you give back, or until it fails."),
                          trias_triad_member_get_name (active), trias_triad_member_get_name (next));
  question.heading = heading;
  question.body = body;
  trias_confirm (parent, &question, hand_over_confirmed, job, trias_job_free);
}

void
trias_triad_actions_give_back (GtkWidget *parent, TriasTriad *triad)
{
  TriasJob *job
      = new_job (parent, triad, _ ("Given back: the rule decides again"), _ ("Not Given Back"));

  if (job != NULL)
    trias_server_give_back_async (job->server, NULL, trias_job_ended_cb, job);
}

/* --- dissolving --- */

static void
dissolve_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_dissolve_triad_async (job->server, job->member, NULL, trias_job_ended_cb,
                                     trias_job_copy (job));
}

void
trias_triad_actions_dissolve (GtkWidget *parent, TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);
  const char *name = trias_triad_get_name (triad);
  g_autofree char *heading = NULL, *body = NULL, *ending = NULL;
  TriasQuestion question = { .verb = _ ("_Dissolve"), .destructive = TRUE, .typed = name };
  TriasJob *job = new_job (parent, triad, _ ("Triad dissolved"), _ ("Not Dissolved"));

  if (job == NULL)
    return;
  if (active == NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (
          TRIAS_ERROR, TRIAS_REASON_NO_QUORUM,
          _ ("No server is active, so nobody can decide on it. Bring two of the three servers "
             "together first."));

      trias_confirm_show_error (parent, job->failed, error);
      trias_job_free (job);
      return;
    }
  job->member = g_strdup (trias_triad_member_get_id (active));
  ending = trias_license_words_of_ending (trias_server_get_licenses (job->server));
  heading = g_strdup_printf (_ ("Dissolve “%s”?"), name);
  body = g_strdup_printf (
      _ ("The three servers no longer stand in for each other. “%1$s” keeps the licences that are "
         "bound to no server, and all seats in use; the two others keep only licences that are "
         "bound to themselves. Settings and rules stay on all three. To confirm, type the name of "
         "the relationship: %2$s"),
      trias_triad_member_get_name (active), name);
  if (ending != NULL)
    {
      g_autofree char *rest = g_steal_pointer (&body);

      body = g_strdup_printf ("%s\n\n%s", ending, rest);
    }
  question.heading = heading;
  question.body = body;
  trias_confirm (parent, &question, dissolve_confirmed, job, trias_job_free);
}

/* --- other servers --- */

static TriasTriadMember *
most_likely (TriasTriad *triad)
{
  TriasTriadMember *last = NULL;

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, rank);

      if (trias_triad_member_get_active (member))
        continue;
      if (!trias_triad_member_get_online (member))
        return member;
      last = member;
    }
  return last;
}

void
trias_triad_actions_replace (GtkWidget *parent, TriasTriad *triad, TriasTriadMember *member)
{
  TriasTriadMember *active = trias_triad_get_active (triad);
  g_autoptr (GError) error = NULL;

  if (active == NULL || !trias_triad_member_get_reached (active))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                         _ ("The console is not signed in to the server that serves the clients "
                            "now. Sign in to it first."));
  else if (member == active)
    g_set_error_literal (&error, TRIAS_ERROR, TRIAS_REASON_CONFLICT,
                         _ ("This server serves the clients now. Switch the active server first."));
  if (error != NULL)
    {
      trias_confirm_show_error (parent, _ ("Not Replaced"), error);
      return;
    }
  if (member == NULL)
    member = most_likely (triad);
  gtk_widget_activate_action (parent, "redundancy.replace", "(ss)", trias_triad_get_id (triad),
                              trias_triad_member_get_id (member));
}

/* --- when two are lost --- */

gboolean
trias_triad_actions_can_recover (TriasTriad *triad)
{
  TriasTriadMember *left = trias_triad_get_only_left (triad);

  return left != NULL && trias_triad_member_get_reached (left);
}

static void
recover_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_recover_async (job->server, job->name, NULL, trias_job_ended_cb,
                              trias_job_copy (job));
}

void
trias_triad_actions_recover (GtkWidget *parent, TriasTriad *triad)
{
  TriasTriadMember *left = trias_triad_get_only_left (triad);
  const char *name = trias_triad_get_name (triad);
  g_autofree char *heading = NULL, *body = NULL;
  TriasQuestion question = { .verb = _ ("_Go On Alone"), .destructive = TRUE, .typed = name };
  TriasJob *job;

  if (left == NULL || !trias_triad_member_get_reached (left))
    return;
  job = new_job (parent, triad, _ ("This server goes on alone"), _ ("Not Recovered"));
  if (job == NULL)
    return;
  g_set_object (&job->server, trias_triad_member_get_server (left));
  heading = g_strdup_printf (_ ("Let “%s” Go On Alone?"), trias_triad_member_get_name (left));
  body = g_strdup_printf (
      _ ("Do this only if the two other servers are lost for good, and make sure that they are "
         "switched off: otherwise both sides would grant the same seats. “%1$s” keeps all licences "
         "and seats that it knows. What the others decided while they could not reach it is lost. "
         "It grants no new seats until those that only the others knew have surely run out. If "
         "they come back, they are told that they are out. To confirm, type the name of the "
         "relationship: %2$s"),
      trias_triad_member_get_name (left), name);
  question.heading = heading;
  question.body = body;
  trias_confirm (parent, &question, recover_confirmed, job, trias_job_free);
}

/* --- explaining --- */

static GtkWidget *
explain (GtkWidget *parent, const char *heading, const char *body)
{
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (parent)), heading, body);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  trias_a11y_fix_mnemonics (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}

static void
replace_member_cb (GtkWidget *dialog, const char *response, TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  GtkWidget *parent = g_object_get_data (G_OBJECT (dialog), "trias-parent");

  if (triad != NULL && gtk_widget_get_root (parent) != NULL)
    trias_triad_actions_replace (parent, triad, member);
}

static void
maintain_member_cb (GtkWidget *dialog, const char *response, TriasTriadMember *member)
{
  GtkWidget *parent = g_object_get_data (G_OBJECT (dialog), "trias-parent");

  if (gtk_widget_get_root (parent) != NULL)
    trias_maintenance_actions_toggle_triad (parent, member);
}

void
trias_triad_actions_explain_member (GtkWidget *parent, TriasTriadMember *member)
{
  g_autofree char *state = trias_triad_words_member (member, trias_age_now ());
  /* TRANSLATORS: name of a server, its state */
  g_autofree char *heading
      = g_strdup_printf (_ ("%1$s: %2$s"), trias_triad_member_get_name (member), state);
  g_autofree char *body = trias_triad_words_why_member (member, trias_age_now ());
  GtkWidget *dialog = explain (parent, heading, body);
  gboolean aside = trias_triad_member_get_maintenance (member) != NULL;

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "maintenance",
                                   aside ? _ ("End _Maintenance") : _ ("Begin _Maintenance…"));
  g_signal_connect_object (dialog, "response::maintenance", G_CALLBACK (maintain_member_cb), member,
                           0);
  g_object_set_data_full (G_OBJECT (dialog), "trias-parent", g_object_ref (parent), g_object_unref);
  if (!trias_triad_member_get_active (member))
    adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "replace",
                                     _ ("_Replace Server…"));
  g_signal_connect_object (dialog, "response::replace", G_CALLBACK (replace_member_cb), member, 0);
  trias_a11y_fix_mnemonics (dialog);
}

static void
check_link_cb (GtkWidget *dialog, const char *response, TriasTriadLink *link)
{
  TriasTriadMember *end = trias_triad_link_get_member (link, 0);
  TriasTriad *triad = end != NULL ? trias_triad_member_get_triad (end) : NULL;

  if (triad != NULL)
    trias_check_window_show_triad (GTK_WIDGET (gtk_window_get_transient_for (GTK_WINDOW (dialog))),
                                   triad, link);
}

void
trias_triad_actions_explain_link (GtkWidget *parent, TriasTriadLink *link)
{
  g_autofree char *heading = trias_triad_words_link_name (link);
  g_autofree char *body = trias_triad_words_why_link (link);
  GtkWidget *dialog = explain (parent, heading, body);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "check", _ ("Check Co_nnection"));
  trias_a11y_fix_mnemonics (dialog);
  g_signal_connect_object (dialog, "response::check", G_CALLBACK (check_link_cb), link, 0);
}
