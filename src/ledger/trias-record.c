/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-record.h"

#include "core/trias-problem.h"
#include "ledger/trias-ledger.h"

#include <string.h>

/* In front of every record, so that a later version can tell what it reads. */
#define RECORD_FORMAT 1
/* A record that says more than the first version knew; only where it does. */
#define RECORD_FORMAT_MORE 2

#define MIN_HISTORY_DAYS 1
#define MAX_HISTORY_DAYS 3650
#define MAX_CONTACT 256

/* Marks the end of what renewals leave alone; the rest of the record follows it. */
static gsize
write_lease_stable (TriasWriter *writer, const TriasLease *lease)
{
  trias_write_string (writer, lease->id);
  trias_write_string (writer, lease->key_id);
  trias_write_string (writer, lease->feature);
  trias_write_string (writer, lease->product);
  trias_write_uint (writer, lease->count);
  trias_write_string (writer, lease->holder.user);
  trias_write_string (writer, lease->holder.host);
  trias_write_string (writer, lease->holder.device);
  trias_write_uint (writer, lease->ttl_s);
  trias_write_time (writer, lease->granted_at);
  return writer->length;
}

void
trias_write_lease (TriasWriter *writer, const TriasLease *lease)
{
  write_lease_stable (writer, lease);
  trias_write_uint (writer, lease->generation);
  trias_write_time (writer, lease->renewed_at);
}

/* Texts of a lease that are read without an allocation. */
#define SHORT_TEXTS 600
#define N_LEASE_TEXTS 7

static TriasLease *
read_lease (TriasReader *reader, gsize *stable)
{
  TriasLease lease = { 0 };
  gsize size = (gsize) (reader->end - reader->next) + N_LEASE_TEXTS;
  char few[SHORT_TEXTS];
  g_autofree char *many = size > sizeof few ? g_malloc (size) : NULL;
  char *room = many != NULL ? many : few;

  lease.id = trias_read_text (reader, &room);
  lease.key_id = trias_read_text (reader, &room);
  lease.feature = trias_read_text (reader, &room);
  lease.product = trias_read_text (reader, &room);
  lease.count = (guint) trias_read_uint (reader, G_MAXUINT);
  lease.holder.user = trias_read_text (reader, &room);
  lease.holder.host = trias_read_text (reader, &room);
  lease.holder.device = trias_read_text (reader, &room);
  lease.ttl_s = (guint) trias_read_uint (reader, G_MAXUINT);
  lease.granted_at = trias_read_time (reader);
  if (stable != NULL)
    *stable = (gsize) (reader->next - reader->start);
  lease.generation = trias_read_uint (reader, G_MAXUINT64);
  lease.renewed_at = trias_read_time (reader);
  return reader->failed ? NULL : trias_lease_copy (&lease);
}

TriasLease *
trias_read_lease (TriasReader *reader)
{
  return read_lease (reader, NULL);
}

void
trias_write_rule (TriasWriter *writer, const TriasRule *rule)
{
  trias_write_string (writer, rule->id);
  trias_write_byte (writer, (guint8) rule->scope);
  trias_write_byte (writer, (guint8) rule->effect);
  trias_write_byte (writer, (guint8) rule->who);
  trias_write_nullable (writer, rule->who_value);
  trias_write_byte (writer, (guint8) rule->where);
  trias_write_nullable (writer, rule->where_value);
  trias_write_string (writer, rule->note);
}

TriasRule *
trias_read_rule (TriasReader *reader)
{
  g_autofree char *id = trias_read_string (reader);
  TriasScope scope = trias_read_uint (reader, TRIAS_SCOPE_PEER);
  TriasEffect effect = trias_read_uint (reader, TRIAS_EFFECT_DENY);
  TriasWho who = trias_read_uint (reader, TRIAS_WHO_KEY);
  g_autofree char *who_value = trias_read_nullable (reader);
  TriasWhere where = trias_read_uint (reader, TRIAS_WHERE_NETWORK);
  g_autofree char *where_value = trias_read_nullable (reader);
  g_autofree char *note = trias_read_string (reader);
  TriasRule *rule = NULL;

  if (!reader->failed && id[0] != '\0')
    rule = trias_rule_new (id, scope, effect, who, who_value, where, where_value, note, NULL);
  reader->failed |= rule == NULL;
  return rule;
}

void
trias_write_settings (TriasWriter *writer, const TriasSettings *settings)
{
  trias_write_uint (writer, settings->default_ttl_s);
  trias_write_uint (writer, settings->history_days);
  trias_write_string (writer, settings->contact);
}

