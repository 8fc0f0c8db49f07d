/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-left-over.h"

#include <string.h>

#include "core/trias-address.h"

/* What is left when servers part: the rules that let a former partner in, and that this server was
 * left out. Neither is undone by itself: a rule may be meant, and who was left out may be set up
 * again. */

#define KEY "left-out"

/* --- rules --- */

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

/* --- left out --- */

void
trias_left_out_note (TriasPeer *self, const TriasRelationship *former)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autoptr (GBytes) value = NULL;
  char *text;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", former->id);
  trias_json_add_string (writer, "name", former->name);
  trias_json_add_int (writer, "at", trias_keeper_now (self->keeper));
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new_take (text, strlen (text));
  trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, value, NULL, NULL);
  trias_peer_event (self, "left-out", former->id, "name", former->name);
}

void
trias_left_alone_tell (TriasPeer *self, const TriasRelationship *former)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  guint64 incarnation;
  const char *ended = trias_ledger_get_ended (ledger, &incarnation);
  const char *keep = trias_ledger_get_ended_keep (ledger);
  const TriasMember *member = trias_relationship_find (former, keep);

  if (self->relationship != NULL || strcmp (ended, former->id) != 0 || member == NULL
      || strcmp (keep, self->id) == 0)
    return;
  trias_peer_event (self, "left-alone", former->id, "name", member->name);
}

void
trias_left_out_write (TriasPeer *self, TriasJsonWriter *writer)
{
  GBytes *value = trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY);
  g_autoptr (TriasJson) json
      = value != NULL ? trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                                          TRIAS_JSON_MAX_BYTES, NULL)
                      : NULL;
  g_auto (TriasJsonReader) reader = { 0 };
  const char *id, *name;
  gint64 at;

  if (json == NULL)
    {
      trias_json_add_null (writer, "left_out");
      return;
    }
  trias_json_reader_init (&reader, json);
  id = trias_json_read_string_or (&reader, "id", TRIAS_JSON_MAX_BYTES, "");
  name = trias_json_read_string_or (&reader, "name", TRIAS_JSON_MAX_BYTES, "");
  at = trias_json_read_natural (&reader, "at");
  trias_json_begin_object (writer, "left_out");
  trias_json_add_string (writer, "id", id);
  trias_json_add_string (writer, "name", name);
  trias_json_add_int (writer, "at", at);
  trias_json_end_object (writer);
}

void
trias_left_out_forget (TriasPeer *self)
{
  if (trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY) != NULL)
    trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, NULL, NULL, NULL);
}
