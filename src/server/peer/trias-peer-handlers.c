/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-base.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-options.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-peer-private.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-serving.h"
#include "server/peer/trias-shared.h"

#define PREFIX "/api/v1/peer/"

/* Who may send it, beyond holding a key. */
typedef enum
{
  FOR_INVITED, /* decides for itself: an invitation stands in for the rule, or the rule is just what
                  is asked about */
  FOR_KNOWN,   /* a rule lets it in: both take part in a forming or a dissolving */
  FOR_MEMBER,  /* a rule lets it in, it is another member, and both are of one epoch */
  FOR_PARTNER, /* the same, and the two are a pair */
  FOR_TRIAD,   /* the same, and they are of a triad */
} Demand;

typedef void (*Handler) (TriasPeerCall *call);

static const struct
{
  const char *verb;
  Demand demand;
  Handler handler;
} table[] = {
  { "probe", FOR_MEMBER, trias_peer_on_probe },
  { "note", FOR_TRIAD, trias_peer_on_note },
  { "engine", FOR_KNOWN, trias_peer_on_engine },
  { "changes", FOR_PARTNER, trias_peer_on_changes },
  { "snapshot", FOR_PARTNER, trias_peer_on_snapshot },
  { "moved", FOR_PARTNER, trias_peer_on_moved },
  { "shared", FOR_PARTNER, trias_peer_on_shared },
  { "conflict", FOR_PARTNER, trias_peer_on_conflict },
  { "options", FOR_PARTNER, trias_peer_on_options },
  { "drill", FOR_MEMBER, trias_peer_on_drill },
  { "hello", FOR_INVITED, trias_peer_on_hello },
  { "reach", FOR_INVITED, trias_peer_on_reach },
  { "ping", FOR_INVITED, trias_peer_on_ping },
  { "cross", FOR_INVITED, trias_peer_on_cross },
  { "prepare", FOR_KNOWN, trias_peer_on_prepare },
  { "forget", FOR_KNOWN, trias_peer_on_forget },
  { "outcome", FOR_KNOWN, trias_peer_on_outcome },
  { "formed", FOR_KNOWN, trias_peer_on_formed },
  { "base", FOR_KNOWN, trias_peer_on_base },
  { "dissolve", FOR_KNOWN, trias_peer_on_dissolve },
};

static TriasPeerCall *
call_new (TriasPeer *peer, TriasHttpRequest *request)
{
  TriasPeerCall *self = g_new0 (TriasPeerCall, 1);

  g_ref_count_init (&self->refs);
  self->peer = trias_peer_ref (peer);
  self->request = request;
  self->key = g_strdup (trias_http_peer_key (request));
  self->address = g_strdup (trias_http_peer_address (request));
  self->verb = g_strdup (trias_http_path (request) + strlen (PREFIX));
  g_hash_table_add (peer->calls, self);
  return self;
}

TriasPeerCall *
trias_peer_call_ref (TriasPeerCall *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

void
trias_peer_call_unref (TriasPeerCall *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  /* Every way out answers; should one not, the other end must not wait for nothing. */
  if (self->request != NULL)
    trias_peer_call_refuse (self, TRIAS_REASON_INTERNAL, "The request was not carried out.");
  trias_json_free (self->json);
  g_free (self->key);
  g_free (self->address);
  g_free (self->verb);
  trias_peer_unref (self->peer);
  g_free (self);
}

TriasHttpRequest *
trias_peer_call_take (TriasPeerCall *self)
{
  g_hash_table_remove (self->peer->calls, self);
  return g_steal_pointer (&self->request);
}

void
trias_peer_call_answer (TriasPeerCall *self, TriasJsonWriter *writer)
{
  TriasHttpRequest *request = trias_peer_call_take (self);
  g_autofree char *text = trias_peer_end_text (writer);

  if (request != NULL)
    trias_http_respond (request, 200, NULL, text, strlen (text));
}

void
trias_peer_call_ok (TriasPeerCall *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "ok", TRUE);
  trias_json_end_object (writer);
  trias_peer_call_answer (self, writer);
}

void
trias_peer_call_problem (TriasPeerCall *self, TriasProblem *problem)
{
  TriasHttpRequest *request = trias_peer_call_take (self);

  if (request != NULL)
    trias_http_problem (request, problem);
  else
    trias_problem_free (problem);
}

void
trias_peer_call_refuse (TriasPeerCall *self, TriasReason reason, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  trias_peer_call_problem (self, trias_problem_new (reason, "%s", detail));
}

void
trias_peer_calls_end (TriasPeer *self)
{
  g_autoptr (GList) calls = g_hash_table_get_keys (self->calls);

  for (GList *l = calls; l != NULL; l = l->next)
    if (g_hash_table_contains (self->calls, l->data))
      trias_peer_call_refuse (l->data, TRIAS_REASON_NOT_ACTIVE, "The server '%s' is stopping.",
                              self->name);
}

TriasRule *
trias_peer_narrowest_rule (const char *key_id, const char *address)
{
  return trias_rule_new (NULL, TRIAS_SCOPE_PEER, TRIAS_EFFECT_ALLOW, TRIAS_WHO_KEY, key_id,
                         TRIAS_WHERE_ADDRESS, address, "", NULL);
}

