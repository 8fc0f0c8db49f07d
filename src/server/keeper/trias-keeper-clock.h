/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-keeper.h"

G_BEGIN_DECLS

/** Where a keeper takes the time from; tests put their own here. */
typedef struct
{
  gint64 (*boot) (gpointer user_data); /* ms since some moment; runs on while the computer sleeps */
  gint64 (*wall) (gpointer user_data); /* Unix ms */
  gpointer user_data;
} TriasKeeperClock;

/** trias_keeper_open() with another clock; @clock is copied, %NULL = the real one. */
TriasKeeper *trias_keeper_open_with_clock (const char *folder,
                                           const char *server_id,
                                           TriasIssuers *issuers,
                                           const TriasKeeperClock *clock,
                                           GError **error);
/** Looks now at what is due, for a clock that was moved. */
void trias_keeper_check_due (TriasKeeper *self);

G_END_DECLS
