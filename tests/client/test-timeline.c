/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-timeline-private.h"
#include "client/trias-timeline-words.h"
#include "fake-server.h"
#include "triad-said.h"

#include <string.h>

#define T0 G_GINT64_CONSTANT (1700000000000)

/* --- what three servers tell --- */

typedef struct
{
  TriasTimelineSource sources[TRIAS_MAX_MEMBERS];
} History;

static void
history_clear (History *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_ptr_array_unref (self->sources[i].events);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (History, history_clear)

static void
history_init (History *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    self->sources[i] = (TriasTimelineSource){ triad_ids[i], g_ptr_array_new_with_free_func ((
                                                                GDestroyNotify) trias_event_free) };
}

/* The server at @rank tells @kind of @subject at @ms. (transfer none) */
static TriasEvent *
tell (History *self, guint rank, gint64 ms, const char *kind, const char *subject)
{
  GPtrArray *events = self->sources[rank].events;
  TriasEvent *event = trias_event_new_by (T0 + ms, kind, subject, triad_ids[rank], "");

  event->seq = events->len + 1;
  g_ptr_array_insert (events, 0, event);
  return event;
}

static GPtrArray *
merge (History *self, GPtrArray *known)
{
  return trias_timeline_merge (self->sources, TRIAS_MAX_MEMBERS, known);
}

static const char *
kind_at (GPtrArray *entries, guint i)
{
  return trias_timeline_entry_get_event (g_ptr_array_index (entries, i))->kind;
}

static guint
n_tellers (GPtrArray *entries, guint i)
{
  return g_strv_length (
      (char **) trias_timeline_entry_get_tellers (g_ptr_array_index (entries, i)));
}

/* Both ends of a link tell of it; the same end does not tell it twice. */
static void
test_links (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  tell (&history, 0, 0, "peer-lost", triad_ids[1]);
  tell (&history, 1, 700, "peer-lost", triad_ids[0]);
  tell (&history, 1, 2000, "peer-connected", triad_ids[0]);
  tell (&history, 0, 2100, "peer-connected", triad_ids[1]);
  tell (&history, 0, 4000, "peer-lost", triad_ids[1]);
  tell (&history, 1, 4500, "peer-lost", triad_ids[0]);
  tell (&history, 2, 4600, "peer-lost", triad_ids[0]);
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, 4);
  g_assert_cmpuint (n_tellers (entries, 0), ==, 1);
  for (guint i = 1; i < 4; i++)
    g_assert_cmpuint (n_tellers (entries, i), ==, 2);
  g_assert_cmpstr (kind_at (entries, 2), ==, "peer-connected");
  g_assert_cmpint (trias_timeline_entry_get_event (g_ptr_array_index (entries, 1))->time, ==,
                   T0 + 4000);
}

/* What all applied from one log is one matter, also if it happens twice in a moment. */
static void
test_all_three (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      tell (&history, rank, 0, "relationship-changed", "rel");
      tell (&history, rank, 900, "relationship-changed", "rel");
      tell (&history, rank, 950, "lease-granted", "lease");
      tell (&history, rank, 960, "signed-in", "admin");
    }
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, 2);
  g_assert_cmpuint (n_tellers (entries, 0), ==, 3);
  g_assert_cmpuint (n_tellers (entries, 1), ==, 3);
}

static void
tell_active (History *self, guint rank, gint64 ms, guint active, const char *why, int from)
{
  TriasEvent *event = tell (self, rank, ms, "active-changed", triad_ids[active]);

  trias_event_param (event, "why", why);
  if (from >= 0)
    trias_event_param (event, "from", triad_ids[from]);
}

/* Who starts again tells what everybody knows: that is no news, but its start is. */
static void
test_started (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  tell_active (&history, 1, 0, 1, "failure", 0);
  tell_active (&history, 2, 100, 1, "failure", 0);
  tell (&history, 0, 60000, "server-started", "");
  tell_active (&history, 0, 60500, 1, "start", -1);
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, 2);
  g_assert_cmpstr (kind_at (entries, 0), ==, "server-started");
  g_assert_cmpuint (n_tellers (entries, 1), ==, 2);
}

