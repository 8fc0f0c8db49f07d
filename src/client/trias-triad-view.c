/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-triads-private.h"

#include <string.h>

/* One picture of a triad from what up to three servers say. Nothing is guessed: what nobody reached
 * can know is unknown. */

void
trias_triad_link_ends (guint link, guint *a, guint *b)
{
  g_return_if_fail (link < TRIAS_TRIAD_N_LINKS);

  *a = link == 2 ? 1 : 0;
  *b = link == 0 ? 1 : 2;
}

guint
trias_triad_link_between (guint a, guint b)
{
  g_return_val_if_fail (a != b && a < TRIAS_MAX_MEMBERS && b < TRIAS_MAX_MEMBERS, 0);

  return a + b - 1;
}

guint
trias_triad_who_serves (const gboolean *up, const gboolean *linked, guint present)
{
  gboolean able[2];

  for (guint rank = 0; rank < 2; rank++)
    {
      able[rank] = FALSE;
      for (guint other = 0; other < TRIAS_MAX_MEMBERS && up[rank]; other++)
        if (other != rank && up[other] && linked[trias_triad_link_between (rank, other)])
          able[rank] = TRUE;
    }
  /* Who serves goes on as long as it can. */
  if (present < 2 && able[present])
    return present;
  return able[0] ? 0 : able[1] ? 1 : TRIAS_MAX_MEMBERS;
}

static const char *
id_of (TriasRelationshipInfo *info, guint rank)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);

  return ((const TriasMember *) g_ptr_array_index (relationship->members, rank))->id;
}

/* --- the view that counts --- */

/* An active member knows best; then one with a majority; then the later term. */
static guint64
weight (const TriasMemberSource *source)
{
  const TriasTriadFacts *facts;
  const char *active;
  guint64 weight = 0;

  if (source->info == NULL)
    return 0;
  facts = trias_relationship_info_get_triad (source->info);
  active = trias_relationship_info_get_active (source->info);
  if (source->reached)
    weight += G_GUINT64_CONSTANT (1) << 62;
  if (active != NULL && strcmp (active, trias_relationship_info_get_self (source->info)) == 0)
    weight += G_GUINT64_CONSTANT (1) << 61;
  if (facts != NULL && facts->quorum)
    weight += G_GUINT64_CONSTANT (1) << 60;
  return weight + 1 + (facts != NULL ? MIN (facts->term, G_MAXUINT32) : 0);
}

static const TriasMemberSource *
choose (const TriasMemberSource *sources)
{
  const TriasMemberSource *best = &sources[0];

  for (guint i = 1; i < TRIAS_MAX_MEMBERS; i++)
    if (weight (&sources[i]) > weight (best))
      best = &sources[i];
  return best;
}

/* --- links --- */

/* What @source was last told by @member of @peer. */
static TriasTriadEnd
told (const TriasMemberSource *source, const char *member, const char *peer, gint64 *as_of)
{
  GPtrArray *reports = trias_relationship_info_get_reports (source->info);
  const TriasMemberStatus *of_member
      = trias_member_statuses_find (trias_relationship_info_get_statuses (source->info), member);

  for (guint i = 0; i < reports->len; i++)
    {
      const TriasMemberReport *report = g_ptr_array_index (reports, i);

      if (strcmp (report->member, member) != 0)
        continue;
      *as_of = report->as_of;
      return (TriasTriadEnd){ trias_member_statuses_find (report->statuses, peer),
                              source->reached && of_member != NULL && of_member->connected };
    }
  return (TriasTriadEnd){ NULL, FALSE };
}

/* What the member at @rank says of @peer by way of others: of now before of earlier. */
static TriasTriadEnd
second_hand (const TriasMemberSource *sources, const char *member, const char *peer)
{
  TriasTriadEnd best = { NULL, FALSE };
  gint64 newest = -1;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadEnd end = { NULL, FALSE };
      gint64 as_of = 0;

      if (sources[i].info != NULL)
        end = told (&sources[i], member, peer, &as_of);
      if (end.status == NULL || end.live < best.live || (end.live == best.live && as_of <= newest))
        continue;
      best = end;
      newest = as_of;
    }
  return best;
}

