/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-drill-private.h"

#include "client/trias-rest-private.h"
#include "client/trias-server-private.h"

#include <string.h>

/* The stream of a server that is silent is silent too: it is asked until it speaks again. */
#define LOOK_MS 500
#define LOOK_DEADLINE_MS 2000
/* Nobody who is not silent takes longer. */
#define SILENT_MS 500
#define BEGIN_DEADLINE_MS 20000
/* What the server allows a drill at most, beyond the seconds that another one serves. */
#define SLACK_MS 120000
/* After all have agreed the server lets so much time pass. */
#define BEGIN_MS 1000

struct _TriasDrill
{
  GObject parent_instance;

  TriasServer *server;
  TriasRelationshipInfo *info; /* who belongs together, as it was before */
  GListStore *steps;
  TriasDrillProbe *probe;   /* (owned) (nullable) */
  TriasDrillRecord *record; /* (owned) (nullable) */
  TriasDrillKind kind;
  guint seconds;
  gboolean force;
  char *id;
  char *served_by;           /* (owned) name */
  GTask *task;               /* (owned) (nullable) while it runs */
  GCancellable *cancellable; /* of what is under way */
  gulong cancel_handler;
  GSource *look;
  gboolean begun, looking, ended;
  gint64 asked_at, ended_at; /* boot-time clock, µs */
  TriasDrillMeasure measure;
  gint64 gap, requests, failed; /* after the end */
};

G_DEFINE_FINAL_TYPE (TriasDrill, trias_drill, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void look (TriasDrill *self);

static void
tell (TriasDrill *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
add_step (TriasDrill *self, TriasDrillSight sight, const char *name)
{
  g_autoptr (TriasDrillStep) step
      = trias_drill_step_new (sight, name, trias_drill_get_elapsed (self));

  g_list_store_append (self->steps, step);
}

const char *
trias_drill_get_member_name (TriasDrill *self, const char *id)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (self->info);
  const TriasMember *member = relationship != NULL && id != NULL && id[0] != '\0'
                                  ? trias_relationship_find (relationship, id)
                                  : NULL;

  return member != NULL ? member->name : "";
}

static const char *
own_name (TriasDrill *self)
{
  return trias_drill_get_member_name (self, trias_relationship_info_get_self (self->info));
}

/* --- the end --- */

static void
stop (TriasDrill *self)
{
  trias_timer_stop (&self->look);
  if (self->cancel_handler != 0)
    g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancel_handler);
  self->cancel_handler = 0;
  g_cancellable_cancel (self->cancellable);
  if (self->ended_at == 0)
    self->ended_at = trias_boot_time ();
}

typedef struct
{
  GTask *task;            /* (owned) */
  GError *error;          /* (owned) (nullable) */
  TriasDrillProbe *probe; /* (owned) (nullable) */
} Ending;

static void
left_cb (gpointer user_data)
{
  g_autofree Ending *ending = user_data;

  trias_drill_probe_free (ending->probe);
  if (ending->error != NULL)
    g_task_return_error (ending->task, ending->error);
  else
    g_task_return_boolean (ending->task, TRUE);
  g_object_unref (ending->task);
}

/* The caller may end its process then: the seat is given back before, but nobody who gave up waits
 * for that. Takes
 * @error (nullable). */
static void
finish (TriasDrill *self, GError *error)
{
  gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  Ending *ending;

  if (self->task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  stop (self);
  ending = g_new0 (Ending, 1);
  *ending = (Ending){ g_steal_pointer (&self->task), error, g_steal_pointer (&self->probe) };
  tell (self);
  if (ending->probe != NULL && !cancelled)
    trias_drill_probe_leave (ending->probe, left_cb, ending);
  else
    left_cb (ending);
}

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrill) self = user_data;

  /* What was measured is known here, whether the server could be told or not. */
  trias_server_action_finish (TRIAS_SERVER (source), result, NULL);
  finish (self, NULL);
}

