/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/trias-address.h"
#include "core/trias-text.h"
#include "server/daemon/trias-config.h"

#define MAX_FILE_BYTES (256 * 1024)
#define MAX_NAME_BYTES 256

/** Sets @value; the message says what is allowed, file and line are put in front. */
typedef gboolean (*SetFunc) (TriasConfig *self, const char *value, gsize offset, GError **error);

typedef struct
{
  const char *group;
  const char *key;
  SetFunc set;
  gsize offset; /* of the member, where @set serves several keys */
  guint min, max;
} Setting;

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, text);
  return FALSE;
}

/* --- values --- */

static gboolean
is_address (const char *text)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  g_autoptr (GInetAddress) address = NULL;
  guint64 port = 0;
  gsize length;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return FALSE;
  host = g_strndup (text, colon - text);
  length = strlen (host);
  if (length > 2 && host[0] == '[' && host[length - 1] == ']')
    {
      host[length - 1] = '\0';
      address = g_inet_address_new_from_string (host + 1);
      return address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
    }
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;
}

gboolean
trias_config_set_listen (TriasConfig *self, const char *const *addresses, GError **error)
{
  g_autoptr (GPtrArray) listen = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; addresses[i] != NULL; i++)
    {
      g_autofree char *address = g_strstrip (g_strdup (addresses[i]));

      if (address[0] == '\0')
        continue;
      if (!is_address (address))
        return refuse (error,
                       "“%s” is no address to listen on. Allowed: 192.0.2.1:%d, [2001:db8::1]:%d;"
                       " 0.0.0.0 and [::] are all addresses.",
                       address, TRIAS_DEFAULT_PORT, TRIAS_DEFAULT_PORT);
      g_ptr_array_add (listen, g_steal_pointer (&address));
    }
  if (listen->len == 0 || listen->len > TRIAS_CONFIG_MAX_LISTEN)
    return refuse (error, "There must be 1 to %d addresses to listen on.", TRIAS_CONFIG_MAX_LISTEN);
  g_ptr_array_add (listen, NULL);
  g_strfreev (self->listen);
  self->listen = (char **) g_ptr_array_free (g_steal_pointer (&listen), FALSE);
  return TRUE;
}

static gboolean
set_listen (TriasConfig *self, const char *value, gsize offset, GError **error)
{
  g_auto (GStrv) addresses = g_strsplit_set (value, ";,", -1);

  return trias_config_set_listen (self, (const char *const *) addresses, error);
}

gboolean
trias_config_set_name (TriasConfig *self, const char *name, GError **error)
{
  if (strlen (name) > MAX_NAME_BYTES || !trias_text_is_label (name, 1, MAX_NAME_BYTES))
    return refuse (
        error, "The name must have 1 to %d bytes of UTF-8 on one line, without spaces around it.",
        MAX_NAME_BYTES);
  g_free (self->name);
  self->name = g_strdup (name);
  return TRUE;
}

static gboolean
set_name (TriasConfig *self, const char *value, gsize offset, GError **error)
{
  return trias_config_set_name (self, value, error);
}

static gboolean
set_path (TriasConfig *self, const char *value, gsize offset, GError **error)
{
  char **member = G_STRUCT_MEMBER_P (self, offset);

  if (!g_path_is_absolute (value))
    return refuse (error, "“%s” is no absolute path. Allowed: a path that begins with “/”.", value);
  g_free (*member);
  *member = g_strdup (value);
  return TRUE;
}

static gboolean
set_log_level (TriasConfig *self, const char *value, gsize offset, GError **error)
{
  static const struct
  {
    const char *word;
    GLogLevelFlags level;
  } levels[] = {
    { "warning", G_LOG_LEVEL_WARNING },
    { "message", G_LOG_LEVEL_MESSAGE },
    { "info", G_LOG_LEVEL_INFO },
    { "debug", G_LOG_LEVEL_DEBUG },
  };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (strcmp (value, levels[i].word) == 0)
      {
        self->log_level = levels[i].level;
        return TRUE;
      }
  return refuse (error, "“%s” is no level. Allowed: warning, message, info, debug.", value);
}

#define MEMBER(name) G_STRUCT_OFFSET (TriasConfig, name)
#define LIMIT(name) (MEMBER (limits) + G_STRUCT_OFFSET (TriasHttpLimits, name))

static const Setting settings[] = {
  { "server", "listen", set_listen },
  { "server", "name", set_name },
  { "server", "state", set_path, MEMBER (state) },
  { "server", "issuers", set_path, MEMBER (issuers) },
  { "server", "socket", set_path, MEMBER (socket) },
  { "server", "log-level", set_log_level },
  { "limits", "connections", NULL, LIMIT (connections_max), 10, 1000000 },
  { "limits", "connections-per-address", NULL, LIMIT (connections_per_address), 1, 1000000 },
  { "limits", "connections-per-key", NULL, LIMIT (connections_per_key), 0, 1000000 },
  { "limits", "header-timeout-s", NULL, LIMIT (header_timeout_s), 1, 3600 },
  { "limits", "body-timeout-s", NULL, LIMIT (body_timeout_s), 1, 3600 },
  { "limits", "idle-timeout-s", NULL, LIMIT (idle_timeout_s), 1, 86400 },
  { "limits", "event-streams", NULL, LIMIT (streams_max), 1, 100000 },
  { "limits", "event-backlog", NULL, LIMIT (stream_backlog), 10, 1000000 },
};

