/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <raft.h>

G_BEGIN_DECLS

/* What libraft 0.15 sends over a stream: a preamble (type, length), a header, and for entries and
 * snapshots a payload. Its own reader trusts every number and takes the process down with it, so
 * they are looked at before. Only members that proved who they are get as far as this. */

#define TRIAS_RAFT_WIRE_PREAMBLE 16
/* Bounds far above what members send. */
#define TRIAS_RAFT_WIRE_HEADER_MAX (16 * 1024 * 1024)
#define TRIAS_RAFT_WIRE_PAYLOAD_MAX (1024 * 1024 * 1024)

/** Whether @preamble (16 bytes) announces a header that can be; gives its type and length. */
gboolean trias_raft_wire_check_preamble (const guint8 *preamble, guint64 *type, guint64 *length);
/**
 * Whether a header is sound: counts and sizes fit each other and the payload they lead to, and the
 * sender speaks for itself (@slot). @configuration: the members as the engine encodes them; they
 * never change within an incarnation.
 */
gboolean trias_raft_wire_check_header (guint64 type,
                                       const guint8 *header,
                                       gsize length,
                                       guint slot,
                                       const struct raft_buffer *configuration);

G_END_DECLS