static char *
report_body (TriasDrill *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "measure", trias_drill_measure_to_word (self->measure));
  trias_json_add_int (writer, "gap_ms", self->gap);
  trias_json_add_int (writer, "requests", self->requests);
  trias_json_add_int (writer, "failed", self->failed);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

static void
end (TriasDrill *self)
{
  self->ended = TRUE;
  self->ended_at = trias_boot_time ();
  self->gap = trias_drill_probe_get_gap (self->probe);
  self->requests = trias_drill_probe_get_requests (self->probe);
  self->failed = trias_drill_probe_get_failed (self->probe);
  trias_drill_probe_end (self->probe);
  self->record->measure = self->measure;
  self->record->gap_ms = self->gap;
  self->record->requests = self->requests;
  self->record->failed = self->failed;
  add_step (self, TRIAS_DRILL_SAW_END, own_name (self));
  tell (self);
  trias_server_act_async (self->server, "PUT", g_strconcat ("/relationship/drill/", self->id, NULL),
                          report_body (self), TRIAS_PART_BIT (TRIAS_PART_RELATIONSHIP),
                          BEGIN_DEADLINE_MS, NULL, reported_cb, g_object_ref (self));
}

/* --- what the server says --- */

static void
note_phase (TriasDrill *self, TriasDrillPhase before)
{
  TriasDrillPhase now = self->record->phase;

  if (now == before)
    return;
  if (before < TRIAS_DRILL_AWAY && now >= TRIAS_DRILL_AWAY)
    add_step (self, TRIAS_DRILL_SAW_AWAY, own_name (self));
  if (now == TRIAS_DRILL_RETURNS)
    add_step (self, TRIAS_DRILL_SAW_RETURN, own_name (self));
}

static void
take_info (TriasDrill *self, TriasRelationshipInfo *info)
{
  const TriasDrillRecord *said = info != NULL ? trias_relationship_info_get_drill (info) : NULL;
  TriasDrillPhase before = self->record->phase;

  if (self->ended || said == NULL || strcmp (said->id, self->id) != 0
      || said->phase < self->record->phase)
    return;
  trias_drill_record_free (self->record);
  self->record = trias_drill_record_copy (said);
  note_phase (self, before);
  if (!trias_drill_record_is_running (self->record))
    end (self);
  else
    tell (self);
}

/* All have agreed: if it does not answer, that is the drill. */
static gboolean
is_falling_silent (TriasDrill *self)
{
  return self->record != NULL && self->record->phase == TRIAS_DRILL_BEGINS
         && self->kind == TRIAS_DRILL_OUTAGE;
}

static void
note_silent (TriasDrill *self)
{
  self->record->phase = TRIAS_DRILL_AWAY;
  note_phase (self, TRIAS_DRILL_BEGINS);
}

static gboolean
look_cb (gpointer user_data)
{
  look (user_data);
  return G_SOURCE_REMOVE;
}

/* A server that does not come back is not waited for for ever. */
static gboolean
is_overdue (TriasDrill *self)
{
  return trias_drill_get_elapsed (self) > (gint64) self->seconds * 1000 + SLACK_MS;
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrill) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);
  g_autoptr (TriasRelationshipInfo) info = NULL;

  self->looking = FALSE;
  if (self->task == NULL || self->ended)
    return;
  if (answer != NULL && answer->json != NULL)
    info = trias_relationship_info_read (answer->json, NULL);
  if (answer == NULL && is_falling_silent (self) && trias_rest_error_is_transport (error))
    note_silent (self);
  take_info (self, info);
  if (self->task == NULL || self->ended)
    return;
  if (is_overdue (self))
    finish (self, g_error_new_literal (TRIAS_ERROR, TRIAS_REASON_TIMED_OUT,
                                       "The server did not say in time how the drill ended."));
  else
    trias_timer_start (&self->look, LOOK_MS, look_cb, self);
}

