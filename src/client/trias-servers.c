/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-servers.h"

#include "client/trias-server-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_SERVERS 200
#define MAX_FILE_BYTES (256 * 1024)
#define MAX_NAME 256

struct _TriasServers
{
  GObject parent_instance;

  char *path;
  TriasSecrets *secrets; /* (owned) (nullable) */
  GPtrArray *servers;    /* (element-type TriasServer) */
  gboolean restoring;
  guint n_online;
  guint n_signed_in;
};

enum
{
  PROP_0,
  PROP_N_ITEMS,
  PROP_N_ONLINE,
  PROP_N_SIGNED_IN,
  PROP_SECRETS,
  N_PROPS
};
static GParamSpec *props[N_PROPS];
enum
{
  SAVE_FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static GType
get_item_type (GListModel *model)
{
  return TRIAS_TYPE_SERVER;
}

static guint
get_n_items (GListModel *model)
{
  return TRIAS_SERVERS (model)->servers->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  TriasServers *self = TRIAS_SERVERS (model);

  return position < self->servers->len ? g_object_ref (g_ptr_array_index (self->servers, position))
                                       : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TriasServers,
                               trias_servers,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
count (TriasServers *self)
{
  guint online = 0, signed_in = 0;

  for (guint i = 0; i < self->servers->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->servers, i);

      online += trias_server_get_online (server) ? 1 : 0;
      signed_in += trias_server_get_state (server) == TRIAS_SERVER_CONNECTED ? 1 : 0;
    }
  if (online != self->n_online)
    {
      self->n_online = online;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ONLINE]);
    }
  if (signed_in != self->n_signed_in)
    {
      self->n_signed_in = signed_in;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_SIGNED_IN]);
    }
}

static void
save_quietly (TriasServers *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->restoring && !trias_servers_save (self, &error))
    g_signal_emit (self, signals[SAVE_FAILED], 0, error);
}

static void
state_cb (TriasServer *server, GParamSpec *pspec, TriasServers *self)
{
  count (self);
}

static void
saved_facts_cb (TriasServer *server, GParamSpec *pspec, TriasServers *self)
{
  save_quietly (self);
}

/* --- tokens --- */

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasServer) server = user_data;
  g_autofree char *token = trias_secrets_lookup_finish (TRIAS_SECRETS (source), result, NULL);

  if (token != NULL && token[0] != '\0' && !trias_server_get_signed_in (server))
    trias_server_set_token (server, token);
  trias_server_connect_async (server, NULL, NULL, NULL);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!trias_secrets_store_finish (TRIAS_SECRETS (source), result, &error))
    g_debug ("token not kept: %s", error->message);
}

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!trias_secrets_clear_finish (TRIAS_SECRETS (source), result, &error))
    g_debug ("token not cleared: %s", error->message);
}

static void
signed_in_cb (TriasServer *server, GParamSpec *pspec, TriasServers *self)
{
  const char *id = trias_server_get_id (server);
  const char *token = trias_rest_get_token (trias_server_get_rest (server));

  count (self);
  if (self->secrets == NULL || id[0] == '\0')
    return;
  if (token != NULL)
    trias_secrets_store_async (self->secrets, id, trias_server_get_name (server), token, NULL,
                               stored_cb, NULL);
  else
    trias_secrets_clear_async (self->secrets, id, NULL, cleared_cb, NULL);
}

/* --- the list --- */

static void
insert (TriasServers *self, TriasServer *server)
{
  g_signal_connect_object (server, "notify::state", G_CALLBACK (state_cb), self, 0);
  g_signal_connect_object (server, "notify::online", G_CALLBACK (state_cb), self, 0);
  g_signal_connect_object (server, "notify::fingerprint", G_CALLBACK (saved_facts_cb), self, 0);
  g_signal_connect_object (server, "notify::name", G_CALLBACK (saved_facts_cb), self, 0);
  g_signal_connect_object (server, "notify::signed-in", G_CALLBACK (signed_in_cb), self, 0);
  g_ptr_array_add (self->servers, g_object_ref (server));
  g_list_model_items_changed (G_LIST_MODEL (self), self->servers->len - 1, 0, 1);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ITEMS]);
  count (self);
}

static TriasServer *
find_same (TriasServers *self, const TriasAddress *address)
{
  g_autofree char *text = trias_address_to_string (address, FALSE);

  for (guint i = 0; i < self->servers->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->servers, i);

      if (g_ascii_strcasecmp (trias_server_get_address (server), text) == 0
          || (address->fingerprint != NULL
              && strcmp (trias_server_get_id (server), address->fingerprint) == 0))
        return server;
    }
  return NULL;
}

