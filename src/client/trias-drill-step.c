/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-drill-private.h"

struct _TriasDrillStep
{
  GObject parent_instance;

  TriasDrillSight sight;
  char *name;
  gint64 at;
};

G_DEFINE_FINAL_TYPE (TriasDrillStep, trias_drill_step, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_SIGHT,
  PROP_NAME,
  PROP_AT,
};

static void
trias_drill_step_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasDrillStep *self = TRIAS_DRILL_STEP (object);

  switch (id)
    {
    case PROP_SIGHT:
      g_value_set_enum (value, (int) self->sight);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_AT:
      g_value_set_int64 (value, self->at);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_drill_step_finalize (GObject *object)
{
  g_free (TRIAS_DRILL_STEP (object)->name);
  G_OBJECT_CLASS (trias_drill_step_parent_class)->finalize (object);
}

static void
trias_drill_step_class_init (TriasDrillStepClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_drill_step_get_property;
  o->finalize = trias_drill_step_finalize;
  trias_install_readable (o, PROP_SIGHT, "sight", TRIAS_TYPE_DRILL_SIGHT);
  trias_install_readable (o, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (o, PROP_AT, "at", G_TYPE_INT64);
}

static void
trias_drill_step_init (TriasDrillStep *self)
{
}

TriasDrillStep *
trias_drill_step_new (TriasDrillSight sight, const char *name, gint64 at)
{
  TriasDrillStep *self = g_object_new (TRIAS_TYPE_DRILL_STEP, NULL);

  self->sight = sight;
  self->name = g_strdup (name);
  self->at = at;
  return self;
}

TriasDrillSight
trias_drill_step_get_sight (TriasDrillStep *self)
{
  return self->sight;
}

const char *
trias_drill_step_get_name (TriasDrillStep *self)
{
  return self->name;
}

gint64
trias_drill_step_get_at (TriasDrillStep *self)
{
  return self->at;
}
