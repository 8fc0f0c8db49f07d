/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-event.h"

#include "core/trias-params.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_TEXT_BYTES 256

static const char *const severity_words[] = { "info", "warning", "error" };

static const struct
{
  const char *kind;
  TriasSeverity severity;
} kinds[] = {
  /* Those of leases are by far the most frequent, so they are found first. */
  { "lease-granted", TRIAS_SEVERITY_INFO },
  { "lease-released", TRIAS_SEVERITY_INFO },
  { "lease-expired", TRIAS_SEVERITY_INFO },
  { "lease-forced", TRIAS_SEVERITY_INFO },
  { "lease-denied", TRIAS_SEVERITY_WARNING },
  { "lease-resumed", TRIAS_SEVERITY_INFO },
  { "server-started", TRIAS_SEVERITY_INFO },
  { "server-stopped", TRIAS_SEVERITY_INFO },
  { "server-renamed", TRIAS_SEVERITY_INFO },
  { "admin-added", TRIAS_SEVERITY_INFO },
  { "admin-changed", TRIAS_SEVERITY_INFO },
  { "admin-removed", TRIAS_SEVERITY_INFO },
  { "signed-in", TRIAS_SEVERITY_INFO },
  { "sign-in-failed", TRIAS_SEVERITY_WARNING },
  { "license-installed", TRIAS_SEVERITY_INFO },
  { "license-replaced", TRIAS_SEVERITY_INFO },
  { "license-removed", TRIAS_SEVERITY_INFO },
  { "license-invalid", TRIAS_SEVERITY_ERROR },
  { "license-unverified", TRIAS_SEVERITY_WARNING },
  { "license-expired", TRIAS_SEVERITY_ERROR },
  { "license-expiring", TRIAS_SEVERITY_WARNING },
  { "rule-added", TRIAS_SEVERITY_INFO },
  { "rule-changed", TRIAS_SEVERITY_INFO },
  { "rule-removed", TRIAS_SEVERITY_INFO },
  { "rule-left-over", TRIAS_SEVERITY_INFO },
  { "settings-changed", TRIAS_SEVERITY_INFO },
  { "settings-conflict", TRIAS_SEVERITY_WARNING },
  { "conflict-resolved", TRIAS_SEVERITY_INFO },
  { "relationship-check", TRIAS_SEVERITY_INFO },
  { "relationship-prepare", TRIAS_SEVERITY_INFO },
  { "relationship-sealed", TRIAS_SEVERITY_INFO },
  { "relationship-formed", TRIAS_SEVERITY_INFO },
  { "relationship-failed", TRIAS_SEVERITY_ERROR },
  { "relationship-changed", TRIAS_SEVERITY_INFO },
  { "relationship-recovered", TRIAS_SEVERITY_ERROR },
  { "member-replaced", TRIAS_SEVERITY_WARNING },
  { "left-out", TRIAS_SEVERITY_WARNING },
  { "left-alone", TRIAS_SEVERITY_INFO },
  { "relationship-dissolved", TRIAS_SEVERITY_INFO },
  { "peer-connected", TRIAS_SEVERITY_INFO },
  { "peer-lost", TRIAS_SEVERITY_WARNING },
  { "synchronised", TRIAS_SEVERITY_INFO },
  { "sync-lost", TRIAS_SEVERITY_WARNING },
  { "sync-repair", TRIAS_SEVERITY_INFO },
  { "ledger-renewed", TRIAS_SEVERITY_WARNING },
  { "takeover", TRIAS_SEVERITY_WARNING },
  { "reunion", TRIAS_SEVERITY_INFO },
  { "handover", TRIAS_SEVERITY_INFO },
  { "active-changed", TRIAS_SEVERITY_WARNING },
  { "quorum-lost", TRIAS_SEVERITY_ERROR },
  { "quorum-back", TRIAS_SEVERITY_INFO },
  { "active-pinned", TRIAS_SEVERITY_INFO },
  { "active-unpinned", TRIAS_SEVERITY_INFO },
  { "failback-waits", TRIAS_SEVERITY_WARNING },
  { "given-back", TRIAS_SEVERITY_INFO },
  { "maintenance-began", TRIAS_SEVERITY_INFO },
  { "maintenance-ended", TRIAS_SEVERITY_INFO },
  { "drill-began", TRIAS_SEVERITY_INFO },
  { "drill-ended", TRIAS_SEVERITY_INFO },
  { "drill-failed", TRIAS_SEVERITY_ERROR },
  { "drill-measured", TRIAS_SEVERITY_INFO },
  { "state-archived", TRIAS_SEVERITY_INFO },
  { "storage-failed", TRIAS_SEVERITY_ERROR },
  { "storage-recovered", TRIAS_SEVERITY_INFO },
  { "clock-skew", TRIAS_SEVERITY_WARNING },
};

TriasSeverity
trias_event_kind_severity (const char *kind)
{
  for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].kind, kind) == 0)
      return kinds[i].severity;
  return TRIAS_SEVERITY_INFO;
}

const char *
trias_severity_to_word (TriasSeverity severity)
{
  return severity_words[severity];
}

TriasEvent *
trias_event_new_by (
    gint64 time, const char *kind, const char *subject, const char *server, const char *actor)
{
  TriasEvent *self = g_new0 (TriasEvent, 1);

  self->time = time;
  self->server = g_strdup (server != NULL ? server : "");
  self->kind = g_strdup (kind);
  self->severity = trias_event_kind_severity (kind);
  self->subject = g_strdup (subject != NULL ? subject : "");
  self->actor = g_strdup (actor != NULL ? actor : "");
  return self;
}

TriasEvent *
trias_event_new (gint64 time, const char *kind, const char *subject)
{
  return trias_event_new_by (time, kind, subject, NULL, NULL);
}

