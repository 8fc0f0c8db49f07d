/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-client-enums.h"
#include "client/trias-deadline.h"
#include "client/trias-failover.h"
#include "client/trias-items-private.h"
#include "client/trias-rest-private.h"

G_BEGIN_DECLS

#define TRIAS_FAILOVER_ATTEMPT_MS 2000
#define TRIAS_FAILOVER_MAX_ENDPOINTS 16
/** How long members must have been silent before a list counts without them. */
#define TRIAS_FAILOVER_SILENCE_MS 60000

/** One address of one member. Reference counted by the array that holds it; calls keep it by a ref
 * of its own. */
typedef struct
{
  gatomicrefcount refs;
  char *id;      /* (owned) pinned */
  char *name;    /* (owned) "" until known */
  char *address; /* (owned) HOST:PORT */
  TriasRest *rest;
} TriasEndpoint;

TriasEndpoint *trias_endpoint_ref (TriasEndpoint *self);
void trias_endpoint_unref (TriasEndpoint *self);

/**
 * TriasDoubt:
 *
 * A member list that lacks signatures. Those who could sign it are asked; see the rule in
 * trias-failover-list.c.
 */
typedef struct
{
  char *text;           /* (owned) (nullable) %NULL: there is no doubt */
  GHashTable *signers;  /* (owned) (nullable) set of ids that signed it */
  gint64 since;         /* boot-time clock, µs: since then nobody has stood by the known list */
  guint rounds;         /* how often all were asked since */
  gint64 asked_at;      /* boot-time clock, µs */
  TriasBackoff backoff; /* pauses between rounds */
  GSource *timer;       /* (owned) (nullable) */
} TriasDoubt;

struct _TriasFailover
{
  GObject parent_instance;

  TriasIdentity *identity;
  GPtrArray *configured; /* (element-type TriasAddress) as the application gave them */
  GPtrArray *endpoints;  /* (element-type TriasEndpoint) all known, best first */
  GPtrArray *voters;     /* (element-type utf8) ids whose word on the members counts: those of the
                            learned list, before that the configured ones */
  char **members;        /* (owned) what `members` shows */
  char *active_id;
  char *active_name;
  char *epoch;     /* (owned) of the last answer */
  char *list_id;   /* (owned) (nullable) relationship of the list that was learned */
  char *list_text; /* (owned) (nullable) that list */
  guint64 incarnation;
  GHashTable *left; /* set of voters that said to belong to that relationship no more */
  TriasDoubt doubt;
  guint silence_ms;
  gboolean listed_triad; /* what the learned list says */
  gint64 usual_us;       /* how long an answer takes, smoothed; 0 unknown */
  char *cache;           /* (owned) (nullable) folder */
  gboolean cache_read;
  guint patience_ms;

  gboolean discovered; /* everybody was asked once */
  gboolean learned;    /* somebody told who belongs together */
  gboolean discovering;
  guint n_asked; /* members that have not answered yet */
  guint next_asked;
  GSource *stagger;   /* (owned) (nullable) */
  GPtrArray *waiting; /* (element-type GTask) calls that wait for the discovery */
};

/* --- members --- */
/** Makes the endpoints of the configured servers. */
gboolean
trias_failover_set_servers (TriasFailover *self, const char *const *servers, GError **error);
/** Takes the members of a list that counts, one per line, in their rank; what was configured stays
 * behind them. %FALSE if none can be read. */
gboolean trias_failover_take_members (TriasFailover *self, const char *const *lines);
/** Learns from an answer of `GET /server` by @endpoint: its name and the signed list, if enough of
 * those who are known have signed it. Returns whether it told one: who is in no relationship does
 * not. */
gboolean
trias_failover_learn (TriasFailover *self, TriasEndpoint *endpoint, const TriasJson *about);
/** Drops a list that waits for signatures. */
void trias_failover_forget_doubt (TriasFailover *self);
/** Asks @endpoint who belongs together, beside everything else. */
void trias_failover_relearn (TriasFailover *self, TriasEndpoint *endpoint);
/** The list that was kept earlier: this client's own signature says that it counted. */
void trias_failover_read_cache (TriasFailover *self);
/** Keeps @text, a list that counts. */
void trias_failover_write_cache (TriasFailover *self, const char *text);
/** The endpoint that @location (a URL) points to, made if it belongs to a known member; %NULL if to
 * none. @from sent us there. (transfer none) */
TriasEndpoint *
trias_failover_find_location (TriasFailover *self, const char *location, TriasEndpoint *from);
/** Puts @endpoint first for the next call, and shows it as the active one. */
void trias_failover_prefer (TriasFailover *self, TriasEndpoint *endpoint, const char *epoch);
/** Finds out who serves, all members in short succession; @task waits for it in
 * trias_failover_wait(). */
void trias_failover_discover (TriasFailover *self);

/** Whether the known members are a triad: one of them speaks for all. */
gboolean trias_failover_is_triad (TriasFailover *self);
/** An answer took @us microseconds. */
void trias_failover_note_time (TriasFailover *self, gint64 us);
/** How long a member may stay silent before the next one is asked beside it: a few times the usual
 * time of an answer, ms. */
guint trias_failover_hedge_ms (TriasFailover *self);
/** Pause before the members of a triad are asked again when none has served for @waited_ms; drawn
 * anew each time, ms. */
guint trias_failover_election_pause (gint64 waited_ms);

/* --- calls --- */
typedef struct
{
  TriasAnswer *answer;     /* (owned) */
  TriasEndpoint *endpoint; /* (owned) who answered */
} TriasFailoverReply;
void trias_failover_reply_free (TriasFailoverReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasFailoverReply, trias_failover_reply_free)

/**
 * Sends one request to whichever member serves: follows redirects, goes on with the next one when
 * one cannot be reached or stays silent, and tries again with jittered pauses until @deadline
 * (boot-time clock, µs). Several members may get it, so it has to name its lease by id.
 */
void trias_failover_call_async (TriasFailover *self,
                                const char *method,
                                const char *path,
                                const char *body,
                                gint64 deadline,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
TriasFailoverReply *
trias_failover_call_finish (TriasFailover *self, GAsyncResult *result, GError **error);
/** After a refusal: whether every member could be asked. If not, another may have an other answer
 * later. */
gboolean trias_failover_call_was_complete (GAsyncResult *result);
/** Whether a member may have carried the request out although another one's answer, or none, came
 * back. */
gboolean trias_failover_call_was_uncertain (GAsyncResult *result);
/** The discovery has ended: waiting calls begin. */
void trias_failover_call_begin (GTask *task);

/* --- leases --- */
/** What was asked for, to ask for it again. */
typedef struct
{
  char *feature;
  char *product; /* (nullable) */
  guint count;
  guint ttl_s;
  TriasHolder holder;
} TriasWish;
TriasWish *trias_wish_new (
    const char *feature, const char *product, guint count, guint ttl_s, const TriasHolder *holder);
void trias_wish_free (TriasWish *self);
/** Body of `POST /leases`. (transfer full) */
char *trias_wish_to_json (const TriasWish *self, const char *id);
/** Takes @wish. */
TriasFailoverLease *trias_failover_lease_new (TriasFailover *failover,
                                              TriasWish *wish,
                                              const char *id,
                                              TriasFailoverReply *reply,
                                              GError **error);
/** Gives @id back without waiting for an answer: a grant whose answer was lost must not hold a
 * seat. */
void trias_failover_drop (TriasFailover *self, const char *id);

G_END_DECLS
