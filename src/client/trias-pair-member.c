/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-client-enums.h"
#include "client/trias-member-face.h"
#include "client/trias-pairs-private.h"

#include <string.h>

struct _TriasPairMember
{
  GObject parent_instance;

  TriasPair *pair; /* (nullable) weak */
  char *relationship_id;
  char *relationship_name;
  TriasRole role;
  TriasMemberFace face;
  TriasMemberView view;      /* its status is not used after the update */
  TriasMemberStatus *status; /* (owned) */
};

G_DEFINE_FINAL_TYPE (TriasPairMember, trias_pair_member, G_TYPE_OBJECT)

enum
{
  PROP_PAIR = TRIAS_FACE_END,
  PROP_RELATIONSHIP_ID,
  PROP_RELATIONSHIP_NAME,
  PROP_ROLE,
  PROP_CONNECTED,
  PROP_CONNECTED_SINCE,
  PROP_CONNECT_REASON,
  PROP_SYNCHRONISED,
  PROP_SYNCHRONISED_AT,
  PROP_SYNC_REASON,
  PROP_PENDING,
  PROP_LATENCY_US,
  PROP_CLOCK_OFFSET_MS,
  PROP_OWN_VIEW,
  PROP_AS_OF,
  PROP_VIEWS_DIFFER,
  PROP_COMPARED,
  PROP_ICON_STATE,
};

typedef struct
{
  TriasRelationshipInfo *info;
  const TriasMemberSource *sources;
  guint rank;
} Update;

static void
set_text (char **place, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*place);
  *place = copy;
}

static void
apply_update (gpointer object, gpointer data)
{
  TriasPairMember *self = object;
  const Update *update = data;
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (update->info);
  const char *active = trias_relationship_info_get_active (update->info);

  set_text (&self->relationship_id, relationship->id);
  set_text (&self->relationship_name, relationship->name);
  self->role = trias_kind_role (relationship->kind, update->rank);
  trias_member_face_take (&self->face, g_ptr_array_index (relationship->members, update->rank),
                          &update->sources[update->rank], NULL);
  self->face.active = active != NULL && strcmp (active, self->face.id) == 0;
  self->view = trias_pair_view (update->sources, update->rank);
  self->face.online = self->view.online;
  trias_member_face_take_maintenance (&self->face, update->info);
  g_clear_pointer (&self->status, trias_member_status_free);
  self->status = self->view.status != NULL ? trias_member_status_copy (self->view.status)
                                           : trias_member_status_new ("");
  self->view.status = self->status;
}

void
trias_pair_member_update (TriasPairMember *self,
                          TriasRelationshipInfo *info,
                          const TriasMemberSource sources[2],
                          guint rank)
{
  Update update = { info, sources, rank };

  trias_object_change (G_OBJECT (self), apply_update, &update);
}

static void
get_view (TriasPairMember *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_CONNECTED_SINCE:
      g_value_set_int64 (value, self->status->connected_since);
      break;
    case PROP_CONNECT_REASON:
      g_value_set_int (value, (int) self->status->connect_reason);
      break;
    case PROP_SYNCHRONISED:
      g_value_set_boolean (value, self->view.synchronised);
      break;
    case PROP_SYNCHRONISED_AT:
      g_value_set_int64 (value, self->status->synchronised_at);
      break;
    case PROP_SYNC_REASON:
      g_value_set_int (value, (int) trias_pair_member_get_sync_reason (self));
      break;
    case PROP_PENDING:
      g_value_set_uint64 (value, self->status->pending);
      break;
    case PROP_LATENCY_US:
      g_value_set_int64 (value, trias_pair_member_get_latency_us (self));
      break;
    case PROP_CLOCK_OFFSET_MS:
      g_value_set_int64 (value, self->status->clock_offset_ms);
      break;
    case PROP_OWN_VIEW:
      g_value_set_boolean (value, self->view.own);
      break;
    case PROP_AS_OF:
      g_value_set_int64 (value, self->view.as_of);
      break;
    case PROP_VIEWS_DIFFER:
      g_value_set_boolean (value, self->view.differ);
      break;
    case PROP_COMPARED:
      g_value_set_boolean (value, self->view.compared);
      break;
    case PROP_ICON_STATE:
      g_value_set_enum (value, (int) trias_pair_member_get_icon_state (self));
      break;
    default:
      break;
    }
}

static void
trias_pair_member_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasPairMember *self = TRIAS_PAIR_MEMBER (object);

  if (trias_member_face_get (&self->face, id, value))
    return;
  switch (id)
    {
    case PROP_PAIR:
      g_value_set_object (value, self->pair);
      break;
    case PROP_RELATIONSHIP_ID:
      g_value_set_string (value, self->relationship_id);
      break;
    case PROP_RELATIONSHIP_NAME:
      g_value_set_string (value, self->relationship_name);
      break;
    case PROP_ROLE:
      g_value_set_int (value, (int) self->role);
      break;
    case PROP_CONNECTED:
      g_value_set_boolean (value, self->view.connected);
      break;
    default:
      get_view (self, id, value);
    }
}

static void
trias_pair_member_finalize (GObject *object)
{
  TriasPairMember *self = TRIAS_PAIR_MEMBER (object);

  trias_pair_member_end (self);
  g_free (self->relationship_id);
  g_free (self->relationship_name);
  trias_member_face_clear (&self->face);
  g_clear_pointer (&self->status, trias_member_status_free);
  G_OBJECT_CLASS (trias_pair_member_parent_class)->finalize (object);
}

