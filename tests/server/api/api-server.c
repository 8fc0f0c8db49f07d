/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "api-server.h"

#include <glib/gstdio.h>

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_remove (child);
    }
  g_rmdir (path);
}

static void
on_added (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

void
api_server_add_admin (ApiServer *self, const char *name, const char *password)
{
  gboolean done = FALSE;

  trias_accounts_add (self->accounts, name, password, "test", on_added, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/* The issuer's secret lies in the folder too, so that a restart can issue again. */
static void
open_issuers (ApiServer *self)
{
  g_autofree char *folder = g_build_filename (self->folder, "issuers", NULL);
  g_autofree char *file = g_build_filename (folder, "acme.test.pub", NULL);
  g_autofree char *secret = g_build_filename (self->folder, "issuer.secret", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (secret, &self->issuer_secret, NULL, NULL))
    {
      g_autofree char *public_key = NULL;

      trias_issuer_generate (&self->issuer_secret, &public_key);
      g_mkdir (folder, 0700);
      g_assert_true (g_file_set_contents (file, public_key, -1, NULL));
      g_assert_true (g_file_set_contents (secret, self->issuer_secret, -1, NULL));
    }
  self->issuers = trias_issuers_load (folder, &error);
  g_assert_no_error (error);
}

static void
handle (TriasHttpRequest *request, gpointer user_data)
{
  ApiServer *self = user_data;

  trias_api_handle (self->api, request);
}

static void
listen_on_any_port (ApiServer *self)
{
  const char *addresses[] = { "127.0.0.1:0", NULL };
  g_autoptr (GError) error = NULL;
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  self->http = trias_http_start (addresses, self->identity, &limits, FALSE, handle, self, &error);
  g_assert_no_error (error);
  self->port = trias_http_get_port (self->http, 0);
  trias_api_start (self->api, self->http, addresses);
}

static void
wire (ApiServer *self)
{
  const char *addresses[] = { "127.0.0.1:0", NULL };
  g_autofree char *name = trias_api_load_name (self->keeper, "first");
  TriasApiParts parts;

  self->access = trias_access_new (self->keeper);
  self->accounts = trias_accounts_new (self->keeper);
  self->peer
      = trias_peer_new (self->keeper, self->access, self->identity, self->issuers, name, addresses);
  parts = (TriasApiParts){
    .keeper = self->keeper,
    .access = self->access,
    .peer = self->peer,
    .accounts = self->accounts,
    .identity = self->identity,
    .issuers = self->issuers,
    .name = name,
  };
  self->api = trias_api_new (&parts);
}

ApiServer *
api_server_start (const char *folder)
{
  ApiServer *self = g_new0 (ApiServer, 1);
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;

  self->folder = folder != NULL ? g_strdup (folder) : g_dir_make_tmp ("trias-api-XXXXXX", &error);
  g_assert_no_error (error);
  file = g_build_filename (self->folder, "identity.pem", NULL);
  self->identity = trias_identity_load_or_create (file, "test", NULL, &error);
  g_assert_no_error (error);
  self->client = trias_identity_generate ("client", NULL);
  self->stranger = trias_identity_generate ("stranger", NULL);
  open_issuers (self);
  self->keeper = trias_keeper_open (self->folder, trias_identity_get_id (self->identity),
                                    self->issuers, &error);
  g_assert_no_error (error);
  wire (self);
  if (!trias_accounts_exists (self->accounts, API_ADMIN))
    api_server_add_admin (self, API_ADMIN, API_PASSWORD);
  trias_peer_start (self->peer);
  listen_on_any_port (self);
  return self;
}

void
api_server_stop (ApiServer *self)
{
  trias_api_stop (self->api);
  trias_peer_stop (self->peer);
  trias_http_stop (self->http);
  trias_api_free (self->api);
  trias_peer_free (self->peer);
  trias_accounts_free (self->accounts);
  trias_access_free (self->access);
  trias_keeper_close (self->keeper);
  trias_identity_unref (self->identity);
  trias_identity_unref (self->client);
  trias_identity_unref (self->stranger);
  trias_issuers_unref (self->issuers);
  if (!self->keep)
    remove_folder (self->folder);
  g_free (self->token);
  g_free (self->issuer_secret);
  g_free (self->folder);
  g_free (self);
}

ApiServer *
api_server_restart (ApiServer *self)
{
  g_autofree char *folder = g_strdup (self->folder);

  self->keep = TRUE;
  api_server_stop (self);
  return api_server_start (folder);
}

/* --- two threads --- */

typedef struct
{
  ApiServer *server;
  ApiClientFunc clients;
  gint done;
} Run;

static gpointer
run_clients (gpointer data)
{
  Run *run = data;

  run->clients (run->server);
  g_atomic_int_set (&run->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

void
api_server_run (ApiServer *self, ApiClientFunc clients)
{
  Run run = { self, clients, FALSE };
  GThread *thread = g_thread_new ("clients", run_clients, &run);

  while (!g_atomic_int_get (&run.done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

void
api_server_try (ApiClientFunc clients)
{
  ApiServer *self = api_server_start (NULL);

  api_server_run (self, clients);
  api_server_stop (self);
}

typedef struct
{
  ApiServer *server;
  ApiServerFunc func;
  gpointer data;
  gboolean done;
  GMutex lock;
  GCond changed;
} Call;

static gboolean
do_call (gpointer data)
{
  Call *call = data;

  call->func (call->server, call->data);
  g_mutex_lock (&call->lock);
  call->done = TRUE;
  g_cond_signal (&call->changed);
  g_mutex_unlock (&call->lock);
  return G_SOURCE_REMOVE;
}

void
api_server_call (ApiServer *self, ApiServerFunc func, gpointer data)
{
  Call call = { .server = self, .func = func, .data = data };

  g_mutex_init (&call.lock);
  g_cond_init (&call.changed);
  g_idle_add_full (G_PRIORITY_DEFAULT, do_call, &call, NULL);
  g_mutex_lock (&call.lock);
  while (!call.done)
    g_cond_wait (&call.changed, &call.lock);
  g_mutex_unlock (&call.lock);
  g_mutex_clear (&call.lock);
  g_cond_clear (&call.changed);
}

/* --- licences --- */

char *
api_license (ApiServer *self, const char *id, guint revision, const char *features)
{
  g_auto (GStrv) list = g_strsplit (features, " ", -1);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_string_append_printf (json,
                          "{\"id\":\"%s\",\"revision\":%u,\"issuer\":\"acme\","
                          "\"licensee\":\"Works\",\"product\":\"suite\",\"bind\":[],"
                          "\"features\":[",
                          id, revision);
  for (guint i = 0; list[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (list[i], ":", 2);

      g_string_append_printf (json,
                              "%s{\"name\":\"%s\",\"seats\":%s,\"counted_by\":\"lease\","
                              "\"not_before\":null,\"not_after\":null,\"grace_hours\":0}",
                              i > 0 ? "," : "", pair[0], pair[1]);
    }
  g_string_append (json, "]}");
  text = trias_license_issue (json->str, self->issuer_secret, &error);
  g_assert_no_error (error);
  return text;
}
