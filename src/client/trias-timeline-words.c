/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-timeline-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-age-words.h"
#include "core/trias-identity.h"

typedef struct
{
  const char *kind;
  const char *sentence;
} Words;

/* %1$s tells it of %2$s, or the other way round. */
static const Words of_links[] = {
  { "peer-connected", N_ ("“%1$s” and “%2$s” are connected") },
  { "peer-lost", N_ ("The connection between “%1$s” and “%2$s” is lost") },
  { "synchronised", N_ ("“%1$s” and “%2$s” are synchronised") },
  { "sync-lost", N_ ("“%1$s” and “%2$s” are no longer synchronised") },
  { "sync-repair", N_ ("A difference between “%1$s” and “%2$s” is being repaired") },
  { "clock-skew", N_ ("The clocks of “%1$s” and “%2$s” differ by more than a minute") },
};

/* %1$s tells it of itself. */
static const Words of_servers[] = {
  { "server-started", N_ ("“%1$s” has started") },
  { "server-stopped", N_ ("“%1$s” was stopped") },
  { "storage-failed", N_ ("The disk of “%1$s” refuses to write") },
  { "storage-recovered", N_ ("The disk of “%1$s” can be written again") },
  { "state-archived", N_ ("The former data of “%1$s” were kept aside") },
  { "relationship-recovered", N_ ("“%1$s” goes on alone; there is no redundancy") },
  { "ledger-renewed", N_ ("“%1$s” held something else than the others and takes the data anew") },
  { "takeover", N_ ("“%1$s” took over and serves the clients") },
};

static const char *
find (const Words *words, gsize n, const char *kind)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (words[i].kind, kind) == 0)
      return _ (words[i].sentence);
  return NULL;
}

static char *
name_or_id (const char *id, TriasNameOfServer name_of, gpointer user_data)
{
  const char *name = name_of != NULL && id != NULL ? name_of (id, user_data) : NULL;

  if (name != NULL)
    return g_strdup (name);
  return id != NULL && trias_id_is_valid (id) ? trias_id_short (id)
                                              : g_strdup (id != NULL ? id : "");
}

/* %1$s and %2$s may stand in any order. */
static char *
fill_in (const char *sentence, const char *one, const char *two)
{
  g_auto (GStrv) parts = g_strsplit (sentence, "%1$s", -1);
  g_autofree char *half = g_strjoinv (one, parts);

  g_strfreev (parts);
  parts = g_strsplit (half, "%2$s", -1);
  return g_strjoinv (two, parts);
}

/* Who is active now, and why. */
static char *
describe_active (const TriasEvent *event, TriasNameOfServer name_of, gpointer user_data)
{
  g_autofree char *name = name_or_id (event->subject, name_of, user_data);
  g_autofree char *from = name_or_id (trias_event_get_param (event, "from"), name_of, user_data);
  const char *why = trias_event_get_param (event, "why");

  if (g_strcmp0 (why, "failure") == 0 && *from != '\0')
    /* TRANSLATORS: the server that took over, the one before it */
    return g_strdup_printf (_ ("“%1$s” is the active server now, because “%2$s” failed"), name,
                            from);
  if (g_strcmp0 (why, "handover") == 0)
    return g_strdup_printf (_ ("“%s” is the active server now: an administrator switched to it"),
                            name);
  if (g_strcmp0 (why, "maintenance") == 0 && *from != '\0')
    /* TRANSLATORS: the server that serves now, the one before it */
    return g_strdup_printf (_ ("“%1$s” is the active server now, because “%2$s” is in maintenance"),
                            name, from);
  if (g_strcmp0 (why, "failback") == 0)
    return g_strdup_printf (_ ("“%s” is back and the active server again"), name);
  return g_strdup_printf (_ ("“%s” is the active server"), name);
}

/* The main server tells it of itself, the backup server of the main server. */
static char *
describe_reunion (TriasTimelineEntry *entry, TriasNameOfServer name_of, gpointer user_data)
{
  const TriasEvent *event = trias_timeline_entry_get_event (entry);
  gboolean by_backup = g_strcmp0 (trias_event_get_param (event, "how"), "back") == 0;
  g_autofree char *name = name_or_id (
      by_backup ? event->subject : trias_timeline_entry_get_tellers (entry)[0], name_of, user_data);

  return g_strdup_printf (_ ("“%s” serves the clients again"), name);
}

char *
trias_timeline_words_describe (TriasTimelineEntry *entry,
                               TriasNameOfServer name_of,
                               gpointer user_data)
{
  const TriasEvent *event = trias_timeline_entry_get_event (entry);
  g_autofree char *teller
      = name_or_id (trias_timeline_entry_get_tellers (entry)[0], name_of, user_data);
  const char *sentence = find (of_links, G_N_ELEMENTS (of_links), event->kind);
  g_autofree char *other = NULL;

  if (g_strcmp0 (event->kind, "active-changed") == 0)
    return describe_active (event, name_of, user_data);
  if (g_strcmp0 (event->kind, "reunion") == 0)
    return describe_reunion (entry, name_of, user_data);
  if (sentence != NULL)
    {
      other = name_or_id (event->subject, name_of, user_data);
      return fill_in (sentence, teller, other);
    }
  sentence = find (of_servers, G_N_ELEMENTS (of_servers), event->kind);
  return sentence != NULL ? fill_in (sentence, teller, "")
                          : trias_event_words_describe (event, name_of, user_data);
}

char *
trias_timeline_words_told (TriasTimelineEntry *entry, TriasNameOfServer name_of, gpointer user_data)
{
  const char *const *tellers = trias_timeline_entry_get_tellers (entry);
  g_autofree char *time = trias_age_format_time (trias_timeline_entry_get_event (entry)->time);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; tellers[i] != NULL; i++)
    {
      g_autofree char *name = name_or_id (tellers[i], name_of, user_data);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  /* TRANSLATORS: a time, the servers that tell it */
  return g_strdup_printf (_ ("%1$s · told by %2$s"), time, names->str);
}
