/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-text.h"
#include "server/api/trias-api-private.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#define NAME_MAX_BYTES 64

/* --- where we are --- */

/* Loopback stays out unless there is nothing else: nobody else gets there. */
static void
add_interfaces (GPtrArray *out, GSocketFamily family, guint16 port, gboolean loopback)
{
  struct ifaddrs *list = NULL;

  if (getifaddrs (&list) != 0)
    return;
  for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
    {
      gboolean v4 = i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET;
      gboolean v6 = i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET6;
      g_autoptr (GSocketAddress) native = NULL;
      g_autofree char *text = NULL;
      GInetAddress *inet;

      if (!v4 && !(v6 && family == G_SOCKET_FAMILY_IPV6))
        continue;
      native = g_socket_address_new_from_native (i->ifa_addr, v4 ? sizeof (struct sockaddr_in)
                                                                 : sizeof (struct sockaddr_in6));
      inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (native));
      if (g_inet_address_get_is_link_local (inet)
          || g_inet_address_get_is_loopback (inet) != loopback)
        continue;
      text = g_inet_address_to_string (inet);
      g_ptr_array_add (out, g_strdup_printf (v6 ? "[%s]:%u" : "%s:%u", text, port));
    }
  freeifaddrs (list);
}

static void
add_address (GPtrArray *out, const char *address, guint16 port)
{
  const char *colon = strrchr (address, ':');
  g_autofree char *host = colon != NULL ? g_strndup (address, colon - address) : NULL;
  g_autofree char *bare = NULL;
  g_autoptr (GInetAddress) inet = NULL;
  guint before = out->len;

  if (host == NULL)
    return;
  bare = host[0] == '[' ? g_strndup (host + 1, strlen (host) - 2) : g_strdup (host);
  inet = g_inet_address_new_from_string (bare);
  if (inet == NULL || !g_inet_address_get_is_any (inet))
    {
      g_ptr_array_add (out, g_strdup_printf ("%s:%u", host, port));
      return;
    }
  add_interfaces (out, g_inet_address_get_family (inet), port, FALSE);
  if (out->len == before)
    add_interfaces (out, g_inet_address_get_family (inet), port, TRUE);
}

char **
trias_api_reachable (TriasHttp *http, const char *const *addresses)
{
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; addresses[i] != NULL; i++)
    add_address (out, addresses[i], trias_http_get_port (http, i));
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}

/* --- GET /server --- */

/* Signed once for each incarnation: signing at every request would be work for anybody to cause. */
static void
sign_members (TriasApi *self, const TriasRelationship *relationship)
{
  g_autofree char *epoch = trias_api_epoch (self);
  g_autofree char *text = trias_relationship_to_signable (relationship);
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (epoch, self->signed_epoch) == 0 && g_strcmp0 (text, self->signed_text) == 0)
    return;
  g_free (self->signed_signature);
  g_free (self->signed_epoch);
  g_free (self->signed_text);
  self->signed_signature = trias_identity_sign (self->identity, text, strlen (text), &error);
  self->signed_epoch = g_steal_pointer (&epoch);
  self->signed_text = g_steal_pointer (&text);
  if (error != NULL)
    g_warning ("The member list cannot be signed: %s", error->message);
}

static void
write_signed_members (TriasApi *self,
                      const TriasRelationship *relationship,
                      TriasJsonWriter *writer)
{
  if (relationship != NULL)
    sign_members (self, relationship);
  if (relationship == NULL || self->signed_signature == NULL)
    {
      trias_json_add_null (writer, "signed_members");
      return;
    }
  trias_json_begin_object (writer, "signed_members");
  trias_json_add_string (writer, "text", self->signed_text);
  trias_json_begin_array (writer, "signatures");
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", trias_identity_get_id (self->identity));
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (self->identity));
  trias_json_add_string (writer, "signature", self->signed_signature);
  trias_json_end_object (writer);
  trias_peer_write_signatures (self->peer, self->signed_text, writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

static gboolean
has_test_license (TriasApi *self)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (trias_api_ledger (self));

  for (guint i = 0; i < licenses->len; i++)
    {
      const TriasLedgerLicense *entry = licenses->pdata[i];

      if (entry->test)
        return TRUE;
    }
  return FALSE;
}

static void
write_relationship (TriasApi *self,
                    const TriasRelationship *relationship,
                    const char *active,
                    TriasJsonWriter *writer)
{
  if (relationship == NULL)
    {
      trias_json_add_null (writer, "relationship");
      return;
    }
  trias_json_begin_object (writer, "relationship");
  trias_relationship_write_members (relationship, writer);
  trias_json_add_string (writer, "active", active);
  trias_json_end_object (writer);
}

void
trias_api_get_server (TriasCall *call)
{
  TriasApi *self = call->api;
  const TriasRelationship *relationship = trias_peer_get_relationship (self->peer);
  const char *id = trias_identity_get_id (self->identity);
  const char *active = trias_peer_get_active (self->peer);
  TriasRole role
      = relationship != NULL ? trias_relationship_role (relationship, id) : TRIAS_ROLE_SINGLE;
  g_autofree char *epoch = trias_api_epoch (self);
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", id);
  trias_json_add_string (writer, "name", self->name);
  trias_json_add_string (writer, "version", TRIAS_VERSION);
  trias_json_add_int (writer, "time", trias_keeper_now (self->keeper));
  trias_json_add_int (writer, "started_at", self->started_at);
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (self->identity));
  trias_json_add_strv (writer, "addresses", (const char *const *) self->addresses);
  trias_json_add_string (writer, "role", trias_role_to_word (role));
  trias_json_add_bool (writer, "active", g_strcmp0 (active, id) == 0);
  trias_json_add_string (writer, "epoch", epoch);
  trias_json_add_bool (writer, "test_issuer", has_test_license (self));
  write_relationship (self, relationship, active, writer);
  write_signed_members (self, relationship, writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

/* --- PATCH /server --- */

static void
on_renamed (const GError *error, gpointer user_data)
{
  TriasCall *call = user_data;
  TriasApi *self;
  TriasEvent *event;

  if (trias_call_is_over (call))
    return;
  self = call->api;
  if (error != NULL)
    {
      trias_call_error (call, error);
      return;
    }
  event = trias_event_new (trias_keeper_now (self->keeper), "server-renamed",
                           trias_identity_get_id (self->identity));
  trias_event_param (event, "from", self->name);
  trias_event_param (event, "name", call->data);
  g_free (event->actor);
  event->actor = g_strdup (call->admin);
  g_free (self->name);
  self->name = g_strdup (call->data);
  trias_peer_set_name (self->peer, self->name);
  trias_keeper_record (self->keeper, event);
  trias_api_get_server (call);
}

void
trias_api_patch_server (TriasCall *call)
{
  TriasJsonReader reader;
  g_autoptr (GBytes) value = NULL;
  const char *name;

  if (!trias_call_read (call, &reader))
    return;
  name = trias_json_read_string (&reader, "name", 1, NAME_MAX_BYTES);
  if (!trias_text_is_label (name, 1, NAME_MAX_BYTES))
    trias_json_reader_fail (&reader, "name", "must be one line without spaces around it");
  if (!trias_call_read_end (call, &reader))
    return;
  value = g_bytes_new (name, strlen (name));
  trias_call_set_data (call, g_strdup (name), g_free);
  trias_keeper_put_local (call->api->keeper, "server", "name", value, on_renamed, call);
}
