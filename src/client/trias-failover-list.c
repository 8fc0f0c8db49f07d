/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-list.h"

#include "core/trias-address.h"
#include "core/trias-relationship.h"

#include <string.h>

/* Which member list counts.
 *
 * The first list a client learns counts by the signature of one server that it was configured
 * with: that one it has to trust anyway. From then on a list counts by the signatures of a majority
 * of the list that is known: two of a triad, either of a pair. Each member hands out
 * its own signature and those that the others told it; the client asks the others when it is told a
 * list that lacks some.
 *
 * After a dissolution, a forced recovery, or several changes that it missed, a client may find no
 * such majority any more. So that it is not left behind for good, a list signed by one server of
 * the known list, or by a configured one, counts also if nobody else stands by the known list: each
 * of the others said itself that it belongs to that relationship no more, or all that did not say
 * so have been silent for a minute in which they were asked. One member that still stands by the
 * known list is an objection, and the time begins anew. So one stolen key alone leads no client
 * away as long as the client reaches one honest member; and who survives a disaster stays the
 * server of its clients meanwhile, since they know it already. */

#define MAX_LIST 16384
#define MAX_SIGNATURES 8
#define LIST_HEAD "trias-members-1"
#define MAX_LINES 16
/* The first pause between rounds of questions; so many rounds fit into the silence at least. */
#define FIRST_ROUND_MS 2000
#define ROUNDS 4

/* --- reading --- */

void
trias_told_list_free (TriasToldList *self)
{
  g_free (self->text);
  g_strfreev (self->lines);
  g_free (self->id);
  g_hash_table_unref (self->signers);
  g_free (self);
}

/* Of @text the first two lines. */
static gboolean
read_head (TriasToldList *self)
{
  g_auto (GStrv) words = NULL;
  TriasKind kind;

  if (g_strv_length (self->lines) < 3 || strcmp (self->lines[0], LIST_HEAD) != 0)
    return FALSE;
  words = g_strsplit (self->lines[1], " ", 4);
  if (g_strv_length (words) != 3
      || !g_ascii_string_to_unsigned (words[2], 10, 1, G_MAXINT64, &self->incarnation, NULL)
      || !trias_kind_from_word (words[0], &kind))
    return FALSE;
  self->triad = kind == TRIAS_KIND_TRIAD;
  self->id = g_strdup (words[1]);
  return TRUE;
}

static void
read_signature (TriasToldList *self, const TriasJson *json)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *key, *signature;
  char *id;

  trias_json_reader_init (&reader, json);
  key = trias_json_read_string (&reader, "public_key", 1, 1024);
  signature = trias_json_read_string (&reader, "signature", 1, 1024);
  if (!trias_json_reader_finish_lenient (&reader, NULL)
      || !trias_identity_verify (key, self->text, strlen (self->text), signature))
    return;
  /* The id is computed, not read: nobody speaks for another one. */
  id = trias_id_from_public_key (key);
  if (id != NULL)
    g_hash_table_add (self->signers, id);
}

