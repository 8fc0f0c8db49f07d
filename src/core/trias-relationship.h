/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/* words: backup, triad */
typedef enum
{
  TRIAS_KIND_BACKUP,
  TRIAS_KIND_TRIAD
} TriasKind;
/* words: single, main, backup, primary, secondary, tertiary */
typedef enum
{
  TRIAS_ROLE_SINGLE,
  TRIAS_ROLE_MAIN,
  TRIAS_ROLE_BACKUP,
  TRIAS_ROLE_PRIMARY,
  TRIAS_ROLE_SECONDARY,
  TRIAS_ROLE_TERTIARY
} TriasRole;
/* words: automatic, manual */
typedef enum
{
  TRIAS_FAILBACK_AUTOMATIC,
  TRIAS_FAILBACK_MANUAL
} TriasFailback;
/* words: lan, wan */
typedef enum
{
  TRIAS_PROFILE_LAN,
  TRIAS_PROFILE_WAN
} TriasProfile;

#define TRIAS_SYNC_INTERVAL_MIN_S 5
#define TRIAS_SYNC_INTERVAL_MAX_S 3600
#define TRIAS_SYNC_INTERVAL_DEFAULT_S 30
#define TRIAS_MAX_MEMBERS 3

typedef struct
{
  char *id;         /* (owned) server id */
  char *name;       /* (owned) */
  char **addresses; /* (owned) HOST:PORT as the partner uses them, best first; 1 to 4 */
} TriasMember;

typedef struct
{
  guint sync_interval_s;
  TriasFailback failback;
  TriasProfile profile;
} TriasOptions;

/** Who belongs together, members in rank order: main, backup; or primary, secondary, tertiary. */
typedef struct
{
  char *id;   /* (owned) random id */
  char *name; /* (owned) 1 to 64 characters */
  TriasKind kind;
  guint64 incarnation; /* from 1; rises by one with every seal */
  TriasOptions options;
  GPtrArray *members; /* (owned) (element-type TriasMember) */
} TriasRelationship;

const char *trias_kind_to_word (TriasKind kind);
gboolean trias_kind_from_word (const char *word, TriasKind *kind);
const char *trias_role_to_word (TriasRole role);
gboolean trias_role_from_word (const char *word, TriasRole *role);
const char *trias_failback_to_word (TriasFailback failback);
gboolean trias_failback_from_word (const char *word, TriasFailback *failback);
const char *trias_profile_to_word (TriasProfile profile);
gboolean trias_profile_from_word (const char *word, TriasProfile *profile);
/** Number of members that @kind has. */
guint trias_kind_n_members (TriasKind kind);
/** Role of the member at @rank (from 0). */
TriasRole trias_kind_role (TriasKind kind, guint rank);

void trias_options_init (TriasOptions *self);
void trias_options_write (const TriasOptions *self, TriasJsonWriter *writer, const char *name);
/** Reads options or changes of them: @self holds the base before and the result after. */
gboolean trias_options_read (TriasOptions *self, const TriasJson *object, GError **error);

TriasMember *trias_member_new (const char *id, const char *name, const char *const *addresses);
TriasMember *trias_member_copy (const TriasMember *self);
void trias_member_free (TriasMember *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasMember, trias_member_free)

TriasRelationship *trias_relationship_new (const char *id, const char *name, TriasKind kind);
TriasRelationship *trias_relationship_copy (const TriasRelationship *self);
void trias_relationship_free (TriasRelationship *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasRelationship, trias_relationship_free)
/** (nullable) (transfer none) */
const TriasMember *trias_relationship_find (const TriasRelationship *self, const char *server_id);
/** Role of @server_id; single if it is no member. */
TriasRole trias_relationship_role (const TriasRelationship *self, const char *server_id);
/** The members' ids in rank order (borrowed); how many. */
guint trias_relationship_ids (const TriasRelationship *self, const char *ids[TRIAS_MAX_MEMBERS]);
/** For a pair: the other one. (nullable) (transfer none) */
const TriasMember *trias_relationship_partner (const TriasRelationship *self,
                                               const char *server_id);
/** `{id, name, kind, incarnation, options, members:[{id, name, role, addresses}]}`; the members of
 * the open object. */
void trias_relationship_write_members (const TriasRelationship *self, TriasJsonWriter *writer);
/** Reads that and checks it whole: number of members, distinct ids, limits. Unknown members are
 * ignored. */
TriasRelationship *trias_relationship_read (const TriasJson *object, GError **error);
/** Reads `[{id, addresses}]`, members whose addresses change; %NULL is an empty list. (transfer
 * full) (nullable) (element-type TriasMember) */
GPtrArray *trias_members_read (const TriasJson *array, GError **error);
/** Hash of incarnation, members and options, hex: what a prepare promises. (transfer full) */
char *trias_relationship_hash (const TriasRelationship *self);
/** The member list as text to sign (one canonical line per member) for clients to learn. (transfer
 * full) */
char *trias_relationship_to_signable (const TriasRelationship *self);

G_END_DECLS
