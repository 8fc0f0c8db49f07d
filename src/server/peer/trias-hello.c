/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming.h"
#include "server/peer/trias-peer-private.h"

/* The side of a check that is asked: it tells who it is, whether its rules let the coordinator in,
 * and whether it reaches the coordinator in turn. */

#define REACH_TIMEOUT_MS 4000
#define MAX_POOLS 800

char *
trias_peer_shared_hash (TriasLedger *ledger)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  GPtrArray *rules = trias_ledger_get_rules (ledger);
  g_autofree char *text = NULL;

  trias_json_begin_array (writer, NULL);
  trias_settings_write (trias_ledger_get_settings (ledger), writer, NULL);
  for (guint i = 0; i < rules->len; i++)
    trias_rule_write (g_ptr_array_index (rules, i), writer, NULL);
  trias_json_end_array (writer);
  text = trias_peer_end_text (writer);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static void
write_licenses (TriasPeer *self, TriasJsonWriter *writer)
{
  g_autoptr (GPtrArray) licenses
      = trias_ledger_get_licenses (trias_keeper_get_ledger (self->keeper));

  trias_json_begin_array (writer, "licenses");
  for (guint i = 0; i < licenses->len && i < 500; i++)
    {
      TriasLedgerLicense *entry = g_ptr_array_index (licenses, i);

      trias_json_add_string (writer, NULL, trias_license_get_id (entry->license));
    }
  trias_json_end_array (writer);
}

static void
write_pools (TriasPeer *self, TriasJsonWriter *writer)
{
  g_autoptr (GPtrArray) pools = trias_ledger_get_pools (trias_keeper_get_ledger (self->keeper));

  trias_json_begin_array (writer, "pools");
  for (guint i = 0; i < pools->len && i < MAX_POOLS; i++)
    trias_pool_write (g_ptr_array_index (pools, i), writer, NULL);
  trias_json_end_array (writer);
}

void
trias_peer_read_issuers (TriasPeer *self)
{
  g_autoptr (GError) error = NULL;

  if (self->issuers != NULL && !trias_issuers_reload (self->issuers, &error))
    g_warning ("%s", error->message);
}

/* Which licences this server can verify: the keys' fingerprints, for another one to compare. */
static void
write_issuers (TriasPeer *self, TriasJsonWriter *writer)
{
  g_auto (GStrv) names = NULL;

  if (self->issuers == NULL)
    return;
  trias_peer_read_issuers (self);
  names = trias_issuers_list (self->issuers);
  trias_json_begin_array (writer, "issuers");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *fingerprint = trias_issuers_fingerprint (self->issuers, names[i]);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "name", names[i]);
      trias_json_add_string (writer, "fingerprint", fingerprint);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
}

void
trias_peer_write_self (TriasPeer *self, TriasJsonWriter *writer, gboolean full)
{
  g_autofree char *shared = trias_peer_shared_hash (trias_keeper_get_ledger (self->keeper));

  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "name", self->name);
  trias_json_add_string (writer, "version", TRIAS_VERSION);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_add_int (writer, "time", trias_keeper_now (self->keeper));
  if (!full)
    return;
  trias_json_add_bool (writer, "free", self->relationship == NULL && !trias_forming_is_busy (self));
  trias_json_add_string (writer, "shared", shared);
  trias_json_add_int (writer, "leases",
                      trias_ledger_n_leases (trias_keeper_get_ledger (self->keeper)));
  write_issuers (self, writer);
  write_licenses (self, writer);
  write_pools (self, writer);
}

/* --- hello: asked by a coordinator --- */

typedef struct
{
  TriasPeerCall *call;
  gboolean let_in;
} Hello;

static void
answer_hello (Hello *hello, const char *reach, const char *detail)
{
  TriasPeer *self = hello->call->peer;
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  /* Whom no rule lets in learns just that. */
  trias_peer_write_self (self, writer, hello->let_in);
  trias_json_add_bool (writer, "let_in", hello->let_in);
  trias_json_add_string (writer, "address", hello->call->address);
  trias_json_add_string (writer, "reach", reach);
  trias_json_add_string (writer, "reach_detail", detail);
  trias_json_end_object (writer);
  trias_peer_call_answer (hello->call, writer);
  trias_peer_call_unref (hello->call);
  g_free (hello);
}

static void
on_reached (const TriasPeerAnswer *answer, gpointer user_data)
{
  Hello *hello = user_data;

  if (answer->problem == NULL)
    answer_hello (hello, trias_reason_to_word (TRIAS_REASON_NONE), "");
  else
    answer_hello (hello, trias_reason_to_word (answer->problem->reason), answer->problem->detail);
}

static void
reach_back (Hello *hello, const char *address, const char *nonce)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "nonce", nonce);
  trias_json_end_object (writer);
  trias_peer_client_post (hello->call->peer->client, address, hello->call->key, "reach",
                          trias_peer_end_text (writer), REACH_TIMEOUT_MS, on_reached, hello);
}

static void
greet (TriasPeerCall *call, gboolean let_in)
{
  TriasJsonReader reader;
  const char *nonce, *address;
  TriasPermit permit;
  g_autoptr (GError) error = NULL;
  TriasProblem *problem;
  Hello *hello;

  trias_json_reader_init (&reader, call->json);
  trias_peer_read_permit (&reader, &permit);
  nonce = trias_json_read_string (&reader, "nonce", 16, 64);
  address = trias_json_read_string (&reader, "address", 1, 300);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  problem = trias_peer_ask_permit (call, &permit);
  if (problem != NULL)
    {
      trias_peer_call_problem (call, problem);
      return;
    }
  hello = g_new0 (Hello, 1);
  hello->call = trias_peer_call_ref (call);
  hello->let_in = let_in;
  reach_back (hello, address, nonce);
}

static void
on_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (call->request != NULL && !call->peer->stopped)
    greet (call, trias_access_allows (call->peer->access, TRIAS_SCOPE_PEER, facts, NULL));
  trias_access_facts_free (facts);
  trias_peer_call_unref (call);
}

void
trias_peer_on_hello (TriasPeerCall *call)
{
  TriasAccess *access = call->peer->access;
  TriasCommandFacts *facts;

  if (trias_access_allows_peer (access, call->key, call->address, NULL))
    {
      greet (call, TRUE);
      return;
    }
  facts = trias_access_facts_of (access, call->request, NULL);
  trias_access_complete_facts (access, TRIAS_SCOPE_PEER, facts, on_facts,
                               trias_peer_call_ref (call));
}
