/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-pairs.h"
#include "client/trias-servers.h"

G_BEGIN_DECLS

/* What can be done with a pair, from its row and from its wizard. Each tells over @parent's window
 * how it ended. */

void trias_pair_actions_sync (GtkWidget *parent, TriasPair *pair);
/** Asks first; the name must be typed. */
void trias_pair_actions_dissolve (GtkWidget *parent, TriasPair *pair);
/** Explains the state of @member and what to do. */
/** Opens the wizard that makes a triad of @pair, with one of @servers as the third. %FALSE if it
 * could not. */
gboolean trias_pair_actions_grow (GtkWidget *parent, TriasPair *pair, TriasServers *servers);
void trias_pair_actions_explain (GtkWidget *parent, TriasPairMember *member);

G_END_DECLS
