/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-server.h"

G_BEGIN_DECLS

/**
 * TriasRuleDialog:
 *
 * Makes or changes a rule of a server.
 */
#define TRIAS_TYPE_RULE_DIALOG (trias_rule_dialog_get_type ())
G_DECLARE_FINAL_TYPE (TriasRuleDialog, trias_rule_dialog, TRIAS, RULE_DIALOG, AdwWindow)

/** @rule: (nullable) the rule to change; otherwise a new one for @scope. (transfer none) */
TriasRuleDialog *trias_rule_dialog_show (GtkWindow *parent,
                                         TriasServer *server,
                                         TriasScope scope,
                                         const TriasRule *rule);

G_END_DECLS