static TriasSeverity
severity_at (GPtrArray *entries, guint i)
{
  return trias_timeline_entry_get_severity (g_ptr_array_index (entries, i));
}

/* A triad that begins, or goes back, is no reason to worry; one whose active server failed is. */
static void
test_urgent (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  tell_active (&history, 0, 0, 0, "start", -1);
  tell_active (&history, 1, 60000, 1, "failure", 0);
  tell_active (&history, 0, 120000, 0, "failback", 1);
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, 3);
  g_assert_cmpint (severity_at (entries, 0), ==, TRIAS_SEVERITY_INFO);
  g_assert_cmpint (severity_at (entries, 1), ==, TRIAS_SEVERITY_WARNING);
  g_assert_cmpint (severity_at (entries, 2), ==, TRIAS_SEVERITY_INFO);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* The entry stays the same object when another server tells the same. */
static void
test_stays (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  guint notified = 0;

  history_init (&history);
  tell (&history, 1, 500, "quorum-lost", "rel");
  before = merge (&history, NULL);
  g_signal_connect_swapped (g_ptr_array_index (before, 0), "notify::tellers", G_CALLBACK (count_cb),
                            &notified);
  tell (&history, 0, 100, "quorum-lost", "rel");
  tell (&history, 2, 5000, "quorum-back", "rel");
  after = merge (&history, before);
  g_assert_cmpuint (after->len, ==, 2);
  g_assert_true (g_ptr_array_index (after, 1) == g_ptr_array_index (before, 0));
  g_assert_cmpuint (notified, ==, 1);
  g_assert_cmpint (trias_timeline_entry_get_event (g_ptr_array_index (after, 1))->time, ==,
                   T0 + 100);
}

static void
test_bounded (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  for (guint i = 0; i < 2 * TRIAS_TIMELINE_MAX; i++)
    tell (&history, i % 2, i * 20000, "peer-lost", triad_ids[2]);
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, TRIAS_TIMELINE_MAX);
  g_assert_cmpint (trias_timeline_entry_get_event (g_ptr_array_index (entries, 0))->time, ==,
                   T0 + (2 * TRIAS_TIMELINE_MAX - 1) * 20000);
}

/* Two different servers that fail are two matters, however near. */
static void
test_own (void)
{
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;

  history_init (&history);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    tell (&history, rank, rank, "storage-failed", "");
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, 3);
}

/* --- words --- */

static const char *
name_of (const char *id, gpointer user_data)
{
  static const char *const names[] = { "druck-p", "druck-s", "druck-t" };

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (strcmp (id, triad_ids[i]) == 0)
      return names[i];
  return NULL;
}

static void
test_words (void)
{
  static const char *const said[] = {
    "“druck-s” is the active server now, because “druck-p” failed",
    "The connection between “druck-s” and “druck-p” is lost",
    "The relationship was changed",
    "“druck-p” has started",
  };
  g_auto (History) history;
  g_autoptr (GPtrArray) entries = NULL;
  g_autofree char *told = NULL;

  history_init (&history);
  tell (&history, 0, 0, "server-started", "");
  tell (&history, 0, 20000, "relationship-changed", "rel");
  tell (&history, 1, 40000, "peer-lost", triad_ids[0]);
  tell_active (&history, 1, 41000, 1, "failure", 0);
  tell_active (&history, 2, 41500, 1, "failure", 0);
  entries = merge (&history, NULL);
  g_assert_cmpuint (entries->len, ==, G_N_ELEMENTS (said));
  for (guint i = 0; i < entries->len; i++)
    {
      g_autofree char *text
          = trias_timeline_words_describe (g_ptr_array_index (entries, i), name_of, NULL);

      g_assert_cmpstr (text, ==, said[i]);
    }
  told = trias_timeline_words_told (g_ptr_array_index (entries, 0), name_of, NULL);
  g_assert_nonnull (strstr (told, "druck-s, druck-t"));
}