static void
look (TriasDrill *self)
{
  guint deadline = is_falling_silent (self) ? SILENT_MS : LOOK_DEADLINE_MS;

  if (self->looking || self->ended || self->task == NULL)
    return;
  self->looking = TRUE;
  trias_rest_send_within_async (trias_server_get_rest (self->server), deadline, "GET",
                                "/relationship", NULL, NULL, self->cancellable, looked_cb,
                                g_object_ref (self));
}

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrill) self = user_data;
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (self->task == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (answer == NULL)
    {
      finish (self, error);
      return;
    }
  self->begun = TRUE;
  self->record = trias_drill_record_new (self->id, self->kind, self->seconds,
                                         trias_relationship_info_get_self (self->info));
  trias_drill_probe_begin (self->probe);
  add_step (self, TRIAS_DRILL_SAW_BEGIN, own_name (self));
  tell (self);
  trias_timer_start (&self->look, BEGIN_MS, look_cb, self);
}

static void
begin (TriasDrill *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *body = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "kind", trias_drill_kind_to_word (self->kind));
  trias_json_add_int (writer, "seconds", self->seconds);
  trias_json_add_bool (writer, "force", self->force);
  trias_json_end_object (writer);
  body = trias_json_writer_end (writer, NULL);
  trias_rest_send_within_async (trias_server_get_rest (self->server), BEGIN_DEADLINE_MS, "POST",
                                "/relationship/drill", body, NULL, self->cancellable, begun_cb,
                                g_object_ref (self));
}

/* --- the client --- */

static void
probe_changed (gpointer user_data)
{
  TriasDrill *self = user_data;

  if (self->begun)
    tell (self);
}

static void
probe_ready (const char *feature, gpointer user_data)
{
  TriasDrill *self = user_data;

  self->measure = feature != NULL ? TRIAS_DRILL_SEAT : TRIAS_DRILL_QUESTIONS;
  add_step (self, feature != NULL ? TRIAS_DRILL_SAW_SEAT : TRIAS_DRILL_SAW_NO_SEAT,
            feature != NULL ? feature : "");
  begin (self);
}

static void
probe_moved (const char *server_id, gpointer user_data)
{
  TriasDrill *self = user_data;

  g_free (self->served_by);
  self->served_by = g_strdup (trias_drill_get_member_name (self, server_id));
  if (self->begun && is_falling_silent (self)
      && strcmp (server_id, trias_relationship_info_get_self (self->info)) != 0)
    note_silent (self);
  /* Who serves again must be back, even if it was not asked yet. */
  if (self->begun && self->kind == TRIAS_DRILL_OUTAGE && self->record->phase == TRIAS_DRILL_AWAY
      && strcmp (server_id, trias_relationship_info_get_self (self->info)) == 0)
    {
      self->record->phase = TRIAS_DRILL_RETURNS;
      note_phase (self, TRIAS_DRILL_AWAY);
    }
  if (self->begun)
    add_step (self, TRIAS_DRILL_SAW_SERVER, self->served_by);
  tell (self);
}

static const TriasDrillProbeFuncs probe_funcs
    = { .changed = probe_changed, .ready = probe_ready, .moved = probe_moved };

/* --- running --- */

static gboolean
cancel_cb (gpointer user_data)
{
  finish (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled."));
  return G_SOURCE_REMOVE;
}

/* Runs inside of g_cancellable_cancel(), where the handler must not be taken off. */
static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GSource) idle = g_idle_source_new ();

  g_source_set_callback (idle, cancel_cb, g_object_ref (user_data), g_object_unref);
  g_source_attach (idle, g_main_context_get_thread_default ());
}

static char **
list_members (TriasDrill *self)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (self->info);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);
      g_autofree char *text = g_strdup_printf ("%s#%s", member->addresses[0], member->id);

      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

