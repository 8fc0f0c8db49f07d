/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-pairs-private.h"

#include <string.h>

struct _TriasPair
{
  GObject parent_instance;

  char *id;
  TriasRelationshipInfo *info; /* (owned) the view that counts */
  TriasPairMember *members[2];
  TriasServer *servers[2]; /* (owned) (nullable) */
  gboolean last_known;
};

G_DEFINE_FINAL_TYPE (TriasPair, trias_pair, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_INFO,
  PROP_MAIN,
  PROP_BACKUP,
  PROP_ACTIVE,
  PROP_SERVING,
  PROP_WHY,
  PROP_CONFLICT,
  PROP_CONFLICT_SINCE,
  PROP_SYNC_INTERVAL,
  PROP_LAST_KNOWN,
};

static const TriasRelationship *
relationship_of (TriasPair *self)
{
  return self->info != NULL ? trias_relationship_info_get_relationship (self->info) : NULL;
}

static gint64
conflict_since (TriasPair *self)
{
  gint64 since = 0;

  if (self->info != NULL)
    trias_relationship_info_get_conflict (self->info, &since, NULL, NULL);
  return since;
}

static void
trias_pair_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasPair *self = TRIAS_PAIR (object);
  const TriasRelationship *relationship = relationship_of (self);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, trias_pair_get_name (self));
      break;
    case PROP_INFO:
      g_value_set_object (value, self->info);
      break;
    case PROP_MAIN:
      g_value_set_object (value, self->members[0]);
      break;
    case PROP_BACKUP:
      g_value_set_object (value, self->members[1]);
      break;
    case PROP_ACTIVE:
      g_value_set_string (value, trias_pair_get_active (self));
      break;
    case PROP_SERVING:
      g_value_set_string (value, trias_pair_get_serving (self));
      break;
    case PROP_WHY:
      g_value_set_string (value, trias_pair_get_why (self));
      break;
    case PROP_CONFLICT:
      g_value_set_boolean (value, trias_pair_get_conflict (self));
      break;
    case PROP_CONFLICT_SINCE:
      g_value_set_int64 (value, conflict_since (self));
      break;
    case PROP_SYNC_INTERVAL:
      g_value_set_uint (value, relationship != NULL ? relationship->options.sync_interval_s : 0);
      break;
    case PROP_LAST_KNOWN:
      g_value_set_boolean (value, self->last_known);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* A backup that serves alone knows better than what the main server last said. */
static TriasRelationshipInfo *
choose_info (const TriasMemberSource sources[2])
{
  for (guint i = 0; i < 2; i++)
    if (sources[i].reached && sources[i].info != NULL)
      return sources[i].info;
  return sources[0].info != NULL ? sources[0].info : sources[1].info;
}

static void
apply_update (gpointer object, gpointer data)
{
  TriasPair *self = object;
  const TriasMemberSource *sources = data;

  g_set_object (&self->info, choose_info (sources));
  self->last_known = !sources[0].reached && !sources[1].reached;
  for (guint i = 0; i < 2; i++)
    g_set_object (&self->servers[i], sources[i].server);
}

void
trias_pair_update (TriasPair *self, const TriasMemberSource sources[2])
{
  trias_object_change (G_OBJECT (self), apply_update, (gpointer) sources);
  for (guint i = 0; i < 2; i++)
    trias_pair_member_update (self->members[i], self->info, sources, i);
}

void
trias_pair_end (TriasPair *self)
{
  for (guint i = 0; i < 2; i++)
    trias_pair_member_end (self->members[i]);
}

static void
trias_pair_finalize (GObject *object)
{
  TriasPair *self = TRIAS_PAIR (object);

  for (guint i = 0; i < 2; i++)
    {
      g_clear_object (&self->members[i]);
      g_clear_object (&self->servers[i]);
    }
  g_clear_object (&self->info);
  g_free (self->id);
  G_OBJECT_CLASS (trias_pair_parent_class)->finalize (object);
}

static void
trias_pair_class_init (TriasPairClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_pair_get_property;
  o->finalize = trias_pair_finalize;
  trias_install_readable (o, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (o, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (o, PROP_INFO, "info", TRIAS_TYPE_RELATIONSHIP_INFO);
  trias_install_readable (o, PROP_MAIN, "main", TRIAS_TYPE_PAIR_MEMBER);
  trias_install_readable (o, PROP_BACKUP, "backup", TRIAS_TYPE_PAIR_MEMBER);
  trias_install_readable (o, PROP_ACTIVE, "active", G_TYPE_STRING);
  trias_install_readable (o, PROP_SERVING, "serving", G_TYPE_STRING);
  trias_install_readable (o, PROP_WHY, "why", G_TYPE_STRING);
  trias_install_readable (o, PROP_CONFLICT, "conflict", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_CONFLICT_SINCE, "conflict-since", G_TYPE_INT64);
  trias_install_readable (o, PROP_SYNC_INTERVAL, "sync-interval", G_TYPE_UINT);
  trias_install_readable (o, PROP_LAST_KNOWN, "last-known", G_TYPE_BOOLEAN);
}

static void
trias_pair_init (TriasPair *self)
{
  for (guint i = 0; i < 2; i++)
    self->members[i] = trias_pair_member_new (self);
}

TriasPair *
trias_pair_new (const char *id)
{
  TriasPair *self = g_object_new (TRIAS_TYPE_PAIR, NULL);

  self->id = g_strdup (id);
  return self;
}

const char *
trias_pair_get_id (TriasPair *self)
{
  return self->id;
}

const char *
trias_pair_get_name (TriasPair *self)
{
  const TriasRelationship *relationship = relationship_of (self);

  return relationship != NULL ? relationship->name : "";
}

TriasRelationshipInfo *
trias_pair_get_info (TriasPair *self)
{
  return self->info;
}

TriasPairMember *
trias_pair_get_main (TriasPair *self)
{
  return self->members[0];
}

TriasPairMember *
trias_pair_get_backup (TriasPair *self)
{
  return self->members[1];
}

const char *
trias_pair_get_active (TriasPair *self)
{
  const char *active = self->info != NULL ? trias_relationship_info_get_active (self->info) : NULL;

  return active != NULL ? active : "";
}

const char *
trias_pair_get_serving (TriasPair *self)
{
  return self->info != NULL ? trias_relationship_info_get_serving (self->info) : "";
}

const char *
trias_pair_get_why (TriasPair *self)
{
  return self->info != NULL ? trias_relationship_info_get_why (self->info) : "";
}

gboolean
trias_pair_get_conflict (TriasPair *self)
{
  return self->info != NULL && trias_relationship_info_get_conflict (self->info, NULL, NULL, NULL);
}

gboolean
trias_pair_get_last_known (TriasPair *self)
{
  return self->last_known;
}

TriasServer *
trias_pair_get_server (TriasPair *self)
{
  for (guint i = 0; i < 2; i++)
    if (self->servers[i] != NULL
        && trias_server_get_state (self->servers[i]) == TRIAS_SERVER_CONNECTED)
      return self->servers[i];
  return NULL;
}
