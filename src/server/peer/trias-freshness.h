/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/* Tells what another server says from what it said before. Messages overtake each other: a request
 * that was on its way when the network failed is delivered when that is back, long after its
 * sender gave it up, since the system sends again what was not acknowledged; and it may tell of a
 * state that has passed. So each message carries a number, and the name of the run of the process
 * that counts. */

#define TRIAS_RUN_LENGTH 32

/** What a process has said so far. */
typedef struct
{
  char run[TRIAS_RUN_LENGTH + 1];
  gint64 number;
} TriasSpeaker;

/** What was heard of another server. All zero at the beginning. */
typedef struct
{
  char run[TRIAS_RUN_LENGTH + 1];
  char ended[TRIAS_RUN_LENGTH + 1]; /* the run before this one */
  gint64 number;
} TriasFreshness;

/** Begins a run under a random name. */
void trias_speaker_init (TriasSpeaker *self);
/** Adds the members `run` and `number` to a message. */
void trias_speaker_write (TriasSpeaker *self, TriasJsonWriter *writer);
/** Takes note of @message; %FALSE if one that was sent later has come before it. One without a
 * number, of an older version, counts as new. */
gboolean trias_freshness_take (TriasFreshness *self, const TriasJson *message);

G_END_DECLS
