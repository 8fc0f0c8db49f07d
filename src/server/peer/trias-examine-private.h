/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** One check under way: asks the other server, which connects back in the meantime. */
struct _TriasCheckRun
{
  TriasPeer *peer;
  GPtrArray *checks; /* (element-type TriasCheck) */
  char *address;     /* of the other server, as named by the administrator */
  char *own_address; /* at which the other shall reach this one */
  char *fingerprint; /* (nullable) that must answer */
  char *nonce;       /* by which the way back is known */
  char *other;       /* (nullable) id of the other server */
  char *other_name;
  char *back_address; /* (nullable) numeric, from which it connected back */
  gboolean back_let_in;
  gboolean answered;
  gint64 round_trip_us; /* the shortest seen; -1 = not measured */
  gint64 answered_at;   /* Unix ms on the own clock when the other server had told its time */
  gint64 other_time;    /* Unix ms that it told; 0 = it did not */
  guint n_pings;        /* sent so far */
  TriasExamined done;
  gpointer user_data;
};

/** Adds a check about the other server, or about this one. Borrowed. */
TriasCheck *trias_check_run_add (TriasCheckRun *run,
                                 const char *kind,
                                 gboolean about_other,
                                 TriasCheckState state);
void trias_check_run_add_identity (TriasCheckRun *run);
/** Turns the answer of the other server into checks; %FALSE if it could not be read. */
gboolean trias_check_run_read (TriasCheckRun *run, const TriasPeerAnswer *answer);
/** Writes round trip and clock into the checks that trias_check_run_read() added. */
void trias_check_run_measured (TriasCheckRun *run);

G_END_DECLS
