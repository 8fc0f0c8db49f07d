/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-maintenance-actions.h"

#include <glib/gi18n.h>

#include "client/trias-detail-words.h"
#include "client/trias-drill-words.h"
#include "console/redundancy/trias-job.h"
#include "console/widgets/trias-confirm.h"

/* %NULL, and said so, if the console is not signed in to the server. */
static TriasJob *
new_job (GtkWidget *parent,
         TriasServer *server,
         gboolean reached,
         const char *name,
         const char *done,
         const char *failed)
{
  g_autofree char *unreached
      = g_strdup_printf (_ ("The console is not signed in to “%s”. Sign in to it first."), name);

  return trias_job_new (parent, reached ? server : NULL, name, unreached, done, failed);
}

/* --- beginning --- */

static void begin_confirmed (gpointer user_data);

/* Another server is not there to take over. */
static gboolean
may_be_forced (const TriasJob *job, const GError *error)
{
  return !job->force
         && (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE)
             || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT));
}

static void
ask_again (const TriasJob *job, const GError *error)
{
  g_autoptr (GError) refusal = trias_detail_words_refusal (error);
  g_autofree char *body
      = g_strdup_printf (_ ("%1$s If you begin anyway, “%2$s” goes on serving until another server "
                            "can, and then says that it can be switched off."),
                         refusal->message, job->name);
  TriasQuestion question
      = { .heading = job->failed, .body = body, .verb = _ ("Begin _Anyway"), .destructive = TRUE };
  TriasJob *next = trias_job_copy (job);

  next->force = TRUE;
  trias_confirm (job->parent, &question, begin_confirmed, next, trias_job_free);
}

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasJob) job = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    trias_job_show_done (job);
  else if (may_be_forced (job, error))
    ask_again (job, error);
  else
    trias_job_show_failure (job, error);
}

static void
begin_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_begin_maintenance_async (job->server, 0, job->force, NULL, begun_cb,
                                        trias_job_copy (job));
}

/* Takes @job. */
static void
ask_begin (TriasJob *job, const char *plan)
{
  g_autofree char *heading = g_strdup_printf (_ ("Begin the Maintenance of “%s”?"), job->name);
  g_autofree char *body = g_strdup_printf (
      "%s\n\n%s", plan,
      _ ("What is shown of the server says when it can be switched off. The maintenance lasts over "
         "a restart, until you end it here."));
  TriasQuestion question = { .heading = heading, .body = body, .verb = _ ("Begin _Maintenance") };

  trias_confirm (job->parent, &question, begin_confirmed, job, trias_job_free);
}

/* @plan: (transfer full) (nullable) what happens to the clients meanwhile; %NULL: it ends. */
static void
toggle (GtkWidget *parent, TriasServer *server, gboolean reached, const char *name, char *plan)
{
  g_autofree char *body = plan;
  TriasJob *job
      = new_job (parent, server, reached, name,
                 plan == NULL ? _ ("Maintenance ended") : _ ("Maintenance begun"),
                 plan == NULL ? _ ("Maintenance Not Ended") : _ ("Maintenance Not Begun"));

  if (job == NULL)
    return;
  if (plan == NULL)
    trias_server_end_maintenance_async (job->server, NULL, trias_job_ended_cb, job);
  else
    ask_begin (job, body);
}

/* --- a triad --- */

static char *
describe_triad (TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  const char *name = trias_triad_member_get_name (member);
  guint other = trias_triad_member_get_rank (member) == 0 ? 1 : 0;

  if (trias_triad_member_get_active (member) && triad != NULL)
    return g_strdup_printf (
        _ ("“%1$s” hands the clients over to “%2$s” without losing a seat; that takes less than a "
           "second. While it is switched off, one more failure is a standstill."),
        name, trias_triad_member_get_name (trias_triad_get_member (triad, other)));
  return g_strdup_printf (
      _ ("“%s” serves no clients now, and nobody notices that it goes. While it "
         "is switched off, one more failure is a standstill."),
      name);
}

void
trias_maintenance_actions_toggle_triad (GtkWidget *parent, TriasTriadMember *member)
{
  toggle (parent, trias_triad_member_get_server (member), trias_triad_member_get_reached (member),
          trias_triad_member_get_name (member),
          trias_triad_member_get_maintenance (member) != NULL ? NULL : describe_triad (member));
}

