/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include <string.h>

/* As long as an acquire tries: a seat that is not given back is missed by others until its time is
 * over, which a take-over begins anew. */
#define RELEASE_MS 20000
/* The least time between two renewals, whatever the ttl. */
#define RENEW_MIN_MS 500

struct _TriasFailoverLease
{
  GObject parent_instance;

  TriasFailover *failover;
  TriasWish *wish;
  char *id;
  char *product;
  char *server_id;
  TriasEndpoint *endpoint; /* (owned) (nullable) who serves it; its name may be learned later */
  TriasLeaseState state;
  guint ttl_s;
  gint64 end; /* boot-time clock, µs: not ours any more from then on */
  gboolean renewing;
  GCancellable *cancellable; /* of the renewal under way */
  GSource *renewal;          /* (owned) (nullable) */
  GSource *expiry;           /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (TriasFailoverLease, trias_failover_lease, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_FEATURE,
  PROP_PRODUCT,
  PROP_COUNT,
  PROP_STATE,
  PROP_SERVER_ID,
  PROP_SERVER_NAME,
  PROP_LEFT_MS,
};

enum
{
  MOVED,
  LOST,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void renew (TriasFailoverLease *self);
static void ask_anew (TriasFailoverLease *self);

static void
set_state (TriasFailoverLease *self, TriasLeaseState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify (G_OBJECT (self), "state");
}

static void
stop (TriasFailoverLease *self)
{
  trias_timer_stop (&self->renewal);
  trias_timer_stop (&self->expiry);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

static gboolean
is_live (TriasFailoverLease *self)
{
  return self->state == TRIAS_LEASE_HELD || self->state == TRIAS_LEASE_UNCERTAIN;
}

static void
lose (TriasFailoverLease *self, const GError *error)
{
  g_autoptr (TriasFailoverLease) keep = g_object_ref (self);

  if (!is_live (self))
    return;
  stop (self);
  set_state (self, TRIAS_LEASE_LOST);
  g_signal_emit (self, signals[LOST], 0, error);
}

static void
lose_by_time (TriasFailoverLease *self)
{
  g_autoptr (GError) error
      = g_error_new (TRIAS_ERROR, TRIAS_REASON_TIMED_OUT,
                     "No licence server renewed the seat for “%s” in time: check that one of them "
                     "can be reached.",
                     self->wish->feature);

  lose (self, error);
}

/* Timers stand still while the machine sleeps, the boot-time clock does not: look at it. */
static gboolean
expiry_cb (gpointer user_data)
{
  TriasFailoverLease *self = user_data;
  gint64 left = trias_failover_lease_get_left_ms (self);

  if (left <= 0)
    lose_by_time (self);
  else
    trias_timer_start (&self->expiry, (guint) MIN (left, G_MAXINT), expiry_cb, self);
  return G_SOURCE_REMOVE;
}

static gboolean
renewal_cb (gpointer user_data)
{
  renew (user_data);
  return G_SOURCE_REMOVE;
}

static void
set_text (char **place, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*place);
  *place = copy;
}

/* A lease was granted or renewed: our time counts from when we asked. */
static gboolean
take_reply (TriasFailoverLease *self, TriasFailoverReply *reply, GError **error)
{
  g_autoptr (TriasLease) lease = trias_lease_read (reply->answer->json, error);
  g_auto (TriasJsonReader) reader = { 0 };
  gint64 left, third;

  if (lease == NULL)
    return FALSE;
  trias_json_reader_init (&reader, reply->answer->json);
  left = trias_json_read_int_or (&reader, "left_ms", 0, G_MAXINT, (gint64) lease->ttl_s * 1000);
  if (strcmp (lease->id, self->id) != 0)
    trias_json_reader_fail (&reader, "id", "is not the one that was asked for");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  left = MIN (left, (gint64) lease->ttl_s * 1000);
  self->ttl_s = lease->ttl_s;
  set_text (&self->product, lease->product);
  self->end = reply->answer->sent_at + left * 1000;
  third = MIN ((gint64) lease->ttl_s * 1000, left) / 3
          - (trias_boot_time () - reply->answer->sent_at) / 1000;
  trias_timer_start (&self->renewal, (guint) CLAMP (third, RENEW_MIN_MS, G_MAXINT), renewal_cb,
                     self);
  expiry_cb (self);
  return TRUE;
}

static void
note_server (TriasFailoverLease *self, TriasEndpoint *endpoint)
{
  g_autoptr (TriasFailoverLease) keep = g_object_ref (self);
  gboolean moved = self->server_id[0] != '\0' && strcmp (self->server_id, endpoint->id) != 0;

  trias_endpoint_ref (endpoint);
  g_clear_pointer (&self->endpoint, trias_endpoint_unref);
  self->endpoint = endpoint;
  if (strcmp (self->server_id, endpoint->id) == 0)
    return;
  set_text (&self->server_id, endpoint->id);
  g_object_notify (G_OBJECT (self), "server-id");
  g_object_notify (G_OBJECT (self), "server-name");
  if (moved)
    g_signal_emit (self, signals[MOVED], 0, self->server_id);
}

static void
held (TriasFailoverLease *self, TriasFailoverReply *reply)
{
  GError *error = NULL;

  if (!take_reply (self, reply, &error))
    {
      lose (self, error);
      g_error_free (error);
      return;
    }
  if (!is_live (self))
    return;
  set_state (self, TRIAS_LEASE_HELD);
  note_server (self, reply->endpoint);
}

static gboolean
is_gone (const GError *error)
{
  return g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_GONE)
         || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND)
         || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT);
}

