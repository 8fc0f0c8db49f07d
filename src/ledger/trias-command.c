/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-command.h"

#include "ledger/trias-codec.h"

/* What people and clients say is text from outside: made valid UTF-8 here, so that every copy of
 * the command, applied at once or read back from the journal, is the same. */
static char *
clean (const char *text)
{
  if (text == NULL)
    return g_strdup ("");
  return g_utf8_validate (text, -1, NULL) ? g_strdup (text) : g_utf8_make_valid (text, -1);
}

static char **
clean_strv (const char *const *values)
{
  gsize n = values != NULL ? g_strv_length ((char **) values) : 0;
  char **copy = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    copy[i] = clean (values[i]);
  return copy;
}

/* Most texts are good as they are: those that are not are made good and kept in @made. */
static char *
clean_view (const char *text, char **made)
{
  if (text != NULL && g_utf8_validate (text, -1, NULL))
    return (char *) text;
  *made = clean (text);
  return *made;
}

/* The ledger sets generation and times; what a request says of them is nothing. */
static TriasLease *
clean_lease (const TriasLease *lease)
{
  char *made[7] = { NULL };
  TriasLease wanted = {
    .id = clean_view (lease->id, &made[0]),
    .key_id = clean_view (lease->key_id, &made[1]),
    .feature = clean_view (lease->feature, &made[2]),
    .product = clean_view (lease->product, &made[3]),
    .count = lease->count,
    .holder.user = clean_view (lease->holder.user, &made[4]),
    .holder.host = clean_view (lease->holder.host, &made[5]),
    .holder.device = clean_view (lease->holder.device, &made[6]),
    .ttl_s = lease->ttl_s,
  };
  TriasLease *copy = trias_lease_copy (&wanted);

  for (guint i = 0; i < G_N_ELEMENTS (made); i++)
    g_free (made[i]);
  return copy;
}

TriasCommand *
trias_command_new (TriasCommandKind kind, gint64 time)
{
  TriasCommand *self = g_new0 (TriasCommand, 1);

  self->kind = kind;
  self->time = CLAMP (time, 0, TRIAS_LEDGER_TIME_LIMIT - 1);
  return self;
}

static void
facts_free (TriasCommandFacts *facts)
{
  g_free (facts->key_id);
  g_free (facts->user);
  g_strfreev (facts->groups);
  g_free (facts->address);
  g_strfreev (facts->host_names);
  g_free (facts);
}

void
trias_command_free (TriasCommand *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->key_id);
  g_free (self->keep);
  g_free (self->actor);
  g_free (self->text);
  g_clear_pointer (&self->lease, trias_lease_free);
  g_clear_pointer (&self->facts, facts_free);
  g_clear_pointer (&self->rule, trias_rule_free);
  g_clear_pointer (&self->rules, g_ptr_array_unref);
  g_clear_pointer (&self->settings, trias_settings_free);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  g_free (self);
}

static TriasCommand *
command_about (TriasCommandKind kind, gint64 time, const char *id, const char *actor)
{
  TriasCommand *self = trias_command_new (kind, time);

  self->id = clean (id);
  self->actor = clean (actor);
  return self;
}

TriasCommand *
trias_command_tick (gint64 time)
{
  return trias_command_new (TRIAS_COMMAND_TICK, time);
}

TriasCommand *
trias_command_install_license (gint64 time, TriasLicense *license, const char *actor)
{
  TriasCommand *self
      = command_about (TRIAS_COMMAND_INSTALL_LICENSE, time, trias_license_get_id (license), actor);

  self->text = g_strdup (trias_license_get_text (license));
  self->test = trias_license_is_test (license);
  return self;
}

TriasCommand *
trias_command_remove_license (gint64 time, const char *id, const char *actor)
{
  return command_about (TRIAS_COMMAND_REMOVE_LICENSE, time, id, actor);
}

TriasCommand *
trias_command_set_settings (gint64 time, const TriasSettings *settings, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_SET_SETTINGS, time, "", actor);

  self->settings = trias_settings_copy (settings);
  return self;
}

