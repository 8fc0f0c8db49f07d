/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-triad-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-age-words.h"
#include "client/trias-maintenance-words.h"
#include "client/trias-words.h"

/* --- members --- */

const char *
trias_triad_words_state_icon (TriasTriadState state)
{
  switch (state)
    {
    case TRIAS_TRIAD_STATE_ACTIVE:
    case TRIAS_TRIAD_STATE_STANDBY:
      return "trias-online-symbolic";
    case TRIAS_TRIAD_STATE_CATCHING_UP:
    case TRIAS_TRIAD_STATE_MUTED:
      return "trias-waiting-symbolic";
    case TRIAS_TRIAD_STATE_UNKNOWN:
    case TRIAS_TRIAD_STATE_UNREACHABLE:
      break;
    }
  return "trias-offline-symbolic";
}

static char *
describe_silence (TriasTriadMember *member, gint64 now)
{
  gint64 as_of = trias_triad_member_get_as_of (member);
  g_autofree char *age = as_of > 0 ? trias_age_format (as_of, now) : NULL;

  if (age == NULL)
    return g_strdup (_ ("Offline"));
  /* TRANSLATORS: %s is an age such as "3 s ago" */
  return g_strdup_printf (_ ("Offline, last heard %s"), age);
}

char *
trias_triad_words_member (TriasTriadMember *member, gint64 now)
{
  if (trias_triad_member_get_maintenance (member) != NULL)
    return g_strdup (trias_triad_member_get_maintenance_words (member));
  if (!trias_triad_member_get_online (member))
    return describe_silence (member, now);
  switch (trias_triad_member_get_state (member))
    {
    case TRIAS_TRIAD_STATE_ACTIVE:
      return g_strdup (_ ("Online, serves clients"));
    case TRIAS_TRIAD_STATE_STANDBY:
      return g_strdup (_ ("Online, synchronised"));
    case TRIAS_TRIAD_STATE_CATCHING_UP:
      return g_strdup (_ ("Online, not synchronised yet"));
    case TRIAS_TRIAD_STATE_MUTED:
      return g_strdup (_ ("Online, with older data"));
    case TRIAS_TRIAD_STATE_UNREACHABLE:
      return g_strdup (_ ("Online, but cut off"));
    case TRIAS_TRIAD_STATE_UNKNOWN:
      break;
    }
  return g_strdup (_ ("Online"));
}

char *
trias_triad_words_card (TriasTriadMember *member, gint64 now)
{
  g_autofree char *state = trias_triad_words_member (member, now);
  const char *role = trias_words_role (trias_triad_member_get_role (member));

  if (trias_triad_member_get_pinned (member))
    /* TRANSLATORS: role, name, address, state */
    return g_strdup_printf (_ ("%1$s %2$s, %3$s, %4$s, held in place"), role,
                            trias_triad_member_get_name (member),
                            trias_triad_member_get_address (member), state);
  /* TRANSLATORS: role, name, address, state */
  return g_strdup_printf (_ ("%1$s %2$s, %3$s, %4$s"), role, trias_triad_member_get_name (member),
                          trias_triad_member_get_address (member), state);
}

static void
add_paragraph (GString *text, char *paragraph)
{
  if (text->len > 0)
    g_string_append (text, "\n\n");
  g_string_append (text, paragraph);
  g_free (paragraph);
}

static gboolean
is_failback_automatic (TriasTriad *triad)
{
  TriasRelationshipInfo *info = trias_triad_get_info (triad);
  const TriasRelationship *relationship
      = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;

  return relationship == NULL || relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC;
}

/* Why the member is not the active one although it could be. */
static char *
explain_waiting (TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  TriasTriadMember *active = triad != NULL ? trias_triad_get_active (triad) : NULL;
  const char *name = trias_triad_member_get_name (member);

  if (trias_triad_member_get_role (member) == TRIAS_ROLE_TERTIARY)
    return g_strdup_printf (_ ("“%s” is the tertiary server: it never serves clients itself, but "
                               "lets one of the other two do so."),
                            name);
  if (active == NULL)
    return g_strdup_printf (_ ("“%s” serves no clients, because it reaches neither of the other "
                               "two servers. Alone it cannot know whether another one serves."),
                            name);
  if (trias_triad_member_get_pinned (active))
    return g_strdup_printf (_ ("“%1$s” waits: an administrator has switched to “%2$s”. Give back "
                               "to let the rule decide again."),
                            name, trias_triad_member_get_name (active));
  if (trias_triad_member_get_rank (active) < trias_triad_member_get_rank (member))
    return g_strdup_printf (_ ("“%1$s” holds the same data as “%2$s” and takes over if that one "
                               "fails."),
                            name, trias_triad_member_get_name (active));
  if (!is_failback_automatic (triad))
    return g_strdup_printf (_ ("“%1$s” waits, because it is not to become active by itself when it "
                               "is back (option of the triad). Switch the active server when it "
                               "suits you; until then “%2$s” serves the clients."),
                            name, trias_triad_member_get_name (active));
  return g_strdup_printf (_ ("“%1$s” is back and becomes active by itself once it has been steady "
                             "for ten seconds; until then “%2$s” serves the clients."),
                          name, trias_triad_member_get_name (active));
}

