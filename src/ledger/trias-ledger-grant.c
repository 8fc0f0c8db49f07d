/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

/* Words of an event by which a reader knows the lease. */
static void
lease_event (TriasApply *apply, const char *kind, const TriasLease *lease)
{
  TriasEvent *event = trias_apply_event (apply, kind, lease->id);

  trias_event_add_param (event, "feature", lease->feature);
  trias_event_add_param (event, "product", lease->product);
  trias_event_add_param (event, "user", lease->holder.user);
  trias_event_add_param (event, "host", lease->holder.host);
  trias_event_add_param (event, "device", lease->holder.device);
  trias_event_add_param (event, "key", lease->key_id);
  trias_event_param_uint (event, "count", lease->count);
}

/* A request may leave product and ttl open; then a retry matches whatever was chosen for it. */
static gboolean
same_request (const TriasLease *request, const TriasLease *lease)
{
  return request->count == lease->count && strcmp (request->feature, lease->feature) == 0
         && strcmp (request->holder.user, lease->holder.user) == 0
         && strcmp (request->holder.host, lease->holder.host) == 0
         && strcmp (request->holder.device, lease->holder.device) == 0
         && (request->ttl_s == 0 || request->ttl_s == lease->ttl_s)
         && (request->product[0] == '\0' || strcmp (request->product, lease->product) == 0);
}

/* Whether the request was answered before by a live lease, a conflict or a tombstone. */
static gboolean
answer_known (TriasApply *apply, const TriasLease *request)
{
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (apply->ledger, request->id);

  /* A lease that is resumed lives on at the partner: it ended here only because it had moved there.
   */
  if (entry == NULL && apply->command->kind != TRIAS_COMMAND_RESUME
      && trias_ledger_has_tombstone (apply->ledger, request->id))
    {
      trias_apply_refuse (apply, TRIAS_REASON_GONE,
                          "The lease “%s” has ended; ask for a new one under a new id.",
                          request->id);
      return TRUE;
    }
  if (entry == NULL)
    return FALSE;
  if (strcmp (entry->lease->key_id, request->key_id) != 0 || !same_request (request, entry->lease))
    {
      trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                          "The lease id “%s” is in use for another request; choose a new id.",
                          request->id);
      return TRUE;
    }
  apply->outcome->repeated = TRUE;
  apply->outcome->lease = trias_lease_copy (entry->lease);
  return TRUE;
}

static gboolean
check_request (TriasApply *apply, const TriasLease *request)
{
  if (!trias_lease_id_is_valid (request->id))
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "A lease id has 16 to 64 letters, digits, dots, dashes or underscores.");
  else if (request->key_id[0] == '\0')
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST, "A lease needs the key of its client.");
  else if (request->feature[0] == '\0')
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST, "A lease needs the name of a feature.");
  else if (request->count == 0 || request->count > TRIAS_LEASE_MAX_COUNT)
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "A lease is for 1 to %d seats, not for %u.", TRIAS_LEASE_MAX_COUNT,
                        request->count);
  else if (request->ttl_s != 0
           && (request->ttl_s < TRIAS_LEASE_MIN_TTL_S || request->ttl_s > TRIAS_LEASE_MAX_TTL_S))
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST, "A lease lasts %d to %d seconds, not %u.",
                        TRIAS_LEASE_MIN_TTL_S, TRIAS_LEASE_MAX_TTL_S, request->ttl_s);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_rules (TriasApply *apply)
{
  const TriasCommandFacts *carried = apply->command->facts;
  const TriasRule *deciding = NULL;
  g_autofree char *text = NULL;
  TriasFacts facts = {
    .key_id = carried->key_id,
    .user = carried->user,
    .groups = (const char *const *) carried->groups,
    .address = carried->address,
    .host_names = (const char *const *) carried->host_names,
    .this_computer = carried->this_computer,
  };

  if (trias_rules_allow (apply->ledger->rules, TRIAS_SCOPE_USE, &facts, &deciding))
    return TRUE;
  if (deciding == NULL)
    {
      trias_apply_refuse (apply, TRIAS_REASON_RULE_DENIED,
                          "No rule allows this user and computer to use licences.");
      return FALSE;
    }
  text = trias_rule_to_text (deciding);
  trias_apply_refuse (apply, TRIAS_REASON_RULE_DENIED, "The rule “%s” denies the use of licences.",
                      text);
  return FALSE;
}

