/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-attempts.h"

#define MAX_ENTRIES 20000

typedef struct
{
  gint64 since; /* start of the window, ms */
  guint failures;
} Window;

struct _TriasAttempts
{
  GHashTable *windows; /* "ADDRESS" or "ADDRESS NAME" to Window */
};

TriasAttempts *
trias_attempts_new (void)
{
  TriasAttempts *self = g_new0 (TriasAttempts, 1);

  self->windows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
trias_attempts_free (TriasAttempts *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->windows);
  g_free (self);
}

static char *
key_of (const char *address, const char *name)
{
  return g_strconcat (address, " ", name, NULL);
}

static guint
wait_of (TriasAttempts *self, const char *key, guint limit, gint64 now)
{
  const Window *window = g_hash_table_lookup (self->windows, key);
  gint64 left;

  if (window == NULL || window->failures < limit)
    return 0;
  left = window->since + TRIAS_ATTEMPTS_WINDOW_MS - now;
  return left > 0 ? (guint) ((left + 999) / 1000) : 0;
}

guint
trias_attempts_wait (TriasAttempts *self, const char *address, const char *name, gint64 now)
{
  g_autofree char *key = key_of (address, name);

  return MAX (wait_of (self, key, TRIAS_ATTEMPTS_PER_NAME, now),
              wait_of (self, address, TRIAS_ATTEMPTS_PER_ADDRESS, now));
}

static gboolean
is_over (gpointer key, gpointer value, gpointer user_data)
{
  const Window *window = value;
  const gint64 *now = user_data;

  return *now - window->since >= TRIAS_ATTEMPTS_WINDOW_MS;
}

static void
count (TriasAttempts *self, const char *key, gint64 now)
{
  Window *window = g_hash_table_lookup (self->windows, key);

  if (window == NULL)
    {
      window = g_new0 (Window, 1);
      window->since = now;
      g_hash_table_insert (self->windows, g_strdup (key), window);
    }
  if (is_over (NULL, window, &now))
    *window = (Window){ .since = now };
  window->failures++;
}

void
trias_attempts_failed (TriasAttempts *self, const char *address, const char *name, gint64 now)
{
  g_autofree char *key = key_of (address, name);

  if (g_hash_table_size (self->windows) >= MAX_ENTRIES)
    g_hash_table_foreach_remove (self->windows, is_over, &now);
  /* Still full: so many at once is an attack from everywhere, and the table must stay bounded. */
  if (g_hash_table_size (self->windows) >= MAX_ENTRIES)
    g_hash_table_remove_all (self->windows);
  count (self, key, now);
  count (self, address, now);
}

void
trias_attempts_passed (TriasAttempts *self, const char *address, const char *name)
{
  g_autofree char *key = key_of (address, name);

  g_hash_table_remove (self->windows, key);
}
