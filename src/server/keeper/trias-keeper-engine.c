/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "server/keeper/trias-keeper-private.h"

/* The journal of a triad: opened, watched, opened again when it fails, and left. */

#define FOLDER_PREFIX "triad-"
/* How long a journal that was left goes on, so that the others learn what was decided last: several
 * election time-outs. */
#define LINGER_LAN_MS 2000
#define LINGER_WAN_MS 15000
#define REOPEN_MAX_MS 10000

/* --- folders --- */

static void
empty_folder (const char *path, const char *but)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_strcmp0 (name, but) != 0)
        g_unlink (child);
    }
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  empty_folder (path, NULL);
  if (dir != NULL && g_rmdir (path) != 0)
    g_warning ("Cannot remove the folder %s, which is not needed any more.", path);
}

static void
sync_folder (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0 || fsync (fd) != 0)
    g_warning ("The folder %s cannot be synchronised: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
}

static char *
folder_of (TriasKeeper *self, guint64 incarnation)
{
  g_autofree char *name = g_strdup_printf (FOLDER_PREFIX "%" G_GUINT64_FORMAT, incarnation);

  return g_build_filename (self->folder, name, NULL);
}

void
trias_keeper_engine_tidy (TriasKeeper *self)
{
  g_autofree char *present = self->base != NULL ? folder_of (self, self->base->incarnation) : NULL;
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      if (g_str_has_prefix (name, FOLDER_PREFIX) && g_strcmp0 (path, present) != 0)
        remove_folder (path);
    }
}

static void
engine_free (gpointer data)
{
  TriasKeeperEngine *engine = data;

  if (engine->linger != NULL)
    {
      g_source_destroy (engine->linger);
      g_source_unref (engine->linger);
    }
  trias_journal_close (engine->journal);
  if (engine->left)
    remove_folder (engine->folder);
  g_free (engine->folder);
  g_free (engine);
}

void
trias_keeper_engine_init (TriasKeeper *self)
{
  self->trail = trias_keeper_trail_new ();
  self->lingering = g_ptr_array_new_with_free_func (engine_free);
  self->reopen_ms = TRIAS_KEEPER_REOPEN_MS;
}

/* --- what the journal tells --- */

static void
apply_cb (
    guint64 term, guint64 index, const TriasJournalItem *items, guint n_items, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;

  if (engine->left)
    {
      for (guint i = 0; i < n_items; i++)
        trias_keeper_refuse (items[i].tag, TRIAS_REASON_NOT_ACTIVE, NULL);
      return;
    }
  /* A journal that was opened anew tells again what the ledger holds already. */
  if (index <= self->applied)
    return;
  self->silent = index <= self->recorded;
  trias_keeper_journal_client.apply (term, index, items, n_items, self);
  trias_keeper_trail_add (self->trail, index, self->ledger);
  self->silent = FALSE;
}

static void
refuse_cb (gpointer tag, const GError *error, gpointer user_data)
{
  trias_keeper_journal_client.refuse (tag, error, ((TriasKeeperEngine *) user_data)->keeper);
}

static void
storage_cb (gboolean ok, const char *detail, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;

  if (!engine->left)
    trias_keeper_journal_client.storage (ok, detail, engine->keeper);
}

static void
fill_cb (TriasStoreBatch *batch, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;

  if (!engine->left)
    trias_keeper_journal_client.fill (batch, engine->keeper);
}

static void
settled_cb (const GError *error, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;

  if (!engine->left)
    trias_keeper_journal_client.settled (error, engine->keeper);
}

/* A new active server starts every live lease afresh before any can end. */
static void
role_cb (gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;
  gboolean active;

  if (engine->left || self->engine != engine || self->changing != TRIAS_KEEPER_STEADY)
    return;
  active = trias_journal_is_active (engine->journal);
  if (active && !self->active)
    trias_keeper_due_restart (self);
  self->active = active;
  self->look_at_role = TRUE;
  trias_keeper_later (self);
}

