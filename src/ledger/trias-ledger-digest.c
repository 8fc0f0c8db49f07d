/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <sodium.h>
#include <string.h>

/* The digest of a set of records is the sum of the records' hashes, lane by lane: adding and
 * removing a record costs one hash, whatever the size of the ledger, and the order does not matter.
 * It guards against error and drift between servers that trust each other, not against a forger. */

static TriasDigest
digest_of (TriasRecordKind record, const char *key, const void *data, gsize length)
{
  g_auto (TriasWriter) writer = { 0 };
  guint8 hash[32];
  TriasDigest digest;

  trias_write_byte (&writer, (guint8) record);
  trias_write_string (&writer, key);
  trias_write_blob (&writer, data, length);
  crypto_generichash (hash, sizeof hash, writer.data, writer.length, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (digest.lanes); i++)
    {
      guint64 lane;

      memcpy (&lane, hash + 8 * i, sizeof lane);
      digest.lanes[i] = GUINT64_FROM_LE (lane);
    }
  return digest;
}

TriasDigest
trias_ledger_digest_add (
    TriasLedger *self, TriasRecordKind record, const char *key, const void *data, gsize length)
{
  TriasDigest digest = digest_of (record, key, data, length);

  for (guint i = 0; i < G_N_ELEMENTS (digest.lanes); i++)
    self->digest.lanes[i] += digest.lanes[i];
  return digest;
}

TriasDigest
trias_ledger_digest_add_bytes (TriasLedger *self,
                               TriasRecordKind record,
                               const char *key,
                               GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return trias_ledger_digest_add (self, record, key, data, length);
}

void
trias_ledger_digest_remove (TriasLedger *self, const TriasDigest *digest)
{
  for (guint i = 0; i < G_N_ELEMENTS (digest->lanes); i++)
    self->digest.lanes[i] -= digest->lanes[i];
}

void
trias_ledger_digest_remove_bytes (TriasLedger *self,
                                  TriasRecordKind record,
                                  const char *key,
                                  GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  TriasDigest digest = digest_of (record, key, data, length);

  trias_ledger_digest_remove (self, &digest);
}

static char *
to_hex (const TriasDigest *digest)
{
  const guint64 *lanes = digest->lanes;

  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x"
                          "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                          lanes[0], lanes[1], lanes[2], lanes[3]);
}

char *
trias_ledger_digest (TriasLedger *self)
{
  return to_hex (&self->digest);
}

/* Spreads every bit over all of them. */
static guint64
spread (guint64 value)
{
  value ^= value >> 30;
  value *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value ^= value >> 27;
  value *= G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ value >> 31;
}

/* A renewal must cost next to nothing: no hash, a few multiplications. What the lease is stands in
 * its own digest. */
guint64
trias_ledger_renewal_mix (const TriasLeaseEntry *entry)
{
  guint64 mix = spread (entry->digest.lanes[0] + entry->lease->generation);

  return spread (mix + (guint64) entry->lease->renewed_at);
}

char *
trias_ledger_digest_whole (TriasLedger *self)
{
  g_auto (TriasWriter) writer = { 0 };
  g_autoptr (GBytes) meta = trias_ledger_encode_meta (self);
  TriasDigest digest;
  gsize length;
  const guint8 *data = g_bytes_get_data (meta, &length);

  for (guint i = 0; i < G_N_ELEMENTS (self->digest.lanes); i++)
    trias_write_uint (&writer, self->digest.lanes[i]);
  trias_write_uint (&writer, self->renewals);
  trias_write_blob (&writer, data, length);
  if (self->relationship != NULL)
    {
      g_autoptr (GBytes) relationship = trias_ledger_encode_relationship (self);

      data = g_bytes_get_data (relationship, &length);
      trias_write_blob (&writer, data, length);
    }
  digest = digest_of (TRIAS_RECORD_META, TRIAS_KEY_META, writer.data, writer.length);
  return to_hex (&digest);
}
