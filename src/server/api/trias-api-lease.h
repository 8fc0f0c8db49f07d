/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/api/trias-api-private.h"

G_BEGIN_DECLS

/** Writes a lease as answers show it: with server, epoch, what is left of it, and whom to ask. */
void trias_api_write_lease (TriasApi *self, const TriasLease *lease, TriasJsonWriter *writer);
/** Answers with @lease. */
void trias_api_answer_lease (TriasCall *call, guint status, const TriasLease *lease);
/** Whether the client showed a key; else the call was answered. */
gboolean trias_api_demand_key (TriasCall *call);
/**
 * Where the request belongs. @route (out) is SERVE or RESUME; otherwise the call was answered with
 * a redirect or with the advice to wait, and %FALSE is returned.
 */
gboolean
trias_api_route_call (TriasCall *call, const char *feature, const char *id, TriasRoute *route);

G_END_DECLS