/* Why it is the active one although it is not the primary server, and how that ends. */
static char *
explain_active (TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  const char *name = trias_triad_member_get_name (member);
  gint64 until = triad != NULL ? trias_triad_get_pinned_until (triad) : 0;
  g_autofree char *time = until > 0 ? trias_age_format_time (until) : NULL;

  if (trias_triad_member_get_pinned (member) && time != NULL)
    /* TRANSLATORS: a server, a time */
    return g_strdup_printf (_ ("“%1$s” is the active server, because an administrator has switched "
                               "to it; that holds until %2$s, until you give back, or until it "
                               "fails."),
                            name, time);
  if (trias_triad_member_get_pinned (member))
    return g_strdup_printf (_ ("“%s” is the active server, because an administrator has switched "
                               "to it; that holds until you give back, or until it fails."),
                            name);
  return g_strdup_printf (_ ("“%s” is the active server: it reaches at least one of the other two "
                             "and serves all clients."),
                          name);
}

/* What comes next if the active one fails, too. */
static char *
explain_next (TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  guint by = 0;

  if (triad == NULL
      || trias_triad_get_failure (triad, trias_triad_member_get_rank (member), &by)
             != TRIAS_TRIAD_FAILURE_TAKEN_OVER)
    return g_strdup (_ ("If it fails now, nobody can take over: clients would get no seats."));
  return g_strdup_printf (_ ("If it fails, “%s” takes over by itself."),
                          trias_triad_member_get_name (trias_triad_get_member (triad, by)));
}

/* What the active one says of why another is not as far as itself. */
static char *
explain_lag (TriasTriadMember *member)
{
  TriasTriad *triad = trias_triad_member_get_triad (member);
  TriasRelationshipInfo *info = triad != NULL ? trias_triad_get_info (triad) : NULL;
  const TriasMemberStatus *status
      = info != NULL ? trias_member_statuses_find (trias_relationship_info_get_statuses (info),
                                                   trias_triad_member_get_id (member))
                     : NULL;
  const char *name = trias_triad_member_get_name (member);

  if (status != NULL && status->sync_reason == TRIAS_LAG_REPAIR)
    return g_strdup_printf (_ ("The data of “%s” differ from those of the others and are replaced "
                               "by theirs. That ends by itself; nothing has to be done."),
                            name);
  if (status != NULL && status->sync_reason == TRIAS_LAG_PENDING && status->pending > 0)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE,
                     "“%1$s” still lacks %2$u change. That ends by itself. If it lasts for "
                     "minutes, check disk and network of “%1$s”.",
                     "“%1$s” still lacks %2$u changes. That ends by itself. If it lasts for "
                     "minutes, check disk and network of “%1$s”.",
                     (gulong) status->pending),
        name, (guint) MIN (status->pending, G_MAXUINT));
  return g_strdup_printf (_ ("“%s” receives what it has missed. That ends by itself; nothing "
                             "has to be done."),
                          name);
}

static char *
explain_state (TriasTriadMember *member)
{
  const char *name = trias_triad_member_get_name (member);

  switch (trias_triad_member_get_state (member))
    {
    case TRIAS_TRIAD_STATE_ACTIVE:
      return explain_active (member);
    case TRIAS_TRIAD_STATE_STANDBY:
      return explain_waiting (member);
    case TRIAS_TRIAD_STATE_CATCHING_UP:
      return explain_lag (member);
    case TRIAS_TRIAD_STATE_MUTED:
      return g_strdup_printf (_ ("“%s” has come back with older data than it once confirmed, for "
                                 "example from a restored disk image. It has no vote until it has "
                                 "received everything again; nothing has to be done."),
                              name);
    case TRIAS_TRIAD_STATE_UNKNOWN:
    case TRIAS_TRIAD_STATE_UNREACHABLE:
      break;
    }
  if (trias_triad_member_get_online (member))
    return g_strdup_printf (_ ("“%s” runs, but the other two servers do not reach it. Check "
                               "network and firewall between them."),
                            name);
  return g_strdup_printf (_ ("No answer comes from “%s”. Check whether the computer runs, whether "
                             "triasd runs on it, and whether network and firewall let its port "
                             "through. It joins again by itself."),
                          name);
}

