/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-server-private.h"

#include "client/trias-rest-private.h"

#include <string.h>

#define BACKOFF_FIRST_MS 500
#define BACKOFF_LAST_MS 30000
#define TICK_MS 10000
#define PROBE_MS 5000
#define ALL_PARTS (TRIAS_PART_BIT (TRIAS_N_PARTS) - 1)

static void probe (TriasServer *self, GTask *task);

typedef struct
{
  TriasServerState state;
  gboolean online;
  const GError *error; /* (nullable) clears the one that is shown */
} Standing;

static void
set_standing (gpointer object, gpointer data)
{
  TriasServerFacts *facts = &TRIAS_SERVER (object)->facts;
  const Standing *standing = data;

  if (facts->online != standing->online || facts->since == 0)
    facts->since = g_get_real_time () / 1000;
  facts->state = standing->state;
  facts->online = standing->online;
  g_free (facts->error_message);
  facts->error_message = g_strdup (standing->error != NULL ? standing->error->message : "");
  facts->error_reason = TRIAS_REASON_NONE;
  if (standing->error != NULL)
    {
      g_autoptr (TriasProblem) problem = trias_problem_from_error (standing->error);

      facts->error_reason = problem->reason;
    }
}

static void
stand (TriasServer *self, TriasServerState state, gboolean online, const GError *error)
{
  Standing standing = { state, online, error };

  trias_server_change (self, set_standing, &standing);
}

void
trias_server_set_error (TriasServer *self, const GError *error)
{
  stand (self, self->facts.state, self->facts.online, error);
}

static gboolean
retry_cb (gpointer user_data)
{
  probe (user_data, NULL);
  return G_SOURCE_REMOVE;
}

static void
retry_later (TriasServer *self)
{
  if (self->wanted)
    trias_timer_start (&self->retry, trias_backoff_next (&self->backoff), retry_cb, self);
}

/* A server that gives no sign of life is asked for one: a silent host closes no connection. */
static gboolean
tick_cb (gpointer user_data)
{
  TriasServer *self = user_data;

  trias_timer_start (&self->tick, TICK_MS, tick_cb, self);
  if (self->facts.online && g_get_real_time () / 1000 - self->last_heard >= TICK_MS / 2)
    probe (self, NULL);
  return G_SOURCE_REMOVE;
}

static void
lose (TriasServer *self, const GError *error)
{
  trias_stream_stop (self->stream);
  stand (self, self->facts.fingerprint[0] != '\0' ? TRIAS_SERVER_LOST : TRIAS_SERVER_DISCONNECTED,
         FALSE, error);
  if (self->facts.state == TRIAS_SERVER_LOST)
    retry_later (self);
}

typedef struct
{
  const char *offered;
  gboolean changed;
} Offer;

static void
set_offer (gpointer object, gpointer data)
{
  TriasServerFacts *facts = &TRIAS_SERVER (object)->facts;
  const Offer *offer = data;

  g_free (facts->offered);
  facts->offered = g_strdup (offer->offered);
  facts->key_changed = offer->changed;
}

static void
ask_for_trust (TriasServer *self, const GError *error)
{
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);
  gboolean known = self->facts.fingerprint[0] != '\0';
  Offer offer = { "", known };

  if (problem->params != NULL && g_hash_table_lookup (problem->params, "fingerprint") != NULL)
    offer.offered = g_hash_table_lookup (problem->params, "fingerprint");
  trias_stream_stop (self->stream);
  trias_timer_stop (&self->retry);
  trias_server_change (self, set_offer, &offer);
  stand (self, TRIAS_SERVER_UNTRUSTED, FALSE, known ? error : NULL);
  /* The right one may come back; whoever else answers learns nothing from being asked. */
  if (known)
    retry_later (self);
}

static void
clear_offer (TriasServer *self)
{
  Offer none = { "", FALSE };

  if (self->facts.key_changed)
    trias_server_change (self, set_offer, &none);
}

static void
clear_session (gpointer object, gpointer data)
{
  TriasServer *self = object;

  trias_rest_set_token (self->rest, NULL);
  g_free (self->facts.admin);
  self->facts.admin = g_strdup ("");
}

