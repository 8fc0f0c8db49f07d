/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-address.h"
#include "server/peer/trias-aside.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-left-out.h"
#include "server/peer/trias-peer-private.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-serving.h"
#include "server/peer/trias-shared.h"

/* What GET /relationship answers, and the check that an administrator asks for. */

static void
write_pair (TriasPeer *self, TriasJsonWriter *writer)
{
  g_autofree char *why = NULL;

  trias_member_status_write (self->status, writer, "status");
  if (self->partner_view != NULL)
    {
      gint64 age = trias_peer_clock () - self->partner_view_at;

      /* By our clock: when it told us. */
      trias_json_begin_object (writer, "partner_view");
      trias_member_status_write_members (self->partner_view, writer);
      trias_json_add_int (writer, "as_of", trias_keeper_now (self->keeper) - age);
      trias_json_end_object (writer);
    }
  else
    trias_json_add_null (writer, "partner_view");
  trias_serving_write_consequence (self->serving, writer);
  trias_shared_write_conflict (self->shared, writer);
  trias_json_add_string (writer, "serving", trias_serving_word (self->serving, &why));
  trias_json_add_string (writer, "why", why);
}

static void
write_full (TriasPeer *self, TriasJsonWriter *writer)
{
  g_autofree char *epoch = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, self->relationship->id,
                                            self->relationship->incarnation);

  trias_json_add_string (writer, "epoch", epoch);
  if (self->triad != NULL)
    trias_peer_triad_write (self->triad, writer);
  else
    write_pair (self, writer);
  trias_aside_write (self, writer);
  trias_drills_write (self->drill, writer);
}

void
trias_peer_write (TriasPeer *self, TriasJsonWriter *writer, gboolean full)
{
  trias_peer_refresh (self);
  trias_json_begin_object (writer, NULL);
  if (self->relationship != NULL)
    {
      trias_json_begin_object (writer, "relationship");
      trias_relationship_write_members (self->relationship, writer);
      trias_json_add_string (writer, "self", self->id);
      trias_json_add_string (writer, "self_role", trias_role_to_word (self->role));
      trias_json_add_string (writer, "active", trias_peer_get_active (self));
      if (full)
        write_full (self, writer);
      trias_json_end_object (writer);
    }
  else
    trias_json_add_null (writer, "relationship");
  if (full)
    {
      trias_forming_write (self->forming, writer);
      trias_recover_write (self, writer);
    }
  trias_left_out_write (self, writer);
  trias_json_end_object (writer);
}

char *
trias_peer_local_host (TriasPeer *self)
{
  for (guint i = 0; self->addresses != NULL && self->addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (self->addresses[i], NULL);
      g_autoptr (GInetAddress) inet
          = address != NULL ? g_inet_address_new_from_string (address->host) : NULL;

      if (inet != NULL && !g_inet_address_get_is_any (inet))
        return g_strdup (address->host);
    }
  return NULL;
}

char *
trias_peer_own_address (TriasPeer *self, const char *wanted)
{
  if (wanted != NULL && wanted[0] != '\0')
    return g_strdup (wanted);
  for (guint i = 0; self->addresses != NULL && self->addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (self->addresses[i], NULL);
      g_autoptr (GInetAddress) inet
          = address != NULL ? g_inet_address_new_from_string (address->host) : NULL;

      if (address != NULL && (inet == NULL || !g_inet_address_get_is_any (inet)))
        return g_strdup (self->addresses[i]);
    }
  return NULL;
}

/* --- the check --- */

typedef struct
{
  TriasPeerChecked done;
  gpointer user_data;
} Checked;

static void
on_examined (GPtrArray *checks, GPtrArray *found, gpointer user_data)
{
  Checked *checked = user_data;

  checked->done (checks, NULL, checked->user_data);
  g_free (checked);
}

TriasProblem *
trias_peer_check_plan (TriasKind kind, GPtrArray *candidates)
{
  if (candidates->len + 1 == trias_kind_n_members (kind))
    return NULL;
  return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                            kind == TRIAS_KIND_TRIAD
                                ? "A triad has this server and exactly two others."
                                : "A backup relationship has this server and exactly one other.");
}

void
trias_peer_check (TriasPeer *self,
                  TriasKind kind,
                  GPtrArray *candidates,
                  const char *own_address,
                  TriasPeerChecked done,
                  gpointer user_data)
{
  g_autofree char *address = trias_peer_own_address (self, own_address);
  g_autoptr (TriasProblem) problem = trias_peer_check_plan (kind, candidates);
  Checked *checked;

  if (problem == NULL && address == NULL)
    problem = trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                                 "Say under which address the other server reaches this one.");
  if (problem != NULL)
    {
      done (NULL, problem, user_data);
      return;
    }
  checked = g_new0 (Checked, 1);
  checked->done = done;
  checked->user_data = user_data;
  trias_peer_examine (
      self, &(TriasExamineOrder){ .kind = kind, .candidates = candidates, .own_address = address },
      on_examined, checked);
}

const char *
trias_peer_get_active (TriasPeer *self)
{
  if (self->triad != NULL)
    return trias_peer_triad_active (self->triad);
  return self->relationship != NULL ? trias_serving_active (self->serving) : self->id;
}

const char *
trias_peer_get_serving (TriasPeer *self, const char **why)
{
  const char *word = "serving";

  g_clear_pointer (&self->why, g_free);
  if (self->triad != NULL)
    word = trias_peer_triad_word (self->triad, &self->why);
  else if (self->relationship != NULL)
    word = trias_serving_word (self->serving, &self->why);
  if (why != NULL)
    *why = self->why != NULL ? self->why
                             : "It belongs to no relationship and serves its own licences.";
  return word;
}

gboolean
trias_peer_covers_nothing (TriasPeer *self)
{
  return self->triad == NULL && self->relationship != NULL
         && trias_serving_covers_nothing (self->serving);
}

void
trias_peer_explain (TriasPeer *self, TriasProblem *problem)
{
  if (self->triad != NULL)
    trias_peer_triad_explain (self->triad, problem);
}
