/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/access/trias-names.h"

#include <grp.h>
#include <pwd.h>

#define MAX_GROUPS 256

typedef struct
{
  TriasNamesReady ready;
  gpointer user_data;
} Waiter;

/* One question: "a:ADDRESS" or "g:USER". */
typedef struct
{
  char *key;
  char **values;             /* what the last look-up found */
  char **held;               /* the same, but outlives a look-up that failed */
  gint64 fresh_until;        /* monotonic, µs */
  gboolean known;            /* @values are an answer */
  GArray *waiters;           /* (element-type Waiter) */
  GCancellable *cancellable; /* (nullable) a look-up is under way */
  guint timeout;
} Entry;

struct _TriasNames
{
  GHashTable *entries; /* key to Entry */
  gboolean closing;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_handle_id (&entry->timeout, g_source_remove);
  g_clear_object (&entry->cancellable);
  g_array_unref (entry->waiters);
  g_strfreev (entry->values);
  g_strfreev (entry->held);
  g_free (entry->key);
  g_free (entry);
}

TriasNames *
trias_names_new (void)
{
  TriasNames *self = g_new0 (TriasNames, 1);

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  return self;
}

/* Waiters may ask anew while they are told, so they are told from a copy. */
static void
entry_tell (Entry *entry)
{
  static const char *const none[] = { NULL };
  g_autoptr (GArray) waiters = g_steal_pointer (&entry->waiters);
  g_auto (GStrv) values = g_strdupv (entry->values);
  const char *const *told = values != NULL ? (const char *const *) values : none;

  entry->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  for (guint i = 0; i < waiters->len; i++)
    {
      Waiter *waiter = &g_array_index (waiters, Waiter, i);

      waiter->ready (told, waiter->user_data);
    }
}

/* Takes @values. A look-up that failed, unlike one that found that there is nothing, keeps the
 * older answer for peeking: it must not drop a live link. Whoever asks gets the present one. */
static void
entry_settle (Entry *entry, char **values, gboolean failed)
{
  gboolean found = values != NULL && values[0] != NULL;
  guint seconds = found ? TRIAS_NAMES_POSITIVE_S : TRIAS_NAMES_NEGATIVE_S;

  g_clear_handle_id (&entry->timeout, g_source_remove);
  g_clear_object (&entry->cancellable);
  g_strfreev (entry->values);
  entry->values = values;
  if (!failed)
    {
      g_strfreev (entry->held);
      entry->held = g_strdupv (values);
    }
  entry->known = TRUE;
  entry->fresh_until = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;
  entry_tell (entry);
}

void
trias_names_free (TriasNames *self)
{
  GHashTableIter iter;
  gpointer value;

  self->closing = TRUE;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->cancellable != NULL)
        g_cancellable_cancel (entry->cancellable);
      entry_tell (entry);
    }
  g_hash_table_unref (self->entries);
  g_free (self);
}

/* --- host names --- */

typedef struct
{
  Entry *entry; /* only valid while @cancellable was not cancelled */
  GCancellable *cancellable;
  GInetAddress *address;
  char *name;
} Reverse;

static void
reverse_free (Reverse *reverse)
{
  g_object_unref (reverse->cancellable);
  g_object_unref (reverse->address);
  g_free (reverse->name);
  g_free (reverse);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reverse, reverse_free)

static gboolean
failed (const GError *error)
{
  return error != NULL && !g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
}

static void
on_forward (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reverse) reverse = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  gboolean confirmed = FALSE;
  char **values;

  for (GList *l = addresses; l != NULL && !confirmed; l = l->next)
    confirmed = g_inet_address_equal (l->data, reverse->address);
  g_resolver_free_addresses (addresses);
  if (g_cancellable_is_cancelled (reverse->cancellable))
    return;
  values = g_new0 (char *, 2);
  values[0] = confirmed ? g_steal_pointer (&reverse->name) : NULL;
  entry_settle (reverse->entry, values, failed (error));
}

/* Lower case and without the root's dot, as rules are written. */
static char *
normal_name (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  gsize length = strlen (lower);

  if (length > 0 && lower[length - 1] == '.')
    lower[length - 1] = '\0';
  return g_utf8_validate (lower, -1, NULL) && lower[0] != '\0' ? g_steal_pointer (&lower) : NULL;
}

static void
on_reverse (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reverse) reverse = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_resolver_lookup_by_address_finish (G_RESOLVER (source), result, &error);

  if (g_cancellable_is_cancelled (reverse->cancellable))
    return;
  reverse->name = name != NULL ? normal_name (name) : NULL;
  if (reverse->name == NULL)
    {
      entry_settle (reverse->entry, NULL, failed (error));
      return;
    }
  g_resolver_lookup_by_name_async (G_RESOLVER (source), reverse->name, reverse->cancellable,
                                   on_forward, reverse);
  g_steal_pointer (&reverse);
}

