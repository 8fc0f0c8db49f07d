/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-server.h"
#include "fake-server.h"

#include <string.h>

static TriasServer *
server_for (FakeServer *fake, gboolean pinned)
{
  g_autoptr (TriasAddress) address = trias_address_parse (
      pinned ? fake_server_full_address (fake) : fake_server_address (fake), NULL);

  return trias_server_new (address);
}

static gboolean
connect_to (TriasServer *server, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  trias_server_connect_async (server, NULL, fake_result_cb, &result);
  return trias_server_connect_finish (server, fake_wait_result (&result), error);
}

static void
sign_in (TriasServer *server)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  trias_server_sign_in_async (server, "admin", "password", NULL, fake_result_cb, &result);
  trias_server_sign_in_finish (server, fake_wait_result (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_CONNECTED);
}

typedef struct
{
  TriasServer *server;
  TriasServerState state;
} Expected;

static gboolean
has_state (gpointer data)
{
  Expected *expected = data;

  return trias_server_get_state (expected->server) == expected->state;
}

static void
wait_state (TriasServer *server, TriasServerState state)
{
  Expected expected = { server, state };

  fake_wait (has_state, &expected);
}

typedef struct
{
  GListModel *model;
  guint n;
} Length;

static gboolean
has_length (gpointer data)
{
  Length *length = data;

  return g_list_model_get_n_items (length->model) == length->n;
}

static void
wait_length (GListModel *model, guint n)
{
  Length length = { model, n };

  fake_wait (has_length, &length);
}

static gboolean
stream_is_there (gpointer data)
{
  return fake_server_n_streams (data) > 0;
}

static char *
text_of (gpointer item, const char *name)
{
  char *text = NULL;

  g_object_get (item, name, &text, NULL);
  return text;
}

static void
test_trust (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, FALSE);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) wrong = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *shown = NULL;

  fake_server_be_plain (fake, "anton");
  g_assert_true (connect_to (server, &error));
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_UNTRUSTED);
  g_assert_cmpstr (trias_server_get_offered_fingerprint (server), ==, fake_server_id (fake));
  g_assert_false (trias_server_get_key_changed (server));
  g_assert_cmpstr (trias_server_get_name (server), ==, fake_server_address (fake));
  trias_server_trust_async (server, "abc", NULL, fake_result_cb, &wrong);
  g_assert_false (trias_server_trust_finish (server, fake_wait_result (&wrong), &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
  g_clear_error (&error);
  /* As a person copies it: groups, capitals. */
  shown = trias_id_format (fake_server_id (fake));
  trias_server_trust_async (server, shown, NULL, fake_result_cb, &result);
  g_assert_true (trias_server_trust_finish (server, fake_wait_result (&result), &error));
  g_assert_no_error (error);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_SIGNED_OUT);
  g_assert_cmpstr (trias_server_get_name (server), ==, "anton");
  g_assert_cmpstr (trias_server_get_id (server), ==, fake_server_id (fake));
  g_assert_true (trias_server_get_online (server));
  trias_server_disconnect (server);
}

static void
test_key_changed (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (GError) error = NULL;

  fake_server_be_plain (fake, "anton");
  fake_server_change_key (fake);
  g_assert_false (connect_to (server, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_UNTRUSTED);
  g_assert_true (trias_server_get_key_changed (server));
  g_assert_cmpstr (trias_server_get_offered_fingerprint (server), ==, fake_server_id (fake));
  trias_server_disconnect (server);
}

static void
test_never_there (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, FALSE);
  g_autoptr (GError) error = NULL;

  fake_server_stop (fake);
  g_assert_false (connect_to (server, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_DISCONNECTED);
  g_assert_cmpstr (trias_server_get_error_message (server), !=, "");
}

#define RULE(id, note)                                                                             \
  "{\"id\":\"" id "\",\"scope\":\"use\",\"effect\":\"allow\",\"who\":{\"kind\":\"everyone\"},"     \
  "\"where\":{\"kind\":\"everywhere\"},\"note\":\"" note "\",\"fixed\":false}"

static void
count_notify_cb (GObject *object, GParamSpec *pspec, gpointer count)
{
  (*(guint *) count)++;
}

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_string_append_printf (data, "[%u-%u+%u]", position, removed, added);
}

