/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-server.h"

G_BEGIN_DECLS

/** What a person wants done with a relationship: who does it, and what to say when it has ended. */
typedef struct
{
  GtkWidget *parent;   /* (owned) tells over its window how it ended */
  TriasServer *server; /* (owned) carries it out */
  char *name;          /* (owned) of the server or the relationship that it is about */
  char *member;        /* (owned) (nullable) server id that it goes to */
  gboolean force;
  const char *done;   /* what to say afterwards */
  const char *failed; /* heading of the error */
} TriasJob;

/** @server (nullable): without one @unreached is told instead, and %NULL returned. */
TriasJob *trias_job_new (GtkWidget *parent,
                         TriasServer *server,
                         const char *name,
                         const char *unreached,
                         const char *done,
                         const char *failed);
TriasJob *trias_job_copy (const TriasJob *self);
/** A GDestroyNotify for trias_confirm(). */
void trias_job_free (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasJob, trias_job_free)

void trias_job_show_done (const TriasJob *self);
/** Nothing if @error is that it was cancelled. */
void trias_job_show_failure (const TriasJob *self, const GError *error);
/** Ends an action of the server that has a job (transfer full) as its data: says how it ended. */
void trias_job_ended_cb (GObject *server, GAsyncResult *result, gpointer job);

G_END_DECLS
