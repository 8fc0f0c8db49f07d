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

typedef struct
{
  char *method;
  char *path;
  char *body; /* (nullable) */
  gint64 deadline;
  TriasBackoff backoff;
  GSource *pause;         /* (owned) (nullable) */
  gulong cancel_handler;  /* wakes the pause */
  GHashTable *marks;      /* TriasEndpoint (owned) to Mark */
  TriasEndpoint *current; /* (owned) (nullable) */
  TriasEndpoint *next;    /* (owned) (nullable) where a redirect points */
  TriasEndpoint *again;   /* asked twice in a row; only compared */
  char *cannot_reach;     /* (owned) (nullable) id of the member that failed last */
  guint redirects;
  guint wait_ms;     /* what a member asked us to wait */
  GError *refusal;   /* (owned) (nullable) the first that a member gave */
  GError *failure;   /* (owned) (nullable) the last transport error */
  gboolean complete; /* everybody could be asked in the last round */
} Call;

static void attempt (GTask *task);

static void
call_free (gpointer data)
{
  Call *call = data;

  trias_timer_stop (&call->pause);
  g_free (call->method);
  g_free (call->path);
  g_free (call->body);
  g_hash_table_unref (call->marks);
  g_clear_pointer (&call->current, trias_endpoint_unref);
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

/* The next to ask: where a redirect points, else the best one not asked in this round; members that
 * were not reached in the last round come behind the others. */
static TriasEndpoint *
choose (TriasFailover *self, Call *call)
{
  TriasEndpoint *last = NULL;

  if (call->next != NULL)
    return g_steal_pointer (&call->next);
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (mark_of (call, endpoint) != MARK_UNTRIED)
        continue;
      if (g_strcmp0 (call->cannot_reach, endpoint->id) != 0)
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

static void
finish (GTask *task, TriasFailoverReply *reply, GError *error)
{
  Call *call = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  trias_timer_stop (&call->pause);
  if (cancellable != NULL && call->cancel_handler != 0)
    g_cancellable_disconnect (cancellable, call->cancel_handler);
  call->cancel_handler = 0;
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) trias_failover_reply_free);
  else
    g_task_return_error (task, error);
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
pause_cb (gpointer user_data)
{
  /* The timer owned the task's reference; the next attempt takes it. */
  attempt (user_data);
  return G_SOURCE_REMOVE;
}

/* All were asked. A soft refusal counts once everybody who could be asked has been; what passes is
 * tried again after a pause. Takes @task. */
static void
end_round (GTask *task)
{
  g_autoptr (GTask) owned = task;
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  guint pause = MAX (trias_backoff_next (&call->backoff), call->wait_ms);

  call->complete = !has_mark (self, call, MARK_UNREACHABLE);
  if ((call->refusal != NULL && is_soft (call->refusal))
      || trias_boot_time () + (gint64) pause * 1000 >= call->deadline)
    {
      finish (task, NULL, final_error (call));
      return;
    }
  g_hash_table_remove_all (call->marks);
  g_clear_error (&call->refusal);
  call->wait_ms = 0;
  call->redirects = 0;
  call->again = NULL;
  trias_timer_start (&call->pause, pause, pause_cb, g_steal_pointer (&owned));
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

/* Takes @task and @answer. */
static void
succeed (GTask *task, TriasAnswer *answer)
{
  g_autoptr (GTask) owned = task;
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  TriasFailoverReply *reply = g_new0 (TriasFailoverReply, 1);
  g_autofree char *epoch = epoch_of (answer);

  reply->answer = answer;
  reply->endpoint = trias_endpoint_ref (call->current);
  trias_failover_prefer (self, call->current, epoch);
  finish (task, reply, NULL);
}

static void
follow (TriasFailover *self, Call *call, const char *location)
{
  TriasEndpoint *target
      = location != NULL ? trias_failover_find_location (self, location, call->current) : NULL;
  gboolean usable = target != NULL && target != call->current && call->redirects < MAX_REDIRECTS
                    && mark_of (call, target) == MARK_UNTRIED;

  set_mark (call, call->current, usable ? MARK_REDIRECTED : MARK_REFUSED);
  if (!usable)
    return;
  call->redirects++;
  call->next = trias_endpoint_ref (target);
}

static void
note_refusal (Call *call, GError *error)
{
  guint seconds = trias_rest_error_retry_after (error);

  set_mark (call, call->current, MARK_REFUSED);
  call->wait_ms = MAX (call->wait_ms, MIN (seconds * 1000, BACKOFF_LAST_MS));
  if (call->refusal == NULL || (is_soft (error) && !is_soft (call->refusal)))
    {
      g_clear_error (&call->refusal);
      call->refusal = error;
    }
  else
    g_error_free (error);
}

static void
attempted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  g_debug ("%s %s at %s: %s", call->method, call->path, call->current->address,
           answer == NULL             ? error->message
           : answer->location != NULL ? answer->location
                                      : "done");
  if (answer != NULL && answer->status < 300)
    {
      succeed (g_steal_pointer (&task), g_steal_pointer (&answer));
      return;
    }
  if (answer != NULL)
    follow (self, call, answer->location);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      finish (task, NULL, error);
      return;
    }
  else if (error->code == TRIAS_REASON_UNREACHABLE && trias_rest_error_is_transport (error)
           && call->again != call->current)
    {
      /* A kept connection may have been closed long ago: that says nothing about the server. */
      call->again = call->current;
      call->next = trias_endpoint_ref (call->current);
      g_error_free (error);
    }
  else if (trias_rest_error_is_transport (error))
    {
      note_unreachable (self, call, call->current);
      g_clear_error (&call->failure);
      call->failure = error;
    }
  else if (is_soft (error) || is_passing (error))
    note_refusal (call, error);
  else
    {
      finish (task, NULL, error);
      return;
    }
  attempt (g_steal_pointer (&task));
}

