/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

static void
license_entry_free (gpointer data)
{
  TriasLicenseEntry *entry = data;

  trias_license_record_free (entry->record);
  g_free (entry);
}

static int
compare_ids (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

void
trias_ledger_licenses_init (TriasLedger *self)
{
  self->licenses = g_tree_new_full (compare_ids, NULL, NULL, license_entry_free);
}

/* The earliest end of a feature of @license after @time. */
static gint64
next_end (TriasLicense *license, gint64 time)
{
  gint64 next = G_MAXINT64;

  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      gint64 end = trias_license_get_feature (license, i)->not_after;

      if (end > time)
        next = MIN (next, end);
    }
  return next;
}

/* The ids of the triad's members; 0 if there is none. */
static guint
triad_members (TriasLedger *self, const char *ids[TRIAS_MAX_MEMBERS])
{
  const TriasRelationship *relationship = self->relationship;

  return relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD
             ? trias_relationship_ids (relationship, ids)
             : 0;
}

gboolean
trias_ledger_serves_license (TriasLedger *self, TriasLicense *license)
{
  const char *ids[TRIAS_MAX_MEMBERS] = { self->server_id };
  guint n = triad_members (self, ids);

  return trias_license_is_for_members (license, ids, n > 0 ? n : 1);
}

static void
add_sources (TriasLedger *self, TriasLicense *license)
{
  if (!trias_ledger_serves_license (self, license))
    return;
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    trias_ledger_pool_add_source (self, license, trias_license_get_feature (license, i));
}

void
trias_ledger_resource_licenses (TriasLedger *self)
{
  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      const TriasLicenseEntry *entry = g_tree_node_value (node);

      trias_ledger_pool_remove_sources (self, entry->record->license);
      add_sources (self, entry->record->license);
    }
}

void
trias_ledger_put_license (TriasLedger *self, TriasLicenseRecord *record, GBytes *value)
{
  TriasLicenseEntry *entry = g_new0 (TriasLicenseEntry, 1);
  const char *id = trias_license_get_id (record->license);

  trias_ledger_drop_license (self, id);
  entry->record = record;
  entry->digest = trias_ledger_digest_add_bytes (self, TRIAS_RECORD_LICENSE, id, value);
  g_tree_insert (self->licenses, (gpointer) id, entry);
  self->next_expiry = MIN (self->next_expiry, next_end (record->license, self->time));
  add_sources (self, record->license);
}

gboolean
trias_ledger_drop_license (TriasLedger *self, const char *id)
{
  TriasLicenseEntry *entry = g_tree_lookup (self->licenses, id);

  if (entry == NULL)
    return FALSE;
  trias_ledger_digest_remove (self, &entry->digest);
  trias_ledger_pool_remove_sources (self, entry->record->license);
  g_tree_remove (self->licenses, id);
  return TRUE;
}

static TriasReason
license_state (TriasLedger *self, TriasLicense *license)
{
  TriasReason state = TRIAS_REASON_EXPIRED;

  if (!trias_ledger_serves_license (self, license))
    return TRIAS_REASON_LICENSE_ELSEWHERE;
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);

      if (trias_feature_serves (feature, self->time))
        return TRIAS_REASON_NONE;
      if (feature->not_before > self->time)
        state = TRIAS_REASON_NOT_YET_VALID;
    }
  return state;
}

GPtrArray *
trias_ledger_get_licenses (TriasLedger *self)
{
  GPtrArray *licenses = g_ptr_array_new_with_free_func (g_free);

  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      const TriasLicenseEntry *entry = g_tree_node_value (node);
      TriasLedgerLicense *shown = g_new0 (TriasLedgerLicense, 1);

      shown->license = entry->record->license;
      shown->test = entry->record->test;
      shown->previous_revision = entry->record->previous_revision;
      shown->installed_at = entry->record->installed_at;
      shown->state = license_state (self, entry->record->license);
      g_ptr_array_add (licenses, shown);
    }
  return licenses;
}

TriasLicense *
trias_ledger_find_license (TriasLedger *self, const char *id)
{
  TriasLicenseEntry *entry = g_tree_lookup (self->licenses, id);

  return entry != NULL ? entry->record->license : NULL;
}

static TriasEvent *
license_event (TriasApply *apply, const char *kind, TriasLicense *license)
{
  TriasEvent *event = trias_apply_event (apply, kind, trias_license_get_id (license));

  trias_event_param (event, "product", trias_license_get_product (license));
  trias_event_param (event, "licensee", trias_license_get_licensee (license));
  trias_event_param_uint (event, "revision", trias_license_get_revision (license));
  return event;
}

