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
  { "license-expired", TRIAS_SEVERITY_ERROR },
  { "license-expiring", TRIAS_SEVERITY_WARNING },
  { "rule-added", TRIAS_SEVERITY_INFO },
  { "rule-changed", TRIAS_SEVERITY_INFO },
  { "rule-removed", TRIAS_SEVERITY_INFO },
  { "settings-changed", TRIAS_SEVERITY_INFO },
  { "settings-conflict", TRIAS_SEVERITY_WARNING },
  { "conflict-resolved", TRIAS_SEVERITY_INFO },
  { "lease-granted", TRIAS_SEVERITY_INFO },
  { "lease-released", TRIAS_SEVERITY_INFO },
  { "lease-expired", TRIAS_SEVERITY_INFO },
  { "lease-forced", TRIAS_SEVERITY_INFO },
  { "lease-denied", TRIAS_SEVERITY_WARNING },
  { "lease-resumed", TRIAS_SEVERITY_INFO },
  { "relationship-check", TRIAS_SEVERITY_INFO },
  { "relationship-prepare", TRIAS_SEVERITY_INFO },
  { "relationship-sealed", TRIAS_SEVERITY_INFO },
  { "relationship-formed", TRIAS_SEVERITY_INFO },
  { "relationship-failed", TRIAS_SEVERITY_ERROR },
  { "relationship-changed", TRIAS_SEVERITY_INFO },
  { "relationship-dissolved", TRIAS_SEVERITY_INFO },
  { "peer-connected", TRIAS_SEVERITY_INFO },
  { "peer-lost", TRIAS_SEVERITY_WARNING },
  { "synchronised", TRIAS_SEVERITY_INFO },
  { "sync-lost", TRIAS_SEVERITY_WARNING },
  { "sync-repair", TRIAS_SEVERITY_INFO },
  { "takeover", TRIAS_SEVERITY_WARNING },
  { "reunion", TRIAS_SEVERITY_INFO },
  { "handover", TRIAS_SEVERITY_INFO },
  { "active-pinned", TRIAS_SEVERITY_INFO },
  { "active-unpinned", TRIAS_SEVERITY_INFO },
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
trias_event_new (gint64 time, const char *kind, const char *subject)
{
  TriasEvent *self = g_new0 (TriasEvent, 1);

  self->time = time;
  self->server = g_strdup ("");
  self->kind = g_strdup (kind);
  self->severity = trias_event_kind_severity (kind);
  self->subject = g_strdup (subject != NULL ? subject : "");
  self->actor = g_strdup ("");
  return self;
}

TriasEvent *
trias_event_param (TriasEvent *self, const char *name, const char *value)
{
  trias_params_set (&self->params, name, value);
  return self;
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
  copy->params = trias_params_copy (self->params);
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
  g_clear_pointer (&self->params, g_hash_table_unref);
  g_free (self);
}

void
trias_event_write (const TriasEvent *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_int (writer, "seq", (gint64) self->seq);
  trias_json_add_int (writer, "time", self->time);
  trias_json_add_string (writer, "server", self->server);
  trias_json_add_string (writer, "kind", self->kind);
  trias_json_add_string (writer, "severity", trias_severity_to_word (self->severity));
  trias_json_add_string (writer, "subject", self->subject);
  trias_json_add_string (writer, "actor", self->actor);
  trias_params_write (self->params, writer, "params");
  trias_json_end_object (writer);
}

TriasEvent *
trias_event_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasEvent) self = g_new0 (TriasEvent, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *severity;
  int at;

  trias_json_reader_init (&reader, object);
  self->seq = (guint64) trias_json_read_int_or (&reader, "seq", 0, G_MAXINT64, 0);
  self->time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  self->server = g_strdup (trias_json_read_string_or (&reader, "server", MAX_TEXT_BYTES, ""));
  self->kind = g_strdup (trias_json_read_string (&reader, "kind", 1, MAX_TEXT_BYTES));
  self->subject = g_strdup (trias_json_read_string_or (&reader, "subject", MAX_TEXT_BYTES, ""));
  self->actor = g_strdup (trias_json_read_string_or (&reader, "actor", MAX_TEXT_BYTES, ""));
  /* The writer's severity counts: it may know kinds that this version does not. */
  severity = trias_json_read_string_or (&reader, "severity", MAX_TEXT_BYTES, NULL);
  at = trias_text_find_word (severity_words, G_N_ELEMENTS (severity_words), severity);
  self->severity = at >= 0 ? (TriasSeverity) at : trias_event_kind_severity (self->kind);
  self->params = trias_params_read (&reader, "params");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}
