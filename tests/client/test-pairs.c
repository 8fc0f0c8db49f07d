/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-pairs-private.h"
#include "client/trias-pairs.h"
#include "fake-server.h"

#include <glib/gstdio.h>
#include <string.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* --- the four icons --- */

static void
test_icons (void)
{
  g_assert_cmpint (trias_link_state (TRUE, TRUE), ==, TRIAS_LINK_CONNECTED_SYNCHRONISED);
  g_assert_cmpint (trias_link_state (TRUE, FALSE), ==, TRIAS_LINK_CONNECTED_UNSYNCHRONISED);
  g_assert_cmpint (trias_link_state (FALSE, TRUE), ==, TRIAS_LINK_DISCONNECTED_SYNCHRONISED);
  g_assert_cmpint (trias_link_state (FALSE, FALSE), ==, TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED);
}

/* --- views --- */

typedef struct
{
  gboolean connected, synchronised;
  guint64 revision, held;
  const char *digest, *held_digest;
} View;

static void
append_view (GString *json, const char *name, const char *peer, const View *view, gint64 as_of)
{
  if (view == NULL)
    {
      g_string_append_printf (json, ",\"%s\":null", name);
      return;
    }
  g_string_append_printf (
      json,
      ",\"%s\":{\"peer\":\"%s\",\"connected\":%s,\"connected_since\":10,\"last_heard\":20,\""
      "connect_reason\":\"%s\","
      "\"latency_us\":300,\"clock_offset_ms\":0,\"synchronised\":%s,\"synchronised_at\":30,\""
      "synchronised_since\":30,"
      "\"pending\":0,\"sync_reason\":\"none\",\"revision\":%" G_GUINT64_FORMAT ",\"confirmed\":1,"
      "\"held\":%" G_GUINT64_FORMAT
      ",\"digest\":\"%s\",\"held_digest\":\"%s\",\"version\":\"0.1.0\"",
      name, peer, view->connected ? "true" : "false", view->connected ? "none" : "unreachable",
      view->synchronised ? "true" : "false", view->revision, view->held, view->digest,
      view->held_digest);
  if (as_of != 0)
    g_string_append_printf (json, ",\"as_of\":%" G_GINT64_FORMAT, as_of);
  g_string_append_c (json, '}');
}

static char *
relationship_json (const char *id,
                   const char *name,
                   const char *a,
                   const char *b,
                   gboolean is_main,
                   const View *own,
                   const View *partner)
{
  GString *json = g_string_new (NULL);

  g_string_append_printf (
      json,
      "{\"relationship\":{\"id\":\"%s\",\"name\":\"%s\",\"kind\":\"backup\",\"incarnation\":1,"
      "\"options\":{\"sync_interval_s\":30,\"failback\":\"automatic\",\"profile\":\"lan\"},"
      "\"members\":[{\"id\":\"%s\",\"name\":\"Anton\",\"role\":\"main\",\"addresses\":[\""
      "127.0.0.1:7643\",\"127.0.0.9:7643\"]},"
      "{\"id\":\"%s\",\"name\":\"Berta\",\"role\":\"backup\",\"addresses\":[\"127.0.0.2:7643\"]}],"
      "\"self\":\"%s\",\"self_role\":\"%s\",\"active\":\"%s\",\"epoch\":\"%s/1\",\"serving\":\""
      "serving\",\"why\":\"It runs.\","
      "\"consequence\":[{\"if\":\"%s\",\"then\":\"takes-over\",\"by\":\"%s\",\"covered\":12,\""
      "total\":20,\"features\":[]}],\"conflict\":null",
      id, name, a, b, is_main ? a : b, is_main ? "main" : "backup", a, id, a, b);
  append_view (json, "status", is_main ? b : a, own, 0);
  append_view (json, "partner_view", is_main ? a : b, partner, 77);
  g_string_append (json, "},\"forming\":null}");
  return g_string_free (json, FALSE);
}

