/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-secrets.h"

G_DEFINE_INTERFACE (TriasSecrets, trias_secrets, G_TYPE_OBJECT)

static void
trias_secrets_default_init (TriasSecretsInterface *iface)
{
}

void
trias_secrets_lookup_async (TriasSecrets *self,
                            const char *server_id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  TRIAS_SECRETS_GET_IFACE (self)->lookup_async (self, server_id, cancellable, callback, user_data);
}

char *
trias_secrets_lookup_finish (TriasSecrets *self, GAsyncResult *result, GError **error)
{
  return TRIAS_SECRETS_GET_IFACE (self)->lookup_finish (self, result, error);
}

void
trias_secrets_store_async (TriasSecrets *self,
                           const char *server_id,
                           const char *label,
                           const char *secret,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  TRIAS_SECRETS_GET_IFACE (self)->store_async (self, server_id, label, secret, cancellable,
                                               callback, user_data);
}

gboolean
trias_secrets_store_finish (TriasSecrets *self, GAsyncResult *result, GError **error)
{
  return TRIAS_SECRETS_GET_IFACE (self)->store_finish (self, result, error);
}

void
trias_secrets_clear_async (TriasSecrets *self,
                           const char *server_id,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  TRIAS_SECRETS_GET_IFACE (self)->clear_async (self, server_id, cancellable, callback, user_data);
}

gboolean
trias_secrets_clear_finish (TriasSecrets *self, GAsyncResult *result, GError **error)
{
  return TRIAS_SECRETS_GET_IFACE (self)->clear_finish (self, result, error);
}
