/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-keeper.h"

G_BEGIN_DECLS

#define TRIAS_ACCOUNT_NAME_MAX 64
#define TRIAS_ACCOUNT_PASSWORD_MIN 8
#define TRIAS_ACCOUNT_PASSWORD_MAX 256
#define TRIAS_ACCOUNTS_MAX 100
/** Kind of the local records; a watcher's `local` tells it with the name as key when an account or
 * its password changed. */
#define TRIAS_ACCOUNT_KIND "admin"

/**
 * TriasAccounts:
 *
 * The administrators of this server: local records, passwords hashed with Argon2id off the core
 * thread, two at once at most.
 */
typedef struct _TriasAccounts TriasAccounts;

TriasAccounts *trias_accounts_new (TriasKeeper *keeper);
/** What is under way ends without its callbacks' effects being lost: callbacks still run. */
void trias_accounts_free (TriasAccounts *self);

/** 1 to 64 of [A-Za-z0-9._@-]. */
gboolean trias_account_name_is_valid (const char *name);

/** Adds @name. CONFLICT if there is one already, BAD_REQUEST for a bad name or password, TOO_MANY
 * beyond the limit;
 * @done (nullable) when durable. */
void trias_accounts_add (TriasAccounts *self,
                         const char *name,
                         const char *password,
                         const char *actor,
                         TriasKeeperDone done,
                         gpointer user_data);
/** NOT_FOUND if there is none. */
void trias_accounts_set_password (TriasAccounts *self,
                                  const char *name,
                                  const char *password,
                                  const char *actor,
                                  TriasKeeperDone done,
                                  gpointer user_data);
void trias_accounts_remove (TriasAccounts *self,
                            const char *name,
                            const char *actor,
                            TriasKeeperDone done,
                            gpointer user_data);
/** Names in order. (transfer full) */
char **trias_accounts_list (TriasAccounts *self);
gboolean trias_accounts_exists (TriasAccounts *self, const char *name);

/** Whether @password is the one of @name. An unknown name takes as long as a known one. */
void trias_accounts_verify_async (TriasAccounts *self,
                                  const char *name,
                                  const char *password,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/** %TRUE if so; else UNAUTHENTICATED, or TOO_MANY when too many wait. */
gboolean trias_accounts_verify_finish (TriasAccounts *self, GAsyncResult *result, GError **error);

G_END_DECLS
