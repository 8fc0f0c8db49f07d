/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/access/trias-access.h"
#include "server/access/trias-names.h"

G_BEGIN_DECLS

struct _TriasAccess
{
  TriasKeeper *keeper;
  GPtrArray *local; /* (element-type TriasRule) administer and peer, ordered by scope and id */
  TriasNames *names;
  TriasAccessCuts cuts;
  gpointer cuts_data;
};

/** The rules that decide about @scope: the ledger's or the local ones. */
GPtrArray *trias_access_rules (TriasAccess *self, TriasScope scope);

G_END_DECLS
