/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-text.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* Ending a relationship. Whoever has it written down first has decided; the other follows when it
 * hears of it. */

#define DISSOLVE_TIMEOUT_MS 5000
#define MAX_NAME 64 /* characters */
/* Former partners that would still be told. */
#define DISSOLVED_MAX 20

/* --- who was a partner once --- */

typedef struct
{
  const char *key;
  char *relationship;
  char *oldest;
  gint64 oldest_time;
  guint n;
} Search;

/* Who the partners were: one of a pair, two of a triad. */
static gboolean
read_dissolved (
    GBytes *value, const char *key, gboolean *was_partner, gint64 *time, gint64 *incarnation)
{
  g_autoptr (TriasJson) json
      = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value), 4096, NULL);
  g_auto (GStrv) partners = NULL;
  const char *partner;
  TriasJsonReader reader;

  if (json == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  partner = trias_json_read_string (&reader, "partner", 1, 512);
  *time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  *incarnation = trias_json_read_int_or (&reader, "incarnation", 0, G_MAXINT64, G_MAXINT64);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  partners = g_strsplit (partner, " ", TRIAS_MAX_MEMBERS);
  *was_partner = key != NULL && g_strv_contains ((const char *const *) partners, key);
  return TRUE;
}

static void
search_one (const char *key, GBytes *value, gpointer user_data)
{
  Search *search = user_data;
  gboolean was_partner = FALSE;
  gint64 time = 0, incarnation;

  if (!read_dissolved (value, search->key, &was_partner, &time, &incarnation))
    return;
  search->n++;
  if (search->oldest == NULL || time < search->oldest_time)
    {
      g_free (search->oldest);
      search->oldest = g_strdup (key);
      search->oldest_time = time;
    }
  if (was_partner && search->relationship == NULL)
    search->relationship = g_strdup (key);
}

gboolean
trias_forming_dissolved_partner (TriasPeer *peer, const char *key, char **relationship)
{
  Search search = { .key = key };

  trias_keeper_foreach_local (peer->keeper, TRIAS_LOCAL_DISSOLVED, search_one, &search);
  g_free (search.oldest);
  *relationship = search.relationship;
  return search.relationship != NULL;
}

gboolean
trias_forming_was_dissolved (TriasPeer *peer,
                             const char *relationship,
                             const char *key,
                             guint64 incarnation)
{
  GBytes *value = trias_keeper_get_local (peer->keeper, TRIAS_LOCAL_DISSOLVED, relationship);
  gboolean was_partner = FALSE;
  gint64 time, ended = 0;

  return value != NULL && read_dissolved (value, key, &was_partner, &time, &ended) && was_partner
         && incarnation <= (guint64) ended;
}

static void
sweep (TriasPeer *peer)
{
  Search search = { NULL };

  trias_keeper_foreach_local (peer->keeper, TRIAS_LOCAL_DISSOLVED, search_one, &search);
  if (search.n >= DISSOLVED_MAX)
    trias_keeper_put_local (peer->keeper, TRIAS_LOCAL_DISSOLVED, search.oldest, NULL, NULL, NULL);
  g_free (search.oldest);
}

/* Writes down that the present relationship is over, and with whom it was. */
static void
keep_dissolved (TriasPeer *peer, TriasKeeperDone done, gpointer user_data)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autoptr (GString) partners = g_string_new (NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) value = NULL;

  sweep (peer);
  for (guint i = 0; i < peer->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (peer->relationship->members, i);

      if (strcmp (member->id, peer->id) != 0)
        g_string_append_printf (partners, "%s%s", partners->len > 0 ? " " : "", member->id);
    }
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "partner", partners->str);
  trias_json_add_int (writer, "time", trias_keeper_now (peer->keeper));
  trias_json_add_int (writer, "incarnation", (gint64) peer->relationship->incarnation);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new (text, strlen (text));
  trias_keeper_put_local (peer->keeper, TRIAS_LOCAL_DISSOLVED, peer->relationship->id, value, done,
                          user_data);
}

