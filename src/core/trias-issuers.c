/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-license-private.h"

#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_KEY_FILE_BYTES 1024
#define MAX_ISSUERS 256
#define SUFFIX ".pub"
#define TEST_SUFFIX ".test.pub"

struct _TriasIssuers
{
  gatomicrefcount refs;
  char *folder;     /* (owned) where they were read */
  GHashTable *keys; /* (element-type utf8 Issuer) */
};

typedef struct
{
  guint8 key[crypto_sign_PUBLICKEYBYTES];
  gboolean test;
} Issuer;

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, "The issuer's key “%s” %s.", path,
               what);
  return FALSE;
}

static gboolean
read_key (const char *path, guint8 *key, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  gsize n;
  GStatBuf info;

  if (g_stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_KEY_FILE_BYTES)
    return fail (error, path, "is no small file");
  /* Who may write here may issue licences. */
  if ((info.st_mode & S_IWOTH) != 0)
    return fail (error, path, "can be written by everyone; take that right away");
  if (!g_file_get_contents (path, &text, &length, NULL))
    return fail (error, path, "cannot be read");
  g_strstrip (text);
  if (!trias_base64_decode (text, key, crypto_sign_PUBLICKEYBYTES, &n)
      || n != crypto_sign_PUBLICKEYBYTES)
    return fail (error, path, "is not one line of 32 bytes in base64");
  return TRUE;
}

static gboolean
add_file (TriasIssuers *self, const char *folder, const char *file, GError **error)
{
  gboolean test = g_str_has_suffix (file, TEST_SUFFIX);
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (test ? TEST_SUFFIX : SUFFIX));
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree Issuer *issuer = g_new0 (Issuer, 1);

  if (!trias_text_is_token (name, 1, 64))
    return fail (error, path, "must be named after the issuer: letters, digits, dots and dashes");
  if (g_hash_table_contains (self->keys, name))
    return fail (error, path, "is there twice, as an issuer and as a test issuer");
  if (g_hash_table_size (self->keys) >= MAX_ISSUERS)
    return fail (error, path, "is one more than the 256 allowed");
  if (!read_key (path, issuer->key, error))
    return FALSE;
  issuer->test = test;
  g_hash_table_insert (self->keys, g_steal_pointer (&name), g_steal_pointer (&issuer));
  return TRUE;
}

TriasIssuers *
trias_issuers_load (const char *folder, GError **error)
{
  g_autoptr (TriasIssuers) self = g_new0 (TriasIssuers, 1);
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) missing = NULL;
  const char *file;

  g_atomic_ref_count_init (&self->refs);
  self->folder = g_strdup (folder);
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  dir = g_dir_open (folder, 0, &missing);
  if (dir == NULL && g_error_matches (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return g_steal_pointer (&self);
  if (dir == NULL)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "The folder of issuers “%s” cannot be read: %s", folder, missing->message);
      return NULL;
    }
  while ((file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, SUFFIX) && !add_file (self, folder, file, error))
      return NULL;
  return g_steal_pointer (&self);
}

gboolean
trias_issuers_reload (TriasIssuers *self, GError **error)
{
  g_autoptr (TriasIssuers) fresh = trias_issuers_load (self->folder, error);
  GHashTable *keys = self->keys;

  if (fresh == NULL)
    return FALSE;
  self->keys = fresh->keys;
  fresh->keys = keys;
  return TRUE;
}

TriasIssuers *
trias_issuers_ref (TriasIssuers *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
trias_issuers_unref (TriasIssuers *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->keys);
  g_free (self->folder);
  g_free (self);
}

guint
trias_issuers_count (TriasIssuers *self)
{
  return g_hash_table_size (self->keys);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
trias_issuers_list (TriasIssuers *self)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->keys);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

char *
trias_issuers_fingerprint (TriasIssuers *self, const char *name)
{
  const Issuer *issuer = g_hash_table_lookup (self->keys, name);

  if (issuer == NULL)
    return NULL;
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, issuer->key, sizeof issuer->key);
}

gboolean
trias_issuers_find (TriasIssuers *self,
                    const char *name,
                    guint8 key[crypto_sign_PUBLICKEYBYTES],
                    gboolean *test)
{
  const Issuer *issuer = g_hash_table_lookup (self->keys, name);

  if (issuer == NULL)
    return FALSE;
  memcpy (key, issuer->key, sizeof issuer->key);
  *test = issuer->test;
  return TRUE;
}

void
trias_issuer_generate (char **secret, char **public_key)
{
  guint8 seed[crypto_sign_SEEDBYTES], raw[crypto_sign_PUBLICKEYBYTES];
  guint8 key[crypto_sign_SECRETKEYBYTES];
  gsize size = sodium_base64_ENCODED_LEN (sizeof seed, sodium_base64_VARIANT_ORIGINAL);

  randombytes_buf (seed, sizeof seed);
  crypto_sign_seed_keypair (raw, key, seed);
  *secret = g_malloc (size);
  *public_key = g_malloc (size);
  sodium_bin2base64 (*secret, size, seed, sizeof seed, sodium_base64_VARIANT_ORIGINAL);
  sodium_bin2base64 (*public_key, size, raw, sizeof raw, sodium_base64_VARIANT_ORIGINAL);
  sodium_memzero (seed, sizeof seed);
  sodium_memzero (key, sizeof key);
}
