/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* An engine's link to a member, real on both ends: who is let on to it, what becomes of it when the
 * other end is slow, rude or gone, and how fast it is. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link-fixture.h"

static void
assert_fails (const char *addresses, guint timeout_ms, TriasReason reason)
{
  LinkResult result;
  gint64 start = g_get_monotonic_time ();

  link_start_open (&result, addresses, timeout_ms, NULL);
  link_await (link_is_answered, &result);
  g_assert_cmpint (result.fd, ==, -1);
  g_test_message ("%s", result.problem->detail);
  g_assert_cmpstr (trias_reason_to_word (result.problem->reason), ==,
                   trias_reason_to_word (reason));
  g_assert_cmpint ((g_get_monotonic_time () - start) / 1000, <, timeout_ms + 1000);
  trias_problem_free (result.problem);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n - 1;
}

static gboolean
is_back (gpointer data)
{
  return count_descriptors () == GPOINTER_TO_UINT (data);
}

static void
await_descriptors (guint n)
{
  link_await (is_back, GUINT_TO_POINTER (n));
}

/* Each test once before, so that what is made only once is there. */
typedef void (*TestFunc) (void);

static void
run_tidily (gconstpointer data)
{
  TestFunc func = *(const TestFunc *) data;
  guint descriptors;

  func ();
  descriptors = count_descriptors ();
  func ();
  await_descriptors (descriptors);
}

/* --- bytes --- */

