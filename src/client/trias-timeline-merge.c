/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"
#include "client/trias-timeline-private.h"

#include <string.h>

/* Members notice the same thing a little apart, and their clocks differ. */
#define WINDOW_MS 10000

/* --- an entry --- */

struct _TriasTimelineEntry
{
  GObject parent_instance;

  TriasEvent *event;  /* (owned) as the first one told it */
  GPtrArray *tellers; /* (owned) ids, ending with %NULL */
  GPtrArray *marks;   /* (owned) "SERVER SEQ" of all events it stands for */
};

G_DEFINE_FINAL_TYPE (TriasTimelineEntry, trias_timeline_entry, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TIME,
  PROP_KIND,
  PROP_SEVERITY,
  PROP_TELLERS,
};

static void
trias_timeline_entry_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasTimelineEntry *self = TRIAS_TIMELINE_ENTRY (object);

  switch (id)
    {
    case PROP_TIME:
      g_value_set_int64 (value, self->event->time);
      break;
    case PROP_KIND:
      g_value_set_string (value, self->event->kind);
      break;
    case PROP_SEVERITY:
      g_value_set_int (value, (int) trias_timeline_entry_get_severity (self));
      break;
    case PROP_TELLERS:
      g_value_set_boxed (value, self->tellers->pdata);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_timeline_entry_finalize (GObject *object)
{
  TriasTimelineEntry *self = TRIAS_TIMELINE_ENTRY (object);

  trias_event_free (self->event);
  g_ptr_array_unref (self->tellers);
  g_ptr_array_unref (self->marks);
  G_OBJECT_CLASS (trias_timeline_entry_parent_class)->finalize (object);
}

static void
trias_timeline_entry_class_init (TriasTimelineEntryClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_timeline_entry_get_property;
  o->finalize = trias_timeline_entry_finalize;
  trias_install_readable (o, PROP_TIME, "time", G_TYPE_INT64);
  trias_install_readable (o, PROP_KIND, "kind", G_TYPE_STRING);
  trias_install_readable (o, PROP_SEVERITY, "severity", G_TYPE_INT);
  trias_install_readable (o, PROP_TELLERS, "tellers", G_TYPE_STRV);
}

static void
trias_timeline_entry_init (TriasTimelineEntry *self)
{
  self->event = trias_event_new (0, "", "");
  self->tellers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->tellers, NULL);
  self->marks = g_ptr_array_new_with_free_func (g_free);
}

const TriasEvent *
trias_timeline_entry_get_event (TriasTimelineEntry *self)
{
  g_return_val_if_fail (TRIAS_IS_TIMELINE_ENTRY (self), NULL);

  return self->event;
}

TriasSeverity
trias_timeline_entry_get_severity (TriasTimelineEntry *self)
{
  g_return_val_if_fail (TRIAS_IS_TIMELINE_ENTRY (self), TRIAS_SEVERITY_INFO);

  if (strcmp (self->event->kind, "active-changed") == 0
      && g_strcmp0 (trias_event_get_param (self->event, "why"), "failure") != 0)
    return TRIAS_SEVERITY_INFO;
  return self->event->severity;
}

const char *const *
trias_timeline_entry_get_tellers (TriasTimelineEntry *self)
{
  g_return_val_if_fail (TRIAS_IS_TIMELINE_ENTRY (self), NULL);

  return (const char *const *) self->tellers->pdata;
}

/* --- what is told --- */

gboolean
trias_timeline_is_told (const char *kind)
{
  static const char *const beginnings[] = {
    "relationship-", "peer-",          "sync",         "active-",   "quorum-",
    "takeover",      "reunion",        "handover",     "drill",     "settings-conflict",
    "conflict-",     "member-",        "clock-skew",   "storage-",  "state-archived",
    "server-st",     "ledger-renewed", "maintenance-", "failback-", "given-back",
  };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (g_str_has_prefix (kind, beginnings[i]))
      return TRUE;
  return FALSE;
}

/* An event on its way into a group. */
typedef struct
{
  const TriasEvent *event;
  const char *teller;
} Told;

/* Events that are one matter; the first one began it. */
typedef struct
{
  GArray *told; /* (element-type Told) */
} Group;

static void
group_free (gpointer data)
{
  Group *group = data;

  g_array_unref (group->told);
  g_free (group);
}

static const Told *
first_of (const Group *group)
{
  return &g_array_index (group->told, Told, 0);
}

static int
compare_told (gconstpointer a, gconstpointer b)
{
  const Told *one = a, *other = b;

  if (one->event->time != other->event->time)
    return one->event->time < other->event->time ? -1 : 1;
  if (one->event->seq != other->event->seq)
    return one->event->seq < other->event->seq ? -1 : 1;
  return strcmp (one->teller, other->teller);
}

/* What two servers tell of each other, or of which each knows its part. */
static gboolean
is_of_link (const char *kind)
{
  return g_str_has_prefix (kind, "peer-") || g_str_has_prefix (kind, "sync")
         || strcmp (kind, "clock-skew") == 0 || strcmp (kind, "reunion") == 0;
}

/* What a server tells of itself alone. */
static gboolean
is_of_self (const char *kind)
{
  return g_str_has_prefix (kind, "server-") || g_str_has_prefix (kind, "maintenance-")
         || strcmp (kind, "failback-waits") == 0 || strcmp (kind, "given-back") == 0
         || g_str_has_prefix (kind, "storage-") || strcmp (kind, "state-archived") == 0
         || strcmp (kind, "ledger-renewed") == 0 || strcmp (kind, "relationship-recovered") == 0;
}

