/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-drill-private.h"

#include <string.h>

/* So long after an answer the next request follows. */
#define PAUSE_MS 20
/* One request may take so long, over all servers and attempts. */
#define PATIENCE_MS 30000
/* Longer than any drill. */
#define TTL_S 300

struct _TriasDrillProbe
{
  grefcount refs; /* of the owner, and of each request under way */
  const TriasDrillProbeFuncs *funcs;
  gpointer user_data;
  TriasFailover *failover;
  TriasFailoverLease *lease; /* (owned) (nullable) */
  char *id;                  /* (owned) what is renewed */
  char *seen;                /* (owned) server that answered last */
  GCancellable *cancellable;
  GSource *pause;
  gboolean over; /* nobody is told any more */
  gboolean counting;
  TriasDrillMeasure measure; /* NOTHING until it is ready */
  gint64 answered;           /* boot-time clock, µs */
  gint64 gap, requests, failed;
};

static void ask (TriasDrillProbe *self);

static TriasDrillProbe *
probe_ref (TriasDrillProbe *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static void
probe_unref (TriasDrillProbe *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  trias_timer_stop (&self->pause);
  g_clear_object (&self->lease);
  g_clear_object (&self->failover);
  g_clear_object (&self->cancellable);
  g_free (self->id);
  g_free (self->seen);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasDrillProbe, probe_unref)

/* --- the requests --- */

static gboolean
pause_cb (gpointer user_data)
{
  ask (user_data);
  return G_SOURCE_REMOVE;
}

static void
note_answer (TriasDrillProbe *self)
{
  gint64 now = trias_boot_time ();

  if (self->counting && self->answered != 0)
    self->gap = MAX (self->gap, (now - self->answered) / 1000);
  self->answered = now;
}

static void
note_server (TriasDrillProbe *self, const char *id)
{
  if (id == NULL || id[0] == '\0' || g_strcmp0 (self->seen, id) == 0)
    return;
  g_free (self->seen);
  self->seen = g_strdup (id);
  self->funcs->moved (id, self->user_data);
}

/* Asking after a lease that there is not, the word that there is none is the answer. */
static gboolean
is_answer (TriasDrillProbe *self, const GError *error)
{
  return self->lease == NULL
         && (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_GONE)
             || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND)
             || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_RULE_DENIED));
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrillProbe) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverReply) reply
      = trias_failover_call_finish (TRIAS_FAILOVER (source), result, &error);

  if (self->over)
    return;
  if (self->counting)
    self->requests++;
  if (reply != NULL || is_answer (self, error))
    {
      note_answer (self);
      note_server (self, reply != NULL ? reply->endpoint->id
                                       : trias_failover_get_active_id (self->failover));
    }
  else if (self->counting)
    self->failed++;
  self->funcs->changed (self->user_data);
  if (!self->over)
    trias_timer_start (&self->pause, PAUSE_MS, pause_cb, self);
}

static void
ask (TriasDrillProbe *self)
{
  g_autofree char *path = g_strconcat ("/leases/", self->id, NULL);

  trias_failover_call_async (self->failover, "PUT", path, "{}",
                             trias_boot_time () + PATIENCE_MS * G_GINT64_CONSTANT (1000),
                             self->cancellable, answered_cb, probe_ref (self));
}

/* --- the seat --- */

static void
get_ready (TriasDrillProbe *self)
{
  self->id = self->lease != NULL ? g_strdup (trias_failover_lease_get_id (self->lease))
                                 : trias_random_id ();
  self->measure = self->lease != NULL ? TRIAS_DRILL_SEAT : TRIAS_DRILL_QUESTIONS;
  note_answer (self);
  if (self->lease != NULL)
    note_server (self, trias_failover_lease_get_server_id (self->lease));
  self->funcs->ready (self->lease != NULL ? trias_failover_lease_get_feature (self->lease) : NULL,
                      self->user_data);
  if (!self->over)
    ask (self);
}

static void
acquired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrillProbe) self = user_data;

  /* That there is none in the end is told by asking only. */
  self->lease = trias_failover_acquire_finish (TRIAS_FAILOVER (source), result, NULL);
  if (!self->over)
    get_ready (self);
}