/* --- words --- */

/* Room for the words of a lease. */
#define PARAMS_ROOM 256

/* Steps over one word and its value; FALSE at the end. */
static gboolean
next_param (const TriasEvent *self, const char **at, const char **name, const char **value)
{
  if (self->params == NULL || *at == self->params + self->params_length)
    return FALSE;
  *name = *at;
  *value = *name + strlen (*name) + 1;
  *at = *value + strlen (*value) + 1;
  return TRUE;
}

static void
remove_param (TriasEvent *self, const char *wanted)
{
  const char *at = self->params;
  const char *name, *value;

  while (next_param (self, &at, &name, &value))
    if (strcmp (name, wanted) == 0)
      {
        memmove (self->params + (name - self->params), at,
                 (gsize) (self->params + self->params_length - at));
        self->params_length -= (guint) (at - name);
        return;
      }
}

TriasEvent *
trias_event_param (TriasEvent *self, const char *name, const char *value)
{
  remove_param (self, name);
  return value != NULL ? trias_event_add_param (self, name, value) : self;
}

TriasEvent *
trias_event_add_param (TriasEvent *self, const char *name, const char *value)
{
  gsize name_size = strlen (name) + 1;
  gsize size = name_size + strlen (value) + 1;

  if (self->params_room - self->params_length < size)
    {
      self->params_room = MAX (PARAMS_ROOM, 2 * (self->params_length + (guint) size));
      self->params = g_realloc (self->params, self->params_room);
    }
  memcpy (self->params + self->params_length, name, name_size);
  memcpy (self->params + self->params_length + name_size, value, size - name_size);
  self->params_length += (guint) size;
  return self;
}

const char *
trias_event_get_param (const TriasEvent *self, const char *wanted)
{
  const char *at = self->params;
  const char *name, *value;

  while (next_param (self, &at, &name, &value))
    if (strcmp (name, wanted) == 0)
      return value;
  return NULL;
}

GHashTable *
trias_event_get_params (const TriasEvent *self)
{
  const char *at = self->params;
  const char *name, *value;
  GHashTable *params = NULL;

  while (next_param (self, &at, &name, &value))
    trias_params_set (&params, name, value);
  return params;
}

void
trias_event_set_params (TriasEvent *self, const char *data, gsize length)
{
  const char *end = data + length;

  self->params_length = 0;
  while (data < end)
    {
      const char *name = data;
      const char *value = memchr (name, '\0', (gsize) (end - name));
      const char *last = value != NULL ? memchr (value + 1, '\0', (gsize) (end - value - 1)) : NULL;

      if (last == NULL)
        return;
      trias_event_param (self, name, value + 1);
      data = last + 1;
    }
}

static void
set_from_table (TriasEvent *self, GHashTable *params)
{
  GHashTableIter iter;
  gpointer name, value;

  if (params == NULL)
    return;
  g_hash_table_iter_init (&iter, params);
  while (g_hash_table_iter_next (&iter, &name, &value))
    trias_event_param (self, name, value);
}

TriasEvent *
trias_event_copy (const TriasEvent *self)
{
  TriasEvent *copy = g_new (TriasEvent, 1);

  *copy = *self;
  copy->server = g_strdup (self->server);
  copy->kind = g_strdup (self->kind);
  copy->subject = g_strdup (self->subject);
  copy->actor = g_strdup (self->actor);
  copy->params = g_memdup2 (self->params, self->params_length);
  copy->params_room = self->params_length;
  return copy;
}

void
trias_event_free (TriasEvent *self)
{
  if (self == NULL)
    return;
  g_free (self->server);
  g_free (self->kind);
  g_free (self->subject);
  g_free (self->actor);
  g_free (self->params);
  g_free (self);
}

void
trias_event_write (const TriasEvent *self, TriasJsonWriter *writer, const char *name)
{
  g_autoptr (GHashTable) params = trias_event_get_params (self);

  trias_json_begin_object (writer, name);
  trias_json_add_int (writer, "seq", (gint64) self->seq);
  trias_json_add_int (writer, "time", self->time);
  trias_json_add_string (writer, "server", self->server);
  trias_json_add_string (writer, "kind", self->kind);
  trias_json_add_string (writer, "severity", trias_severity_to_word (self->severity));
  trias_json_add_string (writer, "subject", self->subject);
  trias_json_add_string (writer, "actor", self->actor);
  trias_params_write (params, writer, "params");
  trias_json_end_object (writer);
}

TriasEvent *
trias_event_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasEvent) self = g_new0 (TriasEvent, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  g_autoptr (GHashTable) params = NULL;
  const char *severity;
  int at;

  trias_json_reader_init (&reader, object);
  self->seq = (guint64) trias_json_read_natural (&reader, "seq");
  self->time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  self->server = g_strdup (trias_json_read_string_or (&reader, "server", MAX_TEXT_BYTES, ""));
  self->kind = g_strdup (trias_json_read_string (&reader, "kind", 1, MAX_TEXT_BYTES));
  self->subject = g_strdup (trias_json_read_string_or (&reader, "subject", MAX_TEXT_BYTES, ""));
  self->actor = g_strdup (trias_json_read_string_or (&reader, "actor", MAX_TEXT_BYTES, ""));
  /* The writer's severity counts: it may know kinds that this version does not. */
  severity = trias_json_read_string_or (&reader, "severity", MAX_TEXT_BYTES, NULL);
  at = trias_text_find_word (severity_words, G_N_ELEMENTS (severity_words), severity);
  self->severity = at >= 0 ? (TriasSeverity) at : trias_event_kind_severity (self->kind);
  params = trias_params_read (&reader, "params");
  set_from_table (self, params);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}