TriasSettings *
trias_read_settings (TriasReader *reader)
{
  g_autoptr (TriasSettings) settings = trias_settings_new_default ();

  settings->default_ttl_s = (guint) trias_read_uint (reader, TRIAS_LEASE_MAX_TTL_S);
  settings->history_days = (guint) trias_read_uint (reader, MAX_HISTORY_DAYS);
  g_free (settings->contact);
  settings->contact = trias_read_string (reader);
  if (reader->failed || settings->default_ttl_s < TRIAS_LEASE_MIN_TTL_S
      || settings->history_days < MIN_HISTORY_DAYS || strlen (settings->contact) > MAX_CONTACT)
    {
      reader->failed = TRUE;
      return NULL;
    }
  return g_steal_pointer (&settings);
}

/* A relationship is rare and has a strict reader already: it travels as its JSON. */
void
trias_write_relationship (TriasWriter *writer, const TriasRelationship *relationship)
{
  g_autoptr (TriasJsonWriter) json = trias_json_writer_new ();
  g_autofree char *text = NULL;
  gsize length;

  trias_json_begin_object (json, NULL);
  trias_relationship_write_members (relationship, json);
  trias_json_end_object (json);
  text = trias_json_writer_end (json, &length);
  trias_write_blob (writer, text, length);
}

TriasRelationship *
trias_read_relationship (TriasReader *reader)
{
  gsize length;
  const guint8 *data = trias_read_blob (reader, &length);
  g_autoptr (TriasJson) json = NULL;
  TriasRelationship *relationship = NULL;

  if (data != NULL)
    json = trias_json_parse ((const char *) data, length, TRIAS_JSON_MAX_BYTES, NULL);
  if (json != NULL)
    relationship = trias_relationship_read (json, NULL);
  reader->failed |= relationship == NULL;
  return relationship;
}

static void
record_reader_init (TriasReader *reader, GBytes *value)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (value, &length);

  trias_reader_init (reader, data, length);
  reader->failed |= trias_read_byte (reader) != RECORD_FORMAT;
}

/* For a record that may say more; %TRUE if it does. */
static gboolean
record_reader_init_more (TriasReader *reader, GBytes *value)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (value, &length);
  guint8 format;

  trias_reader_init (reader, data, length);
  format = trias_read_byte (reader);
  reader->failed |= format != RECORD_FORMAT && format != RECORD_FORMAT_MORE;
  return format == RECORD_FORMAT_MORE;
}

/* What only the newer format has, and then never empty: one value has one encoding. */
static char *
read_more (TriasReader *reader, gboolean more)
{
  char *text = more ? trias_read_string (reader) : g_strdup ("");

  reader->failed |= more && (text == NULL || text[0] == '\0');
  return text;
}

void
trias_record_write_lease (TriasWriter *writer, const TriasLease *lease)
{
  trias_write_byte (writer, RECORD_FORMAT);
  trias_write_lease (writer, lease);
}

GBytes *
trias_record_encode_lease (const TriasLease *lease, gboolean renewals, gsize *stable)
{
  g_auto (TriasWriter) writer = { 0 };
  gsize length;

  trias_write_byte (&writer, RECORD_FORMAT);
  length = write_lease_stable (&writer, lease);
  if (stable != NULL)
    *stable = length;
  trias_write_uint (&writer, renewals ? lease->generation : 1);
  trias_write_time (&writer, renewals ? lease->renewed_at : lease->granted_at);
  return trias_writer_end (&writer);
}

TriasLease *
trias_record_decode_lease (GBytes *value, gsize *stable, GError **error)
{
  g_autoptr (TriasLease) lease = NULL;
  TriasReader reader;

  record_reader_init (&reader, value);
  lease = read_lease (&reader, stable);
  if (lease != NULL && (!trias_lease_id_is_valid (lease->id) || lease->count == 0))
    reader.failed = TRUE;
  if (!trias_reader_finish (&reader, "a lease record", error))
    return NULL;
  return g_steal_pointer (&lease);
}

GBytes *
trias_record_encode_rule (const TriasRule *rule)
{
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, RECORD_FORMAT);
  trias_write_rule (&writer, rule);
  return trias_writer_end (&writer);
}

TriasRule *
trias_record_decode_rule (GBytes *value, GError **error)
{
  g_autoptr (TriasRule) rule = NULL;
  TriasReader reader;

  record_reader_init (&reader, value);
  rule = trias_read_rule (&reader);
  if (rule != NULL && rule->scope != TRIAS_SCOPE_USE)
    reader.failed = TRUE;
  if (!trias_reader_finish (&reader, "a rule record", error))
    return NULL;
  return g_steal_pointer (&rule);
}

GBytes *
trias_record_encode_settings (const TriasSettings *settings)
{
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, RECORD_FORMAT);
  trias_write_settings (&writer, settings);
  return trias_writer_end (&writer);
}

TriasSettings *
trias_record_decode_settings (GBytes *value, GError **error)
{
  g_autoptr (TriasSettings) settings = NULL;
  TriasReader reader;

  record_reader_init (&reader, value);
  settings = trias_read_settings (&reader);
  if (!trias_reader_finish (&reader, "the settings record", error))
    return NULL;
  return g_steal_pointer (&settings);
}

