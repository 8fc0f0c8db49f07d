/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>

#include "fake-triad.h"

typedef struct
{
  TriasJournal base;
  TriasStore *store;
  const TriasJournalClient *client;
  gpointer user_data;
  char *log;       /* path */
  guint64 index;   /* of the last entry applied */
  GArray *pending; /* (element-type TriasJournalItem) */
  gboolean dirty, writing, failed;
  GSource *turn;
} Fake;

/* Until what the store did not take is written again. */
#define RETRY_US 20000

FakeTriad fake_triad;

void
fake_triad_reset (void)
{
  g_free (fake_triad.folder);
  fake_triad = (FakeTriad){ 0 };
}
static Fake *present;

static void
append_bytes (Fake *self, GBytes *entry)
{
  gsize length;
  const void *data = g_bytes_get_data (entry, &length);
  FILE *file = g_fopen (self->log, "ab");
  guint32 prefix = (guint32) length;

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (&prefix, sizeof prefix, 1, file), ==, 1);
  g_assert_cmpuint (fwrite (data, length, 1, file), ==, 1);
  fclose (file);
}

static void
apply_items (Fake *self, GArray *items)
{
  self->index++;
  self->client->apply (3, self->index, (const TriasJournalItem *) (gpointer) items->data,
                       items->len, self->user_data);
}

static void
item_clear (gpointer data)
{
  trias_command_free (((TriasJournalItem *) data)->command);
}

static GArray *
items_new (void)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (TriasJournalItem));

  g_array_set_clear_func (items, item_clear);
  return items;
}

static void
replay (Fake *self)
{
  g_autofree char *data = NULL;
  gsize length = 0, at = 0;

  g_file_get_contents (self->log, &data, &length, NULL);
  while (at < length)
    {
      guint32 prefix;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GPtrArray) commands = NULL;
      g_autoptr (GArray) items = items_new ();

      memcpy (&prefix, data + at, sizeof prefix);
      bytes = g_bytes_new (data + at + sizeof prefix, prefix);
      at += sizeof prefix + prefix;
      commands = trias_journal_decode (bytes, NULL);
      while (commands->len > 0)
        {
          TriasJournalItem item = { g_ptr_array_steal_index (commands, 0), NULL };

          g_array_append_val (items, item);
        }
      apply_items (self, items);
    }
}

static void
settled_cb (const GError *error, gint64 took_us, gpointer user_data)
{
  Fake *self = user_data;

  self->writing = FALSE;
  self->failed = error != NULL;
  self->dirty = self->dirty || self->failed;
  self->client->settled (error, self->user_data);
  g_source_set_ready_time (self->turn, self->failed ? g_get_monotonic_time () + RETRY_US : 0);
}

