/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-breaks.h"

#include <string.h>

static const char *const words[SIM_N_BREAKS] = {
  [SIM_BREAK_NOTHING] = "nothing",
  [SIM_BREAK_GUARD_1] = "guard-1",
  [SIM_BREAK_WITHHOLD] = "withhold",
  [SIM_BREAK_GUARD_2] = "guard-2",
  [SIM_BREAK_LEASE] = "lease",
  [SIM_BREAK_TRANSFER_LEASE] = "transfer-lease",
  [SIM_BREAK_TERTIARY] = "tertiary",
  [SIM_BREAK_PERMIT] = "permit",
  [SIM_BREAK_BLANK_VOTES] = "blank-votes",
  [SIM_BREAK_OLD_IMAGE_VOTES] = "old-image-votes",
  [SIM_BREAK_STICKY] = "sticky",
  [SIM_BREAK_START_WAIT] = "start-wait",
  [SIM_BREAK_EARLY_ANSWER] = "early-answer",
  [SIM_BREAK_EXPIRY_GENERATION] = "expiry-generation",
  [SIM_BREAK_SEALED_SERVES] = "sealed-serves",
  [SIM_BREAK_BEHIND_SEAL] = "behind-seal",
  [SIM_BREAK_EARLY_SEAL] = "early-seal",
  [SIM_BREAK_BLANK_BASE] = "blank-base",
};

const char *
sim_break_to_word (SimBreak breaks)
{
  return words[breaks];
}

gboolean
sim_break_from_word (const char *word, SimBreak *breaks)
{
  for (guint i = 0; i < SIM_N_BREAKS; i++)
    if (strcmp (words[i], word) == 0)
      {
        *breaks = i;
        return TRUE;
      }
  return FALSE;
}