static gboolean
is_same_matter (const Told *a, const Told *b)
{
  if (strcmp (a->event->kind, b->event->kind) != 0
      || ABS (a->event->time - b->event->time) > WINDOW_MS)
    return FALSE;
  if (is_of_self (a->event->kind))
    return strcmp (a->teller, b->teller) == 0 && a->event->time == b->event->time;
  if (strcmp (a->event->subject, b->event->subject) == 0)
    return TRUE;
  return is_of_link (a->event->kind) && strcmp (a->teller, b->event->subject) == 0
         && strcmp (b->teller, a->event->subject) == 0;
}

/* Whether @told can belong to @group: nobody tells the same thing twice, but a history may hold
 * what another one kept as well. */
static gboolean
fits (const Group *group, const Told *told)
{
  if (!is_same_matter (first_of (group), told))
    return FALSE;
  for (guint i = 0; i < group->told->len; i++)
    {
      const Told *other = &g_array_index (group->told, Told, i);

      if (strcmp (other->teller, told->teller) == 0 && other->event->time != told->event->time)
        return FALSE;
    }
  return TRUE;
}

/* A server that starts tells who is active, which everybody knew. */
static gboolean
is_known_already (GPtrArray *groups, const Told *told)
{
  const char *why = trias_event_get_param (told->event, "why");

  if (strcmp (told->event->kind, "active-changed") != 0 || g_strcmp0 (why, "start") != 0)
    return FALSE;
  for (guint i = groups->len; i > 0; i--)
    {
      const TriasEvent *before = first_of (g_ptr_array_index (groups, i - 1))->event;

      if (strcmp (before->kind, "active-changed") != 0)
        continue;
      if (strcmp (before->subject, told->event->subject) == 0)
        return TRUE;
      if (g_strcmp0 (trias_event_get_param (before, "from"), told->event->subject) == 0)
        return FALSE;
    }
  return FALSE;
}

static void
place (GPtrArray *groups, const Told *told)
{
  Group *best = NULL;

  for (guint i = groups->len; i > 0; i--)
    {
      Group *group = g_ptr_array_index (groups, i - 1);

      if (told->event->time - first_of (group)->event->time > WINDOW_MS)
        break;
      /* The nearest one; groups stand in the order of their beginnings. */
      if (fits (group, told))
        {
          best = group;
          break;
        }
    }
  if (best == NULL && is_known_already (groups, told))
    return;
  if (best == NULL)
    {
      best = g_new0 (Group, 1);
      best->told = g_array_new (FALSE, FALSE, sizeof (Told));
      g_ptr_array_add (groups, best);
    }
  g_array_append_val (best->told, *told);
}

/* --- groups become entries --- */

static char *
mark_of (const Told *told)
{
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT, told->teller,
                          told->event->seq, told->event->time);
}

static TriasTimelineEntry *
find_known (GHashTable *known, const Group *group)
{
  for (guint i = 0; i < group->told->len; i++)
    {
      g_autofree char *mark = mark_of (&g_array_index (group->told, Told, i));
      TriasTimelineEntry *entry = g_hash_table_lookup (known, mark);

      if (entry != NULL)
        return entry;
    }
  return NULL;
}

static void
apply_group (gpointer object, gpointer data)
{
  TriasTimelineEntry *self = object;
  const Group *group = data;

  trias_event_free (self->event);
  self->event = trias_event_copy (first_of (group)->event);
  g_ptr_array_set_size (self->tellers, 0);
  g_ptr_array_set_size (self->marks, 0);
  for (guint i = 0; i < group->told->len; i++)
    {
      const Told *told = &g_array_index (group->told, Told, i);

      g_ptr_array_add (self->marks, mark_of (told));
      if (!g_ptr_array_find_with_equal_func (self->tellers, told->teller, g_str_equal, NULL))
        g_ptr_array_add (self->tellers, g_strdup (told->teller));
    }
  g_ptr_array_add (self->tellers, NULL);
}

/* What is known, by each event it stands for. */
static GHashTable *
index_known (GPtrArray *known)
{
  GHashTable *marks = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; known != NULL && i < known->len; i++)
    {
      TriasTimelineEntry *entry = g_ptr_array_index (known, i);

      for (guint j = 0; j < entry->marks->len; j++)
        g_hash_table_insert (marks, g_ptr_array_index (entry->marks, j), entry);
    }
  return marks;
}

static GPtrArray *
make_entries (GPtrArray *groups, GPtrArray *known)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) marks = index_known (known);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);

  for (guint i = groups->len; i > 0 && entries->len < TRIAS_TIMELINE_MAX; i--)
    {
      Group *group = g_ptr_array_index (groups, i - 1);
      TriasTimelineEntry *entry = find_known (marks, group);

      if (entry == NULL || !g_hash_table_add (taken, entry))
        entry = g_object_new (TRIAS_TYPE_TIMELINE_ENTRY, NULL);
      else
        g_object_ref (entry);
      g_ptr_array_add (entries, entry);
    }
  /* Marks point into the entries: changed only once all are found. */
  for (guint i = 0; i < entries->len; i++)
    trias_object_change (G_OBJECT (g_ptr_array_index (entries, i)), apply_group,
                         g_ptr_array_index (groups, groups->len - 1 - i));
  return entries;
}

GPtrArray *
trias_timeline_merge (const TriasTimelineSource *sources, guint n_sources, GPtrArray *known)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Told));
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (group_free);

  for (guint s = 0; s < n_sources; s++)
    for (guint i = 0; i < sources[s].events->len; i++)
      {
        const TriasEvent *event = g_ptr_array_index (sources[s].events, i);
        Told told = { event, event->server[0] != '\0' ? event->server : sources[s].server };

        if (trias_timeline_is_told (event->kind))
          g_array_append_val (all, told);
      }
  g_array_sort (all, compare_told);
  for (guint i = 0; i < all->len; i++)
    place (groups, &g_array_index (all, Told, i));
  return make_entries (groups, known);
}
