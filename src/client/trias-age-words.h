/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** How long ago @then was at @now (both Unix ms), for people: "3 s ago". (transfer full) */
char *trias_age_format (gint64 then_ms, gint64 now_ms);
/** How long it lasts, without "ago": "3 s", "2 min", "4 h", "5 days". (transfer full) */
char *trias_age_format_span (gint64 span_ms);
/** Date and time of @when (Unix ms) in the locale's form; today without the date. (transfer full)
 */
char *trias_age_format_time (gint64 when_ms);
/** Only the date. (transfer full) */
char *trias_age_format_date (gint64 when_ms);
/** Now, Unix ms. */
gint64 trias_age_now (void);

G_END_DECLS
