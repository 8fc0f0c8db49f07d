/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-reason-words.h"

#define NAME_MAX_CHARACTERS 64

const char *
trias_words_role (TriasRole role)
{
  switch (role)
    {
    case TRIAS_ROLE_MAIN:
      return _ ("Main server");
    case TRIAS_ROLE_BACKUP:
      return _ ("Backup server");
    case TRIAS_ROLE_PRIMARY:
      return _ ("Primary server");
    case TRIAS_ROLE_SECONDARY:
      return _ ("Secondary server");
    case TRIAS_ROLE_TERTIARY:
      return _ ("Tertiary server");
    case TRIAS_ROLE_SINGLE:
      break;
    }
  return _ ("Single server, without redundancy");
}

const char *
trias_words_server_name (TriasServer *server)
{
  const char *name = trias_server_get_name (server);

  return name != NULL && *name != '\0' ? name : trias_server_get_address (server);
}

const char *
trias_words_server_icon (TriasServerState state)
{
  switch (state)
    {
    case TRIAS_SERVER_CONNECTED:
      return "trias-online-symbolic";
    case TRIAS_SERVER_SIGNED_OUT:
    case TRIAS_SERVER_UNTRUSTED:
      return "dialog-password-symbolic";
    case TRIAS_SERVER_CONNECTING:
      return "content-loading-symbolic";
    case TRIAS_SERVER_LOST:
    case TRIAS_SERVER_DISCONNECTED:
      break;
    }
  return "trias-offline-symbolic";
}

static char *
describe_disconnected (TriasServer *server)
{
  const char *message = trias_server_get_error_message (server);

  if (message == NULL || *message == '\0')
    return g_strdup (_ ("Not connected"));
  return g_strdup_printf (_ ("Not connected: %s"),
                          trias_reason_words (trias_server_get_error_reason (server)));
}

char *
trias_words_server_state (TriasServer *server)
{
  if (trias_server_get_key_changed (server))
    return g_strdup (_ ("Another key answers than the known one"));
  switch (trias_server_get_state (server))
    {
    case TRIAS_SERVER_CONNECTING:
      return g_strdup (_ ("Connecting…"));
    case TRIAS_SERVER_UNTRUSTED:
      return g_strdup (_ ("Fingerprint not confirmed yet"));
    case TRIAS_SERVER_SIGNED_OUT:
      return g_strdup (_ ("Reached, not signed in"));
    case TRIAS_SERVER_CONNECTED:
      return g_strdup_printf (_ ("Connected as “%s”"), trias_server_get_admin (server));
    case TRIAS_SERVER_LOST:
      return g_strdup (_ ("Connection lost, trying again"));
    case TRIAS_SERVER_DISCONNECTED:
      break;
    }
  return describe_disconnected (server);
}

const char *
trias_words_name_problem (const char *name)
{
  if (*name == '\0')
    return _ ("Give the relationship a name.");
  if (g_utf8_strlen (name, -1) > NAME_MAX_CHARACTERS)
    return _ ("The name may have 64 characters at most.");
  return NULL;
}
