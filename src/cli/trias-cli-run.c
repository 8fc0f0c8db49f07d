/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `trias run`: a command that runs while a seat is held. */

#include "cli/trias-cli-duration.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "client/trias-reason-words.h"

#define STOP_GRACE_S 10

/** One run. */
typedef struct
{
  TriasFailoverLease *lease; /* (owned) */
  FILE *trace;               /* (nullable) */
  char *traced;              /* (owned) (nullable) lease of the last line */
  GPid pid;                  /* 0 = not running */
  int code;
  gboolean lost;
  gboolean keep_running;
} Run;

static void
write_line (Run *run, const char *event, const char *lease)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *line = NULL;
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "event", event);
  trias_json_add_string (writer, "lease", lease);
  trias_json_add_string (writer, "server", trias_failover_lease_get_server_id (run->lease));
  trias_json_add_string (writer, "feature", trias_failover_lease_get_feature (run->lease));
  trias_json_add_int (writer, "time_us", now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000);
  trias_json_end_object (writer);
  line = trias_json_writer_end (writer, NULL);
  fprintf (run->trace, "%s\n", line);
  fflush (run->trace);
}

/* A line for audits: what this client believed, on the boot-time clock that all processes of a
 * machine share. A seat that was gone and asked for anew has another id: the old one ends. */
static void
trace (Run *run, const char *event)
{
  const char *lease = trias_failover_lease_get_id (run->lease);

  if (run->trace == NULL)
    return;
  if (run->traced != NULL && !g_str_equal (run->traced, lease))
    write_line (run, "replaced", run->traced);
  write_line (run, event, lease);
  g_free (run->traced);
  run->traced = g_strdup (lease);
}

static gboolean
kill_hard_cb (gpointer data)
{
  Run *run = data;

  if (run->pid != 0)
    kill (run->pid, SIGKILL);
  return G_SOURCE_REMOVE;
}

static void
lost_cb (TriasFailoverLease *lease, GError *error, gpointer data)
{
  Run *run = data;
  g_autofree char *text = NULL;

  run->lost = TRUE;
  trace (run, "lost");
  text = trias_reason_words_line (error);
  g_printerr (_ ("trias: the seat was lost: %s\n"), text);
  if (run->keep_running || run->pid == 0)
    return;
  g_printerr (_ ("trias: the command is asked to stop.\n"));
  kill (run->pid, SIGTERM);
  g_timeout_add_seconds (STOP_GRACE_S, kill_hard_cb, run);
}

static void
moved_cb (TriasFailoverLease *lease, const char *server_id, gpointer data)
{
  trace (data, "moved");
}

static void
ended_cb (GPid pid, int status, gpointer data)
{
  Run *run = data;

  run->code = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  run->pid = 0;
  g_spawn_close_pid (pid);
}

static gboolean
interrupt_cb (gpointer data)
{
  Run *run = data;

  if (run->pid != 0)
    kill (run->pid, SIGINT);
  return G_SOURCE_CONTINUE;
}

static gboolean
terminate_cb (gpointer data)
{
  Run *run = data;

  if (run->pid != 0)
    kill (run->pid, SIGTERM);
  return G_SOURCE_CONTINUE;
}

/* Names of known servers become what a client needs: address and fingerprint. */
static char **
pin_all (TriasServers *known, const char *const *texts, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autofree char *stripped = g_strstrip (g_strdup (texts[i]));
      g_autofree char *pinned = trias_cli_pinned (known, stripped);

      if (strchr (pinned, '#') == NULL)
        {
          trias_cli_usage (error,
                           _ ("“%s” is no known server and has no fingerprint. Write "
                              "ADDRESS#FINGERPRINT, or add it first: trias server add %s"),
                           pinned, pinned);
          return NULL;
        }
      g_strv_builder_add (builder, pinned);
    }
  return g_strv_builder_end (builder);
}

