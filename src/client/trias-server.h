/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-items.h"
#include "client/trias-relationship-info.h"
#include "client/trias-rest.h"
#include "core/trias-address.h"
#include "core/trias-check.h"

G_BEGIN_DECLS

/**
 * TriasServerState:
 * @TRIAS_SERVER_DISCONNECTED: not asked to connect
 * @TRIAS_SERVER_CONNECTING: the first answer is awaited
 * @TRIAS_SERVER_UNTRUSTED: its fingerprint is to be confirmed, see `offered-fingerprint`
 * @TRIAS_SERVER_SIGNED_OUT: it answers; an administrator has to sign in
 * @TRIAS_SERVER_CONNECTED: signed in and live
 * @TRIAS_SERVER_LOST: was reached and is not now; it is tried again by itself
 */
typedef enum
{
  TRIAS_SERVER_DISCONNECTED,
  TRIAS_SERVER_CONNECTING,
  TRIAS_SERVER_UNTRUSTED,
  TRIAS_SERVER_SIGNED_OUT,
  TRIAS_SERVER_CONNECTED,
  TRIAS_SERVER_LOST,
} TriasServerState;

/**
 * TriasServer:
 *
 * A licence server that a console or command line knows. Lists are live: fetched at first use,
 * fetched again when the server says that they changed, and whole after a loss.
 *
 * Properties (all with notify): `address` (string), `fingerprint` (pinned, "" if none yet),
 * `offered-fingerprint` (what answered, to be confirmed), `key-changed` (boolean: another key than
 * the pinned one answers), `id`, `name` (the address until known), `version`, `state`
 * (TriasServerState), `error-message` (English, "" if none), `error-reason` (int, TriasReason),
 * `online` (boolean: answers now), `signed-in` (boolean), `admin` (name signed in with), `role`
 * (int, TriasRole), `active` (boolean), `test-issuer` (boolean), `relationship-name`, `since`
 * (int64, Unix ms of this computer: last change of `online`), `last-heard` (int64), `started-at`
 * (int64), `relationship` (TriasRelationshipInfo, nullable), `default-ttl`, `history-days` (uint),
 * `contact`, `leases-total` (uint), `rules`, `licenses`, `pools`, `leases`, `denials`, `events`
 * (GListModel), `busy` (boolean: a list is being fetched).
 *
 * Signals: `event (self, TriasEventItem)`: a new live event; `changed (self, what)`: after what the
 * server said changed was read again.
 */
#define TRIAS_TYPE_SERVER (trias_server_get_type ())
G_DECLARE_FINAL_TYPE (TriasServer, trias_server, TRIAS, SERVER, GObject)

#define TRIAS_SERVER_MAX_EVENTS 2000
#define TRIAS_SERVER_LEASE_PAGE 1000

/** @address with or without fingerprint. */
TriasServer *trias_server_new (const TriasAddress *address);
const char *trias_server_get_address (TriasServer *self);
const char *trias_server_get_fingerprint (TriasServer *self);
const char *trias_server_get_offered_fingerprint (TriasServer *self);
gboolean trias_server_get_key_changed (TriasServer *self);
const char *trias_server_get_id (TriasServer *self);
const char *trias_server_get_name (TriasServer *self);
const char *trias_server_get_version (TriasServer *self);
TriasServerState trias_server_get_state (TriasServer *self);
const char *trias_server_get_error_message (TriasServer *self);
TriasReason trias_server_get_error_reason (TriasServer *self);
gboolean trias_server_get_online (TriasServer *self);
gboolean trias_server_get_signed_in (TriasServer *self);
const char *trias_server_get_admin (TriasServer *self);
TriasRole trias_server_get_role (TriasServer *self);
gboolean trias_server_get_active (TriasServer *self);
gboolean trias_server_get_test_issuer (TriasServer *self);
gint64 trias_server_get_since (TriasServer *self);
gint64 trias_server_get_last_heard (TriasServer *self);
gint64 trias_server_get_started_at (TriasServer *self);
/** HOST:PORT at which the server says it listens. (nullable) (array zero-terminated=1) */
const char *const *trias_server_get_addresses (TriasServer *self);
/** (nullable) (transfer none) */
TriasRelationshipInfo *trias_server_get_relationship (TriasServer *self);
/** (nullable) (transfer none) until read */
const TriasSettings *trias_server_get_settings (TriasServer *self);
/** For requests of a program's own. (transfer none) */
TriasRest *trias_server_get_rest (TriasServer *self);