/* Takes @task. */
static void
attempt (GTask *task)
{
  g_autoptr (GTask) owned = task;
  TriasFailover *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  gint64 left_ms = (call->deadline - trias_boot_time ()) / 1000;
  const char *headers[] = { NULL, NULL, NULL };
  TriasEndpoint *endpoint;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      finish (task, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled."));
      return;
    }
  if (left_ms <= 0)
    {
      finish (task, NULL, final_error (call));
      return;
    }
  endpoint = choose (self, call);
  if (endpoint == NULL)
    {
      end_round (g_steal_pointer (&owned));
      return;
    }
  g_clear_pointer (&call->current, trias_endpoint_unref);
  call->current = endpoint;
  if (call->cannot_reach != NULL && strcmp (call->cannot_reach, endpoint->id) != 0)
    {
      headers[0] = "Trias-Cannot-Reach";
      headers[1] = call->cannot_reach;
    }
  trias_rest_send_within_async (
      endpoint->rest, (guint) MIN (left_ms, TRIAS_FAILOVER_ATTEMPT_MS), call->method, call->path,
      call->body, headers, g_task_get_cancellable (task), attempted_cb, g_steal_pointer (&owned));
}

void
trias_failover_call_begin (GTask *task)
{
  attempt (task);
}

static gboolean
wake_cb (gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);

  if (call->pause != NULL)
    {
      trias_timer_stop (&call->pause);
      attempt (task);
    }
  return G_SOURCE_REMOVE;
}

/* A pause is not a request: it has to be told. Runs inside of g_cancellable_cancel(), where the
 * handler must not be taken off, so it only hands on. */
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
  call->marks = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) trias_endpoint_unref, NULL);
  g_task_set_task_data (task, call, call_free);
  if (cancellable != NULL)
    call->cancel_handler
        = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), task, NULL);
  if (self->discovered)
    {
      attempt (task);
      return;
    }
  g_ptr_array_add (self->waiting, task);
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
