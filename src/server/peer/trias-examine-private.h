/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** One check under way: all servers that shall belong together with this one. */
typedef struct
{
  TriasPeer *peer;
  TriasKind kind;
  char *own_address; /* at which the others shall reach this one */
  GPtrArray *runs;   /* (element-type TriasCheckRun) one for each of the others, in rank order */
  guint waiting;     /* answers that are still to come */
  gboolean present;  /* of the relationship that there is: nobody is to join anything */
  TriasRelationship *changed; /* (nullable) what goes on in another form */
  char *leaving;              /* (nullable) member of it that is replaced */
  gboolean discard;           /* licences and leases of others may be put aside */
  TriasExamined done;
  gpointer user_data;
} TriasExamination;

/** One of the others: it is asked who it is, and connects back in the meantime. */
struct _TriasCheckRun
{
  TriasExamination *examination;
  TriasPeer *peer;   /* (borrowed) of @examination */
  GPtrArray *checks; /* (element-type TriasCheck) */
  char *address;     /* of the other server, as named by the administrator */
  char *invitation;  /* made on it, "" if none was given */
  char *fingerprint; /* (nullable) that must answer */
  gboolean stays;    /* it is a member of what goes on */
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
};

/** Writes by what the others let this one ask: its membership, or the invitation of @run. */
void trias_check_run_write_permit (TriasCheckRun *run, TriasJsonWriter *writer);
/** What stands for the invitation: that the other one is in the same relationship, or is enrolled.
 * Borrowed. */
TriasCheck *trias_check_run_add_permit (TriasCheckRun *run, TriasCheckState state);

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
/** Whether the other server can verify what is installed here; @issuers: those that it told. */
void trias_check_run_add_issuers (TriasCheckRun *run, const TriasJson *issuers);
/** Says that the rule is missing, as @check of @server_name, for @key_id seen at @address. */
void trias_check_miss_rule (TriasCheck *check,
                            const char *server_name,
                            const char *key_id,
                            const char *address);
/** What a change of a triad means beyond its members-to-be: the one that leaves, and licences that
 * are bound to it. */
void trias_examination_add_change (TriasExamination *self, GPtrArray *checks);
/** Licences that are bound to this server alone and rest in the triad that is to be; fails where
 * leases hold their seats. */
void trias_examination_add_resting (TriasExamination *self, GPtrArray *checks);
/** Asks each of the others whether it reaches the rest of them and is let in there; @done once all
 * have answered. */
void trias_examination_cross (TriasExamination *self, void (*done) (TriasExamination *self));

G_END_DECLS
