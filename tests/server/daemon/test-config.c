/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/daemon/trias-config.h"

static void
test_good (void)
{
  g_autoptr (TriasConfig) config = trias_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (trias_config_parse (config,
                                     "# a comment\n"
                                     "\n"
                                     "[server]\n"
                                     "listen = 192.0.2.1:7643 ; [2001:db8::1]:0\r\n"
                                     "name=Druckerei Süd\n"
                                     "state=/srv/trias\n"
                                     "issuers = /srv/issuers\n"
                                     "socket=/run/trias.sock\n"
                                     "log-level=debug\n"
                                     "[limits]\n"
                                     "connections-per-key = 0\n"
                                     "idle-timeout-s=5",
                                     "test.conf", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (config->listen), ==, 2);
  g_assert_cmpstr (config->listen[0], ==, "192.0.2.1:7643");
  g_assert_cmpstr (config->listen[1], ==, "[2001:db8::1]:0");
  g_assert_cmpstr (config->name, ==, "Druckerei Süd");
  g_assert_cmpstr (config->state, ==, "/srv/trias");
  g_assert_cmpstr (config->issuers, ==, "/srv/issuers");
  g_assert_cmpstr (config->socket, ==, "/run/trias.sock");
  g_assert_cmpint (config->log_level, ==, G_LOG_LEVEL_DEBUG);
  g_assert_cmpuint (config->limits.connections_per_key, ==, 0);
  g_assert_cmpuint (config->limits.idle_timeout_s, ==, 5);
}

static void
test_defaults (void)
{
  g_autoptr (TriasConfig) config = trias_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length (config->listen), >=, 1);
  g_assert_cmpstr (config->listen[0], ==, "0.0.0.0:7643");
  g_assert_null (config->socket);
  g_assert_false (config->plain);
  g_assert_true (trias_config_parse (config, "", "empty.conf", &error));
  g_assert_no_error (error);
}

/* Every error names file and line and what is allowed. */
static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    const char *line;
    const char *allowed;
  } bad[] = {
    { "[server]\nport=7643\n", "x.conf:2: ", "listen, name, state" },
    { "[server]\n\n[sever]\n", "x.conf:3: ", "[server], [limits]" },
    { "name=a\n", "x.conf:1: ", "[server]" },
    { "[server]\nname\n", "x.conf:2: ", "KEY=VALUE" },
    { "[server\n", "x.conf:1: ", "[server]" },
    { "[server]\nname=\n", "x.conf:2: ", "1 to 256" },
    { "[server]\nname=a\nname=b\n", "x.conf:3: ", "twice" },
    { "[server]\nlisten=localhost:7643\n", "x.conf:2: ", "192.0.2.1:7643" },
    { "[server]\nlisten=192.0.2.1\n", "x.conf:2: ", "192.0.2.1:7643" },
    { "[server]\nlisten=192.0.2.1:65536\n", "x.conf:2: ", "192.0.2.1:7643" },
    { "[server]\nlisten=2001:db8::1:7643\n", "x.conf:2: ", "[2001:db8::1]" },
    { "[server]\nlisten=[192.0.2.1]:7643\n", "x.conf:2: ", "[2001:db8::1]" },
    { "[server]\nlisten=;\n", "x.conf:2: ", "1 to 32" },
    { "[server]\nstate=var/lib\n", "x.conf:2: ", "absolute" },
    { "[server]\nlog-level=loud\n", "x.conf:2: ", "warning, message, info, debug" },
    { "[limits]\nconnections=9\n", "x.conf:2: ", "from 10 to 1000000" },
    { "[limits]\nconnections=1e9\n", "x.conf:2: ", "whole number" },
    { "[limits]\nidle-timeout-s=-1\n", "x.conf:2: ", "from 1 to 86400" },
    { "[limits]\nlisten=192.0.2.1:1\n", "x.conf:2: ", "connections, connections-per-address" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TriasConfig) config = trias_config_new ();
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i].text);
      g_assert_false (trias_config_parse (config, bad[i].text, "x.conf", &error));
      g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
      g_assert_true (g_str_has_prefix (error->message, bad[i].line));
      g_assert_nonnull (strstr (error->message, bad[i].allowed));
    }
}

/* Who mends a file wants to know of all mistakes at once, and of each but once. */
static void
test_all_mistakes (void)
{
  g_autoptr (TriasConfig) config = trias_config_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_false (trias_config_parse (
      config,
      "[server]\nport=1\nname=a\nlog-level=loud\n[sever]\nname=b\n[limits]\nconnections=9\n",
      "x.conf", &error));
  lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_prefix (lines[0], "x.conf:2: "));
  g_assert_true (g_str_has_prefix (lines[1], "x.conf:4: "));
  g_assert_true (g_str_has_prefix (lines[2], "x.conf:5: "));
  g_assert_true (g_str_has_prefix (lines[3], "x.conf:8: "));
}

static void
test_file (void)
{
  g_autoptr (TriasConfig) config = trias_config_new ();
  g_autofree char *sample = g_test_build_filename (G_TEST_BUILT, "..", "data", "triasd.conf", NULL);
  g_autofree char *text = NULL;
  g_autofree char *open = NULL;
  g_autoptr (GRegex) comment = g_regex_new ("^#([a-z-]+=)", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (trias_config_load (config, "/nonexistent/triasd.conf", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
  g_clear_error (&error);
  /* The sample that is shipped, as it is and with all its settings switched on. */
  trias_config_load (config, sample, &error);
  g_assert_no_error (error);
  g_file_get_contents (sample, &text, NULL, &error);
  g_assert_no_error (error);
  open = g_regex_replace (comment, text, -1, 0, "\\1", 0, &error);
  g_assert_cmpstr (open, !=, text);
  trias_config_parse (config, open, "triasd.conf", &error);
  g_assert_no_error (error);
  /* What is commented out there is what holds without it, wherever this was installed. */
  g_assert_cmpstr (config->state, ==, TRIAS_STATEDIR);
  g_assert_cmpstr (config->issuers, ==, TRIAS_SYSCONFDIR "/trias/issuers");
  g_assert_cmpstr (config->socket, ==, TRIAS_STATEDIR "/admin.sock");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/good", test_good);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/bad", test_bad);
  g_test_add_func ("/config/file", test_file);
  g_test_add_func ("/config/all-mistakes", test_all_mistakes);
  return g_test_run ();
}
