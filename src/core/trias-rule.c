/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-rule-private.h"

#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_ID_BYTES 64
#define MAX_NAME_BYTES 128
#define MAX_NOTE_BYTES 256

static const char *const scope_words[] = { "use", "administer", "peer" };
static const char *const effect_words[] = { "allow", "deny" };
static const char *const who_words[] = { "everyone", "user", "group", "key" };
static const char *const where_words[]
    = { "everywhere", "this-computer", "host", "domain", "address", "network" };

const char *
trias_scope_to_word (TriasScope scope)
{
  return scope_words[scope];
}

gboolean
trias_scope_from_word (const char *word, TriasScope *scope)
{
  int at = trias_text_find_word (scope_words, G_N_ELEMENTS (scope_words), word);

  if (at >= 0)
    *scope = (TriasScope) at;
  return at >= 0;
}

const char *
trias_effect_to_word (TriasEffect effect)
{
  return effect_words[effect];
}

gboolean
trias_effect_from_word (const char *word, TriasEffect *effect)
{
  int at = trias_text_find_word (effect_words, G_N_ELEMENTS (effect_words), word);

  if (at >= 0)
    *effect = (TriasEffect) at;
  return at >= 0;
}

const char *
trias_who_to_word (TriasWho who)
{
  return who_words[who];
}

gboolean
trias_who_from_word (const char *word, TriasWho *who)
{
  int at = trias_text_find_word (who_words, G_N_ELEMENTS (who_words), word);

  if (at >= 0)
    *who = (TriasWho) at;
  return at >= 0;
}

const char *
trias_where_to_word (TriasWhere where)
{
  return where_words[where];
}

gboolean
trias_where_from_word (const char *word, TriasWhere *where)
{
  int at = trias_text_find_word (where_words, G_N_ELEMENTS (where_words), word);

  if (at >= 0)
    *where = (TriasWhere) at;
  return at >= 0;
}

static gpointer
fail (GError **error, const char *value, const char *what)
{
  g_autofree char *shown = g_utf8_make_valid (value, MIN (strlen (value), 80));

  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, "In the rule, “%s” %s.", shown, what);
  return NULL;
}

static char *
normalize_who (TriasWho who, const char *value, GError **error)
{
  g_autofree char *key = NULL;

  switch (who)
    {
    case TRIAS_WHO_EVERYONE:
      return *value == '\0' ? NULL : fail (error, value, "must not stand after everyone");
    case TRIAS_WHO_USER:
    case TRIAS_WHO_GROUP:
      if (strlen (value) > MAX_NAME_BYTES || !trias_text_is_label (value, 1, MAX_NAME_BYTES))
        return fail (error, value, "is no name of a user or group");
      return g_strdup (value);
    case TRIAS_WHO_KEY:
      key = g_ascii_strdown (value, -1);
      if (!trias_id_is_valid (key))
        return fail (error, value, "is no key id, which has 64 hexadecimal digits");
      return g_steal_pointer (&key);
    default:
      return fail (error, value, "stands for nobody known");
    }
}

static char *
ip_to_string (const TriasIp *ip)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (
      ip->bytes, ip->bits == 32 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (address);
}

static char *
normalize_address (const char *value, GError **error)
{
  TriasIp ip;

  if (strchr (value, '%') != NULL || !trias_ip_parse (value, &ip))
    return fail (error, value, "is no address");
  return ip_to_string (&ip);
}

static char *
normalize_network (const char *value, GError **error)
{
  const char *slash = strchr (value, '/');
  g_autoptr (GInetAddressMask) mask = NULL;
  g_autofree char *base = NULL;
  g_autofree char *text = NULL;
  TriasIp ip;
  guint64 prefix;

  /* GIO warns of a length beyond 128 instead of refusing it, and takes signs. */
  if (slash == NULL || !g_ascii_isdigit (slash[1])
      || !g_ascii_string_to_unsigned (slash + 1, 10, 0, 128, &prefix, NULL))
    return fail (error, value, "is no network, such as 192.0.2.0/24");
  mask = g_inet_address_mask_new_from_string (value, NULL);
  if (mask == NULL)
    return fail (error, value, "is no network, or has digits beyond its mask");
  base = g_inet_address_to_string (g_inet_address_mask_get_address (mask));
  if (!trias_ip_parse (base, &ip))
    return fail (error, value, "is no network");
  if (ip.bits == 32 && g_inet_address_mask_get_family (mask) == G_SOCKET_FAMILY_IPV6)
    {
      /* IPv4 in IPv6 clothes: its first 96 bits say only that. */
      if (prefix < 96)
        return fail (error, value, "holds IPv4 addresses among others; write an IPv4 network");
      prefix -= 96;
    }
  text = ip_to_string (&ip);
  return g_strdup_printf ("%s/%u", text, (guint) prefix);
}

