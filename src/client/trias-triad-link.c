/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-client-enums.h"
#include "client/trias-triads-private.h"

#include <string.h>

struct _TriasTriadLink
{
  GObject parent_instance;

  TriasTriad *triad; /* (nullable) weak */
  guint number;
  TriasTriadLinkState state;
  gint64 latency_us;
  gboolean missing;
  struct
  {
    TriasMemberStatus *status; /* (owned) (nullable) */
    gboolean live;
  } ends[2];
};

G_DEFINE_FINAL_TYPE (TriasTriadLink, trias_triad_link, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TRIAD,
  PROP_STATE,
  PROP_LATENCY_US,
  PROP_MISSING,
};

static gboolean
is_missing (TriasTriadLink *self, const TriasTriadView *view)
{
  const TriasTriadFacts *facts = trias_relationship_info_get_triad (view->info);
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (view->info);
  guint a, b;
  const char *ids[2];

  if (facts == NULL || !view->live)
    return FALSE;
  trias_triad_link_ends (self->number, &a, &b);
  ids[0] = ((const TriasMember *) g_ptr_array_index (relationship->members, a))->id;
  ids[1] = ((const TriasMember *) g_ptr_array_index (relationship->members, b))->id;
  for (guint i = 0; i < facts->missing->len; i++)
    {
      char **link = g_ptr_array_index (facts->missing, i);

      if ((strcmp (link[0], ids[0]) == 0 && strcmp (link[1], ids[1]) == 0)
          || (strcmp (link[0], ids[1]) == 0 && strcmp (link[1], ids[0]) == 0))
        return TRUE;
    }
  return FALSE;
}

static void
apply_update (gpointer object, gpointer data)
{
  TriasTriadLink *self = object;
  const TriasTriadUpdate *update = data;
  const TriasTriadView *view = update->view;

  self->state = view->links[self->number].state;
  self->latency_us = view->links[self->number].latency_us;
  self->missing = is_missing (self, view);
  for (guint end = 0; end < 2; end++)
    {
      const TriasTriadEnd *told = &view->links[self->number].ends[end];

      g_clear_pointer (&self->ends[end].status, trias_member_status_free);
      if (told->status != NULL)
        self->ends[end].status = trias_member_status_copy (told->status);
      self->ends[end].live = told->live;
    }
}

void
trias_triad_link_update (TriasTriadLink *self, const TriasTriadUpdate *update)
{
  trias_object_change (G_OBJECT (self), apply_update, (gpointer) update);
}

static void
trias_triad_link_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasTriadLink *self = TRIAS_TRIAD_LINK (object);

  switch (id)
    {
    case PROP_TRIAD:
      g_value_set_object (value, self->triad);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_LATENCY_US:
      g_value_set_int64 (value, self->latency_us);
      break;
    case PROP_MISSING:
      g_value_set_boolean (value, self->missing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_triad_link_finalize (GObject *object)
{
  TriasTriadLink *self = TRIAS_TRIAD_LINK (object);

  trias_triad_link_end (self);
  for (guint end = 0; end < 2; end++)
    g_clear_pointer (&self->ends[end].status, trias_member_status_free);
  G_OBJECT_CLASS (trias_triad_link_parent_class)->finalize (object);
}

static void
trias_triad_link_class_init (TriasTriadLinkClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_triad_link_get_property;
  o->finalize = trias_triad_link_finalize;
  trias_install_readable (o, PROP_TRIAD, "triad", TRIAS_TYPE_TRIAD);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_TRIAD_LINK_STATE);
  trias_install_readable (o, PROP_LATENCY_US, "latency-us", G_TYPE_INT64);
  trias_install_readable (o, PROP_MISSING, "missing", G_TYPE_BOOLEAN);
}

static void
trias_triad_link_init (TriasTriadLink *self)
{
  self->latency_us = -1;
}

TriasTriadLink *
trias_triad_link_new (TriasTriad *triad, guint link)
{
  TriasTriadLink *self = g_object_new (TRIAS_TYPE_TRIAD_LINK, NULL);

  g_set_weak_pointer (&self->triad, triad);
  self->number = link;
  return self;
}

void
trias_triad_link_end (TriasTriadLink *self)
{
  g_clear_weak_pointer (&self->triad);
}

TriasTriadMember *
trias_triad_link_get_member (TriasTriadLink *self, guint end)
{
  guint ranks[2];

  g_return_val_if_fail (end < 2, NULL);

  trias_triad_link_ends (self->number, &ranks[0], &ranks[1]);
  return self->triad != NULL ? trias_triad_get_member (self->triad, ranks[end]) : NULL;
}

TriasTriadLinkState
trias_triad_link_get_state (TriasTriadLink *self)
{
  return self->state;
}

gint64
trias_triad_link_get_latency_us (TriasTriadLink *self)
{
  return self->latency_us;
}

gboolean
trias_triad_link_get_missing (TriasTriadLink *self)
{
  return self->missing;
}

const TriasMemberStatus *
trias_triad_link_get_view (TriasTriadLink *self, guint end, gboolean *live)
{
  g_return_val_if_fail (end < 2, NULL);

  if (live != NULL)
    *live = self->ends[end].live;
  return self->ends[end].status;
}
