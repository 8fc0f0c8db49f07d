/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"
#include "client/trias-setup-private.h"

#include <string.h>

#define AGAIN_MS 200

/* In the order in which they happen. */
enum
{
  STEP_INVITE,
  STEP_CHECK,
  STEP_PREPARE,
  STEP_SEAL,
  STEP_COPY,
  STEP_DONE,
  N_STEPS
};
static const char *const step_words[N_STEPS]
    = { "invite", "check", "prepare", "seal", "copy", "done" };

typedef struct
{
  gulong watch_event;
  gulong watch_relationship;
  gulong watch_cancel;
  GCancellable *cancellable; /* (owned) (nullable) the caller's */
} Forming;

static void
forming_free (gpointer data)
{
  Forming *forming = data;

  g_clear_object (&forming->cancellable);
  g_free (forming);
}

/* What events and progress are about. */
static const char *
subject_of (TriasSetup *self)
{
  return self->changed != NULL ? self->changed->id : self->forming_id;
}

static TriasSetupStep *
step_at (TriasSetup *self, guint index)
{
  g_autoptr (TriasSetupStep) step = g_list_model_get_item (G_LIST_MODEL (self->steps), index);

  return step;
}

static void
reset_steps (TriasSetup *self)
{
  TriasSetupStep *steps[N_STEPS];

  for (guint i = 0; i < N_STEPS; i++)
    steps[i] = trias_setup_step_new (step_words[i]);
  g_list_store_splice (self->steps, 0, g_list_model_get_n_items (G_LIST_MODEL (self->steps)),
                       (gpointer *) steps, N_STEPS);
  for (guint i = 0; i < N_STEPS; i++)
    g_object_unref (steps[i]);
}

/* Steps before @index are done, it is running. News may come late: nothing goes backwards. */
static void
advance (TriasSetup *self, guint index, const char *detail)
{
  for (guint i = 0; i < index; i++)
    if (trias_setup_step_get_state (step_at (self, i)) != TRIAS_CHECK_PASSED)
      trias_setup_step_set (step_at (self, i), TRIAS_CHECK_PASSED, NULL);
  if (trias_setup_step_get_state (step_at (self, index)) == TRIAS_CHECK_WAITING)
    trias_setup_step_set (step_at (self, index), TRIAS_CHECK_RUNNING, detail);
}

static void
set_copied (gpointer object, gpointer data)
{
  TRIAS_SETUP (object)->copied = data != NULL;
}

static void
set_sealed (gpointer object, gpointer data)
{
  TRIAS_SETUP (object)->sealed = data != NULL;
}

static void
reach (TriasSetup *self, guint index, const char *detail)
{
  if (self->state != TRIAS_SETUP_FORMING)
    return;
  advance (self, index, detail);
  if (index >= STEP_SEAL && !self->sealed)
    trias_setup_change (self, set_sealed, self);
}

static void
follow_phase (TriasSetup *self, const char *phase, const char *detail)
{
  if (strcmp (phase, "checking") == 0)
    reach (self, STEP_CHECK, detail);
  else if (strcmp (phase, "preparing") == 0 || strcmp (phase, "prepared") == 0)
    reach (self, STEP_PREPARE, detail);
  else if (strcmp (phase, "sealing") == 0)
    reach (self, STEP_SEAL, detail);
  else if (strcmp (phase, "copying") == 0)
    reach (self, STEP_COPY, detail);
}

static void
relationship_cb (TriasServer *server, GParamSpec *pspec, gpointer user_data)
{
  TriasSetup *self = user_data;
  TriasRelationshipInfo *info = trias_server_get_relationship (server);
  const TriasForming *forming = info != NULL ? trias_relationship_info_get_forming (info) : NULL;

  if (forming != NULL && g_strcmp0 (forming->id, subject_of (self)) == 0)
    follow_phase (self, forming->phase, forming->detail);
}

static void
event_cb (TriasServer *server, TriasEventItem *item, gpointer user_data)
{
  TriasSetup *self = user_data;
  const TriasEvent *event = trias_event_item_get_event (item);

  if (g_strcmp0 (event->subject, subject_of (self)) != 0)
    return;
  if (strcmp (event->kind, "relationship-check") == 0)
    reach (self, STEP_CHECK, NULL);
  else if (strcmp (event->kind, "relationship-prepare") == 0)
    reach (self, STEP_PREPARE, NULL);
  else if (strcmp (event->kind, "relationship-sealed") == 0)
    reach (self, STEP_COPY, NULL);
}

/* --- stopping before the seal --- */

static gboolean stop_cb (gpointer user_data);

static void
aborted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasSetup) self = user_data;
  g_autoptr (GError) error = NULL;

  /* Too late is no error here: the answer to the forming itself tells how it ended. Too early is
   * tried again, until the server has begun. */
  if (!trias_server_action_finish (TRIAS_SERVER (source), result, &error)
      && g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND)
      && trias_setup_get_cancellable (self))
    g_timeout_add_full (G_PRIORITY_DEFAULT, AGAIN_MS, stop_cb, g_object_ref (self), g_object_unref);
}

static gboolean
stop_cb (gpointer user_data)
{
  TriasSetup *self = user_data;

  if (trias_setup_get_cancellable (self))
    trias_server_abort_forming_async (self->parts[0].server, NULL, aborted_cb, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* Runs inside of g_cancellable_cancel(), maybe in another thread: only hands on. */
static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, stop_cb, g_object_ref (user_data),
                              g_object_unref);
}

