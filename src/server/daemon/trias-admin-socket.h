/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-accounts.h"

G_BEGIN_DECLS

/** The longest line it reads. */
#define TRIAS_ADMIN_SOCKET_MAX_LINE 4096

/**
 * TriasAdminSocket:
 *
 * How root on this computer makes the first administrator: a Unix socket that speaks one line of
 * JSON each way. Only root and the server's own user are let in.
 */
typedef struct _TriasAdminSocket TriasAdminSocket;

/** Listens at @path; a socket that is left there from before is replaced. */
TriasAdminSocket *
trias_admin_socket_new (const char *path, TriasAccounts *accounts, GError **error);
/** Closes and removes it. */
void trias_admin_socket_free (TriasAdminSocket *self);

G_END_DECLS