static char *
normalize_host (const char *value, GError **error)
{
  gsize length = strlen (value);
  g_autofree char *lower = g_ascii_strdown (value, (gssize) length);

  if (length > 1 && lower[length - 1] == '.')
    lower[length - 1] = '\0';
  if (!trias_text_is_host_name (lower))
    return fail (error, value, "is no host name");
  return g_steal_pointer (&lower);
}

static char *
normalize_domain (const char *value, GError **error)
{
  g_autofree char *domain = NULL;

  if (!g_str_has_prefix (value, "*."))
    return fail (error, value, "is no domain, such as *.example.org");
  domain = normalize_host (value + 2, error);
  return domain != NULL ? g_strconcat ("*.", domain, NULL) : NULL;
}

static char *
normalize_where (TriasWhere where, const char *value, GError **error)
{
  switch (where)
    {
    case TRIAS_WHERE_EVERYWHERE:
    case TRIAS_WHERE_THIS_COMPUTER:
      return *value == '\0' ? NULL : fail (error, value, "must not stand after its place");
    case TRIAS_WHERE_HOST:
      return normalize_host (value, error);
    case TRIAS_WHERE_DOMAIN:
      return normalize_domain (value, error);
    case TRIAS_WHERE_ADDRESS:
      return normalize_address (value, error);
    case TRIAS_WHERE_NETWORK:
      return normalize_network (value, error);
    default:
      return fail (error, value, "is no place known");
    }
}

TriasRule *
trias_rule_new (const char *id,
                TriasScope scope,
                TriasEffect effect,
                TriasWho who,
                const char *who_value,
                TriasWhere where,
                const char *where_value,
                const char *note,
                GError **error)
{
  g_autoptr (TriasRule) self = g_new0 (TriasRule, 1);
  GError *wrong = NULL;

  if (id != NULL && !trias_text_is_token (id, 1, MAX_ID_BYTES))
    return fail (error, id, "is no id, which has 1 to 64 letters, digits, dots and dashes");
  if (note != NULL
      && (strlen (note) > MAX_NOTE_BYTES || !trias_text_is_label (note, 0, MAX_NOTE_BYTES)))
    return fail (error, note, "is no note, which is one line of at most 256 bytes");
  self->id = id != NULL ? g_strdup (id) : trias_random_id ();
  self->scope = scope;
  self->effect = effect;
  self->who = who;
  self->where = where;
  self->note = g_strdup (note != NULL ? note : "");
  self->who_value = normalize_who (who, who_value != NULL ? who_value : "", &wrong);
  if (wrong == NULL)
    self->where_value = normalize_where (where, where_value != NULL ? where_value : "", &wrong);
  if (wrong != NULL)
    {
      g_propagate_error (error, wrong);
      return NULL;
    }
  return g_steal_pointer (&self);
}

TriasRule *
trias_rule_copy (const TriasRule *self)
{
  TriasRule *copy = g_new (TriasRule, 1);

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->who_value = g_strdup (self->who_value);
  copy->where_value = g_strdup (self->where_value);
  copy->note = g_strdup (self->note);
  return copy;
}

void
trias_rule_free (TriasRule *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->who_value);
  g_free (self->where_value);
  g_free (self->note);
  g_free (self);
}

gboolean
trias_rule_equal (const TriasRule *a, const TriasRule *b)
{
  return g_strcmp0 (a->id, b->id) == 0 && a->scope == b->scope && a->effect == b->effect
         && a->who == b->who && g_strcmp0 (a->who_value, b->who_value) == 0 && a->where == b->where
         && g_strcmp0 (a->where_value, b->where_value) == 0 && g_strcmp0 (a->note, b->note) == 0;
}