void
trias_forming_note_ended (TriasPeer *peer)
{
  keep_dissolved (peer, NULL, NULL);
}

/* --- ending it here --- */

typedef struct
{
  TriasPeer *peer;
  char *relationship;
  char *actor;
  TriasPeerDone done;
  gpointer user_data;
} Dissolve;

static void
dissolve_end (Dissolve *dissolve, const TriasProblem *problem)
{
  TriasPeer *peer = dissolve->peer;

  if (!peer->stopped)
    peer->forming->dissolving = FALSE;
  if (dissolve->done != NULL)
    dissolve->done (problem, dissolve->user_data);
  /* The partner had not taken it up yet: it is told no more, and learns that it came to nothing
   * when it asks. */
  if (problem == NULL && !peer->stopped && peer->forming->phase == TRIAS_PHASE_COPYING
      && strcmp (peer->forming->id, dissolve->relationship) == 0)
    trias_forming_end (peer->forming, NULL);
  g_free (dissolve->relationship);
  g_free (dissolve->actor);
  g_free (dissolve);
  trias_peer_unref (peer);
}

void
trias_forming_drop_pair (TriasPeer *peer)
{
  static const char *const keys[] = { "apart", "conflict", "synced", "forming" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (trias_keeper_get_local (peer->keeper, TRIAS_LOCAL_PEER, keys[i]) != NULL)
      trias_keeper_put_local (peer->keeper, TRIAS_LOCAL_PEER, keys[i], NULL, NULL, NULL);
}

static void
on_dissolved (const TriasOutcome *outcome, gpointer user_data)
{
  Dissolve *dissolve = user_data;
  TriasPeer *peer = dissolve->peer;
  g_autoptr (TriasProblem) problem = NULL;

  if (outcome->reason != TRIAS_REASON_NONE)
    problem = trias_problem_new (outcome->reason, "%s",
                                 outcome->detail != NULL ? outcome->detail : "refused");
  else if (!peer->stopped)
    {
      trias_peer_adopt_relationship (peer);
      trias_forming_drop_pair (peer);
    }
  dissolve_end (dissolve, problem);
}

static void
on_decided (const GError *error, gpointer user_data)
{
  Dissolve *dissolve = user_data;
  TriasPeer *peer = dissolve->peer;

  if (error != NULL || peer->stopped)
    {
      g_autoptr (TriasProblem) problem
          = trias_problem_new (error != NULL ? TRIAS_REASON_STORAGE : TRIAS_REASON_NOT_ACTIVE,
                               "The relationship could not be ended: %s",
                               error != NULL ? error->message : "the server is stopping");

      dissolve_end (dissolve, problem);
      return;
    }
  trias_keeper_submit (peer->keeper,
                       trias_command_dissolve (trias_keeper_now (peer->keeper),
                                               dissolve->relationship, "", dissolve->actor),
                       on_dissolved, dissolve);
}

static Dissolve *
dissolve_new (TriasPeer *peer, const char *actor, TriasPeerDone done, gpointer user_data)
{
  Dissolve *dissolve = g_new0 (Dissolve, 1);

  peer->forming->dissolving = TRUE;
  dissolve->peer = trias_peer_ref (peer);
  dissolve->relationship = g_strdup (peer->relationship->id);
  dissolve->actor = g_strdup (actor);
  dissolve->done = done;
  dissolve->user_data = user_data;
  return dissolve;
}

static void
on_triad_ended (const GError *error, gpointer user_data)
{
  Dissolve *dissolve = user_data;
  TriasPeer *peer = dissolve->peer;
  g_autoptr (TriasProblem) problem = error != NULL ? trias_problem_from_error (error) : NULL;

  if (problem == NULL && !peer->stopped)
    trias_peer_adopt_relationship (peer);
  dissolve_end (dissolve, problem);
}

/* This server alone leaves: nobody else takes part any more, or ever did. */
static void
leave_triad (TriasPeer *peer, const char *keep, TriasPeerDone done, gpointer user_data)
{
  trias_keeper_triad_ended (peer->keeper, peer->relationship->id, peer->relationship->incarnation,
                            keep, on_triad_ended, dissolve_new (peer, "", done, user_data));
}

void
trias_forming_dissolve_here (TriasForming *self,
                             const char *actor,
                             TriasPeerDone done,
                             gpointer user_data)
{
  TriasPeer *peer = self->peer;

  if (peer->triad != NULL)
    leave_triad (peer, peer->id, done, user_data);
  else
    keep_dissolved (peer, on_decided, dissolve_new (peer, actor, done, user_data));
}

void
trias_forming_left_out (TriasForming *self, const char *name)
{
  TriasPeer *peer = self->peer;

  if (self->dissolving || peer->triad == NULL)
    return;
  /* What is written down of it is for people. */
  if (name != NULL && trias_text_is_label (name, 1, MAX_NAME))
    {
      g_free (peer->relationship->name);
      peer->relationship->name = g_strdup (name);
    }
  leave_triad (peer, NULL, NULL, NULL);
}

void
trias_forming_partner_dissolved (TriasForming *self, const TriasProblem *problem)
{
  TriasPeer *peer = self->peer;
  const char *keep = problem->params != NULL ? g_hash_table_lookup (problem->params, "keep") : NULL;

  if (self->dissolving || peer->relationship == NULL)
    return;
  if (peer->triad != NULL)
    leave_triad (peer, keep != NULL ? keep : "", NULL, NULL);
  else
    trias_forming_dissolve_here (self, peer->partner->name, NULL, NULL);
}

/* --- asked by an administrator --- */

typedef struct
{
  TriasPeer *peer;
  char *relationship;
  char *actor;
  gboolean force;
  TriasPeerDone done;
  gpointer user_data;
} Ask;

static gboolean
has_ended_there (const TriasProblem *problem)
{
  return problem == NULL || problem->reason == TRIAS_REASON_EPOCH
         || problem->reason == TRIAS_REASON_NOT_RELATED;
}

static void
on_partner_told (const TriasPeerAnswer *answer, gpointer user_data)
{
  Ask *ask = user_data;
  TriasPeer *self = ask->peer;
  g_autoptr (TriasProblem) problem = NULL;

  if (self->stopped)
    problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");
  else if (!has_ended_there (answer->problem) && !ask->force)
    {
      problem = trias_problem_new (TRIAS_REASON_UNREACHABLE,
                                   "The partner could not be told (%s). End the relationship by "
                                   "force if it will not come back soon; it learns "
                                   "of it when it does.",
                                   answer->problem->detail);
      trias_problem_param (problem, "cause", trias_reason_to_word (answer->problem->reason));
    }
  if (problem != NULL)
    ask->done (problem, ask->user_data);
  else if (self->relationship == NULL || strcmp (self->relationship->id, ask->relationship) != 0)
    ask->done (NULL, ask->user_data);
  else
    trias_forming_dissolve_here (self->forming, ask->actor, ask->done, ask->user_data);
  g_free (ask->relationship);
  g_free (ask->actor);
  g_free (ask);
  trias_peer_unref (self);
}

static void
dissolve_pair (
    TriasPeer *self, gboolean force, const char *actor, TriasPeerDone done, gpointer user_data)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self);
  Ask *ask = g_new0 (Ask, 1);

  ask->peer = trias_peer_ref (self);
  ask->relationship = g_strdup (self->relationship->id);
  ask->actor = g_strdup (actor);
  ask->force = force;
  ask->done = done;
  ask->user_data = user_data;
  trias_json_add_string (writer, "id", self->relationship->id);
  trias_json_add_string (writer, "actor", actor);
  trias_peer_post (self, "dissolve", writer, DISSOLVE_TIMEOUT_MS, on_partner_told, ask);
}

