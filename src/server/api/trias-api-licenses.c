/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

static const char *
state_word (TriasLedger *ledger, const TriasLedgerLicense *entry)
{
  switch ((int) entry->state)
    {
    case TRIAS_REASON_NONE:
      return "valid";
    case TRIAS_REASON_EXPIRED:
      return "expired";
    case TRIAS_REASON_NOT_YET_VALID:
      return "not-yet-valid";
    case TRIAS_REASON_LICENSE_ELSEWHERE:
      return trias_ledger_license_rests (ledger, entry->license) ? "resting" : "elsewhere";
    default:
      return "invalid";
    }
}

static void
write_feature (TriasLedger *ledger,
               TriasLicense *license,
               const TriasFeature *feature,
               TriasJsonWriter *writer)
{
  g_autoptr (TriasPool) pool
      = trias_ledger_find_pool (ledger, trias_license_get_product (license), feature->name);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "name", feature->name);
  trias_json_add_int (writer, "seats", feature->seats);
  trias_json_add_string (writer, "counted_by",
                         feature->counted_by == TRIAS_COUNTED_BY_DEVICE ? "device" : "lease");
  trias_json_add_int (writer, "not_before", feature->not_before);
  trias_json_add_int (writer, "not_after", feature->not_after);
  trias_json_add_int (writer, "grace_hours", feature->grace_hours);
  trias_json_add_int (writer, "used", pool != NULL ? pool->used : 0);
  trias_json_end_object (writer);
}

static void
write_license (TriasLedger *ledger,
               const TriasLedgerLicense *entry,
               gboolean own,
               TriasJsonWriter *writer)
{
  TriasLicense *license = entry->license;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", trias_license_get_id (license));
  trias_json_add_int (writer, "revision", trias_license_get_revision (license));
  trias_json_add_string (writer, "issuer", trias_license_get_issuer (license));
  trias_json_add_string (writer, "licensee", trias_license_get_licensee (license));
  trias_json_add_string (writer, "product", trias_license_get_product (license));
  trias_json_add_strv (writer, "bind", trias_license_get_bind (license));
  trias_json_add_bool (writer, "test", entry->test);
  trias_json_add_string (writer, "state", state_word (ledger, entry));
  trias_json_add_string (writer, "source", own ? "own" : "partner");
  trias_json_add_string (writer, "server", trias_ledger_get_server_id (ledger));
  trias_json_add_int (writer, "installed_at", entry->installed_at);
  trias_json_add_int (writer, "previous_revision", entry->previous_revision);
  trias_json_begin_array (writer, "features");
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    write_feature (ledger, license, trias_license_get_feature (license, i), writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

static void
write_licenses (TriasLedger *ledger, gboolean own, TriasJsonWriter *writer)
{
  g_autoptr (GPtrArray) licenses = NULL;

  if (ledger == NULL)
    return;
  licenses = trias_ledger_get_licenses (ledger);
  for (guint i = 0; i < licenses->len; i++)
    write_license (ledger, licenses->pdata[i], own, writer);
}

void
trias_api_get_licenses (TriasCall *call)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_begin_array (writer, "licenses");
  write_licenses (trias_api_ledger (call->api), TRUE, writer);
  write_licenses (trias_keeper_get_replica (call->api->keeper), FALSE, writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

/* --- installing --- */

static void
on_installed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;
  TriasLedger *ledger;
  g_autoptr (GPtrArray) licenses = NULL;

  if (trias_call_is_over (call) || !trias_call_check (call, outcome))
    return;
  ledger = trias_api_ledger (call->api);
  licenses = trias_ledger_get_licenses (ledger);
  for (guint i = 0; i < licenses->len; i++)
    {
      const TriasLedgerLicense *entry = licenses->pdata[i];
      TriasJsonWriter *writer;

      if (g_strcmp0 (trias_license_get_id (entry->license), outcome->license_id) != 0)
        continue;
      writer = trias_json_writer_new ();
      write_license (ledger, entry, TRUE, writer);
      trias_call_json (call, outcome->repeated ? 200 : 201, writer);
      return;
    }
  trias_call_refuse (call, TRIAS_REASON_CONFLICT,
                     "The licence %s was installed and removed again meanwhile",
                     outcome->license_id);
}

/* Whether there is room for @license; else the call was answered. */
static gboolean
has_room (TriasCall *call, TriasLicense *license)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (trias_api_ledger (call->api));
  guint n = 1, features = trias_license_get_n_features (license);

  for (guint i = 0; i < licenses->len; i++)
    {
      const TriasLedgerLicense *entry = licenses->pdata[i];

      if (g_str_equal (trias_license_get_id (entry->license), trias_license_get_id (license)))
        continue;
      n++;
      features += trias_license_get_n_features (entry->license);
    }
  if (n <= TRIAS_API_MAX_LICENSES && features <= TRIAS_API_MAX_FEATURES)
    return TRUE;
  trias_call_refuse (call, TRIAS_REASON_TOO_MANY,
                     "This server keeps at most %d licences with %d features; remove some first",
                     TRIAS_API_MAX_LICENSES, TRIAS_API_MAX_FEATURES);
  return FALSE;
}

/* An issuer's key may have been put into the folder since the server started. */
static TriasLicense *
parse_license (TriasApi *self, const char *text, GError **error)
{
  TriasLicense *license = trias_license_parse (text, strlen (text), self->issuers, NULL);

  if (license != NULL)
    return license;
  if (!trias_issuers_reload (self->issuers, error))
    return NULL;
  return trias_license_parse (text, strlen (text), self->issuers, error);
}

void
trias_api_post_license (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasJsonReader reader;
  g_autoptr (TriasLicense) license = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;

  if (!trias_call_read (call, &reader))
    return;
  text = trias_json_read_string (&reader, "text", 1, TRIAS_LICENSE_MAX_BYTES);
  if (!trias_call_read_end (call, &reader))
    return;
  license = parse_license (self, text, &error);
  if (license == NULL)
    {
      trias_call_error (call, error);
      return;
    }
  if (trias_peer_has_license (self->peer, trias_license_get_id (license)))
    {
      trias_call_refuse (call, TRIAS_REASON_LICENSE_ELSEWHERE,
                         "The licence %s is installed on the partner of this server, and may be "
                         "valid on one of the two only; remove it there first",
                         trias_license_get_id (license));
      return;
    }
  if (has_room (call, license))
    trias_api_submit (
        call, trias_command_install_license (trias_keeper_now (self->keeper), license, call->admin),
        on_installed);
}

/* --- removing --- */

static void
on_removed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (!trias_call_is_over (call) && trias_call_check (call, outcome))
    trias_call_empty (call);
}

