/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-check.h"

#include "core/trias-params.h"
#include "core/trias-text.h"

#define MAX_DETAIL_BYTES 4096

static const char *const state_words[] = { "waiting", "running", "passed", "warning", "failed" };

TriasCheck *
trias_check_new (const char *kind, const char *server, const char *peer, TriasCheckState state)
{
  TriasCheck *self = g_new0 (TriasCheck, 1);

  self->kind = g_strdup (kind);
  self->server = g_strdup (server != NULL ? server : "");
  self->peer = g_strdup (peer != NULL ? peer : "");
  self->state = state;
  self->detail = g_strdup ("");
  return self;
}

void
trias_check_set_detail (TriasCheck *self, const char *format, ...)
{
  va_list args;

  g_free (self->detail);
  va_start (args, format);
  self->detail = g_strdup_vprintf (format, args);
  va_end (args);
}

void
trias_check_param (TriasCheck *self, const char *name, const char *value)
{
  trias_params_set (&self->params, name, value);
}

void
trias_check_param_int (TriasCheck *self, const char *name, gint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  trias_check_param (self, name, text);
}

TriasCheck *
trias_check_copy (const TriasCheck *self)
{
  TriasCheck *copy = g_new (TriasCheck, 1);

  *copy = *self;
  copy->kind = g_strdup (self->kind);
  copy->server = g_strdup (self->server);
  copy->peer = g_strdup (self->peer);
  copy->detail = g_strdup (self->detail);
  copy->params = trias_params_copy (self->params);
  copy->mend = self->mend != NULL ? trias_rule_copy (self->mend) : NULL;
  return copy;
}

void
trias_check_free (TriasCheck *self)
{
  if (self == NULL)
    return;
  g_free (self->kind);
  g_free (self->server);
  g_free (self->peer);
  g_free (self->detail);
  g_clear_pointer (&self->params, g_hash_table_unref);
  trias_rule_free (self->mend);
  g_free (self);
}

const char *
trias_check_state_to_word (TriasCheckState state)
{
  return state_words[state];
}

gboolean
trias_check_state_from_word (const char *word, TriasCheckState *state)
{
  int at = trias_text_find_word (state_words, G_N_ELEMENTS (state_words), word);

  if (at >= 0)
    *state = (TriasCheckState) at;
  return at >= 0;
}

void
trias_check_write (const TriasCheck *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "kind", self->kind);
  trias_json_add_string (writer, "server", self->server);
  trias_json_add_string (writer, "peer", self->peer);
  trias_json_add_string (writer, "state", trias_check_state_to_word (self->state));
  trias_json_add_string (writer, "reason", trias_reason_to_word (self->reason_code));
  trias_json_add_string (writer, "detail", self->detail);
  trias_params_write (self->params, writer, "params");
  if (self->mend != NULL)
    trias_rule_write (self->mend, writer, "mend");
  else
    trias_json_add_null (writer, "mend");
  trias_json_end_object (writer);
}

TriasCheck *
trias_check_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasCheck) self = g_new0 (TriasCheck, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *mend;

  trias_json_reader_init (&reader, object);
  self->kind = g_strdup (trias_json_read_string (&reader, "kind", 1, 64));
  self->server = g_strdup (trias_json_read_string_or (&reader, "server", 64, ""));
  self->peer = g_strdup (trias_json_read_string_or (&reader, "peer", 64, ""));
  if (!trias_check_state_from_word (trias_json_read_string (&reader, "state", 1, 16), &self->state))
    trias_json_reader_fail (&reader, "state",
                            "must be waiting, running, passed, warning or failed");
  self->reason_code
      = trias_reason_from_word (trias_json_read_string_or (&reader, "reason", 64, "none"));
  self->detail = g_strdup (trias_json_read_string_or (&reader, "detail", MAX_DETAIL_BYTES, ""));
  self->params = trias_params_read (&reader, "params");
  mend = trias_json_read_object_or_null (&reader, "mend");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  if (mend != NULL && (self->mend = trias_rule_read (mend, error)) == NULL)
    return NULL;
  return g_steal_pointer (&self);
}
