/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/* A failover drill: what will happen, what is seen meanwhile, and how long a client waited. */

void trias_drill_dialog_show_triad (GtkWidget *parent, TriasTriad *triad);
void trias_drill_dialog_show_pair (GtkWidget *parent, TriasPair *pair);

G_END_DECLS
