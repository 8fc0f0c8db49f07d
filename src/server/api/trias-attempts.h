/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TRIAS_ATTEMPTS_PER_NAME 5
#define TRIAS_ATTEMPTS_PER_ADDRESS 50
#define TRIAS_ATTEMPTS_WINDOW_MS 60000

/** How often signing in failed lately, per address and name and per address alone. */
typedef struct _TriasAttempts TriasAttempts;

TriasAttempts *trias_attempts_new (void);
void trias_attempts_free (TriasAttempts *self);
/** Seconds to wait before @name may try again from @address; 0 = now. @now: monotonic ms. */
guint trias_attempts_wait (TriasAttempts *self, const char *address, const char *name, gint64 now);
/** Counts a failure. */
void trias_attempts_failed (TriasAttempts *self, const char *address, const char *name, gint64 now);
/** Forgets the failures of @name from @address. */
void trias_attempts_passed (TriasAttempts *self, const char *address, const char *name);

G_END_DECLS
