/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-problem.h"

#include "core/trias-params.h"

#include <string.h>

#define MAX_BYTES (64 * 1024)
#define MAX_DETAIL 4096

/* An error of ours carries the parameters of the problem that it came from. */
typedef struct
{
  GHashTable *params; /* (owned) (nullable) */
} TriasErrorPrivate;

static void
trias_error_private_init (TriasErrorPrivate *priv)
{
}

static void
trias_error_private_copy (const TriasErrorPrivate *from, TriasErrorPrivate *to)
{
  to->params = trias_params_copy (from->params);
}

static void
trias_error_private_clear (TriasErrorPrivate *priv)
{
  g_clear_pointer (&priv->params, g_hash_table_unref);
}

G_DEFINE_EXTENDED_ERROR (TriasError, trias_error)

static const struct
{
  const char *word;
  guint status;
  const char *title;
} reasons[TRIAS_N_REASONS] = {
  [TRIAS_REASON_NONE] = { "none", 200, "Nothing was refused" },
  [TRIAS_REASON_BAD_REQUEST] = { "bad-request", 400, "The request is not valid" },
  [TRIAS_REASON_UNAUTHENTICATED] = { "unauthenticated", 401, "Sign-in is needed" },
  [TRIAS_REASON_FORBIDDEN] = { "forbidden", 403, "Not allowed" },
  [TRIAS_REASON_NOT_FOUND] = { "not-found", 404, "Not found" },
  [TRIAS_REASON_METHOD_NOT_ALLOWED] = { "method-not-allowed", 405, "The method is not allowed" },
  [TRIAS_REASON_CONFLICT] = { "conflict", 409, "The same id exists with other content" },
  [TRIAS_REASON_GONE] = { "gone", 410, "The lease has ended" },
  [TRIAS_REASON_LENGTH_REQUIRED] = { "length-required", 411, "The body must tell its length" },
  [TRIAS_REASON_TOO_LARGE] = { "too-large", 413, "The request is too large" },
  [TRIAS_REASON_UNSUPPORTED_MEDIA] = { "unsupported-media", 415, "The kind of body is unknown" },
  [TRIAS_REASON_TOO_MANY] = { "too-many", 429, "Too many requests" },
  [TRIAS_REASON_INTERNAL] = { "internal", 500, "Internal error" },
  [TRIAS_REASON_TIMED_OUT] = { "timed-out", 504, "No answer in time" },
  [TRIAS_REASON_NO_SEATS] = { "no-seats", 409, "All seats are in use" },
  [TRIAS_REASON_RULE_DENIED] = { "rule-denied", 403, "An access rule denies it" },
  [TRIAS_REASON_UNKNOWN_FEATURE] = { "unknown-feature", 404, "No licence has this feature" },
  [TRIAS_REASON_EXPIRED] = { "expired", 403, "The licence has expired" },
  [TRIAS_REASON_NOT_YET_VALID] = { "not-yet-valid", 403, "The licence is not valid yet" },
  [TRIAS_REASON_NOT_ACTIVE] = { "not-active", 503, "The server is not the active one" },
  [TRIAS_REASON_NO_QUORUM] = { "no-quorum", 503, "Too few servers reach each other" },
  [TRIAS_REASON_STORAGE] = { "storage", 503, "The disk cannot be written" },
  [TRIAS_REASON_VERSION] = { "version", 409, "The versions do not fit together" },
  [TRIAS_REASON_LICENSE_INVALID] = { "license-invalid", 422, "The licence is not valid" },
  [TRIAS_REASON_LICENSE_OLDER] = { "license-older", 409, "A newer revision is installed" },
  [TRIAS_REASON_LICENSE_ELSEWHERE] = { "license-elsewhere", 409, "It is for another server" },
  [TRIAS_REASON_UNREACHABLE] = { "unreachable", 502, "The server cannot be reached" },
  [TRIAS_REASON_KEY_MISMATCH] = { "key-mismatch", 502, "Another key than the known one" },
  [TRIAS_REASON_RULE_MISSING] = { "rule-missing", 409, "A rule for the other server is missing" },
  [TRIAS_REASON_RULE_IN_USE] = { "rule-in-use", 409, "A relationship needs the rule" },
  [TRIAS_REASON_INVITATION] = { "invitation", 403, "The invitation is not valid" },
  [TRIAS_REASON_ALREADY_RELATED] = { "already-related", 409, "Already in a relationship" },
  [TRIAS_REASON_NOT_RELATED] = { "not-related", 404, "In no relationship" },
  [TRIAS_REASON_BUSY] = { "busy", 409, "Another change is under way" },
  [TRIAS_REASON_CHECK_FAILED] = { "check-failed", 409, "A check did not pass" },
  [TRIAS_REASON_EPOCH] = { "epoch", 409, "An older state of the relationship" },
};

static guint
index_of (TriasReason reason)
{
  return (guint) reason < TRIAS_N_REASONS ? (guint) reason : TRIAS_REASON_INTERNAL;
}

const char *
trias_reason_to_word (TriasReason reason)
{
  return reasons[index_of (reason)].word;
}

