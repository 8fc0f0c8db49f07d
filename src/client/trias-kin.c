/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-kin.h"

#include "client/trias-deadline.h"

#include <string.h>

const TriasRelationship *
trias_kin_of_server (TriasKin *self, TriasServer *server)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (server);
  const TriasRelationship *relationship
      = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;

  if (relationship == NULL || relationship->kind != self->kind
      || relationship->members->len != trias_kind_n_members (self->kind))
    return NULL;
  return relationship;
}

static gboolean
is_live (TriasServer *server)
{
  return trias_server_get_state (server) == TRIAS_SERVER_CONNECTED;
}

/* The newest word on relationship @id: the highest incarnation, of two equal ones the live one. */
static TriasServer *
best_witness (TriasKin *self, const char *id)
{
  TriasServer *best = NULL;

  for (guint i = 0; i < self->watched->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->watched, i);
      const TriasRelationship *mine = trias_kin_of_server (self, server);
      const TriasRelationship *other = best != NULL ? trias_kin_of_server (self, best) : NULL;

      if (mine == NULL || strcmp (mine->id, id) != 0)
        continue;
      if (other == NULL || mine->incarnation > other->incarnation
          || (mine->incarnation == other->incarnation && is_live (server) && !is_live (best)))
        best = server;
    }
  return best;
}

/* A reached member that belongs to nobody: the relationship is over, whatever the others remember.
 */
static gboolean
is_over (TriasKin *self, const TriasRelationship *relationship)
{
  gboolean over = FALSE;

  for (guint rank = 0; rank < relationship->members->len; rank++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, rank);
      TriasServer *server = trias_servers_find (self->servers, member->id);
      const TriasRelationship *known = server != NULL ? trias_kin_of_server (self, server) : NULL;

      if (server == NULL || !is_live (server) || trias_server_get_relationship (server) == NULL)
        continue;
      if (known != NULL && strcmp (known->id, relationship->id) == 0)
        return FALSE;
      over = TRUE;
    }
  return over;
}

GPtrArray *
trias_kin_collect (TriasKin *self)
{
  GPtrArray *found = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->watched->len; i++)
    {
      const TriasRelationship *mine
          = trias_kin_of_server (self, g_ptr_array_index (self->watched, i));
      const TriasRelationship *newest;

      if (mine == NULL || !g_hash_table_add (seen, mine->id))
        continue;
      newest = trias_kin_of_server (self, best_witness (self, mine->id));
      if (!is_over (self, newest))
        g_ptr_array_add (found, (gpointer) newest);
    }
  return found;
}

gboolean
trias_kin_fill (TriasKin *self, const TriasRelationship *relationship, TriasMemberSource *sources)
{
  gboolean any = FALSE;

  for (guint rank = 0; rank < relationship->members->len; rank++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, rank);
      TriasServer *server = trias_servers_find (self->servers, member->id);
      const TriasRelationship *known = server != NULL ? trias_kin_of_server (self, server) : NULL;

      sources[rank] = (TriasMemberSource){ .server = server };
      if (known == NULL || strcmp (known->id, relationship->id) != 0)
        continue;
      sources[rank].info = trias_server_get_relationship (server);
      sources[rank].reached = is_live (server);
      any = TRUE;
    }
  return any;
}

/* --- following the servers --- */

static void
look_soon (TriasKin *self)
{
  if (self->soon == NULL)
    trias_timer_start (&self->soon, 0, self->look, self->user_data);
}

static void
server_changed_cb (TriasServer *server, GParamSpec *pspec, gpointer user_data)
{
  look_soon (user_data);
}

static void
servers_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  TriasKin *self = user_data;

  for (guint i = 0; i < removed; i++)
    {
      g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->watched, position), self);
      g_ptr_array_remove_index (self->watched, position);
    }
  for (guint i = 0; i < added; i++)
    {
      TriasServer *server = g_list_model_get_item (model, position + i);

      g_ptr_array_insert (self->watched, (int) (position + i), server);
      g_signal_connect (server, "notify::relationship", G_CALLBACK (server_changed_cb), self);
      g_signal_connect (server, "notify::state", G_CALLBACK (server_changed_cb), self);
      g_signal_connect (server, "notify::name", G_CALLBACK (server_changed_cb), self);
    }
  look_soon (self);
}

void
trias_kin_start (
    TriasKin *self, TriasServers *servers, TriasKind kind, GSourceFunc look, gpointer user_data)
{
  GListModel *model = G_LIST_MODEL (servers);

  *self = (TriasKin){ .kind = kind, .look = look, .user_data = user_data };
  self->servers = g_object_ref (servers);
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (servers, "items-changed", G_CALLBACK (servers_changed_cb), self);
  servers_changed_cb (model, 0, 0, g_list_model_get_n_items (model), self);
}

void
trias_kin_stop (TriasKin *self)
{
  if (self->servers == NULL)
    return;
  trias_timer_stop (&self->soon);
  g_signal_handlers_disconnect_by_data (self->servers, self);
  for (guint i = 0; i < self->watched->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->watched, i), self);
  g_clear_pointer (&self->watched, g_ptr_array_unref);
  g_clear_object (&self->servers);
}
