/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include <string.h>

#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 2000
#define MAX_REDIRECTS 6

/* What this round of a call knows of an endpoint. */
typedef enum
{
  MARK_UNTRIED,
  MARK_UNREACHABLE,
  MARK_REFUSED,    /* answered, but not with what was wanted */
  MARK_REDIRECTED, /* sent us to another */
} Mark;

typedef struct _Try Try;

/* A call asks one member after the other. One that stays silent is not waited for: the next is
 * asked beside it, and the first final answer counts. All are asked for the same id, so whoever
 * answers late speaks of the same lease. */
typedef struct
{
  char *method;
  char *path;
  char *body; /* (nullable) */
  gint64 deadline;
  gboolean done; /* the task has returned */
  TriasBackoff backoff;
  gint64 fruitless;      /* boot-time clock, µs: since when nobody serves; 0 = not yet */
  GSource *pause;        /* (owned) (nullable) between two rounds */
  GSource *hedge;        /* (owned) (nullable) when @fresh counts as silent */
  gulong cancel_handler; /* ends the call at once */
  GCancellable *stop;    /* (owned) of the requests under way */
  GPtrArray *tries;      /* (element-type Try) under way; borrowed */
  Try *fresh;            /* (nullable) the one that may still answer in the usual time */
  gboolean asked;        /* anybody in this round */
  GHashTable *marks;     /* TriasEndpoint (owned) to Mark */
  TriasEndpoint *next;   /* (owned) (nullable) where a redirect points */
  char *cannot_reach;    /* (owned) (nullable) id of the member that failed last */
  guint redirects;
  guint wait_ms;      /* what a member asked us to wait */
  gboolean passing;   /* in this round a member said that it does not serve just now */
  GError *refusal;    /* (owned) (nullable) the first that a member gave */
  GError *failure;    /* (owned) (nullable) the last transport error */
  gboolean complete;  /* everybody could be asked in the last round */
  gboolean uncertain; /* a request ended without an answer: it may have been carried out */
} Call;

/* One request to one member. */
struct _Try
{
  GTask *task;             /* (owned) */
  TriasEndpoint *endpoint; /* (owned) */
  gint64 sent;             /* boot-time clock, µs */
  gboolean second;         /* asked twice in a row */
};

static void step (GTask *task);

static void
try_free (Try *attempt)
{
  trias_endpoint_unref (attempt->endpoint);
  g_object_unref (attempt->task);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Try, try_free)

static void
call_free (gpointer data)
{
  Call *call = data;

  trias_timer_stop (&call->pause);
  trias_timer_stop (&call->hedge);
  g_free (call->method);
  g_free (call->path);
  g_free (call->body);
  g_object_unref (call->stop);
  g_ptr_array_unref (call->tries);
  g_hash_table_unref (call->marks);
  g_clear_pointer (&call->next, trias_endpoint_unref);
  g_free (call->cannot_reach);
  g_clear_error (&call->refusal);
  g_clear_error (&call->failure);
  g_free (call);
}

void
trias_failover_reply_free (TriasFailoverReply *self)
{
  if (self == NULL)
    return;
  trias_answer_free (self->answer);
  trias_endpoint_unref (self->endpoint);
  g_free (self);
}

static Mark
mark_of (Call *call, TriasEndpoint *endpoint)
{
  return (Mark) GPOINTER_TO_INT (g_hash_table_lookup (call->marks, endpoint));
}

static void
set_mark (Call *call, TriasEndpoint *endpoint, Mark mark)
{
  g_hash_table_insert (call->marks, trias_endpoint_ref (endpoint), GINT_TO_POINTER ((int) mark));
}

static gboolean
has_mark (TriasFailover *self, Call *call, Mark mark)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    if (mark_of (call, g_ptr_array_index (self->endpoints, i)) == mark)
      return TRUE;
  return FALSE;
}

