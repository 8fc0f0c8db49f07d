/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include "core/trias-address.h"

#include <string.h>

#define PATIENCE_MS 20000
#define DROP_MS 3000
#define MAX_POOLS 5000

G_DEFINE_FINAL_TYPE (TriasFailover, trias_failover, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ACTIVE_ID,
  PROP_ACTIVE_NAME,
  PROP_MEMBERS
};

static void
trias_failover_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasFailover *self = TRIAS_FAILOVER (object);

  switch (id)
    {
    case PROP_ACTIVE_ID:
      g_value_set_string (value, self->active_id);
      break;
    case PROP_ACTIVE_NAME:
      g_value_set_string (value, self->active_name);
      break;
    case PROP_MEMBERS:
      g_value_set_boxed (value, self->members);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_failover_finalize (GObject *object)
{
  TriasFailover *self = TRIAS_FAILOVER (object);

  trias_timer_stop (&self->stagger);
  g_clear_pointer (&self->identity, trias_identity_unref);
  g_ptr_array_unref (self->configured);
  g_ptr_array_unref (self->endpoints);
  g_ptr_array_unref (self->voters);
  trias_failover_forget_doubt (self);
  g_hash_table_unref (self->left);
  g_ptr_array_unref (self->waiting);
  g_strfreev (self->members);
  g_free (self->active_id);
  g_free (self->active_name);
  g_free (self->epoch);
  g_free (self->list_id);
  g_free (self->list_text);
  g_free (self->cache);
  G_OBJECT_CLASS (trias_failover_parent_class)->finalize (object);
}

static void
trias_failover_class_init (TriasFailoverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_failover_get_property;
  object_class->finalize = trias_failover_finalize;
  trias_install_readable (object_class, PROP_ACTIVE_ID, "active-id", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_ACTIVE_NAME, "active-name", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_MEMBERS, "members", G_TYPE_STRV);
}

static void
trias_failover_init (TriasFailover *self)
{
  self->configured = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_address_free);
  self->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_endpoint_unref);
  self->voters = g_ptr_array_new_with_free_func (g_free);
  self->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->silence_ms = TRIAS_FAILOVER_SILENCE_MS;
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->active_id = g_strdup ("");
  self->active_name = g_strdup ("");
  self->patience_ms = PATIENCE_MS;
  self->cache = g_build_filename (g_get_user_cache_dir (), "trias", NULL);
}

TriasIdentity *
trias_failover_load_identity (GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "trias", NULL);
  g_autofree char *path = g_build_filename (folder, "client.pem", NULL);

  g_mkdir_with_parents (folder, 0700);
  return trias_identity_load_or_create (path, g_get_user_name (), NULL, error);
}

TriasFailover *
trias_failover_new (const char *const *servers, TriasIdentity *identity, GError **error)
{
  g_autoptr (TriasFailover) self = g_object_new (TRIAS_TYPE_FAILOVER, NULL);

  self->identity
      = identity != NULL ? trias_identity_ref (identity) : trias_failover_load_identity (error);
  if (self->identity == NULL || !trias_failover_set_servers (self, servers, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
trias_failover_set_cache (TriasFailover *self, const char *folder)
{
  char *copy = g_strdup (folder);

  g_free (self->cache);
  self->cache = copy;
}

void
trias_failover_set_patience (TriasFailover *self, guint milliseconds)
{
  self->patience_ms = milliseconds;
}

const char *
trias_failover_get_active_id (TriasFailover *self)
{
  return self->active_id;
}

const char *
trias_failover_get_active_name (TriasFailover *self)
{
  return self->active_name;
}

const char *const *
trias_failover_get_members (TriasFailover *self)
{
  return (const char *const *) self->members;
}

/* --- what is wished --- */

TriasWish *
trias_wish_new (
    const char *feature, const char *product, guint count, guint ttl_s, const TriasHolder *holder)
{
  TriasWish *self = g_new0 (TriasWish, 1);

  self->feature = g_strdup (feature);
  self->product = g_strdup (product);
  self->count = MAX (count, 1);
  self->ttl_s = ttl_s;
  self->holder.user
      = g_strdup (holder != NULL && holder->user != NULL ? holder->user : g_get_user_name ());
  self->holder.host
      = g_strdup (holder != NULL && holder->host != NULL ? holder->host : g_get_host_name ());
  self->holder.device = g_strdup (holder != NULL && holder->device != NULL ? holder->device : "");
  return self;
}

void
trias_wish_free (TriasWish *self)
{
  if (self == NULL)
    return;
  g_free (self->feature);
  g_free (self->product);
  g_free (self->holder.user);
  g_free (self->holder.host);
  g_free (self->holder.device);
  g_free (self);
}

char *
trias_wish_to_json (const TriasWish *self, const char *id)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", id);
  trias_json_add_string (writer, "feature", self->feature);
  if (self->product != NULL && self->product[0] != '\0')
    trias_json_add_string (writer, "product", self->product);
  trias_json_add_int (writer, "count", self->count);
  if (self->ttl_s > 0)
    trias_json_add_int (writer, "ttl_s", self->ttl_s);
  trias_json_begin_object (writer, "holder");
  trias_json_add_string (writer, "user", self->holder.user);
  trias_json_add_string (writer, "host", self->holder.host);
  trias_json_add_string (writer, "device", self->holder.device);
  trias_json_end_object (writer);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

/* --- acquire --- */

typedef struct
{
  char *id;
  TriasWish *wish; /* (owned) (nullable) once the lease has it */
} Acquire;

static void
acquire_free (gpointer data)
{
  Acquire *acquire = data;

  g_free (acquire->id);
  trias_wish_free (acquire->wish);
  g_free (acquire);
}

static void
dropped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasFailoverReply) reply
      = trias_failover_call_finish (TRIAS_FAILOVER (source), result, NULL);
}

void
trias_failover_drop (TriasFailover *self, const char *id)
{
  g_autofree char *path = g_strconcat ("/leases/", id, NULL);

  trias_failover_call_async (self, "DELETE", path, NULL, trias_boot_time () + DROP_MS * 1000LL,
                             NULL, dropped_cb, NULL);
}

static void
acquired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasFailover *self = TRIAS_FAILOVER (source);
  Acquire *acquire = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TriasFailoverReply) reply = trias_failover_call_finish (self, result, &error);
  TriasFailoverLease *lease = NULL;

  if (reply != NULL)
    lease = trias_failover_lease_new (self, g_steal_pointer (&acquire->wish), acquire->id, reply,
                                      &error);
  if (lease != NULL)
    {
      g_task_return_pointer (task, lease, g_object_unref);
      return;
    }
  /* It may have been granted all the same, be it by one that another spoke for. */
  if (reply != NULL || error->domain != TRIAS_ERROR || trias_rest_error_is_transport (error)
      || trias_failover_call_was_uncertain (result))
    trias_failover_drop (self, acquire->id);
  g_task_return_error (task, error);
}

