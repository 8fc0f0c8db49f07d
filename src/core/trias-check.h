/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-problem.h"
#include "core/trias-rule.h"

G_BEGIN_DECLS

/* words: waiting, running, passed, warning, failed */
typedef enum
{
  TRIAS_CHECK_WAITING,
  TRIAS_CHECK_RUNNING,
  TRIAS_CHECK_PASSED,
  TRIAS_CHECK_WARNING,
  TRIAS_CHECK_FAILED
} TriasCheckState;

/**
 * TriasCheck:
 *
 * One line of the check before a relationship is formed, or of one that there is. @kind is one of
 * `reach`, `reach-back`, `identity`, `version`, `invitation`, `member` (in the same relationship),
 * `rule`, `clock`, `free` (in no other relationship), `licenses` (no licence on both, all valid),
 * `coverage` (seats the backup cannot cover), `issuers` (the keys that verify the licences are
 * there too), `settings`, `latency`; for a relationship that goes on with another member also
 * `standing` (who stays is connected and synchronised), `leaving` (who is replaced) and `bound` (a
 * licence that is bound to the present three).
 */
typedef struct
{
  char *kind;
  char *server; /* (owned) id of the server it is about; on which a missing rule is missing */
  char *peer;   /* (owned) id of the other server, "" if none */
  TriasCheckState state;
  TriasReason reason_code; /* why it failed, for mending */
  char *detail;       /* (owned) English sentence; readers translate by kind, state and params */
  GHashTable *params; /* (owned) (nullable) e.g. address, latency_us, offset_ms, covered, total */
  TriasRule
      *mend; /* (owned) (nullable) the narrowest rule that would mend it, to be made on @server */
} TriasCheck;

TriasCheck *
trias_check_new (const char *kind, const char *server, const char *peer, TriasCheckState state);
void trias_check_set_detail (TriasCheck *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void trias_check_param (TriasCheck *self, const char *name, const char *value);
void trias_check_param_int (TriasCheck *self, const char *name, gint64 value);
TriasCheck *trias_check_copy (const TriasCheck *self);
void trias_check_free (TriasCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasCheck, trias_check_free)
const char *trias_check_state_to_word (TriasCheckState state);
gboolean trias_check_state_from_word (const char *word, TriasCheckState *state);
void trias_check_write (const TriasCheck *self, TriasJsonWriter *writer, const char *name);
TriasCheck *trias_check_read (const TriasJson *object, GError **error);

G_END_DECLS
