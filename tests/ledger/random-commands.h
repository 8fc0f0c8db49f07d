/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger-test.h"

G_BEGIN_DECLS

/* Random commands that meet each other: few ids, keys, devices and licences, times that jump, run
 * back, and cross the ends of licences. */

/** Makes what all histories draw from; call once. */
void test_random_init (guint32 seed);
/** The next command; @time is where the history stands and moves on. (transfer full) */
TriasCommand *test_random_command (GRand *rand, gint64 *time);

G_END_DECLS
