/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What GTK 4.8 leaves undone for screen readers and the keyboard. */

/** Sets the name that assistive technology reads; icons and colours alone name nothing. */
void trias_a11y_set_name (GtkWidget *widget, const char *name);
void trias_a11y_set_description (GtkWidget *widget, const char *description);
/** Hides the pages of @stack that are not shown from assistive technology, now and later. */
void trias_a11y_watch_stack (GtkStack *stack);
/** Marks @widget hidden or shown for assistive technology. */
void trias_a11y_set_hidden (GtkWidget *widget, gboolean hidden);
/** Buttons below @root whose label has a mnemonic are named without the underscore and doubling;
 * switches and numbers in rows are named once. */
void trias_a11y_fix_mnemonics (GtkWidget *root);
/** The lists inside preferences groups and expander rows below @root are named like these. */
void trias_a11y_name_lists (GtkWidget *root);
/** Names a menu button whose content is the program's own: GTK forgets the button inside it. */
void trias_a11y_name_menu_button (GtkMenuButton *button, const char *name);
/** Tab and Shift+Tab leave @list instead of walking each row. */
void trias_a11y_tab_leaves (GtkWidget *list);
/** The same, to and from @next, for where what is seen beside @list is no sibling that follows it.
 */
void trias_a11y_tab_leaves_to (GtkWidget *list, GtkWidget *next);
/** Gives a check button an action for assistive technology. */
void trias_a11y_add_activate (GtkWidget *widget);
/** A radio button that is announced as one. */
GtkWidget *trias_a11y_radio_new (const char *label);
/** Escape closes @window (through its close-request, which may ask). */
void trias_a11y_escape_closes (GtkWindow *window);

G_END_DECLS
