/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadDiagram:
 *
 * The picture of a triad: three server cards, three links with their marks, and the arrow of the
 * clients to the active server. Wide it is a triangle; narrow, a column. Cards and marks are real
 * widgets, reached with the keyboard and named for screen readers.
 *
 * Signals: `member-activated (self, TriasTriadMember)`, `link-activated (self, TriasTriadLink)`.
 */
#define TRIAS_TYPE_TRIAD_DIAGRAM (trias_triad_diagram_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadDiagram, trias_triad_diagram, TRIAS, TRIAD_DIAGRAM, GtkWidget)
GtkWidget *trias_triad_diagram_new (TriasTriad *triad);

G_END_DECLS