static void
become_signed_out (TriasServer *self, const GError *error)
{
  trias_stream_stop (self->stream);
  trias_server_change (self, clear_session, NULL);
  trias_server_forget_lists (self);
  stand (self, TRIAS_SERVER_SIGNED_OUT, TRUE, error);
}

void
trias_server_note_failure (TriasServer *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED))
    {
      if (trias_server_get_signed_in (self))
        become_signed_out (self, error);
    }
  else if (trias_rest_error_is_transport (error))
    {
      if (error->code == TRIAS_REASON_KEY_MISMATCH)
        ask_for_trust (self, error);
      else if (self->facts.online)
        probe (self, NULL);
    }
  else
    trias_server_set_error (self, error);
}

/* --- one attempt: who is there, and is our session still good --- */

typedef struct
{
  TriasServer *self;
  GTask *task;               /* (owned) (nullable) who waits for it */
  GCancellable *cancellable; /* (owned) */
} Probe;

static void
probe_free (Probe *probe)
{
  g_object_unref (probe->self);
  g_object_unref (probe->cancellable);
  g_clear_object (&probe->task);
  g_free (probe);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Probe, probe_free)

static void
end_probe (Probe *probe, const GError *error)
{
  if (probe->self->cancellable == probe->cancellable)
    probe->self->probing = FALSE;
  if (probe->task == NULL)
    return;
  if (error != NULL)
    g_task_return_error (probe->task, g_error_copy (error));
  else
    g_task_return_boolean (probe->task, TRUE);
}

/* A caller that gives up ends its own attempt, not what others read meanwhile. */
static GCancellable *
probe_cancellable (Probe *probe)
{
  GCancellable *callers = probe->task != NULL ? g_task_get_cancellable (probe->task) : NULL;

  return callers != NULL ? callers : probe->cancellable;
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Probe) probe = user_data;

  trias_server_read_finish (TRIAS_SERVER (source), result, NULL);
  end_probe (probe, NULL);
}

/* The session holds: everything that is looked at is read, then the news are followed. */
static void
establish (Probe *probe)
{
  TriasServer *self = probe->self;

  trias_backoff_reset (&self->backoff);
  if (self->facts.state == TRIAS_SERVER_CONNECTED && probe->task == NULL)
    {
      trias_server_set_error (self, NULL);
      trias_stream_hurry (self->stream);
      end_probe (probe, NULL);
      probe_free (probe);
      return;
    }
  stand (self, TRIAS_SERVER_CONNECTED, TRUE, NULL);
  trias_stream_start (self->stream);
  trias_stream_hurry (self->stream);
  trias_server_read_async (self, ALL_PARTS & ~TRIAS_PART_BIT (TRIAS_PART_SERVER), NULL,
                           refreshed_cb, probe);
}

static void
failed (Probe *probe, const GError *error)
{
  TriasServer *self = probe->self;
  gboolean unknown = self->facts.fingerprint[0] == '\0';

  if (self->cancellable != probe->cancellable
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      if (self->cancellable == probe->cancellable && self->facts.state == TRIAS_SERVER_CONNECTING)
        stand (self, TRIAS_SERVER_DISCONNECTED, FALSE, NULL);
      end_probe (probe, error);
      return;
    }
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH))
    {
      ask_for_trust (self, error);
      end_probe (probe, unknown ? NULL : error);
      return;
    }
  lose (self, error);
  end_probe (probe, error);
}

static void
session_checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Probe) probe = user_data;
  TriasServer *self = probe->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (self->cancellable != probe->cancellable
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      error = error != NULL ? g_steal_pointer (&error)
                            : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                   "The connection was closed.");
      failed (probe, error);
      return;
    }
  if (answer != NULL)
    {
      establish (g_steal_pointer (&probe));
      return;
    }
  if (trias_rest_error_is_transport (error))
    lose (self, error);
  else
    become_signed_out (self, error);
  end_probe (probe, NULL);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Probe) probe = user_data;
  TriasServer *self = probe->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (answer == NULL || self->cancellable != probe->cancellable
      || !trias_server_apply (self, TRIAS_PART_SERVER, answer, &error))
    {
      if (error == NULL)
        error
            = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The connection was closed.");
      failed (probe, error);
      return;
    }
  clear_offer (self);
  if (!trias_server_get_signed_in (self))
    {
      trias_backoff_reset (&self->backoff);
      /* Why somebody was signed out stays until they sign in again. */
      if (self->facts.state != TRIAS_SERVER_SIGNED_OUT)
        stand (self, TRIAS_SERVER_SIGNED_OUT, TRUE, NULL);
      end_probe (probe, NULL);
      return;
    }
  if (self->facts.state == TRIAS_SERVER_CONNECTED && probe->task == NULL)
    {
      establish (g_steal_pointer (&probe));
      return;
    }
  trias_rest_send_async (self->rest, "GET", "/settings", NULL, NULL, probe_cancellable (probe),
                         session_checked_cb, probe);
  g_steal_pointer (&probe);
}

