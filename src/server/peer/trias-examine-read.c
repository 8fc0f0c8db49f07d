/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"

#define CLOCK_MAX_MS 60000
#define LATENCY_MAX_US 200000

/* What the other server told; strings borrowed from the answer. */
typedef struct
{
  const char *id, *name, *version, *address, *reach, *reach_detail, *shared;
  gint64 protocol, time, leases;
  gboolean let_in, is_free;
  const TriasJson *licenses, *pools, *issuers;
} Told;

static gboolean
read_told (Told *told, const TriasJson *json, GError **error)
{
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  told->id = trias_json_read_string (&reader, "id", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
  told->name = trias_json_read_string (&reader, "name", 1, 256);
  told->version = trias_json_read_string (&reader, "version", 1, 64);
  told->protocol = trias_json_read_int (&reader, "protocol", 0, G_MAXINT32);
  told->time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  told->let_in = trias_json_read_bool (&reader, "let_in");
  told->address = trias_json_read_string (&reader, "address", 1, 64);
  told->reach = trias_json_read_string (&reader, "reach", 1, 64);
  told->reach_detail = trias_json_read_string_or (&reader, "reach_detail", 1024, "");
  told->is_free = trias_json_read_bool_or (&reader, "free", FALSE);
  told->leases = trias_json_read_int_or (&reader, "leases", 0, G_MAXINT32, 0);
  told->shared = trias_json_read_string_or (&reader, "shared", 64, "");
  told->licenses = trias_json_read_array_or_null (&reader, "licenses", 500);
  told->pools = trias_json_read_array_or_null (&reader, "pools", 5000);
  told->issuers = trias_json_read_array_or_null (&reader, "issuers", 256);
  return trias_json_reader_finish_lenient (&reader, error);
}

void
trias_check_run_add_identity (TriasCheckRun *run)
{
  TriasCheck *check = trias_check_run_add (
      run, "identity", TRUE, run->fingerprint != NULL ? TRIAS_CHECK_PASSED : TRIAS_CHECK_WARNING);
  g_autofree char *text = trias_id_format (run->other);

  trias_check_param (check, "fingerprint", run->other);
  if (strcmp (run->other, run->peer->id) == 0)
    {
      check->state = TRIAS_CHECK_FAILED;
      check->reason_code = TRIAS_REASON_CHECK_FAILED;
      trias_check_set_detail (check, "This server itself answers at %s; name another one.",
                              run->address);
    }
  else if (run->fingerprint != NULL)
    trias_check_set_detail (check, "The server shows the expected key.");
  else
    trias_check_set_detail (
        check, "Compare the fingerprint with the one that the server shows: %s.", text);
}

static void
add_version (TriasCheckRun *run, const Told *told)
{
  gboolean same = told->protocol == TRIAS_PEER_PROTOCOL;
  TriasCheck *check
      = trias_check_run_add (run, "version", TRUE, same ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  trias_check_param (check, "version", told->version);
  trias_check_param (check, "own_version", TRIAS_VERSION);
  if (same)
    {
      trias_check_set_detail (check, "Both servers speak the same version.");
      return;
    }
  check->reason_code = TRIAS_REASON_VERSION;
  trias_check_set_detail (
      check,
      "The servers run versions that do not understand each other (%s and %s); bring both "
      "to the same.",
      told->version, TRIAS_VERSION);
}

void
trias_check_miss_rule (TriasCheck *check,
                       const char *server_name,
                       const char *key_id,
                       const char *address)
{
  g_autofree char *text = NULL;

  check->state = TRIAS_CHECK_FAILED;
  check->reason_code = TRIAS_REASON_RULE_MISSING;
  check->mend = trias_peer_narrowest_rule (key_id, address);
  text = check->mend != NULL ? trias_rule_to_text (check->mend) : g_strdup ("");
  trias_check_param (check, "rule", text);
  trias_check_set_detail (
      check, "On the server '%s' no rule lets the other server in; add '%s' for peers there.",
      server_name, text);
}

/* A rule on one server that lets the other one in from the address it was seen at. */
static void
add_rule (
    TriasCheckRun *run, gboolean on_other, gboolean let_in, const char *key_id, const char *address)
{
  TriasCheck *check = trias_check_run_add (run, "rule", on_other,
                                           let_in ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);
  const char *name = on_other ? run->other_name : run->peer->name;

  trias_check_param (check, "seen_address", address);
  if (let_in)
    {
      trias_check_set_detail (check, "A rule on '%s' lets the other server in.", name);
      return;
    }
  trias_check_miss_rule (check, name, key_id, address);
}

static void
add_reach_back (TriasCheckRun *run, const Told *told)
{
  TriasReason reason = trias_reason_from_word (told->reach);
  gboolean reached = reason == TRIAS_REASON_NONE && run->back_address != NULL;
  TriasCheck *check = trias_check_run_add (run, "reach-back", TRUE,
                                           reached ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  trias_check_param (check, "address", run->examination->own_address);
  if (reached)
    {
      trias_check_set_detail (check, "'%s' reaches this server at %s.", run->other_name,
                              run->examination->own_address);
      return;
    }
  check->reason_code = reason == TRIAS_REASON_NONE ? TRIAS_REASON_UNREACHABLE : reason;
  trias_check_set_detail (check, "'%s' does not reach this server at %s: %s", run->other_name,
                          run->examination->own_address, told->reach_detail);
}

/* Filled in once the round trip is measured. */
static void
measure_clock (TriasCheckRun *run, TriasCheck *check)
{
  gint64 way_back_ms = MAX (run->round_trip_us, 0) / 2000;
  gint64 offset = run->other_time + way_back_ms - run->answered_at;

  check->state = ABS (offset) <= CLOCK_MAX_MS ? TRIAS_CHECK_PASSED : TRIAS_CHECK_WARNING;
  trias_check_param_int (check, "offset_ms", offset);
  if (check->state == TRIAS_CHECK_PASSED)
    trias_check_set_detail (check, "The clocks agree.");
  else
    trias_check_set_detail (check, "The clocks differ by more than a minute; set them right.");
}

static void
measure_latency (TriasCheckRun *run, TriasCheck *check)
{
  gboolean near = run->round_trip_us >= 0 && run->round_trip_us <= LATENCY_MAX_US;

  check->state = near ? TRIAS_CHECK_PASSED : TRIAS_CHECK_WARNING;
  if (run->round_trip_us >= 0)
    trias_check_param_int (check, "latency_us", run->round_trip_us);
  if (near)
    trias_check_set_detail (check, "The connection is fast enough.");
  else
    trias_check_set_detail (check, "The connection is slow; synchronisation will lag behind.");
}

void
trias_check_run_measured (TriasCheckRun *run)
{
  for (guint i = 0; i < run->checks->len; i++)
    {
      TriasCheck *check = g_ptr_array_index (run->checks, i);

      if (strcmp (check->kind, "clock") == 0)
        measure_clock (run, check);
      else if (strcmp (check->kind, "latency") == 0)
        measure_latency (run, check);
    }
}

static void
add_free_other (TriasCheckRun *run, const Told *told)
{
  TriasCheck *check = trias_check_run_add (run, "free", TRUE,
                                           told->is_free ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  if (told->is_free)
    {
      trias_check_set_detail (check, "The server '%s' is in no other relationship.",
                              run->other_name);
      return;
    }
  check->reason_code = TRIAS_REASON_ALREADY_RELATED;
  trias_check_set_detail (
      check,
      "The server '%s' belongs to a relationship already, or one is being formed; end that first.",
      run->other_name);
}

/* Who stays must be there, and hold everything. */
static void
add_standing (TriasCheckRun *run)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (run->peer);
  gboolean stands = FALSE;
  TriasCheck *check;

  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);

      stands |= strcmp (status->peer, run->other) == 0 && status->connected && status->synchronised;
    }
  check = trias_check_run_add (run, "standing", TRUE,
                               stands ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);
  if (stands)
    {
      trias_check_set_detail (check, "The server '%s' is connected and synchronised, and stays.",
                              run->other_name);
      return;
    }
  check->reason_code = TRIAS_REASON_CONFLICT;
  trias_check_set_detail (check,
                          "The server '%s' is not connected and synchronised; the change can be "
                          "made once it is.",
                          run->other_name);
}

static void
add_licenses (TriasCheckRun *run, const Told *told)
{
  TriasLedger *ledger = trias_keeper_get_ledger (run->peer->keeper);
  TriasCheck *check = trias_check_run_add (run, "licenses", TRUE, TRIAS_CHECK_PASSED);

  for (guint i = 0; told->licenses != NULL && i < trias_json_length (told->licenses); i++)
    {
      const char *id = trias_json_get_string (trias_json_element (told->licenses, i));

      if (id == NULL || trias_ledger_find_license (ledger, id) == NULL)
        continue;
      check->state = TRIAS_CHECK_FAILED;
      check->reason_code = TRIAS_REASON_LICENSE_ELSEWHERE;
      trias_check_param (check, "license", id);
      trias_check_set_detail (
          check, "The licence '%s' is installed on both servers; remove it from one of them.", id);
      return;
    }
  trias_check_set_detail (check, "No licence is installed on both servers.");
}

/* The members of a triad host the same: what only one of the newcomers has would be lost. */
static void
add_blank (TriasCheckRun *run, const Told *told)
{
  TriasLedger *ledger = trias_keeper_get_ledger (run->peer->keeper);
  TriasCheck *check = trias_check_run_add (run, "licenses", TRUE, TRIAS_CHECK_PASSED);
  const char *lost = NULL;

  for (guint i = 0; told->licenses != NULL && i < trias_json_length (told->licenses); i++)
    {
      const char *id = trias_json_get_string (trias_json_element (told->licenses, i));

      if (lost == NULL && id != NULL && trias_ledger_find_license (ledger, id) == NULL)
        lost = id;
    }
  trias_check_param_int (check, "leases", told->leases);
  if (lost == NULL && told->leases == 0)
    {
      trias_check_set_detail (check, "The server '%s' has nothing of its own that would be lost.",
                              run->other_name);
      return;
    }
  check->state = run->examination->discard ? TRIAS_CHECK_WARNING : TRIAS_CHECK_FAILED;
  check->reason_code = TRIAS_REASON_CHECK_FAILED;
  if (run->examination->discard)
    {
      trias_check_param (check, "license", lost);
      trias_check_param (check, "discarded", "true");
      trias_check_set_detail (check,
                              "What the server '%s' has of its own (licence '%s', %" G_GINT64_FORMAT
                              " leases) is put aside in a file there and serves no more.",
                              run->other_name, lost != NULL ? lost : "–", told->leases);
    }
  else if (lost != NULL)
    {
      trias_check_param (check, "license", lost);
      trias_check_set_detail (check,
                              "The server '%s' has the licence '%s' of its own; install it on '%s' "
                              "if it shall serve on, and remove it there.",
                              run->other_name, lost, run->peer->name);
    }
  else
    trias_check_set_detail (
        check, "Clients of the server '%s' hold %" G_GINT64_FORMAT " leases; they must end first.",
        run->other_name, told->leases);
}

static guint
seats_of (const TriasJson *pools, const TriasPool *wanted)
{
  for (guint i = 0; pools != NULL && i < trias_json_length (pools); i++)
    {
      g_autoptr (TriasPool) pool = trias_pool_read (trias_json_element (pools, i), NULL);

      if (pool != NULL && strcmp (pool->product, wanted->product) == 0
          && strcmp (pool->feature, wanted->feature) == 0)
        return pool->seats;
    }
  return 0;
}

static void
add_coverage (TriasCheckRun *run, const Told *told)
{
  g_autoptr (GPtrArray) pools
      = trias_ledger_get_pools (trias_keeper_get_ledger (run->peer->keeper));
  TriasCheck *check;
  gint64 covered = 0, total = 0;

  for (guint i = 0; i < pools->len; i++)
    {
      const TriasPool *pool = g_ptr_array_index (pools, i);

      total += pool->seats;
      covered += MIN (pool->seats, seats_of (told->pools, pool));
    }
  check = trias_check_run_add (run, "coverage", TRUE,
                               covered == total ? TRIAS_CHECK_PASSED : TRIAS_CHECK_WARNING);
  trias_check_param_int (check, "covered", covered);
  trias_check_param_int (check, "total", total);
  trias_check_set_detail (
      check, "If '%s' fails, '%s' covers %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " seats.",
      run->peer->name, run->other_name, covered, total);
}

static void
add_settings (TriasCheckRun *run, const Told *told)
{
  g_autofree char *own = trias_peer_shared_hash (trias_keeper_get_ledger (run->peer->keeper));
  gboolean same = strcmp (own, told->shared) == 0;
  TriasCheck *check = trias_check_run_add (run, "settings", TRUE,
                                           same ? TRIAS_CHECK_PASSED : TRIAS_CHECK_WARNING);

  if (same)
    trias_check_set_detail (check, "Both servers have the same settings and rules of use.");
  else
    trias_check_set_detail (check,
                            "Settings and rules of use differ; '%s' will take over those of '%s'.",
                            run->other_name, run->peer->name);
}

gboolean
trias_check_run_read (TriasCheckRun *run, const TriasPeerAnswer *answer)
{
  Told told = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean readable = read_told (&told, answer->json, &error);
  const char *seen = run->back_address != NULL ? run->back_address : answer->address;
  TriasCheck *check;

  g_free (run->other);
  run->other = g_strdup (answer->server_id);
  if (readable)
    {
      g_free (run->other_name);
      run->other_name = g_strdup (told.name);
    }
  check = trias_check_run_add (run, "reach", TRUE, TRIAS_CHECK_PASSED);
  trias_check_set_detail (check, "The server at %s answers.", run->address);
  trias_check_run_add_identity (run);
  if (!readable || strcmp (told.id, run->other) != 0)
    {
      check = trias_check_run_add (run, "version", TRUE, TRIAS_CHECK_FAILED);
      check->reason_code = TRIAS_REASON_VERSION;
      trias_check_set_detail (
          check, "The server at %s gives an answer that is not understood: %s", run->address,
          error != NULL ? error->message : "it names another id than its key's.");
      return FALSE;
    }
  run->answered = TRUE;
  add_version (run, &told);
  trias_check_run_add_permit (run, TRIAS_CHECK_PASSED);
  add_rule (run, TRUE, told.let_in, run->peer->id, told.address);
  add_reach_back (run, &told);
  if (seen != NULL)
    add_rule (run, FALSE,
              run->back_address != NULL
                  ? run->back_let_in
                  : trias_access_allows_peer (run->peer->access, run->other, seen, NULL),
              run->other, seen);
  run->answered_at = trias_keeper_now (run->peer->keeper);
  run->other_time = told.time;
  trias_check_run_add (run, "clock", TRUE, TRIAS_CHECK_WAITING);
  trias_check_run_add (run, "latency", TRUE, TRIAS_CHECK_WAITING);
  /* Whom no rule lets in is not told. */
  if (told.issuers != NULL)
    trias_check_run_add_issuers (run, told.issuers);
  if (!told.let_in || run->examination->present)
    return TRUE;
  if (run->stays)
    {
      add_standing (run);
      if (run->examination->changed->kind == TRIAS_KIND_BACKUP)
        add_blank (run, &told);
      return TRUE;
    }
  add_free_other (run, &told);
  if (run->examination->kind == TRIAS_KIND_TRIAD)
    add_blank (run, &told);
  else
    {
      add_licenses (run, &told);
      add_coverage (run, &told);
    }
  add_settings (run, &told);
  return TRUE;
}
