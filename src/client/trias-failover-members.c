/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include "core/trias-address.h"

#include <string.h>

TriasEndpoint *
trias_endpoint_ref (TriasEndpoint *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
trias_endpoint_unref (TriasEndpoint *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_object_unref (self->rest);
  g_free (self);
}

static char *
spell (const TriasAddress *address)
{
  gboolean v6 = strchr (address->host, ':') != NULL;

  return g_strdup_printf (v6 ? "[%s]:%u" : "%s:%u", address->host, address->port);
}

static TriasEndpoint *
find_endpoint (TriasFailover *self, const char *id, const char *address)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if ((id == NULL || strcmp (endpoint->id, id) == 0)
          && g_ascii_strcasecmp (endpoint->address, address) == 0)
        return endpoint;
    }
  return NULL;
}

/* The endpoint for @id at @address: the known one, which may have open connections, or a new one.
 * */
static TriasEndpoint *
make_endpoint (TriasFailover *self, const char *id, const TriasAddress *address)
{
  g_autofree char *text = spell (address);
  g_autofree char *base = trias_address_to_base_uri (address);
  TriasEndpoint *endpoint = find_endpoint (self, id, text);

  if (endpoint != NULL)
    return trias_endpoint_ref (endpoint);
  endpoint = g_new0 (TriasEndpoint, 1);
  g_atomic_ref_count_init (&endpoint->refs);
  endpoint->id = g_strdup (id);
  endpoint->name = g_strdup ("");
  endpoint->address = g_steal_pointer (&text);
  endpoint->rest = trias_rest_new (base, id, self->identity);
  return endpoint;
}

static void
show_members (TriasFailover *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) members = NULL;

  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      g_ptr_array_add (texts, g_strconcat (endpoint->address, "#", endpoint->id, NULL));
    }
  g_ptr_array_add (texts, NULL);
  members = (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
  if (self->members != NULL
      && g_strv_equal ((const char *const *) members, (const char *const *) self->members))
    return;
  g_strfreev (self->members);
  self->members = g_steal_pointer (&members);
  g_object_notify (G_OBJECT (self), "members");
}

/* Several addresses of one server are one voice. */
static void
add_voter (TriasFailover *self, const char *id)
{
  if (!g_ptr_array_find_with_equal_func (self->voters, id, g_str_equal, NULL))
    g_ptr_array_add (self->voters, g_strdup (id));
}

gboolean
trias_failover_set_servers (TriasFailover *self, const char *const *servers, GError **error)
{
  for (gsize i = 0; servers != NULL && servers[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (servers[i], error);

      if (address == NULL)
        return FALSE;
      if (address->fingerprint == NULL)
        {
          g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                       "“%s” has no fingerprint: write ADDRESS#FINGERPRINT, so that no other "
                       "server can take its place.",
                       servers[i]);
          return FALSE;
        }
      if (self->endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
        break;
      g_ptr_array_add (self->endpoints, make_endpoint (self, address->fingerprint, address));
      add_voter (self, address->fingerprint);
      g_ptr_array_add (self->configured, g_steal_pointer (&address));
    }
  if (self->endpoints->len == 0)
    {
      g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                           "Name at least one licence server as ADDRESS#FINGERPRINT.");
      return FALSE;
    }
  show_members (self);
  return TRUE;
}

/* --- the members of a list --- */

/* `ROLE ID ADDRESS,ADDRESS NAME` */
static void
add_member (TriasFailover *self, GPtrArray *endpoints, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_auto (GStrv) addresses = NULL;

  if (g_strv_length (words) < 3 || !trias_id_is_valid (words[1]))
    return;
  addresses = g_strsplit (words[2], ",", 8);
  for (guint i = 0; addresses[i] != NULL && endpoints->len < TRIAS_FAILOVER_MAX_ENDPOINTS; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (addresses[i], NULL);
      TriasEndpoint *endpoint;

      if (address == NULL)
        continue;
      endpoint = make_endpoint (self, words[1], address);
      if (words[3] != NULL && g_utf8_validate (words[3], -1, NULL))
        {
          g_free (endpoint->name);
          endpoint->name = g_strdup (words[3]);
        }
      g_ptr_array_add (endpoints, endpoint);
    }
}

static gboolean
is_in (GPtrArray *endpoints, TriasEndpoint *wanted)
{
  return g_ptr_array_find (endpoints, wanted, NULL);
}

gboolean
trias_failover_take_members (TriasFailover *self, const char *const *lines)
{
  g_autoptr (GPtrArray) endpoints
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_endpoint_unref);

  for (guint i = 0; lines[i] != NULL; i++)
    add_member (self, endpoints, lines[i]);
  if (endpoints->len == 0)
    return FALSE;
  g_ptr_array_set_size (self->voters, 0);
  for (guint i = 0; i < endpoints->len; i++)
    add_voter (self, ((TriasEndpoint *) g_ptr_array_index (endpoints, i))->id);
  for (guint i = 0; i < self->configured->len; i++)
    {
      const TriasAddress *address = g_ptr_array_index (self->configured, i);
      TriasEndpoint *endpoint = make_endpoint (self, address->fingerprint, address);

      if (is_in (endpoints, endpoint) || endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
        trias_endpoint_unref (endpoint);
      else
        g_ptr_array_add (endpoints, endpoint);
    }
  g_ptr_array_unref (self->endpoints);
  self->endpoints = g_steal_pointer (&endpoints);
  show_members (self);
  return TRUE;
}

/* --- redirects --- */

static const char *
only_other_member (TriasFailover *self, const char *id)
{
  const char *other = NULL;

  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (strcmp (endpoint->id, id) == 0)
        continue;
      if (other != NULL && strcmp (other, endpoint->id) != 0)
        return NULL;
      other = endpoint->id;
    }
  return other;
}

TriasEndpoint *
trias_failover_find_location (TriasFailover *self, const char *location, TriasEndpoint *from)
{
  g_autoptr (GUri) uri = g_uri_parse (location, G_URI_FLAGS_NONE, NULL);
  TriasAddress address = { 0 };
  TriasEndpoint *endpoint;
  const char *id;
  g_autofree char *text = NULL;
  int port;

  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), "https") != 0
      || g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
    return NULL;
  port = g_uri_get_port (uri);
  address.host = (char *) g_uri_get_host (uri);
  address.port = port > 0 ? (guint16) port : 443;
  text = spell (&address);
  endpoint = find_endpoint (self, NULL, text);
  if (endpoint != NULL)
    return endpoint;
  id = only_other_member (self, from->id);
  if (id == NULL || self->endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
    return NULL;
  endpoint = make_endpoint (self, id, &address);
  g_ptr_array_add (self->endpoints, endpoint);
  show_members (self);
  return endpoint;
}
