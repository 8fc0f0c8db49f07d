/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-journal"

#include "config.h"

#include <time.h>
#include <unistd.h>

#include "core/trias-timer.h"
#include "server/journal/raft/trias-raft-marks.h"
#include "server/journal/raft/trias-raft-member.h"
#include "server/journal/raft/trias-raft-uv.h"
#include "server/journal/trias-journal-mirror.h"
#include "server/journal/trias-journal-raft.h"

/* One election time for all members. */
#define LAN_ELECTION_MS 300
#define LAN_HEARTBEAT_MS 50
#define WAN_ELECTION_MS 3000
#define WAN_HEARTBEAT_MS 500
#define HOLD_DOWN_MS 10000
/* Entries hold up to some thousand commands; so many are kept in memory. */
#define SNAPSHOT_THRESHOLD 4096
#define SNAPSHOT_TRAILING 1024
/* More than that and commits starve each other: while two are under way the next batch gathers. */
#define MAX_IN_FLIGHT 2
#define BATCH_MAX 8192
/* The main loop may be busy with other input for so long before waiting commands go. */
#define LATEST_US 2000

typedef struct
{
  TriasJournal base;
  const TriasJournalClient *client;
  gpointer user_data;
  TriasJournalMirror *mirror; /* (owned) */
  TriasRaftUv *uv;            /* (owned) */
  TriasRaftMember *member;    /* (owned) (nullable) once it is being closed */
  const TriasJournalLinks *links;
  gpointer links_data;
  gboolean started;
  gboolean member_closed;

  GArray *pending;    /* (owned) (element-type TriasJournalItem) not yet proposed */
  GArray *turned_off; /* (owned) (element-type TriasJournalItem) to be refused soon */
  GSource *dry;       /* (owned) runs when the loop has no other input */
  GSource *late;      /* (owned) runs when there is always other input */
  GSource *ticks;     /* (owned) */
  guint tick_us;
  char *trouble;       /* (owned) (nullable) the engine is unavailable */
  gboolean unreadable; /* an entry is: nothing behind it may be applied, or kept as a snapshot */
  GSource *tell;       /* (owned) (nullable) … and the client is about to hear of it */
} Raft;

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

static GArray *
take (GArray **items)
{
  GArray *taken = *items;

  *items = items_new ();
  return taken;
}

static const TriasJournalItem *
first_item (GArray *items)
{
  return (const TriasJournalItem *) (gpointer) items->data;
}

/* --- refusing --- */

static GError *
refusal (Raft *self, gboolean unknown)
{
  TriasRaftStatus status = { 0 };

  if (unknown)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                        "This server stopped being the active one before the outcome was known."
                        " The change may have been made; asking again with the same id is safe.");
  if (self->member != NULL)
    trias_raft_member_get_status (self->member, &status);
  if (status.leader == 0)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_NO_QUORUM,
                        "No two of the three servers can act together now. Nothing was changed.");
  return g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                      "This server is not the active one of its triad. Nothing was changed.");
}

static void
refuse_all (Raft *self, GArray *items, gboolean unknown)
{
  g_autoptr (GError) error = items->len > 0 ? refusal (self, unknown) : NULL;

  for (guint i = 0; i < items->len; i++)
    self->client->refuse (g_array_index (items, TriasJournalItem, i).tag, error, self->user_data);
}

static void
refuse_turned_off (Raft *self)
{
  if (self->turned_off->len > 0)
    {
      g_autoptr (GArray) items = take (&self->turned_off);

      refuse_all (self, items, FALSE);
    }
}

/* --- proposing --- */

static void
propose (Raft *self)
{
  g_autoptr (GBytes) entry = NULL;
  GArray *batch;
  gsize length;
  gconstpointer data;

  trias_timer_set (self->dry, -1);
  trias_timer_set (self->late, -1);
  if (self->pending->len == 0 || self->member == NULL
      || trias_raft_member_in_flight (self->member) >= MAX_IN_FLIGHT)
    return;
  batch = take (&self->pending);
  entry = trias_journal_encode (first_item (batch), batch->len);
  data = g_bytes_get_data (entry, &length);
  trias_raft_member_append (self->member, data, length, batch);
  trias_raft_uv_turn (self->uv);
}

static void
arm (Raft *self)
{
  if (self->pending->len == 0 && self->turned_off->len == 0)
    return;
  if (trias_timer_get (self->late) < 0)
    trias_timer_set (self->late, g_get_monotonic_time () + LATEST_US);
  trias_timer_set (self->dry, 0);
}