TriasProblem *
trias_peer_rule_problem (TriasPeer *self, const char *key_id, const char *address)
{
  g_autoptr (TriasRule) rule = trias_peer_narrowest_rule (key_id, address);
  g_autofree char *text = rule != NULL ? trias_rule_to_text (rule) : g_strdup ("");
  TriasProblem *problem = trias_problem_new (
      TRIAS_REASON_RULE_MISSING,
      "On the server '%s' no rule lets the other server in; add '%s' for peers there.", self->name,
      text);

  trias_problem_param (problem, "server", self->id);
  trias_problem_param (problem, "server_name", self->name);
  trias_problem_param (problem, "address", address);
  return trias_problem_param (problem, "rule", text);
}

/* --- who is let in --- */

/* The relationship went on: without the one who asks, or with it. */
static TriasProblem *
explain_newer (TriasPeer *self, TriasPeerCall *call, TriasProblem *problem)
{
  g_autofree char *incarnation
      = g_strdup_printf ("%" G_GUINT64_FORMAT, self->relationship->incarnation);

  if (trias_relationship_find (self->relationship, call->key) != NULL)
    return trias_problem_param (problem, "incarnation", incarnation);
  trias_problem_param (problem, "name", self->relationship->name);
  return trias_problem_param (problem, "left_out", "true");
}

/* An answer to another incarnation, and whether that has been dissolved here. @incarnation: of who
 * asks; 0 = not told. */
static TriasProblem *
epoch_problem (TriasPeer *self, TriasPeerCall *call, const char *relationship, guint64 incarnation)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  guint64 ended = 0;
  TriasProblem *problem = trias_problem_new (
      TRIAS_REASON_EPOCH, "The server '%s' is not in this incarnation of the relationship.",
      self->name);

  if (self->relationship != NULL && strcmp (self->relationship->id, relationship) == 0
      && incarnation < self->relationship->incarnation)
    return explain_newer (self, call, problem);
  /* What this server was left out of goes on. */
  if (strcmp (trias_ledger_get_ended (ledger, &ended), relationship) == 0
      && trias_ledger_get_ended_keep (ledger)[0] != '\0' && incarnation <= ended)
    trias_problem_param (problem, "keep", trias_ledger_get_ended_keep (ledger));
  else if (!trias_forming_was_dissolved (self, relationship, call->key, incarnation))
    return problem;
  return trias_problem_param (problem, "dissolved", "true");
}

static gboolean
is_member (TriasPeer *self, TriasPeerCall *call)
{
  return trias_peer_find_other (self, call->key) != NULL;
}

static TriasLag
check_epoch (TriasPeer *self, TriasPeerCall *call)
{
  TriasJsonReader reader;
  const char *id;
  gint64 incarnation, protocol;

  trias_json_reader_init (&reader, call->json);
  protocol = trias_json_read_int (&reader, "protocol", 0, G_MAXINT32);
  id = trias_json_read_string (&reader, "relationship", 1, 128);
  incarnation = trias_json_read_int (&reader, "incarnation", 1, G_MAXINT64);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    {
      trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST, "The request names no epoch.");
      return TRIAS_LAG_VERSION;
    }
  if (protocol != TRIAS_PEER_PROTOCOL)
    {
      trias_peer_call_refuse (call, TRIAS_REASON_VERSION,
                              "The server '%s' speaks another version; bring both to the same.",
                              self->name);
      return TRIAS_LAG_VERSION;
    }
  if (self->relationship == NULL || strcmp (self->relationship->id, id) != 0
      || self->relationship->incarnation != (guint64) incarnation || !is_member (self, call))
    {
      trias_peer_call_problem (call, epoch_problem (self, call, id, (guint64) incarnation));
      return TRIAS_LAG_EPOCH;
    }
  return TRIAS_LAG_NONE;
}

static void
note_address (TriasPeer *self, TriasPeerCall *call)
{
  if (self->triad != NULL)
    {
      trias_peer_triad_let_in (self->triad, call->key, call->address);
      return;
    }
  g_free (self->partner_address);
  self->partner_address = g_strdup (call->address);
}

/* Whether it asks in an earlier incarnation of what this server is in. */
static gboolean
is_of_the_past (TriasPeer *self, TriasPeerCall *call, guint64 *incarnation)
{
  TriasJsonReader reader;
  const char *id;

  trias_json_reader_init (&reader, call->json);
  id = trias_json_read_string_or (&reader, "relationship", 128, "");
  *incarnation = (guint64) trias_json_read_int_or (&reader, "incarnation", 0, G_MAXINT64, 0);
  return trias_json_reader_finish_lenient (&reader, NULL) && self->relationship != NULL
         && strcmp (self->relationship->id, id) == 0 && *incarnation > 0
         && *incarnation < self->relationship->incarnation;
}

