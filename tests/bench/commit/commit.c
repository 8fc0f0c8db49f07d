/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "../../server/keeper/keeper-fixture.h"

/* Durable grants and releases per second of the keeper without HTTP, beside plain fdatasync on the
 * same disk in the same run: commit [SECONDS] [ROUNDS]. Ratios are what to compare between runs. */

#define SEATS 100000
#define RECORD 256

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* Overwrites a file made beforehand, RECORD bytes at a time. */
static double
raw_rate (const char *folder, double seconds)
{
  g_autofree char *path = g_build_filename (folder, "raw", NULL);
  const gsize size = 8 * 1024 * 1024;
  g_autofree char *zeros = g_malloc0 (size);
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  gint64 start;
  guint n = 0;

  if (fd < 0 || write (fd, zeros, size) != (gssize) size || fsync (fd) != 0)
    g_error ("cannot write %s: %s", path, g_strerror (errno));
  start = g_get_monotonic_time ();
  while (seconds_since (start) < seconds)
    {
      if (pwrite (fd, zeros, RECORD, (off_t) (n * RECORD % size)) != RECORD || fdatasync (fd) != 0)
        g_error ("cannot write %s: %s", path, g_strerror (errno));
      n++;
    }
  close (fd);
  g_unlink (path);
  return n / seconds_since (start);
}

typedef struct
{
  Fixture *fixture;
  guint next;
  guint done;
  guint under_way;
  gboolean stop;
} Load;

typedef struct
{
  Load *load;
  char *id;
  gboolean held;
} Client;

static void act (Client *client);

static void
acted_cb (const TriasOutcome *outcome, gpointer user_data)
{
  Client *client = user_data;

  if (outcome->reason != TRIAS_REASON_NONE)
    g_error ("refused: %s", outcome->detail);
  client->load->done++;
  client->load->under_way--;
  client->held = !client->held;
  if (!client->load->stop)
    act (client);
}

/* Takes a seat, gives it back, and so on. */
static void
act (Client *client)
{
  Load *load = client->load;
  TriasFacts facts = { .key_id = CLIENT_ID, .address = "192.0.2.1" };
  TriasLease lease = {
    .key_id = (char *) CLIENT_ID,
    .feature = (char *) "editor",
    .product = (char *) "",
    .count = 1,
    .holder = { (char *) "user", (char *) "host", (char *) "" },
    .ttl_s = 3600,
  };
  TriasCommand *command;

  load->fixture->wall = g_get_real_time () / 1000;
  load->under_way++;
  if (client->held)
    command = trias_command_release (load->fixture->wall, client->id, CLIENT_ID, "");
  else
    {
      g_free (client->id);
      client->id = lease_id (load->next++);
      lease.id = client->id;
      command = trias_command_grant (load->fixture->wall, &lease, &facts);
    }
  trias_keeper_submit (load->fixture->keeper, command, acted_cb, client);
}

static double
keeper_rate (Fixture *fixture, guint outstanding, double seconds, guint *next)
{
  Load load = { .fixture = fixture, .next = *next };
  g_autofree Client *clients = g_new0 (Client, outstanding);
  gint64 start = g_get_monotonic_time ();
  double rate;

  for (guint i = 0; i < outstanding; i++)
    {
      clients[i].load = &load;
      act (&clients[i]);
    }
  while (seconds_since (start) < seconds)
    g_main_context_iteration (NULL, TRUE);
  rate = load.done / seconds_since (start);
  load.stop = TRUE;
  while (load.under_way > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < outstanding; i++)
    {
      if (clients[i].held)
        {
          load.done = 0;
          act (&clients[i]);
          while (load.done == 0)
            g_main_context_iteration (NULL, TRUE);
        }
      g_free (clients[i].id);
    }
  *next = load.next;
  return rate;
}

int
main (int argc, char *argv[])
{
  static const guint outstanding[] = { 1, 16, 64, 256 };
  double seconds = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 1.0;
  guint rounds = argc > 2 ? (guint) atoi (argv[2]) : 3;
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  guint next = 0;

  fixture->wall = g_get_real_time () / 1000;
  fixture_install (fixture, "editor", SEATS);
  g_print ("round\toutstanding\traw fdatasync/s\tgrants+releases/s\tratio\n");
  for (guint round = 0; round < rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (outstanding); i++)
      {
        double raw = raw_rate (fixture->folder, seconds / 2);
        double rate = keeper_rate (fixture, outstanding[i], seconds, &next);

        g_print ("%u\t%u\t%.0f\t%.0f\t%.2f\n", round, outstanding[i], raw, rate, rate / raw);
      }
  return EXIT_SUCCESS;
}
