/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-fixture.h"

const char *
node_id (Node *self)
{
  return trias_identity_get_id (self->identity);
}

Triad *
triad_new (void)
{
  static const char *const names[] = { "primary", "secondary", "tertiary" };
  static const char *const hosts[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4" };
  Triad *self = g_new0 (Triad, 1);

  self->relationship = TRIAD_ID;
  self->folder = servers_folder_new (&self->secret);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    self->nodes[i] = node_new (self->folder, self->secret, names[i], hosts[i]);
  return self;
}

void
triad_free (Triad *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    node_free (self->nodes[i]);
  servers_folder_free (self->folder);
  g_free (self->secret);
  g_free (self);
}

void
triad_allow_all_but (Triad *self, guint on, guint whom)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (self->nodes); j++)
      if (i != j && !(i == on && j == whom))
        node_allow (self->nodes[i], self->nodes[j]);
}

void
triad_allow_all (Triad *self)
{
  triad_allow_all_but (self, TRIAS_MAX_MEMBERS, TRIAS_MAX_MEMBERS);
}

/* --- forming --- */

static void
candidate_free (gpointer data)
{
  TriasPeerCandidate *candidate = data;

  g_free (candidate->address);
  g_free (candidate->fingerprint);
  g_free (candidate->invitation);
  g_free (candidate);
}

static GPtrArray *
candidates (Triad *self)
{
  GPtrArray *array = g_ptr_array_new_with_free_func (candidate_free);

  for (guint i = 1; i < G_N_ELEMENTS (self->nodes); i++)
    {
      TriasPeerCandidate *candidate = g_new0 (TriasPeerCandidate, 1);
      gint64 expires;

      candidate->address = g_strdup (self->nodes[i]->address);
      candidate->fingerprint = g_strdup (node_id (self->nodes[i]));
      candidate->invitation = trias_peer_invite (self->nodes[i]->peer, node_id (self->nodes[0]),
                                                 TRIAS_KIND_TRIAD, &expires);
      g_ptr_array_add (array, candidate);
    }
  return array;
}

typedef struct
{
  gboolean done;
  TriasProblem *problem;
  GPtrArray *checks;
} Asked;

static void
on_formed (const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  if (asked == NULL)
    return;
  asked->done = TRUE;
  asked->problem = problem != NULL ? trias_problem_copy (problem) : NULL;
}

static void
form (Triad *self, Asked *asked)
{
  g_autoptr (GPtrArray) array = candidates (self);
  TriasOptions options;

  trias_options_init (&options);
  trias_peer_form (self->nodes[0]->peer, self->relationship, "Triad", TRIAS_KIND_TRIAD, &options,
                   array, NULL, "admin", on_formed, asked);
}

TriasProblem *
triad_form (Triad *self)
{
  Asked asked = { FALSE };

  form (self, &asked);
  wait_until ("the forming to be answered", 40, flag_is_set, &asked.done);
  if (asked.problem != NULL)
    g_test_message ("not formed: %s", asked.problem->detail);
  return asked.problem;
}

void
triad_begin_forming (Triad *self)
{
  form (self, NULL);
}

static void
on_checked (GPtrArray *checks, const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  asked->done = TRUE;
  asked->checks = checks != NULL ? g_ptr_array_ref (checks) : NULL;
  g_assert_null (problem);
}

static GPtrArray *
await_checks (Asked *asked)
{
  wait_until ("the check to be answered", 30, flag_is_set, &asked->done);
  for (guint i = 0; i < asked->checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (asked->checks, i);

      g_test_message ("check %s of %.6s about %.6s: %s: %s", check->kind, check->server,
                      check->peer, trias_check_state_to_word (check->state), check->detail);
    }
  return asked->checks;
}

GPtrArray *
triad_check (Triad *self)
{
  g_autoptr (GPtrArray) array = candidates (self);
  Asked asked = { FALSE };

  trias_peer_check (self->nodes[0]->peer, TRIAS_KIND_TRIAD, array, NULL, on_checked, &asked);
  return await_checks (&asked);
}

GPtrArray *
triad_check_present (Triad *self, guint by)
{
  Asked asked = { FALSE };

  trias_peer_check_present (self->nodes[by]->peer, on_checked, &asked);
  return await_checks (&asked);
}

const TriasCheck *
triad_find_check (Triad *self, GPtrArray *checks, const char *kind, guint server, guint peer)
{
  for (guint i = 0; i < checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (checks, i);

      if (strcmp (check->kind, kind) == 0
          && strcmp (check->server, node_id (self->nodes[server])) == 0
          && strcmp (check->peer, node_id (self->nodes[peer])) == 0)
        return check;
    }
  return NULL;
}

/* --- looking --- */

TriasJson *
node_relationship_json (Node *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  TriasJson *json;
  gsize length;

  trias_peer_write (self->peer, writer, TRUE);
  text = trias_json_writer_end (writer, &length);
  trias_json_writer_free (writer);
  json = trias_json_parse (text, length, TRIAS_JSON_MAX_BYTES, &error);
  g_assert_no_error (error);
  return json;
}

gboolean
node_is_idle (Node *node)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_peer_write (node->peer, writer, TRUE);
  text = trias_json_writer_end (writer, NULL);
  trias_json_writer_free (writer);
  return strstr (text, "\"forming\":null") != NULL || strstr (text, "\"phase\":\"failed\"") != NULL;
}

gboolean
triad_is_as_before (gpointer user_data)
{
  Triad *self = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    if (trias_peer_get_relationship (self->nodes[i]->peer) != NULL || !node_is_idle (self->nodes[i])
        || trias_keeper_is_triad (self->nodes[i]->keeper))
      return FALSE;
  return TRUE;
}

Node *
triad_active (Triad *self)
{
  Node *active = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    {
      Node *node = self->nodes[i];

      if (node->peer == NULL || !trias_keeper_is_triad (node->keeper)
          || !trias_keeper_is_active (node->keeper))
        continue;
      /* Never two. */
      g_assert_null (active);
      active = node;
    }
  return active;
}

gboolean
triad_is_served (gpointer user_data)
{
  return triad_active (user_data) != NULL;
}

static gboolean
sees_all (Node *node)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (node->peer);

  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);

      if (!status->connected || !status->synchronised)
        return FALSE;
    }
  return statuses->len == TRIAS_MAX_MEMBERS - 1;
}

gboolean
triad_is_whole (gpointer user_data)
{
  Triad *self = user_data;
  g_autofree char *first = NULL;

  if (triad_active (self) == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    {
      g_autofree char *digest = NULL;

      if (self->nodes[i]->peer == NULL || !sees_all (self->nodes[i]))
        return FALSE;
      digest = trias_ledger_digest (trias_keeper_get_ledger (self->nodes[i]->keeper));
      if (first != NULL && strcmp (first, digest) != 0)
        return FALSE;
      if (first == NULL)
        first = g_steal_pointer (&digest);
    }
  return TRUE;
}

Triad *
triad_new_formed (void)
{
  Triad *self = triad_new ();
  TriasProblem *problem;

  triad_allow_all (self);
  problem = triad_form (self);
  if (problem != NULL)
    g_error ("forming failed: %s", problem->detail);
  wait_until ("the triad to be whole", 30, triad_is_whole, self);
  return self;
}
