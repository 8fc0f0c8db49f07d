/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-drill-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-detail-words.h"

const char *
trias_drill_words_kind (TriasDrillKind kind)
{
  return kind == TRIAS_DRILL_OUTAGE ? C_ ("drill", "Outage") : C_ ("drill", "Handover");
}

/* --- before --- */

static char *
plan_of_pair (guint seconds, const char *server, const char *other)
{
  return g_strdup_printf (
      ngettext (
          "The main server “%1$s” falls silent for %3$u second, as if its cable were pulled. "
          "The backup server “%2$s” serves the clients meanwhile, from its own licences. "
          "Then “%1$s” comes back by itself, even if this program is closed.",
          "The main server “%1$s” falls silent for %3$u seconds, as if its cable were pulled. "
          "The backup server “%2$s” serves the clients meanwhile, from its own licences. "
          "Then “%1$s” comes back by itself, even if this program is closed.",
          seconds),
      server, other, seconds);
}

char *
trias_drill_words_plan (
    TriasDrillKind kind, guint seconds, const char *server, const char *other, gboolean pair)
{
  if (pair && kind == TRIAS_DRILL_HANDOVER)
    return g_strdup_printf (
        ngettext ("The main server “%1$s” lets the backup server “%2$s” serve its clients for "
                  "%3$u second, as far as that one has seats, and takes them back.",
                  "The main server “%1$s” lets the backup server “%2$s” serve its clients for "
                  "%3$u seconds, as far as that one has seats, and takes them back.",
                  seconds),
        server, other, seconds);
  if (pair)
    return plan_of_pair (seconds, server, other);
  if (kind == TRIAS_DRILL_OUTAGE)
    return g_strdup_printf (
        ngettext ("The active server “%1$s” falls silent for %3$u second, as if its cable were "
                  "pulled. “%2$s” takes over by itself. Afterwards “%1$s” serves again, even if "
                  "this program is closed.",
                  "The active server “%1$s” falls silent for %3$u seconds, as if its cable were "
                  "pulled. “%2$s” takes over by itself. Afterwards “%1$s” serves again, even if "
                  "this program is closed.",
                  seconds),
        server, other, seconds);
  return g_strdup_printf (
      ngettext ("The active server “%1$s” hands the clients over to “%2$s” in good order and gets "
                "them back after %3$u second.",
                "The active server “%1$s” hands the clients over to “%2$s” in good order and gets "
                "them back after %3$u seconds.",
                seconds),
      server, other, seconds);
}

