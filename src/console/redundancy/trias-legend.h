/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * TriasLegend:
 *
 * A popover that explains the four status icons.
 */
#define TRIAS_TYPE_LEGEND (trias_legend_get_type ())
G_DECLARE_FINAL_TYPE (TriasLegend, trias_legend, TRIAS, LEGEND, GtkPopover)

G_END_DECLS
