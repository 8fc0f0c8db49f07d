/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* --- for issuers: no server is asked --- */

static gboolean
write_new (const char *path, const char *text, int mode, GError **error)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autoptr (GError) cause = NULL;

  if (g_file_set_contents_full (path, line, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, &cause))
    return TRUE;
  return trias_cli_fail (error, TRIAS_EXIT_FAILED, _ ("The file %s cannot be written: %s"), path,
                         cause->message);
}

/* Said before anything is made: a key without its other half is of no use to anybody. */
static gboolean
check_place (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return trias_cli_usage (error, _ ("%s exists already; it was not touched."), path);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return trias_cli_usage (error, _ ("There is no folder %s. Nothing was made."), folder);
  if (g_access (folder, W_OK) != 0)
    return trias_cli_usage (error, _ ("The folder %s cannot be written. Nothing was made."),
                            folder);
  return TRUE;
}

static gboolean
write_pair (const char *secret_path,
            const char *secret,
            const char *public_path,
            const char *public_key,
            GError **error)
{
  if (!check_place (secret_path, error) || !check_place (public_path, error)
      || !write_new (secret_path, secret, 0600, error))
    return FALSE;
  if (write_new (public_path, public_key, 0644, error))
    return TRUE;
  g_unlink (secret_path);
  return FALSE;
}

static gboolean
keygen (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *secret_path = NULL;
  g_autofree char *folder = NULL;
  gboolean test = FALSE;
  const GOptionEntry options[] = {
    { "secret", 0, 0, G_OPTION_ARG_FILENAME, &secret_path, NULL, NULL },
    { "issuers", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL },
    { "test", 0, 0, G_OPTION_ARG_NONE, &test, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *secret = NULL;
  g_autofree char *public_key = NULL;
  g_autofree char *file = NULL;
  g_autofree char *public_path = NULL;

  if (!trias_cli_parse (cli, options, 1, 1, error))
    return FALSE;
  if (secret_path == NULL)
    return trias_cli_usage (error, "%s",
                            _ ("Where shall the secret key go? Name a file with --secret FILE."));
  trias_issuer_generate (&secret, &public_key);
  file = g_strconcat (cli->argv[0], test ? ".test.pub" : ".pub", NULL);
  public_path = folder != NULL ? g_build_filename (folder, file, NULL) : g_strdup (file);
  if (!write_pair (secret_path, secret, public_path, public_key, error))
    return FALSE;
  trias_cli_done (
      cli, NULL,
      _ ("Secret key: %s\nPublic key: %s (copy it into the issuers folder of every server)"),
      secret_path, public_path);
  return TRUE;
}

/* Where the public key of @issuer is: in @folder, else where servers have it, else where keygen
 * puts it. %NULL without error if it is nowhere. */
static TriasIssuers *
find_issuer (const char *issuer, const char *folder, GError **error)
{
  const char *const usual[] = { TRIAS_SYSCONFDIR "/trias/issuers", ".", NULL };
  const char *const told[] = { folder, NULL };

  for (const char *const *place = folder != NULL ? told : usual; *place != NULL; place++)
    {
      g_autoptr (TriasIssuers) issuers = trias_issuers_load (*place, folder != NULL ? error : NULL);
      g_autofree char *known = issuers != NULL ? trias_issuers_fingerprint (issuers, issuer) : NULL;

      if (known != NULL)
        return g_steal_pointer (&issuers);
    }
  return NULL;
}

/* A licence that servers would refuse is not given out. */
static gboolean
check_issued (TriasCli *cli, const char *text, const char *key, const char *folder, GError **error)
{
  gsize length = strlen (text);
  g_autoptr (TriasLicense) license = trias_license_inspect (text, length, error);
  const char *issuer = license != NULL ? trias_license_get_issuer (license) : NULL;
  g_autoptr (TriasIssuers) issuers = NULL;
  g_autoptr (TriasLicense) good = NULL;
  g_autoptr (GError) failed = NULL;

  if (license == NULL)
    return FALSE;
  issuers = find_issuer (issuer, folder, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (issuers == NULL)
    {
      if (!cli->quiet)
        g_printerr (_ ("trias: The public key of “%s” was not found, so it was not checked whether "
                       "%s is its secret key. Name its folder with --issuers DIR.\n"),
                    issuer, key);
      return TRUE;
    }
  good = trias_license_parse (text, length, issuers, NULL);
  return good != NULL
         || trias_cli_fail (error, TRIAS_EXIT_FAILED,
                            _ ("The key %s is not that of the issuer “%s”: every server would "
                               "refuse the licence. Sign with the secret key that was made "
                               "together with its public key."),
                            key, issuer);
}

static gboolean
issue (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *key = NULL;
  g_autofree char *folder = NULL;
  const GOptionEntry options[] = {
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &key, NULL, NULL },
    { "issuers", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *secret = NULL;
  g_autofree char *payload = NULL;
  g_autofree char *text = NULL;

  if (!trias_cli_parse (cli, options, 1, 1, error))
    return FALSE;
  if (key == NULL)
    return trias_cli_usage (error, "%s",
                            _ ("Which key signs? Name the secret key with --key FILE."));
  secret = trias_cli_read_file (key, 4096, NULL, error);
  payload = secret != NULL
                ? trias_cli_read_file (cli->argv[0], TRIAS_LICENSE_MAX_BYTES, NULL, error)
                : NULL;
  if (payload == NULL)
    return FALSE;
  text = trias_license_issue (payload, g_strchomp (secret), error);
  if (text == NULL || !check_issued (cli, text, key, folder, error))
    return FALSE;
  g_print ("%s", text);
  return TRUE;
}

static void
print_license (TriasLicense *license)
{
  TriasTable *table = trias_table_new (_ ("Feature"), _ ("Seats"), _ ("Counted by"), _ ("From"),
                                       _ ("Until"), NULL);

  g_print (_ ("Licence %s, revision %u\nIssuer: %s\nLicensee: %s\nProduct: %s\n\n"),
           trias_license_get_id (license), trias_license_get_revision (license),
           trias_license_get_issuer (license), trias_license_get_licensee (license),
           trias_license_get_product (license));
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);
      g_autofree char *seats = g_strdup_printf ("%u", feature->seats);
      g_autofree char *from = trias_cli_format_time (feature->not_before);
      g_autofree char *until = trias_cli_format_time (feature->not_after);
      trias_table_add (table, feature->name, seats,
                       feature->counted_by == TRIAS_COUNTED_BY_DEVICE ? _ ("device") : _ ("lease"),
                       from, until, NULL);
    }
  trias_table_print (table, "");
}

/* When the last feature of @license ended: Unix ms; 0 if one goes on. @expired: a server says that
 * all have; else the own clock does. */
static gint64
find_end (TriasLicense *license, gboolean expired)
{
  gint64 now = g_get_real_time () / 1000;
  gint64 last = 0;

  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);
      gint64 end = trias_feature_end (feature);

      if (end == G_MAXINT64 || (!expired && end > now))
        return 0;
      last = MAX (last, feature->not_after);
    }
  return last;
}

