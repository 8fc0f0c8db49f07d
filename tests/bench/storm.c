/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A storm: thousands of clients that come at once, each over a new TLS connection, and want a seat.
 *
 *   storm [--clients N] [--times N] ADDRESS PORT FEATURE
 *
 * All connect without waiting for each other; all connections are dropped together before the next
 * time. Prints a line of KEY=VALUE for each. */

#include "load-link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEYS_MAX 256
#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3"
/* Nobody waits longer for a seat. */
#define PATIENCE_NS (120 * G_GINT64_CONSTANT (1000000000))

typedef enum
{
  CONNECTING,
  SHAKING,
  ASKING,
  SERVED,
  FAILED
} Stage;

typedef struct
{
  LoadLink link;
  Stage stage;
  gint64 took; /* ns, from the begin of the storm */
} Client;

typedef struct
{
  const char *address;
  guint16 port;
  const char *feature;
  int n;
  Client *clients;
  int epoll;
  gint64 start;
  guint left;
  guint32 nonce;
} Storm;

static void
end (Storm *storm, Client *client, Stage stage)
{
  client->stage = stage;
  client->took = load_now () - storm->start;
  storm->left--;
  if (stage == FAILED)
    load_link_close (&client->link);
  else
    epoll_ctl (storm->epoll, EPOLL_CTL_DEL, client->link.fd, NULL);
}

static gboolean
begin (Storm *storm, Client *client)
{
  struct sockaddr_in from = { .sin_family = AF_INET };
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = g_htons (storm->port) };
  g_autofree char *source = g_strdup_printf ("127.0.1.%u", 1 + client->link.number % 250);
  struct epoll_event event = { EPOLLIN | EPOLLOUT | EPOLLET, { .ptr = client } };
  const int on = 1;
  LoadLink *link = &client->link;

  client->stage = CONNECTING;
  link->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (link->fd < 0 || inet_pton (AF_INET, source, &from.sin_addr) != 1
      || inet_pton (AF_INET, storm->address, &to.sin_addr) != 1
      || bind (link->fd, (struct sockaddr *) &from, sizeof from) != 0)
    return FALSE;
  setsockopt (link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect (link->fd, (struct sockaddr *) &to, sizeof to) != 0 && errno != EINPROGRESS)
    return FALSE;
  gnutls_init (&link->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL | GNUTLS_NONBLOCK);
  gnutls_priority_set_direct (link->session, PRIORITIES, NULL);
  load_link_use_key (link);
  gnutls_transport_set_int (link->session, link->fd);
  return epoll_ctl (storm->epoll, EPOLL_CTL_ADD, link->fd, &event) == 0;
}

/* From here on the answer is waited for as long as it can be read, not for its arrival: GnuTLS
 * wants to be called again after a session ticket, although the answer behind it has arrived. */
static void
ask (Storm *storm, Client *client)
{
  struct epoll_event event = { EPOLLIN, { .ptr = client } };
  g_autofree char *body
      = g_strdup_printf ("{\"id\":\"storm-%08x-%08x\",\"feature\":\"%s\",\"ttl_s\":60}",
                         storm->nonce, client->link.number, storm->feature);

  client->stage = ASKING;
  epoll_ctl (storm->epoll, EPOLL_CTL_MOD, client->link.fd, &event);
  if (!load_link_ask (&client->link, "POST", "/api/v1/leases", body))
    end (storm, client, FAILED);
}

static void
go_on (Storm *storm, Client *client)
{
  guint status;
  const char *text;
  int result;

  if (client->stage == CONNECTING || client->stage == SHAKING)
    {
      client->stage = SHAKING;
      result = gnutls_handshake (client->link.session);
      if (result == 0)
        ask (storm, client);
      else if (gnutls_error_is_fatal (result))
        end (storm, client, FAILED);
    }
  if (client->stage != ASKING)
    return;
  switch (load_link_read (&client->link, &status, &text))
    {
    case LOAD_MORE:
      break;
    case LOAD_ANSWERED:
      end (storm, client, status == 200 || status == 201 ? SERVED : FAILED);
      break;
    case LOAD_BROKEN:
    default:
      end (storm, client, FAILED);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 left = ((const Client *) a)->took, right = ((const Client *) b)->took;

  return (left > right) - (left < right);
}

static gboolean
blow (Storm *storm)
{
  struct epoll_event events[256];
  guint failed = 0;

  storm->epoll = epoll_create1 (EPOLL_CLOEXEC);
  storm->start = load_now ();
  storm->left = (guint) storm->n;
  storm->nonce = g_random_int ();
  storm->clients = g_new0 (Client, storm->n);
  for (int i = 0; i < storm->n; i++)
    {
      storm->clients[i].link.number = (guint) i;
      if (!begin (storm, &storm->clients[i]))
        end (storm, &storm->clients[i], FAILED);
    }
  while (storm->left > 0 && load_now () - storm->start < PATIENCE_NS)
    {
      int n = epoll_wait (storm->epoll, events, G_N_ELEMENTS (events), 1000);

      for (int i = 0; i < n; i++)
        go_on (storm, events[i].data.ptr);
    }
  for (int i = 0; i < storm->n; i++)
    {
      failed += storm->clients[i].stage != SERVED;
      if (storm->clients[i].stage != FAILED)
        load_link_close (&storm->clients[i].link);
    }
  qsort (storm->clients, (size_t) storm->n, sizeof (Client), compare);
  g_print ("clients=%d failed=%u p50_ms=%.0f last_ms=%.0f\n", storm->n, failed,
           (double) storm->clients[storm->n / 2].took / 1e6,
           (double) storm->clients[storm->n - 1].took / 1e6);
  g_free (storm->clients);
  close (storm->epoll);
  return failed == 0;
}

static void
raise_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

int
main (int argc, char **argv)
{
  Storm storm = { .n = 1000 };
  int times = 1;
  gboolean ok = TRUE;
  const GOptionEntry entries[]
      = { { "clients", 'c', 0, G_OPTION_ARG_INT, &storm.n, "How many", "N" },
          { "times", 't', 0, G_OPTION_ARG_INT, &times, "How often", "N" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("ADDRESS PORT FEATURE");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || argc != 4 || storm.n < 1)
    {
      g_printerr ("storm [--clients N] [--times N] ADDRESS PORT FEATURE\n");
      return 2;
    }
  storm.address = argv[1];
  storm.port = (guint16) g_ascii_strtoull (argv[2], NULL, 10);
  storm.feature = argv[3];
  raise_descriptors ();
  if (!load_link_make_keys (MIN ((guint) storm.n, KEYS_MAX)))
    return 2;
  for (int i = 0; i < times; i++)
    ok = blow (&storm) && ok;
  load_link_free_keys ();
  return ok ? 0 : 1;
}
