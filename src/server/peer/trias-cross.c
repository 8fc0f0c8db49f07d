/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"

/* The side of a check that is asked about the other members-to-be: whether it reaches them. And
 * what each answers to whoever tries to reach it. */

#define REACH_TIMEOUT_MS 4000

/* --- reached --- */

static TriasCheckRun *
find_run (TriasPeerCall *call)
{
  GPtrArray *runs = call->peer->check_runs;
  TriasJsonReader reader;
  const char *nonce;

  trias_json_reader_init (&reader, call->json);
  nonce = trias_json_read_string_or (&reader, "nonce", 64, "");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return NULL;
  for (guint i = 0; i < runs->len; i++)
    if (strcmp (((TriasCheckRun *) g_ptr_array_index (runs, i))->nonce, nonce) == 0)
      return g_ptr_array_index (runs, i);
  return NULL;
}

/* Whoever shows a key learns whether a rule lets it in, as it would from any other refusal. */
static void
note_reached (TriasPeerCall *call, gboolean let_in)
{
  TriasCheckRun *run = find_run (call);
  TriasJsonWriter *writer = trias_json_writer_new ();

  if (run != NULL)
    {
      g_free (run->back_address);
      run->back_address = g_strdup (call->address);
      run->back_let_in = let_in;
    }
  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "let_in", let_in);
  trias_json_add_string (writer, "address", call->address);
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
}

static void
on_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (call->request != NULL && !call->peer->stopped)
    note_reached (call, trias_access_allows (call->peer->access, TRIAS_SCOPE_PEER, facts, NULL));
  trias_access_facts_free (facts);
  trias_peer_call_unref (call);
}

void
trias_peer_on_reach (TriasPeerCall *call)
{
  TriasAccess *access = call->peer->access;
  TriasCommandFacts *facts;

  if (trias_access_allows_peer (access, call->key, call->address, NULL))
    {
      note_reached (call, TRUE);
      return;
    }
  /* A rule may name a host: its look-up takes time. */
  facts = trias_access_facts_of (access, call->request, NULL);
  trias_access_complete_facts (access, TRIAS_SCOPE_PEER, facts, on_facts,
                               trias_peer_call_ref (call));
}

/* --- cross: asked by a coordinator whether others are reached --- */

typedef struct
{
  TriasPeerCall *call;
  guint waiting;
  TriasJsonWriter *writer; /* the answer */
} Cross;

typedef struct
{
  Cross *cross;
  char *id;
} Crossing;

static void
cross_end (Cross *cross)
{
  if (--cross->waiting > 0)
    return;
  trias_json_end_array (cross->writer);
  trias_json_end_object (cross->writer);
  trias_peer_call_answer (cross->call, cross->writer);
  trias_peer_call_unref (cross->call);
  g_free (cross);
}

static void
on_reached (const TriasPeerAnswer *answer, gpointer user_data)
{
  Crossing *crossing = user_data;
  TriasJsonWriter *writer = crossing->cross->writer;
  const TriasProblem *problem = answer->problem;
  gboolean let_in = FALSE;
  const char *address = "";
  TriasJsonReader reader;

  if (problem == NULL)
    {
      trias_json_reader_init (&reader, answer->json);
      let_in = trias_json_read_bool_or (&reader, "let_in", FALSE);
      address = trias_json_read_string_or (&reader, "address", 64, "");
      if (!trias_json_reader_finish_lenient (&reader, NULL))
        address = "";
    }
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", crossing->id);
  trias_json_add_string (
      writer, "reach",
      trias_reason_to_word (problem != NULL ? problem->reason : TRIAS_REASON_NONE));
  trias_json_add_string (writer, "reach_detail", problem != NULL ? problem->detail : "");
  trias_json_add_bool (writer, "let_in", let_in);
  trias_json_add_string (writer, "address", address);
  trias_json_add_int (writer, "latency_us", answer->round_trip_us);
  trias_json_end_object (writer);
  cross_end (crossing->cross);
  g_free (crossing->id);
  g_free (crossing);
}

static void
reach_one (Cross *cross, const TriasJson *object)
{
  TriasJsonReader reader;
  const char *id, *address;
  Crossing *crossing;

  trias_json_reader_init (&reader, object);
  id = trias_json_read_string (&reader, "id", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
  address = trias_json_read_string (&reader, "address", 1, 300);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return;
  crossing = g_new0 (Crossing, 1);
  crossing->cross = cross;
  crossing->id = g_strdup (id);
  cross->waiting++;
  trias_peer_client_post (cross->call->peer->client, address, id, "reach", g_strdup ("{}"),
                          REACH_TIMEOUT_MS, on_reached, crossing);
}

void
trias_peer_on_cross (TriasPeerCall *call)
{
  TriasJsonReader reader;
  TriasPermit permit;
  const TriasJson *others;
  g_autoptr (GError) error = NULL;
  TriasProblem *problem;
  Cross *cross;

  trias_json_reader_init (&reader, call->json);
  trias_peer_read_permit (&reader, &permit);
  others = trias_json_read_array (&reader, "others", TRIAS_MAX_MEMBERS - 2);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  /* Nobody else may make this server connect to wherever he likes. */
  problem = trias_peer_ask_permit (call, &permit);
  if (problem != NULL)
    {
      trias_peer_call_problem (call, problem);
      return;
    }
  cross = g_new0 (Cross, 1);
  cross->call = trias_peer_call_ref (call);
  cross->waiting = 1;
  cross->writer = trias_json_writer_new ();
  trias_json_begin_object (cross->writer, NULL);
  trias_json_begin_array (cross->writer, "crossings");
  for (guint i = 0; i < trias_json_length (others); i++)
    reach_one (cross, trias_json_element (others, i));
  cross_end (cross);
}
