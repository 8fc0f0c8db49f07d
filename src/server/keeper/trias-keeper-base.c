/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include "ledger/trias-codec.h"
#include "server/keeper/trias-keeper-private.h"

/* The base of a triad's incarnation: what the store's ledger is while the triad lasts, and the mark
 * beside it that says so. Both are written in one transaction. */

#define KIND_TRIAD "triad"
#define KEY_BASE "base"
/* The mark of the base that an engine began with here. The base is read with all of its own kind.
 */
#define KIND_BEGUN "triad-begun"
#define BASE_FORMAT 1

void
trias_keeper_base_free (TriasKeeperBase *base)
{
  if (base == NULL)
    return;
  g_free (base->relationship);
  g_free (base->digest);
  g_free (base);
}

static TriasKeeperBase *
decode_mark (GBytes *value, GError **error)
{
  TriasKeeperBase *base = g_new0 (TriasKeeperBase, 1);
  TriasReader reader;
  gsize length;
  const guint8 *data = g_bytes_get_data (value, &length);

  trias_reader_init (&reader, data, length);
  reader.failed |= trias_read_byte (&reader) != BASE_FORMAT;
  base->relationship = trias_read_string (&reader);
  base->incarnation = trias_read_uint (&reader, G_MAXUINT64);
  base->digest = trias_read_string (&reader);
  if (trias_reader_finish (&reader, "the mark of a triad", error))
    return base;
  trias_keeper_base_free (base);
  return NULL;
}

static GBytes *
encode_mark (TriasLedger *ledger)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (ledger);
  g_autofree char *digest = trias_ledger_digest_whole (ledger);
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, BASE_FORMAT);
  trias_write_string (&writer, relationship->id);
  trias_write_uint (&writer, relationship->incarnation);
  trias_write_string (&writer, digest);
  return trias_writer_end (&writer);
}

TriasKeeperBase *
trias_keeper_base_load (TriasKeeper *self, GError **error)
{
  GBytes *value = trias_keeper_get_local (self, KIND_TRIAD, KEY_BASE);

  return value != NULL ? decode_mark (value, error) : NULL;
}

void
trias_keeper_base_mark (TriasKeeper *self, TriasLedger *ledger)
{
  g_autoptr (GBytes) value = ledger != NULL ? encode_mark (ledger) : NULL;

  trias_keeper_local_set (self, KIND_TRIAD, KEY_BASE, value);
  trias_mirror_put (self->mirror, TRIAS_SPACE_LOCAL, g_intern_static_string (KIND_TRIAD), KEY_BASE,
                    value, 0);
}

gboolean
trias_keeper_base_has_begun (TriasKeeper *self)
{
  GBytes *base = trias_keeper_get_local (self, KIND_TRIAD, KEY_BASE);
  GBytes *begun = trias_keeper_get_local (self, KIND_BEGUN, KEY_BASE);

  return base != NULL && begun != NULL && g_bytes_equal (base, begun);
}

void
trias_keeper_base_begin (TriasKeeper *self)
{
  if (!trias_keeper_base_has_begun (self))
    trias_keeper_put_local (self, KIND_BEGUN, KEY_BASE,
                            trias_keeper_get_local (self, KIND_TRIAD, KEY_BASE), NULL, NULL);
}

/* --- reading it --- */

typedef struct
{
  GPtrArray *changes;    /* (owned) (nullable) */
  TriasKeeperBase *base; /* (owned) (nullable) */
} Read;

static void
read_free (gpointer data)
{
  Read *read = data;

  g_clear_pointer (&read->changes, g_ptr_array_unref);
  trias_keeper_base_free (read->base);
  g_free (read);
}

static gboolean
record_cb (const char *kind,
           const char *key,
           GBytes *value,
           guint64 revision,
           gpointer user_data,
           GError **error)
{
  Read *read = user_data;

  if (strcmp (kind, KIND_TRIAD) == 0)
    {
      read->base = decode_mark (value, error);
      return read->base != NULL;
    }
  for (guint i = 0; i < TRIAS_N_RECORDS; i++)
    if (strcmp (kind, trias_keeper_record_words[i]) == 0)
      g_ptr_array_add (read->changes, trias_change_new (i, key, value, revision));
  return TRUE;
}

static void
read_base (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TriasKeeperQuery *query = data;
  GError *error = NULL;
  Read *read = g_new0 (Read, 1);

  read->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  if (trias_store_read_records (query->keeper->store, KIND_TRIAD, record_cb, read, &error)
      && read->base == NULL)
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_NOT_RELATED,
                 "This server is no member of a triad.");
  if (error == NULL)
    g_ptr_array_sort (read->changes, trias_keeper_compare_changes);
  else
    g_clear_pointer (&read, read_free);
  trias_keeper_query_end (query, task, read, read_free, error);
}

void
trias_keeper_read_base_async (TriasKeeper *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  TriasKeeperQuery *query = trias_keeper_query_new (self, 0, NULL);

  g_task_set_source_tag (task, trias_keeper_read_base_async);
  trias_keeper_query_run (query, task, read_base);
}

GPtrArray *
trias_keeper_read_base_finish (TriasKeeper *self,
                               GAsyncResult *result,
                               char **digest,
                               GError **error)
{
  Read *read;
  GPtrArray *changes;

  g_return_val_if_fail (g_async_result_is_tagged (result, trias_keeper_read_base_async), NULL);
  read = g_task_propagate_pointer (G_TASK (result), error);
  if (read == NULL)
    return NULL;
  changes = g_steal_pointer (&read->changes);
  *digest = g_steal_pointer (&read->base->digest);
  read_free (read);
  return changes;
}

/* --- taking it --- */

