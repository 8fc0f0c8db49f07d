/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <raft.h>

#include "sim-world.h"

G_BEGIN_DECLS

/* The log of a member on its disk: what is durable, and what is still being written. Writes take
 * their time, one after the other; a crash loses them, or keeps a part of the one that was under
 * way. */

typedef struct
{
  gatomicrefcount references;
  raft_term term;
  unsigned short type;
  gsize length;
  guint8 data[];
} SimEntry;

typedef struct
{
  gatomicrefcount references;
  raft_index index;
  raft_term term;
  struct raft_configuration configuration;
  raft_index configuration_index;
  GBytes *data; /* (owned) */
} SimSnapshot;

/** Everything that is durable; small enough to be kept as an image and put back later. */
typedef struct
{
  raft_term term;
  raft_id vote;
  raft_index first;      /* index of the first entry */
  GPtrArray *entries;    /* (owned) (element-type SimEntry) */
  SimSnapshot *snapshot; /* (owned) (nullable) */
  GBytes *marks;         /* (owned) (nullable) what the engine wants kept beside its log */
} SimImage;

typedef struct
{
  SimNode *node;
  SimImage image;
  GQueue operations; /* (element-type Operation) in order */
  guint writing;     /* how many of them are under way as one write */
  gint64 delay_min, delay_max;
  gint64 slow;     /* added to each delay of a queued write */
  gboolean blocks; /* the same for writes that the loop waits for */
  SimRandom random;
  gboolean refuses; /* writes end with an error */
  gboolean damaged; /* an entry is missing: this log takes no more until it is opened anew */
  gboolean dead;    /* it crashed within this turn: nothing more is kept */
} SimDisk;

typedef void (*SimDiskDone) (gpointer request, int status);

SimEntry *sim_entry_new (const struct raft_entry *entry);
void sim_entry_unref (gpointer entry);
void sim_configuration_copy (const struct raft_configuration *from, struct raft_configuration *to);

void sim_image_init (SimImage *self);
void sim_image_copy (SimImage *self, const SimImage *from);
void sim_image_clear (SimImage *self);
raft_index sim_image_last_index (const SimImage *self);

/** @purpose: draws other times than the other logs of that machine. */
void sim_disk_init (SimDisk *self, SimNode *node, guint64 purpose);
void sim_disk_clear (SimDisk *self);
/** Written at once, while the loop waits. */
void sim_disk_set_term (SimDisk *self, raft_term term);
void sim_disk_set_vote (SimDisk *self, raft_id vote);
/** Queued; @done is called with @request in a later turn. */
void sim_disk_append (
    SimDisk *self, const struct raft_entry *entries, guint n, SimDiskDone done, gpointer request);
void sim_disk_truncate (SimDisk *self, raft_index index);
/** @trailing: how many entries before the snapshot stay; 0 = none at all, not even later ones. */
void sim_disk_put_snapshot (SimDisk *self,
                            const struct raft_snapshot *snapshot,
                            guint trailing,
                            SimDiskDone done,
                            gpointer request);
/** Reads or works for a while, then calls @done. */
void sim_disk_wait (SimDisk *self, SimDiskDone done, gpointer request);
void sim_disk_put_marks (SimDisk *self, GBytes *marks);
/** The machine loses power: what is queued is lost; of the present write @random decides. */
void sim_disk_crash (SimDisk *self);
/** Calls back everything that is queued with RAFT_CANCELED; its effect is lost. */
void sim_disk_cancel (SimDisk *self);
/** Writes everything that is queued at once: an orderly stop. */
void sim_disk_settle (SimDisk *self);

G_END_DECLS
