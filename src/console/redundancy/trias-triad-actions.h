/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/* What can be done with a triad. Each asks before it changes anything, and tells over @parent's
 * window how it ended. */

/** Asks which of primary and secondary shall serve from now on, and switches. */
void trias_triad_actions_hand_over (GtkWidget *parent, TriasTriad *triad);
/** Lets the rule decide again who serves. */
void trias_triad_actions_give_back (GtkWidget *parent, TriasTriad *triad);
/** Asks which server keeps licences and leases; the name must be typed. */
void trias_triad_actions_dissolve (GtkWidget *parent, TriasTriad *triad);
/** Asks for another server in place of one of the members: the one that is not reached, or else the
 * last in rank that does not serve. @member (nullable): the one that was chosen. */
void trias_triad_actions_replace (GtkWidget *parent, TriasTriad *triad, TriasTriadMember *member);
/** Whether a member could go on alone: nobody serves, and it reaches nobody. */
gboolean trias_triad_actions_can_recover (TriasTriad *triad);
/** Lets the one server that is left go on alone; the name must be typed. */
void trias_triad_actions_recover (GtkWidget *parent, TriasTriad *triad);
void trias_triad_actions_explain_member (GtkWidget *parent, TriasTriadMember *member);
void trias_triad_actions_explain_link (GtkWidget *parent, TriasTriadLink *link);

G_END_DECLS
