/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-aside.h"

#include <string.h>

#include "server/peer/trias-drill.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-serving.h"

#define KEY "maintenance"

struct _TriasAside
{
  TriasPeer *peer;
  TriasMaintenance *own; /* (nullable) */
  char *relationship;    /* (nullable) id of that in which this server stands aside */
  GHashTable *others;    /* server id to TriasMaintenance */
};

TriasAside *
trias_aside_new (TriasPeer *peer)
{
  TriasAside *self = g_new0 (TriasAside, 1);

  self->peer = peer;
  self->others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) trias_maintenance_free);
  return self;
}

void
trias_aside_free (TriasAside *self)
{
  g_clear_pointer (&self->own, trias_maintenance_free);
  g_hash_table_unref (self->others);
  g_free (self->relationship);
  g_free (self);
}

const TriasMaintenance *
trias_aside_own (TriasPeer *peer)
{
  return peer->relationship != NULL ? peer->aside->own : NULL;
}

const TriasMaintenance *
trias_aside_find (TriasPeer *peer, const char *id)
{
  return strcmp (id, peer->id) == 0 ? trias_aside_own (peer)
                                    : g_hash_table_lookup (peer->aside->others, id);
}

/* --- what is kept --- */

static GBytes *
encode (TriasAside *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "relationship", self->relationship);
  trias_maintenance_write (self->own, writer, "maintenance");
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  return g_bytes_new (text, strlen (text));
}

void
trias_aside_start (TriasAside *self)
{
  GBytes *value = trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY);
  g_autoptr (TriasJson) json = NULL;
  TriasJsonReader reader;
  const char *relationship;
  const TriasJson *object;

  if (value == NULL)
    return;
  json = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                           TRIAS_JSON_MAX_BYTES, NULL);
  if (json == NULL)
    return;
  trias_json_reader_init (&reader, json);
  relationship = trias_json_read_string (&reader, "relationship", 1, 64);
  object = trias_json_read_object (&reader, "maintenance");
  if (trias_json_reader_finish_lenient (&reader, NULL))
    self->own = trias_maintenance_read (object, NULL);
  if (self->own != NULL)
    self->relationship = g_strdup (relationship);
}

/* --- what follows --- */

static TriasUnsafe
look_unsafe (TriasPeer *peer, const char **other, gint64 *left, gint64 *kept)
{
  *other = NULL;
  *left = *kept = 0;
  return peer->triad != NULL ? trias_peer_triad_unsafe (peer->triad, other)
                             : trias_serving_unsafe (peer->serving, other, left, kept);
}

/* Returns whether there is news. */
static gboolean
refresh_own (TriasAside *self)
{
  TriasMaintenance *own = self->own;
  gint64 left, kept;
  const char *other;
  TriasUnsafe unsafe;
  gboolean news;

  if (trias_aside_own (self->peer) == NULL)
    return FALSE;
  unsafe = look_unsafe (self->peer, &other, &left, &kept);
  news = left != own->left || kept != own->kept;
  own->left = left;
  own->kept = kept;
  return trias_maintenance_set_unsafe (own, unsafe, other) || news;
}

static void
changed (TriasAside *self)
{
  refresh_own (self);
  if (self->peer->triad != NULL)
    trias_peer_triad_follow_aside (self->peer->triad);
  else
    trias_keeper_triad_set_aside (self->peer->keeper, 0);
  trias_peer_touch (self->peer);
}

static const char *const began_kinds[] = { "maintenance-began", "failback-waits", "handover" };
static const char *const ended_kinds[] = { "maintenance-ended", "given-back", "given-back" };

static void
tell (TriasAside *self, const char *kind, const char *actor)
{
  TriasPeer *peer = self->peer;
  TriasEvent *event
      = trias_event_new_by (trias_keeper_now (peer->keeper), kind, peer->id, NULL, actor);

  trias_event_param (event, "name", peer->name);
  trias_keeper_record (peer->keeper, event);
}

/* --- this server --- */

typedef struct
{
  TriasPeer *peer;
  TriasPeerDone done;
  gpointer user_data;
} Keeping;

static void
on_kept (const GError *error, gpointer user_data)
{
  Keeping *keeping = user_data;
  g_autoptr (TriasProblem) problem = error != NULL ? trias_problem_from_error (error) : NULL;

  keeping->done (problem, keeping->user_data);
  trias_peer_unref (keeping->peer);
  g_free (keeping);
}

