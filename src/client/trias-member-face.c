/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-member-face.h"

#include "client/trias-items-private.h"
#include "client/trias-maintenance-words.h"

static void
set_text (char **place, const char *value)
{
  char *copy = g_strdup (value != NULL ? value : "");

  g_free (*place);
  *place = copy;
}

void
trias_member_face_init (TriasMemberFace *self)
{
  self->id = g_strdup ("");
  self->name = g_strdup ("");
  self->address = g_strdup ("");
  self->version = g_strdup ("");
  self->maintenance = g_strdup ("");
}

void
trias_member_face_clear (TriasMemberFace *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_strfreev (self->others);
  g_free (self->version);
  g_clear_object (&self->server);
  g_clear_pointer (&self->aside, trias_maintenance_free);
  g_free (self->maintenance);
}

void
trias_member_face_install (GObjectClass *klass)
{
  trias_install_readable (klass, TRIAS_FACE_ID, "id", G_TYPE_STRING);
  trias_install_readable (klass, TRIAS_FACE_NAME, "name", G_TYPE_STRING);
  trias_install_readable (klass, TRIAS_FACE_ADDRESS, "address", G_TYPE_STRING);
  trias_install_readable (klass, TRIAS_FACE_OTHER_ADDRESSES, "other-addresses", G_TYPE_STRV);
  trias_install_readable (klass, TRIAS_FACE_VERSION, "version", G_TYPE_STRING);
  trias_install_readable (klass, TRIAS_FACE_SERVER, "server", TRIAS_TYPE_SERVER);
  trias_install_readable (klass, TRIAS_FACE_REACHED, "reached", G_TYPE_BOOLEAN);
  trias_install_readable (klass, TRIAS_FACE_ONLINE, "online", G_TYPE_BOOLEAN);
  trias_install_readable (klass, TRIAS_FACE_ACTIVE, "active", G_TYPE_BOOLEAN);
  trias_install_readable (klass, TRIAS_FACE_MAINTENANCE, "maintenance", G_TYPE_STRING);
}

gboolean
trias_member_face_get (const TriasMemberFace *self, guint id, GValue *value)
{
  switch (id)
    {
    case TRIAS_FACE_ID:
      g_value_set_string (value, self->id);
      return TRUE;
    case TRIAS_FACE_NAME:
      g_value_set_string (value, self->name);
      return TRUE;
    case TRIAS_FACE_ADDRESS:
      g_value_set_string (value, self->address);
      return TRUE;
    case TRIAS_FACE_OTHER_ADDRESSES:
      g_value_set_boxed (value, self->others);
      return TRUE;
    case TRIAS_FACE_VERSION:
      g_value_set_string (value, self->version);
      return TRUE;
    case TRIAS_FACE_SERVER:
      g_value_set_object (value, self->server);
      return TRUE;
    case TRIAS_FACE_REACHED:
      g_value_set_boolean (value, self->reached);
      return TRUE;
    case TRIAS_FACE_ONLINE:
      g_value_set_boolean (value, self->online);
      return TRUE;
    case TRIAS_FACE_ACTIVE:
      g_value_set_boolean (value, self->active);
      return TRUE;
    case TRIAS_FACE_MAINTENANCE:
      g_value_set_string (value, self->maintenance);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
take_source (TriasMemberFace *self, const TriasMemberSource *source)
{
  g_set_object (&self->server, source->server);
  self->reached = source->reached;
  if (source->server == NULL)
    return;
  if (source->reached)
    set_text (&self->name, trias_server_get_name (source->server));
  if (source->reached || self->version[0] == '\0')
    set_text (&self->version, trias_server_get_version (source->server));
}

void
trias_member_face_take (TriasMemberFace *self,
                        const TriasMember *member,
                        const TriasMemberSource *source,
                        const char *version)
{
  set_text (&self->id, member->id);
  set_text (&self->name, member->name);
  g_clear_pointer (&self->others, g_strfreev);
  if (member->addresses != NULL && member->addresses[0] != NULL)
    {
      set_text (&self->address, member->addresses[0]);
      self->others = g_strdupv (member->addresses + 1);
    }
  if (version != NULL && version[0] != '\0')
    set_text (&self->version, version);
  take_source (self, source);
}

void
trias_member_face_take_maintenance (TriasMemberFace *self, TriasRelationshipInfo *info)
{
  TriasRelationshipInfo *own
      = self->reached && self->server != NULL ? trias_server_get_relationship (self->server) : NULL;
  const TriasRelationship *relationship;
  const TriasMaintenance *aside;
  g_autofree char *words = NULL;

  if (own != NULL && trias_relationship_info_get_relationship (own) != NULL)
    info = own;
  relationship = trias_relationship_info_get_relationship (info);
  aside = trias_relationship_info_find_maintenance (info, self->id);
  if (aside != NULL)
    words = trias_maintenance_words_state (aside, relationship, self->online);
  g_clear_pointer (&self->aside, trias_maintenance_free);
  if (aside != NULL)
    self->aside = trias_maintenance_copy (aside);
  set_text (&self->maintenance, words);
}
