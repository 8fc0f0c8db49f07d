/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest.h"
#include "fake-server.h"

#include <string.h>

/* --- the parser --- */

static void
collect (const char *event, const char *id, const char *data, gpointer user_data)
{
  g_string_append_printf (user_data, "[%s|%s|%s]", event, id, data);
}

static void
feed (const char *text, gsize step, const char *expected)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (TriasSseParser) parser = trias_sse_parser_new (collect, seen);
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i += step)
    g_assert_true (trias_sse_parser_feed (parser, text + i, MIN (step, length - i), NULL));
  g_assert_cmpstr (seen->str, ==, expected);
}

static void
test_parser (void)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } cases[] = {
    { "data: a\n\n", "[message||a]" },
    { "event: x\nid: 7\ndata: a\ndata: b\n\n", "[x|7|a\nb]" },
    { "id: 7\ndata: a\n\ndata: b\n\n", "[message|7|a][message|7|b]" },
    { "event: x\r\ndata:a\r\n\r\n", "[x||a]" },
    { "event: x\rdata: a\r\r", "[x||a]" },
    { ": comment\n\ndata: a\n\n", "[message||a]" },
    { "event: x\n\ndata: a\n\n", "[message||a]" },
    { "data\n\n", "[message||]" },
    { "nonsense\nfield: 1\ndata: a\n\n", "[message||a]" },
    { "data: unfinished\n", "" },
    { "data: \xff\xfe\n\n", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize step = 1; step < 9; step++)
      feed (cases[i].text, step, cases[i].expected);
}

static void
test_limits (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (TriasSseParser) line = trias_sse_parser_new (collect, seen);
  g_autoptr (TriasSseParser) message = trias_sse_parser_new (collect, seen);
  g_autofree char *chunk = g_strnfill (1000, 'x');
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < 1000; i++)
    ok = trias_sse_parser_feed (line, chunk, 1000, &error);
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE);
  g_clear_error (&error);
  ok = TRUE;
  for (guint i = 0; ok && i < 1000; i++)
    ok = trias_sse_parser_feed (message, "data: ", 6, &error)
         && trias_sse_parser_feed (message, chunk, 1000, &error)
         && trias_sse_parser_feed (message, "\n", 1, &error);
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE);
  g_assert_cmpuint (seen->len, ==, 0);
}

/* --- the stream --- */

typedef struct
{
  guint opened;
  guint lost;
  int reason;
  GString *seen;
} Seen;

static void
opened_cb (TriasStream *stream, Seen *seen)
{
  seen->opened++;
}

static void
lost_cb (TriasStream *stream, const GError *error, Seen *seen)
{
  seen->lost++;
  seen->reason = error->code;
}

static void
message_cb (TriasStream *stream, const char *event, const char *id, const char *data, Seen *seen)
{
  collect (event, id, data, seen->seen);
}

static gboolean
is_open (gpointer data)
{
  return trias_stream_is_open (data);
}

static gboolean
is_closed (gpointer data)
{
  return !trias_stream_is_open (data);
}

static TriasStream *
stream_for (FakeServer *server, Seen *seen)
{
  g_autoptr (TriasRest) rest
      = trias_rest_new (fake_server_uri (server), fake_server_id (server), NULL);
  TriasStream *stream = trias_stream_new (rest);

  seen->seen = g_string_new (NULL);
  g_signal_connect (stream, "opened", G_CALLBACK (opened_cb), seen);
  g_signal_connect (stream, "lost", G_CALLBACK (lost_cb), seen);
  g_signal_connect (stream, "message", G_CALLBACK (message_cb), seen);
  return stream;
}

static gboolean
has_text (gpointer data)
{
  return ((Seen *) data)->seen->len > 0;
}

static void
test_resume (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  Seen seen = { 0 };
  g_autoptr (TriasStream) stream = stream_for (server, &seen);

  fake_server_stream (server, "{}");
  trias_stream_start (stream);
  fake_wait (is_open, stream);
  g_assert_cmpstr (fake_server_last_event_id (server), ==, "");
  fake_server_send (server, "event: event\nid: 41\ndata: {}\n\n");
  fake_wait (has_text, &seen);
  g_assert_cmpstr (seen.seen->str, ==, "[event|41|{}]");
  fake_server_end_streams (server);
  fake_wait (is_closed, stream);
  g_assert_cmpuint (seen.lost, ==, 1);
  fake_wait (is_open, stream);
  g_assert_cmpstr (fake_server_last_event_id (server), ==, "41");
  g_assert_cmpuint (seen.opened, ==, 2);
  trias_stream_stop (stream);
  g_assert_false (trias_stream_is_open (stream));
  fake_run (50);
  g_assert_cmpuint (seen.lost, ==, 1);
  g_string_free (seen.seen, TRUE);
}

static gboolean
is_lost (gpointer data)
{
  return ((Seen *) data)->lost > 0;
}

static void
test_refused (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  Seen seen = { 0 };
  g_autoptr (TriasStream) stream = stream_for (server, &seen);

  fake_server_say (server, "GET", "/events", 401,
                   "{\"reason\":\"unauthenticated\",\"detail\":\"No.\"}");
  trias_stream_start (stream);
  fake_wait (is_lost, &seen);
  g_assert_cmpint (seen.reason, !=, TRIAS_REASON_UNREACHABLE);
  seen.lost = 0;
  fake_server_say (server, "GET", "/events", 200, "{\"events\":[]}");
  trias_stream_hurry (stream);
  fake_wait (is_lost, &seen);
  g_assert_cmpint (seen.reason, ==, TRIAS_REASON_VERSION);
  trias_stream_stop (stream);
  g_string_free (seen.seen, TRUE);
}

static void
test_too_large (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  Seen seen = { 0 };
  g_autoptr (TriasStream) stream = stream_for (server, &seen);
  g_autofree char *flood = g_strnfill (TRIAS_SSE_MAX_MESSAGE + 10, 'x');

  fake_server_stream (server, "{}");
  trias_stream_start (stream);
  fake_wait (is_open, stream);
  fake_server_send (server, flood);
  fake_wait (is_lost, &seen);
  g_assert_cmpint (seen.reason, ==, TRIAS_REASON_TOO_LARGE);
  trias_stream_stop (stream);
  g_string_free (seen.seen, TRUE);
}

/* The pauses grow: a server that is away is not stormed. */
static void
test_back_off (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  Seen seen = { 0 };
  g_autoptr (TriasStream) stream = stream_for (server, &seen);

  fake_server_stop (server);
  trias_stream_start (stream);
  fake_run (2000);
  /* 0, 0.25–0.5 s, then 0.5–1 s, then 1–2 s */
  g_assert_cmpuint (seen.lost, >=, 2);
  g_assert_cmpuint (seen.lost, <=, 4);
  trias_stream_stop (stream);
  g_string_free (seen.seen, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/sse/parser", test_parser);
  g_test_add_func ("/sse/limits", test_limits);
  g_test_add_func ("/sse/resume", test_resume);
  g_test_add_func ("/sse/refused", test_refused);
  g_test_add_func ("/sse/too-large", test_too_large);
  g_test_add_func ("/sse/back-off", test_back_off);
  return g_test_run ();
}