/* A row stays the same object; only what differs is told. */
static void
test_lists (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (TriasRuleItem) first = NULL;
  g_autoptr (TriasRuleItem) later = NULL;
  g_autoptr (GString) told = g_string_new (NULL);
  g_autofree char *note = NULL;
  GListModel *rules;
  guint notes = 0, texts = 0;

  fake_server_be_plain (fake, "anton");
  fake_server_say (fake, "GET", "/rules", 200,
                   "{\"rules\":[" RULE ("a", "1") "," RULE ("b", "1") "," RULE ("c", "1") "]}");
  connect_to (server, NULL);
  sign_in (server);
  g_assert_cmpuint (fake_server_count (fake, "GET", "/rules"), ==, 0);
  rules = trias_server_get_rules (server);
  wait_length (rules, 3);
  fake_wait (stream_is_there, fake);
  fake_run (100);
  first = g_list_model_get_item (rules, 0);
  g_signal_connect (first, "notify::note", G_CALLBACK (count_notify_cb), &notes);
  g_signal_connect (first, "notify::text", G_CALLBACK (count_notify_cb), &texts);
  g_signal_connect (rules, "items-changed", G_CALLBACK (items_changed_cb), told);
  fake_server_say (fake, "GET", "/rules", 200,
                   "{\"rules\":[" RULE ("a", "2") "," RULE ("c", "1") "," RULE ("d", "1") "," RULE (
                       "e", "1") "]}");
  fake_server_send (fake, "event: changed\ndata: {\"what\":\"rules\"}\n\n");
  wait_length (rules, 4);
  later = g_list_model_get_item (rules, 0);
  g_assert_true (later == first);
  note = text_of (first, "note");
  g_assert_cmpstr (note, ==, "2");
  g_assert_cmpuint (notes, ==, 1);
  g_assert_cmpuint (texts, ==, 0);
  g_assert_cmpstr (told->str, ==, "[1-1+0][2-0+2]");
  /* What cannot be read leaves the list as it was. */
  fake_server_say (fake, "GET", "/rules", 200, "{\"rules\":[{\"id\":7}]}");
  fake_server_send (fake, "event: changed\ndata: {\"what\":\"rules\"}\n\n");
  fake_run (200);
  g_assert_cmpuint (g_list_model_get_n_items (rules), ==, 4);
  g_assert_cmpstr (trias_server_get_error_message (server), !=, "");
  trias_server_disconnect (server);
}

static void
test_order (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int () & 0x7fffffff);
  GListModel *rules;

  fake_server_be_plain (fake, "anton");
  fake_server_say (fake, "GET", "/rules", 200, "{\"rules\":[]}");
  connect_to (server, NULL);
  sign_in (server);
  rules = trias_server_get_rules (server);
  for (guint round = 0; round < 40; round++)
    {
      g_autoptr (GString) json = g_string_new ("{\"rules\":[");
      g_autoptr (GString) order = g_string_new (NULL);
      g_autoptr (GString) shown = g_string_new (NULL);
      g_autoptr (GAsyncResult) result = NULL;
      char letters[] = "abcdefgh";

      for (guint i = 8; i > 1; i--)
        {
          guint j = (guint) g_rand_int_range (rand, 0, (gint32) i);
          char keep = letters[i - 1];

          letters[i - 1] = letters[j];
          letters[j] = keep;
        }
      letters[g_rand_int_range (rand, 0, 9)] = '\0';
      for (guint i = 0; letters[i] != '\0'; i++)
        {
          g_string_append_printf (json,
                                  "%s{\"id\":\"%c\",\"scope\":\"use\",\"effect\":\"deny\",\"who\""
                                  ":{\"kind\":\"everyone\"},"
                                  "\"where\":{\"kind\":\"everywhere\"},\"note\":\"\"}",
                                  i > 0 ? "," : "", letters[i]);
          g_string_append_c (order, letters[i]);
        }
      g_string_append (json, "]}");
      fake_server_say (fake, "GET", "/rules", 200, json->str);
      trias_server_refresh_async (server, NULL, fake_result_cb, &result);
      g_assert_true (trias_server_refresh_finish (server, fake_wait_result (&result), NULL));
      for (guint i = 0; i < g_list_model_get_n_items (rules); i++)
        {
          g_autoptr (TriasItem) item = g_list_model_get_item (rules, i);

          g_string_append (shown, trias_item_get_key (item));
        }
      g_assert_cmpstr (shown->str, ==, order->str);
    }
  trias_server_disconnect (server);
}

