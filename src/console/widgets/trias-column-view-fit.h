/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Hides the column while the view has less than @width pixels: what matters most shall not have to
 * be scrolled to. */
void trias_column_view_hide_below (GtkColumnViewColumn *column, int width);
/** Makes the columns of @view follow the width of the scrolled window around it, and lets long
 * headings wrap. To be called once the view is in it. */
void trias_column_view_watch_width (GtkColumnView *view);

G_END_DECLS
