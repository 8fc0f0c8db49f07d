/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "triad-fixture.h"

#define REL "rel-0000000000000001"
#define KEY "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define DEADLINE_US (60 * G_TIME_SPAN_SECOND)

/* --- links: bytes pass through a pump, which a cut stops --- */

typedef struct
{
  Triad *triad;
  guint from, to;
  int fds[2]; /* the pump's ends */
  GSource *watch[2];
} Pump;

static void
pump_end (Pump *self)
{
  for (guint i = 0; i < 2; i++)
    {
      g_source_destroy (self->watch[i]);
      g_source_unref (self->watch[i]);
      close (self->fds[i]);
    }
  g_ptr_array_remove (self->triad->pumps, self);
  g_free (self);
}

static gboolean
pump_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Pump *self = user_data;
  int other = fd == self->fds[0] ? self->fds[1] : self->fds[0];
  guint8 data[65536];
  gssize n = recv (fd, data, sizeof data, 0);

  /* Blocking towards a member in the same process would stop it for ever: buffers are large. */
  if (n <= 0 || send (other, data, (gsize) n, MSG_NOSIGNAL) != n)
    {
      pump_end (self);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

static void
make_pair (int fds[2])
{
  int size = 4 << 20;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (setsockopt (fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), ==, 0);
}

typedef struct
{
  Triad *triad;
  guint from, to;
  guint64 incarnation;
  GBytes *note; /* (nullable) NULL: a stream */
  TriasLinkOpened opened;
  gpointer data;
} Errand;

/* The two ends of a stream, with the pump between them. */
static int
open_stream (Errand *errand, Node *to)
{
  Pump *pump = g_new0 (Pump, 1);
  int near[2], far[2];

  make_pair (near);
  make_pair (far);
  pump->triad = errand->triad;
  pump->from = errand->from;
  pump->to = errand->to;
  pump->fds[0] = near[1];
  pump->fds[1] = far[1];
  for (guint i = 0; i < 2; i++)
    {
      pump->watch[i] = g_unix_fd_source_new (pump->fds[i], G_IO_IN | G_IO_HUP);
      g_source_set_callback (pump->watch[i], (GSourceFunc) pump_cb, pump, NULL);
      g_source_attach (pump->watch[i], NULL);
    }
  g_ptr_array_add (errand->triad->pumps, pump);
  trias_keeper_triad_accept (to->keeper, errand->incarnation, errand->from, far[0]);
  return near[0];
}

static gboolean
errand_cb (gpointer user_data)
{
  Errand *errand = user_data;
  Node *to = triad_node (errand->triad, errand->to);
  gboolean up = to->keeper != NULL && triad_node (errand->triad, errand->from)->keeper != NULL
                && !errand->triad->cut[errand->from][errand->to];

  if (errand->note == NULL)
    {
      errand->opened (up ? open_stream (errand, to) : -1, errand->data);
    }
  else if (up)
    trias_keeper_triad_note (to->keeper, errand->incarnation, errand->from,
                             g_bytes_get_data (errand->note, NULL),
                             g_bytes_get_size (errand->note));
  return G_SOURCE_REMOVE;
}

static void
errand_free (gpointer data)
{
  Errand *errand = data;

  g_clear_pointer (&errand->note, g_bytes_unref);
  g_free (errand);
}

static Errand *
errand_new (Node *node, guint slot)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->triad = node->triad;
  errand->from = node->slot;
  errand->to = slot;
  errand->incarnation = trias_keeper_triad_incarnation (node->keeper);
  g_idle_add_full (G_PRIORITY_DEFAULT, errand_cb, errand, errand_free);
  return errand;
}

static void
connect_cb (guint slot, TriasLinkOpened opened, gpointer data, gpointer user_data)
{
  Errand *errand = errand_new (user_data, slot);

  errand->opened = opened;
  errand->data = data;
}

static void
note_cb (guint slot, const void *data, gsize length, gpointer user_data)
{
  errand_new (user_data, slot)->note = g_bytes_new (data, length);
}

static const TriasJournalLinks links = { connect_cb, note_cb };

/* Ends the streams of @one, with @other or (0) with all. */
static void
drop_streams (Triad *self, guint one, guint other)
{
  for (guint i = self->pumps->len; i > 0; i--)
    {
      Pump *pump = g_ptr_array_index (self->pumps, i - 1);

      if ((pump->from == one && (other == 0 || pump->to == other))
          || (pump->to == one && (other == 0 || pump->from == other)))
        pump_end (pump);
    }
}

void
triad_cut (Triad *self, guint one, guint other, gboolean cut)
{
  self->cut[one][other] = self->cut[other][one] = cut;
  if (cut)
    drop_streams (self, one, other);
}

/* --- nodes --- */

