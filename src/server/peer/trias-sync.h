/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-member-status.h"
#include "ledger/trias-change.h"

G_BEGIN_DECLS

/** Own changes kept to be sent again; a partner further behind gets a snapshot. */
#define TRIAS_SYNC_RING_MAX 10000
/** Changes younger than this may be unconfirmed without harm to "synchronised". */
#define TRIAS_SYNC_SLACK_MS 2000
typedef enum
{
  TRIAS_SYNC_NOTHING,
  TRIAS_SYNC_SEND_CHANGES,
  TRIAS_SYNC_SEND_SNAPSHOT
} TriasSyncStep;

/**
 * TriasSync:
 *
 * What the partner holds of the own ledger, what it lacks, and what we hold of its ledger. A state
 * machine without I/O: revisions, digests and a monotonic clock in ms come in, the next step comes
 * out.
 */
typedef struct
{
  /* The own ledger. */
  guint64 revision;
  char *digest; /* (owned) of it at @revision; "" = not taken yet */
  guint64 base; /* the ring holds everything after this revision */
  GQueue ring;  /* of Entry: changes in order */
  GQueue marks; /* of Mark: digests at recent revisions */

  /* What the partner holds of it. */
  gboolean told;     /* it has told since the link came up */
  guint64 held;      /* revision it told */
  guint64 confirmed; /* highest revision with an equal digest; 0 = none */
  gboolean equal;    /* its last told digest was equal at @held */
  gboolean ever;     /* some copy was confirmed in this relationship */
  gint64 confirmed_wall;
  gboolean in_flight;
  gint64 ended_at;  /* when the last step was answered */
  gint64 retry_at;  /* after a failure nothing is sent before */
  TriasLag trouble; /* STORAGE, VERSION: why the partner could not take it; NONE */
  gboolean repair;  /* digests differed: a snapshot is to be sent */

  /* What we hold of the partner's ledger. */
  gboolean announced_known;
  guint64 announced;
  char *announced_digest; /* (owned) */
  guint64 copy_revision;
  char *copy_digest;  /* (owned) */
  TriasLag their_lag; /* why the partner says its half is not in order; FIRST_COPY until it spoke */
} TriasSync;

void trias_sync_init (TriasSync *self, guint64 revision, const char *digest);
void trias_sync_clear (TriasSync *self);
/** The own ledger is at @revision by a way that the ring did not see. */
void trias_sync_restart (TriasSync *self, guint64 revision);

/** Changes of the own ledger, in order; those that are not replicated are passed over. */
void trias_sync_own_changes (TriasSync *self, GPtrArray *changes, gint64 now);
/** Notes the own digest at @revision. */
void trias_sync_mark (TriasSync *self, guint64 revision, const char *digest);
/** Whether what a probe says of @held may be older than what we know: a step is under way or has
 * just ended. */
gboolean trias_sync_is_stale (const TriasSync *self, guint64 held, gint64 now);
/** The partner holds @held with @digest (nullable: it did not say). Returns %TRUE if it differs
 * from ours at the same revision. */
gboolean trias_sync_partner_holds (TriasSync *self, guint64 held, const char *digest, gint64 wall);
/** What to do next. For changes: @from and @to are revisions, @changes (transfer container)
 * (element-type TriasChange, borrowed). */
TriasSyncStep
trias_sync_next (TriasSync *self, gint64 now, guint64 *from, guint64 *to, GPtrArray **changes);
/** The step was sent. */
void trias_sync_sent (TriasSync *self);
/** It was answered. */
void trias_sync_ended (TriasSync *self, gint64 now);
/** It failed; @trouble is what to show for it, NONE = nothing in particular. Tried again after a
 * while. */
void trias_sync_failed (TriasSync *self, TriasLag trouble, gint64 now);
/** The link is gone: what was in flight is forgotten, the partner must tell anew. */
void trias_sync_cut (TriasSync *self);

/** The partner's ledger is at @revision with @digest (nullable). */
void trias_sync_announced (TriasSync *self, guint64 revision, const char *digest);
/** Our copy of it is at @revision with @digest. */
void trias_sync_copy (TriasSync *self, guint64 revision, const char *digest);
/** Whether the copy holds all that was announced. */
gboolean trias_sync_copy_is_current (const TriasSync *self);

/** Why the own half is not in order: the partner has not confirmed what is older than the slack. */
TriasLag trias_sync_own_lag (const TriasSync *self, gint64 now);
/** Why the pair is not synchronised, both halves taken together. */
TriasLag trias_sync_lag (const TriasSync *self, gint64 now);
/** While apart: whether we hold all that the partner announced, and nothing changed here since it
 * confirmed. */
gboolean trias_sync_apart_ok (const TriasSync *self);
/** Whether the partner has confirmed a copy in which the own lease @id is as it is now. */
gboolean trias_sync_lease_is_confirmed (const TriasSync *self, const char *id);
/** Own revisions that the partner has not confirmed. */
guint64 trias_sync_pending (const TriasSync *self);

G_END_DECLS