TriasReason
trias_reason_from_word (const char *word)
{
  for (guint i = 0; word != NULL && i < TRIAS_N_REASONS; i++)
    if (strcmp (reasons[i].word, word) == 0)
      return (TriasReason) i;
  return TRIAS_REASON_INTERNAL;
}

guint
trias_reason_status (TriasReason reason)
{
  return reasons[index_of (reason)].status;
}

const char *
trias_reason_title (TriasReason reason)
{
  return reasons[index_of (reason)].title;
}

TriasProblem *
trias_problem_new (TriasReason reason, const char *format, ...)
{
  TriasProblem *self = g_new0 (TriasProblem, 1);
  va_list args;

  va_start (args, format);
  self->reason = reason;
  self->detail = g_strdup_vprintf (format, args);
  va_end (args);
  return self;
}

static TriasReason
reason_of_io_error (int code)
{
  switch (code)
    {
    case G_IO_ERROR_TIMED_OUT:
      return TRIAS_REASON_TIMED_OUT;
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_CONNECTION_CLOSED:
    case G_IO_ERROR_HOST_NOT_FOUND:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_NOT_CONNECTED:
    case G_IO_ERROR_PROXY_FAILED:
      return TRIAS_REASON_UNREACHABLE;
    case G_IO_ERROR_NO_SPACE:
    case G_IO_ERROR_READ_ONLY:
      return TRIAS_REASON_STORAGE;
    default:
      return TRIAS_REASON_INTERNAL;
    }
}

static TriasReason
reason_of_error (const GError *error)
{
  if (error->domain == TRIAS_ERROR)
    return error->code == TRIAS_REASON_NONE ? TRIAS_REASON_INTERNAL : index_of (error->code);
  if (error->domain == G_IO_ERROR)
    return reason_of_io_error (error->code);
  if (error->domain == G_RESOLVER_ERROR || error->domain == G_TLS_ERROR)
    return TRIAS_REASON_UNREACHABLE;
  if (error->domain == G_FILE_ERROR
      && (error->code == G_FILE_ERROR_NOSPC || error->code == G_FILE_ERROR_ROFS
          || error->code == G_FILE_ERROR_IO))
    return TRIAS_REASON_STORAGE;
  return TRIAS_REASON_INTERNAL;
}

TriasProblem *
trias_problem_from_error (const GError *error)
{
  TriasProblem *problem;

  if (error == NULL)
    return trias_problem_new (TRIAS_REASON_INTERNAL, "Something failed without saying why.");
  problem = trias_problem_new (reason_of_error (error), "%s", error->message);
  if (error->domain == TRIAS_ERROR)
    problem->params = trias_params_copy (trias_error_get_private (error)->params);
  return problem;
}

TriasProblem *
trias_problem_param (TriasProblem *self, const char *name, const char *value)
{
  trias_params_set (&self->params, name, value);
  return self;
}

TriasProblem *
trias_problem_copy (const TriasProblem *self)
{
  TriasProblem *copy = trias_problem_new (self->reason, "%s", self->detail);

  copy->params = trias_params_copy (self->params);
  return copy;
}

void
trias_problem_free (TriasProblem *self)
{
  if (self == NULL)
    return;
  g_free (self->detail);
  g_clear_pointer (&self->params, g_hash_table_unref);
  g_free (self);
}

char *
trias_problem_to_json (const TriasProblem *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  const char *word = trias_reason_to_word (self->reason);
  g_autofree char *type = g_strconcat ("urn:trias:problem:", word, NULL);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "type", type);
  trias_json_add_string (writer, "title", trias_reason_title (self->reason));
  trias_json_add_int (writer, "status", trias_reason_status (self->reason));
  trias_json_add_string (writer, "detail", self->detail);
  trias_json_add_string (writer, "reason", word);
  if (self->params != NULL)
    trias_params_write (self->params, writer, "params");
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

TriasProblem *
trias_problem_from_json (const char *data, gsize length, guint status)
{
  g_autoptr (TriasJson) json = trias_json_parse (data, length, MAX_BYTES, NULL);
  g_autoptr (TriasProblem) self = g_new0 (TriasProblem, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *word;

  trias_json_reader_init (&reader, json);
  word = trias_json_read_string (&reader, "reason", 1, 64);
  self->reason = trias_reason_from_word (word);
  self->detail = g_strdup (trias_json_read_string (&reader, "detail", 1, MAX_DETAIL));
  self->params = trias_params_read (&reader, "params");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return trias_problem_new (TRIAS_REASON_INTERNAL,
                              "The server answered with status %u and did not say why.", status);
  /* An answer that is a problem has refused something. */
  if (self->reason == TRIAS_REASON_NONE)
    self->reason = TRIAS_REASON_INTERNAL;
  return g_steal_pointer (&self);
}

GError *
trias_problem_to_error (const TriasProblem *self)
{
  GError *error = g_error_new_literal (TRIAS_ERROR, (int) self->reason, self->detail);

  trias_error_get_private (error)->params = trias_params_copy (self->params);
  return error;
}
