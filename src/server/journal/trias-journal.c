/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/trias-journal.h"

/* First byte of an entry. */
#define ENTRY_FORMAT 1

void
trias_journal_append (TriasJournal *self, TriasCommand *command, gpointer tag)
{
  self->klass->append (self, command, tag);
}

void
trias_journal_touch (TriasJournal *self, gboolean soon)
{
  self->klass->touch (self, soon);
}

void
trias_journal_flush (TriasJournal *self)
{
  self->klass->flush (self);
}

void
trias_journal_close (TriasJournal *self)
{
  if (self != NULL)
    self->klass->close (self);
}

gboolean
trias_journal_is_active (TriasJournal *self)
{
  return self->klass->is_active == NULL || self->klass->is_active (self);
}

void
trias_journal_get_status (TriasJournal *self, TriasJournalStatus *status)
{
  *status = (TriasJournalStatus){ 0 };
  if (self->klass->get_status != NULL)
    self->klass->get_status (self, status);
  else
    status->active = TRUE;
}

GBytes *
trias_journal_encode (const TriasJournalItem *items, guint n_items)
{
  GByteArray *entry = g_byte_array_sized_new (n_items * 256 + 1);
  const guint8 format = ENTRY_FORMAT;

  g_byte_array_append (entry, &format, 1);
  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (GBytes) bytes = trias_command_encode (items[i].command);
      gsize length;
      const guint8 *data = g_bytes_get_data (bytes, &length);
      guint32 prefix = GUINT32_TO_LE ((guint32) length);

      g_byte_array_append (entry, (const guint8 *) &prefix, sizeof prefix);
      g_byte_array_append (entry, data, (guint) length);
    }
  return g_byte_array_free_to_bytes (entry);
}

GPtrArray *
trias_journal_decode (GBytes *bytes, GError **error)
{
  g_autoptr (GPtrArray) commands
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_command_free);
  gsize length, at = 1;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  gboolean damaged = length == 0 || data[0] != ENTRY_FORMAT;

  while (!damaged && at < length)
    {
      guint32 prefix = 0;
      TriasCommand *command;

      damaged = length - at < sizeof prefix;
      if (damaged)
        break;
      memcpy (&prefix, data + at, sizeof prefix);
      prefix = GUINT32_FROM_LE (prefix);
      at += sizeof prefix;
      damaged = length - at < prefix;
      if (damaged)
        break;
      command = trias_command_decode (data + at, prefix, error);
      if (command == NULL)
        return NULL;
      g_ptr_array_add (commands, command);
      at += prefix;
    }
  if (!damaged)
    return g_steal_pointer (&commands);
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
               "A row of the journal is damaged. Restore the state folder from a backup.");
  return NULL;
}
