/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-bridge.h"

G_BEGIN_DECLS

/** Header of the answer, and what may have come right behind it. */
#define TRIAS_ENGINE_LINK_HEAD_MAX TRIAS_BRIDGE_FIRST_MAX

/** What the member answered, as far as it has come. */
typedef struct
{
  gsize head;     /* length of the header with the empty line; 0 = not whole yet */
  gsize body;     /* length that it announces */
  guint status;   /* 0 = not known yet */
  char *protocol; /* (owned) (nullable) that it goes over to */
} TriasEngineLinkAnswer;

/** Reads what is in @got, from its first byte; %FALSE if it is no answer of a server. */
gboolean trias_engine_link_answer_read (TriasEngineLinkAnswer *self, const GByteArray *got);
void trias_engine_link_answer_clear (TriasEngineLinkAnswer *self);

/**
 * TriasEngineLinkStream:
 *
 * An outgoing link that is open: moves bytes between the TLS connection and the socket until either
 * ends, then frees itself.
 */

/** @base: the TCP connection under @tls. @first: what came right behind the answer, at most
 * TRIAS_BRIDGE_FIRST_MAX bytes. @cancellable (nullable) ends it. Returns the socket of its user, or
 * -1 without descriptors. */
int trias_engine_link_stream_start (GSocketConnection *base,
                                    GIOStream *tls,
                                    const void *first,
                                    gsize length,
                                    GCancellable *cancellable,
                                    GMainContext *context);

G_END_DECLS
