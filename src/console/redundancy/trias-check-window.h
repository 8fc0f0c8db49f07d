/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/* The check of a relationship that there is: how its servers reach each other now, line by line,
 * with what mends each. Nothing is changed unless the person mends. */

/** @link (nullable: all three links). */
void trias_check_window_show_triad (GtkWidget *parent, TriasTriad *triad, TriasTriadLink *link);
void trias_check_window_show_pair (GtkWidget *parent, TriasPair *pair);

G_END_DECLS
