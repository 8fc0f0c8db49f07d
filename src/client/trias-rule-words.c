/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rule-words.h"

#include <glib/gi18n-lib.h>

#include "core/trias-identity.h"

const char *
trias_rule_words_scope (TriasScope scope)
{
  switch (scope)
    {
    case TRIAS_SCOPE_PEER:
      return _ ("Partners");
    case TRIAS_SCOPE_ADMINISTER:
      return _ ("Administration");
    case TRIAS_SCOPE_USE:
      break;
    }
  return _ ("Use of licences");
}

const char *
trias_rule_words_scope_text (TriasScope scope)
{
  switch (scope)
    {
    case TRIAS_SCOPE_PEER:
      return _ (
          "Which licence servers are let in as partners of a relationship. Without a rule: none.");
    case TRIAS_SCOPE_ADMINISTER:
      return _ ("From where administrators may sign in.");
    case TRIAS_SCOPE_USE:
      break;
    }
  return _ ("Who may use seats. The partner of a relationship applies the same rules.");
}

const char *
trias_rule_words_who (TriasWho who)
{
  switch (who)
    {
    case TRIAS_WHO_USER:
      return C_ ("rule, who", "A user");
    case TRIAS_WHO_GROUP:
      return C_ ("rule, who", "A group");
    case TRIAS_WHO_KEY:
      return C_ ("rule, who", "A key (licence server or client)");
    case TRIAS_WHO_EVERYONE:
      break;
    }
  return C_ ("rule, who", "Everyone");
}

const char *
trias_rule_words_where (TriasWhere where)
{
  switch (where)
    {
    case TRIAS_WHERE_THIS_COMPUTER:
      return C_ ("rule, where", "This computer");
    case TRIAS_WHERE_HOST:
      return C_ ("rule, where", "A host name");
    case TRIAS_WHERE_DOMAIN:
      return C_ ("rule, where", "A domain (*.example.org)");
    case TRIAS_WHERE_ADDRESS:
      return C_ ("rule, where", "An IP address");
    case TRIAS_WHERE_NETWORK:
      return C_ ("rule, where", "A network (192.0.2.0/24)");
    case TRIAS_WHERE_EVERYWHERE:
      break;
    }
  return C_ ("rule, where", "Everywhere");
}

/* Stands after "lets in" or "keeps out", so in the fourth case in German. */
static char *
describe_who (const TriasRule *rule, TriasNameOfKey name_of, gpointer user_data)
{
  const char *name = NULL;
  g_autofree char *id = NULL;

  switch (rule->who)
    {
    case TRIAS_WHO_USER:
      return g_strdup_printf (_ ("the user “%s”"), rule->who_value);
    case TRIAS_WHO_GROUP:
      return g_strdup_printf (_ ("the group “%s”"), rule->who_value);
    case TRIAS_WHO_KEY:
      name = name_of != NULL ? name_of (rule->who_value, user_data) : NULL;
      if (name != NULL)
        return g_strdup_printf (_ ("the licence server “%s”"), name);
      id = trias_id_short (rule->who_value);
      return g_strdup_printf (_ ("the key %s"), id);
    case TRIAS_WHO_EVERYONE:
      break;
    }
  return g_strdup (_ ("everyone"));
}

static char *
describe_where (const TriasRule *rule)
{
  switch (rule->where)
    {
    case TRIAS_WHERE_THIS_COMPUTER:
      return g_strdup (_ ("from this computer"));
    case TRIAS_WHERE_HOST:
      return g_strdup_printf (_ ("from the host %s"), rule->where_value);
    case TRIAS_WHERE_DOMAIN:
      return g_strdup_printf (_ ("from the domain %s"), rule->where_value);
    case TRIAS_WHERE_ADDRESS:
      return g_strdup_printf (_ ("from %s"), rule->where_value);
    case TRIAS_WHERE_NETWORK:
      return g_strdup_printf (_ ("from the network %s"), rule->where_value);
    case TRIAS_WHERE_EVERYWHERE:
      break;
    }
  return g_strdup (_ ("from everywhere"));
}

char *
trias_rule_words_title (const TriasRule *rule, TriasNameOfKey name_of, gpointer user_data)
{
  g_autofree char *who = describe_who (rule, name_of, user_data);
  g_autofree char *where = describe_where (rule);

  if (rule->effect == TRIAS_EFFECT_ALLOW)
    /* TRANSLATORS: a rule: who (such as "the user “ann”"), where (such as "from 127.0.0.3") */
    return g_strdup_printf (_ ("Allow: %1$s %2$s"), who, where);
  /* TRANSLATORS: a rule: who, where */
  return g_strdup_printf (_ ("Deny: %1$s %2$s"), who, where);
}

static const char *
get_sentence (const TriasRule *rule)
{
  gboolean allow = rule->effect == TRIAS_EFFECT_ALLOW;

  switch (rule->scope)
    {
    case TRIAS_SCOPE_PEER:
      /* TRANSLATORS: a rule: %1$s is who ("the licence server “b”"), %2$s is where ("from
       * 127.0.0.3") */
      return allow ? _ ("Lets %1$s %2$s in as a partner") : _ ("Keeps %1$s %2$s out as a partner");
    case TRIAS_SCOPE_ADMINISTER:
      return allow ? _ ("Lets %1$s %2$s administer this licence server")
                   : _ ("Keeps %1$s %2$s from administering this licence server");
    case TRIAS_SCOPE_USE:
      break;
    }
  return allow ? _ ("Lets %1$s %2$s use seats") : _ ("Keeps %1$s %2$s from using seats");
}

char *
trias_rule_words_explain (const TriasRule *rule, TriasNameOfKey name_of, gpointer user_data)
{
  g_autofree char *who = describe_who (rule, name_of, user_data);
  g_autofree char *where = describe_where (rule);
  g_auto (GStrv) parts = g_strsplit (get_sentence (rule), "%1$s", 2);
  g_autofree char *with_who = g_strjoinv (who, parts);

  g_strfreev (parts);
  parts = g_strsplit (with_who, "%2$s", 2);
  return g_strjoinv (where, parts);
}
