/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"
#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasBackupWizard:
 *
 * The wizard for setting up backup relationships: shows a pair, changes its name and options,
 * resolves a conflict, synchronises and dissolves.
 */
#define TRIAS_TYPE_BACKUP_WIZARD (trias_backup_wizard_get_type ())
G_DECLARE_FINAL_TYPE (TriasBackupWizard, trias_backup_wizard, TRIAS, BACKUP_WIZARD, AdwWindow)

/** (transfer none) */
TriasBackupWizard *
trias_backup_wizard_show (GtkWindow *parent, TriasPair *pair, TriasServers *servers);

G_END_DECLS
