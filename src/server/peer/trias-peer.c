/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-peer.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-aside.h"
#include "server/peer/trias-base.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-left-out.h"
#include "server/peer/trias-left-over.h"
#include "server/peer/trias-list-signatures.h"
#include "server/peer/trias-partner-address.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-peer-private.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-serving.h"
#include "server/peer/trias-shared.h"

/* Watchers hear of changes at most this often. */
#define TOUCH_MS 100
#define TICK_MS 500

gint64
trias_peer_clock (void)
{
  return g_get_monotonic_time () / 1000;
}

TriasPeer *
trias_peer_ref (TriasPeer *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
trias_peer_unref (TriasPeer *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  trias_peer_client_free (self->client);
  trias_forming_free (self->forming);
  trias_base_giver_free (self->giver);
  trias_drills_free (self->drill);
  trias_list_signatures_free (self->signatures);
  trias_aside_free (self->aside);
  g_hash_table_unref (self->calls);
  g_ptr_array_unref (self->check_runs);
  g_ptr_array_unref (self->sync_waiters);
  g_ptr_array_unref (self->shrinks);
  trias_identity_unref (self->identity);
  g_clear_pointer (&self->issuers, trias_issuers_unref);
  g_strfreev (self->addresses);
  g_free (self->name);
  g_free (self->partner_address);
  trias_partner_address_forget (self);
  g_free (self->why);
  g_free (self);
}

gboolean
trias_peer_is_pair (TriasPeer *self)
{
  return self->partner != NULL;
}

const TriasMember *
trias_peer_find_other (TriasPeer *self, const char *key)
{
  if (self->relationship == NULL || strcmp (key, self->id) == 0)
    return NULL;
  return trias_relationship_find (self->relationship, key);
}

TriasLink *
trias_peer_find_link (TriasPeer *self, const char *key)
{
  if (self->triad != NULL)
    return trias_peer_triad_link (self->triad, key);
  return trias_peer_is_pair (self) && strcmp (self->partner->id, key) == 0 ? &self->link : NULL;
}

/* --- telling --- */

static gboolean
on_touch (gpointer user_data)
{
  TriasPeer *self = user_data;

  self->changed_source = 0;
  self->changed_at = trias_peer_clock ();
  if (self->changed != NULL)
    self->changed (self->changed_data);
  return G_SOURCE_REMOVE;
}

void
trias_peer_touch (TriasPeer *self)
{
  gint64 wait = self->changed_at + TOUCH_MS - trias_peer_clock ();

  if (self->stopped || self->changed_source != 0)
    return;
  self->changed_source = g_timeout_add ((guint) CLAMP (wait, 0, TOUCH_MS), on_touch, self);
}

void
trias_peer_event (
    TriasPeer *self, const char *kind, const char *subject, const char *name, const char *value)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self->keeper), kind, subject);

  if (value != NULL)
    trias_event_param (event, name, value);
  trias_keeper_record (self->keeper, event);
}

char *
trias_peer_end_text (TriasJsonWriter *writer)
{
  gsize length;
  char *text = trias_json_writer_end (writer, &length);

  trias_json_writer_free (writer);
  return text;
}

TriasJsonWriter *
trias_peer_begin_request (TriasPeer *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_add_string (writer, "relationship", self->relationship->id);
  trias_json_add_int (writer, "incarnation", (gint64) self->relationship->incarnation);
  return writer;
}

void
trias_peer_post (TriasPeer *self,
                 const char *verb,
                 TriasJsonWriter *writer,
                 guint timeout_ms,
                 TriasPeerAnswerFunc func,
                 gpointer user_data)
{
  trias_json_end_object (writer);
  trias_peer_client_post (self->client, trias_partner_address (self), self->partner->id, verb,
                          trias_peer_end_text (writer), timeout_ms, func, user_data);
}

/* --- what the keeper tells --- */

static gboolean
on_adopt (gpointer user_data)
{
  TriasPeer *self = user_data;

  self->adopting = 0;
  trias_peer_adopt_relationship (self);
  return G_SOURCE_REMOVE;
}

/* In a triad what one of the three was asked changes the relationship of all. */
static void
on_triad_changed (TriasPeer *self, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len && self->adopting == 0; i++)
    if (((TriasChange *) g_ptr_array_index (changes, i))->record == TRIAS_RECORD_RELATIONSHIP)
      self->adopting = g_idle_add (on_adopt, self);
  trias_peer_triad_changed (self->triad);
}

/* The journal is another one, or this server's part in it. */
static void
on_triad (gpointer user_data)
{
  TriasPeer *self = user_data;

  if (self->triad != NULL)
    trias_peer_triad_refresh (self->triad);
  if (self->routed != NULL)
    self->routed (self->routed_data);
  if (self->relationship != NULL && self->adopting == 0
      && trias_keeper_is_triad (self->keeper) != (self->triad != NULL))
    self->adopting = g_idle_add (on_adopt, self);
}

