/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-server.h"

G_BEGIN_DECLS

/**
 * TriasCheckItem:
 *
 * Properties: `kind` (see TriasCheck), `server-id`, `server-name`, `peer-id`, `peer-name`, `state`
 * (int, TriasCheckState), `reason` (int, TriasReason), `detail` (English), `mendable` (boolean),
 * `mend-text` (the rule that would be made, "" if none).
 */
#define TRIAS_TYPE_CHECK_ITEM (trias_check_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasCheckItem, trias_check_item, TRIAS, CHECK_ITEM, GObject)
/** (transfer none) */
const TriasCheck *trias_check_item_get_check (TriasCheckItem *self);
/** A parameter, or %NULL. */
const char *trias_check_item_get_param (TriasCheckItem *self, const char *name);
const char *trias_check_item_get_server_name (TriasCheckItem *self);
const char *trias_check_item_get_peer_name (TriasCheckItem *self);
gboolean trias_check_item_get_mendable (TriasCheckItem *self);

/**
 * TriasMadeRule: a rule that mending made.
 *
 * Properties: `server` (TriasServer), `server-name`, `rule-id`, `text`.
 */
#define TRIAS_TYPE_MADE_RULE (trias_made_rule_get_type ())
G_DECLARE_FINAL_TYPE (TriasMadeRule, trias_made_rule, TRIAS, MADE_RULE, GObject)
TriasServer *trias_made_rule_get_server (TriasMadeRule *self);
const TriasRule *trias_made_rule_get_rule (TriasMadeRule *self);

/**
 * TriasSetupStep: one step of forming.
 *
 * Properties: `kind` (word: invite, check, prepare, seal, copy, done), `state` (int,
 * TriasCheckState), `detail` (English, "" if none).
 */
#define TRIAS_TYPE_SETUP_STEP (trias_setup_step_get_type ())
G_DECLARE_FINAL_TYPE (TriasSetupStep, trias_setup_step, TRIAS, SETUP_STEP, GObject)
const char *trias_setup_step_get_kind (TriasSetupStep *self);
TriasCheckState trias_setup_step_get_state (TriasSetupStep *self);

typedef enum
{
  TRIAS_SETUP_EDITING,
  TRIAS_SETUP_CHECKING,
  TRIAS_SETUP_CHECKED,
  TRIAS_SETUP_FORMING,
  TRIAS_SETUP_FORMED,
  TRIAS_SETUP_FAILED,
} TriasSetupState;

/**
 * TriasSetup:
 *
 * Setting up a backup relationship or a triad: what a wizard or command line fills in, the check,
 * mending, and forming, without any user interface. Members are named by rank: 0 main or primary,
 * which coordinates, 1 backup or secondary, 2 tertiary.
 *
 * Properties: `kind` (int, TriasKind), `name`, `sync-interval` (uint, s), `profile` (int,
 * TriasProfile), `failback` (int, TriasFailback), `state` (TriasSetupState), `passed` (boolean: the
 * last check, for what is filled in now), `n-mendable` (uint: rules that mend could make now),
 * `cancellable` (boolean: forming is before its seal), `copied` (boolean: formed, and the first
 * copy is complete), `command-line` (string), `error-message` (string), `problem` (string: what is
 * missing before a check can run; word: "", main, backup, third, newcomer, same, sign-in,
 * invitation, name), `checks` (GListModel of TriasCheckItem), `steps` (of TriasSetupStep),
 * `made-rules` (of TriasMadeRule).
 */
#define TRIAS_TYPE_SETUP (trias_setup_get_type ())
G_DECLARE_FINAL_TYPE (TriasSetup, trias_setup, TRIAS, SETUP, GObject)
TriasSetup *trias_setup_new (TriasKind kind);
/** For a relationship of @kind that there is already: the check asks its members about it, and
 * nothing can be formed. The first server carries it out; the others only make names known and take
 * the rules that mending makes. */
TriasSetup *trias_setup_new_present (TriasKind kind);
gboolean trias_setup_is_present (TriasSetup *self);
/** For @relationship that goes on with another server while it serves: the member with id @leaving
 * of a triad is replaced; with %NULL a pair becomes a triad. The server at rank 0 carries it out
 * (the active one, or the main one), the one at rank 1 is the newcomer; further ones only make
 * names known and take the rules that mending makes. */