/* Nobody renewed it, and nobody took it: it is ours until its end, which the expiry watches. */
static void
stay_uncertain (TriasFailoverLease *self)
{
  set_state (self, TRIAS_LEASE_UNCERTAIN);
  trias_timer_start (&self->renewal, RENEW_MIN_MS, renewal_cb, self);
}

static gboolean
is_passing (const GError *error)
{
  if (trias_rest_error_is_transport (error))
    return TRUE;
  return error->code == TRIAS_REASON_NOT_ACTIVE || error->code == TRIAS_REASON_STORAGE
         || error->code == TRIAS_REASON_NO_QUORUM || error->code == TRIAS_REASON_INTERNAL
         || error->code == TRIAS_REASON_TOO_MANY || error->code == TRIAS_REASON_TIMED_OUT
         || error->code == TRIAS_REASON_UNREACHABLE || error->code == TRIAS_REASON_BUSY
         || error->code == TRIAS_REASON_EPOCH;
}

static void
renewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasFailoverLease) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverReply) reply
      = trias_failover_call_finish (TRIAS_FAILOVER (source), result, &error);

  self->renewing = FALSE;
  g_clear_object (&self->cancellable);
  if (!is_live (self))
    return;
  if (reply != NULL)
    held (self, reply);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  else if (is_gone (error))
    ask_anew (self);
  else if (is_passing (error))
    stay_uncertain (self);
  else
    lose (self, error);
}

/* What the application is told while a renewal takes longer than one attempt. */
static gboolean
slow_cb (gpointer user_data)
{
  TriasFailoverLease *self = user_data;

  if (self->renewing && self->state == TRIAS_LEASE_HELD)
    set_state (self, TRIAS_LEASE_UNCERTAIN);
  return G_SOURCE_REMOVE;
}

static void
renew (TriasFailoverLease *self)
{
  g_autofree char *path = NULL;

  if (self->renewing || !is_live (self))
    return;
  self->renewing = TRUE;
  self->cancellable = g_cancellable_new ();
  path = g_strconcat ("/leases/", self->id, NULL);
  trias_timer_start (&self->renewal, TRIAS_FAILOVER_ATTEMPT_MS, slow_cb, self);
  trias_failover_call_async (self->failover, "PUT", path, "{}", self->end, self->cancellable,
                             renewed_cb, g_object_ref (self));
}

/* --- the lease is gone: another one in its place --- */

typedef struct
{
  TriasFailoverLease *self; /* (owned) */
  char *id;
} Anew;

static void
anew_free (Anew *anew)
{
  g_object_unref (anew->self);
  g_free (anew->id);
  g_free (anew);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Anew, anew_free)

static void
anew_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Anew) anew = user_data;
  TriasFailoverLease *self = anew->self;
  TriasFailover *failover = TRIAS_FAILOVER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverReply) reply = trias_failover_call_finish (failover, result, &error);
  gboolean complete = trias_failover_call_was_complete (result);

  self->renewing = FALSE;
  g_clear_object (&self->cancellable);
  if (!is_live (self))
    {
      /* Released or over in the meantime: a seat that came late goes back. */
      trias_failover_drop (failover, anew->id);
      return;
    }
  if (reply == NULL)
    {
      trias_failover_drop (failover, anew->id);
      /* The one that granted it may be back before it ends. */
      if (complete && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        lose (self, error);
      else
        stay_uncertain (self);
      return;
    }
  set_text (&self->id, anew->id);
  g_object_notify (G_OBJECT (self), "id");
  held (self, reply);
}

static void
ask_anew (TriasFailoverLease *self)
{
  Anew *anew = g_new0 (Anew, 1);
  g_autofree char *body = NULL;

  anew->self = g_object_ref (self);
  anew->id = trias_random_id ();
  self->renewing = TRUE;
  self->cancellable = g_cancellable_new ();
  set_state (self, TRIAS_LEASE_UNCERTAIN);
  body = trias_wish_to_json (self->wish, anew->id);
  trias_failover_call_async (self->failover, "POST", "/leases", body, self->end, self->cancellable,
                             anew_cb, anew);
}

/* --- release --- */