/* Whoever sent us to a member that we cannot reach is asked again, and told so. */
static void
note_unreachable (TriasFailover *self, Call *call, TriasEndpoint *endpoint)
{
  set_mark (call, endpoint, MARK_UNREACHABLE);
  g_free (call->cannot_reach);
  call->cannot_reach = g_strdup (endpoint->id);
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *other = g_ptr_array_index (self->endpoints, i);

      if (mark_of (call, other) == MARK_REDIRECTED)
        set_mark (call, other, MARK_UNTRIED);
    }
}

static gboolean
is_under_way (Call *call, TriasEndpoint *endpoint)
{
  for (guint i = 0; i < call->tries->len; i++)
    if (((Try *) g_ptr_array_index (call->tries, i))->endpoint == endpoint)
      return TRUE;
  return FALSE;
}

static gboolean
is_member_under_way (Call *call, const char *id)
{
  for (guint i = 0; i < call->tries->len; i++)
    if (strcmp (((Try *) g_ptr_array_index (call->tries, i))->endpoint->id, id) == 0)
      return TRUE;
  return FALSE;
}

/* The next to ask: where a redirect points, else the best one not asked in this round; members that
 * were not reached in the last round or are silent now come behind the others. */
static TriasEndpoint *
choose (TriasFailover *self, Call *call)
{
  TriasEndpoint *last = NULL;

  if (call->next != NULL)
    return g_steal_pointer (&call->next);
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (mark_of (call, endpoint) != MARK_UNTRIED || is_under_way (call, endpoint))
        continue;
      if (g_strcmp0 (call->cannot_reach, endpoint->id) != 0
          && !is_member_under_way (call, endpoint->id))
        return trias_endpoint_ref (endpoint);
      if (last == NULL)
        last = endpoint;
    }
  return last != NULL ? trias_endpoint_ref (last) : NULL;
}

