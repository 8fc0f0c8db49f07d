/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-bundle.h"

#include <string.h>

#define MAX_RULES 1000

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(TriasRule *const *) a)->id, (*(TriasRule *const *) b)->id);
}

static TriasBundle *
bundle_new (const TriasSettings *settings, GPtrArray *rules)
{
  TriasBundle *self = g_new0 (TriasBundle, 1);

  self->settings = trias_settings_copy (settings);
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  for (guint i = 0; i < rules->len; i++)
    g_ptr_array_add (self->rules, trias_rule_copy (g_ptr_array_index (rules, i)));
  g_ptr_array_sort (self->rules, compare_ids);
  return self;
}

TriasBundle *
trias_bundle_of (TriasLedger *ledger)
{
  return bundle_new (trias_ledger_get_settings (ledger), trias_ledger_get_rules (ledger));
}

TriasBundle *
trias_bundle_copy (const TriasBundle *self)
{
  return bundle_new (self->settings, self->rules);
}

void
trias_bundle_free (TriasBundle *self)
{
  if (self == NULL)
    return;
  trias_settings_free (self->settings);
  g_ptr_array_unref (self->rules);
  g_free (self);
}

gboolean
trias_bundle_equal (const TriasBundle *a, const TriasBundle *b)
{
  if (a->rules->len != b->rules->len || !trias_settings_equal (a->settings, b->settings))
    return FALSE;
  for (guint i = 0; i < a->rules->len; i++)
    if (!trias_rule_equal (g_ptr_array_index (a->rules, i), g_ptr_array_index (b->rules, i)))
      return FALSE;
  return TRUE;
}

void
trias_bundle_write (const TriasBundle *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_settings_write (self->settings, writer, "settings");
  trias_json_begin_array (writer, "rules");
  for (guint i = 0; i < self->rules->len; i++)
    trias_rule_write (g_ptr_array_index (self->rules, i), writer, NULL);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

TriasBundle *
trias_bundle_read (const TriasJson *object, GError **error)
{
  TriasJsonReader reader;
  const TriasJson *settings_json, *rules_json;
  g_autoptr (TriasSettings) settings = NULL;
  g_autoptr (TriasSettings) base = trias_settings_new_default ();
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);

  trias_json_reader_init (&reader, object);
  settings_json = trias_json_read_object (&reader, "settings");
  rules_json = trias_json_read_array (&reader, "rules", MAX_RULES);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  settings = trias_settings_read (settings_json, base, error);
  if (settings == NULL)
    return NULL;
  for (guint i = 0; i < trias_json_length (rules_json); i++)
    {
      TriasRule *rule = trias_rule_read (trias_json_element (rules_json, i), error);

      if (rule == NULL)
        return NULL;
      g_ptr_array_add (rules, rule);
    }
  return bundle_new (settings, rules);
}

TriasConflict *
trias_conflict_new (const char *id,
                    gint64 since,
                    const TriasBundle *main_version,
                    const TriasBundle *backup_version)
{
  TriasConflict *self = g_new0 (TriasConflict, 1);

  self->id = g_strdup (id);
  self->since = since;
  self->main = trias_bundle_copy (main_version);
  self->backup = trias_bundle_copy (backup_version);
  return self;
}

void
trias_conflict_free (TriasConflict *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  trias_bundle_free (self->main);
  trias_bundle_free (self->backup);
  g_free (self);
}

void
trias_conflict_write (const TriasConflict *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_int (writer, "since", self->since);
  trias_bundle_write (self->main, writer, "main");
  trias_bundle_write (self->backup, writer, "backup");
  trias_json_end_object (writer);
}

TriasConflict *
trias_conflict_read (const TriasJson *object, GError **error)
{
  TriasJsonReader reader;
  const TriasJson *main_json, *backup_json;
  g_autoptr (TriasBundle) main_version = NULL;
  g_autoptr (TriasBundle) backup_version = NULL;
  const char *id;
  gint64 since;

  trias_json_reader_init (&reader, object);
  id = trias_json_read_string (&reader, "id", 1, 64);
  since = trias_json_read_int (&reader, "since", 0, G_MAXINT64);
  main_json = trias_json_read_object (&reader, "main");
  backup_json = trias_json_read_object (&reader, "backup");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  main_version = trias_bundle_read (main_json, error);
  if (main_version == NULL)
    return NULL;
  backup_version = trias_bundle_read (backup_json, error);
  if (backup_version == NULL)
    return NULL;
  return trias_conflict_new (id, since, main_version, backup_version);
}