static void
test_lost_and_found (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  guint before;

  fake_server_be_plain (fake, "anton");
  connect_to (server, NULL);
  sign_in (server);
  fake_wait (stream_is_there, fake);
  fake_server_stop (fake);
  wait_state (server, TRIAS_SERVER_LOST);
  g_assert_false (trias_server_get_online (server));
  g_assert_cmpint (trias_server_get_error_reason (server), ==, TRIAS_REASON_UNREACHABLE);
  g_assert_true (trias_server_get_signed_in (server));
  before = fake_server_count (fake, "GET", "/settings");
  fake_server_start (fake);
  wait_state (server, TRIAS_SERVER_CONNECTED);
  fake_wait (stream_is_there, fake);
  g_assert_true (trias_server_get_online (server));
  g_assert_cmpuint (fake_server_count (fake, "GET", "/settings"), >, before);
  g_assert_cmpstr (trias_server_get_error_message (server), ==, "");
  trias_server_disconnect (server);
}

static void
test_session_ends (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  GListModel *rules;

  fake_server_be_plain (fake, "anton");
  fake_server_say (fake, "GET", "/rules", 200, "{\"rules\":[" RULE ("a", "") "]}");
  connect_to (server, NULL);
  sign_in (server);
  rules = trias_server_get_rules (server);
  wait_length (rules, 1);
  fake_wait (stream_is_there, fake);
  fake_server_say (fake, "GET", "/rules", 401,
                   "{\"reason\":\"unauthenticated\",\"detail\":\"Sign in again.\"}");
  fake_server_send (fake, "event: changed\ndata: {\"what\":\"rules\"}\n\n");
  wait_state (server, TRIAS_SERVER_SIGNED_OUT);
  /* What only an administrator may see goes. */
  g_assert_cmpuint (g_list_model_get_n_items (rules), ==, 0);
  g_assert_false (trias_server_get_signed_in (server));
  g_assert_null (trias_server_get_settings (server));
  g_assert_cmpstr (trias_server_get_error_message (server), ==, "Sign in again.");
  trias_server_disconnect (server);
}

#define EVENT(seq)                                                                                 \
  "{\"seq\":" #seq ",\"time\":1,\"server\":\"\",\"kind\":\"signed-in\","                           \
  "\"severity\":\"info\",\"subject\":\"\",\"actor\":\"\"}"

static void
event_cb (TriasServer *server, TriasEventItem *item, gpointer count)
{
  (*(guint *) count)++;
}

static void
test_events (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (TriasEventItem) newest = NULL;
  GListModel *events;
  guint live = 0;

  fake_server_be_plain (fake, "anton");
  fake_server_stream (fake, "{\"events\":[" EVENT (5) "," EVENT (4) "]}");
  connect_to (server, NULL);
  sign_in (server);
  g_signal_connect (server, "event", G_CALLBACK (event_cb), &live);
  events = trias_server_get_events (server);
  wait_length (events, 2);
  fake_wait (stream_is_there, fake);
  fake_server_send (fake, "event: event\nid: 6\ndata: " EVENT (6) "\n\n");
  wait_length (events, 3);
  /* The same again, nonsense, and an unknown message change nothing. */
  fake_server_send (fake, "event: event\nid: 6\ndata: " EVENT (
                              6) "\n\nevent: event\ndata: {\"seq\":\""
                                 "x\"}\n\n"
                                 "event: event\ndata: [[\n\nevent: later\ndata: {}\n\nevent: "
                                 "changed\ndata: {\"what\":\"moon\"}\n\n"
                                 "event: changed\ndata: 7\n\n");
  fake_run (200);
  g_assert_cmpuint (g_list_model_get_n_items (events), ==, 3);
  newest = g_list_model_get_item (events, 0);
  g_assert_cmpuint (trias_event_item_get_event (newest)->seq, ==, 6);
  g_assert_cmpuint (live, ==, 2);
  trias_server_disconnect (server);
}

