/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-job.h"

#include "client/trias-detail-words.h"
#include "console/trias-window.h"
#include "console/widgets/trias-confirm.h"

TriasJob *
trias_job_new (GtkWidget *parent,
               TriasServer *server,
               const char *name,
               const char *unreached,
               const char *done,
               const char *failed)
{
  TriasJob *self;

  if (server == NULL)
    {
      g_autoptr (GError) error
          = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, unreached);

      trias_confirm_show_error (parent, failed, error);
      return NULL;
    }
  self = g_new0 (TriasJob, 1);
  self->parent = g_object_ref (parent);
  self->server = g_object_ref (server);
  self->name = g_strdup (name);
  self->done = done;
  self->failed = failed;
  return self;
}

TriasJob *
trias_job_copy (const TriasJob *self)
{
  TriasJob *copy = g_memdup2 (self, sizeof *self);

  g_object_ref (copy->parent);
  g_object_ref (copy->server);
  copy->name = g_strdup (self->name);
  copy->member = g_strdup (self->member);
  return copy;
}

void
trias_job_free (gpointer self)
{
  TriasJob *job = self;

  g_object_unref (job->parent);
  g_object_unref (job->server);
  g_free (job->name);
  g_free (job->member);
  g_free (job);
}

/* Over the main window: the parent may stand in a dialog of it. */
void
trias_job_show_done (const TriasJob *self)
{
  GtkRoot *root = gtk_widget_get_root (self->parent);
  GtkWindow *window = GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;

  while (window != NULL && !TRIAS_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (window != NULL)
    trias_window_toast (TRIAS_WINDOW (window), self->done);
}

void
trias_job_show_failure (const TriasJob *self, const GError *error)
{
  g_autoptr (GError) refusal = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  refusal = trias_detail_words_refusal (error);
  trias_confirm_show_error (self->parent, self->failed, refusal);
}

void
trias_job_ended_cb (GObject *server, GAsyncResult *result, gpointer job)
{
  g_autoptr (TriasJob) self = job;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (server), result, &error))
    trias_job_show_done (self);
  else
    trias_job_show_failure (self, error);
}
