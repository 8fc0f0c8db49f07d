/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TriasSecrets:
 *
 * Where a program keeps session tokens between its runs, if it can. The client library has no
 * store of its own: without one, tokens live in memory only.
 */
#define TRIAS_TYPE_SECRETS (trias_secrets_get_type ())
G_DECLARE_INTERFACE (TriasSecrets, trias_secrets, TRIAS, SECRETS, GObject)

struct _TriasSecretsInterface
{
  GTypeInterface parent_iface;
  void (*lookup_async) (TriasSecrets *self,
                        const char *server_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  /** (nullable) and no error if there is none. */
  char *(*lookup_finish) (TriasSecrets *self, GAsyncResult *result, GError **error);
  void (*store_async) (TriasSecrets *self,
                       const char *server_id,
                       const char *label,
                       const char *secret,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*store_finish) (TriasSecrets *self, GAsyncResult *result, GError **error);
  void (*clear_async) (TriasSecrets *self,
                       const char *server_id,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*clear_finish) (TriasSecrets *self, GAsyncResult *result, GError **error);
};

void trias_secrets_lookup_async (TriasSecrets *self,
                                 const char *server_id,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
char *trias_secrets_lookup_finish (TriasSecrets *self, GAsyncResult *result, GError **error);
void trias_secrets_store_async (TriasSecrets *self,
                                const char *server_id,
                                const char *label,
                                const char *secret,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean trias_secrets_store_finish (TriasSecrets *self, GAsyncResult *result, GError **error);
void trias_secrets_clear_async (TriasSecrets *self,
                                const char *server_id,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean trias_secrets_clear_finish (TriasSecrets *self, GAsyncResult *result, GError **error);

G_END_DECLS