static void
ask_address (Entry *entry, const char *address)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);
  Reverse *reverse;

  if (inet == NULL)
    {
      entry_settle (entry, NULL, FALSE);
      return;
    }
  reverse = g_new0 (Reverse, 1);
  reverse->entry = entry;
  reverse->cancellable = g_object_ref (entry->cancellable);
  reverse->address = g_steal_pointer (&inet);
  g_resolver_lookup_by_address_async (resolver, reverse->address, reverse->cancellable, on_reverse,
                                      reverse);
}

/* --- groups --- */

static char **
groups_of (const char *user)
{
  struct passwd entry, *found = NULL;
  struct group group, *group_found;
  char buffer[16384];
  gid_t gids[MAX_GROUPS];
  int n = MAX_GROUPS;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (getpwnam_r (user, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
    {
      if (getgrouplist (user, found->pw_gid, gids, &n) < 0)
        n = MAX_GROUPS;
      for (int i = 0; i < n; i++)
        if (getgrgid_r (gids[i], &group, buffer, sizeof buffer, &group_found) == 0
            && group_found != NULL && g_utf8_validate (group_found->gr_name, -1, NULL))
          g_ptr_array_add (names, g_strdup (group_found->gr_name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
groups_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, groups_of (data), (GDestroyNotify) g_strfreev);
}

static void
on_groups (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
  g_auto (GStrv) values = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!g_cancellable_is_cancelled (cancellable))
    entry_settle (user_data, g_steal_pointer (&values), FALSE);
}

static void
ask_groups (Entry *entry, const char *user)
{
  g_autoptr (GTask) task = g_task_new (NULL, entry->cancellable, on_groups, entry);

  g_task_set_return_on_cancel (task, TRUE);
  g_task_set_task_data (task, g_strdup (user), g_free);
  g_task_run_in_thread (task, groups_thread);
}

/* --- the common way --- */

static gboolean
on_timeout (gpointer user_data)
{
  Entry *entry = user_data;

  entry->timeout = 0;
  g_cancellable_cancel (entry->cancellable);
  entry_settle (entry, NULL, TRUE);
  return G_SOURCE_REMOVE;
}

static void
entry_ask (Entry *entry)
{
  if (entry->cancellable != NULL)
    return;
  entry->cancellable = g_cancellable_new ();
  entry->timeout = g_timeout_add (TRIAS_NAMES_LIMIT_MS, on_timeout, entry);
  if (entry->key[0] == 'a')
    ask_address (entry, entry->key + 2);
  else
    ask_groups (entry, entry->key + 2);
}

static gboolean
is_idle (gpointer key, gpointer value, gpointer user_data)
{
  Entry *entry = value;

  return entry->cancellable == NULL && entry->waiters->len == 0;
}

static Entry *
find_entry (TriasNames *self, char kind, const char *subject)
{
  g_autofree char *key = g_strdup_printf ("%c:%s", kind, subject);
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry != NULL)
    return entry;
  if (g_hash_table_size (self->entries) >= TRIAS_NAMES_MAX_ENTRIES)
    g_hash_table_foreach_remove (self->entries, is_idle, NULL);
  entry = g_new0 (Entry, 1);
  entry->key = g_steal_pointer (&key);
  entry->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  g_hash_table_insert (self->entries, entry->key, entry);
  return entry;
}

static gboolean
entry_is_fresh (const Entry *entry)
{
  return entry->known && g_get_monotonic_time () < entry->fresh_until;
}

static void
names_ask (
    TriasNames *self, char kind, const char *subject, TriasNamesReady ready, gpointer user_data)
{
  static const char *const none[] = { NULL };
  Waiter waiter = { ready, user_data };
  Entry *entry;

  if (self->closing)
    {
      ready (none, user_data);
      return;
    }
  entry = find_entry (self, kind, subject);
  g_array_append_val (entry->waiters, waiter);
  if (entry_is_fresh (entry))
    entry_tell (entry);
  else
    entry_ask (entry);
}

void
trias_names_of_address (TriasNames *self,
                        const char *address,
                        TriasNamesReady ready,
                        gpointer user_data)
{
  names_ask (self, 'a', address, ready, user_data);
}

void
trias_names_groups_of (TriasNames *self,
                       const char *user,
                       TriasNamesReady ready,
                       gpointer user_data)
{
  names_ask (self, 'g', user, ready, user_data);
}

const char *const *
trias_names_peek (TriasNames *self, const char *address)
{
  Entry *entry = find_entry (self, 'a', address);

  if (!entry_is_fresh (entry))
    entry_ask (entry);
  return (const char *const *) entry->held;
}
