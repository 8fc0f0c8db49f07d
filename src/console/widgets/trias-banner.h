/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * TriasBanner:
 *
 * A strip above a page for a problem that lasts, with a button that leads to its mending. It is
 * announced to screen readers when its text changes.
 */
#define TRIAS_TYPE_BANNER (trias_banner_get_type ())
G_DECLARE_FINAL_TYPE (TriasBanner, trias_banner, TRIAS, BANNER, GtkWidget)

TriasBanner *trias_banner_new (void);
/** Shows @text, or hides the banner if it is %NULL. */
void trias_banner_set_text (TriasBanner *self, const char *text);
const char *trias_banner_get_text (TriasBanner *self);
/** @label (nullable: no button); pressing it emits "activated". */
void trias_banner_set_button (TriasBanner *self, const char *label);

G_END_DECLS