TriasServer *
trias_servers_add (TriasServers *self, const char *text, GError **error)
{
  g_autoptr (TriasAddress) address = trias_address_parse (text, error);
  g_autoptr (TriasServer) server = NULL;
  TriasServer *same;

  if (address == NULL)
    return NULL;
  same = find_same (self, address);
  if (same != NULL)
    return same;
  if (self->servers->len >= MAX_SERVERS)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_MANY,
                   "No more than %d servers can be kept: remove one first.", MAX_SERVERS);
      return NULL;
    }
  server = trias_server_new (address);
  insert (self, server);
  save_quietly (self);
  return server;
}

void
trias_servers_remove (TriasServers *self, TriasServer *server)
{
  g_autoptr (TriasServer) keep = g_object_ref (server);
  guint position;

  if (!g_ptr_array_find (self->servers, server, &position))
    return;
  g_signal_handlers_disconnect_by_data (server, self);
  if (self->secrets != NULL && trias_server_get_id (server)[0] != '\0')
    trias_secrets_clear_async (self->secrets, trias_server_get_id (server), NULL, cleared_cb, NULL);
  g_ptr_array_remove_index (self->servers, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ITEMS]);
  count (self);
  save_quietly (self);
  trias_server_disconnect (server);
}

TriasServer *
trias_servers_find (TriasServers *self, const char *id)
{
  for (guint i = 0; id != NULL && id[0] != '\0' && i < self->servers->len; i++)
    if (strcmp (trias_server_get_id (g_ptr_array_index (self->servers, i)), id) == 0)
      return g_ptr_array_index (self->servers, i);
  return NULL;
}

TriasServer *
trias_servers_lookup (TriasServers *self, const char *text)
{
  g_autoptr (TriasAddress) address = trias_address_parse (text, NULL);
  TriasServer *found = NULL;
  guint n = 0;

  if (address != NULL && (found = find_same (self, address)) != NULL)
    return found;
  for (guint i = 0; i < self->servers->len; i++)
    if (strcmp (trias_server_get_name (g_ptr_array_index (self->servers, i)), text) == 0)
      return g_ptr_array_index (self->servers, i);
  for (guint i = 0; strlen (text) >= 4 && i < self->servers->len; i++)
    if (g_str_has_prefix (trias_server_get_id (g_ptr_array_index (self->servers, i)), text))
      {
        found = g_ptr_array_index (self->servers, i);
        n++;
      }
  return n == 1 ? found : NULL;
}

typedef struct
{
  const char *name;
} NameUpdate;

static void
apply_name (gpointer object, gpointer data)
{
  TriasServer *server = object;
  const NameUpdate *update = data;

  g_free (server->facts.name);
  server->facts.name = g_strdup (update->name);
}

void
trias_servers_note_name (TriasServers *self, TriasServer *server, const char *name)
{
  NameUpdate update = { name };

  if (name == NULL || *name == '\0' || strlen (name) > MAX_NAME
      || strcmp (name, server->facts.name) == 0)
    return;
  trias_server_change (server, apply_name, &update);
}

void
trias_servers_connect_all (TriasServers *self)
{
  for (guint i = 0; i < self->servers->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->servers, i);

      if (trias_server_get_state (server) != TRIAS_SERVER_DISCONNECTED)
        continue;
      if (self->secrets != NULL && trias_server_get_id (server)[0] != '\0'
          && !trias_server_get_signed_in (server))
        trias_secrets_lookup_async (self->secrets, trias_server_get_id (server), NULL, looked_up_cb,
                                    g_object_ref (server));
      else
        trias_server_connect_async (server, NULL, NULL, NULL);
    }
}

void
trias_servers_disconnect_all (TriasServers *self)
{
  for (guint i = 0; i < self->servers->len; i++)
    trias_server_disconnect (g_ptr_array_index (self->servers, i));
}

/* --- the key file --- */

static void
restore_one (TriasServers *self, GKeyFile *file, const char *group)
{
  g_autofree char *text = g_key_file_get_string (file, group, "address", NULL);
  g_autofree char *fingerprint = g_key_file_get_string (file, group, "fingerprint", NULL);
  g_autofree char *name = g_key_file_get_string (file, group, "name", NULL);
  g_autoptr (TriasAddress) address = text != NULL ? trias_address_parse (text, NULL) : NULL;
  g_autoptr (TriasServer) server = NULL;

  if (address == NULL || self->servers->len >= MAX_SERVERS)
    return;
  if (fingerprint != NULL && trias_id_is_valid (fingerprint))
    {
      g_free (address->fingerprint);
      address->fingerprint = g_steal_pointer (&fingerprint);
    }
  if (find_same (self, address) != NULL)
    return;
  server = trias_server_new (address);
  if (name != NULL && strlen (name) <= MAX_NAME && g_utf8_validate (name, -1, NULL))
    {
      g_free (server->facts.name);
      server->facts.name = g_steal_pointer (&name);
    }
  insert (self, server);
}

