/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-json.h"
#include "server/peer/trias-peer-private.h"

#define INVITATION_MS (10 * G_TIME_SPAN_MINUTE / 1000)
/* More than these at once nobody needs; the oldest goes. */
#define INVITATION_MAX 20

typedef struct
{
  char *coordinator;
  TriasKind kind;
  gint64 expires; /* Unix ms */
} Invitation;

static void
invitation_free (Invitation *invitation)
{
  g_free (invitation->coordinator);
  g_free (invitation);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Invitation, invitation_free)

/* Only its hash is kept: who reads the disk cannot use it. */
static char *
hash_of (const char *code)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, code, -1);
}

static Invitation *
read_invitation (GBytes *value)
{
  gsize length;
  const char *data = g_bytes_get_data (value, &length);
  g_autoptr (TriasJson) json = trias_json_parse (data, length, 4096, NULL);
  g_autoptr (Invitation) self = g_new0 (Invitation, 1);
  TriasJsonReader reader;

  if (json == NULL)
    return NULL;
  trias_json_reader_init (&reader, json);
  self->coordinator = g_strdup (trias_json_read_string (&reader, "coordinator", 1, 128));
  if (!trias_kind_from_word (trias_json_read_string_or (&reader, "kind", 16, ""), &self->kind))
    trias_json_reader_fail (&reader, "kind", "is unknown");
  self->expires = trias_json_read_int (&reader, "expires", 0, G_MAXINT64);
  return trias_json_reader_finish_lenient (&reader, NULL) ? g_steal_pointer (&self) : NULL;
}

typedef struct
{
  gint64 now;
  GPtrArray *gone;
  guint n;
  char *oldest;
  gint64 oldest_expires;
} Sweep;

static void
sweep_one (const char *key, GBytes *value, gpointer user_data)
{
  Sweep *sweep = user_data;
  g_autoptr (Invitation) invitation = read_invitation (value);

  if (invitation == NULL || invitation->expires <= sweep->now)
    {
      g_ptr_array_add (sweep->gone, g_strdup (key));
      return;
    }
  sweep->n++;
  if (sweep->oldest != NULL && invitation->expires >= sweep->oldest_expires)
    return;
  g_free (sweep->oldest);
  sweep->oldest = g_strdup (key);
  sweep->oldest_expires = invitation->expires;
}

static void
sweep (TriasPeer *self, guint keep)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  Sweep state = { .now = trias_keeper_now (self->keeper), .gone = gone };

  trias_keeper_foreach_local (self->keeper, TRIAS_LOCAL_INVITATION, sweep_one, &state);
  if (state.n > keep)
    g_ptr_array_add (gone, g_steal_pointer (&state.oldest));
  g_free (state.oldest);
  for (guint i = 0; i < gone->len; i++)
    trias_keeper_put_local (self->keeper, TRIAS_LOCAL_INVITATION, g_ptr_array_index (gone, i), NULL,
                            NULL, NULL);
}

void
trias_invitation_sweep (TriasPeer *self)
{
  sweep (self, INVITATION_MAX);
}

char *
trias_peer_invite (TriasPeer *self, const char *coordinator, TriasKind kind, gint64 *expires)
{
  g_autofree char *code = trias_random_id ();
  g_autofree char *key = hash_of (code);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) value = NULL;
  TriasJsonWriter *writer = trias_json_writer_new ();

  sweep (self, INVITATION_MAX - 1);
  *expires = trias_keeper_now (self->keeper) + INVITATION_MS;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "coordinator", coordinator);
  trias_json_add_string (writer, "kind", trias_kind_to_word (kind));
  trias_json_add_int (writer, "expires", *expires);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new (text, strlen (text));
  trias_keeper_put_local (self->keeper, TRIAS_LOCAL_INVITATION, key, value, NULL, NULL);
  return g_steal_pointer (&code);
}

TriasProblem *
trias_invitation_verify (TriasPeer *self, const char *code, const char *coordinator, TriasKind kind)
{
  g_autofree char *key = hash_of (code);
  GBytes *value = trias_keeper_get_local (self->keeper, TRIAS_LOCAL_INVITATION, key);
  g_autoptr (Invitation) invitation = value != NULL ? read_invitation (value) : NULL;
  const char *why = NULL;

  if (code[0] == '\0')
    why = "An invitation is needed; make one on '%s'.";
  else if (invitation == NULL)
    why = "The invitation is unknown on '%s' or was used already; make a new one there.";
  else if (invitation->expires <= trias_keeper_now (self->keeper))
    why = "The invitation has expired; make a new one on '%s'.";
  else if (strcmp (invitation->coordinator, coordinator) != 0)
    why = "The invitation was made for another server; make one for this server on '%s'.";
  else if (invitation->kind != kind)
    why = "The invitation was made for another kind of relationship; make a new one on '%s'.";
  if (why == NULL)
    return NULL;
  {
    g_auto (GStrv) parts = g_strsplit (why, "%s", 2);
    g_autofree char *detail = g_strconcat (parts[0], self->name, parts[1], NULL);
    TriasProblem *problem = trias_problem_new (TRIAS_REASON_INVITATION, "%s", detail);

    trias_problem_param (problem, "server", self->id);
    return trias_problem_param (problem, "server_name", self->name);
  }
}

void
trias_invitation_use (TriasPeer *self, const char *code, TriasKeeperDone done, gpointer user_data)
{
  g_autofree char *key = hash_of (code);

  trias_keeper_put_local (self->keeper, TRIAS_LOCAL_INVITATION, key, NULL, done, user_data);
}