TriasLedger *
trias_keeper_base_ledger (TriasKeeper *self, GPtrArray *changes, const char *digest, GError **error)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (trias_ledger_get_server_id (self->ledger));
  g_autofree char *found = NULL;

  trias_ledger_clear (ledger);
  for (guint i = 0; i < changes->len; i++)
    if (!trias_ledger_load (ledger, g_ptr_array_index (changes, i), error))
      return NULL;
  found = trias_ledger_digest_whole (ledger);
  if (strcmp (found, digest) == 0)
    return g_steal_pointer (&ledger);
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The data of the triad did not arrive whole. Nothing was changed.");
  return NULL;
}

static gboolean
check_relationship (TriasKeeper *self,
                    TriasLedger *ledger,
                    const TriasRelationship *wanted,
                    GError **error)
{
  const TriasRelationship *told = trias_ledger_get_relationship (ledger);
  const TriasRelationship *present = trias_ledger_get_relationship (self->ledger);

  if (told == NULL || told->kind != TRIAS_KIND_TRIAD || strcmp (told->id, wanted->id) != 0
      || told->incarnation != wanted->incarnation
      || trias_relationship_find (told, trias_ledger_get_server_id (ledger)) == NULL)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "The data are not those of a triad that this server belongs to.");
      return FALSE;
    }
  if (present == NULL
      || (strcmp (present->id, wanted->id) == 0 && present->incarnation < wanted->incarnation))
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT,
               "This server belongs to the relationship “%s”; dissolve that one first.",
               present->name);
  return FALSE;
}

typedef struct
{
  TriasKeeper *keeper;
  TriasLedger *ledger; /* (owned) (nullable) the base */
  GBytes *former;      /* (owned) (nullable) */
  char *path;          /* (owned) (nullable) */
  TriasKeeperDone done;
  gpointer user_data;
} Taking;

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  g_clear_pointer (&taking->ledger, trias_ledger_free);
  g_clear_pointer (&taking->former, g_bytes_unref);
  g_free (taking->path);
  g_free (taking);
}

static void
write_archive (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TriasKeeperQuery *query = data;
  Taking *taking = query->data;
  GError *error = NULL;
  gsize length;
  const char *bytes = g_bytes_get_data (taking->former, &length);

  if (!g_file_set_contents_full (taking->path, bytes, (gssize) length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &error))
    {
      g_set_error (&query->error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "The former data of this server cannot be kept aside: %s", error->message);
      g_clear_error (&error);
    }
  trias_keeper_query_end (query, task, taking, NULL, NULL);
}

static void
take_over (TriasKeeper *self, Taking *taking)
{
  self->taken = g_steal_pointer (&taking->ledger);
  trias_keeper_change_begin (self, TRUE);
  trias_keeper_change_wait (self, taking->done, taking->user_data);
  taking_free (taking);
}

static void
archived_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Taking *taking = user_data;
  TriasKeeper *self = taking->keeper;
  TriasKeeperQuery *query = g_task_get_task_data (G_TASK (result));
  g_autofree char *name = g_path_get_basename (taking->path);
  TriasEvent *event;

  /* The server stopped meanwhile, and who asked was told. */
  if (self == NULL)
    {
      taking_free (taking);
      return;
    }
  self->archiving = FALSE;
  self->taking = NULL;
  if (query->error != NULL)
    {
      if (taking->done != NULL)
        taking->done (query->error, taking->user_data);
      taking_free (taking);
      return;
    }
  event = trias_event_new (trias_keeper_now (self), "state-archived", "");
  trias_event_param (event, "file", name);
  trias_keeper_record (self, event);
  take_over (self, taking);
}

static void
archive (TriasKeeper *self, Taking *taking, const char *relationship)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, archived_cb, taking);
  TriasKeeperQuery *query = trias_keeper_query_new (self, 0, NULL);
  g_autofree char *name = g_strdup_printf ("archive-%" G_GINT64_FORMAT "-%s.bin",
                                           trias_keeper_now (self), relationship);

  self->archiving = TRUE;
  self->taking = taking;
  taking->former = trias_ledger_serialize (self->ledger);
  taking->path = g_build_filename (self->folder, name, NULL);
  query->data = taking;
  trias_keeper_query_run (query, task, write_archive);
}

void
trias_keeper_base_abandon (TriasKeeper *self)
{
  g_autoptr (GError) error = NULL;
  Taking *taking = self->taking;

  if (taking == NULL)
    return;
  taking->keeper = NULL;
  error = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE, "The server stops.");
  if (taking->done != NULL)
    taking->done (error, taking->user_data);
}

void
trias_keeper_take_base (TriasKeeper *self,
                        GPtrArray *changes,
                        const char *digest,
                        const TriasRelationship *relationship,
                        TriasKeeperDone done,
                        gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasLedger) ledger = NULL;
  Taking *taking;

  if (self->base != NULL && strcmp (self->base->relationship, relationship->id) == 0
      && self->base->incarnation == relationship->incarnation)
    {
      if (done != NULL)
        done (NULL, user_data);
      return;
    }
  if (self->closing || self->archiving || self->changing != TRIAS_KEEPER_STEADY)
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                 "This server is just changing over; it can take the data in a moment.");
  else
    ledger = trias_keeper_base_ledger (self, changes, digest, &error);
  if (ledger == NULL || !check_relationship (self, ledger, relationship, &error))
    {
      if (done != NULL)
        done (error, user_data);
      return;
    }
  taking = g_new0 (Taking, 1);
  taking->keeper = self;
  taking->ledger = g_steal_pointer (&ledger);
  taking->done = done;
  taking->user_data = user_data;
  /* What a member of that triad has is the beginning of what it takes. */
  if (self->base != NULL && strcmp (self->base->relationship, relationship->id) == 0)
    take_over (self, taking);
  else
    archive (self, taking, relationship->id);
}