static gboolean
has_something (gpointer data)
{
  char byte;

  return recv (GPOINTER_TO_INT (data), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0
         || (errno != EAGAIN && errno != EINTR);
}

/* Reads while the loop runs; %FALSE if it ends earlier. */
static gboolean
receive (int fd, void *data, gsize length)
{
  for (gsize got = 0; got < length;)
    {
      gssize n;

      link_await (has_something, GINT_TO_POINTER (fd));
      n = recv (fd, (char *) data + got, length - got, MSG_DONTWAIT);
      if (n <= 0)
        return FALSE;
      got += (gsize) n;
    }
  return TRUE;
}

static void
assert_arrives (int from, int to, const char *text)
{
  g_autofree char *data = g_malloc0 (strlen (text) + 1);

  g_assert_cmpint (send (from, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
  g_assert_true (receive (to, data, strlen (text)));
  g_assert_cmpstr (data, ==, text);
}

static void
assert_ends (int fd)
{
  char byte;

  g_assert_false (receive (fd, &byte, 1));
}

static void
test_opens (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);
  int fd = link_open (member->address);
  g_autofree char *asked
      = g_strdup_printf ("POST " TRIAS_ENGINE_LINK_PATH " %s " LINK_RELATIONSHIP " 7 2 127.0.0.2",
                         trias_identity_get_id (link_own));

  g_assert_cmpstr (member->asked, ==, asked);
  assert_arrives (fd, member->fd, "there");
  assert_arrives (member->fd, fd, "and back");
  close (fd);
  assert_ends (member->fd);
  link_member_free (member);
}

/* --- throughput and latency, against a bare pair of sockets --- */

#define ECHO_BYTES (64u * 1024 * 1024)
#define PINGS 2000

typedef struct
{
  int fd, other;
  double mb_s;
  gint64 p50;
  gint done;
} Measure;

static guint8
pattern (gsize i)
{
  return (guint8) ((i % 65521) * 7 + i / 65521);
}

static gpointer
be_echo (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  g_autofree char *buffer = g_malloc (65536);
  gssize n;

  while ((n = recv (fd, buffer, 65536, 0)) > 0)
    g_assert_cmpint (send (fd, buffer, (gsize) n, MSG_NOSIGNAL), ==, n);
  return NULL;
}

static gpointer
send_pattern (gpointer data)
{
  g_autofree guint8 *buffer = g_malloc (65536);

  for (gsize sent = 0; sent < ECHO_BYTES; sent += 65536)
    {
      for (gsize i = 0; i < 65536; i++)
        buffer[i] = pattern (sent + i);
      g_assert_cmpint (send (GPOINTER_TO_INT (data), buffer, 65536, MSG_NOSIGNAL), ==, 65536);
    }
  return NULL;
}

static int
compare_times (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
ping (Measure *self)
{
  g_autofree gint64 *times = g_new (gint64, PINGS);
  guint8 data[200], back[200];

  for (guint i = 0; i < PINGS; i++)
    {
      gint64 start = g_get_monotonic_time ();

      memset (data, (int) i, sizeof data);
      g_assert_cmpint (send (self->fd, data, sizeof data, MSG_NOSIGNAL), ==, sizeof data);
      g_assert_cmpint (recv (self->fd, back, sizeof back, MSG_WAITALL), ==, sizeof back);
      g_assert_cmpmem (data, sizeof data, back, sizeof back);
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, PINGS, sizeof *times, compare_times);
  self->p50 = times[PINGS / 2];
}

static gpointer
measure (gpointer data)
{
  Measure *self = data;
  GThread *echo = g_thread_new ("echo", be_echo, GINT_TO_POINTER (self->other));
  g_autofree guint8 *buffer = g_malloc (65536);
  gint64 start;
  GThread *sender;
  gssize n;

  ping (self);
  start = g_get_monotonic_time ();
  sender = g_thread_new ("sender", send_pattern, GINT_TO_POINTER (self->fd));
  for (gsize got = 0; got < ECHO_BYTES; got += (gsize) n)
    {
      n = recv (self->fd, buffer, 65536, 0);
      g_assert_cmpint (n, >, 0);
      for (gssize i = 0; i < n; i++)
        if (buffer[i] != pattern (got + (gsize) i))
          g_error ("byte %" G_GSIZE_FORMAT " differs", got + (gsize) i);
    }
  g_thread_join (sender);
  self->mb_s = ECHO_BYTES / 1e6 / ((double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  shutdown (self->fd, SHUT_WR);
  g_thread_join (echo);
  g_atomic_int_set (&self->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
run_measure (Measure *self)
{
  GThread *thread = g_thread_new ("measure", measure, self);

  while (!g_atomic_int_get (&self->done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

static void
test_fast (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);
  Measure link = { .fd = link_open (member->address) }, bare = { 0 };
  int ends[2];

  link.other = member->fd;
  run_measure (&link);
  close (link.fd);
  link_member_free (member);

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  bare.fd = ends[0];
  bare.other = ends[1];
  run_measure (&bare);
  close (ends[0]);
  close (ends[1]);
  g_test_message ("64 MiB there and back, both ends in one loop: %.0f MB/s each way; bare sockets "
                  "%.0f MB/s, ratio %.2f. Ping of 200 bytes: p50 %d µs; bare %d µs, ratio %.1f",
                  link.mb_s, bare.mb_s, link.mb_s / bare.mb_s, (int) link.p50, (int) bare.p50,
                  (double) link.p50 / (double) MAX (bare.p50, 1));
  /* A delayed acknowledgement would be 40 ms. */
  g_assert_cmpint (link.p50, <, 10000);
}

/* --- refused --- */

static void
test_refused (void)
{
  LinkMember *member = link_member_new (LINK_REFUSE);

  assert_fails (member->address, 5000, TRIAS_REASON_EPOCH);
  link_member_free (member);

  member = link_member_new (LINK_HOLD);
  assert_fails (member->address, 300, TRIAS_REASON_UNREACHABLE);
  link_member_free (member);
}

static void
test_pin (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);
  TriasIdentity *other = trias_identity_generate ("other", NULL);
  LinkResult result;
  const char *list[] = { member->address, NULL };

  result = (LinkResult){ 0 };
  trias_engine_link_open (link_own, NULL, list, trias_identity_get_id (other), LINK_RELATIONSHIP, 7,
                          2, 5000, NULL, link_opened, &result);
  link_await (link_is_answered, &result);
  g_assert_cmpint (result.problem->reason, ==, TRIAS_REASON_KEY_MISMATCH);
  g_assert_cmpstr (g_hash_table_lookup (result.problem->params, "seen"), ==,
                   trias_identity_get_id (link_theirs));
  g_assert_cmpstr (g_hash_table_lookup (result.problem->params, "expected"), ==,
                   trias_identity_get_id (other));
  g_assert_cmpstr (g_hash_table_lookup (result.problem->params, "address"), ==, member->address);
  trias_problem_free (result.problem);
  /* It learned nothing of what was wanted. */
  g_assert_null (member->asked);
  link_member_free (member);
  trias_identity_unref (other);
}

#define HEAD_101 "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
#define GOOD_101 HEAD_101 "Upgrade: " TRIAS_ENGINE_LINK_PROTOCOL "\r\n\r\n"
#define HEAD_409 "HTTP/1.1 409 Conflict\r\nContent-Length: 100000\r\n\r\n{\"reason\": "

/* Whoever falls silent, at whatever point, is waited for as long as was said. */
static void
test_mute (void)
{
  static const struct
  {
    LinkPhase phase;
    const char *answer;
  } cases[]
      = { { LINK_TO_CONNECT, NULL }, { LINK_TO_HANDSHAKE, NULL },  { LINK_TO_ANSWER, "" },
          { LINK_TO_ANSWER, "HTT" }, { LINK_TO_ANSWER, HEAD_101 }, { LINK_TO_ANSWER, HEAD_409 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LinkScript *script
          = link_script_start (link_script_new (cases[i].phase, cases[i].answer, -1, FALSE));

      assert_fails (script->address, 300, TRIAS_REASON_UNREACHABLE);
      link_script_free (script);
    }
}

static void
test_closes (void)
{
  static const struct
  {
    LinkPhase phase;
    const char *answer;
    TriasReason reason;
  } cases[] = { { LINK_TO_HANDSHAKE, NULL, TRIAS_REASON_UNREACHABLE },
                { LINK_TO_ANSWER, "", TRIAS_REASON_UNREACHABLE },
                { LINK_TO_ANSWER, "HTT", TRIAS_REASON_UNREACHABLE },
                { LINK_TO_ANSWER, HEAD_101, TRIAS_REASON_UNREACHABLE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LinkScript *script
          = link_script_start (link_script_new (cases[i].phase, cases[i].answer, -1, TRUE));

      assert_fails (script->address, 5000, cases[i].reason);
      link_script_free (script);
    }
}

/* What is no answer is not waited for, nor read without end. */
static void
test_nonsense (void)
{
  g_autofree char *long_line = g_strnfill (40000, 'x');
  g_autofree char *long_head = g_strconcat ("HTTP/1.1 101 X\r\nX: ", long_line, NULL);
  const char *answers[] = { "SSH-2.0-server\r\n",
                            "HTTP/1.0 101 X\r\n\r\n",
                            "HTTP/1.1 xyz\r\n\r\n",
                            "HTTP/1.1 99999999999 X\r\n\r\n",
                            HEAD_101 "\r\n",
                            HEAD_101 "Upgrade: other/1\r\n\r\n",
                            long_head };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      LinkScript *script
          = link_script_start (link_script_new (LINK_TO_ANSWER, answers[i], -1, FALSE));

      assert_fails (script->address, 5000, TRIAS_REASON_VERSION);
      link_script_free (script);
    }
}

/* Bytes at random from a member that has gone mad reach the user of the link and nobody else; past
 * TLS they end it. */
static void
test_random (void)
{
  for (guint i = 0; i < 20; i++)
    {
      guint8 noise[8000], data[sizeof noise];
      GByteArray *answer = g_byte_array_new ();
      LinkScript *script;
      int fd;

      for (guint k = 0; k < sizeof noise; k++)
        noise[k] = (guint8) g_random_int ();
      g_byte_array_append (answer, (const guint8 *) GOOD_101, strlen (GOOD_101));
      g_byte_array_append (answer, noise, sizeof noise);
      script = link_script_new (LINK_TO_ANSWER, (const char *) answer->data, answer->len, FALSE);
      if (i % 2 == 1)
        script->raw = g_bytes_new (noise, sizeof noise);
      link_script_start (script);
      fd = link_open (script->address);
      g_assert_true (receive (fd, data, sizeof data));
      g_assert_cmpmem (data, sizeof data, noise, sizeof noise);
      if (i % 2 == 1)
        assert_ends (fd);
      close (fd);
      link_script_free (script);
      g_byte_array_unref (answer);
    }
}

/* --- addresses in turn --- */

static void
test_turns (void)
{
  LinkScript *deaf = link_script_start (link_script_new (LINK_TO_CONNECT, NULL, 0, FALSE));
  LinkScript *closing = link_script_start (link_script_new (LINK_TO_HANDSHAKE, NULL, 0, TRUE));
  LinkMember *member = link_member_new (LINK_TAKE);
  g_autofree char *all = g_strdup_printf ("%s not:an:address %s 127.0.0.1:1 %s", deaf->address,
                                          closing->address, member->address);
  gint64 start = g_get_monotonic_time ();
  int fd = link_open (all);

  /* The deaf one was given its fifth of the time. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
  assert_arrives (fd, member->fd, "third");
  close (fd);
  link_member_free (member);
  link_script_free (closing);
  link_script_free (deaf);
  assert_fails ("", 1000, TRIAS_REASON_UNREACHABLE);
}

/* --- given up --- */

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
assert_cancelled (const char *address, int after_us)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 at = g_get_monotonic_time () + after_us;
  LinkResult result;

  if (after_us < 0)
    g_cancellable_cancel (cancellable);
  link_start_open (&result, address, 20000, cancellable);
  while (after_us >= 0 && g_get_monotonic_time () < at && result.calls == 0)
    g_main_context_iteration (NULL, FALSE);
  cancel (cancellable);
  link_await (link_is_answered, &result);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (result.calls, ==, 1);
  if (result.fd >= 0)
    {
      /* It was quicker: then the link ends. */
      assert_ends (result.fd);
      close (result.fd);
      return;
    }
  g_assert_cmpint (result.problem->reason, ==, TRIAS_REASON_UNREACHABLE);
  trias_problem_free (result.problem);
}

static void
test_cancel (void)
{
  static const struct
  {
    LinkPhase phase;
    const char *answer;
  } cases[] = { { LINK_TO_CONNECT, NULL },
                { LINK_TO_HANDSHAKE, NULL },
                { LINK_TO_ANSWER, "" },
                { LINK_TO_ANSWER, HEAD_101 },
                { LINK_TO_ANSWER, HEAD_409 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LinkScript *script
          = link_script_start (link_script_new (cases[i].phase, cases[i].answer, -1, FALSE));

      assert_cancelled (script->address, 60000);
      link_script_free (script);
    }
}

/* At any moment of an opening that would succeed. */
static void
test_cancel_anywhen (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);

  for (int i = -1; i < 150; i++)
    {
      assert_cancelled (member->address, i * 40);
      if (member->fd >= 0)
        close (member->fd);
      member->fd = -1;
      link_await (link_member_is_quiet, member);
    }
  link_member_free (member);
}

/* --- how an open link ends --- */

static void
test_ends (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  LinkResult result;
  clock_t cpu;
  gint64 end;
  int fd;

  /* The member closes. */
  fd = link_open (member->address);
  close (member->fd);
  assert_ends (fd);
  close (fd);
  link_await (link_member_is_quiet, member);

  /* Half of it is closed here; the other half goes on, and waiting costs nothing. */
  fd = link_open (member->address);
  assert_arrives (fd, member->fd, "last words");
  g_assert_no_errno (shutdown (fd, SHUT_WR));
  assert_ends (member->fd);
  assert_arrives (member->fd, fd, "answer");
  cpu = clock ();
  for (end = g_get_monotonic_time () + 300000; g_get_monotonic_time () < end; g_usleep (1000))
    while (g_main_context_iteration (NULL, FALSE))
      ;
  g_assert_cmpfloat ((double) (clock () - cpu) / CLOCKS_PER_SEC, <, 0.06);
  close (member->fd);
  assert_ends (fd);
  close (fd);
  link_await (link_member_is_quiet, member);

  /* And there. */
  fd = link_open (member->address);
  g_assert_no_errno (shutdown (member->fd, SHUT_WR));
  assert_ends (fd);
  assert_arrives (fd, member->fd, "still here");
  close (fd);
  assert_ends (member->fd);
  close (member->fd);
  link_await (link_member_is_quiet, member);

  /* It is cancelled. */
  link_start_open (&result, member->address, 5000, cancellable);
  link_await (link_is_answered, &result);
  assert_arrives (result.fd, member->fd, "open");
  g_cancellable_cancel (cancellable);
  assert_ends (result.fd);
  assert_ends (member->fd);
  close (result.fd);
  close (member->fd);
  link_await (link_member_is_quiet, member);

  /* The member stops. */
  fd = link_open (member->address);
  trias_http_stop (member->http);
  assert_ends (fd);
  assert_ends (member->fd);
  close (fd);
  close (member->fd);
  g_ptr_array_unref (member->held);
  g_free (member->address);
  g_free (member->asked);
  g_free (member);
}

/* Much is on its way in both directions, and nobody reads: nothing grows, nothing spins, and the
 * end is still noticed. */
static void
test_stuck (void)
{
  LinkMember *member = link_member_new (LINK_TAKE);
  int fd = link_open (member->address);
  g_autofree char *data = g_malloc0 (65536);
  gsize sent = 0, before;
  clock_t cpu;

  do
    {
      gint64 end = g_get_monotonic_time () + 200000;

      before = sent;
      while (g_get_monotonic_time () < end)
        {
          sent += (gsize) MAX (send (fd, data, 65536, MSG_DONTWAIT | MSG_NOSIGNAL), 0);
          sent += (gsize) MAX (send (member->fd, data, 65536, MSG_DONTWAIT | MSG_NOSIGNAL), 0);
          g_assert_cmpuint (sent, <, 64 * 1024 * 1024);
          g_main_context_iteration (NULL, FALSE);
        }
    }
  while (sent != before);
  g_test_message ("%" G_GSIZE_FORMAT " kB under way in both directions", sent / 1024);
  cpu = clock ();
  for (gint64 end = g_get_monotonic_time () + 300000; g_get_monotonic_time () < end;
       g_usleep (1000))
    while (g_main_context_iteration (NULL, FALSE))
      ;
  g_assert_cmpfloat ((double) (clock () - cpu) / CLOCKS_PER_SEC, <, 0.06);
  close (fd);
  close (member->fd);
  member->fd = -1;
  link_member_free (member);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    TestFunc func;
  } tests[] = {
    { "/engine-link/opens", test_opens },
    { "/engine-link/fast", test_fast },
    { "/engine-link/refused", test_refused },
    { "/engine-link/pin", test_pin },
    { "/engine-link/mute", test_mute },
    { "/engine-link/closes", test_closes },
    { "/engine-link/nonsense", test_nonsense },
    { "/engine-link/random", test_random },
    { "/engine-link/turns", test_turns },
    { "/engine-link/cancel", test_cancel },
    { "/engine-link/cancel-anywhen", test_cancel_anywhen },
    { "/engine-link/ends", test_ends },
    { "/engine-link/stuck", test_stuck },
  };
  int result;

  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  link_identities_make ();

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_data_func (tests[i].name, &tests[i].func, run_tidily);

  result = g_test_run ();
  link_identities_free ();
  return result;
}
