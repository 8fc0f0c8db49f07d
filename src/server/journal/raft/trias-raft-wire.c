/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/journal/raft/trias-raft-compat.h"
#include "server/journal/raft/trias-raft-wire.h"

/* No member lives to see a term or an index as high. */
#define HIGHEST (G_MAXUINT64 >> 2)
#define WORD sizeof (guint64)
#define APPEND_HEAD (5 * WORD)
#define ENTRY_HEAD (2 * WORD)
#define SNAPSHOT_HEAD (5 * WORD)
/* Three members: version, count; each an id, an address of one letter and its end, a role. What
 * fills the last word up is not initialised. */
#define MEMBERS_USED (1 + WORD + 3 * (WORD + 2 + 1))

static guint64
word (const guint8 *data, guint n)
{
  guint64 value;

  memcpy (&value, data + n * WORD, WORD);
  return GUINT64_FROM_LE (value);
}

gboolean
trias_raft_wire_check_preamble (const guint8 *preamble, guint64 *type, guint64 *length)
{
  guint64 least;

  *type = word (preamble, 0);
  *length = word (preamble, 1);
  switch (*type)
    {
    case TRIAS_RAFT_APPEND:
      least = APPEND_HEAD;
      break;
    case TRIAS_RAFT_VOTE:
      least = 5 * WORD;
      break;
    case TRIAS_RAFT_APPEND_RESULT:
    case TRIAS_RAFT_VOTE_RESULT:
    case TRIAS_RAFT_TIMEOUT_NOW:
      least = 3 * WORD;
      break;
    case TRIAS_RAFT_SNAPSHOT:
      least = SNAPSHOT_HEAD + WORD;
      break;
    default:
      return FALSE;
    }
  return *length >= least && *length <= TRIAS_RAFT_WIRE_HEADER_MAX;
}

/* Entries hold what raft_apply() or raft_barrier() was given; the members, at index 1 alone. */
static gboolean
check_entries (const guint8 *header, gsize length, const struct raft_buffer *configuration)
{
  guint64 previous = word (header, 1), n = word (header, 4), total = 0;

  if (n > (length - APPEND_HEAD) / ENTRY_HEAD)
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    {
      const guint8 *entry = header + APPEND_HEAD + i * ENTRY_HEAD;
      guint8 type = entry[WORD];
      guint32 size;

      memcpy (&size, entry + WORD + 4, sizeof size);
      size = GUINT32_FROM_LE (size);
      if (size == 0 || size % 8 != 0 || word (entry, 0) == 0 || word (entry, 0) > word (header, 0))
        return FALSE;
      if (type == RAFT_CHANGE ? previous + i != 0 || size != configuration->len
                              : type != RAFT_COMMAND && type != RAFT_BARRIER)
        return FALSE;
      total += size;
      if (total > TRIAS_RAFT_WIRE_PAYLOAD_MAX)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_snapshot (const guint8 *header, gsize length, const struct raft_buffer *configuration)
{
  guint64 size = word (header, 4), data;

  if (size != configuration->len || size < MEMBERS_USED || length < SNAPSHOT_HEAD + size + WORD
      || memcmp (header + SNAPSHOT_HEAD, configuration->base, MEMBERS_USED) != 0)
    return FALSE;
  memcpy (&data, header + SNAPSHOT_HEAD + size, WORD);
  data = GUINT64_FROM_LE (data);
  return word (header, 1) > 0 && word (header, 1) < HIGHEST && word (header, 2) > 0
         && word (header, 2) <= word (header, 0) && word (header, 3) <= word (header, 1) && data > 0
         && data <= TRIAS_RAFT_WIRE_PAYLOAD_MAX;
}

gboolean
trias_raft_wire_check_header (guint64 type,
                              const guint8 *header,
                              gsize length,
                              guint slot,
                              const struct raft_buffer *configuration)
{
  /* A term is what each of them begins with. */
  if (word (header, 0) >= HIGHEST)
    return FALSE;
  switch (type)
    {
    case TRIAS_RAFT_APPEND:
      return word (header, 0) > 0 && word (header, 1) < HIGHEST && word (header, 2) < HIGHEST
             && word (header, 3) < HIGHEST && check_entries (header, length, configuration);
    case TRIAS_RAFT_VOTE:
      return word (header, 0) > 0 && word (header, 1) == slot && word (header, 2) < HIGHEST
             && word (header, 3) < HIGHEST;
    case TRIAS_RAFT_APPEND_RESULT:
      return word (header, 1) < HIGHEST && word (header, 2) < HIGHEST;
    case TRIAS_RAFT_VOTE_RESULT:
      return word (header, 1) <= 1;
    case TRIAS_RAFT_TIMEOUT_NOW:
      return word (header, 1) < HIGHEST && word (header, 2) < HIGHEST;
    case TRIAS_RAFT_SNAPSHOT:
      return check_snapshot (header, length, configuration);
    default:
      return FALSE;
    }
}
