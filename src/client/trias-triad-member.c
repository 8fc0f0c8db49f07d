/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-client-enums.h"
#include "client/trias-member-face.h"
#include "client/trias-triads-private.h"

#include <string.h>

struct _TriasTriadMember
{
  GObject parent_instance;

  TriasTriad *triad; /* (nullable) weak */
  guint rank;
  TriasMemberFace face;
  gboolean pinned;
  TriasTriadState state;
  gint64 as_of;
};

G_DEFINE_FINAL_TYPE (TriasTriadMember, trias_triad_member, G_TYPE_OBJECT)

enum
{
  PROP_TRIAD = TRIAS_FACE_END,
  PROP_ROLE,
  PROP_PINNED,
  PROP_STATE,
  PROP_AS_OF,
};

static void
apply_update (gpointer object, gpointer data)
{
  TriasTriadMember *self = object;
  const TriasTriadUpdate *update = data;
  const TriasTriadView *view = update->view;
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (view->info);
  const TriasTriadFacts *facts = trias_relationship_info_get_triad (view->info);
  const char *active = trias_relationship_info_get_active (view->info);
  const TriasMember *member = g_ptr_array_index (relationship->members, self->rank);
  const TriasMemberStatus *told
      = trias_member_statuses_find (trias_relationship_info_get_statuses (view->info), member->id);

  trias_member_face_take (&self->face, member, &update->sources[self->rank],
                          told != NULL ? told->version : NULL);
  self->face.online = view->members[self->rank].online;
  self->state = view->members[self->rank].state;
  self->as_of = view->members[self->rank].as_of;
  self->face.active = view->live && active != NULL && strcmp (active, self->face.id) == 0;
  trias_member_face_take_maintenance (&self->face, view->info);
  self->pinned = facts != NULL && g_strcmp0 (facts->pinned, self->face.id) == 0;
}

void
trias_triad_member_update (TriasTriadMember *self, const TriasTriadUpdate *update)
{
  trias_object_change (G_OBJECT (self), apply_update, (gpointer) update);
}

static void
trias_triad_member_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasTriadMember *self = TRIAS_TRIAD_MEMBER (object);

  if (trias_member_face_get (&self->face, id, value))
    return;
  switch (id)
    {
    case PROP_TRIAD:
      g_value_set_object (value, self->triad);
      break;
    case PROP_ROLE:
      g_value_set_int (value, (int) trias_triad_member_get_role (self));
      break;
    case PROP_PINNED:
      g_value_set_boolean (value, self->pinned);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_AS_OF:
      g_value_set_int64 (value, self->as_of);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_triad_member_finalize (GObject *object)
{
  TriasTriadMember *self = TRIAS_TRIAD_MEMBER (object);

  trias_triad_member_end (self);
  trias_member_face_clear (&self->face);
  G_OBJECT_CLASS (trias_triad_member_parent_class)->finalize (object);
}

static void
trias_triad_member_class_init (TriasTriadMemberClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_triad_member_get_property;
  o->finalize = trias_triad_member_finalize;
  trias_member_face_install (o);
  trias_install_readable (o, PROP_TRIAD, "triad", TRIAS_TYPE_TRIAD);
  trias_install_readable (o, PROP_ROLE, "role", G_TYPE_INT);
  trias_install_readable (o, PROP_PINNED, "pinned", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_TRIAD_STATE);
  trias_install_readable (o, PROP_AS_OF, "as-of", G_TYPE_INT64);
}

static void
trias_triad_member_init (TriasTriadMember *self)
{
  trias_member_face_init (&self->face);
}

TriasTriadMember *
trias_triad_member_new (TriasTriad *triad, guint rank)
{
  TriasTriadMember *self = g_object_new (TRIAS_TYPE_TRIAD_MEMBER, NULL);

  g_set_weak_pointer (&self->triad, triad);
  self->rank = rank;
  return self;
}

void
trias_triad_member_end (TriasTriadMember *self)
{
  g_clear_weak_pointer (&self->triad);
}

TriasTriad *
trias_triad_member_get_triad (TriasTriadMember *self)
{
  return self->triad;
}

TriasRole
trias_triad_member_get_role (TriasTriadMember *self)
{
  return trias_kind_role (TRIAS_KIND_TRIAD, self->rank);
}

guint
trias_triad_member_get_rank (TriasTriadMember *self)
{
  return self->rank;
}

const char *
trias_triad_member_get_id (TriasTriadMember *self)
{
  return self->face.id;
}

const char *
trias_triad_member_get_name (TriasTriadMember *self)
{
  return self->face.name;
}

const char *
trias_triad_member_get_address (TriasTriadMember *self)
{
  return self->face.address;
}

const char *const *
trias_triad_member_get_other_addresses (TriasTriadMember *self)
{
  return (const char *const *) self->face.others;
}

const char *
trias_triad_member_get_version (TriasTriadMember *self)
{
  return self->face.version;
}

TriasServer *
trias_triad_member_get_server (TriasTriadMember *self)
{
  return self->face.server;
}

gboolean
trias_triad_member_get_reached (TriasTriadMember *self)
{
  return self->face.reached;
}

gboolean
trias_triad_member_get_online (TriasTriadMember *self)
{
  return self->face.online;
}

const TriasMaintenance *
trias_triad_member_get_maintenance (TriasTriadMember *self)
{
  return self->face.aside;
}

const char *
trias_triad_member_get_maintenance_words (TriasTriadMember *self)
{
  return self->face.maintenance;
}

gboolean
trias_triad_member_get_active (TriasTriadMember *self)
{
  return self->face.active;
}

gboolean
trias_triad_member_get_pinned (TriasTriadMember *self)
{
  return self->pinned;
}

TriasTriadState
trias_triad_member_get_state (TriasTriadMember *self)
{
  return self->state;
}

gint64
trias_triad_member_get_as_of (TriasTriadMember *self)
{
  return self->as_of;
}