static GBytes *
snapshot_cb (gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;

  /* What was left belongs to this server alone. */
  if (engine->left || self->changing != TRIAS_KEEPER_STEADY)
    return NULL;
  return trias_ledger_serialize (self->ledger);
}

static gboolean
restore_cb (GBytes *state, guint64 index, gpointer user_data, GError **error)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;

  if (engine->left || self->changing != TRIAS_KEEPER_STEADY || index <= self->applied)
    return TRUE;
  if (!trias_ledger_deserialize (self->ledger, state, error))
    return FALSE;
  self->applied = index;
  trias_keeper_trail_clear (self->trail);
  trias_keeper_due_restart (self);
  trias_keeper_follow (self);
  trias_keeper_tell_triad (self);
  return TRUE;
}

static gboolean
reopen_cb (gpointer user_data)
{
  TriasKeeper *self = user_data;

  g_clear_pointer (&self->reopen, g_source_unref);
  /* A log that is being left is not opened any more: by now the ledger may know of no triad, or of
   * the next incarnation. What leads there is written all the same. */
  if (self->changing == TRIAS_KEEPER_STEADY)
    trias_keeper_engine_open (self);
  return G_SOURCE_REMOVE;
}

/* Tries again by itself; the reason is told meanwhile. */
static void
open_again (TriasKeeper *self, const char *why)
{
  g_autofree char *detail
      = g_strdup_printf ("The log of the triad cannot be used: %s The server tries again by"
                         " itself.",
                         why);

  trias_keeper_engine_trouble (self, detail);
  if (self->reopen != NULL)
    return;
  self->reopen = g_timeout_source_new (self->reopen_ms);
  g_source_set_callback (self->reopen, reopen_cb, self, NULL);
  g_source_attach (self->reopen, g_main_context_get_thread_default ());
  self->reopen_ms = MIN (self->reopen_ms * 2, REOPEN_MAX_MS);
}

static void
failed_cb (const char *why, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;

  if (engine->left || self->engine != engine)
    return;
  self->active = FALSE;
  open_again (self, why);
}

static const TriasJournalClient engine_client = {
  .apply = apply_cb,
  .refuse = refuse_cb,
  .storage = storage_cb,
  .fill = fill_cb,
  .settled = settled_cb,
  .role = role_cb,
  .snapshot = snapshot_cb,
  .restore = restore_cb,
  .failed = failed_cb,
};

/* --- the links, which may be taken away before the journal goes --- */

typedef struct
{
  TriasLinkOpened opened;
  gpointer data;
} Unlinked;

static gboolean
unlinked_cb (gpointer user_data)
{
  Unlinked *unlinked = user_data;

  unlinked->opened (-1, unlinked->data);
  return G_SOURCE_REMOVE;
}

static void
connect_cb (guint slot, TriasLinkOpened opened, gpointer data, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;
  g_autoptr (GSource) source = NULL;
  Unlinked *unlinked;

  /* The links are those of the present incarnation, whose slots may be others'. */
  if (self->links != NULL && !engine->left)
    {
      self->links->connect (slot, opened, data, self->links_data);
      return;
    }
  unlinked = g_new0 (Unlinked, 1);
  unlinked->opened = opened;
  unlinked->data = data;
  source = g_idle_source_new ();
  g_source_set_callback (source, unlinked_cb, unlinked, g_free);
  g_source_attach (source, g_main_context_get_thread_default ());
}

static void
note_cb (guint slot, const void *data, gsize length, gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;
  TriasKeeper *self = engine->keeper;

  if (self->links != NULL && !engine->left)
    self->links->note (slot, data, length, self->links_data);
}

static const TriasJournalLinks engine_links = { connect_cb, note_cb };

void
trias_keeper_engine_start (TriasKeeper *self)
{
  if (self->engine == NULL || self->engine->started || self->links == NULL)
    return;
  self->engine->started = TRUE;
  trias_journal_raft_start (self->journal, &engine_links, self->engine);
}

/* --- open and leave --- */

