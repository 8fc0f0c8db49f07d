/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-freshness.h"

#include <string.h>

#include "core/trias-identity.h"

void
trias_speaker_init (TriasSpeaker *self)
{
  g_autofree char *run = trias_random_id ();

  g_strlcpy (self->run, run, sizeof self->run);
  self->number = 0;
}

void
trias_speaker_write (TriasSpeaker *self, TriasJsonWriter *writer)
{
  trias_json_add_string (writer, "run", self->run);
  trias_json_add_int (writer, "number", ++self->number);
}

gboolean
trias_freshness_take (TriasFreshness *self, const TriasJson *message)
{
  TriasJsonReader reader;
  const char *run;
  gint64 number;

  trias_json_reader_init (&reader, message);
  run = trias_json_read_string_or (&reader, "run", TRIAS_RUN_LENGTH, "");
  number = trias_json_read_int_or (&reader, "number", 0, G_MAXINT64, 0);
  if (!trias_json_reader_finish_lenient (&reader, NULL) || run[0] == '\0')
    return TRUE;
  if (strcmp (run, self->ended) == 0)
    return FALSE;
  if (strcmp (run, self->run) != 0)
    {
      g_strlcpy (self->ended, self->run, sizeof self->ended);
      g_strlcpy (self->run, run, sizeof self->run);
      self->number = 0;
    }
  if (number <= self->number)
    return FALSE;
  self->number = number;
  return TRUE;
}