/* --- a triad: its majority decides --- */

static TriasProblem *
refuse_triad (TriasPeer *self, gboolean force, const char *keep)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self);

  if (keep == NULL || trias_relationship_find (self->relationship, keep) == NULL)
    return trias_problem_new (
        TRIAS_REASON_BAD_REQUEST,
        "Say which server keeps the licences and leases; it must be a member of "
        "the triad.");
  /* The others apply what was decided a moment later, and not at all once it is over. */
  if (strcmp (keep, self->id) != 0)
    return trias_problem_new (
        TRIAS_REASON_CONFLICT,
        "Only the active server surely holds everything, and that is '%s'. Let it keep the"
        " licences and leases, or hand over first to the server that shall.",
        self->name);
  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);
      const char *name = trias_relationship_find (self->relationship, status->peer)->name;
      TriasProblem *problem;

      if (force || (status->connected && status->synchronised))
        continue;
      problem = trias_problem_new (
          TRIAS_REASON_UNREACHABLE,
          "The server '%s' is not connected and synchronised. End the relationship by force if it "
          "will not be soon; it learns of it when it comes back.",
          name);
      trias_problem_param (problem, "server", status->peer);
      return trias_problem_param (problem, "server_name", name);
    }
  return NULL;
}

static void
on_triad_dissolved (const TriasOutcome *outcome, gpointer user_data)
{
  Dissolve *dissolve = user_data;
  g_autoptr (TriasProblem) problem = NULL;

  if (outcome->reason != TRIAS_REASON_NONE)
    problem = trias_problem_new (outcome->reason, "%s",
                                 outcome->detail != NULL ? outcome->detail : "refused");
  else if (!dissolve->peer->stopped)
    trias_peer_adopt_relationship (dissolve->peer);
  dissolve_end (dissolve, problem);
}

