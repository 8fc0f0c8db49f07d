/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-items-private.h"
#include "client/trias-kin.h"
#include "client/trias-pairs.h"

G_BEGIN_DECLS

/** A view of a member of its partner, merged from all sources. Times are those of this program's
 * clock where it has one. */
typedef struct
{
  const TriasMemberStatus *status; /* (nullable) nobody told anything yet */
  gboolean own;                    /* from the member itself */
  gint64 as_of;                    /* Unix ms; 0 = now */
  gboolean differ;                 /* the two ends say different things */
  gboolean compared;               /* @synchronised is this program's own comparison */
  gboolean synchronised;
  gboolean connected;
  gboolean online;
} TriasMemberView;

/** The view of the member at @rank (0 main, 1 backup). */
TriasMemberView trias_pair_view (const TriasMemberSource sources[2], guint rank);

TriasPair *trias_pair_new (const char *id);
/** Shows @sources; at least one has an info. */
void trias_pair_update (TriasPair *self, const TriasMemberSource sources[2]);
/** The rows let go of the pair that is gone. */
void trias_pair_end (TriasPair *self);

TriasPairMember *trias_pair_member_new (TriasPair *pair);
void trias_pair_member_update (TriasPairMember *self,
                               TriasRelationshipInfo *info,
                               const TriasMemberSource sources[2],
                               guint rank);
void trias_pair_member_end (TriasPairMember *self);

G_END_DECLS
