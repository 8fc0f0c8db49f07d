/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-identity.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("trias-identity-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "identity.pem", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
}

static TriasIdentity *
generate (const char *name)
{
  GError *error = NULL;
  TriasIdentity *self = trias_identity_generate (name, &error);

  g_assert_no_error (error);
  return self;
}

static void
test_ids (void)
{
  g_autoptr (TriasIdentity) a = generate ("a"), b = generate (NULL);
  g_autoptr (GTlsCertificate) tls = NULL;
  g_autoptr (GTlsCertificate) public = NULL;
  g_autofree char *from_key = NULL, *from_tls = NULL, *from_public = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (trias_id_is_valid (trias_identity_get_id (a)));
  g_assert_cmpstr (trias_identity_get_id (a), !=, trias_identity_get_id (b));
  from_key = trias_id_from_public_key (trias_identity_get_public_key (a));
  g_assert_cmpstr (from_key, ==, trias_identity_get_id (a));
  tls = trias_identity_to_tls (a, &error);
  g_assert_no_error (error);
  from_tls = trias_id_from_tls (tls);
  g_assert_cmpstr (from_tls, ==, trias_identity_get_id (a));
  public = g_tls_certificate_new_from_pem (trias_identity_get_certificate_pem (a), -1, &error);
  g_assert_no_error (error);
  from_public = trias_id_from_tls (public);
  g_assert_cmpstr (from_public, ==, trias_identity_get_id (a));
  g_assert_null (trias_id_from_tls (NULL));
}

/* Known answer: the example public key of RFC 8410, section 10.1. */
static void
test_known_id (void)
{
  g_autofree char *id
      = trias_id_from_public_key ("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");

  g_assert_cmpstr (id, ==, "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f");
}