/* --- the end --- */

static void
unwatch (TriasSetup *self, Forming *forming)
{
  g_clear_signal_handler (&forming->watch_event, self->parts[0].server);
  g_clear_signal_handler (&forming->watch_relationship, self->parts[0].server);
  if (forming->cancellable != NULL && forming->watch_cancel != 0)
    g_cancellable_disconnect (forming->cancellable, forming->watch_cancel);
  forming->watch_cancel = 0;
}

static void
show_failure (TriasSetup *self, const GError *error)
{
  for (guint i = 0; i < N_STEPS; i++)
    if (trias_setup_step_get_state (step_at (self, i)) == TRIAS_CHECK_RUNNING)
      trias_setup_step_set (step_at (self, i), TRIAS_CHECK_FAILED, error->message);
}

/* --- the first copy --- */

static gboolean
is_copied (TriasSetup *self)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (self->parts[0].server);
  const TriasRelationship *relationship
      = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
  const TriasMemberStatus *status
      = relationship != NULL ? trias_relationship_info_get_status (info) : NULL;

  /* The answer of a triad comes after its members have received everything. */
  if (self->kind != TRIAS_KIND_BACKUP)
    return TRUE;
  return status != NULL && status->connected && status->synchronised
         && g_strcmp0 (relationship->id, self->forming_id) == 0;
}

static void
copy_changed_cb (TriasSetup *self)
{
  if (self->copied || self->state != TRIAS_SETUP_FORMED || !is_copied (self))
    return;
  for (guint i = 0; i < N_STEPS; i++)
    trias_setup_step_set (step_at (self, i), TRIAS_CHECK_PASSED, NULL);
  trias_setup_change (self, set_copied, self);
}

static void
end_forming (GTask *task, GError *error)
{
  TriasSetup *self = g_task_get_source_object (task);
  Forming *forming = g_task_get_task_data (task);

  unwatch (self, forming);
  trias_setup_forget_codes (self);
  if (error == NULL)
    {
      advance (self, STEP_COPY, NULL);
      trias_setup_set_state (self, TRIAS_SETUP_FORMED, NULL);
      g_signal_connect_object (self->parts[0].server, "notify::relationship",
                               G_CALLBACK (copy_changed_cb), self, G_CONNECT_SWAPPED);
      copy_changed_cb (self);
      g_task_return_boolean (task, TRUE);
      return;
    }
  show_failure (self, error);
  if (forming->cancellable != NULL && g_cancellable_is_cancelled (forming->cancellable)
      && !trias_rest_error_is_transport (error))
    {
      g_clear_error (&error);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                   "Setting up was stopped; all servers are as before.");
    }
  trias_setup_set_state (self, TRIAS_SETUP_FAILED, error);
  g_task_return_error (task, error);
}

static void
formed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = g_task_get_source_object (task);
  GError *error = NULL;

  trias_server_form_finish (TRIAS_SERVER (source), result, &error);
  /* Whoever lost the connection asks for the same relationship again. */
  if (error != NULL && !trias_rest_error_is_transport (error))
    g_clear_pointer (&self->forming_id, g_free);
  end_forming (task, error);
}

static void
code_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = TRIAS_SETUP (source);
  GError *error = NULL;
  g_autoptr (TriasSetupCandidates) others = trias_setup_invite_finish (self, result, &error);

  if (others == NULL)
    {
      end_forming (task, error);
      return;
    }
  advance (self, STEP_CHECK, NULL);
  /* The caller's cancellable does not end the request: the answer says how the servers decided. */
  if (self->changed != NULL)
    {
      trias_server_change_async (self->parts[0].server, self->forming_id, self->leaving,
                                 self->discard, others->list, NULL, formed_cb,
                                 g_steal_pointer (&task));
      return;
    }
  trias_server_form_async (self->parts[0].server, self->forming_id, self->name, self->kind,
                           &self->options, self->parts[0].address, others->list, others->n, NULL,
                           formed_cb, g_steal_pointer (&task));
}

void
trias_setup_form_async (TriasSetup *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Forming *forming = g_new0 (Forming, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, trias_setup_form_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, forming, forming_free);
  g_return_if_fail (!self->present);
  if (!trias_setup_is_complete (self, TRUE, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->forming_id == NULL)
    self->forming_id = trias_random_id ();
  reset_steps (self);
  trias_setup_change (self, set_sealed, NULL);
  trias_setup_change (self, set_copied, NULL);
  trias_setup_set_state (self, TRIAS_SETUP_FORMING, NULL);
  trias_setup_step_set (step_at (self, STEP_INVITE), TRIAS_CHECK_RUNNING, NULL);
  forming->watch_event
      = g_signal_connect (self->parts[0].server, "event", G_CALLBACK (event_cb), self);
  forming->watch_relationship = g_signal_connect (self->parts[0].server, "notify::relationship",
                                                  G_CALLBACK (relationship_cb), self);
  if (cancellable != NULL)
    {
      forming->cancellable = g_object_ref (cancellable);
      forming->watch_cancel
          = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
    }
  trias_setup_invite_async (self, cancellable, code_cb, g_steal_pointer (&task));
}

gboolean
trias_setup_form_finish (TriasSetup *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_setup_form_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