static void
leases_cb (FakeServer *fake, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  const char *after = query != NULL ? g_hash_table_lookup (query, "after") : NULL;
  guint from = after != NULL ? (guint) strtoul (after + 1, NULL, 10) + 1 : 0;
  g_autoptr (GString) json = g_string_new ("{\"server\":\"x\",\"leases\":[");

  for (guint i = from; i < from + 2; i++)
    g_string_append_printf (json,
                            "%s{\"id\":\"l%015u\",\"key\":\"%064d\",\"feature\":\"cad\",\""
                            "product\":\"p\",\"count\":1,"
                            "\"holder\":{\"user\":\"u\",\"host\":\"h\",\"device\":\"\"},\"ttl_s\""
                            ":120,\"generation\":0,"
                            "\"granted_at\":1,\"renewed_at\":1,\"left_ms\":5,\"server\":\"\",\""
                            "epoch\":\"\",\"contact\":\"\"}",
                            i > from ? "," : "", i, 1);
  if (from < 4)
    g_string_append_printf (json, "],\"next\":\"l%015u\",\"total\":6}", from + 1);
  else
    g_string_append (json, "],\"next\":null,\"total\":6}");
  fake_server_respond (message, 200, json->str);
}

static void
test_pages (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (GAsyncResult) result = NULL;
  GListModel *leases;

  fake_server_be_plain (fake, "anton");
  fake_server_on (fake, "GET", "/leases", leases_cb, NULL);
  connect_to (server, NULL);
  sign_in (server);
  leases = trias_server_get_leases (server);
  wait_length (leases, 2);
  g_assert_cmpuint (trias_server_get_leases_total (server), ==, 6);
  fake_run (1500);
  trias_server_more_leases (server);
  wait_length (leases, 4);
  fake_run (100);
  trias_server_more_leases (server);
  wait_length (leases, 6);
  fake_run (100);
  trias_server_more_leases (server);
  fake_run (100);
  g_assert_cmpuint (g_list_model_get_n_items (leases), ==, 6);
  trias_server_refresh_async (server, NULL, fake_result_cb, &result);
  g_assert_true (trias_server_refresh_finish (server, fake_wait_result (&result), NULL));
  g_assert_cmpuint (g_list_model_get_n_items (leases), ==, 6);
  trias_server_disconnect (server);
}

