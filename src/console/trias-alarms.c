/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/trias-alarms.h"

#include <glib/gi18n.h>

#include "client/trias-alarm.h"
#include "client/trias-pair-words.h"
#include "client/trias-triad-words.h"

/* Many changes at once are one look, and what must last is looked at again. */
#define LOOK_MS 500

typedef struct
{
  TriasAlarmState state;
  gboolean seen; /* in the present look */
} Entry;

struct _TriasAlarms
{
  GObject parent_instance;

  GApplication *app;   /* (borrowed) it owns this */
  TriasPairs *pairs;   /* (owned) */
  TriasTriads *triads; /* (owned) */
  GHashTable *entries; /* (owned) id of a relationship to Entry */
  guint look;          /* source */
};

G_DEFINE_FINAL_TYPE (TriasAlarms, trias_alarms, G_TYPE_OBJECT)

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static char *
title_of (TriasAlarm alarm, const char *name)
{
  switch (alarm)
    {
    case TRIAS_ALARM_STANDSTILL:
      /* TRANSLATORS: notification: clients are not served any more; name of a relationship */
      return g_strdup_printf (_ ("Service lost: %s"), name);
    case TRIAS_ALARM_OUT_OF_REACH:
      /* TRANSLATORS: notification: the console reaches none of the servers */
      return g_strdup_printf (_ ("Out of reach: %s"), name);
    case TRIAS_ALARM_WEAKENED:
    case TRIAS_ALARM_NONE:
      break;
    }
  /* TRANSLATORS: notification: clients are still served; name of a relationship */
  return g_strdup_printf (_ ("Redundancy lost: %s"), name);
}

static void
tell (TriasAlarms *self, const char *id, TriasAlarm alarm, const char *name, const char *outlook)
{
  g_autofree char *key = g_strconcat ("redundancy-", id, NULL);
  g_autofree char *title = title_of (alarm, name);
  g_autoptr (GNotification) notification = NULL;
  g_autoptr (GIcon) icon = NULL;

  if (alarm == TRIAS_ALARM_NONE)
    {
      g_application_withdraw_notification (self->app, key);
      return;
    }
  notification = g_notification_new (title);
  icon = g_themed_icon_new (alarm == TRIAS_ALARM_WEAKENED ? "dialog-warning" : "dialog-error");
  g_notification_set_body (notification, outlook);
  g_notification_set_icon (notification, icon);
  g_notification_set_priority (notification, alarm == TRIAS_ALARM_WEAKENED
                                                 ? G_NOTIFICATION_PRIORITY_HIGH
                                                 : G_NOTIFICATION_PRIORITY_URGENT);
  g_notification_set_default_action_and_target (notification, "app.show-page", "s", "redundancy");
  g_application_send_notification (self->app, key, notification);
}

/* Whether it is to be told of the relationship @id now. */
static gboolean
settle (TriasAlarms *self, const char *id, TriasAlarm alarm, gboolean *pending)
{
  Entry *entry = g_hash_table_lookup (self->entries, id);
  gboolean told;

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (self->entries, g_strdup (id), entry);
    }
  entry->seen = TRUE;
  told = trias_alarm_settle (&entry->state, alarm, now_ms ());
  *pending |= trias_alarm_is_pending (&entry->state);
  return told;
}

static void
look_at_triads (TriasAlarms *self, gboolean *pending)
{
  GListModel *model = G_LIST_MODEL (self->triads);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasTriad) triad = g_list_model_get_item (model, i);
      TriasAlarm alarm = trias_alarm_of_triad (triad);
      g_autofree char *outlook = NULL;

      if (!settle (self, trias_triad_get_id (triad), alarm, pending))
        continue;
      outlook = trias_triad_words_outlook (triad);
      tell (self, trias_triad_get_id (triad), alarm, trias_triad_get_name (triad), outlook);
    }
}

static void
look_at_pairs (TriasAlarms *self, gboolean *pending)
{
  GListModel *model = trias_pairs_get_pairs (self->pairs);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasPair) pair = g_list_model_get_item (model, i);
      TriasAlarm alarm = trias_alarm_of_pair (pair);
      g_autofree char *text = NULL;
      TriasPairOutlook outlook;

      if (!settle (self, trias_pair_get_id (pair), alarm, pending))
        continue;
      trias_pair_outlook_read (&outlook, pair);
      text = trias_pair_words_outlook (&outlook);
      tell (self, trias_pair_get_id (pair), alarm, trias_pair_get_name (pair), text);
    }
}

/* A relationship that is over alarms nobody. */
static void
drop_the_gone (TriasAlarms *self)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      Entry *entry = value;

      if (!entry->seen)
        {
          tell (self, id, TRIAS_ALARM_NONE, "", "");
          g_hash_table_iter_remove (&iter);
          continue;
        }
      entry->seen = FALSE;
    }
}

static gboolean
look_cb (gpointer user_data)
{
  TriasAlarms *self = user_data;
  gboolean pending = FALSE;

  look_at_triads (self, &pending);
  look_at_pairs (self, &pending);
  drop_the_gone (self);
  if (pending)
    return G_SOURCE_CONTINUE;
  self->look = 0;
  return G_SOURCE_REMOVE;
}

static void
look_soon (TriasAlarms *self)
{
  if (self->look == 0)
    self->look = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
watch (TriasAlarms *self, GListModel *model, guint position, guint added, const char *signal)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      /* One that stays is not to be followed twice. */
      g_signal_handlers_disconnect_by_func (item, look_soon, self);
      g_signal_connect_object (item, signal, G_CALLBACK (look_soon), self, G_CONNECT_SWAPPED);
    }
  look_soon (self);
}

static void
triads_changed_cb (GListModel *model, guint position, guint removed, guint added, TriasAlarms *self)
{
  watch (self, model, position, added, "updated");
}

static void
members_changed_cb (
    GListModel *model, guint position, guint removed, guint added, TriasAlarms *self)
{
  watch (self, model, position, added, "notify");
}

static void
trias_alarms_dispose (GObject *object)
{
  TriasAlarms *self = TRIAS_ALARMS (object);

  g_clear_handle_id (&self->look, g_source_remove);
  g_clear_object (&self->pairs);
  g_clear_object (&self->triads);
  G_OBJECT_CLASS (trias_alarms_parent_class)->dispose (object);
}

static void
trias_alarms_finalize (GObject *object)
{
  g_hash_table_unref (TRIAS_ALARMS (object)->entries);
  G_OBJECT_CLASS (trias_alarms_parent_class)->finalize (object);
}

static void
trias_alarms_class_init (TriasAlarmsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_alarms_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_alarms_finalize;
}

static void
trias_alarms_init (TriasAlarms *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

TriasAlarms *
trias_alarms_new (GApplication *app, TriasPairs *pairs, TriasTriads *triads)
{
  TriasAlarms *self = g_object_new (TRIAS_TYPE_ALARMS, NULL);

  self->app = app;
  self->pairs = g_object_ref (pairs);
  self->triads = g_object_ref (triads);
  g_signal_connect_object (triads, "items-changed", G_CALLBACK (triads_changed_cb), self, 0);
  g_signal_connect_object (pairs, "items-changed", G_CALLBACK (members_changed_cb), self, 0);
  triads_changed_cb (G_LIST_MODEL (triads), 0, 0, g_list_model_get_n_items (G_LIST_MODEL (triads)),
                     self);
  members_changed_cb (G_LIST_MODEL (pairs), 0, 0, g_list_model_get_n_items (G_LIST_MODEL (pairs)),
                      self);
  return self;
}
