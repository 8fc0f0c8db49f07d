/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-tokens.h"

#include <sodium.h>

#define TOKEN_BYTES 32
#define TOKEN_TEXT_MAX 64

typedef struct
{
  guint8 digest[crypto_hash_sha256_BYTES];
  char *name;
  gint64 expires_at;
} Token;

struct _TriasTokens
{
  TriasKeeper *keeper;
  TriasAccounts *accounts;
  GHashTable *tokens; /* hex digest to Token */
};

static void
token_free (gpointer data)
{
  Token *token = data;

  g_free (token->name);
  g_free (token);
}

static void
digest_of (const char *text, guint8 *digest, char *hex)
{
  crypto_hash_sha256 (digest, (const guint8 *) text, strlen (text));
  sodium_bin2hex (hex, 2 * crypto_hash_sha256_BYTES + 1, digest, crypto_hash_sha256_BYTES);
}

static Token *
token_read (const char *key, GBytes *value)
{
  gsize length, n_digest;
  const char *data = g_bytes_get_data (value, &length);
  g_autoptr (TriasJson) json = trias_json_parse (data, length, 4096, NULL);
  Token *token = g_new0 (Token, 1);
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  token->name = g_strdup (trias_json_read_string (&reader, "name", 1, TRIAS_ACCOUNT_NAME_MAX));
  token->expires_at = trias_json_read_int (&reader, "expires_at", 0, G_MAXINT64);
  if (!trias_json_reader_finish_lenient (&reader, NULL)
      || sodium_hex2bin (token->digest, sizeof token->digest, key, strlen (key), NULL, &n_digest,
                         NULL)
             != 0
      || n_digest != sizeof token->digest)
    {
      token_free (token);
      return NULL;
    }
  return token;
}

static void
load_token (const char *key, GBytes *value, gpointer user_data)
{
  GHashTable *tokens = user_data;
  Token *token = token_read (key, value);

  if (token != NULL)
    g_hash_table_insert (tokens, g_strdup (key), token);
}

static void
forget (TriasTokens *self, const char *key)
{
  g_autofree char *kept = g_strdup (key);

  g_hash_table_remove (self->tokens, kept);
  trias_keeper_put_local (self->keeper, TRIAS_TOKEN_KIND, kept, NULL, NULL, NULL);
}

/* Forgets every token that @drop names. */
static void
forget_each (TriasTokens *self,
             gboolean (*drop) (const Token *token, gconstpointer data),
             gconstpointer data)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->tokens);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (drop (value, data))
      g_ptr_array_add (keys, g_strdup (key));
  for (guint i = 0; i < keys->len; i++)
    forget (self, keys->pdata[i]);
}

static gboolean
is_expired (const Token *token, gconstpointer data)
{
  const gint64 *now = data;

  return token->expires_at <= *now;
}

static gboolean
is_of (const Token *token, gconstpointer data)
{
  return g_str_equal (token->name, data);
}

static void
forget_expired (TriasTokens *self)
{
  gint64 now = trias_keeper_now (self->keeper);

  forget_each (self, is_expired, &now);
}

TriasTokens *
trias_tokens_new (TriasKeeper *keeper, TriasAccounts *accounts)
{
  TriasTokens *self = g_new0 (TriasTokens, 1);

  self->keeper = keeper;
  self->accounts = accounts;
  self->tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, token_free);
  trias_keeper_foreach_local (keeper, TRIAS_TOKEN_KIND, load_token, self->tokens);
  forget_expired (self);
  return self;
}

void
trias_tokens_free (TriasTokens *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->tokens);
  g_free (self);
}

static void
make_room (TriasTokens *self)
{
  GHashTableIter iter;
  gpointer key, value;

  if (g_hash_table_size (self->tokens) < TRIAS_TOKENS_MAX)
    return;
  forget_expired (self);
  while (g_hash_table_size (self->tokens) >= TRIAS_TOKENS_MAX)
    {
      const char *oldest = NULL;
      gint64 first = G_MAXINT64;

      g_hash_table_iter_init (&iter, self->tokens);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (((const Token *) value)->expires_at < first)
          {
            first = ((const Token *) value)->expires_at;
            oldest = key;
          }
      forget (self, oldest);
    }
}

static void
keep (TriasTokens *self, const char *hex, const Token *token)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (GBytes) value = NULL;
  gsize length;
  char *text;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "name", token->name);
  trias_json_add_int (writer, "expires_at", token->expires_at);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, &length);
  value = g_bytes_new_take (text, length);
  trias_keeper_put_local (self->keeper, TRIAS_TOKEN_KIND, hex, value, NULL, NULL);
}

char *
trias_tokens_issue (TriasTokens *self, const char *name, gint64 *expires_at)
{
  guint8 random[TOKEN_BYTES];
  char text[TOKEN_TEXT_MAX];
  char hex[2 * crypto_hash_sha256_BYTES + 1];
  Token *token = g_new0 (Token, 1);

  make_room (self);
  randombytes_buf (random, sizeof random);
  sodium_bin2base64 (text, sizeof text, random, sizeof random,
                     sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  digest_of (text, token->digest, hex);
  token->name = g_strdup (name);
  token->expires_at = trias_keeper_now (self->keeper) + TRIAS_TOKEN_LIFE_MS;
  *expires_at = token->expires_at;
  keep (self, hex, token);
  g_hash_table_insert (self->tokens, g_strdup (hex), token);
  return g_strdup (text);
}

const char *
trias_tokens_check (TriasTokens *self, const char *token)
{
  guint8 digest[crypto_hash_sha256_BYTES];
  char hex[2 * crypto_hash_sha256_BYTES + 1];
  const Token *found;

  if (strlen (token) >= TOKEN_TEXT_MAX)
    return NULL;
  digest_of (token, digest, hex);
  found = g_hash_table_lookup (self->tokens, hex);
  if (found == NULL || sodium_memcmp (found->digest, digest, sizeof digest) != 0)
    return NULL;
  if (found->expires_at <= trias_keeper_now (self->keeper))
    {
      forget (self, hex);
      return NULL;
    }
  return trias_accounts_exists (self->accounts, found->name) ? found->name : NULL;
}

void
trias_tokens_revoke (TriasTokens *self, const char *token)
{
  guint8 digest[crypto_hash_sha256_BYTES];
  char hex[2 * crypto_hash_sha256_BYTES + 1];

  digest_of (token, digest, hex);
  if (g_hash_table_contains (self->tokens, hex))
    forget (self, hex);
}

void
trias_tokens_revoke_name (TriasTokens *self, const char *name)
{
  forget_each (self, is_of, name);
}