char *
trias_drill_words_uncovered (const TriasConsequence *consequence)
{
  g_autoptr (GString) text = NULL;
  guint n = 0;

  if (consequence == NULL || consequence->covered >= consequence->total)
    return NULL;
  text = g_string_new (NULL);
  /* TRANSLATORS: numbers of seats */
  g_string_append_printf (text, _ ("Seats covered meanwhile: %1$u of %2$u. Not covered:"),
                          consequence->covered, consequence->total);
  for (guint i = 0; i < consequence->features->len; i++)
    {
      const TriasCoverage *coverage = g_ptr_array_index (consequence->features, i);

      if (coverage->covered >= coverage->total)
        continue;
      /* TRANSLATORS: a feature, and how many of its seats are missing */
      g_string_append_printf (text, n++ == 0 ? " " : ", ");
      g_string_append_printf (text, _ ("%1$s (%2$u)"), coverage->feature,
                              coverage->total - coverage->covered);
    }
  g_string_append_c (text, '.');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- meanwhile --- */

static char *
step_of_server (TriasDrillSight sight, gboolean outage, const char *name)
{
  if (sight == TRIAS_DRILL_SAW_BEGIN)
    return outage ? g_strdup_printf (_ ("All servers agree; “%s” is about to fall silent"), name)
                  : g_strdup_printf (_ ("All servers agree; “%s” is about to hand over"), name);
  if (sight == TRIAS_DRILL_SAW_AWAY)
    return outage ? g_strdup_printf (_ ("“%s” is silent"), name)
                  : g_strdup_printf (_ ("“%s” has handed over"), name);
  return outage ? g_strdup_printf (_ ("“%s” is back"), name)
                : g_strdup_printf (_ ("“%s” takes the clients back"), name);
}

char *
trias_drill_words_step (TriasDrill *drill, TriasDrillStep *step)
{
  const TriasDrillRecord *record = trias_drill_get_record (drill);
  const char *name = trias_drill_step_get_name (step);

  switch (trias_drill_step_get_sight (step))
    {
    case TRIAS_DRILL_SAW_SEAT:
      return g_strdup_printf (_ ("The measuring client holds a seat for “%s”"), name);
    case TRIAS_DRILL_SAW_NO_SEAT:
      return g_strdup (_ ("No seat is free: the measuring client only asks"));
    case TRIAS_DRILL_SAW_SERVER:
      return g_strdup_printf (_ ("The client is served by “%s”"), name);
    case TRIAS_DRILL_SAW_END:
      return g_strdup (record != NULL && record->phase == TRIAS_DRILL_PASSED
                           ? _ ("All is as it was before")
                           : _ ("The drill has ended"));
    case TRIAS_DRILL_SAW_BEGIN:
    case TRIAS_DRILL_SAW_AWAY:
    case TRIAS_DRILL_SAW_RETURN:
    default:
      return step_of_server (trias_drill_step_get_sight (step),
                             record != NULL && record->kind == TRIAS_DRILL_OUTAGE, name);
    }
}

/* --- afterwards --- */

char *
trias_drill_words_seconds (gint64 ms)
{
  /* TRANSLATORS: seconds */
  return ms < 1000 ? g_strdup_printf (_ ("%.2f s"), (double) ms / 1000.0)
                   : g_strdup_printf (_ ("%.1f s"), (double) ms / 1000.0);
}

char *
trias_drill_words_gap (const TriasDrillRecord *record)
{
  g_autofree char *seconds = trias_drill_words_seconds (record->gap_ms);

  if (record->measure == TRIAS_DRILL_NOTHING)
    return g_strdup (_ ("Nobody measured how long a client waited."));
  /* TRANSLATORS: "0.43 s" */
  return g_strdup_printf (_ ("A client would have waited %s."), seconds);
}

char *
trias_drill_words_failed (const TriasDrillRecord *record)
{
  if (record->measure == TRIAS_DRILL_NOTHING)
    return g_strdup ("");
  if (record->failed == 0)
    return g_strdup (_ ("No request was lost."));
  return g_strdup_printf (
      ngettext ("%d request was lost.", "%d requests were lost.", (gulong) record->failed),
      (int) record->failed);
}

char *
trias_drill_words_result (const TriasDrillRecord *record)
{
  g_autofree char *why = record->problem[0] != '\0' ? trias_detail_words (record->problem) : NULL;
  const char *problem = why != NULL ? why : record->problem;

  if (record->phase == TRIAS_DRILL_PASSED)
    return g_strdup (record->failed == 0 ? _ ("Passed") : _ ("Not passed: requests were lost"));
  if (trias_drill_record_is_running (record))
    return g_strdup (_ ("Under way"));
  if (problem[0] == '\0')
    return g_strdup (_ ("Broken off"));
  /* TRANSLATORS: why a drill was not passed, a sentence */
  return g_strdup_printf (_ ("Not passed: %s"), problem);
}

char *
trias_drill_words_last (const TriasDrillRecord *record, const char *time)
{
  g_autofree char *result = trias_drill_words_result (record);
  g_autofree char *seconds = trias_drill_words_seconds (record->gap_ms);

  if (record->measure == TRIAS_DRILL_NOTHING)
    /* TRANSLATORS: date and time, "Outage", "Passed" */
    return g_strdup_printf (_ ("Last failover drill: %1$s, %2$s: %3$s"), time,
                            trias_drill_words_kind (record->kind), result);
  /* TRANSLATORS: date and time, "Outage", "Passed", "0.43 s" */
  return g_strdup_printf (_ ("Last failover drill: %1$s, %2$s: %3$s, a client waited %4$s"), time,
                          trias_drill_words_kind (record->kind), result, seconds);
}