/* @done (nullable) when durable. */
static void
keep (TriasAside *self, TriasPeerDone done, gpointer user_data)
{
  g_autoptr (GBytes) value = self->own != NULL ? encode (self) : NULL;
  Keeping *keeping = NULL;

  if (done != NULL)
    {
      keeping = g_new0 (Keeping, 1);
      keeping->peer = trias_peer_ref (self->peer);
      keeping->done = done;
      keeping->user_data = user_data;
    }
  trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY, value,
                          done != NULL ? on_kept : NULL, keeping);
}

void
trias_aside_begin (TriasAside *self,
                   TriasAsideWhy why,
                   gint64 until,
                   const char *actor,
                   TriasPeerDone done,
                   gpointer user_data)
{
  TriasPeer *peer = self->peer;
  gboolean news = self->own == NULL || self->own->why != why;

  if (self->own == NULL)
    {
      self->own = trias_maintenance_new (peer->id, why);
      self->own->since = trias_keeper_now (peer->keeper);
    }
  self->own->why = why;
  self->own->until = until;
  g_free (self->own->actor);
  self->own->actor = g_strdup (actor);
  g_free (self->relationship);
  self->relationship = g_strdup (peer->relationship->id);
  if (news)
    tell (self, began_kinds[why], actor);
  keep (self, done, user_data);
  changed (self);
  trias_peer_soon_probe (peer);
}

void
trias_aside_end (TriasAside *self, const char *actor, TriasPeerDone done, gpointer user_data)
{
  tell (self, ended_kinds[self->own->why], actor);
  g_clear_pointer (&self->own, trias_maintenance_free);
  g_clear_pointer (&self->relationship, g_free);
  keep (self, done, user_data);
  changed (self);
  if (self->peer->relationship != NULL)
    trias_peer_soon_probe (self->peer);
}

/* Its time is over; or it waits to be given back, but that is automatic by now. */
static gboolean
is_over (TriasAside *self, const TriasMaintenance *own)
{
  if (own->until != 0 && trias_keeper_now (self->peer->keeper) >= own->until)
    return TRUE;
  return own->why == TRIAS_ASIDE_FAILBACK
         && self->peer->relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC;
}

void
trias_aside_tick (TriasAside *self)
{
  const TriasMaintenance *own = trias_aside_own (self->peer);

  if (own == NULL)
    return;
  if (is_over (self, own))
    trias_aside_end (self, "", NULL, NULL);
  else if (refresh_own (self))
    trias_peer_touch (self->peer);
}

void
trias_aside_relationship_changed (TriasAside *self, gboolean starting)
{
  const TriasRelationship *relationship = self->peer->relationship;
  gboolean left
      = relationship != NULL ? g_strcmp0 (relationship->id, self->relationship) != 0 : !starting;

  /* The slots may be other servers' by now, and nobody need have anything to say of them. */
  g_hash_table_remove_all (self->others);
  if (self->own != NULL && left)
    trias_aside_end (self, "", NULL, NULL);
  else
    changed (self);
}

/* --- the others --- */

void
trias_aside_write_own (TriasPeer *peer, TriasJsonWriter *writer)
{
  refresh_own (peer->aside);
  if (trias_aside_own (peer) != NULL)
    trias_maintenance_write (peer->aside->own, writer, "maintenance");
  else
    trias_json_add_null (writer, "maintenance");
}

static gboolean
is_same (const TriasMaintenance *a, const TriasMaintenance *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->why == b->why && a->until == b->until && a->unsafe == b->unsafe
         && strcmp (a->other, b->other) == 0 && a->left == b->left && a->kept == b->kept;
}

void
trias_aside_told (TriasPeer *peer, const char *id, const TriasJson *object)
{
  TriasAside *self = peer->aside;
  TriasMaintenance *told = object != NULL ? trias_maintenance_read (object, NULL) : NULL;
  gboolean same = is_same (g_hash_table_lookup (self->others, id), told);

  /* It speaks for itself alone. */
  if (told != NULL)
    {
      g_free (told->member);
      told->member = g_strdup (id);
      g_hash_table_replace (self->others, g_strdup (id), told);
    }
  else
    g_hash_table_remove (self->others, id);
  if (!same)
    changed (self);
}

void
trias_aside_write (TriasPeer *peer, TriasJsonWriter *writer)
{
  refresh_own (peer->aside);
  trias_json_begin_array (writer, "maintenance");
  for (guint i = 0; i < peer->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (peer->relationship->members, i);
      const TriasMaintenance *maintenance = trias_aside_find (peer, member->id);

      if (maintenance != NULL)
        trias_maintenance_write (maintenance, writer, NULL);
    }
  trias_json_end_array (writer);
}