/* Leases of the pools that would have fewer seats than are in use if @license went. */
static guint
leases_on (TriasLedger *ledger, TriasLicense *license)
{
  guint leases = 0;

  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);
      g_autoptr (TriasPool) pool
          = trias_ledger_find_pool (ledger, trias_license_get_product (license), feature->name);

      if (pool != NULL && pool->used > 0
          && (guint64) pool->used + feature->seats > (guint64) pool->seats)
        leases += pool->leases;
    }
  return leases;
}

void
trias_api_delete_license (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasLedger *ledger = trias_api_ledger (self);
  TriasLicense *license = trias_ledger_find_license (ledger, call->id);
  gboolean force;
  guint leases;

  if (!trias_call_query_bool (call, "force", &force))
    return;
  if (license == NULL)
    {
      trias_call_refuse (call, TRIAS_REASON_NOT_FOUND, "This server has no licence %s", call->id);
      return;
    }
  leases = force ? 0 : leases_on (ledger, license);
  if (leases > 0)
    {
      g_autofree char *number = g_strdup_printf ("%u", leases);
      TriasProblem *problem
          = leases == 1 ? trias_problem_new (TRIAS_REASON_CONFLICT,
                                             "A lease lives on the licence %s; end it first, or "
                                             "force the removal",
                                             call->id)
                        : trias_problem_new (TRIAS_REASON_CONFLICT,
                                             "%u leases live on the licence %s; end them first, "
                                             "or force the removal",
                                             leases, call->id);

      trias_call_problem (call, trias_problem_param (problem, "leases", number));
      return;
    }
  trias_api_submit (
      call, trias_command_remove_license (trias_keeper_now (self->keeper), call->id, call->admin),
      on_removed);
}

void
trias_api_get_license_text (TriasCall *call)
{
  TriasLedger *replica = trias_keeper_get_replica (call->api->keeper);
  TriasLicense *license = trias_ledger_find_license (trias_api_ledger (call->api), call->id);

  if (license == NULL && replica != NULL)
    license = trias_ledger_find_license (replica, call->id);
  if (license == NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_FOUND, "There is no licence %s", call->id);
  else
    trias_call_text (call, "text/plain; charset=utf-8", trias_license_get_text (license));
}
