/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/access/trias-access-private.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* A v4 client of a v6 socket is the same client. */
static char *
normal_address (const char *address)
{
  if (address == NULL)
    return g_strdup ("");
  if (g_ascii_strncasecmp (address, "::ffff:", 7) == 0 && strchr (address + 7, '.') != NULL)
    return g_strdup (address + 7);
  return g_strdup (address);
}

static gboolean
is_loopback (const char *address)
{
  g_autoptr (GInetAddress) inet = NULL;

  if (g_str_has_prefix (address, "127.") || g_str_equal (address, "::1"))
    return TRUE;
  if (strchr (address, ':') == NULL)
    return FALSE;
  inet = g_inet_address_new_from_string (address);
  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

/* Whether @address is one of an interface of this computer. */
static gboolean
is_own (const char *address)
{
  g_autoptr (GInetAddress) wanted = g_inet_address_new_from_string (address);
  struct ifaddrs *list = NULL;
  gboolean own = FALSE;

  if (wanted == NULL || getifaddrs (&list) != 0)
    return FALSE;
  for (struct ifaddrs *i = list; i != NULL && !own; i = i->ifa_next)
    {
      int family = i->ifa_addr != NULL ? i->ifa_addr->sa_family : AF_UNSPEC;
      gsize size = family == AF_INET ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6);
      g_autoptr (GSocketAddress) native = NULL;

      if (family != AF_INET && family != AF_INET6)
        continue;
      native = g_socket_address_new_from_native (i->ifa_addr, size);
      own = native != NULL
            && g_inet_address_equal (
                g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (native)), wanted);
    }
  freeifaddrs (list);
  return own;
}

TriasCommandFacts *
trias_access_facts_of (TriasAccess *self, TriasHttpRequest *request, const char *user)
{
  TriasCommandFacts *facts = g_new0 (TriasCommandFacts, 1);
  const char *local = trias_http_local_address (request);

  facts->key_id = g_strdup (trias_http_peer_key (request));
  facts->user = g_strdup (user);
  facts->address = normal_address (trias_http_peer_address (request));
  /* Whoever uses another address of this computer is seen with it on both ends. */
  facts->this_computer
      = is_loopback (facts->address) || (local != NULL && g_strcmp0 (local, facts->address) == 0);
  return facts;
}

void
trias_access_facts_free (TriasCommandFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->key_id);
  g_free (facts->user);
  g_strfreev (facts->groups);
  g_free (facts->address);
  g_strfreev (facts->host_names);
  g_free (facts);
}

TriasFacts
trias_access_facts_view (const TriasCommandFacts *facts)
{
  return (TriasFacts){
    .key_id = facts->key_id,
    .user = facts->user,
    .groups = (const char *const *) facts->groups,
    .address = facts->address,
    .host_names = (const char *const *) facts->host_names,
    .this_computer = facts->this_computer,
  };
}

/* --- completing --- */

typedef struct
{
  TriasAccess *access;
  TriasCommandFacts *facts;
  gboolean wants_groups;
  TriasAccessReady ready;
  gpointer user_data;
} Completion;

static void
completion_end (Completion *completion)
{
  completion->ready (completion->facts, completion->user_data);
  g_free (completion);
}

static void
on_group_names (const char *const *values, gpointer user_data)
{
  Completion *completion = user_data;

  completion->facts->groups = g_strdupv ((char **) values);
  completion_end (completion);
}

static void
complete_groups (Completion *completion)
{
  if (completion->wants_groups)
    trias_names_groups_of (completion->access->names, completion->facts->user, on_group_names,
                           completion);
  else
    completion_end (completion);
}

static void
on_host_names (const char *const *values, gpointer user_data)
{
  Completion *completion = user_data;

  completion->facts->host_names = g_strdupv ((char **) values);
  complete_groups (completion);
}

static void
what_rules_ask (GPtrArray *rules, TriasScope scope, gboolean *names, gboolean *groups)
{
  *names = *groups = FALSE;
  for (guint i = 0; i < rules->len; i++)
    {
      const TriasRule *rule = rules->pdata[i];

      if (rule->scope != scope)
        continue;
      *names |= rule->where == TRIAS_WHERE_HOST || rule->where == TRIAS_WHERE_DOMAIN;
      *groups |= rule->who == TRIAS_WHO_GROUP;
    }
}

void
trias_access_complete_facts (TriasAccess *self,
                             TriasScope scope,
                             TriasCommandFacts *facts,
                             TriasAccessReady ready,
                             gpointer user_data)
{
  gboolean names, groups;
  Completion *completion;

  what_rules_ask (trias_access_rules (self, scope), scope, &names, &groups);
  names = names && facts->host_names == NULL;
  groups = groups && facts->groups == NULL && facts->user != NULL && facts->user[0] != '\0';
  if (!names && !groups)
    {
      ready (facts, user_data);
      return;
    }
  completion = g_new0 (Completion, 1);
  completion->access = self;
  completion->facts = facts;
  completion->wants_groups = groups;
  completion->ready = ready;
  completion->user_data = user_data;
  if (names)
    trias_names_of_address (self->names, facts->address, on_host_names, completion);
  else
    complete_groups (completion);
}

gboolean
trias_access_allows (TriasAccess *self,
                     TriasScope scope,
                     const TriasCommandFacts *facts,
                     const TriasRule **deciding)
{
  TriasFacts view = trias_access_facts_view (facts);

  return trias_rules_allow (trias_access_rules (self, scope), scope, &view, deciding);
}

gboolean
trias_access_allows_peer (TriasAccess *self,
                          const char *key_id,
                          const char *address,
                          const TriasRule **deciding)
{
  g_autofree char *normal = normal_address (address);
  TriasFacts view = {
    .key_id = key_id,
    .address = normal,
    .this_computer = is_loopback (normal) || is_own (normal),
  };
  gboolean names, groups;

  what_rules_ask (self->local, TRIAS_SCOPE_PEER, &names, &groups);
  if (names)
    view.host_names = trias_names_peek (self->names, normal);
  return trias_rules_allow (self->local, TRIAS_SCOPE_PEER, &view, deciding);
}