static TriasRelationshipInfo *
info (gboolean is_main, const View *own, const View *partner)
{
  g_autofree char *text = relationship_json ("rel", "Halle 3", A, B, is_main, own, partner);
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (GError) error = NULL;
  TriasRelationshipInfo *result;

  json = trias_json_parse (text, strlen (text), 100000, &error);
  g_assert_no_error (error);
  result = trias_relationship_info_read (json, &error);
  g_assert_no_error (error);
  return result;
}

static const View linked = { TRUE, TRUE, 5, 7, "d5", "d7" };
static const View lagging = { TRUE, FALSE, 5, 7, "d5", "d7" };
static const View apart = { FALSE, TRUE, 5, 7, "d5", "d7" };
/* The other end of the three above. */
static const View linked_back = { TRUE, TRUE, 7, 5, "d7", "d5" };
static const View apart_back = { FALSE, TRUE, 7, 5, "d7", "d5" };
static const View changed_back = { FALSE, FALSE, 8, 5, "d8", "d5" };

static void
test_both_reached (void)
{
  g_autoptr (TriasRelationshipInfo) main = info (TRUE, &linked, NULL);
  g_autoptr (TriasRelationshipInfo) backup = info (FALSE, &linked_back, NULL);
  g_autoptr (TriasRelationshipInfo) late = info (TRUE, &lagging, NULL);
  TriasMemberSource sources[2] = { { NULL, main, TRUE }, { NULL, backup, TRUE } };
  TriasMemberView view = trias_pair_view (sources, 0);

  g_assert_true (view.connected && view.synchronised && view.own && view.online);
  g_assert_false (view.differ || view.compared);
  sources[0].info = late;
  view = trias_pair_view (sources, 0);
  g_assert_true (view.connected && view.differ);
  g_assert_false (view.synchronised);
  /* Each row shows that server's own view. */
  g_assert_true (trias_pair_view (sources, 1).synchronised);
}

static void
test_apart (void)
{
  g_autoptr (TriasRelationshipInfo) main = info (TRUE, &apart, NULL);
  g_autoptr (TriasRelationshipInfo) backup = info (FALSE, &apart_back, NULL);
  g_autoptr (TriasRelationshipInfo) moved_on = info (FALSE, &changed_back, NULL);
  TriasMemberSource sources[2] = { { NULL, main, TRUE }, { NULL, backup, TRUE } };
  TriasMemberView view = trias_pair_view (sources, 0);

  g_assert_true (view.compared && view.synchronised);
  g_assert_false (view.connected);
  /* The main cannot know that the backup changed; this program, which reaches both, does. */
  sources[1].info = moved_on;
  for (guint rank = 0; rank < 2; rank++)
    {
      view = trias_pair_view (sources, rank);
      g_assert_true (view.compared);
      g_assert_false (view.synchronised);
    }
}

static void
test_one_reached (void)
{
  g_autoptr (TriasRelationshipInfo) main = info (TRUE, &linked, &linked_back);
  g_autoptr (TriasRelationshipInfo) cut = info (TRUE, &apart, &linked_back);
  g_autoptr (TriasRelationshipInfo) mute = info (TRUE, &apart, NULL);
  TriasMemberSource sources[2] = { { NULL, main, TRUE }, { NULL, NULL, FALSE } };
  TriasMemberView view = trias_pair_view (sources, 1);

  /* The partner speaks for the one that is not reached. */
  g_assert_true (view.connected && view.synchronised && view.online);
  g_assert_false (view.own);
  g_assert_cmpint (view.as_of, ==, 77);
  sources[0].info = cut;
  view = trias_pair_view (sources, 1);
  g_assert_false (view.connected || view.online);
  g_assert_true (view.synchronised);
  sources[0].info = mute;
  view = trias_pair_view (sources, 1);
  g_assert_null (view.status);
  g_assert_false (view.connected || view.synchronised);
  g_assert_cmpint (view.as_of, ==, 20);
}

/* --- the list, fed by two servers --- */

typedef struct
{
  FakeServer *main, *backup;
  char *folder, *path;
  TriasServers *servers;
  TriasPairs *pairs;
} Fixture;

