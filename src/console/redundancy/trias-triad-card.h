/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadCard:
 *
 * A server of the diagram: role, name, address, state, and the badge of the active one. It is a
 * button; clicking it explains its state.
 */
#define TRIAS_TYPE_TRIAD_CARD (trias_triad_card_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadCard, trias_triad_card, TRIAS, TRIAD_CARD, GtkButton)
GtkWidget *trias_triad_card_new (TriasTriadMember *member);
/** (transfer none) */
TriasTriadMember *trias_triad_card_get_member (TriasTriadCard *self);

G_END_DECLS
