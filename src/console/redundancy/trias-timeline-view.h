/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-timeline.h"

G_BEGIN_DECLS

/**
 * TriasTimelineView:
 *
 * What happened to the relationships last, newest first, with the way to all events.
 */
#define TRIAS_TYPE_TIMELINE_VIEW (trias_timeline_view_get_type ())
G_DECLARE_FINAL_TYPE (TriasTimelineView, trias_timeline_view, TRIAS, TIMELINE_VIEW, GtkBox)

void trias_timeline_view_set_timeline (TriasTimelineView *self, TriasTimeline *timeline);

G_END_DECLS
