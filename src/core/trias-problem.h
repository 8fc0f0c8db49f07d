/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TriasReason:
 *
 * Why something was refused. It is the code of a #GError in the domain %TRIAS_ERROR, and travels
 * as the word `reason` of a problem answer (RFC 9457). The table in trias-problem.c gives each its
 * word, HTTP status and English title; readers translate by the word.
 */
typedef enum
{
  TRIAS_REASON_NONE, /* "none", 200: nothing was refused */
  /* The request itself */
  TRIAS_REASON_BAD_REQUEST,        /* "bad-request", 400 */
  TRIAS_REASON_UNAUTHENTICATED,    /* "unauthenticated", 401 */
  TRIAS_REASON_FORBIDDEN,          /* "forbidden", 403 */
  TRIAS_REASON_NOT_FOUND,          /* "not-found", 404 */
  TRIAS_REASON_METHOD_NOT_ALLOWED, /* "method-not-allowed", 405 */
  TRIAS_REASON_CONFLICT,           /* "conflict", 409: the same id with other content */
  TRIAS_REASON_GONE,               /* "gone", 410: a lease that expired or was released */
  TRIAS_REASON_LENGTH_REQUIRED,    /* "length-required", 411 */
  TRIAS_REASON_TOO_LARGE,          /* "too-large", 413 */
  TRIAS_REASON_UNSUPPORTED_MEDIA,  /* "unsupported-media", 415 */
  TRIAS_REASON_TOO_MANY,           /* "too-many", 429 */
  TRIAS_REASON_INTERNAL,           /* "internal", 500 */
  TRIAS_REASON_TIMED_OUT,          /* "timed-out", 504 */
  /* Denials of a lease (design §3) */
  TRIAS_REASON_NO_SEATS,        /* "no-seats", 409 */
  TRIAS_REASON_RULE_DENIED,     /* "rule-denied", 403 */
  TRIAS_REASON_UNKNOWN_FEATURE, /* "unknown-feature", 404 */
  TRIAS_REASON_EXPIRED,         /* "expired", 403: the licence */
  TRIAS_REASON_NOT_YET_VALID,   /* "not-yet-valid", 403: the licence */
  TRIAS_REASON_NOT_ACTIVE,      /* "not-active", 503 */
  TRIAS_REASON_NO_QUORUM,       /* "no-quorum", 503 */
  TRIAS_REASON_STORAGE,         /* "storage", 503: the disk refuses */
  TRIAS_REASON_VERSION,         /* "version", 409: the two speak different versions */
  /* Licences */
  TRIAS_REASON_LICENSE_INVALID,   /* "license-invalid", 422 */
  TRIAS_REASON_LICENSE_OLDER,     /* "license-older", 409: a higher revision is installed */
  TRIAS_REASON_LICENSE_ELSEWHERE, /* "license-elsewhere", 409: valid on the partner, or bound to
                                     others */
  /* Servers and relationships */
  TRIAS_REASON_UNREACHABLE,     /* "unreachable", 502 */
  TRIAS_REASON_KEY_MISMATCH,    /* "key-mismatch", 502: another key than the pinned one */
  TRIAS_REASON_RULE_MISSING,    /* "rule-missing", 409: a peer rule; params say which and where */
  TRIAS_REASON_RULE_IN_USE,     /* "rule-in-use", 409: the change would cut a relationship */
  TRIAS_REASON_INVITATION,      /* "invitation", 403: unknown, expired, used, or for others */
  TRIAS_REASON_ALREADY_RELATED, /* "already-related", 409 */
  TRIAS_REASON_NOT_RELATED,     /* "not-related", 404 */
  TRIAS_REASON_BUSY,            /* "busy", 409: another change of the relationship is under way */
  TRIAS_REASON_CHECK_FAILED,    /* "check-failed", 409: a check before forming did not pass */
  TRIAS_REASON_EPOCH,           /* "epoch", 409: an older incarnation of the relationship */
  TRIAS_N_REASONS
} TriasReason;

#define TRIAS_ERROR (trias_error_quark ())
GQuark trias_error_quark (void);

/** The word of @reason as it stands on the wire. */
const char *trias_reason_to_word (TriasReason reason);
/** The reason for @word, or %TRIAS_REASON_INTERNAL if it is none of ours (a newer server). */
TriasReason trias_reason_from_word (const char *word);
/** HTTP status that goes with @reason. */
guint trias_reason_status (TriasReason reason);
/** Short English title; the same for every occurrence. */
const char *trias_reason_title (TriasReason reason);

/**
 * TriasProblem:
 *
 * A problem answer: what happened (@detail, one English sentence for people), why (@reason) and
 * what helps to mend it (@params, words to strings; for example `server`, `rule`).
 */
typedef struct
{
  TriasReason reason;
  char *detail;       /* (owned) */
  GHashTable *params; /* (owned) (nullable) (element-type utf8 utf8) */
} TriasProblem;

/** Makes a problem; @format gives the detail. Free with trias_problem_free(). */
TriasProblem *trias_problem_new (TriasReason reason, const char *format, ...) G_GNUC_PRINTF (2, 3);
/** Turns any error into a problem: %TRIAS_ERROR keeps its reason and params, foreign domains become
 * `internal`, `timed-out`, `unreachable` or `storage`. */
TriasProblem *trias_problem_from_error (const GError *error);
/** Adds a parameter; returns @self. */
TriasProblem *trias_problem_param (TriasProblem *self, const char *name, const char *value);
TriasProblem *trias_problem_copy (const TriasProblem *self);
void trias_problem_free (TriasProblem *self);
/** The body of the answer, application/problem+json. (transfer full) */
char *trias_problem_to_json (const TriasProblem *self);
/** Reads a problem answer; never fails: a body that is none gives `internal` with @status in the
 * detail. */
TriasProblem *trias_problem_from_json (const char *data, gsize length, guint status);
/** An error in %TRIAS_ERROR with the reason as code and the detail as message; it carries the
 * params, too. (transfer full) */
GError *trias_problem_to_error (const TriasProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasProblem, trias_problem_free)

G_END_DECLS