static void
trias_pair_member_class_init (TriasPairMemberClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_pair_member_get_property;
  o->finalize = trias_pair_member_finalize;
  trias_member_face_install (o);
  trias_install_readable (o, PROP_PAIR, "pair", TRIAS_TYPE_PAIR);
  trias_install_readable (o, PROP_RELATIONSHIP_ID, "relationship-id", G_TYPE_STRING);
  trias_install_readable (o, PROP_RELATIONSHIP_NAME, "relationship-name", G_TYPE_STRING);
  trias_install_readable (o, PROP_ROLE, "role", G_TYPE_INT);
  trias_install_readable (o, PROP_CONNECTED, "connected", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_CONNECTED_SINCE, "connected-since", G_TYPE_INT64);
  trias_install_readable (o, PROP_CONNECT_REASON, "connect-reason", G_TYPE_INT);
  trias_install_readable (o, PROP_SYNCHRONISED, "synchronised", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_SYNCHRONISED_AT, "synchronised-at", G_TYPE_INT64);
  trias_install_readable (o, PROP_SYNC_REASON, "sync-reason", G_TYPE_INT);
  trias_install_readable (o, PROP_PENDING, "pending", G_TYPE_UINT64);
  trias_install_readable (o, PROP_LATENCY_US, "latency-us", G_TYPE_INT64);
  trias_install_readable (o, PROP_CLOCK_OFFSET_MS, "clock-offset-ms", G_TYPE_INT64);
  trias_install_readable (o, PROP_OWN_VIEW, "own-view", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_AS_OF, "as-of", G_TYPE_INT64);
  trias_install_readable (o, PROP_VIEWS_DIFFER, "views-differ", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_COMPARED, "compared", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_ICON_STATE, "icon-state", TRIAS_TYPE_LINK_STATE);
}

static void
trias_pair_member_init (TriasPairMember *self)
{
  self->relationship_id = g_strdup ("");
  self->relationship_name = g_strdup ("");
  trias_member_face_init (&self->face);
  self->status = trias_member_status_new ("");
}

TriasPairMember *
trias_pair_member_new (TriasPair *pair)
{
  TriasPairMember *self = g_object_new (TRIAS_TYPE_PAIR_MEMBER, NULL);

  g_set_weak_pointer (&self->pair, pair);
  return self;
}

void
trias_pair_member_end (TriasPairMember *self)
{
  g_clear_weak_pointer (&self->pair);
}

TriasPair *
trias_pair_member_get_pair (TriasPairMember *self)
{
  return self->pair;
}

TriasServer *
trias_pair_member_get_server (TriasPairMember *self)
{
  return self->face.server;
}

TriasRole
trias_pair_member_get_role (TriasPairMember *self)
{
  return self->role;
}

const char *
trias_pair_member_get_id (TriasPairMember *self)
{
  return self->face.id;
}

const char *
trias_pair_member_get_name (TriasPairMember *self)
{
  return self->face.name;
}

const char *
trias_pair_member_get_address (TriasPairMember *self)
{
  return self->face.address;
}

const char *const *
trias_pair_member_get_other_addresses (TriasPairMember *self)
{
  return (const char *const *) self->face.others;
}

gboolean
trias_pair_member_get_online (TriasPairMember *self)
{
  return self->view.online;
}

gboolean
trias_pair_member_get_reached (TriasPairMember *self)
{
  return self->face.reached;
}

const TriasMaintenance *
trias_pair_member_get_maintenance (TriasPairMember *self)
{
  return self->face.aside;
}

const char *
trias_pair_member_get_maintenance_words (TriasPairMember *self)
{
  return self->face.maintenance;
}

gboolean
trias_pair_member_get_active (TriasPairMember *self)
{
  return self->face.active;
}

gboolean
trias_pair_member_get_connected (TriasPairMember *self)
{
  return self->view.connected;
}

gint64
trias_pair_member_get_connected_since (TriasPairMember *self)
{
  return self->status->connected_since;
}

TriasLag
trias_pair_member_get_connect_reason (TriasPairMember *self)
{
  return self->status->connect_reason;
}

gboolean
trias_pair_member_get_synchronised (TriasPairMember *self)
{
  return self->view.synchronised;
}

gint64
trias_pair_member_get_synchronised_at (TriasPairMember *self)
{
  return self->status->synchronised_at;
}

/* What this program found itself may differ from what the server still thinks. */
TriasLag
trias_pair_member_get_sync_reason (TriasPairMember *self)
{
  if (self->view.synchronised)
    return TRIAS_LAG_NONE;
  if (self->status->sync_reason == TRIAS_LAG_NONE && self->view.compared)
    return TRIAS_LAG_PENDING;
  return self->status->sync_reason;
}

guint64
trias_pair_member_get_pending (TriasPairMember *self)
{
  return self->status->pending;
}

gint64
trias_pair_member_get_latency_us (TriasPairMember *self)
{
  return self->view.connected ? self->status->latency_us : -1;
}

gint64
trias_pair_member_get_clock_offset_ms (TriasPairMember *self)
{
  return self->status->clock_offset_ms;
}

gboolean
trias_pair_member_get_own_view (TriasPairMember *self)
{
  return self->view.own;
}

gint64
trias_pair_member_get_as_of (TriasPairMember *self)
{
  return self->view.as_of;
}

gboolean
trias_pair_member_get_views_differ (TriasPairMember *self)
{
  return self->view.differ;
}

gboolean
trias_pair_member_get_compared (TriasPairMember *self)
{
  return self->view.compared;
}

TriasLinkState
trias_pair_member_get_icon_state (TriasPairMember *self)
{
  return trias_link_state (self->view.connected, self->view.synchronised);
}
