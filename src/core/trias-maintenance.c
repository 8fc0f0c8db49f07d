/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-maintenance.h"

#include <string.h>

#include "core/trias-text.h"

#define ID_BYTES 64
#define TEXT_BYTES 1024

static const char *const why_words[] = { "maintenance", "failback", "handover" };
static const char *const unsafe_words[]
    = { "none", "active", "nobody", "leases", "disconnected", "behind", "other" };

TriasMaintenance *
trias_maintenance_new (const char *member, TriasAsideWhy why)
{
  TriasMaintenance *self = g_new0 (TriasMaintenance, 1);

  self->member = g_strdup (member);
  self->why = why;
  self->actor = g_strdup ("");
  self->other = g_strdup ("");
  return self;
}

TriasMaintenance *
trias_maintenance_copy (const TriasMaintenance *self)
{
  TriasMaintenance *copy = g_memdup2 (self, sizeof *self);

  copy->member = g_strdup (self->member);
  copy->actor = g_strdup (self->actor);
  copy->other = g_strdup (self->other);
  return copy;
}

void
trias_maintenance_free (TriasMaintenance *self)
{
  if (self == NULL)
    return;
  g_free (self->member);
  g_free (self->actor);
  g_free (self->other);
  g_free (self);
}

gboolean
trias_maintenance_set_unsafe (TriasMaintenance *self, TriasUnsafe unsafe, const char *other)
{
  if (other == NULL)
    other = "";
  if (self->unsafe == unsafe && strcmp (self->other, other) == 0)
    return FALSE;
  self->unsafe = unsafe;
  g_free (self->other);
  self->other = g_strdup (other);
  return TRUE;
}

const char *
trias_aside_why_to_word (TriasAsideWhy why)
{
  return why_words[why];
}

const char *
trias_unsafe_to_word (TriasUnsafe unsafe)
{
  return unsafe_words[unsafe];
}

/* --- JSON --- */

void
trias_maintenance_write (const TriasMaintenance *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "member", self->member);
  trias_json_add_string (writer, "why", trias_aside_why_to_word (self->why));
  trias_json_add_string (writer, "actor", self->actor);
  trias_json_add_int (writer, "since", self->since);
  trias_json_add_int (writer, "until", self->until);
  trias_json_add_bool (writer, "safe", self->unsafe == TRIAS_UNSAFE_NONE);
  trias_json_add_string (writer, "unsafe", trias_unsafe_to_word (self->unsafe));
  trias_json_add_string (writer, "other", self->other);
  trias_json_add_int (writer, "left", self->left);
  trias_json_add_int (writer, "kept", self->kept);
  trias_json_end_object (writer);
}

TriasMaintenance *
trias_maintenance_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasMaintenance) self = g_new0 (TriasMaintenance, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  int why, unsafe;

  trias_json_reader_init (&reader, object);
  self->member = g_strdup (trias_json_read_string (&reader, "member", 1, ID_BYTES));
  why = trias_text_find_word (why_words, G_N_ELEMENTS (why_words),
                              trias_json_read_string (&reader, "why", 1, 32));
  self->why = why >= 0 ? (TriasAsideWhy) why : TRIAS_ASIDE_MAINTENANCE;
  self->actor = g_strdup (trias_json_read_string_or (&reader, "actor", TEXT_BYTES, ""));
  self->since = trias_json_read_int (&reader, "since", 0, G_MAXINT64);
  self->until = trias_json_read_natural (&reader, "until");
  unsafe = trias_text_find_word (unsafe_words, G_N_ELEMENTS (unsafe_words),
                                 trias_json_read_string (&reader, "unsafe", 1, 32));
  self->unsafe = unsafe >= 0 ? (TriasUnsafe) unsafe : TRIAS_UNSAFE_OTHER;
  self->other = g_strdup (trias_json_read_string_or (&reader, "other", ID_BYTES, ""));
  self->left = trias_json_read_natural (&reader, "left");
  self->kept = trias_json_read_natural (&reader, "kept");
  return trias_json_reader_finish_lenient (&reader, error) ? g_steal_pointer (&self) : NULL;
}
