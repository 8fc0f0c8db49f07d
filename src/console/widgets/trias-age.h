/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-age-words.h"

G_BEGIN_DECLS

typedef void (*TriasAgeTick) (gpointer user_data);

/** Calls @tick at most every few seconds while @widget is shown; nothing runs while it is not.
 * @data is borrowed and must live as long as @widget. */
void trias_age_watch (GtkWidget *widget, TriasAgeTick tick, gpointer data);
/** Whether the ages that @widget shows still change: no timer runs while they do not. */
void trias_age_set_needed (GtkWidget *widget, gboolean needed);

G_END_DECLS
