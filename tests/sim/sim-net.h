/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-world.h"

G_BEGIN_DECLS

/* The network: for each direction between two machines a stream that keeps its order, as TCP does,
 * and requests beside it that do not. What is lost on the way comes later, sent again; a cut holds
 * back or breaks what is under way. */

typedef struct
{
  guint cuts;       /* how many faults cut it now */
  gboolean breaks;  /* the cut breaks connections; otherwise what is sent waits for the heal */
  gint64 slow;      /* added to each delay */
  guint loss;       /* percent of messages that must be sent again */
  gint64 stray;     /* the next message of the stream comes so much later, beside the others */
  gint64 stream_at; /* when the last message of the stream arrives */
  GPtrArray *held;  /* (owned) (element-type Held) waiting for the heal */
  SimRandom random;
} SimLink;

typedef struct
{
  SimWorld *world;
  SimLink links[SIM_NODES][SIM_NODES];
  gint64 delay_min, delay_max;
} SimNet;

void sim_net_init (SimNet *self, SimWorld *world);
void sim_net_clear (SimNet *self);
/**
 * Sends @data, to arrive as a turn of @to; if it does not, @destroy takes it. @stream: in order
 * with the others of the stream. Returns %FALSE (and destroys) if there is no connection: @to is
 * down, or the link is cut and broken.
 */
gboolean sim_net_send (SimNet *self,
                       SimNode *from,
                       SimNode *to,
                       gboolean stream,
                       SimEventFunc arrive,
                       gpointer data,
                       GDestroyNotify destroy);
/** Cuts one direction. */
void sim_net_cut (SimNet *self, guint from, guint to, gboolean breaks);
/** Takes one cut away; what was held back arrives now. */
void sim_net_heal (SimNet *self, guint from, guint to);
/** A new connection takes the place of the old one, whose last bytes may arrive later. */
void sim_net_reset (SimNet *self, guint from, guint to);
gboolean sim_net_is_cut (SimNet *self, guint from, guint to);

G_END_DECLS
