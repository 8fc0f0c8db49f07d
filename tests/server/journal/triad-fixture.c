/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "triad-fixture.h"

/* --- the client of a journal --- */

static void
apply_cb (
    guint64 term, guint64 index, const TriasJournalItem *items, guint n_items, gpointer user_data)
{
  Member *self = user_data;

  g_assert_cmpuint (index, >, self->index);
  g_assert_cmpuint (term, >, 0);
  self->index = index;
  for (guint i = 0; i < n_items; i++)
    {
      g_string_append_printf (self->state, "%s;", items[i].command->id);
      if (items[i].tag == NULL)
        continue;
      /* What comes back is what was given with this tag. */
      g_assert_cmpint (atoi (items[i].command->id), ==, GPOINTER_TO_INT (items[i].tag));
      self->applied++;
      g_hash_table_add (self->triad->told, items[i].tag);
    }
}

static void
refuse_cb (gpointer tag, const GError *error, gpointer user_data)
{
  Member *self = user_data;

  self->refused++;
  self->reason = (TriasReason) error->code;
  if (strstr (error->message, "may have been made") != NULL)
    self->unknown++;
}

static void
storage_cb (gboolean ok, const char *detail, gpointer user_data)
{
}

static void
fill_cb (TriasStoreBatch *batch, gpointer user_data)
{
  ((Member *) user_data)->fills++;
}

static void
settled_cb (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
}

static void
role_cb (gpointer user_data)
{
}

static GBytes *
snapshot_cb (gpointer user_data)
{
  Member *self = user_data;

  return g_bytes_new (self->state->str, self->state->len);
}

static gboolean
restore_cb (GBytes *state, guint64 index, gpointer user_data, GError **error)
{
  Member *self = user_data;
  gsize length;
  const char *data = g_bytes_get_data (state, &length);

  g_string_truncate (self->state, 0);
  g_string_append_len (self->state, data, (gssize) length);
  self->index = index;
  self->restored++;
  return TRUE;
}

static void
failed_cb (const char *why, gpointer user_data)
{
  ((Member *) user_data)->failed++;
}

static const TriasJournalClient client = {
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

/* --- links --- */

typedef struct
{
  Triad *triad;
  guint from, to;
  TriasLinkOpened opened; /* %NULL: it is a note */
  gpointer data;
  GBytes *note; /* (owned) (nullable) */
} Delivery;

typedef struct
{
  guint a, b;
  int fd; /* a copy of one end */
} Socket;

static int
open_link (Triad *self, guint from, guint to)
{
  Member *target = &self->members[to];
  Socket sock = { .a = from, .b = to };
  int ends[2];

  if (self->cut[from][to] || target->journal == NULL)
    return -1;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==,
                   0);
  sock.fd = dup (ends[0]);
  g_array_append_val (self->sockets, sock);
  trias_journal_raft_accept (target->journal, from, ends[1]);
  return ends[0];
}

static gboolean
deliver_cb (gpointer user_data)
{
  Delivery *delivery = user_data;
  Triad *self = delivery->triad;
  Member *target = &self->members[delivery->to];

  if (delivery->opened != NULL)
    delivery->opened (open_link (self, delivery->from, delivery->to), delivery->data);
  else if (target->journal != NULL && !self->cut[delivery->from][delivery->to])
    {
      gsize length;
      gconstpointer data = g_bytes_get_data (delivery->note, &length);

      trias_journal_raft_receive_note (target->journal, delivery->from, data, length);
    }
  return G_SOURCE_REMOVE;
}

static void
delivery_free (gpointer user_data)
{
  Delivery *delivery = user_data;

  g_clear_pointer (&delivery->note, g_bytes_unref);
  g_free (delivery);
}

static Delivery *
deliver (Member *from, guint to)
{
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->triad = from->triad;
  delivery->from = from->slot;
  delivery->to = to;
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver_cb, delivery, delivery_free);
  return delivery;
}

static void
connect_cb (guint slot, TriasLinkOpened opened, gpointer data, gpointer user_data)
{
  Delivery *delivery = deliver (user_data, slot);

  delivery->opened = opened;
  delivery->data = data;
}

static void
note_cb (guint slot, const void *data, gsize length, gpointer user_data)
{
  deliver (user_data, slot)->note = g_bytes_new (data, length);
}

static const TriasJournalLinks links = { .connect = connect_cb, .note = note_cb };

/* --- the triad --- */

