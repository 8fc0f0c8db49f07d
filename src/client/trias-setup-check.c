/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

/* An invitation is made anew when it has less than this left. */
#define CODE_RESERVE_MS (2 * 60 * 1000)

/* --- the invitations --- */

void
trias_setup_candidates_free (TriasSetupCandidates *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_free ((char *) self->list[i].address);
      g_free ((char *) self->list[i].fingerprint);
      g_free ((char *) self->list[i].invitation);
    }
  g_free (self);
}

static void invite_next (GTask *task);

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = g_task_get_source_object (task);
  TriasSetupCandidates *found = g_task_get_task_data (task);
  TriasSetupPart *part = &self->parts[found->n + 1];
  GError *error = NULL;
  gint64 until = 0;
  char *code = trias_server_invite_finish (TRIAS_SERVER (source), result, &until, &error);

  if (code == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_free (part->made_code);
  part->made_code = code;
  part->made_until = until;
  invite_next (g_steal_pointer (&task));
}

/* The code for the member at @rank, if there is a good one. */
static const char *
present_code (TriasSetup *self, guint rank)
{
  const TriasSetupPart *part = &self->parts[rank];

  if (part->invitation[0] != '\0')
    return part->invitation;
  if (part->made_code != NULL && g_get_real_time () / 1000 + CODE_RESERVE_MS < part->made_until)
    return part->made_code;
  return NULL;
}

/* Takes @task. */
static void
invite_next (GTask *task)
{
  g_autoptr (GTask) owned = task;
  TriasSetup *self = g_task_get_source_object (task);
  TriasSetupCandidates *found = g_task_get_task_data (task);

  while (found->n + 1 < trias_setup_get_n_members (self))
    {
      guint rank = found->n + 1;
      const char *code = present_code (self, rank);
      const char *fingerprint = trias_setup_candidate_fingerprint (self, rank);

      if (code == NULL)
        {
          trias_server_invite_async (
              self->parts[rank].server, trias_server_get_id (self->parts[0].server), self->kind,
              g_task_get_cancellable (task), invited_cb, g_steal_pointer (&owned));
          return;
        }
      found->list[found->n++]
          = (TriasCandidate){ trias_setup_candidate_address (self, rank),
                              fingerprint[0] != '\0' ? g_strdup (fingerprint) : NULL,
                              g_strdup (code) };
    }
  g_task_return_boolean (task, TRUE);
}

void
trias_setup_invite_async (TriasSetup *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_setup_invite_async);
  g_task_set_task_data (task, g_new0 (TriasSetupCandidates, 1),
                        (GDestroyNotify) trias_setup_candidates_free);
  invite_next (task);
}

TriasSetupCandidates *
trias_setup_invite_finish (TriasSetup *self, GAsyncResult *result, GError **error)
{
  TriasSetupCandidates *found, *copy;

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  found = g_task_get_task_data (G_TASK (result));
  copy = g_memdup2 (found, sizeof *found);
  found->n = 0;
  return copy;
}

/* --- the list --- */

static gboolean
same_check (const TriasCheck *a, const TriasCheck *b)
{
  return strcmp (a->kind, b->kind) == 0 && strcmp (a->server, b->server) == 0
         && g_strcmp0 (a->peer, b->peer) == 0;
}

static TriasCheckItem *
find_item (TriasSetup *self, const TriasCheck *check, guint from)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->checks));

  for (guint i = from; i < n; i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (G_LIST_MODEL (self->checks), i);

      if (same_check (trias_check_item_get_check (item), check))
        return g_steal_pointer (&item);
    }
  return NULL;
}

/* Lines that are there already keep their object and only change; the order is the server's. */
static void
show_checks (TriasSetup *self, GPtrArray *checks)
{
  guint n;

  for (guint i = 0; i < checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (checks, i);
      g_autoptr (TriasCheckItem) item = find_item (self, check, i);
      guint position;

      if (item == NULL)
        {
          item = trias_check_item_new ();
          trias_check_item_set (item, self, check);
          g_list_store_insert (self->checks, i, item);
          continue;
        }
      if (g_list_store_find (self->checks, item, &position) && position != i)
        {
          g_list_store_remove (self->checks, position);
          g_list_store_insert (self->checks, i, item);
        }
      trias_check_item_set (item, self, check);
    }
  n = g_list_model_get_n_items (G_LIST_MODEL (self->checks));
  if (n > checks->len)
    g_list_store_splice (self->checks, checks->len, n - checks->len, NULL, 0);
}

/* While the servers check, the lines of the last time stand there as running. */
static void
show_running (TriasSetup *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->checks));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (G_LIST_MODEL (self->checks), i);
      const TriasCheck *old = trias_check_item_get_check (item);
      g_autoptr (TriasCheck) check
          = trias_check_new (old->kind, old->server, old->peer, TRIAS_CHECK_RUNNING);

      trias_check_item_set (item, self, check);
    }
}

/* --- the check --- */

typedef struct
{
  gboolean passed;
  GPtrArray *checks; /* (nullable) */
} Outcome;

static void
apply_outcome (gpointer object, gpointer data)
{
  TriasSetup *self = object;
  const Outcome *outcome = data;

  self->passed = outcome->passed;
  if (outcome->checks != NULL)
    show_checks (self, outcome->checks);
}

static void
fail_check (GTask *task, GError *error)
{
  TriasSetup *self = g_task_get_source_object (task);
  Outcome outcome = { FALSE, NULL };
  gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  trias_setup_change (self, apply_outcome, &outcome);
  if (cancelled)
    trias_setup_set_state (self, TRIAS_SETUP_EDITING, NULL);
  else
    trias_setup_set_state (self, TRIAS_SETUP_FAILED, error);
  g_task_return_error (task, error);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = g_task_get_source_object (task);
  GError *error = NULL;
  Outcome outcome = { FALSE, NULL };
  g_autoptr (GPtrArray) checks
      = trias_server_check_finish (TRIAS_SERVER (source), result, &outcome.passed, &error);

  if (checks == NULL)
    {
      fail_check (task, error);
      return;
    }
  outcome.checks = checks;
  trias_setup_change (self, apply_outcome, &outcome);
  trias_setup_set_state (self, TRIAS_SETUP_CHECKED, NULL);
  g_task_return_boolean (task, outcome.passed);
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
      fail_check (task, error);
      return;
    }
  if (self->changed != NULL)
    {
      trias_server_check_change_async (self->parts[0].server, self->leaving, self->discard,
                                       others->list, g_task_get_cancellable (task), checked_cb,
                                       task);
      g_steal_pointer (&task);
      return;
    }
  trias_server_check_async (self->parts[0].server, self->kind, self->parts[0].address, others->list,
                            others->n, g_task_get_cancellable (task), checked_cb, task);
  g_steal_pointer (&task);
}

void
trias_setup_check_async (TriasSetup *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, trias_setup_check_async);
  if (!trias_setup_is_complete (self, FALSE, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  show_running (self);
  trias_setup_set_state (self, TRIAS_SETUP_CHECKING, NULL);
  if (self->present)
    {
      trias_server_check_present_async (self->parts[0].server, cancellable, checked_cb,
                                        g_steal_pointer (&task));
      return;
    }
  trias_setup_invite_async (self, cancellable, code_cb, g_steal_pointer (&task));
}

gboolean
trias_setup_check_finish (TriasSetup *self, GAsyncResult *result, gboolean *passed, GError **error)
{
  GError *failure = NULL;
  gboolean value;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_setup_check_async), FALSE);
  value = g_task_propagate_boolean (G_TASK (result), &failure);
  if (passed != NULL)
    *passed = value;
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}
