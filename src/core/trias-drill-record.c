/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-drill-record.h"

#include "core/trias-text.h"

#define ID_BYTES 64
#define TEXT_BYTES 1024

static const char *const kind_words[] = { "handover", "outage" };
static const char *const phase_words[]
    = { "begins", "away", "returns", "passed", "failed", "stopped" };
static const char *const measure_words[] = { "nothing", "seat", "questions" };

TriasDrillRecord *
trias_drill_record_new (const char *id, TriasDrillKind kind, guint seconds, const char *server)
{
  TriasDrillRecord *self = g_new0 (TriasDrillRecord, 1);

  self->id = g_strdup (id);
  self->kind = kind;
  self->seconds = seconds;
  self->server = g_strdup (server);
  self->by = g_strdup ("");
  self->actor = g_strdup ("");
  self->problem = g_strdup ("");
  return self;
}

TriasDrillRecord *
trias_drill_record_copy (const TriasDrillRecord *self)
{
  TriasDrillRecord *copy = g_new (TriasDrillRecord, 1);

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->server = g_strdup (self->server);
  copy->by = g_strdup (self->by);
  copy->actor = g_strdup (self->actor);
  copy->problem = g_strdup (self->problem);
  return copy;
}

void
trias_drill_record_free (TriasDrillRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->server);
  g_free (self->by);
  g_free (self->actor);
  g_free (self->problem);
  g_free (self);
}

gboolean
trias_drill_record_is_running (const TriasDrillRecord *self)
{
  return self->phase < TRIAS_DRILL_PASSED;
}

/* --- words --- */

const char *
trias_drill_kind_to_word (TriasDrillKind kind)
{
  return kind_words[kind];
}

gboolean
trias_drill_kind_from_word (const char *word, TriasDrillKind *kind)
{
  int at = trias_text_find_word (kind_words, G_N_ELEMENTS (kind_words), word);

  if (at >= 0)
    *kind = (TriasDrillKind) at;
  return at >= 0;
}

const char *
trias_drill_phase_to_word (TriasDrillPhase phase)
{
  return phase_words[phase];
}

const char *
trias_drill_measure_to_word (TriasDrillMeasure measure)
{
  return measure_words[measure];
}

gboolean
trias_drill_measure_from_word (const char *word, TriasDrillMeasure *measure)
{
  int at = trias_text_find_word (measure_words, G_N_ELEMENTS (measure_words), word);

  if (at >= 0)
    *measure = (TriasDrillMeasure) at;
  return at >= 0;
}

/* --- JSON --- */

void
trias_drill_record_write (const TriasDrillRecord *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "kind", trias_drill_kind_to_word (self->kind));
  trias_json_add_string (writer, "phase", trias_drill_phase_to_word (self->phase));
  trias_json_add_int (writer, "seconds", self->seconds);
  trias_json_add_string (writer, "server", self->server);
  trias_json_add_string (writer, "by", self->by);
  trias_json_add_string (writer, "actor", self->actor);
  trias_json_add_string (writer, "problem", self->problem);
  trias_json_add_int (writer, "began_at", self->began_at);
  trias_json_add_int (writer, "ended_at", self->ended_at);
  trias_json_add_string (writer, "measure", trias_drill_measure_to_word (self->measure));
  trias_json_add_int (writer, "gap_ms", self->gap_ms);
  trias_json_add_int (writer, "requests", self->requests);
  trias_json_add_int (writer, "failed", self->failed);
  trias_json_end_object (writer);
}

static void
read_words (TriasDrillRecord *self, TriasJsonReader *reader)
{
  const char *phase;
  int at;

  if (!trias_drill_kind_from_word (trias_json_read_string (reader, "kind", 1, 16), &self->kind))
    trias_json_reader_fail (reader, "kind", "must be \"handover\" or \"outage\"");
  phase = trias_json_read_string (reader, "phase", 1, 16);
  at = trias_text_find_word (phase_words, G_N_ELEMENTS (phase_words), phase);
  if (at < 0)
    trias_json_reader_fail (reader, "phase", "must be a phase of a drill");
  else
    self->phase = (TriasDrillPhase) at;
  /* A newer server may measure what this one does not know. */
  trias_drill_measure_from_word (trias_json_read_string_or (reader, "measure", 16, "nothing"),
                                 &self->measure);
}

TriasDrillRecord *
trias_drill_record_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasDrillRecord) self = g_new0 (TriasDrillRecord, 1);
  g_auto (TriasJsonReader) reader = { 0 };

  trias_json_reader_init (&reader, object);
  self->id = g_strdup (trias_json_read_string (&reader, "id", 1, ID_BYTES));
  read_words (self, &reader);
  self->seconds = (guint) trias_json_read_int (&reader, "seconds", 0, G_MAXINT);
  self->server = g_strdup (trias_json_read_string (&reader, "server", 1, ID_BYTES));
  self->by = g_strdup (trias_json_read_string_or (&reader, "by", ID_BYTES, ""));
  self->actor = g_strdup (trias_json_read_string_or (&reader, "actor", TEXT_BYTES, ""));
  self->problem = g_strdup (trias_json_read_string_or (&reader, "problem", TEXT_BYTES, ""));
  self->began_at = trias_json_read_natural (&reader, "began_at");
  self->ended_at = trias_json_read_natural (&reader, "ended_at");
  self->gap_ms = trias_json_read_natural (&reader, "gap_ms");
  self->requests = trias_json_read_natural (&reader, "requests");
  self->failed = trias_json_read_natural (&reader, "failed");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}
