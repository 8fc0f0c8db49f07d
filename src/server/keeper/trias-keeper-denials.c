/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* Equal denials are counted for this long before a new one is kept. */
#define MINUTE_MS 60000
/* Different denials within a minute; who comes after them is counted without a name. */
#define MAX_OPEN 1000
#define MAX_WAITING 5000

typedef struct
{
  TriasDenial *denial; /* (owned) */
  gint64 ends;         /* boot ms */
} Open;

static void
open_free (gpointer data)
{
  Open *open = data;

  trias_denial_free (open->denial);
  g_free (open);
}

static GPtrArray *
denials_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) trias_denial_free);
}

void
trias_keeper_denials_init (TriasKeeper *self)
{
  self->denials = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, open_free);
  self->denial_writes = denials_new ();
  self->flying_denials = denials_new ();
}

void
trias_keeper_denials_free (TriasKeeper *self)
{
  g_hash_table_unref (self->denials);
  g_ptr_array_unref (self->denial_writes);
  g_ptr_array_unref (self->flying_denials);
}

static void
write_later (TriasKeeper *self, const TriasDenial *denial)
{
  if (self->denial_writes->len >= MAX_WAITING)
    g_ptr_array_remove_range (self->denial_writes, 0, MAX_WAITING / 10);
  g_ptr_array_add (self->denial_writes, trias_denial_copy (denial));
  if (self->journal != NULL)
    trias_journal_touch (self->journal, FALSE);
}

void
trias_keeper_denials_end (TriasKeeper *self, gboolean all)
{
  gint64 now = trias_keeper_boot_now (self);
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, self->denials);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      const Open *open = data;

      if (!all && open->ends > now)
        continue;
      if (open->denial->count > 1)
        write_later (self, open->denial);
      g_hash_table_iter_remove (&iter);
    }
}

gint64
trias_keeper_denials_next (TriasKeeper *self)
{
  gint64 next = G_MAXINT64;
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, self->denials);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    next = MIN (next, ((const Open *) data)->ends);
  return next;
}

void
trias_keeper_denials_fill (TriasKeeper *self, TriasStoreBatch *batch)
{
  GPtrArray *empty = self->flying_denials;

  self->flying_denials = self->denial_writes;
  self->denial_writes = empty;
  for (guint i = 0; i < self->flying_denials->len; i++)
    trias_store_batch_denial (batch, g_ptr_array_index (self->flying_denials, i));
}

void
trias_keeper_denials_settle (TriasKeeper *self, gboolean written)
{
  if (!written)
    {
      g_ptr_array_extend_and_steal (self->flying_denials, self->denial_writes);
      self->denial_writes = self->flying_denials;
      self->flying_denials = denials_new ();
    }
  g_ptr_array_set_size (self->flying_denials, 0);
}

/* --- refusals --- */

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static TriasDenial *
denial_of (TriasReason reason, const char *detail, const TriasLease *lease, const TriasFacts *facts)
{
  TriasDenial *denial = g_new0 (TriasDenial, 1);
  const char *key_id = facts != NULL ? facts->key_id : NULL;

  if (key_id == NULL && lease != NULL)
    key_id = lease->key_id;
  denial->reason = reason;
  denial->feature = g_strdup (lease != NULL ? or_empty (lease->feature) : "");
  denial->user = g_strdup (lease != NULL && lease->holder.user != NULL
                               ? lease->holder.user
                               : or_empty (facts != NULL ? facts->user : NULL));
  denial->host = g_strdup (lease != NULL ? or_empty (lease->holder.host) : "");
  denial->address = g_strdup (facts != NULL ? or_empty (facts->address) : "");
  denial->key_id = g_strdup (or_empty (key_id));
  denial->detail = g_strdup (or_empty (detail));
  return denial;
}

static void
forget_who (TriasDenial *denial)
{
  char **texts[] = { &denial->user, &denial->host, &denial->address, &denial->key_id };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_free (*texts[i]);
      *texts[i] = g_strdup ("");
    }
}

static char *
key_of (const TriasDenial *denial)
{
  return g_strdup_printf ("%d\n%s\n%s\n%s\n%s\n%s", (int) denial->reason, denial->feature,
                          denial->user, denial->host, denial->address, denial->key_id);
}

