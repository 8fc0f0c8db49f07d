/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-settings.h"

#include "core/trias-lease.h"
#include "core/trias-text.h"

#define HISTORY_DAYS_DEFAULT 90
#define HISTORY_DAYS_MAX 3650
#define CONTACT_MAX_BYTES 256

TriasSettings *
trias_settings_new_default (void)
{
  TriasSettings *self = g_new (TriasSettings, 1);

  self->default_ttl_s = TRIAS_LEASE_DEFAULT_TTL_S;
  self->history_days = HISTORY_DAYS_DEFAULT;
  self->contact = g_strdup ("");
  return self;
}

TriasSettings *
trias_settings_copy (const TriasSettings *self)
{
  TriasSettings *copy = g_new (TriasSettings, 1);

  *copy = *self;
  copy->contact = g_strdup (self->contact);
  return copy;
}

void
trias_settings_free (TriasSettings *self)
{
  if (self == NULL)
    return;
  g_free (self->contact);
  g_free (self);
}

gboolean
trias_settings_equal (const TriasSettings *a, const TriasSettings *b)
{
  return a->default_ttl_s == b->default_ttl_s && a->history_days == b->history_days
         && g_strcmp0 (a->contact, b->contact) == 0;
}

void
trias_settings_write (const TriasSettings *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_int (writer, "default_ttl_s", self->default_ttl_s);
  trias_json_add_int (writer, "history_days", self->history_days);
  trias_json_add_string (writer, "contact", self->contact);
  trias_json_end_object (writer);
}

static TriasSettings *
read_settings (const TriasJson *object, const TriasSettings *base, gboolean lenient, GError **error)
{
  g_autoptr (TriasSettings) self
      = base != NULL ? trias_settings_copy (base) : trias_settings_new_default ();
  g_auto (TriasJsonReader) reader = { 0 };
  const char *contact;

  trias_json_reader_init (&reader, object);
  self->default_ttl_s = (guint) trias_json_read_int_or (
      &reader, "default_ttl_s", TRIAS_LEASE_MIN_TTL_S, TRIAS_LEASE_MAX_TTL_S, self->default_ttl_s);
  self->history_days = (guint) trias_json_read_int_or (&reader, "history_days", 1, HISTORY_DAYS_MAX,
                                                       self->history_days);
  contact = trias_json_read_string_or (&reader, "contact", CONTACT_MAX_BYTES, NULL);
  if (contact != NULL && !trias_text_is_label (contact, 0, CONTACT_MAX_BYTES))
    trias_json_reader_fail (&reader, "contact", "must be one line without spaces around it");
  if (!(lenient ? trias_json_reader_finish_lenient (&reader, error)
                : trias_json_reader_finish (&reader, error)))
    return NULL;
  if (contact != NULL)
    {
      g_free (self->contact);
      self->contact = g_strdup (contact);
    }
  return g_steal_pointer (&self);
}

TriasSettings *
trias_settings_read (const TriasJson *object, const TriasSettings *base, GError **error)
{
  return read_settings (object, base, FALSE, error);
}

TriasSettings *
trias_settings_read_lenient (const TriasJson *object, GError **error)
{
  return read_settings (object, NULL, TRUE, error);
}