/* Live lists; asking for one fetches it. (transfer none) */
GListModel *trias_server_get_rules (TriasServer *self);    /* TriasRuleItem */
GListModel *trias_server_get_licenses (TriasServer *self); /* TriasLicenseItem */
GListModel *trias_server_get_pools (TriasServer *self);    /* TriasPoolItem */
GListModel *
trias_server_get_leases (TriasServer *self); /* TriasLeaseItem, the pages asked for so far */
GListModel *trias_server_get_denials (TriasServer *self); /* TriasDenialItem, newest first */
GListModel *trias_server_get_events (
    TriasServer *self); /* TriasEventItem, newest first, at most TRIAS_SERVER_MAX_EVENTS */
/** Number of leases the server has; more than the list holds while pages are missing. */
guint trias_server_get_leases_total (TriasServer *self);
/** Asks for the next page of leases, or older events. Nothing happens if there is none. */
void trias_server_more_leases (TriasServer *self);
void trias_server_more_events (TriasServer *self);

/* Every action ends with its _finish; %FALSE or %NULL with an error in %TRIAS_ERROR, whose
 * parameters trias_problem_from_error() gives. */

/** Reaches the server. Ends when `state` is untrusted, signed-out or connected, or with an error;
 * then it goes on trying only if it was reached before. With a kept token the session goes on. */