static void
test_actions (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (TriasRule) rule
      = trias_rule_new ("r1", TRIAS_SCOPE_USE, TRIAS_EFFECT_DENY, TRIAS_WHO_EVERYONE, NULL,
                        TRIAS_WHERE_EVERYWHERE, NULL, "", NULL);
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GAsyncResult) removed = NULL;
  g_autoptr (GError) error = NULL;
  GListModel *rules;

  fake_server_be_plain (fake, "anton");
  fake_server_say (fake, "GET", "/rules", 200, "{\"rules\":[]}");
  fake_server_say (fake, "POST", "/rules", 201, RULE ("r1", ""));
  fake_server_say (fake, "DELETE", "/rules/a%2Fb", 409,
                   "{\"reason\":\"rule-in-use\",\"detail\":\"It would cut.\"}");
  connect_to (server, NULL);
  sign_in (server);
  rules = trias_server_get_rules (server);
  fake_run (100);
  fake_server_say (fake, "GET", "/rules", 200, "{\"rules\":[" RULE ("r1", "") "]}");
  trias_server_add_rule_async (server, rule, FALSE, NULL, fake_result_cb, &added);
  g_assert_true (trias_server_action_finish (server, fake_wait_result (&added), &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (fake_server_last_body (fake, "POST", "/rules"), "\"id\":\"r1\""));
  /* By then the list has been read again. */
  g_assert_cmpuint (g_list_model_get_n_items (rules), ==, 1);
  trias_server_remove_rule_async (server, "a/b", FALSE, NULL, fake_result_cb, &removed);
  g_assert_false (trias_server_action_finish (server, fake_wait_result (&removed), &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_CONNECTED);
  trias_server_disconnect (server);
}

/* Every answer is nonsense of the right and the wrong shape: errors, no more. */
static void
test_hostile (void)
{
  static const char *const answers[] = {
    "{}",
    "[]",
    "7",
    "null",
    "\"x\"",
    "{\"id\":1,\"name\":[],\"rules\":{},\"licenses\":7,\"pools\""
    ":null,\"leases\":\"x\"}",
    "{\"rules\":[1,2],\"licenses\":[{}],\"pools\":[[]],\"leases\":[null],\"events\":[7],\""
    "denials\":[\"\"],\"next\":5}",
    "{\"id\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"name\":\"x\"}",
    "{\"relationship\":{\"id\":\"x\",\"members\":[1]},\"forming\":7}",
    "{\"default_ttl_s\":-1}",
    "{\"licenses\":[{\"id\":\"l\",\"features\":[{\"name\":\"f\",\"seats\":-1}]}]}",
  };
  static const char *const paths[]
      = { "/rules", "/licenses", "/pools", "/leases", "/denials", "/settings", "/relationship" };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (FakeServer) fake = fake_server_new ();
      g_autoptr (TriasServer) server = server_for (fake, TRUE);
      g_autoptr (TriasServer) liar = server_for (fake, TRUE);
      g_autoptr (GAsyncResult) result = NULL;

      fake_server_be_plain (fake, "anton");
      connect_to (server, NULL);
      sign_in (server);
      for (guint j = 0; j < G_N_ELEMENTS (paths); j++)
        fake_server_say (fake, "GET", paths[j], 200, answers[i]);
      fake_server_stream (fake, answers[i]);
      trias_server_get_rules (server);
      trias_server_get_licenses (server);
      trias_server_get_pools (server);
      trias_server_get_leases (server);
      trias_server_get_denials (server);
      trias_server_get_events (server);
      trias_server_refresh_async (server, NULL, fake_result_cb, &result);
      trias_server_refresh_finish (server, fake_wait_result (&result), NULL);
      g_assert_cmpuint (g_list_model_get_n_items (trias_server_get_licenses (server)), ==, 0);
      fake_server_say (fake, "GET", "/server", 200, answers[i]);
      g_assert_false (connect_to (liar, NULL));
      g_assert_false (trias_server_get_online (liar));
      trias_server_disconnect (server);
      trias_server_disconnect (liar);
    }
}

static void
test_cancel (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServer) server = server_for (fake, TRUE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fake_server_set_silent (fake, TRUE);
  trias_server_connect_async (server, cancellable, fake_result_cb, &result);
  fake_run (50);
  g_cancellable_cancel (cancellable);
  g_assert_false (trias_server_connect_finish (server, fake_wait_result (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (trias_server_get_state (server), ==, TRIAS_SERVER_DISCONNECTED);
  /* The next attempt is not touched by it. */
  fake_server_set_silent (fake, FALSE);
  fake_server_be_plain (fake, "anton");
  g_clear_error (&error);
  g_assert_true (connect_to (server, &error));
  trias_server_disconnect (server);
}

/* Dropped in the middle of everything. */
static void
test_drop (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();

  fake_server_be_plain (fake, "anton");
  for (guint wait = 0; wait < 30; wait += 3)
    {
      TriasServer *server = server_for (fake, TRUE);
      gpointer gone = server;

      trias_server_set_token (server, "token");
      trias_server_connect_async (server, NULL, NULL, NULL);
      g_object_add_weak_pointer (G_OBJECT (server), &gone);
      fake_run (wait);
      trias_server_disconnect (server);
      g_object_unref (server);
      fake_run (100);
      g_assert_null (gone);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/server/trust", test_trust);
  g_test_add_func ("/server/key-changed", test_key_changed);
  g_test_add_func ("/server/never-there", test_never_there);
  g_test_add_func ("/server/lists", test_lists);
  g_test_add_func ("/server/order", test_order);
  g_test_add_func ("/server/lost-and-found", test_lost_and_found);
  g_test_add_func ("/server/session-ends", test_session_ends);
  g_test_add_func ("/server/events", test_events);
  g_test_add_func ("/server/pages", test_pages);
  g_test_add_func ("/server/actions", test_actions);
  g_test_add_func ("/server/hostile", test_hostile);
  g_test_add_func ("/server/cancel", test_cancel);
  g_test_add_func ("/server/drop", test_drop);
  return g_test_run ();
}