static void
record_denied (TriasKeeper *self, const TriasDenial *denial)
{
  TriasEvent *event = trias_event_new (denial->first, "lease-denied", denial->feature);

  trias_event_param (event, "reason", trias_reason_to_word (denial->reason));
  trias_event_param (event, "user", denial->user);
  trias_event_param (event, "host", denial->host);
  trias_event_param (event, "address", denial->address);
  trias_keeper_record (self, event);
}

void
trias_keeper_deny (TriasKeeper *self,
                   TriasReason reason,
                   const char *detail,
                   const TriasLease *lease,
                   const TriasFacts *facts)
{
  g_autoptr (TriasDenial) denial = denial_of (reason, detail, lease, facts);
  g_autofree char *key = key_of (denial);
  gint64 now = trias_keeper_now (self);
  Open *open = g_hash_table_lookup (self->denials, key);

  if (open == NULL && g_hash_table_size (self->denials) >= MAX_OPEN)
    {
      forget_who (denial);
      g_free (key);
      key = key_of (denial);
      open = g_hash_table_lookup (self->denials, key);
    }
  if (open != NULL)
    {
      open->denial->count++;
      open->denial->last = now;
      return;
    }
  denial->id = ++self->last_denial;
  denial->first = denial->last = now;
  denial->count = 1;
  write_later (self, denial);
  record_denied (self, denial);
  open = g_new0 (Open, 1);
  open->ends = trias_keeper_boot_now (self) + MINUTE_MS;
  open->denial = g_steal_pointer (&denial);
  g_hash_table_insert (self->denials, g_steal_pointer (&key), open);
}

/* --- reading --- */

static int
newest_first (gconstpointer a, gconstpointer b)
{
  const TriasDenial *one = *(const TriasDenial *const *) a;
  const TriasDenial *other = *(const TriasDenial *const *) b;

  return one->id == other->id ? 0 : one->id < other->id ? 1 : -1;
}

/* Of each id the copy with the highest count stays. */
static GPtrArray *
merge (GPtrArray *recent, GPtrArray *stored, guint limit)
{
  GPtrArray *result = denials_new ();

  g_ptr_array_extend_and_steal (result, recent);
  g_ptr_array_extend_and_steal (result, stored);
  g_ptr_array_sort (result, newest_first);
  for (guint i = result->len; i > 1; i--)
    {
      const TriasDenial *one = g_ptr_array_index (result, i - 2);
      const TriasDenial *other = g_ptr_array_index (result, i - 1);

      if (one->id == other->id)
        g_ptr_array_remove_index (result, one->count < other->count ? i - 2 : i - 1);
    }
  if (result->len > limit)
    g_ptr_array_set_size (result, (int) limit);
  return result;
}

static void
read_denials (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TriasKeeperQuery *query = data;
  g_autoptr (GError) error = NULL;
  GPtrArray *stored = trias_store_read_denials (query->keeper->store, query->limit, &error);
  GPtrArray *result = NULL;

  if (stored != NULL)
    result = merge (g_steal_pointer (&query->recent), stored, query->limit);
  trias_keeper_query_end (query, task, result, (GDestroyNotify) g_ptr_array_unref,
                          g_steal_pointer (&error));
}

static void
add_copies (GPtrArray *recent, GPtrArray *denials)
{
  for (guint i = 0; i < denials->len; i++)
    g_ptr_array_add (recent, trias_denial_copy (g_ptr_array_index (denials, i)));
}

void
trias_keeper_query_denials (TriasKeeper *self,
                            guint limit,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  TriasKeeperQuery *query
      = trias_keeper_query_new (self, limit, (GDestroyNotify) trias_denial_free);
  GHashTableIter iter;
  gpointer data;

  g_task_set_source_tag (task, trias_keeper_query_denials);
  g_hash_table_iter_init (&iter, self->denials);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    g_ptr_array_add (query->recent, trias_denial_copy (((const Open *) data)->denial));
  add_copies (query->recent, self->denial_writes);
  add_copies (query->recent, self->flying_denials);
  trias_keeper_query_run (query, task, read_denials);
}

GPtrArray *
trias_keeper_query_denials_finish (TriasKeeper *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_keeper_query_denials), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