/* @task: (transfer full) (nullable) */
static void
probe (TriasServer *self, GTask *task)
{
  Probe *probe;

  if (self->probing && task == NULL)
    return;
  trias_timer_stop (&self->retry);
  self->probing = TRUE;
  probe = g_new0 (Probe, 1);
  probe->self = g_object_ref (self);
  probe->task = task;
  probe->cancellable = g_object_ref (self->cancellable);
  trias_rest_send_within_async (self->rest, PROBE_MS, "GET", "/server", NULL, NULL,
                                probe_cancellable (probe), answered_cb, probe);
}

void
trias_server_connect_async (TriasServer *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_connect_async);
  self->wanted = TRUE;
  if (self->facts.state != TRIAS_SERVER_LOST && self->facts.state != TRIAS_SERVER_CONNECTED)
    stand (self, TRIAS_SERVER_CONNECTING, FALSE, NULL);
  if (self->tick == NULL)
    trias_timer_start (&self->tick, TICK_MS, tick_cb, self);
  probe (self, task);
}

gboolean
trias_server_connect_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
cut (TriasServer *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->probing = FALSE;
  trias_timer_stop (&self->retry);
  trias_timer_stop (&self->tick);
  trias_stream_stop (self->stream);
  trias_server_parts_reset (self);
  trias_backoff_reset (&self->backoff);
}

void
trias_server_disconnect (TriasServer *self)
{
  self->wanted = FALSE;
  cut (self);
  stand (self, TRIAS_SERVER_DISCONNECTED, FALSE, NULL);
}

static void
set_pin (gpointer object, gpointer data)
{
  TriasServerFacts *facts = &TRIAS_SERVER (object)->facts;

  g_free (facts->fingerprint);
  facts->fingerprint = g_strdup (data);
  g_free (facts->offered);
  facts->offered = g_strdup ("");
  facts->key_changed = FALSE;
}

/* What a person typed or copied: groups, colons, capitals. */
static char *
normalise (const char *text)
{
  g_autoptr (GString) id = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isspace (*p) && *p != ':')
      g_string_append_c (id, g_ascii_tolower (*p));
  return trias_id_is_valid (id->str) ? g_strdup (id->str) : NULL;
}

void
trias_server_trust_async (TriasServer *self,
                          const char *fingerprint,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autofree char *id = normalise (fingerprint);

  if (id == NULL)
    {
      g_task_report_new_error (self, callback, user_data, trias_server_connect_async, TRIAS_ERROR,
                               TRIAS_REASON_BAD_REQUEST,
                               "A fingerprint has 64 hexadecimal digits: compare it with what "
                               "“trias server show” says on the server.");
      return;
    }
  if (strcmp (id, self->facts.fingerprint) != 0)
    {
      cut (self);
      trias_server_change (self, clear_session, NULL);
      trias_server_forget_lists (self);
      trias_rest_set_fingerprint (self->rest, id);
    }
  trias_server_change (self, set_pin, id);
  trias_server_connect_async (self, cancellable, callback, user_data);
}

gboolean
trias_server_trust_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  return trias_server_connect_finish (self, result, error);
}

/* --- sessions --- */

typedef struct
{
  const char *token;
  const char *name;
} Session;

static void
set_session (gpointer object, gpointer data)
{
  TriasServer *self = object;
  const Session *session = data;
  char *name = g_strdup (session->name);

  trias_rest_set_token (self->rest, session->token);
  g_free (self->facts.admin);
  self->facts.admin = name;
}

void
trias_server_set_token (TriasServer *self, const char *token)
{
  Session session = { token, self->facts.admin };

  trias_server_change (self, set_session, &session);
}