TriasProblem *
trias_aside_refuse (TriasPeer *peer, const char *id)
{
  const TriasMaintenance *aside = trias_aside_find (peer, id);
  const TriasMember *member = trias_relationship_find (peer->relationship, id);

  if (aside == NULL || member == NULL)
    return NULL;
  return trias_problem_param (
      trias_problem_new (TRIAS_REASON_CONFLICT,
                         aside->why == TRIAS_ASIDE_MAINTENANCE
                             ? "The server '%s' is in maintenance; end that first."
                             : "The clients of the server '%s' have to be given back first.",
                         member->name),
      "member", id);
}

/* --- asked for by an administrator --- */

/* %NULL or why this server had better not be switched off soon. */
static TriasProblem *
refuse (TriasPeer *self)
{
  const char *id;
  gint64 left, kept;
  TriasUnsafe unsafe = look_unsafe (self, &id, &left, &kept);
  const TriasMember *other = id != NULL ? trias_relationship_find (self->relationship, id) : NULL;
  const char *name = other != NULL ? other->name : "";
  TriasProblem *problem = NULL;

  switch (unsafe)
    {
    case TRIAS_UNSAFE_NOBODY:
      return trias_problem_new (TRIAS_REASON_CONFLICT,
                                "No server is active, so none can take over.");
    case TRIAS_UNSAFE_DISCONNECTED:
      problem
          = trias_problem_new (TRIAS_REASON_UNREACHABLE,
                               "The server '%s' is not connected, so it cannot take over.", name);
      break;
    case TRIAS_UNSAFE_BEHIND:
      problem = trias_problem_new (TRIAS_REASON_CONFLICT,
                                   "The server '%s' is not synchronised, so it cannot take over.",
                                   name);
      break;
    case TRIAS_UNSAFE_OTHER:
      return trias_aside_refuse (self, id);
    case TRIAS_UNSAFE_NONE:
    case TRIAS_UNSAFE_ACTIVE:
    case TRIAS_UNSAFE_LEASES:
      return NULL;
    }
  return id != NULL ? trias_problem_param (problem, "member", id) : problem;
}

void
trias_peer_begin_maintenance (TriasPeer *self,
                              guint seconds,
                              gboolean force,
                              const char *actor,
                              TriasPeerDone done,
                              gpointer user_data)
{
  g_autoptr (TriasProblem) problem = trias_drills_refuse_change (self);
  gint64 until = seconds > 0 ? trias_keeper_now (self->keeper) + 1000 * (gint64) seconds : 0;

  if (problem == NULL && !force)
    problem = refuse (self);
  if (problem != NULL)
    done (problem, user_data);
  else
    trias_aside_begin (self->aside, TRIAS_ASIDE_MAINTENANCE, until, actor, done, user_data);
}

void
trias_peer_end_maintenance (TriasPeer *self,
                            const char *actor,
                            TriasPeerDone done,
                            gpointer user_data)
{
  if (trias_aside_own (self) == NULL)
    done (NULL, user_data);
  else
    trias_aside_end (self->aside, actor, done, user_data);
}

/* --- a pair: who serves is chosen --- */

static TriasProblem *
refuse_choice (TriasPeer *self, const char *to)
{
  const TriasMaintenance *own = trias_aside_own (self);
  TriasProblem *problem = trias_drills_refuse_change (self);

  if (problem != NULL)
    return problem;
  if (self->role != TRIAS_ROLE_MAIN)
    {
      problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                   "Only the main server of a pair hands over; this is the backup "
                                   "server.");
      trias_problem_param (problem, "active", self->partner->id);
      return trias_problem_param (problem, "address", self->partner->addresses[0]);
    }
  if (own != NULL && own->why == TRIAS_ASIDE_MAINTENANCE)
    return trias_aside_refuse (self, self->id);
  if (to[0] == '\0' || strcmp (to, self->id) == 0)
    return NULL;
  if (strcmp (to, self->partner->id) != 0)
    return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                              "That server is no member of this relationship.");
  return refuse (self);
}

void
trias_aside_choose (TriasPeer *self,
                    const char *to,
                    gint64 until,
                    const char *actor,
                    TriasPeerDone done,
                    gpointer user_data)
{
  g_autoptr (TriasProblem) problem = refuse_choice (self, to);

  if (problem != NULL)
    done (problem, user_data);
  else if (strcmp (to, self->partner->id) == 0)
    trias_aside_begin (self->aside, TRIAS_ASIDE_HANDOVER, until == G_MAXINT64 ? 0 : until, actor,
                       done, user_data);
  else
    trias_peer_end_maintenance (self, actor, done, user_data);
}
