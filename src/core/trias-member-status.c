/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-member-status.h"

#include "core/trias-identity.h"
#include "core/trias-text.h"

#define MAX_VERSION_BYTES 64

static const char *const lag_words[]
    = { "none",    "unreachable", "one-way", "key",     "rule",   "epoch",
        "version", "first-copy",  "pending", "storage", "repair", "conflict" };

const char *
trias_lag_to_word (TriasLag lag)
{
  return lag_words[lag];
}

TriasLag
trias_lag_from_word (const char *word)
{
  int at = trias_text_find_word (lag_words, G_N_ELEMENTS (lag_words), word);

  return at >= 0 ? (TriasLag) at : TRIAS_LAG_NONE;
}

TriasMemberStatus *
trias_member_status_new (const char *peer)
{
  TriasMemberStatus *self = g_new0 (TriasMemberStatus, 1);

  self->peer = g_strdup (peer);
  self->latency_us = -1;
  self->digest = g_strdup ("");
  self->held_digest = g_strdup ("");
  self->version = g_strdup ("");
  return self;
}

TriasMemberStatus *
trias_member_status_copy (const TriasMemberStatus *self)
{
  TriasMemberStatus *copy = g_new (TriasMemberStatus, 1);

  *copy = *self;
  copy->peer = g_strdup (self->peer);
  copy->digest = g_strdup (self->digest);
  copy->held_digest = g_strdup (self->held_digest);
  copy->version = g_strdup (self->version);
  return copy;
}

void
trias_member_status_free (TriasMemberStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->peer);
  g_free (self->digest);
  g_free (self->held_digest);
  g_free (self->version);
  g_free (self);
}

void
trias_member_status_write_members (const TriasMemberStatus *self, TriasJsonWriter *writer)
{
  trias_json_add_string (writer, "peer", self->peer);
  trias_json_add_bool (writer, "connected", self->connected);
  trias_json_add_int (writer, "connected_since", self->connected_since);
  trias_json_add_int (writer, "last_heard", self->last_heard);
  trias_json_add_string (writer, "connect_reason", trias_lag_to_word (self->connect_reason));
  trias_json_add_int (writer, "latency_us", self->latency_us);
  trias_json_add_int (writer, "clock_offset_ms", self->clock_offset_ms);
  trias_json_add_bool (writer, "synchronised", self->synchronised);
  trias_json_add_int (writer, "synchronised_at", self->synchronised_at);
  trias_json_add_int (writer, "synchronised_since", self->synchronised_since);
  trias_json_add_int (writer, "pending", (gint64) self->pending);
  trias_json_add_string (writer, "sync_reason", trias_lag_to_word (self->sync_reason));
  trias_json_add_int (writer, "revision", (gint64) self->revision);
  trias_json_add_int (writer, "confirmed", (gint64) self->confirmed);
  trias_json_add_int (writer, "held", (gint64) self->held);
  trias_json_add_string (writer, "digest", self->digest);
  trias_json_add_string (writer, "held_digest", self->held_digest);
  trias_json_add_string (writer, "version", self->version);
}

void
trias_member_status_write (const TriasMemberStatus *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_member_status_write_members (self, writer);
  trias_json_end_object (writer);
}

static TriasLag
read_lag (TriasJsonReader *reader, const char *name)
{
  return trias_lag_from_word (trias_json_read_string_or (reader, name, 32, "none"));
}

static void
read_sync (TriasMemberStatus *self, TriasJsonReader *reader)
{
  self->synchronised = trias_json_read_bool (reader, "synchronised");
  self->synchronised_at = trias_json_read_natural (reader, "synchronised_at");
  self->synchronised_since = trias_json_read_natural (reader, "synchronised_since");
  self->pending = (guint64) trias_json_read_natural (reader, "pending");
  self->sync_reason = read_lag (reader, "sync_reason");
  self->revision = (guint64) trias_json_read_natural (reader, "revision");
  self->confirmed = (guint64) trias_json_read_natural (reader, "confirmed");
  self->held = (guint64) trias_json_read_natural (reader, "held");
  self->digest = g_strdup (trias_json_read_string_or (reader, "digest", TRIAS_ID_LENGTH, ""));
  self->held_digest
      = g_strdup (trias_json_read_string_or (reader, "held_digest", TRIAS_ID_LENGTH, ""));
}

TriasMemberStatus *
trias_member_status_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasMemberStatus) self = g_new0 (TriasMemberStatus, 1);
  g_auto (TriasJsonReader) reader = { 0 };

  trias_json_reader_init (&reader, object);
  self->peer = g_strdup (trias_json_read_string (&reader, "peer", 0, TRIAS_ID_LENGTH));
  self->connected = trias_json_read_bool (&reader, "connected");
  self->connected_since = trias_json_read_natural (&reader, "connected_since");
  self->last_heard = trias_json_read_natural (&reader, "last_heard");
  self->connect_reason = read_lag (&reader, "connect_reason");
  self->latency_us = trias_json_read_int_or (&reader, "latency_us", -1, G_MAXINT64, -1);
  self->clock_offset_ms
      = trias_json_read_int_or (&reader, "clock_offset_ms", -G_MAXINT64, G_MAXINT64, 0);
  read_sync (self, &reader);
  self->version = g_strdup (trias_json_read_string_or (&reader, "version", MAX_VERSION_BYTES, ""));
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}
