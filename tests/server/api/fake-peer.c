/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "fake-peer.h"

FakePeer fake_peer;

struct _TriasPeer
{
  TriasKeeper *keeper;
  TriasIdentity *identity;
};

void
fake_peer_clear (void)
{
  g_free (fake_peer.asked);
  g_free (fake_peer.moved);
  g_free (fake_peer.given_up);
  trias_lease_free (fake_peer.lease);
  trias_relationship_free (fake_peer.relationship);
  fake_peer = (FakePeer){ 0 };
}

void
fake_peer_finish (const TriasProblem *problem)
{
  TriasPeerDone done = g_steal_pointer (&fake_peer.done);

  done (problem, fake_peer.done_data);
}

static void
wait_for_finish (TriasPeerDone done, gpointer user_data)
{
  g_assert_null (fake_peer.done);
  fake_peer.done = done;
  fake_peer.done_data = user_data;
}

TriasPeer *
trias_peer_new (TriasKeeper *keeper,
                TriasAccess *access,
                TriasIdentity *identity,
                TriasIssuers *issuers,
                const char *name,
                const char *const *addresses)
{
  TriasPeer *self = g_new0 (TriasPeer, 1);

  self->keeper = keeper;
  self->identity = identity;
  return self;
}

void
trias_peer_start (TriasPeer *self)
{
}

void
trias_peer_stop (TriasPeer *self)
{
}

void
trias_peer_free (TriasPeer *self)
{
  g_free (self);
}

void
trias_peer_handle (TriasPeer *self, TriasHttpRequest *request)
{
  trias_http_refuse (request, TRIAS_REASON_UNAUTHENTICATED, "This is the partner's entrance.");
}

const TriasRelationship *
trias_peer_get_relationship (TriasPeer *self)
{
  return fake_peer.relationship;
}

GPtrArray *
trias_peer_get_statuses (TriasPeer *self)
{
  return g_ptr_array_new ();
}

void
trias_peer_explain (TriasPeer *self, TriasProblem *problem)
{
}

void
trias_peer_write (TriasPeer *self, TriasJsonWriter *writer, gboolean full)
{
  trias_json_begin_object (writer, NULL);
  trias_json_add_null (writer, "relationship");
  if (full)
    trias_json_add_null (writer, "forming");
  trias_json_end_object (writer);
}

const char *
trias_peer_get_active (TriasPeer *self)
{
  return trias_identity_get_id (self->identity);
}

const char *
trias_peer_get_serving (TriasPeer *self, const char **why)
{
  if (why != NULL)
    *why = "The main server serves.";
  return fake_peer.route == TRIAS_ROUTE_REDIRECT ? "redirecting" : "serving";
}

gboolean
trias_peer_covers_nothing (TriasPeer *self)
{
  return FALSE;
}

void
trias_peer_set_changed (TriasPeer *self, void (*changed) (gpointer user_data), gpointer user_data)
{
  fake_peer.changed = changed;
  fake_peer.changed_data = user_data;
}

void
trias_peer_set_routed (TriasPeer *self, void (*routed) (gpointer user_data), gpointer user_data)
{
  fake_peer.routed = routed;
  fake_peer.routed_data = user_data;
}

void
trias_peer_set_name (TriasPeer *self, const char *name)
{
}

TriasRoute
trias_peer_route (TriasPeer *self,
                  const char *feature,
                  const char *id,
                  const char *key_id,
                  const char *cannot_reach,
                  char **location)
{
  g_free (fake_peer.asked);
  fake_peer.asked
      = g_strdup_printf ("%s %s %s", feature != NULL ? feature : "-", id != NULL ? id : "-",
                         cannot_reach != NULL ? cannot_reach : "-");
  *location = g_strdup (fake_peer.location);
  return fake_peer.route;
}

void
trias_peer_lease_moved_here (TriasPeer *self, const char *id)
{
  g_free (fake_peer.moved);
  fake_peer.moved = g_strdup (id);
}

