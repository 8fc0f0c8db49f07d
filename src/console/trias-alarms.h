/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasAlarms:
 *
 * Desktop notifications: redundancy is lost (still served, one more failure is a standstill),
 * service is lost, or none of the servers is reached. Withdrawn when all is well again.
 */
#define TRIAS_TYPE_ALARMS (trias_alarms_get_type ())
G_DECLARE_FINAL_TYPE (TriasAlarms, trias_alarms, TRIAS, ALARMS, GObject)

/** @app sends them; it has the action `app.show-page`. (transfer full) */
TriasAlarms *trias_alarms_new (GApplication *app, TriasPairs *pairs, TriasTriads *triads);

G_END_DECLS
