/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-triads-private.h"

#include <string.h>

struct _TriasTriad
{
  GObject parent_instance;

  char *id;
  TriasRelationshipInfo *info; /* (owned) (nullable) before the first update */
  TriasTriadMember *members[TRIAS_MAX_MEMBERS];
  TriasTriadLink *links[TRIAS_TRIAD_N_LINKS];
  gboolean last_known;
};

G_DEFINE_FINAL_TYPE (TriasTriad, trias_triad, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_INFO,
  PROP_ACTIVE,
  PROP_LEADER,
  PROP_QUORUM,
  PROP_SERVING,
  PROP_WHY,
  PROP_PINNED,
  PROP_PINNED_UNTIL,
  PROP_FAILBACK,
  PROP_INCARNATION,
  PROP_LAST_KNOWN,
};

static guint updated_signal;

static const TriasRelationship *
relationship_of (TriasTriad *self)
{
  return self->info != NULL ? trias_relationship_info_get_relationship (self->info) : NULL;
}

static const TriasTriadFacts *
facts_of (TriasTriad *self)
{
  return self->info != NULL ? trias_relationship_info_get_triad (self->info) : NULL;
}

static const char *
active_id (TriasTriad *self)
{
  TriasTriadMember *active = trias_triad_get_active (self);

  return active != NULL ? trias_triad_member_get_id (active) : "";
}

static void
get_facts (TriasTriad *self, guint id, GValue *value)
{
  const TriasRelationship *relationship = relationship_of (self);
  const TriasTriadFacts *facts = facts_of (self);

  switch (id)
    {
    case PROP_LEADER:
      g_value_set_string (value, facts != NULL && facts->leader != NULL ? facts->leader : "");
      break;
    case PROP_PINNED:
      g_value_set_string (value, trias_triad_get_pinned (self));
      break;
    case PROP_PINNED_UNTIL:
      g_value_set_int64 (value, trias_triad_get_pinned_until (self));
      break;
    case PROP_FAILBACK:
      g_value_set_int (value, relationship != NULL ? (int) relationship->options.failback : 0);
      break;
    case PROP_INCARNATION:
      g_value_set_uint64 (value, relationship != NULL ? relationship->incarnation : 0);
      break;
    default:
      break;
    }
}

static void
trias_triad_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasTriad *self = TRIAS_TRIAD (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, trias_triad_get_name (self));
      break;
    case PROP_INFO:
      g_value_set_object (value, self->info);
      break;
    case PROP_ACTIVE:
      g_value_set_string (value, active_id (self));
      break;
    case PROP_QUORUM:
      g_value_set_boolean (value, trias_triad_get_quorum (self));
      break;
    case PROP_SERVING:
      g_value_set_string (value, trias_triad_get_serving (self));
      break;
    case PROP_WHY:
      g_value_set_string (value, trias_triad_get_why (self));
      break;
    case PROP_LAST_KNOWN:
      g_value_set_boolean (value, self->last_known);
      break;
    default:
      get_facts (self, id, value);
    }
}

static void
apply_update (gpointer object, gpointer data)
{
  TriasTriad *self = object;
  const TriasTriadUpdate *update = data;

  g_set_object (&self->info, update->view->info);
  self->last_known = !update->view->live;
  /* `active` is told by the members: first they, then the triad's own notify. */
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    trias_triad_member_update (self->members[i],
                               &(TriasTriadUpdate){ update->view, update->sources, i });
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    trias_triad_link_update (self->links[i],
                             &(TriasTriadUpdate){ update->view, update->sources, i });
}

void
trias_triad_update (TriasTriad *self, const TriasMemberSource *sources)
{
  TriasTriadView view;
  TriasTriadUpdate update = { &view, sources, 0 };

  trias_triad_view (&view, sources);
  trias_object_change (G_OBJECT (self), apply_update, &update);
  g_signal_emit (self, updated_signal, 0);
}

void
trias_triad_end (TriasTriad *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    trias_triad_member_end (self->members[i]);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    trias_triad_link_end (self->links[i]);
}

static void
trias_triad_finalize (GObject *object)
{
  TriasTriad *self = TRIAS_TRIAD (object);

  trias_triad_end (self);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_clear_object (&self->members[i]);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    g_clear_object (&self->links[i]);
  g_clear_object (&self->info);
  g_free (self->id);
  G_OBJECT_CLASS (trias_triad_parent_class)->finalize (object);
}