void trias_server_connect_async (TriasServer *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean trias_server_connect_finish (TriasServer *self, GAsyncResult *result, GError **error);
/** Closes the stream, drops connections; the token is kept. */
void trias_server_disconnect (TriasServer *self);
/** Pins @fingerprint, which a person compared (64 hex digits, groups and case forgiven), and
 * connects. */
void trias_server_trust_async (TriasServer *self,
                               const char *fingerprint,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean trias_server_trust_finish (TriasServer *self, GAsyncResult *result, GError **error);
void trias_server_sign_in_async (TriasServer *self,
                                 const char *name,
                                 const char *password,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean trias_server_sign_in_finish (TriasServer *self, GAsyncResult *result, GError **error);
/** Continues a session whose token was kept elsewhere. */
void trias_server_set_token (TriasServer *self, const char *token);
void trias_server_sign_out_async (TriasServer *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean trias_server_sign_out_finish (TriasServer *self, GAsyncResult *result, GError **error);
/** Reads everything again that was read before, now. */
void trias_server_refresh_async (TriasServer *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean trias_server_refresh_finish (TriasServer *self, GAsyncResult *result, GError **error);

void trias_server_add_rule_async (TriasServer *self,
                                  const TriasRule *rule,
                                  gboolean force,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/** Replaces the rule with the id of @rule. */
void trias_server_change_rule_async (TriasServer *self,
                                     const TriasRule *rule,
                                     gboolean force,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void trias_server_remove_rule_async (TriasServer *self,
                                     const char *id,
                                     gboolean force,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void trias_server_install_license_async (TriasServer *self,
                                         const char *text,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
void trias_server_remove_license_async (TriasServer *self,
                                        const char *id,
                                        gboolean force,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/** Forced, as administrator. */
void trias_server_release_lease_async (TriasServer *self,
                                       const char *id,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
void trias_server_rename_async (TriasServer *self,
                                const char *name,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void trias_server_set_settings_async (TriasServer *self,
                                      const TriasSettings *settings,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/** @name, @options, @members (nullable) (element-type TriasMember): what changes; of the members
 * it is their addresses. */
void trias_server_set_relationship_async (TriasServer *self,
                                          const char *name,
                                          const TriasOptions *options,
                                          GPtrArray *members,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
/** Ends when the pair is synchronised or the server says why not. */
void trias_server_sync_now_async (TriasServer *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
void trias_server_dissolve_async (TriasServer *self,
                                  gboolean force,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/** Ends a triad. @keep: server id of the member that keeps the licences that are bound to no
 * server, and the leases; the others lay them down first. */
void trias_server_dissolve_triad_async (TriasServer *self,
                                        const char *keep,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/** Makes the member @to of a triad the active one and holds it in place until @until (Unix ms), or
 * with 0 until it is given back. */
void trias_server_hand_over_async (TriasServer *self,
                                   const char *to,
                                   gint64 until,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/** Lets the rule decide again who is active. */
/** Makes the server stand aside so that it can be switched off; @seconds: so long at most, 0 =
 * until it is ended. @force: although no other can take over. Whether it is safe by now tells
 * trias_relationship_info_find_maintenance(). */
void trias_server_begin_maintenance_async (TriasServer *self,
                                           guint seconds,
                                           gboolean force,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
/** The server takes part again. */
void trias_server_end_maintenance_async (TriasServer *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
void trias_server_give_back_async (TriasServer *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/** The other servers of the triad are lost for good: this one goes on alone. @name: of the triad,
 * as the administrator typed it. */
void trias_server_recover_async (TriasServer *self,
                                 const char *name,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/** @take: TRIAS_ROLE_MAIN or TRIAS_ROLE_BACKUP. */
void trias_server_resolve_conflict_async (TriasServer *self,
                                          TriasRole take,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
void trias_server_abort_forming_async (TriasServer *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/** Ends any of the actions above; what it changed has been read again by then. */
gboolean trias_server_action_finish (TriasServer *self, GAsyncResult *result, GError **error);

/** Text of an installed licence. */
void trias_server_get_license_text_async (TriasServer *self,
                                          const char *id,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
char *
trias_server_get_license_text_finish (TriasServer *self, GAsyncResult *result, GError **error);

/** Makes an invitation on this server for @coordinator. @expires_at (out) (optional): Unix ms.
 * (transfer full) code */
void trias_server_invite_async (TriasServer *self,
                                const char *coordinator,
                                TriasKind kind,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
char *trias_server_invite_finish (TriasServer *self,
                                  GAsyncResult *result,
                                  gint64 *expires_at,
                                  GError **error);

/** Another member-to-be, as this server shall reach it. */
typedef struct
{
  const char *address;
  const char *fingerprint; /* (nullable) */
  const char *invitation;  /* (nullable) for a check */
} TriasCandidate;

/** Checks the relationship that this server is in, between all its members; changes nothing. Ends
 * with trias_server_check_finish(). */
void trias_server_check_present_async (TriasServer *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/** Checks whether a relationship could be formed with this server as main. (element-type
 * TriasCheck) */
void trias_server_check_async (TriasServer *self,
                               TriasKind kind,
                               const char *own_address,
                               const TriasCandidate *candidates,
                               gsize n_candidates,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GPtrArray *trias_server_check_finish (TriasServer *self,
                                      GAsyncResult *result,
                                      gboolean *passed,
                                      GError **error);
/** Forms a relationship with this server as main. @id: trias_random_id(), kept for a retry. */
void trias_server_form_async (TriasServer *self,
                              const char *id,
                              const char *name,
                              TriasKind kind,
                              const TriasOptions *options,
                              const char *own_address,
                              const TriasCandidate *candidates,
                              gsize n_candidates,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean trias_server_form_finish (TriasServer *self, GAsyncResult *result, GError **error);
/** Checks whether the relationship could go on with @newcomer in place of @leaving (server id of a
 * member of a triad; %NULL: a pair becomes a triad). @discard: what the others have of their own
 * may be put aside. Ends with trias_server_check_finish(). */
void trias_server_check_change_async (TriasServer *self,
                                      const char *leaving,
                                      gboolean discard,
                                      const TriasCandidate *newcomer,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/** Does that; ends with trias_server_form_finish(). @id: trias_random_id(), kept for a retry. */
void trias_server_change_async (TriasServer *self,
                                const char *id,
                                const char *leaving,
                                gboolean discard,
                                const TriasCandidate *newcomer,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

G_END_DECLS
