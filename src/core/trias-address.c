/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-address.h"

#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_BYTES 1024
#define MAX_ZONE 15 /* IFNAMSIZ - 1 */

static gpointer
fail (GError **error, const char *text, const char *what)
{
  g_autofree char *shown = g_utf8_make_valid (text, MIN (strlen (text), 80));

  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, "The address “%s” %s.", shown, what);
  return NULL;
}

/* Canonical text of a numeric address, or NULL. A zone ("%eth0") is kept. */
static char *
normalize_numeric (const char *host)
{
  const char *zone = strchr (host, '%');
  g_autofree char *plain = zone != NULL ? g_strndup (host, (gsize) (zone - host)) : g_strdup (host);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (plain);
  g_autofree char *text = NULL;

  if (address == NULL)
    return NULL;
  if (zone != NULL
      && (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6
          || !trias_text_is_token (zone + 1, 1, MAX_ZONE)))
    return NULL;
  text = g_inet_address_to_string (address);
  return g_strconcat (text, zone, NULL);
}

/* Canonical text of a host name, or NULL: lower case, international names as DNS has them. */
static char *
normalize_name (const char *host)
{
  g_autofree char *ascii = g_hostname_to_ascii (host);
  g_autofree char *lower = NULL;
  gsize length;

  if (ascii == NULL)
    return NULL;
  lower = g_ascii_strdown (ascii, -1);
  length = strlen (lower);
  if (length > 1 && lower[length - 1] == '.')
    lower[length - 1] = '\0';
  return trias_text_is_host_name (lower) ? g_steal_pointer (&lower) : NULL;
}

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 number;

  if (!g_ascii_isdigit (text[0])
      || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16) number;
  return TRUE;
}

static char *
parse_fingerprint (const char *text)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  for (; *text != '\0'; text++)
    if (!g_ascii_isspace (*text))
      g_string_append_c (digits, g_ascii_tolower (*text));
  return trias_id_is_valid (digits->str) ? g_strdup (digits->str) : NULL;
}

/* Cuts @place, `HOST[:PORT]`, in two; *port is NULL if there is none. */
static char *
split_place (char *place, char **port)
{
  char *end;

  *port = NULL;
  if (*place == '[')
    {
      end = strchr (place, ']');
      if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return NULL;
      *port = end[1] == ':' ? end + 2 : NULL;
      *end = '\0';
      return place + 1;
    }
  end = strchr (place, ':');
  if (end != NULL)
    {
      *end = '\0';
      *port = end + 1;
    }
  return place;
}

TriasAddress *
trias_address_parse (const char *text, GError **error)
{
  g_autoptr (TriasAddress) self = g_new0 (TriasAddress, 1);
  g_autofree char *copy = NULL;
  char *fingerprint, *place, *host, *port;
  gboolean bracket;

  if (strlen (text) > MAX_BYTES || !g_utf8_validate (text, -1, NULL))
    return fail (error, text, "is no address");
  copy = g_strdup (text);
  fingerprint = strchr (copy, '#');
  if (fingerprint != NULL)
    {
      *fingerprint++ = '\0';
      self->fingerprint = parse_fingerprint (fingerprint);
      if (self->fingerprint == NULL)
        return fail (error, text, "has a fingerprint that is not 64 hexadecimal digits");
    }
  place = g_strstrip (copy);
  bracket = *place == '[';
  host = split_place (place, &port);
  if (host == NULL)
    return fail (error, text, "has an opening bracket without its end");
  if (!bracket && port != NULL && strchr (port, ':') != NULL)
    return fail (error, text, "must have brackets around an IPv6 address, such as [2001:db8::1]");
  self->port = TRIAS_DEFAULT_PORT;
  if (port != NULL && !parse_port (port, &self->port))
    return fail (error, text, "has a port that is not a number from 1 to 65535");
  self->host = normalize_numeric (host);
  if (bracket != (self->host != NULL && strchr (self->host, ':') != NULL))
    return fail (error, text, "has something else than an IPv6 address in brackets");
  if (self->host == NULL)
    self->host = normalize_name (host);
  if (self->host == NULL)
    return fail (error, text, "has neither a host name nor a numeric address");
  return g_steal_pointer (&self);
}

TriasAddress *
trias_address_copy (const TriasAddress *self)
{
  TriasAddress *copy = g_new0 (TriasAddress, 1);

  copy->host = g_strdup (self->host);
  copy->port = self->port;
  copy->fingerprint = g_strdup (self->fingerprint);
  return copy;
}

void
trias_address_free (TriasAddress *self)
{
  if (self == NULL)
    return;
  g_free (self->host);
  g_free (self->fingerprint);
  g_free (self);
}

static void
append_place (const TriasAddress *self, GString *out, gboolean with_port)
{
  gboolean bracket = strchr (self->host, ':') != NULL;

  g_string_append_printf (out, bracket ? "[%s]" : "%s", self->host);
  if (with_port)
    g_string_append_printf (out, ":%u", self->port);
}

char *
trias_address_to_string (const TriasAddress *self, gboolean with_fingerprint)
{
  GString *out = g_string_new (NULL);

  append_place (self, out, self->port != TRIAS_DEFAULT_PORT);
  if (with_fingerprint && self->fingerprint != NULL)
    g_string_append_printf (out, "#%s", self->fingerprint);
  return g_string_free (out, FALSE);
}

char *
trias_address_to_base_uri (const TriasAddress *self)
{
  GString *out = g_string_new ("https://");

  append_place (self, out, TRUE);
  /* RFC 6874: the percent sign of a zone is escaped in a URI. */
  g_string_replace (out, "%", "%25", 0);
  return g_string_free (out, FALSE);
}