/* Why @pool cannot serve @request now; NONE = it can. */
static TriasReason
try_pool (TriasLedger *self, TriasLedgerPool *pool, const TriasLease *request)
{
  guint64 used;
  guint need = request->count;

  trias_ledger_pool_refresh (self, pool);
  if (pool->reason != TRIAS_REASON_NONE)
    return pool->reason;
  if (pool->counted_by == TRIAS_COUNTED_BY_DEVICE)
    {
      if (request->holder.device[0] == '\0' || request->count != 1)
        return TRIAS_REASON_BAD_REQUEST;
      need = g_hash_table_contains (pool->devices, request->holder.device) ? 0 : 1;
    }
  used = trias_ledger_pool_used (pool);
  return used <= pool->seats && need <= pool->seats - used ? TRIAS_REASON_NONE
                                                           : TRIAS_REASON_NO_SEATS;
}

/* The refusal that tells the asker most: what could be mended soonest comes first. */
static guint
refusal_weight (TriasReason reason)
{
  static const TriasReason by_weight[] = {
    TRIAS_REASON_UNKNOWN_FEATURE, TRIAS_REASON_EXPIRED,  TRIAS_REASON_NOT_YET_VALID,
    TRIAS_REASON_BAD_REQUEST,     TRIAS_REASON_NO_SEATS,
  };
  guint weight = 0;

  for (guint i = 0; i < G_N_ELEMENTS (by_weight); i++)
    if (by_weight[i] == reason)
      weight = i;
  return weight;
}

/* Whom the user may turn to, if the settings name somebody. */
static void
name_contact (TriasApply *apply)
{
  const char *contact = apply->ledger->settings->contact;
  char *detail = apply->outcome->detail;

  if (contact[0] == '\0')
    return;
  apply->outcome->detail = g_strdup_printf ("%s Ask %s.", detail, contact);
  g_free (detail);
}

static void
refuse_grant (TriasApply *apply, const TriasLedgerPool *pool, TriasReason reason)
{
  const TriasLease *request = apply->command->lease;

  if (reason == TRIAS_REASON_UNKNOWN_FEATURE && request->product[0] != '\0')
    trias_apply_refuse (apply, reason, "No licence on this server has the feature “%s” of “%s”.",
                        request->feature, request->product);
  else if (reason == TRIAS_REASON_UNKNOWN_FEATURE)
    trias_apply_refuse (apply, reason, "No licence on this server has the feature “%s”.",
                        request->feature);
  else if (reason == TRIAS_REASON_EXPIRED)
    trias_apply_refuse (apply, reason, "The licences for “%s” have expired.", request->feature);
  else if (reason == TRIAS_REASON_NOT_YET_VALID)
    trias_apply_refuse (apply, reason, "The licences for “%s” are not valid yet.",
                        request->feature);
  else if (reason == TRIAS_REASON_BAD_REQUEST)
    trias_apply_refuse (apply, reason,
                        "Seats of “%s” are counted by device: a lease names its device and asks "
                        "for one seat.",
                        request->feature);
  else
    trias_apply_refuse (apply, reason,
                        "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                        " seats of “%s” are in use, and %u were asked for.",
                        trias_ledger_pool_used (pool), pool->seats, request->feature,
                        request->count);
  name_contact (apply);
}

/* The pool that serves the request, or NULL after refusing. */
static TriasLedgerPool *
choose_pool (TriasApply *apply, const TriasLease *request)
{
  GPtrArray *pools = g_hash_table_lookup (apply->ledger->features, request->feature);
  TriasLedgerPool *told = NULL;
  TriasReason refusal = TRIAS_REASON_UNKNOWN_FEATURE;

  for (guint i = 0; pools != NULL && i < pools->len; i++)
    {
      TriasLedgerPool *pool = g_ptr_array_index (pools, i);
      TriasReason reason;

      if (request->product[0] != '\0' && strcmp (pool->product, request->product) != 0)
        continue;
      reason = try_pool (apply->ledger, pool, request);
      if (reason == TRIAS_REASON_NONE)
        return pool;
      if (told == NULL || refusal_weight (reason) > refusal_weight (refusal))
        {
          told = pool;
          refusal = reason;
        }
    }
  refuse_grant (apply, told, refusal);
  return NULL;
}

