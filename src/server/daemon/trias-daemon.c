/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "triasd"

#include "config.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/trias-address.h"
#include "server/api/trias-api.h"
#include "server/daemon/trias-admin-socket.h"
#include "server/daemon/trias-daemon.h"
#include "server/daemon/trias-notify.h"

#define IDENTITY_FILE "identity.pem"
#define SOCKET_FILE "admin.sock"

struct _TriasDaemon
{
  TriasIdentity *identity;
  TriasIssuers *issuers;
  TriasKeeper *keeper;
  TriasAccounts *accounts;
  TriasAccess *access;
  TriasPeer *peer;
  TriasApi *api;
  TriasHttp *http;
  TriasAdminSocket *socket;
  char *name;       /* (owned) */
  char **addresses; /* (owned) with the ports that were bound */
  gboolean first_start;
  gboolean started;
};

/* --- what is told at start --- */

/* 127.0.0.1:0 becomes 127.0.0.1:40123. */
static char **
bound_addresses (TriasHttp *http, char **listen)
{
  char **bound = g_new0 (char *, g_strv_length (listen) + 1);

  for (guint i = 0; listen[i] != NULL; i++)
    {
      const char *colon = strrchr (listen[i], ':');

      bound[i] = g_strdup_printf ("%.*s:%u", (int) (colon - listen[i]), listen[i],
                                  trias_http_get_port (http, i));
    }
  return bound;
}

static char *
address_to_give (TriasDaemon *self)
{
  const char *address = self->addresses[0];
  const char *colon = strrchr (address, ':');

  if (!g_str_has_prefix (address, "0.0.0.0:") && !g_str_has_prefix (address, "[::]:"))
    return g_strdup_printf ("%s#%s", address, trias_identity_get_id (self->identity));
  return g_strdup_printf ("%s%s#%s", g_get_host_name (), colon,
                          trias_identity_get_id (self->identity));
}

static void
say_hello (TriasDaemon *self)
{
  g_autofree char *id = trias_id_format (trias_identity_get_id (self->identity));
  g_autofree char *address = address_to_give (self);
  g_auto (GStrv) names = trias_accounts_list (self->accounts);

  if (self->first_start)
    g_print ("This is a new licence server.\n");
  g_print ("fingerprint %s\n", id);
  g_print ("reach it at %s\n", address);
  if (names[0] == NULL)
    g_print ("Nobody can sign in yet. As root on this computer: trias admin add NAME\n");
  for (guint i = 0; self->addresses[i] != NULL; i++)
    g_print ("listening on %s\n", self->addresses[i]);
  fflush (stdout);
}

static void
record (TriasDaemon *self, const char *kind)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self->keeper), kind,
                                       trias_identity_get_id (self->identity));

  trias_event_param (event, "name", self->name);
  trias_event_param (event, "version", TRIAS_VERSION);
  trias_keeper_record (self->keeper, event);
}

/* --- start --- */

static gboolean
open_state (TriasDaemon *self, const TriasConfig *config, GError **error)
{
  g_autofree char *identity = g_build_filename (config->state, IDENTITY_FILE, NULL);

  if (g_mkdir_with_parents (config->state, 0700) != 0)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "Cannot make the state folder %s: %s. Make it by hand, or name another one"
                   " with --state.",
                   config->state, g_strerror (errno));
      return FALSE;
    }
  self->identity
      = trias_identity_load_or_create (identity, config->name, &self->first_start, error);
  if (self->identity == NULL)
    return FALSE;
  self->issuers = trias_issuers_load (config->issuers, error);
  if (self->issuers == NULL)
    return FALSE;
  if (trias_issuers_count (self->issuers) == 0)
    g_message ("The folder %s has no issuer's key, so no licence can be installed.",
               config->issuers);
  self->keeper = trias_keeper_open (config->state, trias_identity_get_id (self->identity),
                                    self->issuers, error);
  if (self->keeper == NULL)
    return FALSE;
  self->accounts = trias_accounts_new (self->keeper);
  self->name = trias_api_load_name (self->keeper, config->name);
  return TRUE;
}

static void
request_cb (TriasHttpRequest *request, gpointer user_data)
{
  TriasDaemon *self = user_data;

  trias_api_handle (self->api, request);
}

static void
mute_cb (gboolean mute, gpointer user_data)
{
  TriasDaemon *self = user_data;

  if (self->http != NULL)
    trias_http_set_mute (self->http, mute);
}

/* It listens before the rest is made, because the ports are known only then; requests are read once
 * the main loop runs. */
static gboolean
open_network (TriasDaemon *self, const TriasConfig *config, GError **error)
{
  TriasApiParts parts = {
    .keeper = self->keeper,
    .accounts = self->accounts,
    .identity = self->identity,
    .issuers = self->issuers,
    .name = self->name,
  };
  const char *const *listen = (const char *const *) config->listen;
  const char *const *addresses;

  self->http = trias_http_start (listen, self->identity, &config->limits, config->plain, request_cb,
                                 self, error);
  if (self->http == NULL)
    return FALSE;
  self->addresses = bound_addresses (self->http, config->listen);
  addresses = (const char *const *) self->addresses;
  self->access = trias_access_new (self->keeper);
  self->peer = trias_peer_new (self->keeper, self->access, self->identity, self->issuers,
                               self->name, addresses);
  trias_peer_set_mute (self->peer, mute_cb, self);
  parts.access = self->access;
  parts.peer = self->peer;
  self->api = trias_api_new (&parts);
  trias_api_start (self->api, self->http, listen);
  trias_peer_start (self->peer);
  self->started = TRUE;
  return TRUE;
}

TriasDaemon *
trias_daemon_start (const TriasConfig *config, GError **error)
{
  TriasDaemon *self = g_new0 (TriasDaemon, 1);
  g_autofree char *socket = g_strdup (config->socket);

  if (socket == NULL)
    socket = g_build_filename (config->state, SOCKET_FILE, NULL);
  if (!open_state (self, config, error) || !open_network (self, config, error)
      || (self->socket = trias_admin_socket_new (socket, self->accounts, error)) == NULL)
    {
      trias_daemon_stop (self);
      return NULL;
    }
  record (self, "server-started");
  say_hello (self);
  trias_notify_ready ("serving");
  return self;
}

/* --- stop --- */

/* What was on its way back to the core thread still arrives. */
static void
drain (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
trias_daemon_stop (TriasDaemon *self)
{
  if (self == NULL)
    return;
  if (self->started)
    {
      trias_notify_stopping ();
      record (self, "server-stopped");
      trias_api_stop (self->api);
      trias_peer_stop (self->peer);
    }
  g_clear_pointer (&self->http, trias_http_stop);
  g_clear_pointer (&self->socket, trias_admin_socket_free);
  g_clear_pointer (&self->accounts, trias_accounts_free);
  drain ();
  g_clear_pointer (&self->api, trias_api_free);
  g_clear_pointer (&self->peer, trias_peer_free);
  g_clear_pointer (&self->access, trias_access_free);
  g_clear_pointer (&self->keeper, trias_keeper_close);
  g_clear_pointer (&self->issuers, trias_issuers_unref);
  g_clear_pointer (&self->identity, trias_identity_unref);
  g_strfreev (self->addresses);
  g_free (self->name);
  g_free (self);
}
