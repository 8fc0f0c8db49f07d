/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/api/trias-api-private.h"

G_BEGIN_DECLS

/** A server that is to be a member: `{address, fingerprint, invitation}`. (nullable) */
TriasPeerCandidate *trias_api_read_candidate (const TriasJson *object, GError **error);
void trias_api_candidate_free (gpointer data);
/** Answers with the relationship as GET does. */
void trias_api_answer_relationship (TriasCall *call, guint status, gboolean full);
/** Answers with @checks (element-type TriasCheck), or if that is %NULL with @problem. */
void trias_api_answer_checks (TriasCall *call, GPtrArray *checks, const TriasProblem *problem);
/** Answers with @problem or, if that is %NULL, with @status. */
void trias_api_answer_done (TriasCall *call, const TriasProblem *problem, guint status);
/** Whether there is a relationship; else the call was answered. (nullable) */
const TriasRelationship *trias_api_demand_relationship (TriasCall *call);

G_END_DECLS