void
trias_peer_lease_given_up (TriasPeer *self, const char *id, const char *key_id)
{
  g_free (fake_peer.given_up);
  fake_peer.given_up = g_strdup (id);
}

void
trias_peer_lease_unknown (TriasPeer *self, const char *id, const char *key_id)
{
}

const TriasLease *
trias_peer_find_partner_lease (TriasPeer *self, const char *id)
{
  return fake_peer.lease;
}

gboolean
trias_peer_has_license (TriasPeer *self, const char *license_id)
{
  return g_strcmp0 (license_id, fake_peer.license_id) == 0;
}

void
trias_peer_submit_shared (TriasPeer *self,
                          TriasCommand *command,
                          TriasKeeperFunc func,
                          gpointer user_data)
{
  trias_keeper_submit (self->keeper, command, func, user_data);
}

char *
trias_peer_invite (TriasPeer *self, const char *coordinator, TriasKind kind, gint64 *expires)
{
  *expires = trias_keeper_now (self->keeper) + 600000;
  return trias_random_id ();
}

void
trias_peer_check (TriasPeer *self,
                  TriasKind kind,
                  GPtrArray *candidates,
                  const char *own_address,
                  TriasPeerChecked done,
                  gpointer user_data)
{
  g_autoptr (GPtrArray) checks = g_ptr_array_new ();

  done (checks, NULL, user_data);
}

void
trias_peer_check_present (TriasPeer *self, TriasPeerChecked done, gpointer user_data)
{
  g_autoptr (GPtrArray) checks = g_ptr_array_new ();

  done (checks, NULL, user_data);
}

void
trias_peer_form (TriasPeer *self,
                 const char *id,
                 const char *name,
                 TriasKind kind,
                 const TriasOptions *options,
                 GPtrArray *candidates,
                 const char *own_address,
                 const char *actor,
                 TriasPeerDone done,
                 gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_set_options (TriasPeer *self,
                        const char *name,
                        const TriasOptions *options,
                        GPtrArray *members,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_sync_now (TriasPeer *self, TriasPeerDone done, gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_dissolve (TriasPeer *self,
                     gboolean force,
                     const char *keep,
                     const char *actor,
                     TriasPeerDone done,
                     gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_hand_over (TriasPeer *self,
                      const char *to,
                      gint64 until,
                      const char *actor,
                      TriasPeerDone done,
                      gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_change (TriasPeer *self,
                   const TriasPeerChange *change,
                   const char *actor,
                   TriasPeerDone done,
                   gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_check_change (TriasPeer *self,
                         const TriasPeerChange *change,
                         TriasPeerChecked done,
                         gpointer user_data)
{
  g_autoptr (GPtrArray) checks = g_ptr_array_new ();

  done (checks, NULL, user_data);
}

void
trias_peer_recover (
    TriasPeer *self, const char *confirm, const char *actor, TriasPeerDone done, gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_write_signatures (TriasPeer *self, const char *text, TriasJsonWriter *writer)
{
}

void
trias_peer_shrink (TriasPeer *self,
                   const char *main,
                   const char *backup,
                   const char *actor,
                   TriasPeerDone done,
                   gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_begin_maintenance (TriasPeer *self,
                              guint seconds,
                              gboolean force,
                              const char *actor,
                              TriasPeerDone done,
                              gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_end_maintenance (TriasPeer *self,
                            const char *actor,
                            TriasPeerDone done,
                            gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_begin_drill (TriasPeer *self,
                        const char *id,
                        TriasDrillKind kind,
                        guint seconds,
                        gboolean force,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_report_drill (TriasPeer *self,
                         const TriasDrillRecord *measured,
                         TriasPeerDone done,
                         gpointer user_data)
{
  done (NULL, user_data);
}

void
trias_peer_abort (TriasPeer *self, const char *actor, TriasPeerDone done, gpointer user_data)
{
  wait_for_finish (done, user_data);
}

void
trias_peer_resolve_conflict (
    TriasPeer *self, const char *take, const char *actor, TriasPeerDone done, gpointer user_data)
{
  wait_for_finish (done, user_data);
}
