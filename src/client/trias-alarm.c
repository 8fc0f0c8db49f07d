/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-alarm.h"

#include "client/trias-pair-words.h"
#include "client/trias-triad-words.h"

/* So long it must last before a person is told, ms. */
static const gint64 patience[] = {
  [TRIAS_ALARM_NONE] = 5000,
  [TRIAS_ALARM_WEAKENED] = 5000,
  [TRIAS_ALARM_OUT_OF_REACH] = 10000,
  [TRIAS_ALARM_STANDSTILL] = 3000,
};

TriasAlarm
trias_alarm_of_triad (TriasTriad *triad)
{
  g_return_val_if_fail (TRIAS_IS_TRIAD (triad), TRIAS_ALARM_NONE);

  if (trias_triad_get_last_known (triad))
    return TRIAS_ALARM_OUT_OF_REACH;
  switch (trias_triad_words_health (triad))
    {
    case TRIAS_TRIAD_WELL:
      return TRIAS_ALARM_NONE;
    case TRIAS_TRIAD_WEAKENED:
      return TRIAS_ALARM_WEAKENED;
    case TRIAS_TRIAD_STANDSTILL:
      break;
    }
  return TRIAS_ALARM_STANDSTILL;
}

TriasAlarm
trias_alarm_of_pair (TriasPair *pair)
{
  TriasPairOutlook outlook;

  g_return_val_if_fail (TRIAS_IS_PAIR (pair), TRIAS_ALARM_NONE);

  if (trias_pair_get_main (pair) == NULL || trias_pair_get_backup (pair) == NULL)
    return TRIAS_ALARM_NONE;
  trias_pair_outlook_read (&outlook, pair);
  if (outlook.last_known)
    return TRIAS_ALARM_OUT_OF_REACH;
  /* Seats that the backup lacks are no news: they lacked before. */
  return outlook.main_online && outlook.backup_online && outlook.connected && outlook.synchronised
             ? TRIAS_ALARM_NONE
             : TRIAS_ALARM_WEAKENED;
}

gboolean
trias_alarm_settle (TriasAlarmState *self, TriasAlarm seen, gint64 now)
{
  if (self->seen != seen)
    {
      self->seen = seen;
      self->since = now;
    }
  if (!trias_alarm_is_pending (self) || now - self->since < patience[seen])
    return FALSE;
  self->told = seen;
  return TRUE;
}

gboolean
trias_alarm_is_pending (const TriasAlarmState *self)
{
  return self->seen != self->told;
}