static gboolean
keep_session (TriasServer *self, TriasAnswer *answer, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  Session session;

  trias_json_reader_init (&reader, answer->json);
  session.token = trias_json_read_string (&reader, "token", 1, 1024);
  session.name = trias_json_read_string_or (&reader, "name", 64, "");
  if (session.token != NULL && !g_str_is_ascii (session.token))
    trias_json_reader_fail (&reader, "token", "must be plain letters and digits");
  for (const char *p = session.token; p != NULL && *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      {
        trias_json_reader_fail (&reader, "token", "must be plain letters and digits");
        break;
      }
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  trias_server_change (self, set_session, &session);
  return TRUE;
}

static void
signed_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasServer *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (answer == NULL || !keep_session (self, answer, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->wanted = TRUE;
  if (self->tick == NULL)
    trias_timer_start (&self->tick, TICK_MS, tick_cb, self);
  probe (self, g_steal_pointer (&task));
}

void
trias_server_sign_in_async (TriasServer *self,
                            const char *name,
                            const char *password,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *body = NULL;
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_sign_in_async);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "name", name);
  trias_json_add_string (writer, "password", password);
  trias_json_end_object (writer);
  body = trias_json_writer_end (writer, NULL);
  trias_rest_send_async (self->rest, "POST", "/session", body, NULL, cancellable, signed_in_cb,
                         task);
}

gboolean
trias_server_sign_in_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_sign_in_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
signed_out_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasServer *self = g_task_get_source_object (task);
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, NULL);

  /* The token is forgotten here in any case; one that the server did not hear of ends by itself. */
  if (self->facts.online)
    become_signed_out (self, NULL);
  else
    trias_server_change (self, clear_session, NULL);
  g_task_return_boolean (task, TRUE);
}

void
trias_server_sign_out_async (TriasServer *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_sign_out_async);
  trias_rest_send_async (self->rest, "DELETE", "/session", NULL, NULL, cancellable, signed_out_cb,
                         task);
}

gboolean
trias_server_sign_out_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_sign_out_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- the stream --- */

static void
opened_cb (TriasStream *stream, TriasServer *self)
{
  self->last_heard = g_get_real_time () / 1000;
  /* What changed before the stream was open was not told. */
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    trias_server_part_changed (self, i);
}

static void
take_changed (TriasServer *self, const char *data)
{
  g_autoptr (TriasJson) json = trias_json_parse (data, strlen (data), TRIAS_SSE_MAX_MESSAGE, NULL);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *word;
  TriasPart part;

  trias_json_reader_init (&reader, json);
  word = trias_json_read_string (&reader, "what", 1, 64);
  /* Events come by themselves. */
  if (trias_json_reader_finish_lenient (&reader, NULL) && trias_part_from_word (word, &part)
      && part != TRIAS_PART_EVENTS)
    trias_server_part_changed (self, part);
}

static void
message_cb (
    TriasStream *stream, const char *event, const char *id, const char *data, TriasServer *self)
{
  self->last_heard = g_get_real_time () / 1000;
  if (strcmp (event, "changed") == 0)
    take_changed (self, data);
  else if (strcmp (event, "event") == 0)
    trias_server_apply_live_event (self, data);
}

static void
stream_lost_cb (TriasStream *stream, const GError *error, TriasServer *self)
{
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED))
    become_signed_out (self, error);
  else if (trias_rest_error_is_transport (error) && error->code == TRIAS_REASON_KEY_MISMATCH)
    ask_for_trust (self, error);
  else if (self->facts.online)
    probe (self, NULL);
}

void
trias_server_link_init (TriasServer *self)
{
  self->cancellable = g_cancellable_new ();
  self->stream = trias_stream_new (self->rest);
  trias_backoff_init (&self->backoff, BACKOFF_FIRST_MS, BACKOFF_LAST_MS);
  g_signal_connect_object (self->stream, "opened", G_CALLBACK (opened_cb), self, 0);
  g_signal_connect_object (self->stream, "message", G_CALLBACK (message_cb), self, 0);
  g_signal_connect_object (self->stream, "lost", G_CALLBACK (stream_lost_cb), self, 0);
}

void
trias_server_link_clear (TriasServer *self)
{
  if (self->stream == NULL)
    return;
  trias_stream_stop (self->stream);
  trias_timer_stop (&self->retry);
  trias_timer_stop (&self->tick);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stream);
}
