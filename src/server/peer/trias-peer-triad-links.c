/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-engine-link.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-peer-triad-private.h"

/* How the engines of the members reach each other: streams for what they say to one another, and
 * small notes besides. */

#define LINK_TIMEOUT_LAN_MS 1000
#define LINK_TIMEOUT_WAN_MS 6000
/* A note is soon followed by a newer one. */
#define NOTE_TIMEOUT_MS 2000
#define NOTES_MAX 8
/* A member that is just going over to this incarnation hears it again after that. */
#define RENOTE_MS 100
#define RENOTE_FOR_MS 5000
#define NOTE_MAX_BYTES 65536

/* --- streams --- */

typedef struct
{
  TriasLinkOpened opened;
  gpointer data;
} Opening;

static void
on_opened (int fd, const TriasProblem *problem, gpointer user_data)
{
  Opening *opening = user_data;

  if (problem != NULL)
    g_debug ("No link of the engine: %s", problem->detail);
  opening->opened (fd, opening->data);
  g_free (opening);
}

static gboolean
on_nowhere (gpointer user_data)
{
  on_opened (-1, NULL, user_data);
  return G_SOURCE_REMOVE;
}

/* Whom a rule denies gets nothing either. */
static gboolean
is_denied (TriasPeer *peer, guint rank)
{
  gboolean denied;

  return !trias_peer_lets_in (peer, trias_peer_triad_member (peer->triad, rank), &denied) && denied;
}

/* A new one takes the place of what was cut. */
static void
cut (GCancellable **streams)
{
  g_cancellable_cancel (*streams);
  g_object_unref (*streams);
  *streams = g_cancellable_new ();
}

/* Whom no rule lets in from where it was seen last; its host names are known since it was let in.
 */
static gboolean
is_kept_out (TriasTriadOther *other)
{
  TriasPeer *peer = other->triad->peer;
  const TriasMember *member = trias_peer_triad_member (other->triad, other->rank);

  return other->address != NULL
         && !trias_access_allows_peer (peer->access, member->id, other->address, NULL);
}

/* Every request is asked for its rule, but a stream only when it is opened. */
void
trias_peer_triad_rules_changed (TriasPeerTriad *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    {
      TriasTriadOther *other = &self->others[i];

      if (!is_denied (self->peer, other->rank) && !is_kept_out (other))
        continue;
      cut (&other->from);
      cut (&other->to);
    }
}

static void
connect_engine (guint slot, TriasLinkOpened opened, gpointer data, gpointer user_data)
{
  TriasPeer *peer = user_data;
  const TriasRelationship *relationship = peer->relationship;
  g_autofree char *local = trias_peer_local_host (peer);
  Opening *opening = g_new0 (Opening, 1);
  const TriasMember *member;
  gboolean wan;

  opening->opened = opened;
  opening->data = data;
  if (peer->stopped || peer->triad == NULL || slot < 1 || slot > relationship->members->len
      || trias_keeper_triad_incarnation (peer->keeper) != relationship->incarnation
      || is_denied (peer, slot - 1))
    {
      g_idle_add (on_nowhere, opening);
      return;
    }
  member = trias_peer_triad_member (peer->triad, slot - 1);
  wan = relationship->options.profile == TRIAS_PROFILE_WAN;
  trias_engine_link_open (peer->identity, local, (const char *const *) member->addresses,
                          member->id, relationship->id, relationship->incarnation,
                          peer->triad->rank + 1, wan ? LINK_TIMEOUT_WAN_MS : LINK_TIMEOUT_LAN_MS,
                          trias_peer_triad_at (peer->triad, slot - 1)->to, on_opened, opening);
}

typedef struct
{
  TriasPeer *peer;
  guint64 incarnation;
  guint slot;
} Accept;

static void
on_taken (int fd, gpointer user_data)
{
  const Accept *accept = user_data;

  trias_keeper_triad_accept (accept->peer->keeper, accept->incarnation, accept->slot, fd);
}

static guint64
header_number (TriasHttpRequest *request, const char *name)
{
  const char *text = trias_http_header (request, name);
  guint64 value = 0;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &value, NULL);
  return value;
}

void
trias_peer_on_engine (TriasPeerCall *call)
{
  TriasPeer *peer = call->peer;
  const char *relationship = trias_http_header (call->request, "Trias-Relationship");
  Accept accept = { .peer = peer };
  TriasTriadOther *other
      = peer->triad != NULL ? trias_peer_triad_find (peer->triad, call->key) : NULL;

  accept.incarnation = header_number (call->request, "Trias-Incarnation");
  accept.slot = (guint) MIN (header_number (call->request, "Trias-Slot"), G_MAXUINT);
  if (relationship == NULL || other == NULL || accept.slot != other->rank + 1
      || !trias_forming_is_sealed (peer, relationship, accept.incarnation))
    trias_peer_call_refuse (call, TRIAS_REASON_EPOCH,
                            "The server '%s' is not in this incarnation of the triad.", peer->name);
  else
    trias_http_take_over (trias_peer_call_take (call), TRIAS_ENGINE_LINK_PROTOCOL, other->from,
                          on_taken, &accept);
}