/* --- a pair --- */

static TriasPairMember *
partner_of (TriasPairMember *member)
{
  TriasPair *pair = trias_pair_member_get_pair (member);

  if (pair == NULL)
    return NULL;
  return trias_pair_get_main (pair) == member ? trias_pair_get_backup (pair)
                                              : trias_pair_get_main (pair);
}

/* Which seats stop when @member is switched off. (transfer full) (nullable) */
static char *
describe_uncovered (TriasPairMember *member)
{
  TriasPair *pair = trias_pair_member_get_pair (member);
  TriasRelationshipInfo *info = pair != NULL ? trias_pair_get_info (pair) : NULL;

  if (info == NULL)
    return NULL;
  return trias_drill_words_uncovered (
      trias_relationship_info_find_consequence (info, trias_pair_member_get_id (member)));
}

static char *
describe_pair (TriasPairMember *member)
{
  TriasPairMember *partner = partner_of (member);
  const char *name = trias_pair_member_get_name (member);
  const char *other = partner != NULL ? trias_pair_member_get_name (partner) : "";
  g_autofree char *uncovered = describe_uncovered (member);
  g_autofree char *plan
      = trias_pair_member_get_role (member) == TRIAS_ROLE_MAIN
            ? g_strdup_printf (_ ("The clients of “%1$s” go to “%2$s” at their next renewal, for "
                                  "what that one has seats for. While “%1$s” is switched off, one "
                                  "more failure is a standstill."),
                               name, other)
            : g_strdup_printf (_ ("“%2$s” serves the clients. While “%1$s” is switched off, one "
                                  "more failure is a standstill."),
                               name, other);

  return uncovered != NULL ? g_strdup_printf ("%s\n\n%s", plan, uncovered)
                           : g_steal_pointer (&plan);
}

void
trias_maintenance_actions_toggle_pair (GtkWidget *parent, TriasPairMember *member)
{
  toggle (parent, trias_pair_member_get_server (member), trias_pair_member_get_reached (member),
          trias_pair_member_get_name (member),
          trias_pair_member_get_maintenance (member) != NULL ? NULL : describe_pair (member));
}

gboolean
trias_maintenance_actions_is_handed_over (TriasPair *pair)
{
  const TriasMaintenance *aside = trias_pair_member_get_maintenance (trias_pair_get_main (pair));

  return aside != NULL && aside->why != TRIAS_ASIDE_MAINTENANCE;
}

static void
hand_over_confirmed (gpointer user_data)
{
  const TriasJob *job = user_data;

  trias_server_hand_over_async (job->server, job->member, 0, NULL, trias_job_ended_cb,
                                trias_job_copy (job));
}

/* Takes @job. */
static void
ask_hand_over (TriasJob *job, TriasPair *pair)
{
  const char *backup = trias_pair_member_get_name (trias_pair_get_backup (pair));
  g_autofree char *heading = g_strdup_printf (_ ("Let “%s” Serve the Clients?"), backup);
  g_autofree char *body = g_strdup_printf (
      _ ("The clients of “%1$s” go to “%2$s” at their next renewal, for what that one has seats "
         "for, "
         "and stay there until you give back, or until it fails. “%1$s” serves the rest."),
      job->name, backup);
  TriasQuestion question = { .heading = heading, .body = body, .verb = _ ("_Hand Over") };

  job->member = g_strdup (trias_pair_member_get_id (trias_pair_get_backup (pair)));
  trias_confirm (job->parent, &question, hand_over_confirmed, job, trias_job_free);
}

void
trias_maintenance_actions_toggle_handover (GtkWidget *parent, TriasPair *pair)
{
  TriasPairMember *main = trias_pair_get_main (pair);
  gboolean back = trias_maintenance_actions_is_handed_over (pair);
  TriasJob *job
      = new_job (parent, trias_pair_member_get_server (main), trias_pair_member_get_reached (main),
                 trias_pair_member_get_name (main), back ? _ ("Given back") : _ ("Handed over"),
                 back ? _ ("Not Given Back") : _ ("Not Handed Over"));

  if (job == NULL)
    return;
  if (back)
    trias_server_give_back_async (job->server, NULL, trias_job_ended_cb, job);
  else
    ask_hand_over (job, pair);
}
