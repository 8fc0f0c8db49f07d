/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadPanel:
 *
 * One triad on the page Redundancy: what happens next in a sentence, the diagram, what can be
 * done, and the same facts as a table.
 */
#define TRIAS_TYPE_TRIAD_PANEL (trias_triad_panel_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadPanel, trias_triad_panel, TRIAS, TRIAD_PANEL, GtkBox)
GtkWidget *trias_triad_panel_new (TriasTriad *triad);
/** (transfer none) */
TriasTriad *trias_triad_panel_get_triad (TriasTriadPanel *self);

G_END_DECLS
