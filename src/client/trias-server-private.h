/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-client-enums.h"
#include "client/trias-deadline.h"
#include "client/trias-items-private.h"
#include "client/trias-server.h"

G_BEGIN_DECLS

/* What can be read from a server, each for itself. */
typedef enum
{
  TRIAS_PART_SERVER,
  TRIAS_PART_RULES,
  TRIAS_PART_LICENSES,
  TRIAS_PART_POOLS,
  TRIAS_PART_LEASES,
  TRIAS_PART_DENIALS,
  TRIAS_PART_SETTINGS,
  TRIAS_PART_RELATIONSHIP,
  TRIAS_PART_EVENTS,
  TRIAS_N_PARTS,
} TriasPart;

#define TRIAS_PART_BIT(part) (1u << (part))

typedef struct
{
  gboolean used; /* somebody looks at it */
  gboolean fetching;
  gboolean again;          /* changed while it was being fetched */
  GSource *pause;          /* (owned) (nullable) until the next fetch may start */
  GPtrArray *waiters;      /* (owned) of the fetch under way */
  GPtrArray *next_waiters; /* (owned) of the fetch after it */
} TriasServerPart;

/* What is shown of a server; changes go through trias_server_change(). */
typedef struct
{
  char *fingerprint; /* (owned) "" if none */
  char *offered;     /* (owned) "" if none */
  gboolean key_changed;
  char *name; /* (owned) "" until known */
  char *version;
  TriasServerState state;
  char *error_message;
  TriasReason error_reason;
  gboolean online;
  char *admin; /* (owned) "" */
  TriasRole role;
  gboolean active;
  gboolean test_issuer;
  char *relationship_name;
  gint64 since;
  gint64 started_at;
  TriasRelationshipInfo *relationship; /* (owned) (nullable) */
  TriasSettings *settings;             /* (owned) (nullable) */
  guint leases_total;
} TriasServerFacts;

struct _TriasServer
{
  GObject parent_instance;

  char *address;
  TriasServerFacts facts;
  gint64 last_heard;
  char **addresses;   /* (owned) (nullable) */
  gboolean comparing; /* properties are read to compare them: this uses no list */
  guint n_fetching;

  TriasRest *rest;
  TriasStream *stream;
  GCancellable *cancellable; /* of this connection; a new one with each */
  gboolean wanted;           /* somebody asked to connect */
  gboolean probing;
  TriasBackoff backoff;
  GSource *retry; /* (owned) (nullable) */
  GSource *tick;  /* (owned) (nullable) */

  TriasServerPart parts[TRIAS_N_PARTS];
  GListStore *rules;
  GListStore *licenses;
  GListStore *pools;
  GListStore *leases;
  GListStore *denials;
  GListStore *events;
  guint lease_pages;        /* asked for */
  char *lease_next;         /* (owned) (nullable) where the next page starts */
  gboolean lease_append;    /* the fetch under way only adds a page */
  GPtrArray *lease_answers; /* (element-type TriasAnswer) pages read so far in this fetch */
};

/** Carries out @change on the facts and notifies what differs after it. */
void trias_server_change (TriasServer *self, TriasItemChange change, gpointer data);
void trias_server_set_busy (TriasServer *self, int difference);
/** Tells `changed` and `event`. */
void trias_server_emit_changed (TriasServer *self, TriasPart part);
void trias_server_emit_event (TriasServer *self, TriasEventItem *item);

/* Link: being reached, signed in, lost. */
void trias_server_link_init (TriasServer *self);
void trias_server_link_clear (TriasServer *self);
/** A request failed; decides what it says about the link. */
void trias_server_note_failure (TriasServer *self, const GError *error);
void trias_server_set_error (TriasServer *self, const GError *error);

/* Parts. */
const char *trias_part_to_word (TriasPart part);
gboolean trias_part_from_word (const char *word, TriasPart *part);
/** Marks @part as looked at, and fetches it if it is new and possible. */
void trias_server_use (TriasServer *self, TriasPart part);
/** Reads the used ones of @mask, ends when all are read; an error is the first that came. */
void trias_server_read_async (TriasServer *self,
                              guint mask,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean trias_server_read_finish (TriasServer *self, GAsyncResult *result, GError **error);
/** The server said that @part changed. */
void trias_server_part_changed (TriasServer *self, TriasPart part);
/** Ends all reading. */
void trias_server_parts_reset (TriasServer *self);
void trias_server_parts_init (TriasServer *self);
void trias_server_parts_clear (TriasServer *self);
/** Lets go of all that only an administrator may see. */
void trias_server_forget_lists (TriasServer *self);

/* Answers. */
gboolean
trias_server_apply (TriasServer *self, TriasPart part, TriasAnswer *answer, GError **error);
gboolean trias_server_apply_server (TriasServer *self, TriasAnswer *answer, GError **error);
void trias_server_apply_live_event (TriasServer *self, const char *data);
/** Keeps a page of leases (takes it); the path of the next one to read, %NULL when all that were
 * asked for are there. (transfer full) */
char *trias_server_keep_lease_page (TriasServer *self, TriasAnswer *answer);

/** One action: @method on @path, then @mask is read again. Takes @path and @body. */
void trias_server_act_async (TriasServer *self,
                             const char *method,
                             char *path,
                             char *body,
                             guint mask,
                             guint deadline_ms,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

G_END_DECLS