static void
test_bad_keys (void)
{
  static const char *const keys[] = {
    "",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZu",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuF=",
    "MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    " MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=AAAA",
    "\xcd"
    "CowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
  };

  g_assert_null (trias_id_from_public_key (NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_null (trias_id_from_public_key (keys[i]));
  g_assert_null (trias_id_from_certificate_der ("x", 1));
  g_assert_null (trias_id_from_certificate_der (NULL, 0));
}

static void
test_sign (void)
{
  g_autoptr (TriasIdentity) a = generate ("a"), b = generate ("b");
  g_autofree char *signature = trias_identity_sign (a, "text", 4, NULL);
  g_autofree char *cut = g_strndup (signature, strlen (signature) - 4);
  g_autofree char *changed = g_strdup (signature);
  g_autofree char *nothing = trias_identity_sign (a, "", 0, NULL);
  const char *key = trias_identity_get_public_key (a);

  changed[3] = changed[3] == 'A' ? 'B' : 'A';
  g_assert_true (trias_identity_verify (key, "text", 4, signature));
  g_assert_true (trias_identity_verify (key, "", 0, nothing));
  g_assert_false (trias_identity_verify (key, "Text", 4, signature));
  g_assert_false (trias_identity_verify (key, "text", 3, signature));
  g_assert_false (trias_identity_verify (trias_identity_get_public_key (b), "text", 4, signature));
  g_assert_false (trias_identity_verify (key, "text", 4, cut));
  g_assert_false (trias_identity_verify (key, "text", 4, changed));
  g_assert_false (trias_identity_verify (key, "text", 4, ""));
  g_assert_false (trias_identity_verify (key, "text", 4, NULL));
  g_assert_false (trias_identity_verify (NULL, "text", 4, signature));
  g_assert_false (trias_identity_verify ("nonsense", "text", 4, signature));
}

static void
test_file (Fixture *self, gconstpointer data)
{
  g_autoptr (TriasIdentity) made = generate ("nord");
  g_autoptr (TriasIdentity) loaded = NULL;
  g_autofree char *signature = NULL;
  GError *error = NULL;
  struct stat info;
  mode_t mask = umask (0);

  g_assert_true (trias_identity_save (made, self->path, &error));
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  loaded = trias_identity_load (self->path, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (trias_identity_get_certificate_pem (loaded), "PRIVATE"));
  g_assert_cmpstr (trias_identity_get_id (loaded), ==, trias_identity_get_id (made));
  g_assert_cmpstr (trias_identity_get_certificate_pem (loaded), ==,
                   trias_identity_get_certificate_pem (made));
  g_assert_cmpstr (trias_identity_get_key_pem (loaded), ==, trias_identity_get_key_pem (made));
  signature = trias_identity_sign (loaded, "x", 1, NULL);
  g_assert_true (trias_identity_verify (trias_identity_get_public_key (made), "x", 1, signature));
  /* Saved again over itself, and nothing left beside it. */
  g_assert_true (trias_identity_save (loaded, self->path, &error));
  g_assert_cmpint (g_remove (self->path), ==, 0);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
}

static void
test_open_file (Fixture *self, gconstpointer data)
{
  static const int modes[] = { 0640, 0604, 0620, 0610, 0644, 0601 };
  g_autoptr (TriasIdentity) made = generate ("nord");
  GError *error = NULL;

  g_assert_true (trias_identity_save (made, self->path, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_chmod (self->path, modes[i]);
      g_assert_null (trias_identity_load (self->path, &error));
      core_test_refused (error, TRIAS_REASON_FORBIDDEN);
      g_assert_null (trias_identity_load_or_create (self->path, "x", NULL, &error));
      core_test_refused (error, TRIAS_REASON_FORBIDDEN);
    }
}

static void
write_secret (const char *path, const char *text)
{
  GError *error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
test_damaged_file (Fixture *self, gconstpointer data)
{
  g_autoptr (TriasIdentity) a = generate ("a"), b = generate ("b");
  g_autofree char *mixed
      = g_strconcat (trias_identity_get_certificate_pem (a), trias_identity_get_key_pem (b), NULL);
  GError *error = NULL;

  g_assert_null (trias_identity_load (self->path, &error));
  core_test_refused (error, TRIAS_REASON_NOT_FOUND);
  g_assert_null (trias_identity_load (self->folder, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  write_secret (self->path, "");
  g_assert_null (trias_identity_load (self->path, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  write_secret (self->path, trias_identity_get_certificate_pem (a));
  g_assert_null (trias_identity_load (self->path, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  write_secret (self->path, mixed);
  g_assert_null (trias_identity_load (self->path, &error));
  core_test_refused (error, TRIAS_REASON_KEY_MISMATCH);
  /* GnuTLS reads a key that was cut off as another key; it must not pass for the right one. */
  for (gsize lost = 1; lost < strlen (trias_identity_get_key_pem (a)) - 1; lost++)
    {
      g_autofree char *cut = g_strconcat (trias_identity_get_certificate_pem (a),
                                          trias_identity_get_key_pem (a), NULL);
      g_autoptr (TriasIdentity) read = NULL;

      cut[strlen (cut) - lost] = '\0';
      write_secret (self->path, cut);
      read = trias_identity_load (self->path, &error);
      if (read != NULL)
        g_assert_cmpstr (trias_identity_get_key_pem (read), ==, trias_identity_get_key_pem (a));
      else
        g_assert_true (error->domain == TRIAS_ERROR);
      g_clear_error (&error);
    }
}

static void
test_load_or_create (Fixture *self, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (self->folder, "new", "id.pem", NULL);
  g_autofree char *sub = g_path_get_dirname (deep);
  g_autoptr (TriasIdentity) first = NULL, second = NULL;
  gboolean created = FALSE;
  GError *error = NULL;

  first = trias_identity_load_or_create (deep, "süd", &created, &error);
  g_assert_no_error (error);
  g_assert_true (created);
  second = trias_identity_load_or_create (deep, "süd", &created, &error);
  g_assert_no_error (error);
  g_assert_false (created);
  g_assert_cmpstr (trias_identity_get_id (first), ==, trias_identity_get_id (second));
  g_remove (deep);
  g_assert_cmpint (g_rmdir (sub), ==, 0);
}

static gpointer
create_in_thread (gpointer path)
{
  g_autoptr (TriasIdentity) self = trias_identity_load_or_create (path, "x", NULL, NULL);

  return g_strdup (self != NULL ? trias_identity_get_id (self) : "none");
}

/* Many that start at once must all end with the same identity. */
static void
test_race (Fixture *self, gconstpointer data)
{
  GThread *threads[8];
  g_autofree char *first = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("create", create_in_thread, self->path);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *id = g_thread_join (threads[i]);

      g_assert_true (trias_id_is_valid (id));
      if (first == NULL)
        first = g_steal_pointer (&id);
      else
        g_assert_cmpstr (id, ==, first);
    }
}

static void
test_names (void)
{
  g_autofree char *long_name = g_strnfill (500, 'x');
  g_autoptr (TriasIdentity) a = generate (long_name), b = generate ("\xff\xfe"),
                            c = generate ("grüße, \"O=x\"");

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_nonnull (c);
}

static void
test_forms (void)
{
  const char *id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_autofree char *shown = trias_id_format (id);
  g_autofree char *brief = trias_id_short (id);
  g_autofree char *a = trias_random_id ();
  g_autofree char *b = trias_random_id ();
  g_autofree char *upper = g_ascii_strup (id, -1);
  g_autofree char *longer = g_strconcat (id, "0", NULL);

  g_assert_cmpstr (shown, ==,
                   "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567 89AB "
                   "CDEF");
  g_assert_cmpstr (brief, ==, "0123456789ab");
  g_assert_cmpuint (strlen (a), ==, 32);
  g_assert_cmpstr (a, !=, b);
  g_assert_true (trias_id_is_valid (id));
  g_assert_false (trias_id_is_valid (upper));
  g_assert_false (trias_id_is_valid (longer));
  g_assert_false (trias_id_is_valid (id + 1));
  g_assert_false (trias_id_is_valid (""));
  g_assert_false (trias_id_is_valid (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/ids", test_ids);
  g_test_add_func ("/identity/known-id", test_known_id);
  g_test_add_func ("/identity/bad-keys", test_bad_keys);
  g_test_add_func ("/identity/sign", test_sign);
  g_test_add_func ("/identity/names", test_names);
  g_test_add_func ("/identity/forms", test_forms);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/identity/file", test_file);
  ADD ("/identity/open-file", test_open_file);
  ADD ("/identity/damaged-file", test_damaged_file);
  ADD ("/identity/load-or-create", test_load_or_create);
  ADD ("/identity/race", test_race);
  return g_test_run ();
}