static void
on_changed (GPtrArray *changes, gpointer user_data)
{
  TriasPeer *self = user_data;

  if (self->triad != NULL)
    on_triad_changed (self, changes);
  if (!trias_peer_is_pair (self))
    return;
  trias_peer_copy_own_changes (self->copy, changes);
  trias_serving_own_changes (self->serving, changes);
  trias_shared_note_changes (self->shared, changes);
  /* While apart every change here is one that the partner does not have. */
  if (!self->link.connected && self->status->synchronised)
    trias_peer_refresh (self);
}

static void
on_event (const TriasEvent *event, gpointer user_data)
{
  TriasPeer *self = user_data;

  if (trias_peer_is_pair (self))
    trias_serving_event (self->serving, event);
  else if (self->triad != NULL && g_str_has_prefix (event->kind, "rule-"))
    trias_peer_triad_rules_changed (self->triad);
}

static const TriasKeeperWatch watch
    = { .changed = on_changed, .event = on_event, .triad = on_triad };

/* Whether @rules let @member in, from where it was seen last or else from its address. @deciding
 * (out) (optional) (nullable) */
static gboolean
lets_in (TriasPeer *self, GPtrArray *rules, const TriasMember *member, const TriasRule **deciding)
{
  g_autoptr (TriasAddress) address = trias_address_parse (member->addresses[0], NULL);
  g_autoptr (GInetAddress) inet
      = address != NULL ? g_inet_address_new_from_string (address->host) : NULL;
  const char *names[2] = { address != NULL && inet == NULL ? address->host : NULL, NULL };
  const char *seen = self->triad != NULL ? trias_peer_triad_address (self->triad, member->id)
                                         : self->partner_address;
  TriasFacts facts = { .key_id = member->id, .host_names = names };

  facts.address = seen != NULL ? seen : inet != NULL ? address->host : "";
  return trias_rules_allow (rules, TRIAS_SCOPE_PEER, &facts, deciding);
}

gboolean
trias_peer_lets_in (TriasPeer *self, const TriasMember *member, gboolean *denied)
{
  g_autoptr (GPtrArray) rules = trias_access_list (self->access);
  const TriasRule *deciding = NULL;
  gboolean let_in = lets_in (self, rules, member, &deciding);

  if (denied != NULL)
    *denied = deciding != NULL && deciding->effect == TRIAS_EFFECT_DENY;
  return let_in;
}

/* Whether rules as they would be keep a member out that is let in now. */
static const char *
cuts (GPtrArray *peer_rules, gpointer user_data)
{
  TriasPeer *self = user_data;

  for (guint i = 0; self->relationship != NULL && i < self->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->relationship->members, i);

      if (strcmp (member->id, self->id) != 0 && !lets_in (self, peer_rules, member, NULL))
        return member->name;
    }
  return NULL;
}

/* --- the relationship --- */

static void
leave (TriasPeer *self)
{
  trias_peer_end_sync_waiters (self, TRUE);
  g_clear_pointer (&self->triad, trias_peer_triad_free);
  g_clear_pointer (&self->copy, trias_peer_copy_free);
  g_clear_pointer (&self->serving, trias_serving_free);
  g_clear_pointer (&self->shared, trias_shared_free);
  g_clear_pointer (&self->status, trias_member_status_free);
  g_clear_pointer (&self->partner_view, trias_member_status_free);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  g_clear_pointer (&self->partner_address, g_free);
  trias_partner_address_forget (self);
  self->partner = NULL;
  self->role = TRIAS_ROLE_SINGLE;
}

/* @known (nullable): the link to the partner in the triad that became the pair. */
static void
join_pair (TriasPeer *self, gboolean restarted, const TriasLink *known)
{
  gint64 now = trias_keeper_now (self->keeper);

  self->partner = trias_relationship_partner (self->relationship, self->id);
  self->status = trias_member_status_new (self->partner->id);
  self->status->synchronised_since = now;
  self->partner_serving = known != NULL && self->role == TRIAS_ROLE_BACKUP;
  self->skewed = FALSE;
  self->probe_at = self->compare_at = 0;
  trias_link_init (&self->link, now);
  /* Its clients are sent to the main server at once. */
  if (known != NULL)
    self->link = *known;
  self->copy = trias_peer_copy_new (self);
  self->shared = trias_shared_new (self);
  self->serving = trias_serving_new (self, restarted);
  self->status->synchronised = trias_sync_apart_ok (&self->copy->sync);
  self->status->synchronised_at = self->copy->sync.confirmed_wall;
  trias_peer_refresh (self);
  trias_peer_probe (self, TRUE);
}

