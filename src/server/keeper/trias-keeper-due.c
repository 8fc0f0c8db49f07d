/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-timer.h"
#include "server/keeper/trias-keeper-private.h"

/* What is due by itself: leases that end, licences that begin or end, tombstones, old history. */

/* The computer may sleep meanwhile, which a timer does not notice. */
#define LOOK_MS 10000
#define TICK_MS 60000
#define TRIM_MS 300000
/* So many leases end in one go; the rest in the next turn of the loop. */
#define EXPIRE_MAX 1000
/* A lease whose end could not be kept is tried again after this. */
#define AGAIN_MS 1000
#define DAY_MS ((gint64) 86400 * 1000)

static gboolean
due_cb (gpointer user_data)
{
  trias_keeper_check_due (user_data);
  return G_SOURCE_CONTINUE;
}

void
trias_keeper_due_init (TriasKeeper *self)
{
  self->leases = trias_lease_clock_new ();
  self->next_change = G_MAXINT64;
  self->timer = trias_timer_new ("keeper-due", G_PRIORITY_DEFAULT, due_cb, self);
}

void
trias_keeper_due_free (TriasKeeper *self)
{
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  trias_lease_clock_free (self->leases);
}

static void
arm (TriasKeeper *self)
{
  gint64 now = trias_keeper_boot_now (self);
  gint64 next = now + LOOK_MS;
  gint64 armed = trias_timer_get (self->timer);
  gint64 at;

  if (trias_keeper_is_active (self))
    next = MIN (next, trias_lease_clock_next (self->leases));
  at = g_get_monotonic_time () + MAX (next - now, 0) * G_TIME_SPAN_MILLISECOND;
  if (armed < 0 || at < armed)
    trias_timer_set (self->timer, at);
}

/* --- leases --- */

static void
start_lease (TriasKeeper *self, const TriasLease *lease)
{
  trias_lease_clock_start (self->leases, lease->id, lease->generation, lease->ttl_s,
                           trias_ledger_lease_limit (self->ledger, lease),
                           trias_keeper_boot_now (self), trias_keeper_now (self));
}

static void
start_cb (const TriasLease *lease, gpointer user_data)
{
  start_lease (user_data, lease);
}

static void
limit_cb (const TriasLease *lease, gpointer user_data)
{
  TriasKeeper *self = user_data;

  trias_lease_clock_limit (self->leases, lease->id, trias_ledger_lease_limit (self->ledger, lease),
                           trias_keeper_boot_now (self), trias_keeper_now (self));
}

/* The next moment after @after at which a feature begins or ends. */
static gint64
next_change (TriasKeeper *self, gint64 after)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (self->ledger);
  gint64 next = G_MAXINT64;

  /* A pin ends by its time too. */
  if (trias_ledger_get_pin (self->ledger, &next) == NULL || next <= after)
    next = G_MAXINT64;
  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;

      for (guint j = 0; j < trias_license_get_n_features (license); j++)
        {
          const TriasFeature *feature = trias_license_get_feature (license, j);
          gint64 moments[] = {
            feature->not_before,
            feature->not_after,
            trias_feature_end (feature),
          };

          for (guint k = 0; k < G_N_ELEMENTS (moments); k++)
            if (moments[k] > after)
              next = MIN (next, moments[k]);
        }
    }
  return next;
}

static void
recompute_limits (TriasKeeper *self)
{
  self->limits_changed = FALSE;
  self->next_change = next_change (self, trias_ledger_get_time (self->ledger));
  trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, limit_cb, self);
}

void
trias_keeper_due_start (TriasKeeper *self)
{
  gint64 now = trias_keeper_boot_now (self);

  trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, start_cb, self);
  self->next_change = next_change (self, trias_ledger_get_time (self->ledger));
  self->limits_changed = FALSE;
  self->next_tick = now;
  self->next_trim = now + TRIM_MS;
  arm (self);
}

void
trias_keeper_due_restart (TriasKeeper *self)
{
  trias_lease_clock_free (self->leases);
  self->leases = trias_lease_clock_new ();
  self->tombstones = trias_ledger_n_tombstones (self->ledger);
  trias_keeper_due_start (self);
}

