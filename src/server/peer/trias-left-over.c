/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-left-over.h"

#include <string.h>

#include "core/trias-address.h"

/* The rules that let a former partner in stay when servers part: nobody but the administrator knows
 * which of them are meant. */

static gboolean
is_at (const TriasMember *member, const char *where)
{
  for (guint i = 0; member->addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (member->addresses[i], NULL);

      if (address != NULL && g_ascii_strcasecmp (address->host, where) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether @rule is about @member itself, not about a whole network. */
static gboolean
names (const TriasRule *rule, const TriasMember *member)
{
  if (rule->scope != TRIAS_SCOPE_PEER || rule->effect != TRIAS_EFFECT_ALLOW)
    return FALSE;
  if (rule->who == TRIAS_WHO_KEY)
    return strcmp (rule->who_value, member->id) == 0;
  return rule->who == TRIAS_WHO_EVERYONE
         && (rule->where == TRIAS_WHERE_ADDRESS || rule->where == TRIAS_WHERE_HOST)
         && is_at (member, rule->where_value);
}

static gboolean
names_partner (TriasPeer *self, const TriasRule *rule)
{
  for (guint i = 0; self->relationship != NULL && i < self->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->relationship->members, i);

      if (strcmp (member->id, self->id) != 0 && names (rule, member))
        return TRUE;
    }
  return FALSE;
}

static void
tell_rule (TriasPeer *self, const TriasRule *rule, const TriasMember *former)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self->keeper), "rule-left-over", rule->id);
  g_autofree char *text = trias_rule_to_text (rule);

  trias_event_param (event, "name", former->name);
  trias_event_param (event, "rule", text);
  trias_event_param (event, "scope", trias_scope_to_word (rule->scope));
  trias_keeper_record (self->keeper, event);
}

static void
tell_rules_for (TriasPeer *self, const TriasMember *former)
{
  g_autoptr (GPtrArray) rules = trias_access_list (self->access);

  for (guint i = 0; i < rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (rules, i);

      if (names (rule, former) && !names_partner (self, rule))
        tell_rule (self, rule, former);
    }
}

void
trias_left_over_rules (TriasPeer *self, const TriasRelationship *former)
{
  for (guint i = 0; i < former->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (former->members, i);

      if (strcmp (member->id, self->id) != 0 && trias_peer_find_other (self, member->id) == NULL)
        tell_rules_for (self, member);
    }
}
