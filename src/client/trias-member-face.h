/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-kin.h"

G_BEGIN_DECLS

/* What is shown of a member alike, whether of a pair or of a triad. */

typedef struct
{
  char *id;
  char *name;
  char *address;
  char **others;       /* (nullable) further addresses */
  char *version;       /* "" unknown */
  TriasServer *server; /* (owned) (nullable) */
  gboolean reached;    /* by this program */
  gboolean online;     /* it or another member reaches it */
  gboolean active;
  TriasMaintenance *aside; /* (owned) (nullable) it stands aside */
  char *maintenance;       /* the same in a few words; "" = it does not */
} TriasMemberFace;

/** Its properties; those of a class of its own follow behind the last. */
enum
{
  TRIAS_FACE_ID = 1,
  TRIAS_FACE_NAME,
  TRIAS_FACE_ADDRESS,
  TRIAS_FACE_OTHER_ADDRESSES,
  TRIAS_FACE_VERSION,
  TRIAS_FACE_SERVER,
  TRIAS_FACE_REACHED,
  TRIAS_FACE_ONLINE,
  TRIAS_FACE_ACTIVE,
  TRIAS_FACE_MAINTENANCE,
  TRIAS_FACE_END,
};

void trias_member_face_init (TriasMemberFace *self);
void trias_member_face_clear (TriasMemberFace *self);
void trias_member_face_install (GObjectClass *klass);
/** %FALSE if the property @id is none of these. */
gboolean trias_member_face_get (const TriasMemberFace *self, guint id, GValue *value);
/** Takes name and addresses of @member, and what @source adds: a server's own word on its name and
 * version is newer than what others keep. @version (nullable): as others tell it. */
void trias_member_face_take (TriasMemberFace *self,
                             const TriasMember *member,
                             const TriasMemberSource *source,
                             const char *version);

/** Takes whether it stands aside, by its own word or else as @info has it; `online` is known by
 * then. */
void trias_member_face_take_maintenance (TriasMemberFace *self, TriasRelationshipInfo *info);

G_END_DECLS