static void
join (TriasPeer *self,
      const TriasRelationship *relationship,
      gboolean restarted,
      const TriasLink *known)
{
  self->relationship = trias_relationship_copy (relationship);
  self->role = trias_relationship_role (self->relationship, self->id);
  trias_peer_client_forget_connections (self->client);
  trias_recover_forget (self);
  trias_left_out_forget (self);
  /* Whoever left comes back: what was written down then is over. */
  if (trias_keeper_get_local (self->keeper, TRIAS_LOCAL_DISSOLVED, relationship->id) != NULL)
    trias_keeper_put_local (self->keeper, TRIAS_LOCAL_DISSOLVED, relationship->id, NULL, NULL,
                            NULL);
  if (relationship->kind == TRIAS_KIND_BACKUP)
    {
      join_pair (self, restarted, known);
      return;
    }
  self->triad = trias_peer_triad_new (self);
  trias_peer_triad_refresh (self->triad);
  trias_peer_triad_soon_probe (self->triad);
}

/* Two members of a triad that becomes a pair go on hearing each other. %FALSE: they did not. */
static gboolean
know_partner (TriasPeer *self, const TriasRelationship *sealed, TriasLink *link)
{
  const TriasMember *partner = trias_relationship_partner (sealed, self->id);
  const TriasLink *known = partner != NULL && self->triad != NULL
                               ? trias_peer_triad_link (self->triad, partner->id)
                               : NULL;

  if (partner == NULL || self->triad == NULL)
    return FALSE;
  trias_forming_drop_pair (self);
  if (known == NULL || !known->connected)
    return FALSE;
  *link = *known;
  return TRUE;
}

/* Whether the others of its triad go on without this server: it was replaced, or left when the
 * triad became a pair. */
static gboolean
is_left_out (TriasPeer *self, const TriasRelationship *sealed)
{
  if (self->triad == NULL)
    return FALSE;
  return sealed != NULL
             ? trias_relationship_find (sealed, self->id) == NULL
             : *trias_ledger_get_ended_keep (trias_keeper_get_ledger (self->keeper)) == '\0';
}

/* What @former (transfer full) (nullable) leaves behind, now that the next one is taken up. */
static void
part (TriasPeer *self, TriasRelationship *former, gboolean left_out)
{
  if (former == NULL)
    return;
  if (left_out)
    trias_left_out_note (self, former);
  else
    trias_left_alone_tell (self, former);
  trias_left_over_rules (self, former);
  trias_relationship_free (former);
}

static void
take_up (TriasPeer *self, gboolean restarted)
{
  const TriasRelationship *sealed
      = trias_ledger_get_relationship (trias_keeper_get_ledger (self->keeper));
  gboolean same = sealed != NULL && self->relationship != NULL
                  && strcmp (sealed->id, self->relationship->id) == 0
                  && sealed->incarnation == self->relationship->incarnation;
  gboolean left_out = !same && is_left_out (self, sealed);
  TriasRelationship *former = NULL;
  TriasLink link;
  gboolean known;

  /* A pair is begun when the triad's journal is left: it has something to write. */
  if (!same && sealed != NULL && sealed->kind == TRIAS_KIND_BACKUP
      && trias_keeper_is_triad (self->keeper) && trias_relationship_find (sealed, self->id) != NULL)
    return;
  if (same)
    {
      TriasRelationship *old = g_steal_pointer (&self->relationship);

      self->relationship = trias_relationship_copy (sealed);
      self->partner = trias_relationship_partner (self->relationship, self->id);
      trias_relationship_free (old);
    }
  else
    {
      /* Of a pair it was written down before. */
      if (self->triad != NULL && sealed == NULL
          && trias_ledger_get_ended_keep (trias_keeper_get_ledger (self->keeper))[0] != '\0')
        trias_forming_note_ended (self);
      known = sealed != NULL && know_partner (self, sealed, &link);
      if (self->relationship != NULL
          && (sealed == NULL || strcmp (sealed->id, self->relationship->id) != 0))
        trias_drills_forget (self->drill);
      if (self->relationship != NULL)
        {
          former = trias_relationship_copy (self->relationship);
          leave (self);
        }
      if (sealed != NULL && trias_relationship_find (sealed, self->id) != NULL)
        join (self, sealed, restarted, known ? &link : NULL);
      else if (trias_keeper_get_replica (self->keeper) != NULL)
        trias_keeper_reset_replica (self->keeper, NULL, NULL, NULL);
      trias_aside_relationship_changed (self->aside, restarted);
      part (self, former, left_out);
    }
  trias_peer_touch (self);
}

void
trias_peer_adopt_relationship (TriasPeer *self)
{
  take_up (self, FALSE);
  trias_forming_relationship_changed (self->forming);
  trias_shrink_taken_up (self, FALSE);
}