static void
say (Fixture *f, gboolean of_main, const View *own, const View *partner, const char *name)
{
  FakeServer *server = of_main ? f->main : f->backup;
  g_autofree char *json = relationship_json ("rel", name, fake_server_id (f->main),
                                             fake_server_id (f->backup), of_main, own, partner);

  fake_server_say (server, "GET", "/relationship", 200, json);
  fake_server_send (server, "event: changed\ndata: {\"what\":\"relationship\"}\n\n");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->main = fake_server_new ();
  f->backup = fake_server_new ();
  f->folder = g_dir_make_tmp ("trias-pairs-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "servers.conf", NULL);
  fake_server_be_plain (f->main, "Anton");
  fake_server_be_plain (f->backup, "Berta");
  f->servers = trias_servers_new (f->path, NULL);
  f->pairs = trias_pairs_new (f->servers);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->pairs);
  g_clear_object (&f->servers);
  fake_run (50);
  fake_server_free (f->main);
  fake_server_free (f->backup);
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static gboolean
is_done (gpointer data)
{
  TriasServer *server = data;

  return trias_server_get_state (server) == TRIAS_SERVER_CONNECTED
         && trias_server_get_relationship (server) != NULL;
}

static TriasServer *
add (Fixture *f, FakeServer *fake)
{
  g_autoptr (GError) error = NULL;
  TriasServer *server = trias_servers_add (f->servers, fake_server_full_address (fake), &error);

  g_assert_no_error (error);
  trias_server_sign_in_async (server, "admin", "password", NULL, NULL, NULL);
  fake_wait (is_done, server);
  return server;
}

typedef struct
{
  GListModel *model;
  guint n;
} Length;

static gboolean
has_length (gpointer data)
{
  return g_list_model_get_n_items (((Length *) data)->model) == ((Length *) data)->n;
}

static void
wait_length (gpointer model, guint n)
{
  Length length = { G_LIST_MODEL (model), n };

  fake_wait (has_length, &length);
}

static gboolean
is_cut (gpointer data)
{
  return !trias_pair_member_get_connected (data);
}

static gboolean
is_named (gpointer data)
{
  return strcmp (trias_pair_get_name (data), "Halle 4") == 0;
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (TriasPairMember) row = NULL;
  g_autoptr (TriasPairMember) same = NULL;
  g_autoptr (TriasPairMember) second = NULL;
  const TriasConsequence *consequence;
  TriasPair *pair;

  say (f, TRUE, &linked, &linked_back, "Halle 3");
  say (f, FALSE, &linked_back, &linked, "Halle 3");
  add (f, f->main);
  wait_length (f->pairs, 2);
  row = g_list_model_get_item (G_LIST_MODEL (f->pairs), 0);
  second = g_list_model_get_item (G_LIST_MODEL (f->pairs), 1);
  g_assert_cmpint (trias_pair_member_get_role (row), ==, TRIAS_ROLE_MAIN);
  g_assert_cmpint (trias_pair_member_get_role (second), ==, TRIAS_ROLE_BACKUP);
  g_assert_cmpstr (trias_pair_member_get_address (row), ==, "127.0.0.1:7643");
  g_assert_cmpstr (trias_pair_member_get_other_addresses (row)[0], ==, "127.0.0.9:7643");
  g_assert_true (trias_pair_member_get_own_view (row));
  g_assert_false (trias_pair_member_get_own_view (second));
  g_assert_cmpint (trias_pair_member_get_icon_state (second), ==,
                   TRIAS_LINK_CONNECTED_SYNCHRONISED);
  /* The other member comes: the rows are the same, the view is its own. */
  add (f, f->backup);
  fake_run (50);
  wait_length (f->pairs, 2);
  same = g_list_model_get_item (G_LIST_MODEL (f->pairs), 0);
  g_assert_true (same == row);
  g_assert_true (trias_pair_member_get_own_view (second));
  pair = trias_pairs_find (f->pairs, "Halle 3");
  g_assert_nonnull (pair);
  consequence = trias_relationship_info_find_consequence (trias_pair_get_info (pair),
                                                          fake_server_id (f->main));
  g_assert_cmpuint (consequence->covered, ==, 12);
  g_assert_true (trias_pair_get_server (pair)
                 == trias_servers_find (f->servers, fake_server_id (f->main)));
  say (f, FALSE, &changed_back, NULL, "Halle 3");
  fake_wait (is_cut, second);
  g_assert_true (trias_pair_member_get_views_differ (row));
  say (f, TRUE, &apart, NULL, "Halle 4");
  fake_wait (is_named, pair);
  fake_wait (is_cut, row);
  g_assert_true (trias_pair_member_get_compared (row));
  g_assert_cmpint (trias_pair_member_get_icon_state (row), ==,
                   TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED);
}

static gboolean
is_last_known (gpointer data)
{
  return trias_pair_get_last_known (data);
}

static void
test_gone (Fixture *f, gconstpointer data)
{
  TriasPair *pair;
  TriasServer *main;

  say (f, TRUE, &linked, &linked_back, "Halle 3");
  main = add (f, f->main);
  wait_length (f->pairs, 2);
  pair = trias_pairs_find (f->pairs, "rel");
  /* A server that is lost keeps what it said. */
  fake_run (100);
  fake_server_stop (f->main);
  fake_wait (is_last_known, pair);
  wait_length (f->pairs, 2);
  g_assert_null (trias_pair_get_server (pair));
  /* Back, and the relationship is over. */
  fake_server_say (f->main, "GET", "/relationship", 200,
                   "{\"relationship\":null,\"forming\":null}");
  fake_server_start (f->main);
  wait_length (f->pairs, 0);
  trias_servers_remove (f->servers, main);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->servers)), ==, 0);
}

