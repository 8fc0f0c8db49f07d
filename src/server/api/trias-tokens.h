/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-accounts.h"

G_BEGIN_DECLS

#define TRIAS_TOKENS_MAX 1000
#define TRIAS_TOKEN_LIFE_MS ((gint64) 8 * 3600 * 1000)
#define TRIAS_TOKEN_KIND "session"

/**
 * TriasTokens:
 *
 * What signed-in administrators show instead of their password. The server keeps only hashes, as
 * local records, so that a restart signs nobody out and a stolen state folder signs nobody in.
 */
typedef struct _TriasTokens TriasTokens;

TriasTokens *trias_tokens_new (TriasKeeper *keeper, TriasAccounts *accounts);
void trias_tokens_free (TriasTokens *self);
/** Makes a token for @name; the oldest goes if there are too many. (transfer full) */
char *trias_tokens_issue (TriasTokens *self, const char *name, gint64 *expires_at);
/** Who signed in with @token; %NULL if it is unknown, expired, or the account is gone. */
const char *trias_tokens_check (TriasTokens *self, const char *token);
void trias_tokens_revoke (TriasTokens *self, const char *token);
/** Signs @name out everywhere. */
void trias_tokens_revoke_name (TriasTokens *self, const char *name);

G_END_DECLS
