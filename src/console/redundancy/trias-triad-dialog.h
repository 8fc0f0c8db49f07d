/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadDialog:
 *
 * Name and options of a triad, to be changed while it serves.
 */
#define TRIAS_TYPE_TRIAD_DIALOG (trias_triad_dialog_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadDialog, trias_triad_dialog, TRIAS, TRIAD_DIALOG, AdwWindow)

/** Shows it above @parent (nullable). (transfer none) */
TriasTriadDialog *trias_triad_dialog_show (GtkWindow *parent, TriasTriad *triad);

G_END_DECLS
