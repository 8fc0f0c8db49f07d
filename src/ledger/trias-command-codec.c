/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-command.h"

#include "ledger/trias-record.h"

#define COMMAND_FORMAT 1
/* A dissolution that names who keeps what is bound to nobody. */
#define COMMAND_FORMAT_KEEP 2

/* Which parts a command of each kind has; in this order they are written. */
typedef enum
{
  PART_ID = 1 << 0,
  PART_KEY = 1 << 1,
  PART_ACTOR = 1 << 2,
  PART_GENERATION = 1 << 3,
  PART_TEXT = 1 << 4,
  PART_LEASE = 1 << 5,
  PART_RULE = 1 << 6,
  PART_RULES = 1 << 7,
  PART_SETTINGS = 1 << 8,
  PART_RELATIONSHIP = 1 << 9,
  PART_UNTIL = 1 << 10,
} Part;

static const guint parts_of[TRIAS_N_COMMANDS] = {
  [TRIAS_COMMAND_TICK] = 0,
  [TRIAS_COMMAND_INSTALL_LICENSE] = PART_ID | PART_ACTOR | PART_TEXT,
  [TRIAS_COMMAND_REMOVE_LICENSE] = PART_ID | PART_ACTOR,
  [TRIAS_COMMAND_SET_SETTINGS] = PART_ACTOR | PART_SETTINGS,
  [TRIAS_COMMAND_PUT_RULE] = PART_ID | PART_ACTOR | PART_RULE,
  [TRIAS_COMMAND_REMOVE_RULE] = PART_ID | PART_ACTOR,
  [TRIAS_COMMAND_ADOPT_SHARED] = PART_ACTOR | PART_RULES | PART_SETTINGS,
  [TRIAS_COMMAND_GRANT] = PART_LEASE,
  [TRIAS_COMMAND_RESUME] = PART_LEASE,
  [TRIAS_COMMAND_RENEW] = PART_ID | PART_KEY,
  [TRIAS_COMMAND_RELEASE] = PART_ID | PART_KEY | PART_ACTOR,
  [TRIAS_COMMAND_EXPIRE] = PART_ID | PART_GENERATION,
  [TRIAS_COMMAND_SEAL] = PART_ID | PART_ACTOR | PART_RELATIONSHIP,
  [TRIAS_COMMAND_SET_OPTIONS] = PART_ID | PART_ACTOR | PART_RELATIONSHIP,
  [TRIAS_COMMAND_DISSOLVE] = PART_ID | PART_ACTOR,
  [TRIAS_COMMAND_ALERT] = 0,
  [TRIAS_COMMAND_PIN] = PART_ID | PART_KEY | PART_ACTOR | PART_UNTIL,
};

static void
write_facts (TriasWriter *writer, const TriasCommandFacts *facts)
{
  trias_write_nullable (writer, facts->key_id);
  trias_write_nullable (writer, facts->user);
  trias_write_strv (writer, (const char *const *) facts->groups);
  trias_write_string (writer, facts->address);
  trias_write_strv (writer, (const char *const *) facts->host_names);
  trias_write_byte (writer, facts->this_computer != FALSE);
}

static TriasCommandFacts *
read_facts (TriasReader *reader)
{
  TriasCommandFacts *facts = g_new0 (TriasCommandFacts, 1);

  facts->key_id = trias_read_nullable (reader);
  facts->user = trias_read_nullable (reader);
  facts->groups = trias_read_strv (reader);
  facts->address = trias_read_string (reader);
  facts->host_names = trias_read_strv (reader);
  facts->this_computer = trias_read_bool (reader);
  return facts;
}

static void
write_rules (TriasWriter *writer, GPtrArray *rules)
{
  trias_write_uint (writer, rules->len);
  for (guint i = 0; i < rules->len; i++)
    trias_write_rule (writer, g_ptr_array_index (rules, i));
}

static GPtrArray *
read_rules (TriasReader *reader)
{
  GPtrArray *rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  gsize n = trias_read_count (reader);

  for (gsize i = 0; i < n && !reader->failed; i++)
    {
      TriasRule *rule = trias_read_rule (reader);

      if (rule != NULL)
        g_ptr_array_add (rules, rule);
    }
  return rules;
}

