/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/api/trias-api.h"

G_BEGIN_DECLS

/**
 * TriasCall:
 *
 * One request on its way through the interface: the request, what was found out about who asks, and
 * what a handler needs until the answer. Every trias_call_* function that answers also frees the
 * call. A call outlives its request only if the server stops meanwhile: then @request is %NULL.
 */
typedef struct _TriasCall TriasCall;
typedef void (*TriasCallHandler) (TriasCall *call);

struct _TriasCall
{
  TriasApi *api;             /* (nullable) once the request is over */
  TriasHttpRequest *request; /* (nullable) */
  TriasCallHandler handler;
  char *id;                 /* (owned) (nullable) the {id} of the path */
  TriasCommandFacts *facts; /* (owned) (nullable) */
  char *admin;              /* (owned) (nullable) the administrator who is signed in */
  TriasJson *body;          /* (owned) (nullable) */
  gpointer data;            /* (owned) the handler's */
  GDestroyNotify data_free;
  gboolean waiting;   /* in the queue of those that wait until it is known who serves */
  gint64 waits_until; /* monotonic clock, µs; 0 = did not wait yet */
};

TriasCall *trias_call_new (TriasApi *api, TriasHttpRequest *request);
void trias_call_free (TriasCall *self);
void trias_call_set_data (TriasCall *self, gpointer data, GDestroyNotify data_free);
/** For callbacks: whether the request has ended meanwhile; then the call is freed. */
gboolean trias_call_is_over (TriasCall *self);

/* --- reading; on %FALSE the call was answered --- */
/** Parses the body into @reader. An empty one counts as {}. */
gboolean trias_call_read (TriasCall *self, TriasJsonReader *reader);
/** The parsed body. */
const TriasJson *trias_call_body (TriasCall *self);
gboolean trias_call_read_end (TriasCall *self, TriasJsonReader *reader);
/** A number in the query. */
gboolean trias_call_query_int (
    TriasCall *self, const char *name, gint64 min, gint64 max, gint64 fallback, gint64 *value);
/** `true` or `false` in the query; %FALSE if missing. */
gboolean trias_call_query_bool (TriasCall *self, const char *name, gboolean *value);

/* --- answering --- */
/** Ends @writer and answers with it; frees it too. */
void trias_call_json (TriasCall *self, guint status, TriasJsonWriter *writer);
void trias_call_text (TriasCall *self, const char *content_type, const char *text);
void trias_call_empty (TriasCall *self);
/** Takes @problem. */
void trias_call_problem (TriasCall *self, TriasProblem *problem);
/** The same with a header of its own. */
void trias_call_problem_header (TriasCall *self,
                                TriasProblem *problem,
                                const char *header,
                                const char *value);
void trias_call_refuse (TriasCall *self, TriasReason reason, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void trias_call_error (TriasCall *self, const GError *error);
/** Whether @outcome is good; if not, the call was answered. */
gboolean trias_call_check (TriasCall *self, const TriasOutcome *outcome);

G_END_DECLS