gboolean
trias_servers_restore (TriasServers *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;
  g_auto (GStrv) groups = NULL;
  g_autoptr (GError) failure = NULL;
  gsize length;

  if (self->path[0] == '\0')
    return TRUE;
  if (!g_file_get_contents (self->path, &data, &length, &failure))
    {
      if (g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "The list of servers cannot be read: %s.", failure->message);
      return FALSE;
    }
  if (length > MAX_FILE_BYTES
      || !g_key_file_load_from_data (file, data, length, G_KEY_FILE_NONE, &failure))
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "The list of servers in “%s” is not understood (%s): mend or remove the file.",
                   self->path, failure != NULL ? failure->message : "it is too large");
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  self->restoring = TRUE;
  for (guint i = 0; groups[i] != NULL; i++)
    restore_one (self, file, groups[i]);
  self->restoring = FALSE;
  return TRUE;
}

gboolean
trias_servers_save (TriasServers *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *data = NULL;
  g_autoptr (GError) failure = NULL;
  gsize length;

  if (self->path[0] == '\0')
    return TRUE;
  for (guint i = 0; i < self->servers->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->servers, i);
      g_autofree char *group = g_strdup_printf ("server-%u", i + 1);

      g_key_file_set_string (file, group, "address", server->address);
      if (server->facts.fingerprint[0] != '\0')
        g_key_file_set_string (file, group, "fingerprint", server->facts.fingerprint);
      if (server->facts.name[0] != '\0')
        g_key_file_set_string (file, group, "name", server->facts.name);
    }
  data = g_key_file_to_data (file, &length, NULL);
  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents_full (self->path, data, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT,
                                0600, &failure))
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
               "The list of servers cannot be written: %s.", failure->message);
  return FALSE;
}

static void
trias_servers_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasServers *self = TRIAS_SERVERS (object);

  switch (id)
    {
    case PROP_N_ITEMS:
      g_value_set_uint (value, self->servers->len);
      break;
    case PROP_N_ONLINE:
      g_value_set_uint (value, self->n_online);
      break;
    case PROP_N_SIGNED_IN:
      g_value_set_uint (value, self->n_signed_in);
      break;
    case PROP_SECRETS:
      g_value_set_object (value, self->secrets);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_servers_dispose (GObject *object)
{
  TriasServers *self = TRIAS_SERVERS (object);

  for (guint i = 0; i < self->servers->len; i++)
    {
      g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->servers, i), self);
      trias_server_disconnect (g_ptr_array_index (self->servers, i));
    }
  g_ptr_array_set_size (self->servers, 0);
  g_clear_object (&self->secrets);
  G_OBJECT_CLASS (trias_servers_parent_class)->dispose (object);
}

static void
trias_servers_finalize (GObject *object)
{
  TriasServers *self = TRIAS_SERVERS (object);

  g_free (self->path);
  g_ptr_array_unref (self->servers);
  G_OBJECT_CLASS (trias_servers_parent_class)->finalize (object);
}

static void
trias_servers_class_init (TriasServersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = trias_servers_get_property;
  object_class->dispose = trias_servers_dispose;
  object_class->finalize = trias_servers_finalize;
  props[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_ONLINE] = g_param_spec_uint ("n-online", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_SIGNED_IN] = g_param_spec_uint ("n-signed-in", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_SECRETS] = g_param_spec_object ("secrets", NULL, NULL, TRIAS_TYPE_SECRETS, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SAVE_FAILED] = g_signal_new ("save-failed", TRIAS_TYPE_SERVERS, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
trias_servers_init (TriasServers *self)
{
  self->servers = g_ptr_array_new_with_free_func (g_object_unref);
}

TriasServers *
trias_servers_new (const char *path, TriasSecrets *secrets)
{
  TriasServers *self = g_object_new (TRIAS_TYPE_SERVERS, NULL);

  self->path = path != NULL
                   ? g_strdup (path)
                   : g_build_filename (g_get_user_config_dir (), "trias", "servers.conf", NULL);
  g_set_object (&self->secrets, secrets);
  return self;
}
