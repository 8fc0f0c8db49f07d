/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-pieces.h"

#include <string.h>

char *
trias_pieces_encode (GPtrArray *changes)
{
  g_autoptr (GBytes) bytes = trias_changes_encode (changes);
  gsize length;
  const guchar *data = g_bytes_get_data (bytes, &length);

  return g_base64_encode (data, length);
}

char *
trias_pieces_cut (GPtrArray *changes, guint first, guint *next)
{
  g_autoptr (GPtrArray) part = g_ptr_array_new ();
  gsize bytes = 0;
  guint i;

  for (i = first; i < changes->len; i++)
    {
      TriasChange *change = g_ptr_array_index (changes, i);

      bytes += strlen (change->key) + 24
               + (change->value != NULL ? g_bytes_get_size (change->value) : 0);
      if (bytes > TRIAS_PIECE_BYTES && part->len > 0)
        break;
      g_ptr_array_add (part, change);
    }
  *next = i;
  return trias_pieces_encode (part);
}

GPtrArray *
trias_pieces_decode (const char *text, gsize *length, GError **error)
{
  gsize size;
  guchar *data = g_base64_decode (text, &size);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, size);

  if (length != NULL)
    *length = size;
  return trias_changes_decode (bytes, error);
}