static gboolean
turn_cb (gpointer user_data)
{
  Fake *self = user_data;

  g_source_set_ready_time (self->turn, -1);
  if (self->pending->len > 0)
    {
      g_autoptr (GArray) items = self->pending;
      g_autoptr (GBytes) entry
          = trias_journal_encode ((const TriasJournalItem *) (gpointer) items->data, items->len);

      self->pending = items_new ();
      append_bytes (self, entry);
      apply_items (self, items);
    }
  if (self->dirty && !self->writing)
    {
      TriasStoreBatch *batch = trias_store_batch_new ();

      self->dirty = FALSE;
      self->writing = TRUE;
      self->client->fill (batch, self->user_data);
      trias_store_commit_async (self->store, batch, settled_cb, self);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

static void
fake_append (TriasJournal *journal, TriasCommand *command, gpointer tag)
{
  Fake *self = (Fake *) journal;
  TriasJournalItem item = { command, tag };

  g_assert_true (fake_triad.active);
  g_array_append_val (self->pending, item);
  g_source_set_ready_time (self->turn, 0);
}

static void
fake_touch (TriasJournal *journal, gboolean soon)
{
  Fake *self = (Fake *) journal;

  self->dirty = TRUE;
  g_source_set_ready_time (self->turn, 0);
}

static void
fake_flush (TriasJournal *journal)
{
  Fake *self = (Fake *) journal;

  do
    {
      turn_cb (self);
      trias_store_wait (self->store);
    }
  while ((self->dirty && !self->failed) || self->pending->len > 0);
}

static void
fake_close (TriasJournal *journal)
{
  Fake *self = (Fake *) journal;

  trias_store_wait (self->store);
  fake_flush (journal);
  g_source_destroy (self->turn);
  g_source_unref (self->turn);
  g_array_unref (self->pending);
  g_free (self->log);
  if (present == self)
    present = NULL;
  g_free (self);
}

static gboolean
fake_is_active (TriasJournal *journal)
{
  return fake_triad.active;
}

static void
fake_get_status (TriasJournal *journal, TriasJournalStatus *status)
{
  status->active = status->quorum = fake_triad.active;
  status->leader = fake_triad.contacts != 0 ? fake_triad.slot : 0;
  status->pinned = fake_triad.pinned;
  for (guint i = 0; i < TRIAS_JOURNAL_SLOTS; i++)
    status->members[i].contact = (fake_triad.contacts & (1u << (i + 1))) != 0;
}

static const TriasJournalClass fake_class = {
  .append = fake_append,
  .touch = fake_touch,
  .flush = fake_flush,
  .close = fake_close,
  .is_active = fake_is_active,
  .get_status = fake_get_status,
};

TriasJournal *
trias_journal_raft_new (TriasStore *store,
                        const char *folder,
                        const TriasJournalTriad *triad,
                        const TriasJournalClient *client,
                        gpointer user_data,
                        GError **error)
{
  Fake *self;

  fake_triad.opened++;
  if (fake_triad.refuse_open)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE, "The disk is gone.");
      return NULL;
    }
  g_mkdir_with_parents (folder, 0700);
  self = g_new0 (Fake, 1);
  self->base.klass = &fake_class;
  self->store = store;
  self->client = client;
  self->user_data = user_data;
  self->log = g_build_filename (folder, "log", NULL);
  self->pending = items_new ();
  self->turn = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_callback (self->turn, turn_cb, self, NULL);
  g_source_attach (self->turn, NULL);
  g_free (fake_triad.folder);
  fake_triad.folder = g_strdup (folder);
  fake_triad.slot = triad->slot;
  fake_triad.incarnation = triad->incarnation;
  fake_triad.automatic = triad->automatic;
  fake_triad.active = fake_triad.started = FALSE;
  present = self;
  return &self->base;
}

void
trias_journal_raft_start (TriasJournal *journal, const TriasJournalLinks *links, gpointer user_data)
{
  fake_triad.started = TRUE;
  replay ((Fake *) journal);
}

gboolean
trias_journal_raft_apply_rest (TriasJournal *journal)
{
  TriasJournalItem item = { g_steal_pointer (&fake_triad.rest), NULL };
  g_autoptr (GArray) items = items_new ();

  if (item.command != NULL)
    {
      g_array_append_val (items, item);
      apply_items ((Fake *) journal, items);
    }
  return TRUE;
}

G_NORETURN void
trias_journal_raft_accept (TriasJournal *self, guint slot, int fd)
{
  g_assert_not_reached ();
}

void
trias_journal_raft_receive_note (TriasJournal *self, guint slot, const void *data, gsize length)
{
}

gboolean
trias_journal_raft_hand_over (TriasJournal *self, guint slot, gint64 pin_until, GError **error)
{
  fake_triad.handed_to = slot;
  fake_triad.pinned = pin_until != 0 ? slot : 0;
  fake_triad.pinned_until = pin_until;
  return TRUE;
}

void
trias_journal_raft_give_back (TriasJournal *self)
{
  fake_triad.pinned = 0;
}

void
trias_journal_raft_set_quiet (TriasJournal *self, gint64 until_boot)
{
}

void
trias_journal_raft_set_options (TriasJournal *self, gboolean automatic)
{
  fake_triad.automatic = automatic;
}

void
trias_journal_raft_set_aside (TriasJournal *self, guint slots)
{
  fake_triad.aside = slots;
}

void
fake_triad_set_active (gboolean active)
{
  fake_triad.active = active;
  present->client->role (present->user_data);
}

void
fake_triad_fail (const char *why)
{
  fake_triad.active = FALSE;
  present->client->failed (why, present->user_data);
}

void
fake_triad_store_refuses (const char *why)
{
  present->client->storage (why == NULL, why, present->user_data);
}

GBytes *
fake_triad_snapshot (void)
{
  return present->client->snapshot (present->user_data);
}

gboolean
fake_triad_restore (GBytes *state, guint64 index, GError **error)
{
  present->index = index;
  return present->client->restore (state, index, present->user_data, error);
}

guint64
fake_triad_index (void)
{
  return present->index;
}
