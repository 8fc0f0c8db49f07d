/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-failover-private.h"

G_BEGIN_DECLS

/** A member list as somebody told it. */
typedef struct
{
  char *text;   /* (owned) what is signed */
  char **lines; /* (owned) of it: two of head, then a member each */
  char *id;     /* (owned) relationship */
  guint64 incarnation;
  gboolean triad;
  GHashTable *signers; /* (owned) set of ids whose signature over @text is right */
} TriasToldList;

/** Reads `{"text", "signatures"}`; %NULL if it is no list. */
TriasToldList *trias_told_list_read (const TriasJson *json);
void trias_told_list_free (TriasToldList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasToldList, trias_told_list_free)

/** @list counts: from now on it is what is known. Returns whether it is one to keep. */
gboolean trias_failover_take_list (TriasFailover *self, const TriasToldList *list);

G_END_DECLS
