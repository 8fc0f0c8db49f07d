/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <graphene.h>
#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/* Where the parts of the diagram stand; pure geometry, in pixels of the diagram. */

/** Below this width the diagram is a column. */
#define TRIAS_TRIAD_LAYOUT_WIDE 620
#define TRIAS_TRIAD_LAYOUT_MIN_WIDTH 300

/** What the parts need. */
typedef struct
{
  int card_height;
  int clients_width, clients_height;
  int mark_widths[TRIAS_TRIAD_N_LINKS];
  int mark_height;
} TriasTriadSizes;

typedef struct
{
  int height;
  gboolean wide;
  GdkRectangle clients;
  GdkRectangle cards[TRIAS_MAX_MEMBERS];
  GdkRectangle marks[TRIAS_TRIAD_N_LINKS];
  /** Each link as a line of up to four points; its mark stands in the middle of the second part. */
  graphene_point_t links[TRIAS_TRIAD_N_LINKS][4];
  guint n_points[TRIAS_TRIAD_N_LINKS];
  /** From the clients to each card they could be served by. */
  graphene_point_t arrows[2][4];
  guint n_arrow_points[2];
} TriasTriadLayout;

void trias_triad_layout (TriasTriadLayout *layout, const TriasTriadSizes *sizes, int width);

G_END_DECLS