TriasCommand *
trias_command_put_rule (gint64 time, const TriasRule *rule, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_PUT_RULE, time, rule->id, actor);

  self->rule = trias_rule_copy (rule);
  return self;
}

TriasCommand *
trias_command_remove_rule (gint64 time, const char *id, const char *actor)
{
  return command_about (TRIAS_COMMAND_REMOVE_RULE, time, id, actor);
}

TriasCommand *
trias_command_adopt_shared (gint64 time,
                            const TriasSettings *settings,
                            GPtrArray *rules,
                            const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_ADOPT_SHARED, time, "", actor);

  self->settings = trias_settings_copy (settings);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  for (guint i = 0; i < rules->len; i++)
    g_ptr_array_add (self->rules, trias_rule_copy (g_ptr_array_index (rules, i)));
  return self;
}

static TriasCommandFacts *
facts_copy (const TriasFacts *facts)
{
  TriasCommandFacts *copy = g_new0 (TriasCommandFacts, 1);

  copy->key_id = facts->key_id != NULL ? clean (facts->key_id) : NULL;
  copy->user = facts->user != NULL ? clean (facts->user) : NULL;
  copy->groups = clean_strv (facts->groups);
  copy->address = clean (facts->address);
  copy->host_names = clean_strv (facts->host_names);
  copy->this_computer = facts->this_computer != FALSE;
  return copy;
}

static TriasCommand *
command_for_lease (TriasCommandKind kind,
                   gint64 time,
                   const TriasLease *lease,
                   const TriasFacts *facts)
{
  TriasCommand *self = trias_command_new (kind, time);

  self->lease = clean_lease (lease);
  self->facts = facts_copy (facts);
  return self;
}

TriasCommand *
trias_command_grant (gint64 time, const TriasLease *lease, const TriasFacts *facts)
{
  return command_for_lease (TRIAS_COMMAND_GRANT, time, lease, facts);
}

TriasCommand *
trias_command_resume (gint64 time, const TriasLease *lease, const TriasFacts *facts)
{
  return command_for_lease (TRIAS_COMMAND_RESUME, time, lease, facts);
}

TriasCommand *
trias_command_renew (gint64 time, const char *id, const char *key_id)
{
  TriasCommand *self = trias_command_new (TRIAS_COMMAND_RENEW, time);

  self->id = clean (id);
  self->key_id = clean (key_id);
  return self;
}

TriasCommand *
trias_command_release (gint64 time, const char *id, const char *key_id, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_RELEASE, time, id, actor);

  self->key_id = clean (key_id);
  return self;
}

TriasCommand *
trias_command_expire (gint64 time, const char *id, guint64 generation)
{
  TriasCommand *self = trias_command_new (TRIAS_COMMAND_EXPIRE, time);

  self->id = clean (id);
  self->generation = generation;
  return self;
}

TriasCommand *
trias_command_seal (gint64 time, const TriasRelationship *relationship, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_SEAL, time, relationship->id, actor);

  self->relationship = trias_relationship_copy (relationship);
  return self;
}

TriasCommand *
trias_command_set_options (gint64 time, const TriasRelationship *relationship, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_SET_OPTIONS, time, relationship->id, actor);

  self->relationship = trias_relationship_copy (relationship);
  return self;
}

TriasCommand *
trias_command_dissolve (gint64 time,
                        const char *relationship_id,
                        const char *keep,
                        const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_DISSOLVE, time, relationship_id, actor);

  self->keep = clean (keep);
  return self;
}

TriasCommand *
trias_command_pin (
    gint64 time, const char *relationship_id, const char *member, gint64 until, const char *actor)
{
  TriasCommand *self = command_about (TRIAS_COMMAND_PIN, time, relationship_id, actor);

  self->key_id = clean (member);
  self->until = CLAMP (until, 0, TRIAS_TIME_LIMIT - 1);
  return self;
}
