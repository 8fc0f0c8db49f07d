/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-relationship.h"

#include "core/trias-address.h"
#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_NAME_CHARS 64
#define MAX_NAME_BYTES (4 * MAX_NAME_CHARS)
#define MAX_ADDRESSES 4
#define MAX_ADDRESS_BYTES 300

void
trias_options_write (const TriasOptions *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_int (writer, "sync_interval_s", self->sync_interval_s);
  trias_json_add_string (writer, "failback", trias_failback_to_word (self->failback));
  trias_json_add_string (writer, "profile", trias_profile_to_word (self->profile));
  trias_json_end_object (writer);
}

static gboolean
read_options (TriasOptions *self, const TriasJson *object, gboolean lenient, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  TriasOptions read = *self;
  const char *failback, *profile;

  trias_json_reader_init (&reader, object);
  reader.path = "options";
  read.sync_interval_s
      = (guint) trias_json_read_int_or (&reader, "sync_interval_s", TRIAS_SYNC_INTERVAL_MIN_S,
                                        TRIAS_SYNC_INTERVAL_MAX_S, self->sync_interval_s);
  failback = trias_json_read_string_or (&reader, "failback", 16, NULL);
  if (failback != NULL && !trias_failback_from_word (failback, &read.failback))
    trias_json_reader_fail (&reader, "failback", "must be automatic or manual");
  profile = trias_json_read_string_or (&reader, "profile", 16, NULL);
  if (profile != NULL && !trias_profile_from_word (profile, &read.profile))
    trias_json_reader_fail (&reader, "profile", "must be lan or wan");
  if (!(lenient ? trias_json_reader_finish_lenient (&reader, error)
                : trias_json_reader_finish (&reader, error)))
    return FALSE;
  *self = read;
  return TRUE;
}

gboolean
trias_options_read (TriasOptions *self, const TriasJson *object, GError **error)
{
  return read_options (self, object, FALSE, error);
}

void
trias_relationship_write_members (const TriasRelationship *self, TriasJsonWriter *writer)
{
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "name", self->name);
  trias_json_add_string (writer, "kind", trias_kind_to_word (self->kind));
  trias_json_add_int (writer, "incarnation", (gint64) self->incarnation);
  trias_options_write (&self->options, writer, "options");
  trias_json_begin_array (writer, "members");
  for (guint i = 0; i < self->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->members, i);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", member->id);
      trias_json_add_string (writer, "name", member->name);
      trias_json_add_string (writer, "role", trias_role_to_word (trias_kind_role (self->kind, i)));
      trias_json_add_strv (writer, "addresses", (const char *const *) member->addresses);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
}

static gboolean
addresses_are_valid (char **addresses)
{
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (addresses[i], NULL);

      if (address == NULL || address->fingerprint != NULL || strpbrk (addresses[i], " \t\r\n,"))
        return FALSE;
    }
  return addresses[0] != NULL;
}

static TriasMember *
read_member (const TriasJson *object, TriasRole role, GError **error)
{
  g_autoptr (TriasMember) self = trias_member_new (NULL, NULL, NULL);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *word;

  trias_json_reader_init (&reader, object);
  reader.path = "members";
  self->id = g_strdup (trias_json_read_string (&reader, "id", 1, TRIAS_ID_LENGTH));
  if (!trias_id_is_valid (self->id))
    trias_json_reader_fail (&reader, "id", "must be a server id of 64 hexadecimal digits");
  self->name = g_strdup (trias_json_read_string (&reader, "name", 1, MAX_NAME_BYTES));
  if (!trias_text_is_label (self->name, 1, MAX_NAME_CHARS))
    trias_json_reader_fail (&reader, "name", "must be 1 to %d characters on one line",
                            MAX_NAME_CHARS);
  g_strfreev (self->addresses);
  self->addresses
      = trias_json_read_strv_or_null (&reader, "addresses", MAX_ADDRESSES, MAX_ADDRESS_BYTES);
  if (self->addresses == NULL || !addresses_are_valid (self->addresses))
    trias_json_reader_fail (&reader, "addresses", "must be 1 to %d of HOST:PORT", MAX_ADDRESSES);
  word = trias_json_read_string_or (&reader, "role", 16, NULL);
  if (word != NULL && strcmp (word, trias_role_to_word (role)) != 0)
    trias_json_reader_fail (&reader, "role", "must be %s at this place", trias_role_to_word (role));
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
read_members (TriasRelationship *self, const TriasJson *array, GError **error)
{
  guint n = trias_kind_n_members (self->kind);

  if (trias_json_length (array) != n)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "A relationship of the kind %s has %u members, not %u.",
                   trias_kind_to_word (self->kind), n, trias_json_length (array));
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      TriasMember *member
          = read_member (trias_json_element (array, i), trias_kind_role (self->kind, i), error);

      if (member == NULL)
        return FALSE;
      if (trias_relationship_find (self, member->id) != NULL)
        {
          g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                       "The server %s is listed twice in the relationship.", member->id);
          trias_member_free (member);
          return FALSE;
        }
      g_ptr_array_add (self->members, member);
    }
  return TRUE;
}

TriasRelationship *
trias_relationship_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasRelationship) self = trias_relationship_new (NULL, NULL, TRIAS_KIND_BACKUP);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *options, *members;

  trias_json_reader_init (&reader, object);
  self->id = g_strdup (trias_json_read_string (&reader, "id", 1, 64));
  if (!trias_text_is_token (self->id, 1, 64))
    trias_json_reader_fail (&reader, "id", "must be letters, digits, dots and dashes");
  self->name = g_strdup (trias_json_read_string (&reader, "name", 1, MAX_NAME_BYTES));
  if (!trias_text_is_label (self->name, 1, MAX_NAME_CHARS))
    trias_json_reader_fail (&reader, "name", "must be 1 to %d characters on one line",
                            MAX_NAME_CHARS);
  if (!trias_kind_from_word (trias_json_read_string (&reader, "kind", 1, 16), &self->kind))
    trias_json_reader_fail (&reader, "kind", "must be backup or triad");
  self->incarnation = (guint64) trias_json_read_int (&reader, "incarnation", 1, G_MAXINT64);
  options = trias_json_read_object (&reader, "options");
  members = trias_json_read_array (&reader, "members", TRIAS_MAX_MEMBERS);
  if (!trias_json_reader_finish_lenient (&reader, error)
      || !read_options (&self->options, options, TRUE, error)
      || !read_members (self, members, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Name last: it may hold spaces, all else cannot; none holds a line end. */
char *
trias_relationship_to_signable (const TriasRelationship *self)
{
  GString *out = g_string_new ("trias-members-1\n");

  g_string_append_printf (out, "%s %s %" G_GUINT64_FORMAT "\n", trias_kind_to_word (self->kind),
                          self->id, self->incarnation);
  for (guint i = 0; i < self->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->members, i);
      g_autofree char *addresses = g_strjoinv (",", member->addresses);

      g_string_append_printf (out, "%s %s %s %s\n",
                              trias_role_to_word (trias_kind_role (self->kind, i)), member->id,
                              addresses, member->name);
    }
  return g_string_free (out, FALSE);
}

char *
trias_relationship_hash (const TriasRelationship *self)
{
  g_autofree char *members = trias_relationship_to_signable (self);
  g_autofree char *text = g_strdup_printf ("%s%u %s %s\n", members, self->options.sync_interval_s,
                                           trias_failback_to_word (self->options.failback),
                                           trias_profile_to_word (self->options.profile));

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}
