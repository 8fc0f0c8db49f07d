/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

/* Everything of libtrias. An application that only needs a seat includes client/trias-failover.h.
 */

#include "client/trias-drill.h"
#include "client/trias-failover.h"
#include "client/trias-pairs.h"
#include "client/trias-secrets.h"
#include "client/trias-servers.h"
#include "client/trias-setup.h"
#include "client/trias-timeline.h"
#include "client/trias-triads.h"
