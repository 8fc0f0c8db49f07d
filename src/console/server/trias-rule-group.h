/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasRuleGroup:
 *
 * The rules of a server for one scope, with what each lets in, and buttons to add, change and
 * remove.
 */
#define TRIAS_TYPE_RULE_GROUP (trias_rule_group_get_type ())
G_DECLARE_FINAL_TYPE (TriasRuleGroup, trias_rule_group, TRIAS, RULE_GROUP, AdwBin)

GtkWidget *trias_rule_group_new (TriasScope scope);
/** @server: (nullable). @servers give keys their names. */
void trias_rule_group_set_server (TriasRuleGroup *self, TriasServers *servers, TriasServer *server);

G_END_DECLS
