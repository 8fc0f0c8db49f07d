/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/** How much a person should be alarmed about a relationship. */
typedef enum
{
  TRIAS_ALARM_NONE,         /* it survives the next failure */
  TRIAS_ALARM_WEAKENED,     /* redundancy is lost: still served, one more failure is a standstill */
  TRIAS_ALARM_OUT_OF_REACH, /* this program reaches none of its servers: nobody knows */
  TRIAS_ALARM_STANDSTILL,   /* service is lost */
} TriasAlarm;

TriasAlarm trias_alarm_of_triad (TriasTriad *triad);
TriasAlarm trias_alarm_of_pair (TriasPair *pair);

/** What was told, and what is going on. Begins as all zero. */
typedef struct
{
  TriasAlarm told;
  TriasAlarm seen;
  gint64 since; /* ms of any steady clock: since when it is like @seen */
} TriasAlarmState;

/** It is like @seen at @now (ms of a steady clock). %TRUE if that is to be told now: it differs
 * from what was told and has lasted; a take-over that is over in a moment alarms nobody. */
gboolean trias_alarm_settle (TriasAlarmState *self, TriasAlarm seen, gint64 now);
/** Whether it is to be looked at again though nothing may change. */
gboolean trias_alarm_is_pending (const TriasAlarmState *self);

G_END_DECLS
