/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-drill.h"

G_BEGIN_DECLS

/* A drill in the reader's language. */

/** "Handover" or "Outage". */
const char *trias_drill_words_kind (TriasDrillKind kind);
/** What will happen, in plain words. @server serves now, @other stands in for it; @pair: the two
 * have licences of their own. (transfer full) */
char *trias_drill_words_plan (
    TriasDrillKind kind, guint seconds, const char *server, const char *other, gboolean pair);
/** What stands still in the drill of a pair: “covered: 12 of 20 seats”, and the features concerned;
 * %NULL if all is covered. (transfer full) */
char *trias_drill_words_uncovered (const TriasConsequence *consequence);
/** What was seen, as a sentence without a full stop. (transfer full) */
char *trias_drill_words_step (TriasDrill *drill, TriasDrillStep *step);
/** Seconds as a reader writes them: "0.43 s". (transfer full) */
char *trias_drill_words_seconds (gint64 ms);
/** How long a client waited. (transfer full) */
char *trias_drill_words_gap (const TriasDrillRecord *record);
/** How many requests were lost. (transfer full) */
char *trias_drill_words_failed (const TriasDrillRecord *record);
/** Whether it was passed, and if not why. (transfer full) */
char *trias_drill_words_result (const TriasDrillRecord *record);
/** The last drill on one line: when, kind, result, gap. (transfer full) */
char *trias_drill_words_last (const TriasDrillRecord *record, const char *time);

G_END_DECLS