/* --- notes --- */

void
trias_triad_other_drop_notes (TriasTriadOther *other)
{
  g_queue_clear_full (&other->notes, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&other->noted, g_bytes_unref);
  g_clear_handle_id (&other->renote, g_source_remove);
}

typedef struct
{
  TriasPeer *peer;
  char *key;
  gpointer triad; /* only to compare */
} Noting;

static void send_note (TriasTriadOther *other);

static gboolean
on_renote (gpointer user_data)
{
  TriasTriadOther *other = user_data;

  other->renote = 0;
  /* A newer one says more. */
  if (g_queue_is_empty (&other->notes) && other->noted != NULL)
    g_queue_push_tail (&other->notes, g_bytes_ref (other->noted));
  send_note (other);
  return G_SOURCE_REMOVE;
}

/* It did not hear: what waited is of the past when it does. But who answers that it is not in this
 * incarnation yet will be in a moment, and must not wait for the next turn to vote. */
static void
note_failed (TriasTriadOther *other, const TriasProblem *problem)
{
  g_autoptr (GBytes) last = other->noted != NULL ? g_bytes_ref (other->noted) : NULL;

  trias_triad_other_drop_notes (other);
  if (problem->reason != TRIAS_REASON_EPOCH
      || trias_peer_clock () - other->triad->since > RENOTE_FOR_MS)
    return;
  other->noted = g_steal_pointer (&last);
  other->renote = g_timeout_add (RENOTE_MS, on_renote, other);
}

static void
on_noted (const TriasPeerAnswer *answer, gpointer user_data)
{
  Noting *noting = user_data;
  TriasPeer *peer = noting->peer;
  TriasTriadOther *other = NULL;

  if (!peer->stopped && peer->triad != NULL && peer->triad == noting->triad)
    other = trias_peer_triad_find (peer->triad, noting->key);
  if (other != NULL)
    {
      other->noting = FALSE;
      if (answer->problem != NULL)
        note_failed (other, answer->problem);
      else
        send_note (other);
    }
  g_free (noting->key);
  g_free (noting);
  trias_peer_unref (peer);
}

static void
send_note (TriasTriadOther *other)
{
  TriasPeer *peer = other->triad->peer;
  const TriasMember *member = trias_peer_triad_member (other->triad, other->rank);
  g_autoptr (GBytes) note = NULL;
  g_autofree char *text = NULL;
  TriasJsonWriter *writer;
  Noting *noting;

  if (other->noting || g_queue_is_empty (&other->notes))
    return;
  note = g_queue_pop_head (&other->notes);
  g_clear_pointer (&other->noted, g_bytes_unref);
  other->noted = g_bytes_ref (note);
  text = g_base64_encode (g_bytes_get_data (note, NULL), g_bytes_get_size (note));
  writer = trias_peer_begin_request (peer);
  trias_json_add_string (writer, "note", text);
  trias_json_end_object (writer);
  noting = g_new0 (Noting, 1);
  noting->peer = trias_peer_ref (peer);
  noting->key = g_strdup (member->id);
  noting->triad = peer->triad;
  other->noting = TRUE;
  trias_peer_client_post (peer->client, member->addresses[0], member->id, "note",
                          trias_peer_end_text (writer), NOTE_TIMEOUT_MS, on_noted, noting);
}

static void
note_engine (guint slot, const void *data, gsize length, gpointer user_data)
{
  TriasPeer *peer = user_data;
  TriasTriadOther *other;

  /* While the engine goes over, the slots are those of another incarnation. */
  if (peer->stopped || peer->triad == NULL || slot < 1
      || trias_keeper_triad_incarnation (peer->keeper) != peer->relationship->incarnation)
    return;
  other = trias_peer_triad_at (peer->triad, slot - 1);
  if (other == NULL || is_denied (peer, slot - 1))
    return;
  g_queue_push_tail (&other->notes, g_bytes_new (data, length));
  if (g_queue_get_length (&other->notes) > NOTES_MAX)
    g_bytes_unref (g_queue_pop_head (&other->notes));
  send_note (other);
}

void
trias_peer_on_note (TriasPeerCall *call)
{
  TriasPeer *peer = call->peer;
  TriasTriadOther *other = trias_peer_triad_find (peer->triad, call->key);
  TriasJsonReader reader;
  const char *text;
  g_autofree guchar *note = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  trias_json_reader_init (&reader, call->json);
  text = trias_json_read_string (&reader, "note", 1, NOTE_MAX_BYTES);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  note = g_base64_decode (text, &length);
  trias_peer_call_ok (call);
  trias_keeper_triad_note (peer->keeper, peer->relationship->incarnation, other->rank + 1, note,
                           length);
}

const TriasJournalLinks trias_peer_triad_links = { .connect = connect_engine, .note = note_engine };