static void
note_lease (TriasKeeper *self, const TriasChange *change)
{
  const TriasLease *lease;

  /* At start all leases begin anew anyway, once everything is replayed. */
  if (self->journal == NULL)
    return;
  lease = change->value != NULL ? trias_ledger_find_lease (self->ledger, change->key) : NULL;
  if (lease != NULL)
    start_lease (self, lease);
  else
    trias_lease_clock_remove (self->leases, change->key);
}

void
trias_keeper_due_note (TriasKeeper *self, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);

      if (change->record == TRIAS_RECORD_LEASE)
        note_lease (self, change);
      else if (change->record == TRIAS_RECORD_LICENSE)
        self->limits_changed = TRUE;
      else if (change->record == TRIAS_RECORD_RELATIONSHIP)
        self->limits_changed = self->relationship_changed = TRUE;
      else if (change->record == TRIAS_RECORD_TOMBSTONE && change->value != NULL)
        self->tombstones++;
      else if (change->record == TRIAS_RECORD_TOMBSTONE && self->tombstones > 0)
        self->tombstones--;
    }
}

void
trias_keeper_due_settle (TriasKeeper *self)
{
  if (self->limits_changed)
    recompute_limits (self);
  arm (self);
}

gint64
trias_keeper_lease_left (TriasKeeper *self, const char *id)
{
  const TriasLeaseTimer *timer = trias_lease_clock_find (self->leases, id);
  gint64 left;

  if (timer == NULL)
    return 0;
  left = timer->told - trias_keeper_boot_now (self);
  if (timer->limit != 0)
    left = MIN (left, timer->limit - trias_keeper_now (self));
  return MAX (left, 0);
}

/* --- what is due --- */

typedef struct
{
  TriasKeeper *keeper;
  char *id;
} Expiry;

static void
expired_cb (const TriasOutcome *outcome, gpointer user_data)
{
  Expiry *expiry = user_data;
  TriasKeeper *self = expiry->keeper;

  /* Still there: the disk refused, or it was renewed just before (then it has its place again). */
  if (!self->closing)
    trias_lease_clock_push_back (self->leases, expiry->id, trias_keeper_boot_now (self) + AGAIN_MS);
  g_free (expiry->id);
  g_free (expiry);
}

static void
expire_due (TriasKeeper *self)
{
  gint64 now = trias_keeper_boot_now (self);
  gint64 wall = trias_keeper_now (self);

  for (guint i = 0; i < EXPIRE_MAX; i++)
    {
      const TriasLeaseTimer *timer = trias_lease_clock_pop (self->leases, now, wall);
      Expiry *expiry;

      if (timer == NULL)
        return;
      expiry = g_new0 (Expiry, 1);
      expiry->keeper = self;
      expiry->id = g_strdup (timer->id);
      trias_keeper_submit (self, trias_command_expire (wall, timer->id, timer->generation),
                           expired_cb, expiry);
    }
}

static void
tick (TriasKeeper *self)
{
  gint64 wall = trias_keeper_now (self);

  self->next_tick = trias_keeper_boot_now (self) + TICK_MS;
  if (wall < self->next_change && self->tombstones == 0)
    return;
  if (wall >= self->next_change)
    self->limits_changed = TRUE;
  trias_keeper_submit (self, trias_command_tick (wall), NULL, NULL);
}

static void
trim (TriasKeeper *self)
{
  const TriasSettings *settings = trias_ledger_get_settings (self->ledger);

  self->next_trim = trias_keeper_boot_now (self) + TRIM_MS;
  if (self->last_event == 0 && self->last_denial == 0)
    return;
  self->trim_before = trias_keeper_now (self) - (gint64) settings->history_days * DAY_MS;
  trias_journal_touch (self->journal, FALSE);
}

void
trias_keeper_check_due (TriasKeeper *self)
{
  gint64 now = trias_keeper_boot_now (self);

  trias_timer_set (self->timer, -1);
  if (self->journal == NULL || self->closing)
    return;
  /* Only who serves proposes what is due; the others learn it from the log. */
  if (trias_keeper_is_active (self))
    {
      expire_due (self);
      if (self->next_tick <= now)
        tick (self);
    }
  if (trias_keeper_denials_next (self) <= now)
    trias_keeper_denials_end (self, FALSE);
  if (self->next_trim <= now)
    trim (self);
  arm (self);
}
