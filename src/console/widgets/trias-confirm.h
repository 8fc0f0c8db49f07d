/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/** Called once when the person confirmed. */
typedef void (*TriasConfirmed) (gpointer user_data);

typedef struct
{
  const char *heading;
  const char *body;
  const char *verb; /* label of the button that does it, with mnemonic */
  const char *keep; /* (nullable) label of the button that leaves all as it is; Cancel if none */
  gboolean destructive;
  const char *typed; /* (nullable) what must be typed before the verb can be pressed */
} TriasQuestion;

/** Asks before something is done. @destroy (nullable) frees @user_data, whatever the answer.
 * Returns the dialog, already shown. (transfer none) */
GtkWindow *trias_confirm (GtkWidget *parent,
                          const TriasQuestion *question,
                          TriasConfirmed confirmed,
                          gpointer user_data,
                          GDestroyNotify destroy);
/** Says that something failed, with the error's sentence and what the person can do next. */
void trias_confirm_show_error (GtkWidget *parent, const char *heading, const GError *error);

G_END_DECLS