GBytes *
trias_command_encode (const TriasCommand *self)
{
  g_auto (TriasWriter) writer = { 0 };
  guint parts = parts_of[self->kind];
  gboolean keep = self->keep != NULL && self->keep[0] != '\0';

  trias_write_byte (&writer, keep ? COMMAND_FORMAT_KEEP : COMMAND_FORMAT);
  trias_write_byte (&writer, (guint8) self->kind);
  trias_write_time (&writer, self->time);
  if (parts & PART_ID)
    trias_write_string (&writer, self->id);
  if (parts & PART_KEY)
    trias_write_string (&writer, self->key_id);
  if (parts & PART_ACTOR)
    trias_write_string (&writer, self->actor);
  if (parts & PART_GENERATION)
    trias_write_uint (&writer, self->generation);
  if (parts & PART_TEXT)
    {
      trias_write_string (&writer, self->text);
      trias_write_byte (&writer, self->test != FALSE);
    }
  if (parts & PART_LEASE)
    {
      trias_write_lease (&writer, self->lease);
      write_facts (&writer, self->facts);
    }
  if (parts & PART_RULE)
    trias_write_rule (&writer, self->rule);
  if (parts & PART_RULES)
    write_rules (&writer, self->rules);
  if (parts & PART_SETTINGS)
    trias_write_settings (&writer, self->settings);
  if (parts & PART_RELATIONSHIP)
    trias_write_relationship (&writer, self->relationship);
  if (parts & PART_UNTIL)
    trias_write_time (&writer, self->until);
  if (keep)
    trias_write_string (&writer, self->keep);
  return trias_writer_end (&writer);
}

/* One value has one encoding: the newer format is for who is named, and for nobody else. */
static void
read_keep (TriasReader *reader, TriasCommand *self, guint8 format)
{
  if (format == COMMAND_FORMAT_KEEP)
    {
      self->keep = trias_read_string (reader);
      reader->failed
          |= self->keep == NULL || self->keep[0] == '\0' || self->kind != TRIAS_COMMAND_DISSOLVE;
    }
  else if (self->kind == TRIAS_COMMAND_DISSOLVE)
    self->keep = g_strdup ("");
}

TriasCommand *
trias_command_decode (const guint8 *data, gsize length, GError **error)
{
  g_autoptr (TriasCommand) self = NULL;
  TriasReader reader;
  guint parts;
  guint8 format;

  trias_reader_init (&reader, data, length);
  format = trias_read_byte (&reader);
  reader.failed |= format != COMMAND_FORMAT && format != COMMAND_FORMAT_KEEP;
  self = trias_command_new (trias_read_uint (&reader, TRIAS_N_COMMANDS - 1), 0);
  self->time = trias_read_time (&reader);
  reader.failed |= self->time >= TRIAS_LEDGER_TIME_LIMIT;
  parts = parts_of[self->kind];
  if (parts & PART_ID)
    self->id = trias_read_string (&reader);
  if (parts & PART_KEY)
    self->key_id = trias_read_string (&reader);
  if (parts & PART_ACTOR)
    self->actor = trias_read_string (&reader);
  if (parts & PART_GENERATION)
    self->generation = trias_read_uint (&reader, G_MAXUINT64);
  if (parts & PART_TEXT)
    {
      self->text = trias_read_string (&reader);
      self->test = trias_read_bool (&reader);
    }
  if (parts & PART_LEASE)
    {
      self->lease = trias_read_lease (&reader);
      self->facts = read_facts (&reader);
    }
  if (parts & PART_RULE)
    self->rule = trias_read_rule (&reader);
  if (parts & PART_RULES)
    self->rules = read_rules (&reader);
  if (parts & PART_SETTINGS)
    self->settings = trias_read_settings (&reader);
  if (parts & PART_RELATIONSHIP)
    self->relationship = trias_read_relationship (&reader);
  if (parts & PART_UNTIL)
    self->until = trias_read_time (&reader);
  read_keep (&reader, self, format);
  if (!trias_reader_finish (&reader, "a command", error))
    return NULL;
  return g_steal_pointer (&self);
}
