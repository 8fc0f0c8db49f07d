/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-rest.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/** As trias_rest_send_async() with a deadline of its own; ended by trias_rest_send_finish(). */
void trias_rest_send_within_async (TriasRest *self,
                                   guint deadline_ms,
                                   const char *method,
                                   const char *path,
                                   const char *body,
                                   const char *const *headers,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/** A message to this server with its pin, identity, token and headers; %NULL if the path makes no
 * URI. (transfer full) */
SoupMessage *trias_rest_new_message (TriasRest *self,
                                     const char *method,
                                     const char *path,
                                     const char *body,
                                     const char *const *headers);
/** (transfer none) */
SoupSession *trias_rest_get_session (TriasRest *self);
/** What @error (of libsoup or a stream) means for @message; takes @error. @expired: the deadline
 * was over. */
GError *
trias_rest_translate (TriasRest *self, SoupMessage *message, GError *error, gboolean expired);
/** Whether the key behind the answer of @message is the pinned one. */
gboolean trias_rest_check_pin (TriasRest *self, SoupMessage *message, GError **error);
/** The error for an answer with @status; @body may be no problem at all. */
GError *trias_rest_refused (SoupMessage *message, const char *body, gsize length);

G_END_DECLS
