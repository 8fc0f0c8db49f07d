/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TRIAS_NAMES_LIMIT_MS 2000
#define TRIAS_NAMES_POSITIVE_S 300
#define TRIAS_NAMES_NEGATIVE_S 30
#define TRIAS_NAMES_MAX_ENTRIES 10000

/**
 * TriasNames:
 *
 * Looks up what rules may ask for beyond the bare address and user: the forward-confirmed host
 * names of an address, and the groups that this computer knows a user to be in. Off the core
 * thread, time-limited and remembered; equal questions under way are asked once.
 */
typedef struct _TriasNames TriasNames;

TriasNames *trias_names_new (void);
/** Ends what is under way; whoever waits is answered with what is known. */
void trias_names_free (TriasNames *self);

/** Answer in one call of the main loop or at once; @values borrowed, %NULL-terminated, never %NULL.
 */
typedef void (*TriasNamesReady) (const char *const *values, gpointer user_data);
/** Host names of a numeric @address. */
void trias_names_of_address (TriasNames *self,
                             const char *address,
                             TriasNamesReady ready,
                             gpointer user_data);
/** Groups of @user. */
void trias_names_groups_of (TriasNames *self,
                            const char *user,
                            TriasNamesReady ready,
                            gpointer user_data);
/** Names of @address as last found, however old; %NULL if never. A look-up starts when they are out
 * of date. */
const char *const *trias_names_peek (TriasNames *self, const char *address);

G_END_DECLS