void
trias_failover_acquire_async (TriasFailover *self,
                              const char *feature,
                              const char *product,
                              guint count,
                              guint ttl_s,
                              const TriasHolder *holder,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Acquire *acquire = g_new0 (Acquire, 1);
  g_autofree char *body = NULL;

  g_task_set_source_tag (task, trias_failover_acquire_async);
  /* A seat that came in the last moment is handed out, not lost. */
  g_task_set_check_cancellable (task, FALSE);
  acquire->id = trias_random_id ();
  acquire->wish = trias_wish_new (feature, product, count, ttl_s, holder);
  g_task_set_task_data (task, acquire, acquire_free);
  body = trias_wish_to_json (acquire->wish, acquire->id);
  trias_failover_call_async (self, "POST", "/leases", body,
                             trias_boot_time () + self->patience_ms * (gint64) 1000, cancellable,
                             acquired_cb, task);
}

TriasFailoverLease *
trias_failover_acquire_finish (TriasFailover *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_failover_acquire_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- pools --- */

typedef struct
{
  GPtrArray *pools; /* (owned) */
  char *name;       /* (owned) */
} Pools;

static void
pools_free (Pools *self)
{
  g_clear_pointer (&self->pools, g_ptr_array_unref);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pools, pools_free)

static GPtrArray *
read_pools (const TriasJson *json, GError **error)
{
  g_autoptr (GPtrArray) pools = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_pool_free);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *array;

  trias_json_reader_init (&reader, json);
  array = trias_json_read_array (&reader, "pools", MAX_POOLS);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  for (guint i = 0; i < trias_json_length (array); i++)
    {
      TriasPool *pool = trias_pool_read (trias_json_element (array, i), error);

      if (pool == NULL)
        return NULL;
      g_ptr_array_add (pools, pool);
    }
  return g_steal_pointer (&pools);
}

static void
pools_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (TriasFailoverReply) reply
      = trias_failover_call_finish (TRIAS_FAILOVER (source), result, &error);
  g_autoptr (Pools) pools = g_new0 (Pools, 1);

  if (reply != NULL)
    pools->pools = read_pools (reply->answer->json, &error);
  if (pools->pools == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  pools->name = g_strdup (reply->endpoint->name);
  g_task_return_pointer (task, g_steal_pointer (&pools), (GDestroyNotify) pools_free);
}

void
trias_failover_get_pools_async (TriasFailover *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_failover_get_pools_async);
  trias_failover_call_async (self, "GET", "/pools", NULL,
                             trias_boot_time () + self->patience_ms * (gint64) 1000, cancellable,
                             pools_cb, task);
}

GPtrArray *
trias_failover_get_pools_finish (TriasFailover *self,
                                 GAsyncResult *result,
                                 char **server_name,
                                 GError **error)
{
  g_autoptr (Pools) pools = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_failover_get_pools_async), NULL);
  pools = g_task_propagate_pointer (G_TASK (result), error);
  if (pools == NULL)
    return NULL;
  if (server_name != NULL)
    *server_name = g_steal_pointer (&pools->name);
  return g_steal_pointer (&pools->pools);
}