static gboolean
is_soft (const GError *error)
{
  switch (error->code)
    {
    /* Another member may have what this one has not, or may serve when this one does not. */
    case TRIAS_REASON_NO_SEATS:
    case TRIAS_REASON_UNKNOWN_FEATURE:
    case TRIAS_REASON_GONE:
    case TRIAS_REASON_NOT_FOUND:
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
is_passing (const GError *error)
{
  if (error->domain != TRIAS_ERROR)
    return FALSE;
  switch (error->code)
    {
    case TRIAS_REASON_NOT_ACTIVE:
    case TRIAS_REASON_NO_QUORUM:
    case TRIAS_REASON_STORAGE:
    case TRIAS_REASON_TOO_MANY:
    case TRIAS_REASON_INTERNAL:
    case TRIAS_REASON_TIMED_OUT:
    case TRIAS_REASON_UNREACHABLE:
    case TRIAS_REASON_EPOCH:
    case TRIAS_REASON_BUSY:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Nobody serves at present, but that changes within an election. */
static gboolean
is_election (const GError *error)
{
  return error->code == TRIAS_REASON_NOT_ACTIVE || error->code == TRIAS_REASON_NO_QUORUM
         || error->code == TRIAS_REASON_EPOCH;
}

/* Ends the call: what is still under way is of no interest. */
static void
finish (GTask *task, TriasFailoverReply *reply, GError *error)
{
  Call *call = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  call->done = TRUE;
  call->uncertain = call->uncertain || call->tries->len > 0;
  trias_timer_stop (&call->pause);
  trias_timer_stop (&call->hedge);
  if (cancellable != NULL && call->cancel_handler != 0)
    g_cancellable_disconnect (cancellable, call->cancel_handler);
  call->cancel_handler = 0;
  g_cancellable_cancel (call->stop);
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) trias_failover_reply_free);
  else
    g_task_return_error (task, error);
  /* The reference that the call held on itself. */
  g_object_unref (task);
}

static GError *
final_error (Call *call)
{
  if (call->refusal != NULL)
    return g_steal_pointer (&call->refusal);
  if (call->failure != NULL)
    return g_steal_pointer (&call->failure);
  return g_error_new_literal (TRIAS_ERROR, TRIAS_REASON_TIMED_OUT,
                              "No licence server answered in time.");
}

static gboolean
step_cb (gpointer user_data)
{
  step (user_data);
  return G_SOURCE_REMOVE;
}

static guint
pause_of (TriasFailover *self, Call *call)
{
  gint64 now = trias_boot_time ();
  guint pause;

  if (call->fruitless == 0)
    call->fruitless = now;
  if (trias_failover_is_triad (self))
    pause = trias_failover_election_pause ((now - call->fruitless) / 1000);
  else
    pause = trias_backoff_next (&call->backoff);
  return MAX (pause, call->wait_ms);
}

/* Whether a soft refusal ends the call: not while somebody said that it will serve again soon, nor
 * in a triad while the one that speaks for it may be out of reach. Who was taken out of a triad
 * knows nothing of what the triad has. */
static gboolean
refusal_counts (TriasFailover *self, Call *call)
{
  if (call->refusal == NULL || !is_soft (call->refusal) || call->passing)
    return FALSE;
  return !trias_failover_is_triad (self)
         || (!has_mark (self, call, MARK_UNREACHABLE) && !has_mark (self, call, MARK_REDIRECTED));
}

/* All who could be asked have been. What passes is tried again after a pause, beside those that are
 * silent still. */
static void
end_round (GTask *task)
{
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  gboolean soft = refusal_counts (self, call);
  gboolean waits = call->tries->len > 0;
  guint pause;

  if (waits && (soft || !call->asked))
    return;
  pause = pause_of (self, call);
  call->complete = !has_mark (self, call, MARK_UNREACHABLE);
  if (soft || trias_boot_time () + (gint64) pause * 1000 >= call->deadline)
    {
      if (!waits)
        finish (task, NULL, final_error (call));
      return;
    }
  g_hash_table_remove_all (call->marks);
  g_clear_error (&call->refusal);
  call->passing = FALSE;
  call->wait_ms = 0;
  call->redirects = 0;
  call->asked = FALSE;
  trias_timer_start (&call->pause, pause, step_cb, task);
}

static char *
epoch_of (TriasAnswer *answer)
{
  g_auto (TriasJsonReader) reader = { 0 };
  char *epoch;

  if (answer->json == NULL)
    return NULL;
  trias_json_reader_init (&reader, answer->json);
  epoch = g_strdup (trias_json_read_string_or (&reader, "epoch", 256, NULL));
  trias_json_reader_clear (&reader);
  return epoch;
}

/* Takes @answer. */
static void
succeed (Try *attempt, TriasAnswer *answer)
{
  TriasFailover *self = g_task_get_source_object (attempt->task);
  TriasFailoverReply *reply = g_new0 (TriasFailoverReply, 1);
  g_autofree char *epoch = epoch_of (answer);

  reply->answer = answer;
  reply->endpoint = trias_endpoint_ref (attempt->endpoint);
  trias_failover_prefer (self, attempt->endpoint, epoch);
  finish (attempt->task, reply, NULL);
}

static void
follow (TriasFailover *self, Call *call, TriasEndpoint *from, const char *location)
{
  TriasEndpoint *target
      = location != NULL ? trias_failover_find_location (self, location, from) : NULL;
  gboolean silent = target != NULL && is_under_way (call, target);
  gboolean usable = target != NULL && target != from && call->redirects < MAX_REDIRECTS
                    && mark_of (call, target) == MARK_UNTRIED;

  set_mark (call, from, usable ? MARK_REDIRECTED : MARK_REFUSED);
  /* Somebody serves whom this client does not know yet. */
  if (target == NULL)
    {
      call->passing = TRUE;
      trias_failover_relearn (self, from);
    }
  if (!usable || silent)
    return;
  call->redirects++;
  g_clear_pointer (&call->next, trias_endpoint_unref);
  call->next = trias_endpoint_ref (target);
}

/* Takes @error. */
static void
note_refusal (TriasFailover *self, Call *call, TriasEndpoint *endpoint, GError *error)
{
  guint seconds = trias_rest_error_retry_after (error);

  set_mark (call, endpoint, MARK_REFUSED);
  call->passing |= is_passing (error);
  /* Of three members another one may serve long before that. */
  if (!trias_failover_is_triad (self) || !is_election (error))
    call->wait_ms = MAX (call->wait_ms, MIN (seconds * 1000, BACKOFF_LAST_MS));
  if (call->refusal == NULL || (is_soft (error) && !is_soft (call->refusal)))
    {
      g_clear_error (&call->refusal);
      call->refusal = error;
    }
  else
    g_error_free (error);
}

static void send_to (GTask *task, TriasEndpoint *endpoint, gboolean second);

/* A transport error. Takes @error. */
static void
note_failure (Try *attempt, gboolean was_fresh, GError *error)
{
  TriasFailover *self = g_task_get_source_object (attempt->task);
  Call *call = g_task_get_task_data (attempt->task);

  call->uncertain = TRUE;
  if (error->code == TRIAS_REASON_UNREACHABLE && !attempt->second && was_fresh
      && g_strcmp0 (call->cannot_reach, attempt->endpoint->id) != 0)
    {
      /* A kept connection may have been closed long ago: that says nothing about the server. */
      send_to (attempt->task, trias_endpoint_ref (attempt->endpoint), TRUE);
      g_error_free (error);
      return;
    }
  note_unreachable (self, call, attempt->endpoint);
  g_clear_error (&call->failure);
  call->failure = error;
}

/* Whether a member of the triad refused, in the incarnation of the list or a later one. Who was
 * taken out of it knows nothing of what the triad has. */
static gboolean
speaks_for_triad (TriasFailover *self, const GError *error)
{
  g_autoptr (TriasProblem) problem = NULL;
  const char *epoch;
  g_auto (GStrv) parts = NULL;
  guint64 incarnation;

  if (!trias_failover_is_triad (self))
    return FALSE;
  problem = trias_problem_from_error (error);
  epoch = problem->params != NULL ? g_hash_table_lookup (problem->params, "epoch") : NULL;
  if (epoch == NULL || self->list_id == NULL)
    return FALSE;
  parts = g_strsplit (epoch, "/", 2);
  return parts[0] != NULL && strcmp (parts[0], self->list_id) == 0 && parts[1] != NULL
         && g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXINT64, &incarnation, NULL)
         && incarnation >= self->incarnation;
}

/* Takes @answer or @error; returns whether the call goes on. */
static gboolean
take_answer (Try *attempt, gboolean was_fresh, TriasAnswer *answer, GError *error)
{
  TriasFailover *self = g_task_get_source_object (attempt->task);
  Call *call = g_task_get_task_data (attempt->task);

  if (answer != NULL && answer->status < 300)
    {
      succeed (attempt, answer);
      return FALSE;
    }
  if (answer != NULL)
    {
      follow (self, call, attempt->endpoint, answer->location);
      trias_answer_free (answer);
    }
  else if (error->domain == TRIAS_ERROR && trias_rest_error_is_transport (error))
    note_failure (attempt, was_fresh, error);
  else if (error->domain == TRIAS_ERROR && is_passing (error))
    note_refusal (self, call, attempt->endpoint, error);
  else if (error->domain == TRIAS_ERROR && is_soft (error) && !speaks_for_triad (self, error))
    note_refusal (self, call, attempt->endpoint, error);
  else
    {
      /* Of a triad only the active member says such a thing: it stands for all. */
      call->complete = TRUE;
      finish (attempt->task, NULL, error);
      return FALSE;
    }
  return TRUE;
}

static void
attempted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Try) attempt = user_data;
  Call *call = g_task_get_task_data (attempt->task);
  TriasFailover *self = g_task_get_source_object (attempt->task);
  gboolean was_fresh = call->fresh == attempt;
  GError *error = NULL;
  TriasAnswer *answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  g_debug ("%s %s at %s: %s", call->method, call->path, attempt->endpoint->address,
           answer == NULL             ? error->message
           : answer->location != NULL ? answer->location
                                      : "done");
  g_ptr_array_remove_fast (call->tries, attempt);
  if (call->done)
    {
      trias_answer_free (answer);
      g_clear_error (&error);
      return;
    }
  if (was_fresh)
    {
      call->fresh = NULL;
      trias_timer_stop (&call->hedge);
    }
  if (answer != NULL)
    trias_failover_note_time (self, trias_boot_time () - attempt->sent);
  if (take_answer (attempt, was_fresh, answer, error))
    step (attempt->task);
}

