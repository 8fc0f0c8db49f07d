/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The load generator: kept-alive connections in a closed loop, each with a TLS key of its own.
 *
 *   load [OPTIONS] ADDRESS PORT FEATURE
 *
 * takes leases with fresh ids for --seconds, then, unmeasured, gives them all back. Prints one
 * line of KEY=VALUE: checkouts, seconds, rate, p50_us, p99_us, cpu_us (of each --pid together, for
 * each checkout) ... */

#include "load-link.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* A server lets a key hold this many leases, and an address this many connections. */
#define LEASES_PER_LINK 9000
#define LINKS_PER_ADDRESS 1000
#define KEYS_MAX 256
#define ANSWER_WAIT_MS 20000
/* Buckets of the histogram: 2 % wide from 1 µs on. */
#define N_BUCKETS 1024
#define BUCKET_WIDTH 1.02

typedef struct
{
  char *address;
  guint16 port;
  char *feature;
  gboolean plain;
  gboolean keep;
  char *get;
  char **pids; /* (nullable) */
  int clients;
  int idle;
  int count;
  int addresses;
  double seconds;
} Options;

typedef struct
{
  Options options;
  LoadLink *links; /* the busy ones, then the idle ones */
  int epoll;
  guint32 nonce;
  gboolean releasing;
  guint asking;
  guint64 done;
  guint64 errors;
  guint64 lost;
  gint64 end; /* ns */
  guint64 buckets[N_BUCKETS];
} Load;

/* --- figures --- */

static void
note_latency (Load *self, gint64 ns)
{
  double us = MAX ((double) ns / 1000, 1);
  guint bucket = (guint) (log (us) / log (BUCKET_WIDTH));

  self->buckets[MIN (bucket, N_BUCKETS - 1)]++;
}

static double
percentile (const Load *self, double share)
{
  guint64 rank = (guint64) (share * (double) self->done);
  guint64 seen = 0;

  for (guint i = 0; i < N_BUCKETS; i++)
    if ((seen += self->buckets[i]) > rank)
      return pow (BUCKET_WIDTH, i + 0.5);
  return 0;
}

static double
cpu_seconds (int pid)
{
  struct timespec used = { 0, 0 };
  clockid_t clock;

  if (pid > 0 && clock_getcpuclockid (pid, &clock) == 0)
    clock_gettime (clock, &used);
  return (double) used.tv_sec + (double) used.tv_nsec / 1e9;
}

/* --- what a client does --- */