static gboolean
propose_cb (gpointer user_data)
{
  Raft *self = user_data;

  refuse_turned_off (self);
  propose (self);
  return G_SOURCE_CONTINUE;
}

/* --- what the engine tells --- */

static gint64
boot_cb (gpointer user_data)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What another member proposed, or this one in an earlier life. */
static void
apply_foreign (Raft *self, guint64 term, guint64 index, const void *data, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) commands = trias_journal_decode (bytes, &error);
  g_autofree TriasJournalItem *items = NULL;

  if (commands == NULL)
    {
      /* All members have the same bytes: none may go on with a state that lacks them. */
      self->unreadable = TRUE;
      if (self->trouble == NULL)
        self->trouble = g_strdup (error->message);
      return;
    }
  items = g_new0 (TriasJournalItem, commands->len);
  for (guint i = 0; i < commands->len; i++)
    items[i].command = g_ptr_array_index (commands, i);
  self->client->apply (term, index, items, commands->len, self->user_data);
}

static void
apply_cb (
    guint64 term, guint64 index, const void *data, gsize length, gpointer tag, gpointer user_data)
{
  Raft *self = user_data;
  g_autoptr (GArray) batch = tag;

  if (self->unreadable && batch != NULL)
    refuse_all (self, batch, TRUE);
  else if (self->unreadable)
    return;
  else if (batch != NULL)
    self->client->apply (term, index, first_item (batch), batch->len, self->user_data);
  else
    apply_foreign (self, term, index, data, length);
  arm (self);
}

static void
refused_cb (gpointer tag, gboolean unknown, gpointer user_data)
{
  Raft *self = user_data;
  g_autoptr (GArray) batch = tag;

  refuse_all (self, batch, unknown);
  arm (self);
}

static GBytes *
snapshot_cb (gpointer user_data)
{
  Raft *self = user_data;

  return self->unreadable ? NULL : self->client->snapshot (self->user_data);
}

static gboolean
restore_cb (GBytes *state, guint64 term, guint64 index, gpointer user_data, GError **error)
{
  Raft *self = user_data;

  return self->client->restore (state, index, self->user_data, error);
}

static void
changed_cb (gpointer user_data)
{
  Raft *self = user_data;

  self->client->role (self->user_data);
}

static void
note_cb (guint to_slot, const void *data, gsize length, gpointer user_data)
{
  Raft *self = user_data;

  if (self->links != NULL)
    self->links->note (to_slot, data, length, self->links_data);
}

static void
keep_marks_cb (GBytes *marks, gpointer user_data)
{
  Raft *self = user_data;

  trias_raft_uv_keep_marks (self->uv, marks);
}

static void
failed_cb (const char *why, gpointer user_data)
{
  Raft *self = user_data;

  if (self->trouble == NULL)
    self->trouble = g_strdup (why);
}

static const TriasRaftClient raft_client = {
  .boot = boot_cb,
  .apply = apply_cb,
  .refused = refused_cb,
  .snapshot = snapshot_cb,
  .restore = restore_cb,
  .changed = changed_cb,
  .note = note_cb,
  .keep_marks = keep_marks_cb,
  .failed = failed_cb,
};

/* --- the loop --- */