char *
trias_triad_words_why_member (TriasTriadMember *member, gint64 now)
{
  const TriasMaintenance *maintenance = trias_triad_member_get_maintenance (member);
  g_autoptr (GString) text = g_string_new (NULL);

  if (maintenance != NULL)
    add_paragraph (text,
                   trias_maintenance_words_why (maintenance, trias_triad_member_get_name (member)));
  /* Else that is why it waits. */
  if (maintenance == NULL || trias_triad_member_get_state (member) != TRIAS_TRIAD_STATE_STANDBY)
    add_paragraph (text, explain_state (member));
  if (trias_triad_member_get_state (member) == TRIAS_TRIAD_STATE_ACTIVE)
    add_paragraph (text, explain_next (member));
  if (!trias_triad_member_get_online (member) && trias_triad_member_get_as_of (member) > 0)
    add_paragraph (text, describe_silence (member, now));
  if (trias_triad_member_get_online (member) && !trias_triad_member_get_reached (member))
    add_paragraph (text, g_strdup (_ ("The console itself is not signed in to this server; the "
                                      "other servers report what is shown.")));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- links --- */

const char *
trias_triad_words_link_icon (TriasTriadLinkState state)
{
  switch (state)
    {
    case TRIAS_TRIAD_LINK_CONNECTED:
      return "trias-link-symbolic";
    case TRIAS_TRIAD_LINK_ONE_WAY:
      return "trias-link-one-way-symbolic";
    case TRIAS_TRIAD_LINK_CUT:
      return "trias-link-cut-symbolic";
    case TRIAS_TRIAD_LINK_UNKNOWN:
      break;
    }
  return "trias-link-unknown-symbolic";
}

char *
trias_triad_words_latency (gint64 latency_us)
{
  if (latency_us >= 10000)
    return g_strdup_printf (_ ("%.0f ms"), (double) latency_us / 1000);
  return g_strdup_printf (_ ("%.1f ms"), (double) latency_us / 1000);
}

char *
trias_triad_words_link (TriasTriadLink *link)
{
  gint64 latency = trias_triad_link_get_latency_us (link);

  switch (trias_triad_link_get_state (link))
    {
    case TRIAS_TRIAD_LINK_CONNECTED:
      return latency < 0 ? g_strdup (_ ("connected")) : trias_triad_words_latency (latency);
    case TRIAS_TRIAD_LINK_ONE_WAY:
      return g_strdup (_ ("one way only"));
    case TRIAS_TRIAD_LINK_CUT:
      return g_strdup (_ ("not connected"));
    case TRIAS_TRIAD_LINK_UNKNOWN:
      break;
    }
  return g_strdup (_ ("unknown"));
}

static const char *
end_name (TriasTriadLink *link, guint end)
{
  TriasTriadMember *member = trias_triad_link_get_member (link, end);

  return member != NULL ? trias_triad_member_get_name (member) : "";
}

char *
trias_triad_words_link_name (TriasTriadLink *link)
{
  g_autofree char *words = trias_triad_words_link (link);

  if (trias_triad_link_get_state (link) == TRIAS_TRIAD_LINK_CONNECTED
      && trias_triad_link_get_latency_us (link) >= 0)
    /* TRANSLATORS: two servers, round trip such as "0.4 ms" */
    return g_strdup_printf (_ ("Link %1$s – %2$s: connected, %3$s"), end_name (link, 0),
                            end_name (link, 1), words);
  /* TRANSLATORS: two servers, a state such as "not connected" */
  return g_strdup_printf (_ ("Link %1$s – %2$s: %3$s"), end_name (link, 0), end_name (link, 1),
                          words);
}

/* What one end says, with its cause. */
static char *
describe_view (TriasTriadLink *link, guint end)
{
  gboolean live = FALSE;
  const TriasMemberStatus *status = trias_triad_link_get_view (link, end, &live);
  const char *own = end_name (link, end), *other = end_name (link, 1 - end);

  if (status == NULL || !live)
    return g_strdup_printf (_ ("What “%s” says of it is not known at present."), own);
  if (status->connected)
    return g_strdup_printf (_ ("“%1$s” hears “%2$s”."), own, other);
  switch (status->connect_reason)
    {
    case TRIAS_LAG_KEY:
      return g_strdup_printf (_ ("“%1$s” refuses “%2$s”: another key answers at its address."), own,
                              other);
    case TRIAS_LAG_RULE:
      return g_strdup_printf (_ ("“%1$s” does not reach “%2$s”: a rule keeps one of them out."),
                              own, other);
    case TRIAS_LAG_EPOCH:
      return g_strdup_printf (_ ("“%1$s” and “%2$s” do not hold the same state of the triad."), own,
                              other);
    case TRIAS_LAG_VERSION:
      return g_strdup_printf (_ ("“%1$s” and “%2$s” speak different versions."), own, other);
    case TRIAS_LAG_NONE:
    case TRIAS_LAG_UNREACHABLE:
    case TRIAS_LAG_ONE_WAY:
    case TRIAS_LAG_FIRST_COPY:
    case TRIAS_LAG_PENDING:
    case TRIAS_LAG_STORAGE:
    case TRIAS_LAG_REPAIR:
    case TRIAS_LAG_CONFLICT:
      break;
    }
  return g_strdup_printf (_ ("“%1$s” gets no answer from “%2$s”."), own, other);
}

char *
trias_triad_words_why_link (TriasTriadLink *link)
{
  g_autoptr (GString) text = g_string_new (NULL);

  add_paragraph (text, describe_view (link, 0));
  add_paragraph (text, describe_view (link, 1));
  if (trias_triad_link_get_state (link) == TRIAS_TRIAD_LINK_CUT
      || trias_triad_link_get_state (link) == TRIAS_TRIAD_LINK_ONE_WAY)
    add_paragraph (text, g_strdup (_ ("Check network and firewall between the two servers in both "
                                      "directions, and the rules for partners on both. The two "
                                      "connect again by themselves.")));
  if (trias_triad_link_get_missing (link))
    add_paragraph (text, g_strdup (_ ("Once this link works again, clients are served again.")));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- the whole --- */

static gboolean
all_links_up (TriasTriad *triad)
{
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    if (trias_triad_link_get_state (trias_triad_get_link (triad, i)) != TRIAS_TRIAD_LINK_CONNECTED)
      return FALSE;
  return TRUE;
}

static gboolean
all_ready (TriasTriad *triad)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, i);
      TriasTriadState state = trias_triad_member_get_state (member);

      if (!trias_triad_member_get_online (member)
          || (state != TRIAS_TRIAD_STATE_ACTIVE && state != TRIAS_TRIAD_STATE_STANDBY))
        return FALSE;
    }
  return TRUE;
}

