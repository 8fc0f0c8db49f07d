/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include "ledger/trias-codec.h"
#include "server/keeper/trias-keeper-private.h"

/* Two of three members of a triad are lost for good, and an administrator lets the third go on
 * alone. What stands in its log may have been decided by all three, so all of it is taken for
 * decided; a lease that only the lost ones knew is waited for until it has surely run out. */

#define KIND "recovered"
#define KEY "grants"
#define FORMAT 1
/* The clocks of clients may run a little slower. */
#define MARGIN_MS 1000

static void
longest_cb (const TriasLease *lease, gpointer user_data)
{
  guint *longest = user_data;

  *longest = MAX (*longest, lease->ttl_s);
}

/* How long leases last here: by the settings, or the longest one that is known. */
static gint64
wait_ms (TriasKeeper *self)
{
  guint longest = trias_ledger_get_settings (self->ledger)->default_ttl_s;

  trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, longest_cb, &longest);
  return (gint64) longest * 1000 + MARGIN_MS;
}

static void
keep_wait (TriasKeeper *self)
{
  gint64 wait = wait_ms (self);
  g_auto (TriasWriter) writer = { 0 };
  g_autoptr (GBytes) value = NULL;

  self->grants_from_boot = trias_keeper_boot_now (self) + wait;
  trias_write_byte (&writer, FORMAT);
  trias_write_uint (&writer, (guint64) (trias_keeper_now (self) + wait));
  trias_write_uint (&writer, (guint64) wait);
  value = trias_writer_end (&writer);
  trias_keeper_put_local (self, KIND, KEY, value, NULL, NULL);
}

/* The boot clock does not outlast the computer. Whatever the other clock shows, it is never longer
 * than it was at first. */
void
trias_keeper_recover_load (TriasKeeper *self)
{
  GBytes *value = trias_keeper_get_local (self, KIND, KEY);
  TriasReader reader;
  gsize length;
  const guint8 *data = value != NULL ? g_bytes_get_data (value, &length) : NULL;
  gint64 until, wait, left;

  if (data == NULL)
    return;
  trias_reader_init (&reader, data, length);
  reader.failed |= trias_read_byte (&reader) != FORMAT;
  until = (gint64) trias_read_uint (&reader, G_MAXINT64);
  wait = (gint64) trias_read_uint (&reader, G_MAXINT64);
  if (!trias_reader_finish (&reader, "when leases are granted again", NULL))
    return;
  left = MIN (until - trias_keeper_now (self), wait);
  if (left > 0)
    self->grants_from_boot = trias_keeper_boot_now (self) + left;
}

static gboolean
is_over (TriasKeeper *self)
{
  if (self->grants_from_boot != 0 && trias_keeper_boot_now (self) >= self->grants_from_boot)
    {
      self->grants_from_boot = 0;
      trias_keeper_put_local (self, KIND, KEY, NULL, NULL, NULL);
    }
  return self->grants_from_boot == 0;
}

gint64
trias_keeper_grants_from (TriasKeeper *self)
{
  if (is_over (self))
    return 0;
  return trias_keeper_now (self) + self->grants_from_boot - trias_keeper_boot_now (self);
}

gboolean
trias_keeper_recover_defers (TriasKeeper *self, const TriasCommand *command)
{
  return self->grants_from_boot != 0
         && (command->kind == TRIAS_COMMAND_GRANT || command->kind == TRIAS_COMMAND_RESUME)
         && trias_ledger_find_lease (self->ledger, command->lease->id) == NULL && !is_over (self);
}

gboolean
trias_keeper_recover_skips (TriasKeeper *self, const TriasCommand *command)
{
  return self->recovering
         && (command->kind == TRIAS_COMMAND_SEAL || command->kind == TRIAS_COMMAND_DISSOLVE
             || command->kind == TRIAS_COMMAND_PIN);
}

static gboolean
apply_rest (TriasKeeper *self)
{
  gboolean done;

  self->recovering = TRUE;
  done = self->engine != NULL && self->reopen == NULL
         && trias_journal_raft_apply_rest (self->journal);
  self->recovering = FALSE;
  return done;
}

void
trias_keeper_recover (TriasKeeper *self, TriasKeeperDone done, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (self->base == NULL)
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_NOT_RELATED,
                 "This server is no member of a triad.");
  else if (self->changing != TRIAS_KEEPER_STEADY || self->archiving || self->closing
           || !apply_rest (self))
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                 "This server has not read its log yet, or is just changing over.");
  if (error != NULL)
    {
      done (error, user_data);
      return;
    }
  keep_wait (self);
  /* The others are told the same as by a dissolution, should they come back. */
  self->silent = TRUE;
  trias_keeper_dissolve_here (self, trias_ledger_get_server_id (self->ledger));
  self->silent = FALSE;
  trias_keeper_change_wait (self, done, user_data);
}