Node *
triad_node (Triad *self, guint slot)
{
  return &self->nodes[slot - 1];
}

void
node_open (Node *self)
{
  g_autoptr (GError) error = NULL;

  self->keeper = trias_keeper_open (self->folder, self->id, self->triad->issuers, &error);
  g_assert_no_error (error);
  trias_keeper_triad_start (self->keeper, &links, self);
}

void
node_close (Node *self)
{
  g_clear_pointer (&self->keeper, trias_keeper_close);
  drop_streams (self->triad, self->slot, 0);
}

void
node_crash (Node *self)
{
  for (guint slot = 1; slot <= 3; slot++)
    if (slot != self->slot)
      triad_cut (self->triad, self->slot, slot, TRUE);
  node_close (self);
  for (guint slot = 1; slot <= 3; slot++)
    if (slot != self->slot)
      triad_cut (self->triad, self->slot, slot, FALSE);
}

Triad *
triad_new (void)
{
  Triad *self = g_new0 (Triad, 1);

  g_autofree char *folder = g_dir_make_tmp ("trias-issuers-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "Example.pub", NULL);
  g_autofree char *public_key = NULL;
  g_autofree char *line = NULL;

  self->relationship = REL;
  self->pumps = g_ptr_array_new ();
  trias_issuer_generate (&self->secret, &public_key);
  line = g_strconcat (public_key, "\n", NULL);
  g_assert_true (g_file_set_contents (path, line, -1, NULL));
  g_chmod (path, 0644);
  self->issuers = trias_issuers_load (folder, NULL);
  g_assert_nonnull (self->issuers);
  g_unlink (path);
  g_rmdir (folder);
  for (guint i = 0; i < 3; i++)
    {
      Node *node = &self->nodes[i];

      node->triad = self;
      node->slot = i + 1;
      node->id = g_strnfill (64, (char) ('1' + i));
      node->folder = g_dir_make_tmp ("trias-triad-XXXXXX", NULL);
      node_open (node);
    }
  return self;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
triad_free (Triad *self)
{
  for (guint i = 0; i < 3; i++)
    node_close (&self->nodes[i]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  for (guint i = 0; i < 3; i++)
    {
      remove_folder (self->nodes[i].folder);
      g_free (self->nodes[i].folder);
      g_free (self->nodes[i].id);
    }
  g_assert_cmpuint (self->pumps->len, ==, 0);
  g_ptr_array_unref (self->pumps);
  trias_issuers_unref (self->issuers);
  g_free (self->secret);
  g_free (self);
}

/* --- what is asked of them --- */

static void
turn (gint64 since, const char *what)
{
  if (g_get_monotonic_time () - since > DEADLINE_US)
    g_error ("%s: not after the deadline", what);
  if (!g_main_context_iteration (NULL, FALSE))
    g_usleep (100);
}

static void
outcome_cb (const TriasOutcome *outcome, gpointer user_data)
{
  *(guint *) user_data = outcome->reason + 1;
}

TriasReason
node_submit (Node *self, TriasCommand *command)
{
  gint64 since = g_get_monotonic_time ();
  guint told = 0;

  trias_keeper_submit (self->keeper, command, outcome_cb, &told);
  while (told == 0)
    turn (since, "an answer");
  return told - 1;
}

static char *
lease_id (guint number)
{
  return g_strdup_printf ("lease-%016u", number);
}

TriasReason
node_grant (Node *self, guint number, guint ttl_s)
{
  g_autofree char *id = lease_id (number);
  TriasLease lease = {
    .id = id,
    .key_id = (char *) KEY,
    .feature = (char *) "editor",
    .product = (char *) "",
    .count = 1,
    .holder = { (char *) "user", (char *) "host", (char *) "" },
    .ttl_s = ttl_s,
  };
  TriasFacts facts = { .key_id = KEY, .user = "user", .address = "192.0.2.1" };

  return node_submit (self, trias_command_grant (trias_keeper_now (self->keeper), &lease, &facts));
}

TriasReason
node_renew (Node *self, guint number)
{
  g_autofree char *id = lease_id (number);

  return node_submit (self, trias_command_renew (trias_keeper_now (self->keeper), id, KEY));
}

void
node_install (Node *self, guint seats)
{
  g_autofree char *payload = g_strdup_printf (
      "{\"id\":\"lic\",\"revision\":1,\"issuer\":\"Example\",\"licensee\":\"Somebody\","
      "\"product\":\"suite\",\"bind\":[],\"features\":[{\"name\":\"editor\",\"seats\":%u,"
      "\"counted_by\":\"lease\",\"not_before\":null,\"not_after\":null,\"grace_hours\":0}]}",
      seats);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = trias_license_issue (payload, self->triad->secret, &error);
  g_autoptr (TriasLicense) license
      = trias_license_parse (text, strlen (text), self->triad->issuers, &error);

  g_assert_no_error (error);
  g_assert_cmpint (node_submit (self, trias_command_install_license (
                                          trias_keeper_now (self->keeper), license, "test")),
                   ==, TRIAS_REASON_NONE);
}

gboolean
node_has (Node *self, guint number)
{
  g_autofree char *id = lease_id (number);

  return trias_ledger_find_lease (trias_keeper_get_ledger (self->keeper), id) != NULL;
}

gint64
node_left (Node *self, guint number)
{
  g_autofree char *id = lease_id (number);

  return trias_keeper_lease_left (self->keeper, id);
}

char *
node_digest (Node *self)
{
  return trias_ledger_digest_whole (trias_keeper_get_ledger (self->keeper));
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gpointer *) user_data = g_object_ref (result);
}

guint
node_count_events (Node *self, const char *kind)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  gint64 since = g_get_monotonic_time ();
  guint n = 0;

  trias_keeper_query_events (self->keeper, 0, 0, TRUE, 100000, result_cb, &result);
  while (result == NULL)
    turn (since, "events");
  events = trias_keeper_query_events_finish (self->keeper, result, NULL);
  for (guint i = 0; i < events->len; i++)
    n += strcmp (((TriasEvent *) g_ptr_array_index (events, i))->kind, kind) == 0;
  return n;
}

/* --- the three together --- */

TriasRelationship *
triad_relationship (Triad *self, guint64 incarnation)
{
  const char *const at[] = { "192.0.2.1:7643", NULL };
  TriasRelationship *relationship
      = trias_relationship_new (self->relationship, "Werk 1", TRIAS_KIND_TRIAD);

  relationship->incarnation = incarnation;
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (relationship->members,
                     trias_member_new (self->nodes[i].id, self->nodes[i].id, at));
  return relationship;
}

static void
done_cb (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(guint *) user_data = 1;
}

void
node_give_base (Node *self, Node *to)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;
  gint64 since = g_get_monotonic_time ();
  guint done = 0;

  trias_keeper_read_base_async (self->keeper, result_cb, &result);
  while (result == NULL)
    turn (since, "the base");
  changes = trias_keeper_read_base_finish (self->keeper, result, &digest, &error);
  g_assert_no_error (error);
  trias_keeper_take_base (to->keeper, changes, digest,
                          trias_ledger_get_relationship (trias_keeper_get_ledger (self->keeper)),
                          done_cb, &done);
  while (done == 0)
    turn (since, "the base to be taken");
}