/* --- live --- */

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define EVENT(seq, kind)                                                                           \
  "{\"seq\":" #seq ",\"time\":17000000" #seq "0000,\"server\":\"\",\"kind\":\"" kind               \
  "\",\"severity\":\"warning\",\"subject\":\"x\",\"actor\":\"\",\"params\":{}}"

static gboolean
is_whole (gpointer data)
{
  return !trias_timeline_get_loading (data) && g_list_model_get_n_items (data) > 0;
}

static gboolean
has_two (gpointer data)
{
  return g_list_model_get_n_items (data) == 2;
}

static gboolean
is_empty (gpointer data)
{
  return g_list_model_get_n_items (data) == 0;
}

static gboolean
stream_is_there (gpointer data)
{
  return fake_server_n_streams (data) > 0;
}

static void
test_live (void)
{
  g_autoptr (FakeServer) fake = fake_server_new ();
  g_autoptr (TriasServers) servers = trias_servers_new ("", NULL);
  g_autoptr (TriasTimeline) timeline = trias_timeline_new (servers);
  TriasServer *server;

  fake_server_be_plain (fake, "Anton");
  fake_server_stream (fake, "{\"events\":[" EVENT (11, "peer-lost") "," EVENT (
                                10, "lease-granted") "," EVENT (9, "nonsense") "]}");
  fake_server_say (fake, "GET", "/relationship", 200,
                   "{\"relationship\":{\"id\":\"rel\",\"name\":\"Halle 3\",\"kind\":\"backup\","
                   "\"incarnation\":1,\"options\":{\"sync_interval_s\":30,\"failback\":"
                   "\"automatic\",\"profile\":\"lan\"},\"members\":["
                   "{\"id\":\"" A
                   "\",\"name\":\"Anton\",\"role\":\"main\",\"addresses\":[\"127.0.0.1:7643\"]},"
                   "{\"id\":\"" B
                   "\",\"name\":\"Berta\",\"role\":\"backup\",\"addresses\":[\"127.0.0.1:7643\"]}],"
                   "\"self\":\"" A "\",\"self_role\":\"main\",\"active\":\"" A "\",\"epoch\":\"\","
                   "\"serving\":\"serving\",\"why\":\"\",\"consequence\":[],\"conflict\":null},"
                   "\"forming\":null}");
  server = trias_servers_add (servers, fake_server_full_address (fake), NULL);
  trias_server_sign_in_async (server, "admin", "password", NULL, NULL, NULL);
  fake_wait (is_whole, timeline);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (timeline)), ==, 1);
  fake_wait (stream_is_there, fake);
  fake_server_send (fake, "event: event\nid: 12\ndata: " EVENT (12, "quorum-lost") "\n\n");
  fake_server_send (fake, "event: event\nid: 13\ndata: " EVENT (13, "lease-granted") "\n\n");
  fake_wait (has_two, timeline);
  g_assert_cmpstr (trias_timeline_name_of (timeline, B), ==, "Berta");
  trias_servers_remove (servers, server);
  fake_wait (is_empty, timeline);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/timeline/links", test_links);
  g_test_add_func ("/timeline/all-three", test_all_three);
  g_test_add_func ("/timeline/started", test_started);
  g_test_add_func ("/timeline/urgent", test_urgent);
  g_test_add_func ("/timeline/stays", test_stays);
  g_test_add_func ("/timeline/bounded", test_bounded);
  g_test_add_func ("/timeline/own", test_own);
  g_test_add_func ("/timeline/words", test_words);
  g_test_add_func ("/timeline/live", test_live);
  return g_test_run ();
}