static void
keep_out (TriasPeer *self, TriasPeerCall *call)
{
  guint64 incarnation = 0;
  g_autofree char *relationship = NULL;
  TriasLink *link = trias_peer_find_link (self, call->key);

  if (link != NULL)
    {
      trias_link_refused (link, TRIAS_LAG_RULE);
      trias_peer_touch (self);
    }
  /* A former member learns that it is no longer one, as does a former partner below. */
  else if (is_of_the_past (self, call, &incarnation))
    {
      trias_peer_call_problem (call,
                               epoch_problem (self, call, self->relationship->id, incarnation));
      return;
    }
  /* A former partner learns that it is over even if its rule has gone with the relationship. */
  else if (trias_forming_dissolved_partner (self, call->key, &relationship))
    {
      trias_peer_call_problem (call, epoch_problem (self, call, relationship, 0));
      return;
    }
  trias_peer_call_problem (call, trias_peer_rule_problem (self, call->key, call->address));
}

static gboolean
kind_fits (TriasPeer *self, Demand demand)
{
  return demand == FOR_MEMBER || (demand == FOR_TRIAD) == (self->triad != NULL);
}

/* A server that was lost comes back: it is told that the triad ended, and takes part in nothing. */
static gboolean
turn_revoked_away (TriasPeer *self, TriasPeerCall *call)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);

  if (!trias_recover_is_revoked (self, call->key))
    return FALSE;
  trias_peer_call_problem (call,
                           epoch_problem (self, call, trias_ledger_get_ended (ledger, NULL), 0));
  return TRUE;
}

static void
dispatch (TriasPeerCall *call, guint index, gboolean let_in)
{
  TriasPeer *self = call->peer;
  TriasLink *link;
  TriasLag lag;

  if (turn_revoked_away (self, call))
    return;
  if (!let_in)
    {
      keep_out (self, call);
      return;
    }
  if (table[index].demand >= FOR_MEMBER)
    {
      lag = check_epoch (self, call);
      link = trias_peer_find_link (self, call->key);
      if (lag != TRIAS_LAG_NONE && link != NULL)
        trias_link_refused (link, lag);
      if (lag != TRIAS_LAG_NONE)
        return;
      if (!kind_fits (self, table[index].demand))
        {
          trias_peer_call_refuse (call, TRIAS_REASON_NOT_FOUND,
                                  "This is not for a relationship of this kind.");
          return;
        }
      note_address (self, call);
    }
  table[index].handler (call);
}

static void
on_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasPeerCall *call = user_data;
  guint index = 0;

  if (call->request != NULL && !call->peer->stopped)
    {
      while (strcmp (table[index].verb, call->verb) != 0)
        index++;
      dispatch (call, index,
                trias_access_allows (call->peer->access, TRIAS_SCOPE_PEER, facts, NULL));
    }
  trias_access_facts_free (facts);
  trias_peer_call_unref (call);
}

static void
let_in (TriasPeerCall *call, guint index)
{
  TriasPeer *self = call->peer;
  TriasCommandFacts *facts;

  if (table[index].demand == FOR_INVITED)
    {
      table[index].handler (call);
      return;
    }
  if (trias_access_allows_peer (self->access, call->key, call->address, NULL))
    {
      dispatch (call, index, TRUE);
      return;
    }
  /* A rule may name a host: its look-up takes time. */
  facts = trias_access_facts_of (self->access, call->request, NULL);
  trias_access_complete_facts (self->access, TRIAS_SCOPE_PEER, facts, on_facts,
                               trias_peer_call_ref (call));
}

static gboolean
read_body (TriasPeerCall *call)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *body = trias_http_body (call->request, &length);

  /* What it asks for stands in its headers. */
  if (length == 0 && strcmp (call->verb, "engine") == 0)
    {
      body = "{}";
      length = strlen (body);
    }
  call->json = trias_json_parse (body, length, TRIAS_JSON_MAX_BYTES, &error);
  if (call->json != NULL)
    return TRUE;
  trias_peer_call_problem (call, trias_problem_from_error (error));
  return FALSE;
}

void
trias_peer_handle (TriasPeer *self, TriasHttpRequest *request)
{
  TriasPeerCall *call;
  guint index = 0;

  if (self->stopped || !self->started || !g_str_has_prefix (trias_http_path (request), PREFIX))
    {
      trias_http_refuse (request, TRIAS_REASON_NOT_ACTIVE, "The server '%s' is not ready.",
                         self->name);
      return;
    }
  if (strcmp (trias_http_method (request), "POST") != 0)
    {
      trias_http_refuse (request, TRIAS_REASON_METHOD_NOT_ALLOWED, "Peers only post.");
      return;
    }
  if (trias_http_peer_key (request) == NULL)
    {
      trias_http_refuse (request, TRIAS_REASON_UNAUTHENTICATED, "A server must show its key.");
      return;
    }
  call = call_new (self, request);
  while (index < G_N_ELEMENTS (table) && strcmp (table[index].verb, call->verb) != 0)
    index++;
  if (index == G_N_ELEMENTS (table))
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_FOUND, "There is nothing at '%s'.",
                            trias_http_path (request));
  else if (read_body (call))
    let_in (call, index);
  trias_peer_call_unref (call);
}