GBytes *
trias_record_encode_relationship (const TriasRelationship *relationship,
                                  const char *pinned,
                                  gint64 pinned_until)
{
  g_auto (TriasWriter) writer = { 0 };
  gboolean more = pinned != NULL && pinned[0] != '\0';

  trias_write_byte (&writer, more ? RECORD_FORMAT_MORE : RECORD_FORMAT);
  trias_write_relationship (&writer, relationship);
  if (more)
    {
      trias_write_string (&writer, pinned);
      trias_write_time (&writer, pinned_until);
    }
  return trias_writer_end (&writer);
}

void
trias_relationship_record_free (TriasRelationshipRecord *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->relationship, trias_relationship_free);
  g_free (self->pinned);
  g_free (self);
}

TriasRelationshipRecord *
trias_record_decode_relationship (GBytes *value, GError **error)
{
  g_autoptr (TriasRelationshipRecord) record = g_new0 (TriasRelationshipRecord, 1);
  TriasReader reader;
  gboolean more = record_reader_init_more (&reader, value);

  record->relationship = trias_read_relationship (&reader);
  record->pinned = read_more (&reader, more);
  if (more)
    record->pinned_until = trias_read_time (&reader);
  if (!trias_reader_finish (&reader, "the relationship record", error))
    return NULL;
  return g_steal_pointer (&record);
}

GBytes *
trias_record_encode_tombstone (gint64 until)
{
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, RECORD_FORMAT);
  trias_write_time (&writer, until);
  return trias_writer_end (&writer);
}

gboolean
trias_record_decode_tombstone (GBytes *value, gint64 *until, GError **error)
{
  TriasReader reader;

  record_reader_init (&reader, value);
  *until = trias_read_time (&reader);
  return trias_reader_finish (&reader, "a tombstone record", error);
}

void
trias_license_record_free (TriasLicenseRecord *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->license, trias_license_unref);
  g_free (self->previous_text);
  g_free (self);
}

GBytes *
trias_record_encode_license (const TriasLicenseRecord *record)
{
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, RECORD_FORMAT);
  trias_write_string (&writer, trias_license_get_text (record->license));
  trias_write_byte (&writer, record->test != FALSE);
  trias_write_time (&writer, record->installed_at);
  trias_write_uint (&writer, record->previous_revision);
  trias_write_string (&writer, record->previous_text);
  return trias_writer_end (&writer);
}

TriasLicenseRecord *
trias_record_decode_license (GBytes *value, GError **error)
{
  g_autoptr (TriasLicenseRecord) record = g_new0 (TriasLicenseRecord, 1);
  g_autofree char *text = NULL;
  TriasReader reader;

  record_reader_init (&reader, value);
  text = trias_read_string (&reader);
  record->test = trias_read_bool (&reader);
  record->installed_at = trias_read_time (&reader);
  record->previous_revision = (guint) trias_read_uint (&reader, G_MAXUINT);
  record->previous_text = trias_read_string (&reader);
  if (!trias_reader_finish (&reader, "a licence record", error))
    return NULL;
  record->license = trias_license_inspect (text, strlen (text), error);
  if (record->license == NULL)
    return NULL;
  return g_steal_pointer (&record);
}

GBytes *
trias_record_encode_meta (const TriasMetaRecord *meta)
{
  g_auto (TriasWriter) writer = { 0 };
  gboolean more = meta->ended_keep != NULL && meta->ended_keep[0] != '\0';

  trias_write_byte (&writer, more ? RECORD_FORMAT_MORE : RECORD_FORMAT);
  trias_write_uint (&writer, TRIAS_LEDGER_FORMAT);
  trias_write_time (&writer, meta->time);
  trias_write_uint (&writer, meta->revision);
  trias_write_uint (&writer, meta->ended_incarnation);
  trias_write_string (&writer, meta->ended_relationship);
  if (more)
    trias_write_string (&writer, meta->ended_keep);
  return trias_writer_end (&writer);
}

gboolean
trias_record_decode_meta (GBytes *value, TriasMetaRecord *meta, GError **error)
{
  TriasReader reader;
  guint64 format;
  gboolean more = record_reader_init_more (&reader, value);

  format = trias_read_uint (&reader, G_MAXUINT64);
  if (!reader.failed && format != TRIAS_LEDGER_FORMAT)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
                   "The ledger has format %" G_GUINT64_FORMAT ", this program knows format %d; "
                   "install the version that wrote it.",
                   format, TRIAS_LEDGER_FORMAT);
      return FALSE;
    }
  meta->time = trias_read_time (&reader);
  meta->revision = trias_read_uint (&reader, G_MAXUINT64);
  meta->ended_incarnation = trias_read_uint (&reader, G_MAXUINT64);
  meta->ended_relationship = trias_read_string (&reader);
  meta->ended_keep = read_more (&reader, more);
  return trias_reader_finish (&reader, "the ledger's own record", error);
}