TriasToldList *
trias_told_list_read (const TriasJson *json)
{
  g_autoptr (TriasToldList) self = g_new0 (TriasToldList, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *signatures;

  self->signers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  trias_json_reader_init (&reader, json);
  self->text = g_strdup (trias_json_read_string (&reader, "text", 1, MAX_LIST));
  signatures = trias_json_read_array (&reader, "signatures", MAX_SIGNATURES);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return NULL;
  self->lines = g_strsplit (self->text, "\n", MAX_LINES);
  if (!read_head (self))
    return NULL;
  for (guint i = 0; i < trias_json_length (signatures); i++)
    read_signature (self, trias_json_element (signatures, i));
  return g_steal_pointer (&self);
}

/* --- who is for it --- */

static gboolean
is_voter (TriasFailover *self, const char *id)
{
  return g_ptr_array_find_with_equal_func (self->voters, id, g_str_equal, NULL);
}

static guint
count_voters (TriasFailover *self, GHashTable *ids)
{
  guint n = 0;

  for (guint i = 0; i < self->voters->len; i++)
    n += g_hash_table_contains (ids, g_ptr_array_index (self->voters, i));
  return n;
}

static gboolean
has_majority (TriasFailover *self, GHashTable *signers)
{
  guint needed = self->list_id != NULL && self->listed_triad ? self->voters->len / 2 + 1 : 1;

  return count_voters (self, signers) >= needed;
}

static gboolean
has_known_signer (TriasFailover *self, GHashTable *signers)
{
  if (count_voters (self, signers) > 0)
    return TRUE;
  for (guint i = 0; i < self->configured->len; i++)
    if (g_hash_table_contains (
            signers, ((TriasAddress *) g_ptr_array_index (self->configured, i))->fingerprint))
      return TRUE;
  return FALSE;
}

/* Every other one said itself that what is known is over. */
static gboolean
all_have_left (TriasFailover *self, GHashTable *signers)
{
  for (guint i = 0; i < self->voters->len; i++)
    {
      const char *id = g_ptr_array_index (self->voters, i);

      if (!g_hash_table_contains (signers, id) && !g_hash_table_contains (self->left, id))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_older (TriasFailover *self, const TriasToldList *list)
{
  return self->list_id != NULL && strcmp (self->list_id, list->id) == 0
         && list->incarnation < self->incarnation;
}

gboolean
trias_failover_take_list (TriasFailover *self, const TriasToldList *list)
{
  if (!trias_failover_take_members (self, (const char *const *) list->lines + 2))
    return FALSE;
  g_free (self->list_id);
  self->list_id = g_strdup (list->id);
  g_free (self->list_text);
  self->list_text = g_strdup (list->text);
  self->incarnation = list->incarnation;
  self->listed_triad = list->triad;
  g_hash_table_remove_all (self->left);
  trias_failover_forget_doubt (self);
  return TRUE;
}

/* --- a list that lacks signatures --- */

static void start_round (TriasFailover *self);

void
trias_failover_forget_doubt (TriasFailover *self)
{
  TriasDoubt *doubt = &self->doubt;

  trias_timer_stop (&doubt->timer);
  g_clear_pointer (&doubt->text, g_free);
  g_clear_pointer (&doubt->signers, g_hash_table_unref);
  doubt->rounds = 0;
}

static gboolean
has_been_silent (TriasFailover *self)
{
  const TriasDoubt *doubt = &self->doubt;

  return doubt->rounds > 1 && trias_boot_time () - doubt->since >= self->silence_ms * (gint64) 1000;
}

/* Takes the doubtful list if it counts by now. */
static gboolean
settle (TriasFailover *self)
{
  TriasDoubt *doubt = &self->doubt;
  g_autoptr (TriasToldList) list = NULL;

  if (!has_majority (self, doubt->signers) && !all_have_left (self, doubt->signers)
      && !has_been_silent (self))
    return FALSE;
  list = g_new0 (TriasToldList, 1);
  list->text = g_strdup (doubt->text);
  list->lines = g_strsplit (list->text, "\n", MAX_LINES);
  list->signers = g_hash_table_ref (doubt->signers);
  read_head (list);
  if (!trias_failover_take_list (self, list))
    return FALSE;
  trias_failover_write_cache (self, list->text);
  return TRUE;
}

static gboolean
round_cb (gpointer user_data)
{
  TriasFailover *self = user_data;
  TriasDoubt *doubt = &self->doubt;

  if (settle (self))
    return G_SOURCE_REMOVE;
  doubt->rounds++;
  doubt->asked_at = trias_boot_time ();
  for (guint i = 0; i < self->endpoints->len; i++)
    trias_failover_relearn (self, g_ptr_array_index (self->endpoints, i));
  start_round (self);
  return G_SOURCE_REMOVE;
}

/* However often the word changes, not all are asked all the time. */
static void
start_round (TriasFailover *self)
{
  TriasDoubt *doubt = &self->doubt;
  gint64 since_ms = (trias_boot_time () - doubt->asked_at) / 1000;
  guint pause = trias_backoff_next (&doubt->backoff);

  if (doubt->rounds == 0 && since_ms >= pause)
    pause = 0;
  trias_timer_start (&doubt->timer, pause, round_cb, self);
}

static void
begin_doubt (TriasFailover *self, const TriasToldList *list)
{
  TriasDoubt *doubt = &self->doubt;

  trias_failover_forget_doubt (self);
  doubt->text = g_strdup (list->text);
  doubt->signers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  doubt->since = trias_boot_time ();
  trias_backoff_init (&doubt->backoff, MIN (FIRST_ROUND_MS, self->silence_ms / ROUNDS),
                      self->silence_ms / ROUNDS);
  start_round (self);
}

static void
add_signers (TriasDoubt *doubt, GHashTable *signers)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, signers);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (doubt->signers, g_strdup (id));
}

/* What @id, which answers for itself, says about the relationship that is known. */
static void
note_stand (TriasFailover *self, const char *id, const TriasToldList *list)
{
  gboolean stays = list != NULL && g_strcmp0 (list->id, self->list_id) == 0;

  if (self->list_id == NULL || !is_voter (self, id))
    return;
  if (!stays)
    {
      g_hash_table_add (self->left, g_strdup (id));
      return;
    }
  g_hash_table_remove (self->left, id);
  if (g_strcmp0 (list->text, self->doubt.text) != 0)
    self->doubt.since = trias_boot_time ();
}

static void
consider (TriasFailover *self, const TriasToldList *list)
{
  if (g_strcmp0 (list->text, self->list_text) == 0 || is_older (self, list)
      || !has_known_signer (self, list->signers))
    return;
  if (has_majority (self, list->signers))
    {
      if (trias_failover_take_list (self, list))
        trias_failover_write_cache (self, list->text);
      return;
    }
  if (g_strcmp0 (list->text, self->doubt.text) != 0)
    begin_doubt (self, list);
  add_signers (&self->doubt, list->signers);
}

gboolean
trias_failover_learn (TriasFailover *self, TriasEndpoint *endpoint, const TriasJson *about)
{
  g_auto (TriasJsonReader) reader = { 0 };
  g_autoptr (TriasToldList) list = NULL;
  const TriasJson *json;
  const char *name;

  trias_json_reader_init (&reader, about);
  name = trias_json_read_string_or (&reader, "name", 256, "");
  json = trias_json_read_object_or_null (&reader, "signed_members");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  g_free (endpoint->name);
  endpoint->name = g_strdup (name);
  list = json != NULL ? trias_told_list_read (json) : NULL;
  if (list != NULL)
    consider (self, list);
  note_stand (self, endpoint->id, list);
  if (self->doubt.text != NULL)
    settle (self);
  return json != NULL;
}