/* Like the ids of real clients, these say nothing of their order; the finish of splitmix64. */
static guint64
scatter (guint64 value)
{
  value = (value ^ (value >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ (value >> 31);
}

static void
write_id (const Load *self, const LoadLink *link, guint64 serial, char id[33])
{
  guint64 number = (guint64) link->number << 40 | serial;

  g_snprintf (id, 33, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
              scatter (number ^ (guint64) self->nonce << 32), scatter (number));
}

static gboolean
ask_next (Load *self, LoadLink *link)
{
  const Options *options = &self->options;
  char path[96];
  char body[256];
  char id[33];

  if (options->get != NULL)
    return load_link_ask (link, "GET", options->get, NULL);
  if (self->releasing)
    {
      write_id (self, link, link->given_back, id);
      g_snprintf (path, sizeof path, "/api/v1/leases/%s", id);
      return load_link_ask (link, "DELETE", path, NULL);
    }
  write_id (self, link, link->taken, id);
  g_snprintf (body, sizeof body,
              "{\"id\":\"%s\",\"feature\":\"%s\",\"ttl_s\":3600,"
              "\"holder\":{\"user\":\"load\",\"host\":\"bench-%u\"}}",
              id, options->feature, link->number);
  return load_link_ask (link, "POST", "/api/v1/leases", body);
}

static gboolean
has_more (const Load *self, const LoadLink *link)
{
  const Options *options = &self->options;

  if (options->get != NULL)
    return load_now () < self->end;
  if (self->releasing)
    return link->given_back < link->taken;
  if (options->count > 0 && self->done + self->asking >= (guint64) options->count)
    return FALSE;
  return link->taken < LEASES_PER_LINK && load_now () < self->end;
}

static void
go_on (Load *self, LoadLink *link)
{
  if (!has_more (self, link))
    return;
  if (ask_next (self, link))
    self->asking++;
  else
    self->lost++;
}

/* Of all the processes that were named. */
static double
servers_cpu_seconds (const Options *options)
{
  double sum = 0;

  for (guint i = 0; options->pids != NULL && options->pids[i] != NULL; i++)
    sum += cpu_seconds ((int) g_ascii_strtoll (options->pids[i], NULL, 10));
  return sum;
}

static void
take_answer (Load *self, LoadLink *link, guint status, const char *text)
{
  self->asking--;
  if (status < 200 || status > 299)
    {
      if (self->errors++ == 0)
        g_printerr ("status %u: %s\n", status, text);
      if (self->errors > 100)
        self->end = 0;
    }
  if (self->releasing)
    {
      link->given_back++;
      return;
    }
  note_latency (self, load_now () - link->sent_at);
  self->done++;
  link->taken++;
}

static void
on_ready (Load *self, LoadLink *link)
{
  guint status;
  const char *text;

  switch (load_link_read (link, &status, &text))
    {
    case LOAD_MORE:
      return;
    case LOAD_ANSWERED:
      if ((int) link->number >= self->options.clients)
        return;
      take_answer (self, link, status, text);
      go_on (self, link);
      return;
    case LOAD_BROKEN:
    default:
      self->lost++;
      self->asking -= link->asking && (int) link->number < self->options.clients;
      epoll_ctl (self->epoll, EPOLL_CTL_DEL, link->fd, NULL);
      load_link_close (link);
    }
}

static gboolean
turn (Load *self)
{
  struct epoll_event events[256];
  int n = epoll_wait (self->epoll, events, G_N_ELEMENTS (events), ANSWER_WAIT_MS);

  for (int i = 0; i < n; i++)
    on_ready (self, events[i].data.ptr);
  return n > 0 || (n < 0 && errno == EINTR);
}

/* All busy clients at it, until none has anything left to do. */
static gboolean
run (Load *self)
{
  for (int i = 0; i < self->options.clients; i++)
    go_on (self, &self->links[i]);
  while (self->asking > 0)
    if (!turn (self))
      return FALSE;
  return TRUE;
}

/* --- start --- */

static gboolean
open_link (Load *self, guint number)
{
  const Options *options = &self->options;
  guint spread = MAX ((guint) options->addresses,
                      (guint) (options->clients + options->idle) / LINKS_PER_ADDRESS + 1);
  LoadLink *link = &self->links[number];
  struct epoll_event event = { EPOLLIN | EPOLLRDHUP, { .ptr = link } };
  g_autofree char *source = g_strdup_printf ("127.0.1.%u", 1 + number % MIN (spread, 250));

  link->number = number;
  if (!load_link_open (link, source, options->address, options->port, !options->plain))
    {
      g_printerr ("connection %u: %s\n", number, g_strerror (errno));
      return FALSE;
    }
  epoll_ctl (self->epoll, EPOLL_CTL_ADD, link->fd, &event);
  /* One answered request makes it a kept-alive one, which may be idle for long. */
  if (!load_link_ask (link, "GET", "/api/v1/health", NULL))
    return FALSE;
  while (link->asking)
    if (!turn (self) || link->fd < 0)
      return FALSE;
  return TRUE;
}

static gboolean
open_links (Load *self)
{
  const Options *options = &self->options;
  guint n = (guint) (options->clients + options->idle);
  int clients = options->clients;

  self->links = g_new0 (LoadLink, n);
  if (!options->plain && !load_link_make_keys (MIN (n, KEYS_MAX)))
    return FALSE;
  /* Answers to the first request are not counted. */
  self->options.clients = 0;
  for (guint i = 0; i < n; i++)
    if (!open_link (self, i))
      return FALSE;
  self->options.clients = clients;
  return TRUE;
}

static gboolean
measure (Load *self)
{
  const Options *options = &self->options;
  gint64 start = load_now ();
  double cpu = servers_cpu_seconds (options);
  double own = cpu_seconds (getpid ());
  double seconds;
  gboolean ok;

  self->end = start + (gint64) (options->seconds * 1e9);
  ok = run (self);
  seconds = (double) (load_now () - start) / 1e9;
  cpu = servers_cpu_seconds (options) - cpu;
  own = cpu_seconds (getpid ()) - own;
  g_print ("checkouts=%" G_GUINT64_FORMAT " seconds=%.3f rate=%.0f p50_us=%.1f p99_us=%.1f "
           "cpu_us=%.2f own_cpu_us=%.2f errors=%" G_GUINT64_FORMAT " lost=%" G_GUINT64_FORMAT,
           self->done, seconds, (double) self->done / seconds, percentile (self, 0.5),
           percentile (self, 0.99), cpu * 1e6 / (double) MAX (self->done, 1),
           own * 1e6 / (double) MAX (self->done, 1), self->errors, self->lost);
  return ok;
}

static gboolean
give_back (Load *self)
{
  gint64 start = load_now ();
  double seconds;
  gboolean ok;

  if (self->options.keep || self->options.get != NULL)
    return TRUE;
  self->releasing = TRUE;
  ok = run (self);
  seconds = (double) (load_now () - start) / 1e9;
  g_print (" release_rate=%.0f", (double) self->done / seconds);
  return ok;
}

static gboolean
read_options (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[]
      = { { "clients", 'c', 0, G_OPTION_ARG_INT, &options->clients, "Busy clients", "N" },
          { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &options->seconds, "How long at most", "S" },
          { "count", 'n', 0, G_OPTION_ARG_INT, &options->count, "How many checkouts at most", "N" },
          { "idle", 'i', 0, G_OPTION_ARG_INT, &options->idle, "Idle connections beside them", "N" },
          { "plain", 0, 0, G_OPTION_ARG_NONE, &options->plain, "Without TLS", NULL },
          { "keep", 0, 0, G_OPTION_ARG_NONE, &options->keep, "Do not give leases back", NULL },
          { "addresses", 0, 0, G_OPTION_ARG_INT, &options->addresses, "Come from so many", "N" },
          { "get", 0, 0, G_OPTION_ARG_STRING, &options->get, "Read PATH instead", "PATH" },
          { "pid", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->pids, "Process whose CPU time counts",
            "PID" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("ADDRESS PORT FEATURE");
  g_autoptr (GError) error = NULL;

  options->clients = 1;
  options->seconds = 1;
  options->addresses = 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 4 || options->clients < 1
      || options->idle < 0)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "load [OPTIONS] ADDRESS PORT FEATURE");
      return FALSE;
    }
  options->address = argv[1];
  options->port = (guint16) g_ascii_strtoull (argv[2], NULL, 10);
  options->feature = argv[3];
  return TRUE;
}

int
main (int argc, char **argv)
{
  Load load = { .epoll = epoll_create1 (EPOLL_CLOEXEC), .nonce = g_random_int () };
  gboolean ok;

  if (!read_options (&load.options, argc, argv))
    return 2;
  ok = open_links (&load) && measure (&load) && give_back (&load);
  g_print ("\n");
  if (!ok)
    g_printerr ("no answer, or no connection\n");
  for (int i = 0; load.links != NULL && i < load.options.clients + load.options.idle; i++)
    load_link_close (&load.links[i]);
  load_link_free_keys ();
  g_free (load.links);
  return ok ? 0 : 1;
}