static gboolean
hedge_cb (gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);

  call->fresh = NULL;
  step (task);
  return G_SOURCE_REMOVE;
}

/* Takes @endpoint. */
static void
send_to (GTask *task, TriasEndpoint *endpoint, gboolean second)
{
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  gint64 now = trias_boot_time ();
  guint left_ms = (guint) CLAMP ((call->deadline - now) / 1000, 1, TRIAS_FAILOVER_ATTEMPT_MS);
  const char *headers[] = { NULL, NULL, NULL };
  Try *attempt = g_new0 (Try, 1);

  attempt->task = g_object_ref (task);
  attempt->endpoint = endpoint;
  attempt->second = second;
  attempt->sent = now;
  if (call->cannot_reach != NULL && strcmp (call->cannot_reach, endpoint->id) != 0)
    {
      headers[0] = "Trias-Cannot-Reach";
      headers[1] = call->cannot_reach;
    }
  g_ptr_array_add (call->tries, attempt);
  call->asked = TRUE;
  call->fresh = attempt;
  trias_timer_start (&call->hedge, trias_failover_hedge_ms (self), hedge_cb, task);
  trias_rest_send_within_async (endpoint->rest, left_ms, call->method, call->path, call->body,
                                headers, call->stop, attempted_cb, attempt);
}