/* --- the list of servers is kept --- */

static void
test_keep (Fixture *f, gconstpointer data)
{
  g_autoptr (TriasServers) next = NULL;
  g_autoptr (TriasServer) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GStatBuf status;

  add (f, f->main);
  g_assert_true (trias_servers_add (f->servers, fake_server_address (f->main), NULL)
                 == trias_servers_find (f->servers, fake_server_id (f->main)));
  g_assert_nonnull (trias_servers_add (f->servers, "[::1]:9", NULL));
  g_assert_null (trias_servers_add (f->servers, "no address", &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, fake_server_id (f->main)));
  g_assert_null (strstr (text, "password"));
  g_assert_null (strstr (text, "secret-token"));
  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  next = trias_servers_new (f->path, NULL);
  g_assert_true (trias_servers_restore (next, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (next)), ==, 2);
  server = g_list_model_get_item (G_LIST_MODEL (next), 0);
  g_assert_cmpstr (trias_server_get_id (server), ==, fake_server_id (f->main));
  g_assert_cmpstr (trias_server_get_name (server), ==, "Anton");
  g_assert_true (trias_servers_lookup (next, "Anton") == server);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_DISCONNECTED);
}

static void
test_spoilt (Fixture *f, gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "nonsense",
                                       "[a]\naddress=\n",
                                       "[a]\nfingerprint=1\n",
                                       "[a]\naddress=h\nname=\xff\n",
                                       "[[[",
                                       "[a]\naddress=h\naddress=h:99999\n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (TriasServers) servers = trias_servers_new (f->path, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (f->path, texts[i], -1, NULL));
      if (!trias_servers_restore (servers, &error))
        g_assert_true (error->domain == TRIAS_ERROR);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (servers)), <=, 1);
    }
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/pairs/icons", test_icons);
  g_test_add_func ("/pairs/both-reached", test_both_reached);
  g_test_add_func ("/pairs/apart", test_apart);
  g_test_add_func ("/pairs/one-reached", test_one_reached);
  ADD ("/pairs/list", test_list);
  ADD ("/pairs/gone", test_gone);
  ADD ("/servers/keep", test_keep);
  ADD ("/servers/spoilt", test_spoilt);
  return g_test_run ();
}
