/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-relationship.h"

#include "core/trias-text.h"

static const char *const kind_words[] = { "backup", "triad" };
static const char *const role_words[]
    = { "single", "main", "backup", "primary", "secondary", "tertiary" };
static const char *const failback_words[] = { "automatic", "manual" };
static const char *const profile_words[] = { "lan", "wan" };

const char *
trias_kind_to_word (TriasKind kind)
{
  return kind_words[kind];
}

gboolean
trias_kind_from_word (const char *word, TriasKind *kind)
{
  int at = trias_text_find_word (kind_words, G_N_ELEMENTS (kind_words), word);

  if (at >= 0)
    *kind = (TriasKind) at;
  return at >= 0;
}

const char *
trias_role_to_word (TriasRole role)
{
  return role_words[role];
}

gboolean
trias_role_from_word (const char *word, TriasRole *role)
{
  int at = trias_text_find_word (role_words, G_N_ELEMENTS (role_words), word);

  if (at >= 0)
    *role = (TriasRole) at;
  return at >= 0;
}

const char *
trias_failback_to_word (TriasFailback failback)
{
  return failback_words[failback];
}

gboolean
trias_failback_from_word (const char *word, TriasFailback *failback)
{
  int at = trias_text_find_word (failback_words, G_N_ELEMENTS (failback_words), word);

  if (at >= 0)
    *failback = (TriasFailback) at;
  return at >= 0;
}

const char *
trias_profile_to_word (TriasProfile profile)
{
  return profile_words[profile];
}

gboolean
trias_profile_from_word (const char *word, TriasProfile *profile)
{
  int at = trias_text_find_word (profile_words, G_N_ELEMENTS (profile_words), word);

  if (at >= 0)
    *profile = (TriasProfile) at;
  return at >= 0;
}

guint
trias_kind_n_members (TriasKind kind)
{
  return kind == TRIAS_KIND_TRIAD ? 3 : 2;
}

TriasRole
trias_kind_role (TriasKind kind, guint rank)
{
  if (rank >= trias_kind_n_members (kind))
    return TRIAS_ROLE_SINGLE;
  return (TriasRole) ((kind == TRIAS_KIND_TRIAD ? TRIAS_ROLE_PRIMARY : TRIAS_ROLE_MAIN) + rank);
}

void
trias_options_init (TriasOptions *self)
{
  self->sync_interval_s = TRIAS_SYNC_INTERVAL_DEFAULT_S;
  self->failback = TRIAS_FAILBACK_AUTOMATIC;
  self->profile = TRIAS_PROFILE_LAN;
}

TriasMember *
trias_member_new (const char *id, const char *name, const char *const *addresses)
{
  TriasMember *self = g_new (TriasMember, 1);

  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->addresses = addresses != NULL ? g_strdupv ((char **) addresses) : g_new0 (char *, 1);
  return self;
}

TriasMember *
trias_member_copy (const TriasMember *self)
{
  return trias_member_new (self->id, self->name, (const char *const *) self->addresses);
}

void
trias_member_free (TriasMember *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->name);
  g_strfreev (self->addresses);
  g_free (self);
}

TriasRelationship *
trias_relationship_new (const char *id, const char *name, TriasKind kind)
{
  TriasRelationship *self = g_new0 (TriasRelationship, 1);

  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->kind = kind;
  self->incarnation = 1;
  trias_options_init (&self->options);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_member_free);
  return self;
}

TriasRelationship *
trias_relationship_copy (const TriasRelationship *self)
{
  TriasRelationship *copy = trias_relationship_new (self->id, self->name, self->kind);

  copy->incarnation = self->incarnation;
  copy->options = self->options;
  for (guint i = 0; i < self->members->len; i++)
    g_ptr_array_add (copy->members, trias_member_copy (g_ptr_array_index (self->members, i)));
  return copy;
}

void
trias_relationship_free (TriasRelationship *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->name);
  g_ptr_array_unref (self->members);
  g_free (self);
}

/* Rank of @server_id, or -1. */
static int
rank_of (const TriasRelationship *self, const char *server_id)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->members, i);

      if (g_strcmp0 (member->id, server_id) == 0)
        return (int) i;
    }
  return -1;
}

const TriasMember *
trias_relationship_find (const TriasRelationship *self, const char *server_id)
{
  int rank = rank_of (self, server_id);

  return rank >= 0 ? g_ptr_array_index (self->members, (guint) rank) : NULL;
}

guint
trias_relationship_ids (const TriasRelationship *self, const char *ids[TRIAS_MAX_MEMBERS])
{
  guint n = MIN (self->members->len, TRIAS_MAX_MEMBERS);

  for (guint i = 0; i < n; i++)
    ids[i] = ((const TriasMember *) g_ptr_array_index (self->members, i))->id;
  return n;
}

TriasRole
trias_relationship_role (const TriasRelationship *self, const char *server_id)
{
  int rank = rank_of (self, server_id);

  return rank >= 0 ? trias_kind_role (self->kind, (guint) rank) : TRIAS_ROLE_SINGLE;
}

const TriasMember *
trias_relationship_partner (const TriasRelationship *self, const char *server_id)
{
  int rank = rank_of (self, server_id);

  if (rank < 0 || self->kind != TRIAS_KIND_BACKUP || self->members->len != 2)
    return NULL;
  return g_ptr_array_index (self->members, 1 - (guint) rank);
}