static void
trias_triad_class_init (TriasTriadClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_triad_get_property;
  o->finalize = trias_triad_finalize;
  trias_install_readable (o, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (o, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (o, PROP_INFO, "info", TRIAS_TYPE_RELATIONSHIP_INFO);
  trias_install_readable (o, PROP_ACTIVE, "active", G_TYPE_STRING);
  trias_install_readable (o, PROP_LEADER, "leader", G_TYPE_STRING);
  trias_install_readable (o, PROP_QUORUM, "quorum", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_SERVING, "serving", G_TYPE_STRING);
  trias_install_readable (o, PROP_WHY, "why", G_TYPE_STRING);
  trias_install_readable (o, PROP_PINNED, "pinned", G_TYPE_STRING);
  trias_install_readable (o, PROP_PINNED_UNTIL, "pinned-until", G_TYPE_INT64);
  trias_install_readable (o, PROP_FAILBACK, "failback", G_TYPE_INT);
  trias_install_readable (o, PROP_INCARNATION, "incarnation", G_TYPE_UINT64);
  trias_install_readable (o, PROP_LAST_KNOWN, "last-known", G_TYPE_BOOLEAN);
  updated_signal = g_signal_new ("updated", TRIAS_TYPE_TRIAD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
trias_triad_init (TriasTriad *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    self->members[i] = trias_triad_member_new (self, i);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    self->links[i] = trias_triad_link_new (self, i);
}

TriasTriad *
trias_triad_new (const char *id)
{
  TriasTriad *self = g_object_new (TRIAS_TYPE_TRIAD, NULL);

  self->id = g_strdup (id);
  return self;
}

const char *
trias_triad_get_id (TriasTriad *self)
{
  return self->id;
}

const char *
trias_triad_get_name (TriasTriad *self)
{
  const TriasRelationship *relationship = relationship_of (self);

  return relationship != NULL ? relationship->name : "";
}

TriasRelationshipInfo *
trias_triad_get_info (TriasTriad *self)
{
  return self->info;
}

TriasTriadMember *
trias_triad_get_member (TriasTriad *self, guint rank)
{
  g_return_val_if_fail (rank < TRIAS_MAX_MEMBERS, NULL);

  return self->members[rank];
}

TriasTriadLink *
trias_triad_get_link (TriasTriad *self, guint link)
{
  g_return_val_if_fail (link < TRIAS_TRIAD_N_LINKS, NULL);

  return self->links[link];
}

TriasTriadMember *
trias_triad_get_active (TriasTriad *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (trias_triad_member_get_active (self->members[i]))
      return self->members[i];
  return NULL;
}

TriasTriadMember *
trias_triad_get_only_left (TriasTriad *self)
{
  TriasTriadMember *left = NULL;

  if (trias_triad_get_active (self) != NULL || trias_triad_get_last_known (self))
    return NULL;
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (trias_triad_member_get_online (self->members[i]))
      {
        if (left != NULL)
          return NULL;
        left = self->members[i];
      }
  return left;
}

TriasTriadMember *
trias_triad_find_member (TriasTriad *self, const char *id)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (strcmp (trias_triad_member_get_id (self->members[i]), id) == 0)
      return self->members[i];
  return NULL;
}

gboolean
trias_triad_get_quorum (TriasTriad *self)
{
  const TriasTriadFacts *facts = facts_of (self);

  return facts != NULL && facts->quorum;
}

const char *
trias_triad_get_serving (TriasTriad *self)
{
  return self->info != NULL ? trias_relationship_info_get_serving (self->info) : "";
}

const char *
trias_triad_get_why (TriasTriad *self)
{
  return self->info != NULL ? trias_relationship_info_get_why (self->info) : "";
}

const char *
trias_triad_get_pinned (TriasTriad *self)
{
  const TriasTriadFacts *facts = facts_of (self);

  return facts != NULL && facts->pinned != NULL ? facts->pinned : "";
}

gint64
trias_triad_get_pinned_until (TriasTriad *self)
{
  const TriasTriadFacts *facts = facts_of (self);

  return facts != NULL ? facts->pinned_until : 0;
}

gboolean
trias_triad_get_last_known (TriasTriad *self)
{
  return self->last_known;
}

TriasTriadFailure
trias_triad_get_failure (TriasTriad *self, guint rank, guint *by)
{
  TriasTriadMember *active = trias_triad_get_active (self);
  guint present = active != NULL ? trias_triad_member_get_rank (active) : TRIAS_MAX_MEMBERS;
  gboolean up[TRIAS_MAX_MEMBERS], linked[TRIAS_TRIAD_N_LINKS];
  guint next;

  g_return_val_if_fail (rank < TRIAS_MAX_MEMBERS, TRIAS_TRIAD_FAILURE_STANDSTILL);

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    up[i] = i != rank && trias_triad_member_get_online (self->members[i])
            && trias_triad_member_get_state (self->members[i]) != TRIAS_TRIAD_STATE_MUTED;
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    linked[i] = trias_triad_link_get_state (self->links[i]) == TRIAS_TRIAD_LINK_CONNECTED;
  next = trias_triad_who_serves (up, linked, present);
  if (next == TRIAS_MAX_MEMBERS)
    return TRIAS_TRIAD_FAILURE_STANDSTILL;
  if (by != NULL)
    *by = next;
  return next == present ? TRIAS_TRIAD_FAILURE_CONTINUES : TRIAS_TRIAD_FAILURE_TAKEN_OVER;
}

TriasServer *
trias_triad_get_server (TriasTriad *self)
{
  TriasTriadMember *active = trias_triad_get_active (self);

  if (active != NULL && trias_triad_member_get_reached (active))
    return trias_triad_member_get_server (active);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (trias_triad_member_get_reached (self->members[i]))
      return trias_triad_member_get_server (self->members[i]);
  return NULL;
}
