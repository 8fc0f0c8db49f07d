/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** A server waits this much longer than it told the client, so that the client always stops first.
 */
#define TRIAS_LEASE_DRIFT_PERCENT 2
#define TRIAS_LEASE_DRIFT_MS 250

/**
 * TriasLeaseClock:
 *
 * When leases end, on the boot-time clock. A heap, so that 100 000 leases cost nothing while none
 * is due; a renewal leaves its place and is looked at again when the old moment comes.
 */
typedef struct _TriasLeaseClock TriasLeaseClock;

typedef struct
{
  char *id; /* (owned) */
  guint64 generation;
  gint64 told;    /* boot ms at which the client stops */
  gint64 ends;    /* boot ms at which the seat is free, whatever the licence says */
  gint64 limit;   /* Unix ms at which its licences end; 0 = never */
  gint64 due;     /* boot ms at which to look at it */
  guint position; /* in the heap, from 1; 0 = out of it: its expiry is under way */
  gint64 placed;  /* the moment by which the heap orders it; not after @due */
} TriasLeaseTimer;

TriasLeaseClock *trias_lease_clock_new (void);
void trias_lease_clock_free (TriasLeaseClock *self);
/** Starts lease @id afresh at @now (boot ms), @wall (Unix ms): @ttl_s from now, never past @limit.
 */
void trias_lease_clock_start (TriasLeaseClock *self,
                              const char *id,
                              guint64 generation,
                              guint ttl_s,
                              gint64 limit,
                              gint64 now,
                              gint64 wall);
/** Its licences changed. */
void trias_lease_clock_limit (
    TriasLeaseClock *self, const char *id, gint64 limit, gint64 now, gint64 wall);
void trias_lease_clock_remove (TriasLeaseClock *self, const char *id);
/** (nullable) */
const TriasLeaseTimer *trias_lease_clock_find (TriasLeaseClock *self, const char *id);
/** Takes the next one that has ended out of the heap; %NULL if there is none. */
const TriasLeaseTimer *trias_lease_clock_pop (TriasLeaseClock *self, gint64 now, gint64 wall);
/** Puts a popped one back, to be looked at again at @due, if it is still there and out. */
void trias_lease_clock_push_back (TriasLeaseClock *self, const char *id, gint64 due);
/** When to look next, boot ms; %G_MAXINT64 if never. */
gint64 trias_lease_clock_next (TriasLeaseClock *self);

G_END_DECLS
