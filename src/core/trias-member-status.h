/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-relationship.h"

G_BEGIN_DECLS

/* Why a pair is connected but not synchronised, or not connected. Words as in the comments. */
typedef enum
{
  TRIAS_LAG_NONE,        /* "none" */
  TRIAS_LAG_UNREACHABLE, /* "unreachable": no answer from the partner */
  TRIAS_LAG_ONE_WAY,     /* "one-way": we reach it, it does not reach us, or the reverse */
  TRIAS_LAG_KEY,         /* "key": another key answers at its address */
  TRIAS_LAG_RULE,        /* "rule": a rule keeps one of the two out */
  TRIAS_LAG_EPOCH,       /* "epoch": it does not know this incarnation */
  TRIAS_LAG_VERSION,     /* "version" */
  TRIAS_LAG_FIRST_COPY,  /* "first-copy": the first copy is under way */
  TRIAS_LAG_PENDING,     /* "pending": changes older than 2 s are not confirmed yet */
  TRIAS_LAG_STORAGE,     /* "storage": the holder of the copy cannot write */
  TRIAS_LAG_REPAIR,      /* "repair": digests differed, a new copy is under way */
  TRIAS_LAG_CONFLICT,    /* "conflict": settings were edited on both sides */
} TriasLag;

const char *trias_lag_to_word (TriasLag lag);
TriasLag trias_lag_from_word (const char *word);

/** One server's own view of one partner. Times are Unix ms of the viewer; 0 = never. */
typedef struct
{
  char *peer; /* (owned) server id of the partner */
  gboolean connected;
  gint64 connected_since;  /* when @connected last changed */
  gint64 last_heard;       /* last authenticated heartbeat */
  TriasLag connect_reason; /* why not connected */
  gint64 latency_us;       /* round trip of the last probe; -1 unknown */
  gint64 clock_offset_ms;  /* partner's clock minus ours */
  gboolean synchronised;
  gint64 synchronised_at;    /* as of when both held the same */
  gint64 synchronised_since; /* when @synchronised last changed */
  guint64 pending;           /* own changes the partner has not confirmed */
  TriasLag sync_reason;      /* why not synchronised */
  guint64 revision;          /* own revision */
  guint64 confirmed;         /* own revision the partner has confirmed */
  guint64 held;              /* revision of the partner's ledger that we hold */
  char *digest;              /* (owned) hex, own ledger at @revision */
  char *held_digest;         /* (owned) hex, of the partner's ledger as we hold it */
  char *version;             /* (owned) the partner's program version, "" unknown */
} TriasMemberStatus;

TriasMemberStatus *trias_member_status_new (const char *peer);
TriasMemberStatus *trias_member_status_copy (const TriasMemberStatus *self);
void trias_member_status_free (TriasMemberStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasMemberStatus, trias_member_status_free)
/** Adds the members to the object that is open, so that an answer can add its own. */
void trias_member_status_write_members (const TriasMemberStatus *self, TriasJsonWriter *writer);
void trias_member_status_write (const TriasMemberStatus *self,
                                TriasJsonWriter *writer,
                                const char *name);
TriasMemberStatus *trias_member_status_read (const TriasJson *object, GError **error);

G_END_DECLS