/* Goes on: asks the next one, unless one was just asked. */
static void
step (GTask *task)
{
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  TriasEndpoint *endpoint;

  if (call->done || call->fresh != NULL || call->pause != NULL)
    return;
  if (trias_boot_time () >= call->deadline)
    {
      if (call->tries->len == 0)
        finish (task, NULL, final_error (call));
      return;
    }
  endpoint = choose (self, call);
  if (endpoint != NULL)
    send_to (task, endpoint, FALSE);
  else
    end_round (task);
}

void
trias_failover_call_begin (GTask *task)
{
  step (task);
}

static gboolean
wake_cb (gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);

  if (!call->done)
    finish (task, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled."));
  return G_SOURCE_REMOVE;
}

/* Runs inside of g_cancellable_cancel(), where the handler must not be taken off, so it only hands
 * on. */
static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GSource) idle = g_idle_source_new ();

  g_source_set_priority (idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (idle, wake_cb, g_object_ref (user_data), g_object_unref);
  g_source_attach (idle, g_task_get_context (user_data));
}

void
trias_failover_call_async (TriasFailover *self,
                           const char *method,
                           const char *path,
                           const char *body,
                           gint64 deadline,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  g_task_set_source_tag (task, trias_failover_call_async);
  g_task_set_check_cancellable (task, FALSE);
  call->method = g_strdup (method);
  call->path = g_strdup (path);
  call->body = g_strdup (body);
  call->deadline = deadline;
  trias_backoff_init (&call->backoff, BACKOFF_FIRST_MS, BACKOFF_LAST_MS);
  call->stop = g_cancellable_new ();
  call->tries = g_ptr_array_new ();
  call->marks = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) trias_endpoint_unref, NULL);
  g_task_set_task_data (task, call, call_free);
  if (cancellable != NULL)
    call->cancel_handler
        = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), task, NULL);
  if (self->discovered)
    {
      step (task);
      return;
    }
  g_ptr_array_add (self->waiting, g_object_ref (task));
  trias_failover_discover (self);
}

TriasFailoverReply *
trias_failover_call_finish (TriasFailover *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_failover_call_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
trias_failover_call_was_complete (GAsyncResult *result)
{
  Call *call = g_task_get_task_data (G_TASK (result));

  return call->complete;
}

gboolean
trias_failover_call_was_uncertain (GAsyncResult *result)
{
  Call *call = g_task_get_task_data (G_TASK (result));

  return call->uncertain;
}