static TriasKeeperEngine *
engine_new (TriasKeeper *self, GError **error)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);
  TriasRole role
      = trias_relationship_role (relationship, trias_ledger_get_server_id (self->ledger));
  TriasKeeperEngine *engine = g_new0 (TriasKeeperEngine, 1);
  TriasJournalTriad triad = {
    .slot = role - TRIAS_ROLE_PRIMARY + 1,
    .incarnation = self->base->incarnation,
    .profile = relationship->options.profile,
    .automatic = relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC,
    .fresh = !trias_keeper_base_has_begun (self),
  };

  engine->keeper = self;
  engine->incarnation = self->base->incarnation;
  engine->wan = triad.profile == TRIAS_PROFILE_WAN;
  engine->folder = folder_of (self, engine->incarnation);
  engine->journal
      = trias_journal_raft_new (self->store, engine->folder, &triad, &engine_client, engine, error);
  if (engine->journal != NULL)
    return engine;
  engine_free (engine);
  return NULL;
}

void
trias_keeper_engine_open (TriasKeeper *self)
{
  g_autoptr (GError) error = NULL;

  trias_keeper_engine_stop_reopening (self);
  if (self->engine != NULL)
    engine_free (g_steal_pointer (&self->engine));
  else
    trias_journal_close (self->journal);
  self->journal = NULL;
  self->engine = engine_new (self, &error);
  if (self->engine == NULL)
    {
      /* Local records and history go on meanwhile; commands are refused. */
      self->journal = trias_journal_local_new (self->store, 0, &trias_keeper_journal_client, self);
      open_again (self, error->message);
      return;
    }
  self->journal = self->engine->journal;
  self->engine->opened = trias_keeper_boot_now (self);
  trias_keeper_base_begin (self);
  trias_keeper_begin_untroubled (self);
  trias_keeper_engine_start (self);
}

static gboolean
linger_cb (gpointer user_data)
{
  TriasKeeperEngine *engine = user_data;

  g_ptr_array_remove (engine->keeper->lingering, engine);
  return G_SOURCE_REMOVE;
}

void
trias_keeper_engine_leave (TriasKeeper *self)
{
  TriasKeeperEngine *engine = g_steal_pointer (&self->engine);

  engine->left = TRUE;
  self->journal = NULL;
  engine->linger = g_timeout_source_new (engine->wan ? LINGER_WAN_MS : LINGER_LAN_MS);
  g_source_set_callback (engine->linger, linger_cb, engine, NULL);
  g_source_attach (engine->linger, g_main_context_get_thread_default ());
  g_ptr_array_add (self->lingering, engine);
}

void
trias_keeper_engine_make_room (TriasKeeper *self, guint64 incarnation)
{
  g_autofree char *folder = folder_of (self, incarnation);

  for (guint i = self->lingering->len; i-- > 0;)
    {
      TriasKeeperEngine *engine = g_ptr_array_index (self->lingering, i);

      if (strcmp (engine->folder, folder) == 0)
        g_ptr_array_remove_index (self->lingering, i);
    }
  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    return;
  remove_folder (folder);
  sync_folder (self->folder);
}

void
trias_keeper_engine_stop_reopening (TriasKeeper *self)
{
  if (self->reopen == NULL)
    return;
  g_source_destroy (self->reopen);
  g_clear_pointer (&self->reopen, g_source_unref);
}

void
trias_keeper_engine_discard (TriasKeeper *self)
{
  g_autofree char *folder = g_strdup (self->engine->folder);

  trias_keeper_engine_stop_reopening (self);
  engine_free (g_steal_pointer (&self->engine));
  empty_folder (folder, TRIAS_JOURNAL_RAFT_MARKS);
  self->journal = trias_journal_local_new (self->store, 0, &trias_keeper_journal_client, self);
}

void
trias_keeper_engine_close (TriasKeeper *self)
{
  trias_keeper_engine_stop_reopening (self);
  if (self->engine != NULL)
    {
      engine_free (g_steal_pointer (&self->engine));
      self->journal = NULL;
    }
  g_clear_pointer (&self->lingering, g_ptr_array_unref);
  g_clear_pointer (&self->trail, trias_keeper_trail_free);
}