void
triad_form (Triad *self, Node *first, guint64 incarnation)
{
  g_autoptr (TriasRelationship) wanted = triad_relationship (self, incarnation);
  gint64 since = g_get_monotonic_time ();

  g_assert_cmpint (
      node_submit (first, trias_command_seal (trias_keeper_now (first->keeper), wanted, "admin")),
      ==, TRIAS_REASON_NONE);
  while (!trias_keeper_is_triad (first->keeper))
    turn (since, "sealed");
  for (guint i = 0; i < 3; i++)
    if (&self->nodes[i] != first)
      node_give_base (first, &self->nodes[i]);
}

static Node *
active (Triad *self)
{
  Node *found = NULL;

  for (guint i = 0; i < 3; i++)
    if (self->nodes[i].keeper != NULL && trias_keeper_is_triad (self->nodes[i].keeper)
        && trias_keeper_is_active (self->nodes[i].keeper))
      {
        /* Never two. */
        g_assert_null (found);
        found = &self->nodes[i];
      }
  return found;
}

Node *
triad_wait_active (Triad *self)
{
  gint64 since = g_get_monotonic_time ();

  while (active (self) == NULL)
    turn (since, "an active server");
  return active (self);
}

void
node_wait_active (Node *self)
{
  gint64 since = g_get_monotonic_time ();

  while (active (self->triad) != self)
    turn (since, "this server active");
}

void
node_wait_single (Node *self)
{
  gint64 since = g_get_monotonic_time ();

  while (trias_keeper_is_triad (self->keeper) || !trias_keeper_is_active (self->keeper))
    turn (since, "this server alone");
}

static gboolean
are_equal (Triad *self)
{
  g_autofree char *first = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *digest
          = self->nodes[i].keeper != NULL ? node_digest (&self->nodes[i]) : NULL;

      if (digest == NULL)
        continue;
      if (first == NULL)
        first = g_steal_pointer (&digest);
      else if (strcmp (first, digest) != 0)
        return FALSE;
    }
  return TRUE;
}

void
triad_wait_equal (Triad *self)
{
  gint64 since = g_get_monotonic_time ();

  while (!are_equal (self))
    turn (since, "equal ledgers");
}
