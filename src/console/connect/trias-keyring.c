/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/connect/trias-keyring.h"

#ifdef HAVE_LIBSECRET
#include <libsecret/secret.h>
#endif

struct _TriasKeyring
{
  GObject parent_instance;

  GHashTable *keep; /* (owned) ids of the servers whose session may be kept */
  gboolean available;
};

#ifdef HAVE_LIBSECRET

static const SecretSchema schema = {
  .name = "org.trias.Console.Session",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = { { "server", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  char *secret = secret_password_lookup_finish (result, &error);
  TriasKeyring *self = g_task_get_source_object (task);

  /* No keyring is no failure: there is just nothing kept. */
  if (secret != NULL)
    g_hash_table_add (self->keep, g_strdup (g_task_get_task_data (task)));
  g_task_return_pointer (task, secret, (GDestroyNotify) secret_password_free);
}

static void
lookup_async (TriasSecrets *secrets,
              const char *server_id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  GTask *task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_set_source_tag (task, lookup_async);
  g_task_set_task_data (task, g_strdup (server_id), g_free);
  secret_password_lookup (&schema, cancellable, looked_up_cb, task, "server", server_id, NULL);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
store_async (TriasSecrets *secrets,
             const char *server_id,
             const char *label,
             const char *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  TriasKeyring *self = TRIAS_KEYRING (secrets);
  GTask *task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_set_source_tag (task, store_async);
  if (!g_hash_table_contains (self->keep, server_id))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, secret, cancellable, stored_cb,
                         task, "server", server_id, NULL);
}

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  secret_password_clear_finish (result, &error);
  g_task_return_boolean (task, TRUE);
}

static void
clear_async (TriasSecrets *secrets,
             const char *server_id,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  GTask *task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_set_source_tag (task, clear_async);
  g_hash_table_remove (TRIAS_KEYRING (secrets)->keep, server_id);
  secret_password_clear (&schema, cancellable, cleared_cb, task, "server", server_id, NULL);
}

static void
service_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasKeyring) self = user_data;
  g_autoptr (SecretService) service = secret_service_get_finish (result, NULL);
  g_autofree char *owner
      = service != NULL ? g_dbus_proxy_get_name_owner (G_DBUS_PROXY (service)) : NULL;

  /* There is always an object for it; somebody must stand behind the name. */
  self->available = owner != NULL;
}

static void
probe (TriasKeyring *self)
{
  secret_service_get (SECRET_SERVICE_NONE, NULL, service_cb, g_object_ref (self));
}

#else

static void
lookup_async (TriasSecrets *secrets,
              const char *server_id,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_return_pointer (task, NULL, NULL);
}

static void
store_async (TriasSecrets *secrets,
             const char *server_id,
             const char *label,
             const char *secret,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static void
clear_async (TriasSecrets *secrets,
             const char *server_id,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static void
probe (TriasKeyring *self)
{
}

#endif

static char *
lookup_finish (TriasSecrets *secrets, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
action_finish (TriasSecrets *secrets, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
secrets_init (TriasSecretsInterface *iface)
{
  iface->lookup_async = lookup_async;
  iface->lookup_finish = lookup_finish;
  iface->store_async = store_async;
  iface->store_finish = action_finish;
  iface->clear_async = clear_async;
  iface->clear_finish = action_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TriasKeyring,
                               trias_keyring,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TRIAS_TYPE_SECRETS, secrets_init))

static void
trias_keyring_finalize (GObject *object)
{
  g_hash_table_unref (TRIAS_KEYRING (object)->keep);
  G_OBJECT_CLASS (trias_keyring_parent_class)->finalize (object);
}

static void
trias_keyring_class_init (TriasKeyringClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = trias_keyring_finalize;
}

static void
trias_keyring_init (TriasKeyring *self)
{
  self->keep = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

TriasKeyring *
trias_keyring_new (void)
{
  TriasKeyring *self = g_object_new (TRIAS_TYPE_KEYRING, NULL);

  probe (self);
  return self;
}

gboolean
trias_keyring_is_available (TriasKeyring *self)
{
  g_return_val_if_fail (TRIAS_IS_KEYRING (self), FALSE);

  return self->available;
}

void
trias_keyring_set_keep (TriasKeyring *self, const char *server_id, gboolean keep)
{
  g_return_if_fail (TRIAS_IS_KEYRING (self));

  if (keep)
    g_hash_table_add (self->keep, g_strdup (server_id));
  else
    g_hash_table_remove (self->keep, server_id);
}
