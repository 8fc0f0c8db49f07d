/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-change.h"

G_BEGIN_DECLS

/** Bytes of encoded changes in one request: with base64 and JSON it stays below 256 kB. */
#define TRIAS_PIECE_BYTES (160 * 1024)

/* Changes in requests: as text, and many in pieces. */

/** (transfer full) */
char *trias_pieces_encode (GPtrArray *changes);
/** As many of @changes from @first on as fit into one request; @next (out): the first that does
 * not. (transfer full) */
char *trias_pieces_cut (GPtrArray *changes, guint first, guint *next);
/** (transfer container full) (element-type TriasChange) (nullable); @length (out) (optional): of
 * what was encoded. */
GPtrArray *trias_pieces_decode (const char *text, gsize *length, GError **error);

G_END_DECLS
