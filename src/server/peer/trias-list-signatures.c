/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-list-signatures.h"

#include <string.h>

#define MEMBER "list"

typedef struct
{
  char *text; /* what it is over */
  char *public_key;
  char *signature;
} Entry;

struct _TriasListSignatures
{
  char *text; /* (nullable) that @own is over */
  char *own;
  GHashTable *others; /* id to Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->text);
  g_free (entry->public_key);
  g_free (entry->signature);
  g_free (entry);
}

TriasListSignatures *
trias_list_signatures_new (void)
{
  TriasListSignatures *self = g_new0 (TriasListSignatures, 1);

  self->others = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  return self;
}

void
trias_list_signatures_free (TriasListSignatures *self)
{
  g_free (self->text);
  g_free (self->own);
  g_hash_table_unref (self->others);
  g_free (self);
}

/* Signed once for each list. */
static const char *
own_signature (TriasPeer *peer)
{
  TriasListSignatures *self = peer->signatures;
  g_autofree char *text = trias_relationship_to_signable (peer->relationship);

  if (g_strcmp0 (text, self->text) == 0)
    return self->own;
  g_hash_table_remove_all (self->others);
  g_free (self->text);
  g_free (self->own);
  self->own = trias_identity_sign (peer->identity, text, strlen (text), NULL);
  self->text = g_steal_pointer (&text);
  return self->own;
}

void
trias_list_signatures_write (TriasPeer *peer, TriasJsonWriter *writer)
{
  const char *own = own_signature (peer);

  if (own == NULL)
    return;
  trias_json_begin_object (writer, MEMBER);
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (peer->identity));
  trias_json_add_string (writer, "signature", own);
  trias_json_end_object (writer);
}

static void
take (TriasPeer *peer, const char *key, const char *public_key, const char *signature)
{
  TriasListSignatures *self = peer->signatures;
  /* First, since it lets go of all that was over a list before. */
  const char *own = own_signature (peer);
  const Entry *known = g_hash_table_lookup (self->others, key);
  g_autofree char *id = NULL;
  Entry *entry;

  if (own == NULL || (known != NULL && strcmp (known->signature, signature) == 0))
    return;
  id = trias_id_from_public_key (public_key);
  if (g_strcmp0 (id, key) != 0
      || !trias_identity_verify (public_key, self->text, strlen (self->text), signature))
    return;
  entry = g_new0 (Entry, 1);
  entry->text = g_strdup (self->text);
  entry->public_key = g_strdup (public_key);
  entry->signature = g_strdup (signature);
  g_hash_table_replace (self->others, g_strdup (key), entry);
}

void
trias_list_signatures_read (TriasPeer *peer, const char *key, const TriasJson *json)
{
  TriasJsonReader reader;
  const TriasJson *told;
  const char *public_key, *signature;

  trias_json_reader_init (&reader, json);
  told = trias_json_read_object_or_null (&reader, MEMBER);
  if (!trias_json_reader_finish_lenient (&reader, NULL) || told == NULL)
    return;
  trias_json_reader_init (&reader, told);
  public_key = trias_json_read_string (&reader, "public_key", 1, 1024);
  signature = trias_json_read_string (&reader, "signature", 1, 1024);
  if (trias_json_reader_finish_lenient (&reader, NULL))
    take (peer, key, public_key, signature);
}

void
trias_peer_write_signatures (TriasPeer *self, const char *text, TriasJsonWriter *writer)
{
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->signatures->others);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const Entry *entry = value;

      if (strcmp (entry->text, text) != 0)
        continue;
      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", id);
      trias_json_add_string (writer, "public_key", entry->public_key);
      trias_json_add_string (writer, "signature", entry->signature);
      trias_json_end_object (writer);
    }
}