void
trias_ledger_apply_grant (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasLease *request = apply->command->lease;
  const char *kind
      = apply->command->kind == TRIAS_COMMAND_RESUME ? "lease-resumed" : "lease-granted";
  TriasLedgerPool *pool;
  TriasLease granted = *request;
  TriasLease *lease;
  GBytes *value;
  gsize stable;

  if (!check_request (apply, request) || answer_known (apply, request) || !check_rules (apply))
    return;
  if ((pool = choose_pool (apply, request)) == NULL)
    return;

  /* A tombstone whose time is over may wait for its purge still. */
  if (trias_ledger_drop_tombstone (self, request->id))
    trias_apply_change (apply, TRIAS_RECORD_TOMBSTONE, request->id, NULL, TRUE);
  granted.product = pool->product;
  if (granted.ttl_s == 0)
    granted.ttl_s = self->settings->default_ttl_s;
  granted.generation = 1;
  granted.granted_at = self->time;
  granted.renewed_at = self->time;
  lease = trias_lease_copy (&granted);
  value = trias_record_encode_lease (lease, TRUE, &stable);
  trias_ledger_put_lease (self, lease, value, stable);
  trias_apply_change (apply, TRIAS_RECORD_LEASE, lease->id, value, TRUE);
  apply->outcome->lease = trias_lease_copy (lease);
  lease_event (apply, kind, lease);
}

/* The lease of the command if it is live and belongs to the command's key; refuses otherwise. */
static TriasLeaseEntry *
own_lease (TriasApply *apply)
{
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (apply->ledger, apply->command->id);

  if (entry == NULL)
    trias_apply_refuse (apply, TRIAS_REASON_GONE,
                        "There is no lease “%s” any more; ask for a new one under a new id.",
                        apply->command->id);
  else if (strcmp (entry->lease->key_id, apply->command->key_id) != 0)
    {
      trias_apply_refuse (apply, TRIAS_REASON_FORBIDDEN,
                          "The lease “%s” belongs to another client.", apply->command->id);
      return NULL;
    }
  return entry;
}

void
trias_ledger_apply_renew (TriasApply *apply)
{
  TriasLeaseEntry *entry = own_lease (apply);
  TriasLease *lease;

  if (entry == NULL)
    return;
  lease = entry->lease;
  trias_ledger_pool_refresh (apply->ledger, entry->pool);
  if (entry->pool->reason != TRIAS_REASON_NONE)
    {
      trias_apply_refuse (apply, TRIAS_REASON_EXPIRED,
                          "No licence for “%s” is valid any more; the lease ends with its time.",
                          lease->feature);
      return;
    }
  apply->ledger->renewals -= trias_ledger_renewal_mix (entry);
  lease->generation++;
  lease->renewed_at = apply->ledger->time;
  apply->ledger->renewals += trias_ledger_renewal_mix (entry);
  trias_apply_change (apply, TRIAS_RECORD_LEASE, lease->id,
                      trias_record_encode_lease (lease, TRUE, NULL), FALSE);
  apply->outcome->lease = trias_lease_copy (lease);
}

/* Ends a live lease; its id stays behind as a tombstone for two ttl. */
static void
end_lease (TriasApply *apply, TriasLeaseEntry *entry, const char *kind)
{
  TriasLedger *self = apply->ledger;
  gint64 until = self->time + 2000 * (gint64) entry->lease->ttl_s;
  TriasLease *lease = trias_lease_copy (entry->lease);
  GBytes *value = trias_record_encode_tombstone (until);

  apply->outcome->lease = lease;
  trias_ledger_drop_lease (self, lease->id);
  trias_apply_change (apply, TRIAS_RECORD_LEASE, lease->id, NULL, TRUE);
  trias_ledger_put_tombstone (self, lease->id, until, value);
  trias_apply_change (apply, TRIAS_RECORD_TOMBSTONE, lease->id, value, TRUE);
  lease_event (apply, kind, lease);
}

void
trias_ledger_apply_release (TriasApply *apply)
{
  const TriasCommand *command = apply->command;
  const char *actor = command->actor != NULL ? command->actor : "";
  gboolean forced = command->key_id[0] == '\0';
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (apply->ledger, command->id);

  if (entry == NULL)
    {
      apply->outcome->repeated = TRUE;
      return;
    }
  if (!forced && own_lease (apply) == NULL)
    return;
  /* Nobody named: a server moved the lease, no administrator took it away. */
  end_lease (apply, entry, forced && actor[0] != '\0' ? "lease-forced" : "lease-released");
}

void
trias_ledger_apply_expire (TriasApply *apply)
{
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (apply->ledger, apply->command->id);

  if (entry == NULL || entry->lease->generation != apply->command->generation)
    {
      apply->outcome->repeated = TRUE;
      return;
    }
  end_lease (apply, entry, "lease-expired");
}