TriasSetup *trias_setup_new_change (const TriasRelationship *relationship, const char *leaving);
/** The relationship that is changed; %NULL if something new is set up. (nullable) (transfer none)
 */
const TriasRelationship *trias_setup_get_changed (TriasSetup *self);
/** The member that is replaced. (nullable) (transfer none) */
const TriasMember *trias_setup_get_leaving (TriasSetup *self);
/** Chooses another member of the triad that is replaced. */
void trias_setup_set_leaving (TriasSetup *self, const char *id);
/** Of a pair that becomes a triad: what the others have of their own may be put aside. */
void trias_setup_set_discard (TriasSetup *self, gboolean discard);
gboolean trias_setup_get_discard (TriasSetup *self);
TriasKind trias_setup_get_kind (TriasSetup *self);
/** A relationship of another kind; members beyond its number are forgotten. */
void trias_setup_set_kind (TriasSetup *self, TriasKind kind);
guint trias_setup_get_n_members (TriasSetup *self);
/** (nullable) (transfer none) */
TriasServer *trias_setup_get_server (TriasSetup *self, guint rank);
void trias_setup_set_server (TriasSetup *self, guint rank, TriasServer *server);
/** Exchanges the member at @rank with the first one. */
void trias_setup_swap (TriasSetup *self, guint rank);
void trias_setup_set_name (TriasSetup *self, const char *name);
const char *trias_setup_get_name (TriasSetup *self);
/** Code of an invitation that was made on the member at @rank; made by itself when signed in. */
void trias_setup_set_invitation (TriasSetup *self, guint rank, const char *code);
/** How the first member (for the first itself: the others) reaches the one at @rank; the server's
 * own address by default. With `#FINGERPRINT` it sets that, too. */
void trias_setup_set_address (TriasSetup *self, guint rank, const char *address);
/** (transfer full) */
char *trias_setup_get_address (TriasSetup *self, guint rank);
void trias_setup_set_options (TriasSetup *self, const TriasOptions *options);
void trias_setup_get_options (TriasSetup *self, TriasOptions *options);
TriasSetupState trias_setup_get_state (TriasSetup *self);
gboolean trias_setup_get_passed (TriasSetup *self);
gboolean trias_setup_get_cancellable (TriasSetup *self);
/** Whether the two servers are synchronised since they were joined; turns true after FORMED. */
gboolean trias_setup_get_copied (TriasSetup *self);
guint trias_setup_get_n_mendable (TriasSetup *self);
const char *trias_setup_get_problem (TriasSetup *self);
const char *trias_setup_get_error_message (TriasSetup *self);
/** (transfer none) */
GListModel *trias_setup_get_checks (TriasSetup *self);
GListModel *trias_setup_get_steps (TriasSetup *self);
GListModel *trias_setup_get_made_rules (TriasSetup *self);
/** The same as one command: `trias relationship create …`. (transfer full) */
char *trias_setup_get_command_line (TriasSetup *self);

/** Runs the check. %TRUE when all passed (warnings count as passed); an error only if it could not
 * be run. */
void trias_setup_check_async (TriasSetup *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean
trias_setup_check_finish (TriasSetup *self, GAsyncResult *result, gboolean *passed, GError **error);
/** Makes the missing rules, the narrowest ones, on the servers this program is signed in to; what
 * it made stands in `made-rules`. Then checks again. @n_made (out) (optional). */
void trias_setup_mend_async (TriasSetup *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean
trias_setup_mend_finish (TriasSetup *self, GAsyncResult *result, guint *n_made, GError **error);
/** Forms the relationship; cancelling works until the seal, then it goes on and the servers carry
 * it through. It ends when the two are joined; the first copy goes on: see `copied`. */
void trias_setup_form_async (TriasSetup *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean trias_setup_form_finish (TriasSetup *self, GAsyncResult *result, GError **error);
/** Removes the rules that mending made. */
void trias_setup_undo_async (TriasSetup *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean trias_setup_undo_finish (TriasSetup *self, GAsyncResult *result, GError **error);

G_END_DECLS