/* The feature with most free seats: there one more is missed least. */
static const TriasPool *
choose (GPtrArray *pools)
{
  const TriasPool *best = NULL;

  for (guint i = 0; i < pools->len; i++)
    {
      const TriasPool *pool = g_ptr_array_index (pools, i);

      if (pool->seats > pool->used
          && (best == NULL || pool->seats - pool->used > best->seats - best->used))
        best = pool;
    }
  return best;
}

static void
pools_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrillProbe) self = user_data;
  TriasFailover *failover = TRIAS_FAILOVER (source);
  g_autoptr (GPtrArray) pools = trias_failover_get_pools_finish (failover, result, NULL, NULL);
  const TriasPool *pool = pools != NULL ? choose (pools) : NULL;

  if (self->over)
    return;
  if (pool == NULL)
    {
      get_ready (self);
      return;
    }
  trias_failover_acquire_async (failover, pool->feature, pool->product, 1, TTL_S, NULL,
                                self->cancellable, acquired_cb, probe_ref (self));
}

/* --- for the drill --- */

TriasDrillProbe *
trias_drill_probe_new (const char *const *servers,
                       const TriasDrillProbeFuncs *funcs,
                       gpointer user_data,
                       GError **error)
{
  TriasFailover *failover = trias_failover_new (servers, NULL, error);
  TriasDrillProbe *self;

  if (failover == NULL)
    return NULL;
  self = g_new0 (TriasDrillProbe, 1);
  g_ref_count_init (&self->refs);
  self->funcs = funcs;
  self->user_data = user_data;
  self->failover = failover;
  self->cancellable = g_cancellable_new ();
  trias_failover_set_cache (failover, NULL);
  trias_failover_get_pools_async (failover, self->cancellable, pools_cb, probe_ref (self));
  return self;
}

void
trias_drill_probe_free (TriasDrillProbe *self)
{
  if (self == NULL)
    return;
  trias_drill_probe_end (self);
  probe_unref (self);
}

void
trias_drill_probe_begin (TriasDrillProbe *self)
{
  self->counting = TRUE;
  self->answered = trias_boot_time ();
}

void
trias_drill_probe_end (TriasDrillProbe *self)
{
  if (self->over)
    return;
  self->over = TRUE;
  trias_timer_stop (&self->pause);
  g_cancellable_cancel (self->cancellable);
}

typedef struct
{
  void (*left) (gpointer user_data);
  gpointer user_data;
} Leaving;

static void
released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Leaving *leaving = user_data;

  /* If nobody could be told, the seat is free again once its time is over. */
  trias_failover_lease_release_finish (TRIAS_FAILOVER_LEASE (source), result, NULL);
  leaving->left (leaving->user_data);
}

void
trias_drill_probe_leave (TriasDrillProbe *self,
                         void (*left) (gpointer user_data),
                         gpointer user_data)
{
  g_autoptr (TriasFailoverLease) lease = NULL;
  Leaving *leaving;

  trias_drill_probe_end (self);
  lease = g_steal_pointer (&self->lease);
  if (lease == NULL)
    {
      left (user_data);
      return;
    }
  leaving = g_new (Leaving, 1);
  *leaving = (Leaving){ left, user_data };
  trias_failover_lease_release_async (lease, NULL, released_cb, leaving);
}

gint64
trias_drill_probe_get_waiting (TriasDrillProbe *self)
{
  if (!self->counting || self->over)
    return 0;
  return (trias_boot_time () - self->answered) / 1000;
}

gint64
trias_drill_probe_get_gap (TriasDrillProbe *self)
{
  return MAX (self->gap, trias_drill_probe_get_waiting (self));
}

gint64
trias_drill_probe_get_requests (TriasDrillProbe *self)
{
  return self->requests;
}

gint64
trias_drill_probe_get_failed (TriasDrillProbe *self)
{
  return self->failed;
}

TriasDrillMeasure
trias_drill_probe_get_measure (TriasDrillProbe *self)
{
  return self->measure;
}