static void
dissolve_triad (TriasPeer *self,
                gboolean force,
                const char *keep,
                const char *actor,
                TriasPeerDone done,
                gpointer user_data)
{
  g_autoptr (TriasProblem) problem = refuse_triad (self, force, keep);

  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  trias_keeper_submit (
      self->keeper,
      trias_command_dissolve (trias_keeper_now (self->keeper), self->relationship->id, keep, actor),
      on_triad_dissolved, dissolve_new (self, actor, done, user_data));
}

void
trias_peer_dissolve (TriasPeer *self,
                     gboolean force,
                     const char *keep,
                     const char *actor,
                     TriasPeerDone done,
                     gpointer user_data)
{
  g_autoptr (TriasProblem) problem = trias_drills_refuse_change (self);

  if (problem == NULL && self->relationship == NULL)
    problem = trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no relationship.",
                                 self->name);
  if (problem != NULL)
    done (problem, user_data);
  else if (self->triad != NULL)
    dissolve_triad (self, force, keep, actor, done, user_data);
  else
    dissolve_pair (self, force, actor, done, user_data);
}

/* --- asked by the partner --- */

static void
on_dissolved_for_partner (const TriasProblem *problem, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (problem != NULL)
    trias_peer_call_problem (call, trias_problem_copy (problem));
  else
    trias_peer_call_ok (call);
  trias_peer_call_unref (call);
}

void
trias_peer_on_dissolve (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonReader reader;
  const char *id, *actor;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  id = trias_json_read_string (&reader, "id", 1, 128);
  actor = trias_json_read_string_or (&reader, "actor", 256, "");
  if (!trias_json_reader_finish_lenient (&reader, &error))
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else if (self->relationship == NULL || strcmp (self->relationship->id, id) != 0)
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_RELATED,
                            "The server '%s' is not in this relationship.", self->name);
  else if (!trias_peer_is_pair (self) || strcmp (self->partner->id, call->key) != 0)
    trias_peer_call_refuse (call, TRIAS_REASON_FORBIDDEN, "Only the partner ends a relationship.");
  else
    trias_forming_dissolve_here (self->forming, actor, on_dissolved_for_partner,
                                 trias_peer_call_ref (call));
}