/* Good and of no use: that has to be said. */
static void
warn_expired (TriasCli *cli, TriasLicense *license, gboolean expired)
{
  gint64 end = find_end (license, expired);
  g_autofree char *time = trias_cli_format_time (end);
  g_autofree char *text = NULL;

  if (end == 0)
    return;
  /* TRANSLATORS: date and time */
  text = g_strdup_printf (_ ("The licence has expired on %s; no server grants seats of it."), time);
  trias_cli_warn (cli, text);
}

static gboolean
inspect (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (TriasLicense) license = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  text = trias_cli_read_file (cli->argv[0], TRIAS_LICENSE_MAX_BYTES, &length, error);
  license = text != NULL ? trias_license_inspect (text, length, error) : NULL;
  if (license == NULL)
    return FALSE;
  print_license (license);
  g_print (
      "\n%s\n",
      _ ("The signature was not checked. Do that with: trias license verify --issuers DIR FILE"));
  warn_expired (cli, license, FALSE);
  return TRUE;
}

static gboolean
verify (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *folder = NULL;
  const GOptionEntry options[]
      = { { "issuers", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL }, G_OPTION_ENTRY_NULL };
  g_autoptr (TriasIssuers) issuers = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;
  g_autoptr (TriasLicense) license = NULL;

  if (!trias_cli_parse (cli, options, 1, 1, error))
    return FALSE;
  issuers = trias_issuers_load (folder != NULL ? folder : TRIAS_SYSCONFDIR "/trias/issuers", error);
  text = issuers != NULL
             ? trias_cli_read_file (cli->argv[0], TRIAS_LICENSE_MAX_BYTES, &length, error)
             : NULL;
  license = text != NULL ? trias_license_parse (text, length, issuers, error) : NULL;
  if (license == NULL)
    return FALSE;
  print_license (license);
  g_print ("\n%s\n", _ ("The signature is good."));
  warn_expired (cli, license, FALSE);
  return TRUE;
}

/* --- on a server --- */

static gboolean
is_expired (const TriasAnswer *answer)
{
  TriasJsonReader reader;
  gboolean expired;

  trias_json_reader_init (&reader, answer->json);
  expired = g_str_equal (trias_json_read_string_or (&reader, "state", 32, ""), "expired");
  return trias_json_reader_finish_lenient (&reader, NULL) && expired;
}