/* A licence for three may come before its triad is formed; a triad takes only what it serves. */
static gboolean
may_install (TriasLedger *self, TriasLicense *license)
{
  const char *ids[TRIAS_MAX_MEMBERS];

  if (triad_members (self, ids) > 0)
    return trias_ledger_serves_license (self, license);
  return trias_license_is_for (license, self->server_id);
}

/* Whether @license may take the place of @old (NULL = nothing installed). */
static gboolean
check_succession (TriasApply *apply, TriasLicense *license, TriasLicense *old)
{
  guint revision = trias_license_get_revision (license);

  if (!may_install (apply->ledger, license))
    trias_apply_refuse (apply, TRIAS_REASON_LICENSE_ELSEWHERE,
                        "The licence “%s” is bound to other servers.",
                        trias_license_get_id (license));
  else if (old == NULL || revision > trias_license_get_revision (old))
    return TRUE;
  else if (revision < trias_license_get_revision (old))
    trias_apply_refuse (apply, TRIAS_REASON_LICENSE_OLDER,
                        "The licence “%s” is installed with revision %u; revision %u is older.",
                        trias_license_get_id (license), trias_license_get_revision (old), revision);
  else if (strcmp (trias_license_get_text (license), trias_license_get_text (old)) != 0)
    trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                        "The licence “%s” is installed with the same revision and other content; "
                        "ask its issuer for a higher revision.",
                        trias_license_get_id (license));
  else
    apply->outcome->repeated = TRUE;
  return FALSE;
}

void
trias_ledger_apply_install_license (TriasApply *apply)
{
  const TriasCommand *command = apply->command;
  TriasLedger *self = apply->ledger;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasLicense) license = NULL;
  TriasLicenseRecord *record;
  TriasLicense *old;
  TriasEvent *event;
  GBytes *value;

  license = trias_license_inspect (command->text, strlen (command->text), &error);
  if (license == NULL)
    {
      trias_apply_refuse (apply, TRIAS_REASON_LICENSE_INVALID, "%s", error->message);
      return;
    }
  apply->outcome->license_id = g_strdup (trias_license_get_id (license));
  old = trias_ledger_find_license (self, trias_license_get_id (license));
  if (!check_succession (apply, license, old))
    return;

  event = license_event (apply, old != NULL ? "license-replaced" : "license-installed", license);
  trias_event_param (event, "test", command->test ? "true" : "false");
  record = g_new0 (TriasLicenseRecord, 1);
  record->license = trias_license_ref (license);
  record->test = command->test;
  record->installed_at = self->time;
  record->previous_text = g_strdup (old != NULL ? trias_license_get_text (old) : "");
  if (old != NULL)
    {
      record->previous_revision = trias_license_get_revision (old);
      trias_event_param_uint (event, "previous_revision", record->previous_revision);
    }
  value = trias_record_encode_license (record);
  trias_ledger_put_license (self, record, value);
  trias_apply_change (apply, TRIAS_RECORD_LICENSE, trias_license_get_id (license), value, TRUE);
}

void
trias_ledger_apply_remove_license (TriasApply *apply)
{
  const char *id = apply->command->id;
  TriasLicense *license = trias_ledger_find_license (apply->ledger, id);

  apply->outcome->license_id = g_strdup (id);
  if (license == NULL)
    {
      apply->outcome->repeated = TRUE;
      return;
    }
  license_event (apply, "license-removed", license);
  trias_ledger_drop_license (apply->ledger, id);
  trias_apply_change (apply, TRIAS_RECORD_LICENSE, id, NULL, TRUE);
}

/* One event for all features of @license that ended after @before and not after now. */
static void
note_expiry (TriasApply *apply, TriasLicense *license, gint64 before)
{
  g_autoptr (GString) features = g_string_new (NULL);
  gint64 grace = 0;
  TriasEvent *event;

  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);

      if (feature->not_after <= before || feature->not_after > apply->ledger->time)
        continue;
      g_string_append_printf (features, "%s%s", features->len > 0 ? ", " : "", feature->name);
      if (feature->grace_hours > 0)
        grace = MAX (grace, trias_feature_end (feature));
    }
  if (features->len == 0)
    return;
  event = license_event (apply, "license-expired", license);
  trias_event_param (event, "features", features->str);
  trias_event_param_uint (event, "grace_until", (guint64) grace);
}

void
trias_ledger_note_expiries (TriasApply *apply, gint64 before)
{
  TriasLedger *self = apply->ledger;

  if (self->time < self->next_expiry)
    return;

  self->next_expiry = G_MAXINT64;
  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      const TriasLicenseEntry *entry = g_tree_node_value (node);
      TriasLicense *license = entry->record->license;

      if (trias_ledger_serves_license (self, license))
        note_expiry (apply, license, before);
      self->next_expiry = MIN (self->next_expiry, next_end (license, self->time));
    }
}
