/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-http.h"
#include "server/keeper/trias-keeper.h"

G_BEGIN_DECLS

/** What a `changed` message can name. */
typedef enum
{
  TRIAS_WHAT_SERVER,
  TRIAS_WHAT_RULES,
  TRIAS_WHAT_LICENSES,
  TRIAS_WHAT_POOLS,
  TRIAS_WHAT_LEASES,
  TRIAS_WHAT_DENIALS,
  TRIAS_WHAT_SETTINGS,
  TRIAS_WHAT_RELATIONSHIP,
  TRIAS_WHAT_EVENTS,
  TRIAS_N_WHATS
} TriasWhat;

#define TRIAS_STREAMS_PAUSE_MS 100
#define TRIAS_STREAMS_REPLAY_MAX 500

/**
 * TriasStreams:
 *
 * The consoles' streams of server-sent events: kept events as they happen, and which lists have
 * changed, at most once in 100 ms each.
 */
typedef struct _TriasStreams TriasStreams;

/** Whether who opened the stream with @token is still let in. */
typedef gboolean (*TriasStreamsValid) (const char *token, gpointer user_data);

TriasStreams *trias_streams_new (TriasKeeper *keeper,
                                 const char *server_id,
                                 TriasStreamsValid valid,
                                 gpointer user_data);
void trias_streams_free (TriasStreams *self);
/** Turns @request into a stream; after event @after (0 = only new ones). @token: as in the request.
 */
void trias_streams_open (TriasStreams *self,
                         TriasHttpRequest *request,
                         guint64 after,
                         const char *token);
void trias_streams_event (TriasStreams *self, const TriasEvent *event);
void trias_streams_changed (TriasStreams *self, TriasWhat what);
/** Closes the streams of those who are no longer let in. */
void trias_streams_check (TriasStreams *self);
void trias_streams_close_all (TriasStreams *self);

G_END_DECLS