static gboolean
install (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasLicense) license = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  text = trias_cli_read_file (cli->argv[0], TRIAS_LICENSE_MAX_BYTES, NULL, error);
  rest = text != NULL ? trias_cli_open (cli, TRUE, error) : NULL;
  if (rest == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "text", text);
  trias_json_end_object (writer);
  answer
      = trias_cli_request (rest, "POST", "/licenses", trias_json_writer_end (writer, NULL), error);
  if (answer == NULL)
    return FALSE;
  trias_cli_done (cli, answer, "%s",
                  answer->status == 201 ? _ ("The licence is installed.")
                                        : _ ("The licence was installed already."));
  license = is_expired (answer) ? trias_license_inspect (text, strlen (text), NULL) : NULL;
  if (license != NULL)
    warn_expired (cli, license, TRUE);
  return TRUE;
}

static const char *
say_state (const char *word)
{
  if (g_str_equal (word, "valid"))
    return _ ("valid");
  if (g_str_equal (word, "expired"))
    return _ ("expired");
  if (g_str_equal (word, "not-yet-valid"))
    return _ ("not valid yet");
  if (g_str_equal (word, "elsewhere"))
    return _ ("bound to another server");
  if (g_str_equal (word, "resting"))
    return _ ("rests in the triad");
  return g_str_equal (word, "invalid") ? _ ("not valid") : word;
}

static void
add_row (TriasTable *table, const TriasJson *license)
{
  TriasJsonReader reader;
  const TriasJson *features;
  gint64 seats = 0, used = 0;
  g_autofree char *numbers = NULL;

  trias_json_reader_init (&reader, license);
  features = trias_json_read_array_or_null (&reader, "features", 1000);
  for (guint i = 0; features != NULL && i < trias_json_length (features); i++)
    {
      TriasJsonReader feature;
      trias_json_reader_init (&feature, trias_json_element (features, i));
      seats += trias_json_read_int_or (&feature, "seats", 0, G_MAXUINT32, 0);
      used += trias_json_read_int_or (&feature, "used", 0, G_MAXUINT32, 0);
      trias_json_reader_finish_lenient (&feature, NULL);
    }
  numbers = g_strdup_printf ("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, used, seats);
  trias_table_add (table, trias_json_read_string_or (&reader, "id", 128, ""),
                   trias_json_read_string_or (&reader, "product", 256, ""),
                   trias_json_read_string_or (&reader, "licensee", 256, ""),
                   say_state (trias_json_read_string_or (&reader, "state", 32, "")),
                   g_str_equal (trias_json_read_string_or (&reader, "source", 32, ""), "partner")
                       ? _ ("copy of the partner’s")
                       : _ ("own"),
                   numbers, NULL);
  trias_json_reader_finish_lenient (&reader, NULL);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasJson *licenses;
  TriasJsonReader reader;
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/licenses", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      trias_cli_print_json (answer);
      return TRUE;
    }
  table = trias_table_new (_ ("Id"), _ ("Product"), _ ("Licensee"), _ ("State"), _ ("Source"),
                           _ ("Used/Seats"), NULL);
  trias_json_reader_init (&reader, answer->json);
  licenses = trias_json_read_array (&reader, "licenses", 10000);
  for (guint i = 0; licenses != NULL && i < trias_json_length (licenses); i++)
    add_row (table, trias_json_element (licenses, i));
  trias_table_print (table, _ ("No licence is installed."));
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
remove_license (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  id = g_uri_escape_string (cli->argv[0], NULL, FALSE);
  path = g_strconcat ("/licenses/", id, cli->force ? "?force=true" : "", NULL);
  answer = trias_cli_request (rest, "DELETE", path, NULL, error);
  if (answer == NULL)
    return FALSE;
  trias_cli_done (cli, answer, _ ("The licence %s is removed."), cli->argv[0]);
  return TRUE;
}

const TriasCommandEntry trias_cli_license[] = {
  { "license", "list", "", N_ ("List licences and how much of them is used"), list },
  { "license", "install", "FILE", N_ ("Install a licence on a server"), install, TRIAS_CLI_HOLDER },
  { "license", "remove", "ID [--force]", N_ ("Remove a licence from a server"), remove_license,
    TRIAS_CLI_HOLDER },
  { "license", "inspect", "FILE", N_ ("Show what a licence file claims"), inspect },
  { "license", "verify", "[--issuers DIR] FILE", N_ ("Check a licence file's signature"), verify },
  { "license", "issue", "--key FILE [--issuers DIR] PAYLOAD", N_ ("Sign a licence (for issuers)"),
    issue },
  { "license", "keygen", "NAME --secret FILE [--issuers DIR] [--test]",
    N_ ("Make an issuer's key (for issuers)"), keygen },
  { NULL },
};
