/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/** Rows that are shown at first, and more at each press of the button below them. */
#define TRIAS_PAGER_STEP 50

/** What an item is found by when searched. (transfer full) */
typedef char *(*TriasPagerText) (gpointer item, gpointer user_data);

/**
 * TriasPager:
 *
 * A list box over a model of any length: it builds rows for the first of it only, offers more, and
 * gets a search entry once the model is longer than one step.
 */
#define TRIAS_TYPE_PAGER (trias_pager_get_type ())
G_DECLARE_FINAL_TYPE (TriasPager, trias_pager, TRIAS, PAGER, AdwBin)

/** @placeholder: shown while the model is empty; @text: (scope forever). */
GtkWidget *trias_pager_new (GtkWidget *placeholder, TriasPagerText text);
/** The list box, to be named. (transfer none) */
GtkWidget *trias_pager_get_list (TriasPager *self);
/** Shows @model (nullable: nothing) with rows that @create makes; @user_data is also given to the
 * text function and must live as long as the model is shown. */
void trias_pager_set_model (TriasPager *self,
                            GListModel *model,
                            GtkListBoxCreateWidgetFunc create,
                            gpointer user_data);

G_END_DECLS