/* The servers to ask: --server, $TRIAS_SERVERS (by commas), or those that this user remembers. */
static char **
servers_of (TriasCli *cli, GError **error)
{
  const char *variable = g_getenv ("TRIAS_SERVERS");
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  g_auto (GStrv) listed = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n;

  if (!trias_servers_restore (known, error))
    return NULL;
  if (cli->servers != NULL)
    return pin_all (known, (const char *const *) cli->servers, error);
  if (variable != NULL && *variable != '\0')
    {
      listed = g_strsplit (variable, ",", -1);
      return pin_all (known, (const char *const *) listed, error);
    }
  n = g_list_model_get_n_items (G_LIST_MODEL (known));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (known), i);
      g_autofree char *pinned = g_strdup_printf ("%s#%s", trias_server_get_address (server),
                                                 trias_server_get_fingerprint (server));
      g_strv_builder_add (builder, pinned);
    }
  if (n > 0)
    return g_strv_builder_end (builder);
  trias_cli_usage (
      error, "%s",
      _ ("Which servers? Name any of them with --server ADDRESS#FINGERPRINT or in TRIAS_SERVERS."));
  return NULL;
}

static gboolean
start_command (Run *run, char **argv, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!g_spawn_async (NULL, argv, NULL,
                      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH
                          | G_SPAWN_CHILD_INHERITS_STDIN,
                      NULL, NULL, &run->pid, &local))
    {
      return trias_cli_fail (error, TRIAS_EXIT_FAILED, _ ("The command %s cannot be started: %s"),
                             argv[0], local->message);
    }
  g_child_watch_add (run->pid, ended_cb, run);
  g_unix_signal_add (SIGINT, interrupt_cb, run);
  g_unix_signal_add (SIGTERM, terminate_cb, run);
  g_unix_signal_add (SIGHUP, terminate_cb, run);
  while (run->pid != 0)
    g_main_context_iteration (NULL, TRUE);
  return TRUE;
}

static void
release (Run *run)
{
  g_autoptr (GAsyncResult) released = NULL;

  if (run->lost)
    return;
  trace (run, "released"); /* from now on this client uses nothing, whatever the answer */
  trias_failover_lease_release_async (run->lease, NULL, trias_cli_store_result, &released);
  trias_failover_lease_release_finish (run->lease, trias_cli_wait (&released),
                                       NULL); /* it ends by itself otherwise */
}

/** Options of `run`. */
typedef struct
{
  char *feature, *product, *device, *trace, *ttl_text, *wait_text;
  int count;
  guint ttl, wait; /* seconds */
  gboolean keep_running;
} RunOptions;