/* The client closes this journal, perhaps at once. */
static gboolean
tell_cb (gpointer user_data)
{
  Raft *self = user_data;

  self->client->failed (self->trouble, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
tick (Raft *self)
{
  if (self->member == NULL || !self->started || self->tell != NULL)
    return;
  if (self->trouble == NULL)
    trias_raft_member_tick (self->member);
  if (self->trouble == NULL)
    return;
  g_message ("the engine is unavailable: %s", self->trouble);
  self->tell = g_idle_source_new ();
  g_source_set_callback (self->tell, tell_cb, self, NULL);
  g_source_attach (self->tell, g_main_context_get_thread_default ());
}

static void
turned_cb (gpointer user_data)
{
  tick (user_data);
}

static gboolean
ticks_cb (gpointer user_data)
{
  Raft *self = user_data;

  trias_timer_set (self->ticks, g_get_monotonic_time () + self->tick_us);
  trias_raft_uv_turn (self->uv);
  return G_SOURCE_CONTINUE;
}

/* --- the interface --- */

static void
raft_append (TriasJournal *journal, TriasCommand *command, gpointer tag)
{
  Raft *self = (Raft *) journal;
  TriasJournalItem item = { command, tag };
  gboolean active = trias_journal_is_active (journal);

  g_array_append_val (*(active ? &self->pending : &self->turned_off), item);
  if (self->pending->len >= BATCH_MAX)
    propose (self);
  arm (self);
}

static void
raft_touch (TriasJournal *journal, gboolean soon)
{
  trias_journal_mirror_touch (((Raft *) journal)->mirror, soon);
}

static void
raft_flush (TriasJournal *journal)
{
  trias_journal_mirror_flush (((Raft *) journal)->mirror);
}

static void
drop_source (GSource **source)
{
  g_source_destroy (*source);
  g_source_unref (*source);
  *source = NULL;
}

static void
member_closed_cb (gpointer user_data)
{
  Raft *self = user_data;

  self->member_closed = TRUE;
}

static void
raft_close_journal (TriasJournal *journal)
{
  Raft *self = (Raft *) journal;
  TriasRaftMember *member = g_steal_pointer (&self->member);

  if (member != NULL)
    {
      trias_raft_member_close (member, member_closed_cb, self);
      trias_raft_uv_run_until (self->uv, &self->member_closed);
    }
  refuse_all (self, self->pending, FALSE);
  refuse_turned_off (self);
  trias_raft_uv_free (self->uv);
  trias_journal_mirror_free (self->mirror);
  drop_source (&self->dry);
  drop_source (&self->late);
  drop_source (&self->ticks);
  if (self->tell != NULL)
    drop_source (&self->tell);
  g_array_unref (self->pending);
  g_array_unref (self->turned_off);
  g_free (self->trouble);
  g_free (self);
}

static gboolean
raft_is_active (TriasJournal *journal)
{
  Raft *self = (Raft *) journal;

  return self->member != NULL && self->trouble == NULL
         && trias_raft_member_is_active (self->member);
}

static void
raft_get_status (TriasJournal *journal, TriasJournalStatus *status)
{
  Raft *self = (Raft *) journal;
  TriasRaftStatus from;

  if (self->member == NULL)
    return;
  trias_raft_member_get_status (self->member, &from);
  *status = (TriasJournalStatus){ .active = raft_is_active (journal),
                                  .leading = from.leading,
                                  .muted = from.muted,
                                  .transferring = from.transferring,
                                  .quorum = from.quorum,
                                  .leader = from.leader,
                                  .pinned = from.pinned,
                                  .pinned_until = from.pinned_until,
                                  .term = from.term,
                                  .last_index = from.last_index,
                                  .commit_index = from.commit_index,
                                  .applied = from.applied,
                                  .applied_term = from.applied_term,
                                  .lease_left_ms = from.lease_left_ms };
  for (guint i = 0; i < TRIAS_JOURNAL_SLOTS; i++)
    status->members[i] = (TriasJournalMember){ .contact = from.members[i].contact,
                                               .contact_since = from.members[i].contact_since,
                                               .last_contact = from.members[i].last_contact,
                                               .match = from.members[i].match,
                                               .caught_up = from.members[i].caught_up,
                                               .muted = from.members[i].muted,
                                               .hears = from.members[i].hears };
}

static const TriasJournalClass raft_class = {
  .append = raft_append,
  .touch = raft_touch,
  .flush = raft_flush,
  .close = raft_close_journal,
  .is_active = raft_is_active,
  .get_status = raft_get_status,
};

/* --- life --- */

/* A log that was lost counts as lost until its successor holds something, whatever is started
 * meanwhile. */
static gboolean
load_marks (TriasRaftUv *uv, gboolean fresh, GBytes **marks, GError **error)
{
  g_autoptr (GBytes) saved = trias_raft_uv_load_marks (uv);

  if (fresh || trias_raft_uv_has_log (uv))
    {
      *marks = g_steal_pointer (&saved);
      return TRUE;
    }
  *marks = trias_raft_marks_blank (saved);
  return trias_raft_uv_write_marks (uv, *marks, error);
}

TriasJournal *
trias_journal_raft_new (TriasStore *store,
                        const char *folder,
                        const TriasJournalTriad *triad,
                        const TriasJournalClient *client,
                        gpointer user_data,
                        GError **error)
{
  gboolean lan = triad->profile == TRIAS_PROFILE_LAN;
  TriasRaftConfig config = { .slot = triad->slot,
                             .election_ms = lan ? LAN_ELECTION_MS : WAN_ELECTION_MS,
                             .heartbeat_ms = lan ? LAN_HEARTBEAT_MS : WAN_HEARTBEAT_MS,
                             .hold_down_ms = HOLD_DOWN_MS,
                             .automatic = triad->automatic,
                             .fresh = triad->fresh,
                             .snapshot_threshold = SNAPSHOT_THRESHOLD,
                             .snapshot_trailing = SNAPSHOT_TRAILING };
  Raft *self = g_new0 (Raft, 1);
  g_autoptr (GBytes) marks = NULL;

  self->base.klass = &raft_class;
  self->client = client;
  self->user_data = user_data;
  self->uv = trias_raft_uv_new (folder, turned_cb, self, error);
  if (self->uv == NULL)
    {
      g_free (self);
      return NULL;
    }
  if (load_marks (self->uv, triad->fresh, &marks, error))
    self->member = trias_raft_member_new (trias_raft_uv_get_io (self->uv), &config, marks,
                                          &raft_client, self, error);
  if (self->member == NULL)
    {
      trias_raft_uv_free (self->uv);
      g_free (self);
      return NULL;
    }
  self->tick_us = config.heartbeat_ms * 1000 / 2;
  self->mirror = trias_journal_mirror_new (store, client, user_data);
  self->pending = items_new ();
  self->turned_off = items_new ();
  self->dry = trias_timer_new ("raft-dry", G_PRIORITY_DEFAULT_IDLE, propose_cb, self);
  self->late = trias_timer_new ("raft-late", G_PRIORITY_DEFAULT, propose_cb, self);
  self->ticks = trias_timer_new ("raft-ticks", G_PRIORITY_DEFAULT, ticks_cb, self);
  return &self->base;
}

void
trias_journal_raft_start (TriasJournal *journal, const TriasJournalLinks *links, gpointer user_data)
{
  Raft *self = (Raft *) journal;
  TriasRaftTransport *transport = trias_raft_uv_get_transport (self->uv);
  g_autoptr (GError) error = NULL;

  g_return_if_fail (!self->started);
  self->links = transport->links = links;
  self->links_data = transport->links_data = user_data;
  self->started = TRUE;
  if (!trias_raft_member_start (self->member, &error))
    self->trouble = g_strdup (error->message);
  trias_timer_set (self->ticks, 0);
}

void
trias_journal_raft_accept (TriasJournal *journal, guint slot, int fd)
{
  Raft *self = (Raft *) journal;

  if (self->member != NULL && self->trouble == NULL)
    trias_raft_transport_accept (trias_raft_uv_get_transport (self->uv), slot, fd);
  else
    close (fd);
}

void
trias_journal_raft_receive_note (TriasJournal *journal, guint slot, const void *data, gsize length)
{
  Raft *self = (Raft *) journal;

  if (self->member == NULL || self->trouble != NULL)
    return;
  trias_raft_member_receive_note (self->member, slot, data, length);
  /* The answer goes out in the turn. */
  trias_raft_uv_turn (self->uv);
}

gboolean
trias_journal_raft_hand_over (TriasJournal *journal, guint slot, gint64 pin_until, GError **error)
{
  Raft *self = (Raft *) journal;
  gboolean done = trias_raft_member_hand_over (self->member, slot, pin_until, error);

  trias_raft_uv_turn (self->uv);
  return done;
}

void
trias_journal_raft_give_back (TriasJournal *journal)
{
  Raft *self = (Raft *) journal;

  trias_raft_member_give_back (self->member);
  trias_raft_uv_turn (self->uv);
}

gboolean
trias_journal_raft_apply_rest (TriasJournal *journal)
{
  Raft *self = (Raft *) journal;

  return self->member != NULL && trias_raft_member_apply_rest (self->member)
         && self->trouble == NULL;
}

void
trias_journal_raft_set_quiet (TriasJournal *journal, gint64 until_boot)
{
  trias_raft_member_set_quiet (((Raft *) journal)->member, until_boot);
}

void
trias_journal_raft_set_options (TriasJournal *journal, gboolean automatic)
{
  trias_raft_member_set_automatic (((Raft *) journal)->member, automatic);
}

void
trias_journal_raft_set_aside (TriasJournal *journal, guint slots)
{
  trias_raft_member_set_aside (((Raft *) journal)->member, slots);
}
