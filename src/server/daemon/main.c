/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "triasd"

#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <glib-unix.h>

#ifdef HAVE_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

#include "core/trias-process.h"
#include "server/daemon/trias-daemon.h"

#define DEFAULT_CONFIG TRIAS_SYSCONFDIR "/trias/triasd.conf"
#define EXIT_USAGE 2

typedef struct
{
  char *config;
  char *state;
  char *name;
  char *issuers;
  char **listen;
  gboolean check_config;
  gboolean version;
  gboolean plain;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->config);
  g_free (options->state);
  g_free (options->name);
  g_free (options->issuers);
  g_strfreev (options->listen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[]
      = { { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
            "Configuration file (" DEFAULT_CONFIG ")", "FILE" },
          { "state", 's', 0, G_OPTION_ARG_FILENAME, &options->state,
            "Folder of everything the server keeps", "DIR" },
          { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &options->listen,
            "Address to listen on; may be given more than once", "ADDRESS:PORT" },
          { "name", 'n', 0, G_OPTION_ARG_STRING, &options->name, "Name of the server", "NAME" },
          { "issuers", 'i', 0, G_OPTION_ARG_FILENAME, &options->issuers,
            "Folder of the issuers' public keys", "DIR" },
          { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
            "Check the configuration and end", NULL },
          { "version", 'V', 0, G_OPTION_ARG_NONE, &options->version, "Show the version and end",
            NULL },
          { "plain", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options->plain,
            "Without TLS, on loopback only, for benchmarks", NULL },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("– licence server");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc <= 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "Unexpected argument “%s”",
               (*argv)[1]);
  return FALSE;
}

static void
set_folder (char **member, const char *folder)
{
  if (folder == NULL)
    return;
  g_free (*member);
  *member = g_canonicalize_filename (folder, NULL);
}

static TriasConfig *
make_config (const Options *options, GError **error)
{
  g_autoptr (TriasConfig) config = trias_config_new ();
  const char *path = options->config != NULL ? options->config : DEFAULT_CONFIG;

  /* The file that everybody has may be missing; one that was named must be there. */
  if ((options->config != NULL || g_file_test (path, G_FILE_TEST_EXISTS))
      && !trias_config_load (config, path, error))
    return NULL;
  if (options->name != NULL && !trias_config_set_name (config, options->name, error))
    return NULL;
  if (options->listen != NULL
      && !trias_config_set_listen (config, (const char *const *) options->listen, error))
    return NULL;
  set_folder (&config->state, options->state);
  set_folder (&config->issuers, options->issuers);
  config->plain = options->plain;
  return g_steal_pointer (&config);
}

/* --- the process --- */

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const TriasConfig *config = user_data;

  if ((level & G_LOG_LEVEL_MASK) > config->log_level)
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (STDERR_FILENO)
      && g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_standard_streams (level, fields, n_fields, NULL);
}

static void
raise_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
    return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_message ("The number of open files cannot be raised: %s", g_strerror (errno));
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static int
serve (TriasConfig *config)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  TriasDaemon *daemon;
  guint term, interrupt;

  g_log_set_writer_func (log_writer, config, NULL);
  raise_descriptors ();
  term = g_unix_signal_add (SIGTERM, quit_cb, loop);
  interrupt = g_unix_signal_add (SIGINT, quit_cb, loop);
  daemon = trias_daemon_start (config, &error);
  if (daemon == NULL)
    {
      g_printerr ("triasd: %s\n", error->message);
      return EXIT_FAILURE;
    }
  g_main_loop_run (loop);
  trias_daemon_stop (daemon);
  g_source_remove (term);
  g_source_remove (interrupt);
  return EXIT_SUCCESS;
}

/* What a storm of clients needed goes back to the system also when nothing happens any more. */
static void
return_unused_memory (void)
{
#ifdef HAVE_JEMALLOC
  bool yes = true;

  if (mallctl ("background_thread", NULL, NULL, &yes, sizeof yes) != 0)
    g_debug ("the allocator keeps what it once had");
#endif
}

int
main (int argc, char *argv[])
{
  g_auto (Options) options = { 0 };
  g_autoptr (TriasConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_CTYPE, "C.UTF-8");
  umask (0077);
  signal (SIGPIPE, SIG_IGN);
  /* A file that grows beyond a limit is an error of the disk, not the end. */
  signal (SIGXFSZ, SIG_IGN);
  trias_process_begin ();
  if (!parse_options (&options, &argc, &argv, &error))
    {
      g_printerr ("triasd: %s\nSee triasd --help.\n", error->message);
      return EXIT_USAGE;
    }
  if (options.version)
    {
      g_print ("triasd %s\n", TRIAS_VERSION);
      return EXIT_SUCCESS;
    }
  config = make_config (&options, &error);
  if (config == NULL)
    {
      g_printerr ("triasd: %s\n", error->message);
      return EXIT_USAGE;
    }
  if (!options.check_config)
    {
      return_unused_memory ();
      return serve (config);
    }
  if (options.config == NULL && !g_file_test (DEFAULT_CONFIG, G_FILE_TEST_EXISTS))
    g_print ("There is no file %s; the defaults are used, and they are good.\n", DEFAULT_CONFIG);
  else
    g_print ("The configuration is good.\n");
  return EXIT_SUCCESS;
}