static void
run_options_clear (RunOptions *self)
{
  g_free (self->feature);
  g_free (self->product);
  g_free (self->device);
  g_free (self->trace);
  g_free (self->ttl_text);
  g_free (self->wait_text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunOptions, run_options_clear)

static const TriasCliDuration ttl_range
    = { "--ttl", 1, TRIAS_LEASE_MIN_TTL_S, TRIAS_LEASE_MAX_TTL_S };
static const TriasCliDuration wait_range = { "--wait", 1, 0, 20 * 24 * 3600 };

static gboolean
parse_options (TriasCli *cli, RunOptions *o, GError **error)
{
  const GOptionEntry options[] = {
    { "feature", 'f', 0, G_OPTION_ARG_STRING, &o->feature, NULL, NULL },
    { "product", 0, 0, G_OPTION_ARG_STRING, &o->product, NULL, NULL },
    { "device", 0, 0, G_OPTION_ARG_STRING, &o->device, NULL, NULL },
    { "count", 'n', 0, G_OPTION_ARG_INT, &o->count, NULL, NULL },
    { "ttl", 0, 0, G_OPTION_ARG_STRING, &o->ttl_text, NULL, NULL },
    { "wait", 0, 0, G_OPTION_ARG_STRING, &o->wait_text, NULL, NULL },
    { "keep-running", 0, 0, G_OPTION_ARG_NONE, &o->keep_running, NULL, NULL },
    { "trace", 0, 0, G_OPTION_ARG_FILENAME, &o->trace, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!trias_cli_parse_strict (cli, options, error))
    return FALSE;
  if (cli->argc > 0 && g_str_equal (cli->argv[0], "--"))
    {
      cli->argv++;
      cli->argc--;
    }
  if (o->feature == NULL || cli->argc == 0)
    return trias_cli_usage (
        error, "%s",
        _ ("Usage: trias run --feature FEATURE [--server ADDRESS#FINGERPRINT]… -- COMMAND…"));
  if (o->count < 1 || o->count > TRIAS_LEASE_MAX_COUNT)
    return trias_cli_usage (error, _ ("--count is 1 to %d."), TRIAS_LEASE_MAX_COUNT);
  return (o->ttl_text == NULL || trias_cli_read_duration (&ttl_range, o->ttl_text, &o->ttl, error))
         && (o->wait_text == NULL
             || trias_cli_read_duration (&wait_range, o->wait_text, &o->wait, error));
}

static gboolean
pause_over_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Acquires; while all seats are taken, asks again each second for as long as --wait allows. */
static TriasFailoverLease *
acquire (TriasFailover *failover, const RunOptions *o, GError **error)
{
  TriasHolder holder = { (char *) g_get_user_name (), (char *) g_get_host_name (),
                         o->device != NULL ? o->device : (char *) "" };
  gint64 end = g_get_monotonic_time () + (gint64) o->wait * G_USEC_PER_SEC;

  while (TRUE)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) local = NULL;
      TriasFailoverLease *lease;
      gboolean over = FALSE;

      trias_failover_acquire_async (failover, o->feature, o->product, (guint) o->count, o->ttl,
                                    &holder, NULL, trias_cli_store_result, &result);
      lease = trias_failover_acquire_finish (failover, trias_cli_wait (&result), &local);
      if (lease != NULL || !g_error_matches (local, TRIAS_ERROR, TRIAS_REASON_NO_SEATS)
          || g_get_monotonic_time () >= end)
        {
          if (lease == NULL)
            g_propagate_error (error, g_steal_pointer (&local));
          return lease;
        }
      g_timeout_add (1000, pause_over_cb, &over);
      while (!over)
        g_main_context_iteration (NULL, TRUE);
    }
}

static gboolean
run_command (TriasCli *cli, int *code, GError **error)
{
  g_auto (RunOptions) o = { .count = 1 };
  g_auto (GStrv) servers = NULL;
  g_autoptr (TriasFailover) failover = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  Run run = { 0 };
  gboolean started;

  if (!parse_options (cli, &o, error))
    return FALSE;
  servers = servers_of (cli, error);
  failover
      = servers != NULL ? trias_failover_new ((const char *const *) servers, NULL, error) : NULL;
  if (failover == NULL)
    return FALSE;
  if (o.wait > 0)
    trias_failover_set_patience (failover, o.wait * 1000);
  *code = TRIAS_EXIT_UNAVAILABLE;
  lease = acquire (failover, &o, error);
  if (lease == NULL)
    return FALSE;
  run.lease = lease;
  run.keep_running = o.keep_running;
  run.trace = o.trace != NULL ? fopen (o.trace, "ae") : NULL;
  if (o.trace != NULL && run.trace == NULL)
    return trias_cli_usage (error, _ ("The file %s cannot be written: %s"), o.trace,
                            g_strerror (errno));
  trace (&run, "granted");
  g_signal_connect (lease, "lost", G_CALLBACK (lost_cb), &run);
  g_signal_connect (lease, "moved", G_CALLBACK (moved_cb), &run);
  started = start_command (&run, cli->argv, error);
  release (&run);
  g_signal_handlers_disconnect_by_data (lease, &run);
  if (run.trace != NULL)
    fclose (run.trace);
  g_free (run.traced);
  *code = !started ? 127 : run.lost && !run.keep_running ? TRIAS_EXIT_LOST : run.code;
  return started;
}

const TriasCommandEntry trias_cli_run[] = {
  { "run", NULL,
    "--feature F [--count N] [--ttl DURATION] [--wait DURATION] "
    "[--device D] [--keep-running] -- COMMAND…",
    N_ ("Run a command while a seat is held"), run_command },
  { NULL },
};
