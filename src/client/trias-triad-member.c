/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-client-enums.h"
#include "client/trias-triads-private.h"

#include <string.h>

struct _TriasTriadMember
{
  GObject parent_instance;

  TriasTriad *triad; /* (nullable) weak */
  guint rank;
  char *id;
  char *name;
  char *address;
  char **others;
  char *version;
  TriasServer *server; /* (owned) (nullable) */
  gboolean reached;
  gboolean online;
  gboolean active;
  gboolean pinned;
  TriasTriadState state;
  gint64 as_of;
};

G_DEFINE_FINAL_TYPE (TriasTriadMember, trias_triad_member, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TRIAD,
  PROP_ROLE,
  PROP_ID,
  PROP_NAME,
  PROP_ADDRESS,
  PROP_OTHER_ADDRESSES,
  PROP_VERSION,
  PROP_SERVER,
  PROP_REACHED,
  PROP_ONLINE,
  PROP_ACTIVE,
  PROP_PINNED,
  PROP_STATE,
  PROP_AS_OF,
};

static void
set_text (char **place, const char *value)
{
  char *copy = g_strdup (value != NULL ? value : "");

  g_free (*place);
  *place = copy;
}

static void
take_member (TriasTriadMember *self, const TriasMember *member)
{
  set_text (&self->id, member->id);
  set_text (&self->name, member->name);
  if (member->addresses == NULL || member->addresses[0] == NULL)
    return;
  set_text (&self->address, member->addresses[0]);
  g_strfreev (self->others);
  self->others = g_strdupv (member->addresses + 1);
}

/* A server's own word on its name and version is newer than what the others keep. */
static void
take_server (TriasTriadMember *self, const TriasTriadUpdate *update)
{
  const TriasMemberSource *source = &update->sources[self->rank];
  GPtrArray *statuses = trias_relationship_info_get_statuses (update->view->info);
  const TriasMemberStatus *told = trias_member_statuses_find (statuses, self->id);

  g_set_object (&self->server, source->server);
  self->reached = source->reached;
  if (told != NULL && told->version[0] != '\0')
    set_text (&self->version, told->version);
  if (source->server == NULL || !source->reached)
    return;
  set_text (&self->name, trias_server_get_name (source->server));
  set_text (&self->version, trias_server_get_version (source->server));
}

static void
apply_update (gpointer object, gpointer data)
{
  TriasTriadMember *self = object;
  const TriasTriadUpdate *update = data;
  const TriasTriadView *view = update->view;
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (view->info);
  const TriasTriadFacts *facts = trias_relationship_info_get_triad (view->info);
  const char *active = trias_relationship_info_get_active (view->info);

  take_member (self, g_ptr_array_index (relationship->members, self->rank));
  take_server (self, update);
  self->online = view->members[self->rank].online;
  self->state = view->members[self->rank].state;
  self->as_of = view->members[self->rank].as_of;
  self->active = view->live && active != NULL && strcmp (active, self->id) == 0;
  self->pinned = facts != NULL && g_strcmp0 (facts->pinned, self->id) == 0;
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

  switch (id)
    {
    case PROP_TRIAD:
      g_value_set_object (value, self->triad);
      break;
    case PROP_ROLE:
      g_value_set_int (value, (int) trias_triad_member_get_role (self));
      break;
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_OTHER_ADDRESSES:
      g_value_set_boxed (value, self->others);
      break;
    case PROP_VERSION:
      g_value_set_string (value, self->version);
      break;
    case PROP_SERVER:
      g_value_set_object (value, self->server);
      break;
    case PROP_REACHED:
      g_value_set_boolean (value, self->reached);
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->online);
      break;
    case PROP_ACTIVE:
      g_value_set_boolean (value, self->active);
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
  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_free (self->version);
  g_strfreev (self->others);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (trias_triad_member_parent_class)->finalize (object);
}

static void
trias_triad_member_class_init (TriasTriadMemberClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_triad_member_get_property;
  o->finalize = trias_triad_member_finalize;
  trias_install_readable (o, PROP_TRIAD, "triad", TRIAS_TYPE_TRIAD);
  trias_install_readable (o, PROP_ROLE, "role", G_TYPE_INT);
  trias_install_readable (o, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (o, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (o, PROP_ADDRESS, "address", G_TYPE_STRING);
  trias_install_readable (o, PROP_OTHER_ADDRESSES, "other-addresses", G_TYPE_STRV);
  trias_install_readable (o, PROP_VERSION, "version", G_TYPE_STRING);
  trias_install_readable (o, PROP_SERVER, "server", TRIAS_TYPE_SERVER);
  trias_install_readable (o, PROP_REACHED, "reached", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_ONLINE, "online", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_ACTIVE, "active", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_PINNED, "pinned", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_TRIAD_STATE);
  trias_install_readable (o, PROP_AS_OF, "as-of", G_TYPE_INT64);
}

static void
trias_triad_member_init (TriasTriadMember *self)
{
  self->id = g_strdup ("");
  self->name = g_strdup ("");
  self->address = g_strdup ("");
  self->version = g_strdup ("");
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
  return self->id;
}

const char *
trias_triad_member_get_name (TriasTriadMember *self)
{
  return self->name;
}

const char *
trias_triad_member_get_address (TriasTriadMember *self)
{
  return self->address;
}

const char *const *
trias_triad_member_get_other_addresses (TriasTriadMember *self)
{
  return (const char *const *) self->others;
}

const char *
trias_triad_member_get_version (TriasTriadMember *self)
{
  return self->version;
}

TriasServer *
trias_triad_member_get_server (TriasTriadMember *self)
{
  return self->server;
}

gboolean
trias_triad_member_get_reached (TriasTriadMember *self)
{
  return self->reached;
}

gboolean
trias_triad_member_get_online (TriasTriadMember *self)
{
  return self->online;
}

gboolean
trias_triad_member_get_active (TriasTriadMember *self)
{
  return self->active;
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