TriasTriadHealth
trias_triad_words_health (TriasTriad *triad)
{
  if (trias_triad_get_last_known (triad) || trias_triad_get_active (triad) == NULL)
    return TRIAS_TRIAD_STANDSTILL;
  return all_links_up (triad) && all_ready (triad) ? TRIAS_TRIAD_WELL : TRIAS_TRIAD_WEAKENED;
}

/* What to do so that the next failure is survived again: the first thing that is wrong. Who is in
 * maintenance may be switched off at any moment. */
static char *
describe_mend (TriasTriad *triad)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, i);

      if (trias_triad_member_get_maintenance (member) != NULL)
        return g_strdup_printf (_ ("“%s” is in maintenance."),
                                trias_triad_member_get_name (member));
      if (!trias_triad_member_get_online (member))
        return g_strdup_printf (_ ("Bring “%s” back."), trias_triad_member_get_name (member));
    }
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      TriasTriadLink *link = trias_triad_get_link (triad, i);

      if (trias_triad_link_get_state (link) != TRIAS_TRIAD_LINK_CONNECTED)
        return g_strdup_printf (_ ("Mend the link between “%1$s” and “%2$s”."), end_name (link, 0),
                                end_name (link, 1));
    }
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, i);
      TriasTriadState state = trias_triad_member_get_state (member);

      if (state != TRIAS_TRIAD_STATE_ACTIVE && state != TRIAS_TRIAD_STATE_STANDBY)
        return g_strdup_printf (_ ("“%s” is still receiving what it lacks."),
                                trias_triad_member_get_name (member));
    }
  return g_strdup ("");
}