static void
released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverReply) reply
      = trias_failover_call_finish (TRIAS_FAILOVER (source), result, &error);

  /* A lease that the server does not know any more is given back. */
  if (reply != NULL || is_gone (error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
trias_failover_lease_release_async (TriasFailoverLease *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *path = g_strconcat ("/leases/", self->id, NULL);

  g_task_set_source_tag (task, trias_failover_lease_release_async);
  if (!is_live (self))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  stop (self);
  set_state (self, TRIAS_LEASE_RELEASED);
  trias_failover_call_async (self->failover, "DELETE", path, NULL,
                             trias_boot_time () + RELEASE_MS * 1000LL, cancellable, released_cb,
                             g_steal_pointer (&task));
}

gboolean
trias_failover_lease_release_finish (TriasFailoverLease *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_failover_lease_release_async),
                        FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
trias_failover_lease_renew (TriasFailoverLease *self)
{
  renew (self);
}

TriasFailoverLease *
trias_failover_lease_new (TriasFailover *failover,
                          TriasWish *wish,
                          const char *id,
                          TriasFailoverReply *reply,
                          GError **error)
{
  g_autoptr (TriasFailoverLease) self = g_object_new (TRIAS_TYPE_FAILOVER_LEASE, NULL);

  self->failover = g_object_ref (failover);
  self->wish = wish;
  self->id = g_strdup (id);
  if (!take_reply (self, reply, error))
    {
      self->state = TRIAS_LEASE_RELEASED;
      return NULL;
    }
  note_server (self, reply->endpoint);
  return g_steal_pointer (&self);
}

/* --- the object --- */

static void
trias_failover_lease_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasFailoverLease *self = TRIAS_FAILOVER_LEASE (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_FEATURE:
      g_value_set_string (value, self->wish->feature);
      break;
    case PROP_PRODUCT:
      g_value_set_string (value, self->product);
      break;
    case PROP_COUNT:
      g_value_set_uint (value, self->wish->count);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_SERVER_ID:
      g_value_set_string (value, self->server_id);
      break;
    case PROP_SERVER_NAME:
      g_value_set_string (value, trias_failover_lease_get_server_name (self));
      break;
    case PROP_LEFT_MS:
      g_value_set_int64 (value, trias_failover_lease_get_left_ms (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_failover_lease_dispose (GObject *object)
{
  TriasFailoverLease *self = TRIAS_FAILOVER_LEASE (object);

  if (self->failover != NULL && self->id != NULL && is_live (self))
    trias_failover_drop (self->failover, self->id);
  if (is_live (self))
    self->state = TRIAS_LEASE_RELEASED;
  stop (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->failover);
  G_OBJECT_CLASS (trias_failover_lease_parent_class)->dispose (object);
}

static void
trias_failover_lease_finalize (GObject *object)
{
  TriasFailoverLease *self = TRIAS_FAILOVER_LEASE (object);

  trias_wish_free (self->wish);
  g_free (self->id);
  g_free (self->product);
  g_free (self->server_id);
  g_clear_pointer (&self->endpoint, trias_endpoint_unref);
  G_OBJECT_CLASS (trias_failover_lease_parent_class)->finalize (object);
}

static void
trias_failover_lease_class_init (TriasFailoverLeaseClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_failover_lease_get_property;
  o->dispose = trias_failover_lease_dispose;
  o->finalize = trias_failover_lease_finalize;
  trias_install_readable (o, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (o, PROP_FEATURE, "feature", G_TYPE_STRING);
  trias_install_readable (o, PROP_PRODUCT, "product", G_TYPE_STRING);
  trias_install_readable (o, PROP_COUNT, "count", G_TYPE_UINT);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_LEASE_STATE);
  trias_install_readable (o, PROP_SERVER_ID, "server-id", G_TYPE_STRING);
  trias_install_readable (o, PROP_SERVER_NAME, "server-name", G_TYPE_STRING);
  trias_install_readable (o, PROP_LEFT_MS, "left-ms", G_TYPE_INT64);
  signals[MOVED] = g_signal_new ("moved", TRIAS_TYPE_FAILOVER_LEASE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[LOST] = g_signal_new ("lost", TRIAS_TYPE_FAILOVER_LEASE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
trias_failover_lease_init (TriasFailoverLease *self)
{
  self->product = g_strdup ("");
  self->server_id = g_strdup ("");
}

const char *
trias_failover_lease_get_id (TriasFailoverLease *self)
{
  return self->id;
}

const char *
trias_failover_lease_get_feature (TriasFailoverLease *self)
{
  return self->wish->feature;
}

const char *
trias_failover_lease_get_product (TriasFailoverLease *self)
{
  return self->product;
}

guint
trias_failover_lease_get_count (TriasFailoverLease *self)
{
  return self->wish->count;
}

TriasLeaseState
trias_failover_lease_get_state (TriasFailoverLease *self)
{
  return self->state;
}

const char *
trias_failover_lease_get_server_id (TriasFailoverLease *self)
{
  return self->server_id;
}

const char *
trias_failover_lease_get_server_name (TriasFailoverLease *self)
{
  return self->endpoint != NULL ? self->endpoint->name : "";
}

gint64
trias_failover_lease_get_left_ms (TriasFailoverLease *self)
{
  return MAX (0, (self->end - trias_boot_time ()) / 1000);
}
