/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadLinkMark:
 *
 * The state of a link, in the middle of its line: icon and words. It is a button; clicking it
 * explains what both ends say.
 */
#define TRIAS_TYPE_TRIAD_LINK_MARK (trias_triad_link_mark_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadLinkMark, trias_triad_link_mark, TRIAS, TRIAD_LINK_MARK, GtkButton)
GtkWidget *trias_triad_link_mark_new (TriasTriadLink *link);
/** (transfer none) */
TriasTriadLink *trias_triad_link_mark_get_link (TriasTriadLinkMark *self);

G_END_DECLS
