/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server runs out of descriptors: it costs no CPU, and it recovers by itself. The clients are
 * a process of their own, so that only the server feels the limit. */

#include "http-client.h"
#include "http-server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_CLIENTS 60
#define N_SPARE 15

static guint
count_answered (HttpClient **clients, gboolean *answered, int patience_ms)
{
  guint n = 0;

  for (guint i = 0; i < N_CLIENTS; i++)
    {
      struct pollfd events = { clients[i] != NULL ? http_client_fd (clients[i]) : -1, POLLIN, 0 };

      if (clients[i] != NULL && !answered[i] && poll (&events, 1, i == 0 ? patience_ms : 0) == 1)
        {
          g_autoptr (HttpAnswer) answer = http_client_read (clients[i]);

          answered[i] = answer->status == 200;
        }
      n += answered[i];
    }
  return n;
}

/* Waits until the number of answers is at least @wanted. */
static gboolean
await_answered (HttpClient **clients, gboolean *answered, guint wanted)
{
  for (int i = 0; i < 1000; i++)
    {
      if (count_answered (clients, answered, 0) >= wanted)
        return TRUE;
      g_usleep (10000);
    }
  return FALSE;
}

/* Runs in the child: 0 if all went as it should. */
static int
be_clients (guint16 port, int ready, int go_on)
{
  HttpClient *clients[N_CLIENTS];
  gboolean answered[N_CLIENTS] = {
    FALSE,
  };
  char byte = 0;

  if (read (go_on, &byte, 1) != 1)
    return 1;
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      clients[i] = http_client_connect (port, NULL);
      http_client_send (clients[i], "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n");
    }
  if (!await_answered (clients, answered, 5))
    return 2;
  if (write (ready, &byte, 1) != 1 || read (go_on, &byte, 1) != 1)
    return 3;
  /* A few numbers below the limit may have been free. */
  if (count_answered (clients, answered, 0) > N_SPARE + 5)
    return 4;

  /* Each that leaves lets another in, until all were served. */
  for (guint round = 0; round < N_CLIENTS; round++)
    {
      guint n = count_answered (clients, answered, 0);

      for (guint i = 0; i < N_CLIENTS; i++)
        if (answered[i] && clients[i] != NULL)
          http_client_close (g_steal_pointer (&clients[i]));
      if (n == N_CLIENTS)
        return 0;
      if (!await_answered (clients, answered, n + 1))
        return 5;
    }
  return 6;
}

typedef struct
{
  pid_t pid;
  int ready;
  int go_on;
} Child;

static void
supervise (TestServer *server)
{
  Child *child = server->data;
  struct rlimit before;
  struct rlimit tight;
  char byte = 0;
  clock_t cpu;
  int status;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  tight = before;
  tight.rlim_cur = test_count_descriptors () + N_SPARE;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &tight));
  g_assert_cmpint (write (child->go_on, &byte, 1), ==, 1);
  g_assert_cmpint (read (child->ready, &byte, 1), ==, 1);

  cpu = clock ();
  g_usleep (G_USEC_PER_SEC);
  g_test_message ("CPU while out of descriptors: %.0f ms of 1000",
                  (double) (clock () - cpu) * 1000 / CLOCKS_PER_SEC);
  g_assert_cmpfloat ((double) (clock () - cpu) / CLOCKS_PER_SEC, <, 0.2);

  g_assert_cmpint (write (child->go_on, &byte, 1), ==, 1);
  g_assert_cmpint (waitpid (child->pid, &status, 0), ==, child->pid);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  test_server_await_connections (server, 0);
}

static void
test_descriptors (void)
{
  TestServer *server = test_server_start (FALSE, NULL);
  int ready[2];
  int go_on[2];
  Child child;

  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  g_assert_no_errno (pipe2 (go_on, O_CLOEXEC));
  child.pid = fork ();
  g_assert_cmpint (child.pid, >=, 0);
  if (child.pid == 0)
    _exit (be_clients (server->port, ready[1], go_on[0]));

  child.ready = ready[0];
  child.go_on = go_on[1];
  server->data = &child;
  test_server_run (server, supervise);
  for (guint i = 0; i < 2; i++)
    {
      close (ready[i]);
      close (go_on[i]);
    }
  test_server_stop (server);
}

/* However many connections are asked for, some descriptors are kept for the rest of the server. */
static void
test_clamp (void)
{
  struct rlimit before;
  struct rlimit tight;
  TestServer *server;
  g_autoptr (GPtrArray) clients
      = g_ptr_array_new_with_free_func ((GDestroyNotify) http_client_close);

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  tight = before;
  tight.rlim_cur = 100;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &tight));
  server = test_server_start (FALSE, NULL);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));

  for (guint i = 0; i < 70; i++)
    g_ptr_array_add (clients, http_client_connect (server->port, NULL));
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  {
    TriasHttpStats stats;

    trias_http_get_stats (server->http, &stats);
    g_assert_cmpuint (stats.connections, ==, 50);
  }
  test_server_stop (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/descriptors/recovery", test_descriptors);
  g_test_add_func ("/http/descriptors/clamp", test_clamp);

  return g_test_run ();
}
