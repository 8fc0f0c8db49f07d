/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-rule.h"

#include "core/trias-text.h"

#include <string.h>

/* This runs for every request, so it allocates nothing. */

static gboolean
matches_who (const TriasRule *self, const TriasFacts *facts)
{
  switch (self->who)
    {
    case TRIAS_WHO_EVERYONE:
      return TRUE;
    case TRIAS_WHO_USER:
      return g_strcmp0 (self->who_value, facts->user) == 0;
    case TRIAS_WHO_GROUP:
      return facts->groups != NULL && g_strv_contains (facts->groups, self->who_value);
    case TRIAS_WHO_KEY:
      return g_strcmp0 (self->who_value, facts->key_id) == 0;
    default:
      return FALSE;
    }
}

/* Length of a host name without the dot that may end it. */
static gsize
name_length (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && name[length - 1] == '.' ? length - 1 : length;
}

static gboolean
matches_name (const TriasRule *self, const char *name)
{
  gsize length = name_length (name);
  const char *value = self->where_value;
  gsize value_length;

  if (self->where == TRIAS_WHERE_HOST)
    return length == strlen (value) && g_ascii_strncasecmp (name, value, length) == 0;
  value++; /* behind the asterisk: ".example.org", which the domain itself does not end with */
  value_length = strlen (value);
  return length > value_length
         && g_ascii_strncasecmp (name + length - value_length, value, value_length) == 0;
}

static gboolean
matches_network (const char *value, const TriasIp *ip)
{
  const char *slash = strchr (value, '/');
  char base[64];
  TriasIp network;

  if (slash == NULL || (gsize) (slash - value) >= sizeof base)
    return FALSE;
  memcpy (base, value, (gsize) (slash - value));
  base[slash - value] = '\0';
  return trias_ip_parse (base, &network)
         && trias_ip_in_network (ip, &network, (guint) g_ascii_strtoull (slash + 1, NULL, 10));
}

/* @ip is NULL if the address of @facts is none. */
static gboolean
matches_where (const TriasRule *self, const TriasFacts *facts, const TriasIp *ip)
{
  TriasIp own;

  switch (self->where)
    {
    case TRIAS_WHERE_EVERYWHERE:
      return TRUE;
    case TRIAS_WHERE_THIS_COMPUTER:
      return facts->this_computer;
    case TRIAS_WHERE_HOST:
    case TRIAS_WHERE_DOMAIN:
      for (gsize i = 0; facts->host_names != NULL && facts->host_names[i] != NULL; i++)
        if (matches_name (self, facts->host_names[i]))
          return TRUE;
      return FALSE;
    case TRIAS_WHERE_ADDRESS:
      return ip != NULL && trias_ip_parse (self->where_value, &own)
             && trias_ip_in_network (ip, &own, own.bits);
    case TRIAS_WHERE_NETWORK:
      return ip != NULL && matches_network (self->where_value, ip);
    default:
      return FALSE;
    }
}

gboolean
trias_rule_matches (const TriasRule *self, const TriasFacts *facts)
{
  TriasIp ip;
  gboolean known = trias_ip_parse (facts->address, &ip);

  return matches_who (self, facts) && matches_where (self, facts, known ? &ip : NULL);
}

gboolean
trias_rules_allow (GPtrArray *rules,
                   TriasScope scope,
                   const TriasFacts *facts,
                   const TriasRule **deciding)
{
  const TriasRule *allow = NULL, *deny = NULL;
  TriasIp ip;
  gboolean known = trias_ip_parse (facts->address, &ip);

  for (guint i = 0; deny == NULL && i < rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (rules, i);

      if (rule->scope != scope || (rule->effect == TRIAS_EFFECT_ALLOW && allow != NULL))
        continue;
      if (!matches_who (rule, facts) || !matches_where (rule, facts, known ? &ip : NULL))
        continue;
      if (rule->effect == TRIAS_EFFECT_ALLOW)
        allow = rule;
      else
        deny = rule;
    }
  if (deciding != NULL)
    *deciding = deny != NULL ? deny : allow;
  return deny == NULL && allow != NULL;
}