/* (nullable) the slowest of the links that work: nobody serves though they do. */
static TriasTriadLink *
find_futile_link (TriasTriad *triad)
{
  TriasTriadLink *slowest = NULL;

  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      TriasTriadLink *link = trias_triad_get_link (triad, i);

      if (trias_triad_link_get_state (link) == TRIAS_TRIAD_LINK_CONNECTED
          && trias_triad_link_get_latency_us (link) >= 0
          && trias_triad_member_get_state (trias_triad_link_get_member (link, 0))
                 != TRIAS_TRIAD_STATE_MUTED
          && trias_triad_member_get_state (trias_triad_link_get_member (link, 1))
                 != TRIAS_TRIAD_STATE_MUTED
          && (slowest == NULL
              || trias_triad_link_get_latency_us (link)
                     > trias_triad_link_get_latency_us (slowest)))
        slowest = link;
    }
  return slowest;
}

static char *
describe_futile (TriasTriadLink *link)
{
  g_autofree char *latency = trias_triad_words_latency (trias_triad_link_get_latency_us (link));

  /* TRANSLATORS: two servers, a time such as "420 ms" */
  return g_strdup_printf (_ ("No server serves clients, although “%1$s” and “%2$s” reach each "
                             "other; a round trip takes %3$s. That they agree on one takes a "
                             "moment. If this lasts, look at the load of the computers, at their "
                             "disks and at the network."),
                          end_name (link, 0), end_name (link, 1), latency);
}

/* Nobody serves: which links would change that, or what to do if there is nobody to link to. */
static char *
describe_standstill (TriasTriad *triad)
{
  TriasTriadMember *left = trias_triad_get_only_left (triad);
  TriasTriadLink *futile = find_futile_link (triad);
  g_autoptr (GString) links = g_string_new (NULL);

  if (left != NULL)
    return g_strdup_printf (_ ("No server serves clients: only “%1$s” is there, and alone it must "
                               "not. Once one of the other two is back, it goes on by itself. If "
                               "both are lost for good, let “%1$s” go on alone."),
                            trias_triad_member_get_name (left));
  if (futile != NULL)
    return describe_futile (futile);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      TriasTriadLink *link = trias_triad_get_link (triad, i);

      if (!trias_triad_link_get_missing (link))
        continue;
      if (links->len > 0)
        /* TRANSLATORS: between two links, one of which is enough: "A – B or B – C" */
        g_string_append (links, _ (" or "));
      g_string_append_printf (links, "%s – %s", end_name (link, 0), end_name (link, 1));
    }
  if (links->len == 0)
    return g_strdup (_ ("No server serves clients. As soon as two of the three reach each other, "
                        "one of them goes on by itself."));
  return g_strdup_printf (_ ("No server serves clients. Mend this link, then it goes on by itself: "
                             "%s."),
                          links->str);
}

/* May end with the blank before a sentence that is not needed. */
static char *
describe_outlook (TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);
  g_autofree char *mend = NULL;
  const char *name;
  guint by = 0;

  if (trias_triad_get_last_known (triad))
    return g_strdup (_ ("The console reaches none of the three servers. What is shown is the last "
                        "known state."));
  if (active == NULL)
    return describe_standstill (triad);
  name = trias_triad_member_get_name (active);
  mend = describe_mend (triad);
  if (trias_triad_get_failure (triad, trias_triad_member_get_rank (active), &by)
      == TRIAS_TRIAD_FAILURE_STANDSTILL)
    /* TRANSLATORS: active server, a sentence that says what to mend */
    return g_strdup_printf (_ ("“%1$s” serves clients. One more failure would be a standstill. "
                               "%2$s"),
                            name, mend);
  /* TRANSLATORS: active server, the one that takes over, nothing or a sentence on what to mend */
  return g_strdup_printf (_ ("If “%1$s” fails, “%2$s” takes over. One more failure would be a "
                             "standstill. %3$s"),
                          name, trias_triad_member_get_name (trias_triad_get_member (triad, by)),
                          mend);
}

char *
trias_triad_words_outlook (TriasTriad *triad)
{
  return g_strchomp (describe_outlook (triad));
}

char *
trias_triad_words_recovered (const TriasRecovered *recovered, gint64 now)
{
  gint64 left_s = MAX (recovered->grants_from - now + 999, 0) / 1000;
  g_autofree char *alone = g_strdup_printf (
      /* TRANSLATORS: name of a triad, names of the servers that were lost */
      _ ("This server goes on alone since the other servers of “%1$s” were lost (%2$s). There is "
         "no "
         "redundancy until it is set up again."),
      recovered->name, recovered->lost);

  if (recovered->grants_from == 0 || left_s == 0)
    return g_steal_pointer (&alone);
  return g_strdup_printf (
      ngettext ("%s New seats are granted in %u second, when those that the lost servers may have "
                "granted have run out.",
                "%s New seats are granted in %u seconds, when those that the lost servers may have "
                "granted have run out.",
                (gulong) left_s),
      alone, (guint) left_s);
}