static gboolean
set_number (TriasConfig *self, const Setting *setting, const char *value, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (value, 10, setting->min, setting->max, &number, NULL))
    return refuse (error, "“%s” is not allowed for %s. Allowed: a whole number from %u to %u.",
                   value, setting->key, setting->min, setting->max);
  G_STRUCT_MEMBER (guint, self, setting->offset) = (guint) number;
  return TRUE;
}

/* --- the file --- */

static char *
allowed_keys (const char *group)
{
  GString *keys = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].group, group) == 0)
      g_string_append_printf (keys, "%s%s", keys->len > 0 ? ", " : "", settings[i].key);
  return g_string_free (keys, FALSE);
}

static gboolean
set_value (TriasConfig *self, const char *group, const char *key, const char *value, GError **error)
{
  g_autofree char *keys = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      const Setting *setting = &settings[i];

      if (strcmp (setting->group, group) != 0 || strcmp (setting->key, key) != 0)
        continue;
      if (setting->set != NULL)
        return setting->set (self, value, setting->offset, error);
      return set_number (self, setting, value, error);
    }
  keys = allowed_keys (group);
  return refuse (error, "“%s” is unknown in [%s]. Allowed: %s.", key, group, keys);
}

typedef struct
{
  char *group;      /* (owned) (nullable) */
  gboolean skipped; /* the group is unknown, and so is all that stands in it */
  GHashTable *seen; /* (owned) "group key" */
} Reading;

static gboolean
read_group (Reading *reading, char *line, GError **error)
{
  gsize length = strlen (line);

  reading->skipped = TRUE;
  if (line[length - 1] != ']')
    return refuse (error, "A group must end with “]”. Allowed: [server], [limits].");
  line[length - 1] = '\0';
  if (strcmp (line + 1, "server") != 0 && strcmp (line + 1, "limits") != 0)
    return refuse (error, "The group [%s] is unknown. Allowed: [server], [limits].", line + 1);
  reading->skipped = FALSE;
  g_free (reading->group);
  reading->group = g_strdup (line + 1);
  return TRUE;
}

static gboolean
read_line (TriasConfig *self, Reading *reading, char *line, GError **error)
{
  char *equals;

  g_strstrip (line);
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (line[0] == '[')
    return read_group (reading, line, error);
  if (reading->skipped)
    return TRUE;
  equals = strchr (line, '=');
  if (equals == NULL)
    return refuse (
        error, "“%s” is no setting. Allowed: KEY=VALUE, [GROUP], and # before a comment.", line);
  if (reading->group == NULL)
    return refuse (error, "A setting stands before the first group. Put [server] in front of it.");
  *equals = '\0';
  g_strchomp (line);
  g_strchug (equals + 1);
  if (!g_hash_table_add (reading->seen, g_strdup_printf ("%s %s", reading->group, line)))
    return refuse (error, "“%s” is set twice. Remove one of the two.", line);
  return set_value (self, reading->group, line, equals + 1, error);
}

gboolean
trias_config_parse (TriasConfig *self, const char *text, const char *path, GError **error)
{
  Reading reading = { .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) mistakes = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (GError) mistake = NULL;

      if (!read_line (self, &reading, lines[i], &mistake))
        g_string_append_printf (mistakes, "%s%s:%u: %s", mistakes->len > 0 ? "\n" : "", path, i + 1,
                                mistake->message);
    }
  g_free (reading.group);
  g_hash_table_unref (reading.seen);
  return mistakes->len == 0 || refuse (error, "%s", mistakes->str);
}

gboolean
trias_config_load (TriasConfig *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    return refuse (error, "Cannot read the configuration: %s", local->message);
  if (length > MAX_FILE_BYTES || !g_utf8_validate (text, (gssize) length, NULL))
    return refuse (error, "%s is no configuration: it must be UTF-8 text of at most %d bytes.",
                   path, MAX_FILE_BYTES);
  return trias_config_parse (self, text, path, error);
}

/* --- defaults --- */

static char **
default_listen (void)
{
  g_autoptr (GStrvBuilder) listen = g_strv_builder_new ();
  g_autofree char *v4 = g_strdup_printf ("0.0.0.0:%d", TRIAS_DEFAULT_PORT);
  g_autofree char *v6 = g_strdup_printf ("[::]:%d", TRIAS_DEFAULT_PORT);
  int fd = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strv_builder_add (listen, v4);
  /* A computer may be without IPv6 altogether. */
  if (fd >= 0)
    {
      g_strv_builder_add (listen, v6);
      close (fd);
    }
  return g_strv_builder_end (listen);
}

TriasConfig *
trias_config_new (void)
{
  TriasConfig *self = g_new0 (TriasConfig, 1);

  self->listen = default_listen ();
  self->name = g_strdup (g_get_host_name ());
  self->state = g_strdup (TRIAS_STATEDIR);
  self->issuers = g_strdup (TRIAS_SYSCONFDIR "/trias/issuers");
  self->log_level = G_LOG_LEVEL_MESSAGE;
  trias_http_limits_init (&self->limits);
  return self;
}

void
trias_config_free (TriasConfig *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->listen);
  g_free (self->name);
  g_free (self->state);
  g_free (self->issuers);
  g_free (self->socket);
  g_free (self);
}