void
trias_drill_run_async (TriasDrill *self,
                       TriasDrillKind kind,
                       guint seconds,
                       gboolean force,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_auto (GStrv) members = NULL;
  GError *error = NULL;

  g_return_if_fail (TRIAS_IS_DRILL (self) && self->task == NULL && self->record == NULL);

  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, trias_drill_run_async);
  g_task_set_check_cancellable (self->task, FALSE);
  self->kind = kind;
  self->seconds = seconds;
  self->force = force;
  self->asked_at = trias_boot_time ();
  self->ended_at = 0;
  if (self->info == NULL || trias_relationship_info_get_relationship (self->info) == NULL)
    {
      finish (self, g_error_new_literal (TRIAS_ERROR, TRIAS_REASON_NOT_RELATED,
                                         "This server belongs to no relationship."));
      return;
    }
  if (cancellable != NULL)
    self->cancel_handler
        = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  members = list_members (self);
  self->probe = trias_drill_probe_new ((const char *const *) members, &probe_funcs, self, &error);
  if (self->probe == NULL)
    finish (self, error);
}

gboolean
trias_drill_run_finish (TriasDrill *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_drill_run_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- looking at it --- */

const TriasDrillRecord *
trias_drill_get_record (TriasDrill *self)
{
  return self->record;
}

GListModel *
trias_drill_get_steps (TriasDrill *self)
{
  return G_LIST_MODEL (self->steps);
}

gint64
trias_drill_get_elapsed (TriasDrill *self)
{
  if (self->asked_at == 0)
    return 0;
  return ((self->ended_at != 0 ? self->ended_at : trias_boot_time ()) - self->asked_at) / 1000;
}

gint64
trias_drill_get_waiting (TriasDrill *self)
{
  return self->probe != NULL ? trias_drill_probe_get_waiting (self->probe) : 0;
}

gint64
trias_drill_get_gap (TriasDrill *self)
{
  return self->ended || self->probe == NULL ? self->gap : trias_drill_probe_get_gap (self->probe);
}

gint64
trias_drill_get_requests (TriasDrill *self)
{
  return self->ended || self->probe == NULL ? self->requests
                                            : trias_drill_probe_get_requests (self->probe);
}

gint64
trias_drill_get_failed (TriasDrill *self)
{
  return self->ended || self->probe == NULL ? self->failed
                                            : trias_drill_probe_get_failed (self->probe);
}

TriasDrillMeasure
trias_drill_get_measure (TriasDrill *self)
{
  return self->measure;
}

const char *
trias_drill_get_served_by (TriasDrill *self)
{
  return self->served_by != NULL ? self->served_by : "";
}

gboolean
trias_drill_is_good (const TriasDrillRecord *record)
{
  return record->phase == TRIAS_DRILL_PASSED && record->failed == 0;
}

/* --- the object --- */

static void
trias_drill_dispose (GObject *object)
{
  TriasDrill *self = TRIAS_DRILL (object);

  trias_timer_stop (&self->look);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->probe, trias_drill_probe_free);
  g_clear_object (&self->server);
  g_clear_object (&self->info);
  g_clear_object (&self->steps);
  G_OBJECT_CLASS (trias_drill_parent_class)->dispose (object);
}

static void
trias_drill_finalize (GObject *object)
{
  TriasDrill *self = TRIAS_DRILL (object);

  g_clear_object (&self->cancellable);
  trias_drill_record_free (self->record);
  g_free (self->id);
  g_free (self->served_by);
  G_OBJECT_CLASS (trias_drill_parent_class)->finalize (object);
}

static void
trias_drill_class_init (TriasDrillClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->dispose = trias_drill_dispose;
  o->finalize = trias_drill_finalize;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_DRILL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
trias_drill_init (TriasDrill *self)
{
  self->steps = g_list_store_new (TRIAS_TYPE_DRILL_STEP);
  self->cancellable = g_cancellable_new ();
  self->id = trias_random_id ();
}

TriasDrill *
trias_drill_new (TriasServer *server)
{
  TriasDrill *self = g_object_new (TRIAS_TYPE_DRILL, NULL);
  TriasRelationshipInfo *info = trias_server_get_relationship (server);

  self->server = g_object_ref (server);
  self->info = info != NULL ? g_object_ref (info) : NULL;
  return self;
}