Triad *
triad_new (void)
{
  Triad *self = g_new0 (Triad, 1);

  self->folder = g_dir_make_tmp ("trias-triad-XXXXXX", NULL);
  self->sockets = g_array_new (FALSE, FALSE, sizeof (Socket));
  self->next = 1;
  self->told = g_hash_table_new (NULL, NULL);
  for (guint slot = 1; slot <= 3; slot++)
    {
      Member *member = &self->members[slot];
      g_autofree char *id = g_strdup_printf ("server-%u", slot);
      g_autoptr (GError) error = NULL;

      member->triad = self;
      member->slot = slot;
      member->folder = g_build_filename (self->folder, id, NULL);
      g_assert_cmpint (g_mkdir (member->folder, 0700), ==, 0);
      member->store = trias_store_open (member->folder, id, &error);
      g_assert_no_error (error);
      member->state = g_string_new (NULL);
    }
  return self;
}

void
triad_up (Triad *self, guint slot)
{
  Member *member = &self->members[slot];
  TriasJournalTriad config = { .slot = slot,
                               .incarnation = 1,
                               .profile = member->profile,
                               .automatic = !self->manual,
                               .fresh = !member->begun };
  g_autofree char *folder = g_build_filename (member->folder, "engine", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (member->journal);
  g_string_truncate (member->state, 0);
  member->index = 0;
  member->journal
      = trias_journal_raft_new (member->store, folder, &config, &client, member, &error);
  g_assert_no_error (error);
  member->begun = TRUE;
  trias_journal_raft_start (member->journal, &links, member);
}

void
triad_down (Triad *self, guint slot)
{
  g_clear_pointer (&self->members[slot].journal, trias_journal_close);
}

static void
remove_folder (const char *folder)
{
  const char *argv[] = { "rm", "-rf", folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

void
triad_wipe (Triad *self, guint slot)
{
  g_autofree char *folder = g_build_filename (self->members[slot].folder, "engine", NULL);

  g_assert_null (self->members[slot].journal);
  remove_folder (folder);
}

void
triad_free (Triad *self)
{
  for (guint slot = 1; slot <= 3; slot++)
    {
      triad_down (self, slot);
      trias_store_close (self->members[slot].store);
      g_string_free (self->members[slot].state, TRUE);
      g_free (self->members[slot].folder);
    }
  /* Answers that are still due. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  for (guint i = 0; i < self->sockets->len; i++)
    close (g_array_index (self->sockets, Socket, i).fd);
  g_array_unref (self->sockets);
  g_hash_table_unref (self->told);
  remove_folder (self->folder);
  g_free (self->folder);
  g_free (self);
}

void
triad_cut (Triad *self, guint a, guint b)
{
  self->cut[a][b] = self->cut[b][a] = TRUE;
  for (guint i = self->sockets->len; i > 0; i--)
    {
      Socket *sock = &g_array_index (self->sockets, Socket, i - 1);

      if ((sock->a != a || sock->b != b) && (sock->a != b || sock->b != a))
        continue;
      shutdown (sock->fd, SHUT_RDWR);
      close (sock->fd);
      g_array_remove_index_fast (self->sockets, i - 1);
    }
}

void
triad_join (Triad *self, guint a, guint b)
{
  self->cut[a][b] = self->cut[b][a] = FALSE;
}

void
triad_send (Triad *self, guint from, guint to, const void *data, gsize length)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==,
                   0);
  g_assert_cmpint (write (ends[0], data, length), ==, (gssize) length);
  trias_journal_raft_accept (self->members[to].journal, from, ends[1]);
  triad_run (1);
  close (ends[0]);
}

void
triad_append (Triad *self, guint slot, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint number = self->next++;
      g_autofree char *id = g_strdup_printf ("%u", number);

      trias_journal_append (self->members[slot].journal, trias_command_renew (1, id, "key"),
                            GUINT_TO_POINTER (number));
    }
}

guint
triad_active (Triad *self)
{
  guint active = 0;

  for (guint slot = 1; slot <= 3; slot++)
    if (self->members[slot].journal != NULL
        && trias_journal_is_active (self->members[slot].journal))
      {
        g_assert_cmpuint (active, ==, 0);
        active = slot;
      }
  return active;
}

void
triad_status (Triad *self, guint slot, TriasJournalStatus *status)
{
  trias_journal_get_status (self->members[slot].journal, status);
}

static gboolean
timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
triad_run (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, timeout_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

void
triad_until_active (Triad *self, guint slot)
{
  UNTIL (triad_active (self) == slot);
}

void
triad_until_applied (Triad *self, guint slot, guint n)
{
  UNTIL (self->members[slot].applied >= n);
}

static gboolean
is_equal (Triad *self)
{
  const char *state = NULL;

  for (guint slot = 1; slot <= 3; slot++)
    {
      if (self->members[slot].journal == NULL)
        continue;
      if (state == NULL)
        state = self->members[slot].state->str;
      if (strcmp (state, self->members[slot].state->str) != 0)
        return FALSE;
    }
  return TRUE;
}

void
triad_until_equal (Triad *self)
{
  UNTIL (is_equal (self));
}