/* --- life --- */

TriasPeer *
trias_peer_new (TriasKeeper *keeper,
                TriasAccess *access,
                TriasIdentity *identity,
                TriasIssuers *issuers,
                const char *name,
                const char *const *addresses)
{
  TriasPeer *self = g_new0 (TriasPeer, 1);

  g_ref_count_init (&self->refs);
  self->keeper = keeper;
  self->access = access;
  self->identity = trias_identity_ref (identity);
  self->issuers = issuers != NULL ? trias_issuers_ref (issuers) : NULL;
  self->id = trias_identity_get_id (identity);
  self->name = g_strdup (name);
  self->addresses = g_strdupv ((char **) addresses);
  self->role = TRIAS_ROLE_SINGLE;
  trias_speaker_init (&self->speaker);
  self->client = trias_peer_client_new (identity, addresses);
  self->calls = g_hash_table_new (NULL, NULL);
  self->check_runs = g_ptr_array_new ();
  self->sync_waiters = g_ptr_array_new_with_free_func (g_free);
  self->shrinks = g_ptr_array_new_with_free_func (g_free);
  self->forming = trias_forming_new (self);
  self->giver = trias_base_giver_new (self);
  self->drill = trias_drills_new (self);
  self->signatures = trias_list_signatures_new ();
  self->aside = trias_aside_new (self);
  return self;
}

static gboolean
on_tick (gpointer user_data)
{
  TriasPeer *self = user_data;

  trias_peer_tick (self);
  trias_aside_tick (self->aside);
  return G_SOURCE_CONTINUE;
}

void
trias_peer_start (TriasPeer *self)
{
  if (self->started)
    return;
  self->started = TRUE;
  self->watch = trias_keeper_watch (self->keeper, &watch, self);
  trias_access_set_cuts (self->access, cuts, self);
  trias_invitation_sweep (self);
  trias_keeper_triad_start (self->keeper, &trias_peer_triad_links, self);
  trias_aside_start (self->aside);
  take_up (self, TRUE);
  trias_forming_start (self->forming);
  trias_drills_start (self->drill);
  self->tick = g_timeout_add (TICK_MS, on_tick, self);
}

void
trias_peer_stop (TriasPeer *self)
{
  if (self->stopped)
    return;
  if (self->started)
    {
      if (trias_peer_is_pair (self))
        trias_peer_copy_save (self->copy, TRUE);
      trias_keeper_triad_start (self->keeper, NULL, NULL);
      trias_keeper_unwatch (self->keeper, self->watch);
      trias_access_set_cuts (self->access, NULL, NULL);
    }
  self->stopped = TRUE;
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_handle_id (&self->changed_source, g_source_remove);
  g_clear_handle_id (&self->adopting, g_source_remove);
  trias_peer_calls_end (self);
  trias_peer_end_sync_waiters (self, TRUE);
  trias_shrink_taken_up (self, TRUE);
  trias_forming_stop (self->forming);
  trias_drills_stop (self->drill);
  trias_peer_client_stop (self->client);
  if (self->relationship != NULL)
    leave (self);
}

void
trias_peer_free (TriasPeer *self)
{
  if (self == NULL)
    return;
  trias_peer_stop (self);
  trias_peer_unref (self);
}

const TriasRelationship *
trias_peer_get_relationship (TriasPeer *self)
{
  return self->relationship;
}

const TriasMemberStatus *
trias_peer_get_status (TriasPeer *self)
{
  if (trias_peer_is_pair (self))
    trias_peer_fill_status (self, trias_peer_clock ());
  return self->status;
}

GPtrArray *
trias_peer_get_statuses (TriasPeer *self)
{
  GPtrArray *statuses;

  if (self->triad != NULL)
    return g_ptr_array_ref (trias_peer_triad_statuses (self->triad));
  statuses = g_ptr_array_new ();
  if (trias_peer_get_status (self) != NULL)
    g_ptr_array_add (statuses, self->status);
  return statuses;
}

void
trias_peer_set_changed (TriasPeer *self, void (*changed) (gpointer user_data), gpointer user_data)
{
  self->changed = changed;
  self->changed_data = user_data;
}

void
trias_peer_set_mute (TriasPeer *self,
                     void (*set_mute) (gboolean mute, gpointer user_data),
                     gpointer user_data)
{
  self->set_mute = set_mute;
  self->mute_data = user_data;
}

void
trias_peer_set_routed (TriasPeer *self, void (*routed) (gpointer user_data), gpointer user_data)
{
  self->routed = routed;
  self->routed_data = user_data;
}

void
trias_peer_set_name (TriasPeer *self, const char *name)
{
  g_free (self->name);
  self->name = g_strdup (name);
}
