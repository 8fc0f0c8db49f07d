/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-process.h"
#include "server/http/trias-http.h"
#include "server/peer/trias-engine-link.h"

G_BEGIN_DECLS

/* Both ends of an engine's link for tests: a member that takes links over, and a server that does
 * what its script says. Everything but the script runs in the main thread's loop. */

#define LINK_RELATIONSHIP "0123456789abcdef0123456789abcdef"

/** Identities of this end and of the other; made by link_identities_make(). */
extern TriasIdentity *link_own, *link_theirs;
void link_identities_make (void);
void link_identities_free (void);

/** Runs the loop until @done; fails after 20 s. */
void link_await (gboolean (*done) (gpointer), gpointer data);

typedef enum
{
  LINK_TAKE,
  LINK_REFUSE,
  LINK_HOLD
} LinkMode;

typedef struct
{
  TriasHttp *http;
  LinkMode mode;
  char *address;
  int fd; /* of the last link; the test's */
  char *asked;
  GPtrArray *held;
} LinkMember;

LinkMember *link_member_new (LinkMode mode);
/** No connection is open. */
gboolean link_member_is_quiet (gpointer member);
void link_member_free (LinkMember *self);

typedef struct
{
  guint calls;
  int fd;
  TriasProblem *problem;
} LinkResult;

void link_opened (int fd, const TriasProblem *problem, gpointer result);
gboolean link_is_answered (gpointer result);
/** @addresses: with spaces between them. */
void link_start_open (LinkResult *result,
                      const char *addresses,
                      guint timeout_ms,
                      GCancellable *cancellable);
/** Opens one, or fails the test. */
int link_open (const char *addresses);

/** How far the script lets its client come. */
typedef enum
{
  LINK_TO_CONNECT,   /* lets nobody in */
  LINK_TO_HANDSHAKE, /* says nothing */
  LINK_TO_ANSWER,    /* and goes on after the request as the script says */
} LinkPhase;

/** Serves one connection, in a thread. */
typedef struct
{
  GSocket *socket;
  char *address;
  LinkPhase phase;
  GBytes *script; /* the answer */
  GBytes *raw;    /* and what comes after it, past TLS */
  gboolean closes;
  GTlsCertificate *certificate;
  GSocket *waiting[8]; /* fill the backlog */
  gint done;
  GThread *thread;
} LinkScript;

/** @length: of @answer, -1 = it is a string. @closes: right after it. */
LinkScript *link_script_new (LinkPhase phase, const char *answer, gssize length, gboolean closes);
LinkScript *link_script_start (LinkScript *self);
void link_script_free (LinkScript *self);

G_END_DECLS