static TriasTriadEnd
read_end (const TriasMemberSource *sources, TriasRelationshipInfo *info, guint rank, guint other)
{
  const char *peer = id_of (info, other);
  const TriasMemberSource *own = &sources[rank];
  TriasTriadEnd end = second_hand (sources, id_of (info, rank), peer);
  const TriasMemberStatus *status;

  if (own->info == NULL || (end.live && !own->reached))
    return end;
  status = trias_member_statuses_find (trias_relationship_info_get_statuses (own->info), peer);
  if (status == NULL)
    return end;
  return (TriasTriadEnd){ status, own->reached };
}

static TriasTriadLinkState
link_state (const TriasTriadEnd *a, const TriasTriadEnd *b)
{
  gboolean a_live = a->live && a->status != NULL, b_live = b->live && b->status != NULL;

  if (!a_live && !b_live)
    return TRIAS_TRIAD_LINK_UNKNOWN;
  if (a_live && b_live && a->status->connected != b->status->connected)
    return TRIAS_TRIAD_LINK_ONE_WAY;
  return (a_live ? a : b)->status->connected ? TRIAS_TRIAD_LINK_CONNECTED : TRIAS_TRIAD_LINK_CUT;
}

static void
view_link (TriasTriadView *view, const TriasMemberSource *sources, guint link)
{
  guint a, b;
  TriasTriadEnd *ends = view->links[link].ends;

  trias_triad_link_ends (link, &a, &b);
  ends[0] = read_end (sources, view->info, a, b);
  ends[1] = read_end (sources, view->info, b, a);
  view->links[link].state = link_state (&ends[0], &ends[1]);
  view->links[link].latency_us = -1;
  for (guint i = 0; i < 2; i++)
    if (ends[i].live && ends[i].status != NULL && view->links[link].latency_us < 0)
      view->links[link].latency_us = ends[i].status->latency_us;
}

/* --- members --- */

static TriasTriadState
state_in (TriasRelationshipInfo *info, guint rank)
{
  const TriasTriadFacts *facts = info != NULL ? trias_relationship_info_get_triad (info) : NULL;

  return facts != NULL ? facts->members[rank].state : TRIAS_TRIAD_STATE_UNKNOWN;
}

static void
view_member (TriasTriadView *view, const TriasMemberSource *sources, guint rank)
{
  TriasTriadState state = view->live ? state_in (view->info, rank) : TRIAS_TRIAD_STATE_UNKNOWN;
  gboolean heard = FALSE;
  gint64 as_of = 0;

  for (guint other = 0; other < TRIAS_MAX_MEMBERS; other++)
    {
      guint link = other != rank ? trias_triad_link_between (rank, other) : 0;
      const TriasTriadEnd *end;

      if (other == rank)
        continue;
      end = &view->links[link].ends[other < rank ? 0 : 1];
      if (end->status == NULL)
        continue;
      heard |= end->live && end->status->connected;
      as_of = MAX (as_of, end->status->last_heard);
    }
  /* Unreachable for the one that counts, but not for this program: it speaks for itself. */
  if (sources[rank].reached
      && (state == TRIAS_TRIAD_STATE_UNREACHABLE || state == TRIAS_TRIAD_STATE_UNKNOWN))
    state = state_in (sources[rank].info, rank);
  if (sources[rank].server != NULL && !sources[rank].reached)
    as_of = MAX (as_of, trias_server_get_last_heard (sources[rank].server));
  view->members[rank].state = state;
  view->members[rank].online = sources[rank].reached || heard;
  view->members[rank].as_of = view->members[rank].online ? 0 : as_of;
}

void
trias_triad_view (TriasTriadView *view, const TriasMemberSource *sources)
{
  const TriasMemberSource *best = choose (sources);

  *view = (TriasTriadView){ .info = best->info, .live = best->reached };
  for (guint link = 0; link < TRIAS_TRIAD_N_LINKS; link++)
    view_link (view, sources, link);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    view_member (view, sources, rank);
}
