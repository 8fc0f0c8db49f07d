/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/* A server is taken out of service so that it can be switched off, and takes part again; the
 * clients of a pair are handed over and given back. Each asks before it begins, and tells over
 * @parent's window how it ended. */

/** Begins the maintenance of @member, or ends it. */
void trias_maintenance_actions_toggle_triad (GtkWidget *parent, TriasTriadMember *member);
void trias_maintenance_actions_toggle_pair (GtkWidget *parent, TriasPairMember *member);
/** Lets the backup server serve the clients of the main one, or the main one again. */
void trias_maintenance_actions_toggle_handover (GtkWidget *parent, TriasPair *pair);
/** Whether the clients of @pair are to be given back: handed over, or after a failure. */
gboolean trias_maintenance_actions_is_handed_over (TriasPair *pair);

G_END_DECLS
