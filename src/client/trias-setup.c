/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (TriasSetup, trias_setup, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_KIND,
  PROP_NAME,
  PROP_SYNC_INTERVAL,
  PROP_PROFILE,
  PROP_FAILBACK,
  PROP_STATE,
  PROP_PASSED,
  PROP_N_MENDABLE,
  PROP_CANCELLABLE,
  PROP_COPIED,
  PROP_COMMAND_LINE,
  PROP_ERROR_MESSAGE,
  PROP_PROBLEM,
  PROP_CHECKS,
  PROP_STEPS,
  PROP_MADE_RULES,
};

void
trias_setup_change (TriasSetup *self, TriasItemChange change, gpointer data)
{
  trias_object_change (G_OBJECT (self), change, data);
}

typedef struct
{
  TriasSetupState state;
  const GError *error;
} StateUpdate;

static void
apply_state (gpointer object, gpointer data)
{
  TriasSetup *self = object;
  const StateUpdate *update = data;

  self->state = update->state;
  g_free (self->error_message);
  self->error_message = g_strdup (update->error != NULL ? update->error->message : "");
}

void
trias_setup_set_state (TriasSetup *self, TriasSetupState state, const GError *error)
{
  StateUpdate update = { state, error };

  trias_setup_change (self, apply_state, &update);
}

static void
get_inputs (TriasSetup *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_KIND:
      g_value_set_int (value, (int) self->kind);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SYNC_INTERVAL:
      g_value_set_uint (value, self->options.sync_interval_s);
      break;
    case PROP_PROFILE:
      g_value_set_int (value, (int) self->options.profile);
      break;
    case PROP_FAILBACK:
      g_value_set_int (value, (int) self->options.failback);
      break;
    default:
      break;
    }
}

static void
trias_setup_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasSetup *self = TRIAS_SETUP (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_PASSED:
      g_value_set_boolean (value, self->passed);
      break;
    case PROP_N_MENDABLE:
      g_value_set_uint (value, trias_setup_get_n_mendable (self));
      break;
    case PROP_CANCELLABLE:
      g_value_set_boolean (value, trias_setup_get_cancellable (self));
      break;
    case PROP_COPIED:
      g_value_set_boolean (value, self->copied);
      break;
    case PROP_COMMAND_LINE:
      g_value_take_string (value, trias_setup_get_command_line (self));
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->error_message);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, trias_setup_get_problem (self));
      break;
    case PROP_CHECKS:
      g_value_set_object (value, self->checks);
      break;
    case PROP_STEPS:
      g_value_set_object (value, self->steps);
      break;
    case PROP_MADE_RULES:
      g_value_set_object (value, self->made_rules);
      break;
    default:
      get_inputs (self, id, value);
    }
}

static void
trias_setup_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  TriasSetup *self = TRIAS_SETUP (object);
  TriasOptions options = self->options;

  switch (id)
    {
    case PROP_KIND:
      trias_setup_set_kind (self, (TriasKind) g_value_get_int (value));
      break;
    case PROP_NAME:
      trias_setup_set_name (self, g_value_get_string (value));
      break;
    case PROP_SYNC_INTERVAL:
      options.sync_interval_s = g_value_get_uint (value);
      trias_setup_set_options (self, &options);
      break;
    case PROP_PROFILE:
      options.profile = (TriasProfile) g_value_get_int (value);
      trias_setup_set_options (self, &options);
      break;
    case PROP_FAILBACK:
      options.failback = (TriasFailback) g_value_get_int (value);
      trias_setup_set_options (self, &options);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
clear_part (TriasSetupPart *part)
{
  g_clear_object (&part->server);
  g_clear_pointer (&part->address, g_free);
  g_clear_pointer (&part->fingerprint, g_free);
  g_clear_pointer (&part->invitation, g_free);
  g_clear_pointer (&part->made_code, g_free);
}

static void
init_part (TriasSetupPart *part)
{
  *part = (TriasSetupPart){ .address = g_strdup (""),
                            .fingerprint = g_strdup (""),
                            .invitation = g_strdup ("") };
}

static void
trias_setup_finalize (GObject *object)
{
  TriasSetup *self = TRIAS_SETUP (object);

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    clear_part (&self->parts[i]);
  g_clear_object (&self->checks);
  g_clear_object (&self->steps);
  g_clear_object (&self->made_rules);
  g_free (self->name);
  g_free (self->error_message);
  g_free (self->forming_id);
  g_clear_pointer (&self->changed, trias_relationship_free);
  g_free (self->leaving);
  G_OBJECT_CLASS (trias_setup_parent_class)->finalize (object);
}

static void
install (GObjectClass *klass, guint id, GParamSpec *spec)
{
  g_object_class_install_property (klass, id, spec);
}

static void
install_inputs (GObjectClass *klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  install (klass, PROP_KIND,
           g_param_spec_int ("kind", NULL, NULL, TRIAS_KIND_BACKUP, TRIAS_KIND_TRIAD,
                             TRIAS_KIND_BACKUP, flags));
  install (klass, PROP_NAME, g_param_spec_string ("name", NULL, NULL, "", flags));
  install (klass, PROP_SYNC_INTERVAL,
           g_param_spec_uint ("sync-interval", NULL, NULL, TRIAS_SYNC_INTERVAL_MIN_S,
                              TRIAS_SYNC_INTERVAL_MAX_S, TRIAS_SYNC_INTERVAL_DEFAULT_S, flags));
  install (klass, PROP_PROFILE,
           g_param_spec_int ("profile", NULL, NULL, TRIAS_PROFILE_LAN, TRIAS_PROFILE_WAN,
                             TRIAS_PROFILE_LAN, flags));
  install (klass, PROP_FAILBACK,
           g_param_spec_int ("failback", NULL, NULL, TRIAS_FAILBACK_AUTOMATIC,
                             TRIAS_FAILBACK_MANUAL, TRIAS_FAILBACK_AUTOMATIC, flags));
}

static void
trias_setup_class_init (TriasSetupClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_setup_get_property;
  o->set_property = trias_setup_set_property;
  o->finalize = trias_setup_finalize;
  install_inputs (o);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_SETUP_STATE);
  trias_install_readable (o, PROP_PASSED, "passed", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_N_MENDABLE, "n-mendable", G_TYPE_UINT);
  trias_install_readable (o, PROP_CANCELLABLE, "cancellable", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_COPIED, "copied", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_COMMAND_LINE, "command-line", G_TYPE_STRING);
  trias_install_readable (o, PROP_ERROR_MESSAGE, "error-message", G_TYPE_STRING);
  trias_install_readable (o, PROP_PROBLEM, "problem", G_TYPE_STRING);
  trias_install_readable (o, PROP_CHECKS, "checks", G_TYPE_LIST_MODEL);
  trias_install_readable (o, PROP_STEPS, "steps", G_TYPE_LIST_MODEL);
  trias_install_readable (o, PROP_MADE_RULES, "made-rules", G_TYPE_LIST_MODEL);
}

static void
trias_setup_init (TriasSetup *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    init_part (&self->parts[i]);
  self->name = g_strdup ("");
  self->error_message = g_strdup ("");
  trias_options_init (&self->options);
  self->checks = g_list_store_new (TRIAS_TYPE_CHECK_ITEM);
  self->steps = g_list_store_new (TRIAS_TYPE_SETUP_STEP);
  self->made_rules = g_list_store_new (TRIAS_TYPE_MADE_RULE);
}

TriasSetup *
trias_setup_new (TriasKind kind)
{
  TriasSetup *self = g_object_new (TRIAS_TYPE_SETUP, NULL);

  self->kind = kind;
  return self;
}

TriasSetup *
trias_setup_new_present (TriasKind kind)
{
  TriasSetup *self = trias_setup_new (kind);

  self->present = TRUE;
  return self;
}

gboolean
trias_setup_is_present (TriasSetup *self)
{
  return self->present;
}

TriasSetup *
trias_setup_new_change (const TriasRelationship *relationship, const char *leaving)
{
  TriasSetup *self = trias_setup_new (TRIAS_KIND_TRIAD);

  self->changed = trias_relationship_copy (relationship);
  self->leaving = g_strdup (leaving);
  self->options = relationship->options;
  g_free (self->name);
  self->name = g_strdup (relationship->name);
  return self;
}

const TriasRelationship *
trias_setup_get_changed (TriasSetup *self)
{
  return self->changed;
}

const TriasMember *
trias_setup_get_leaving (TriasSetup *self)
{
  return self->leaving != NULL ? trias_relationship_find (self->changed, self->leaving) : NULL;
}

gboolean
trias_setup_get_discard (TriasSetup *self)
{
  return self->discard;
}

TriasKind
trias_setup_get_kind (TriasSetup *self)
{
  return self->kind;
}

static void
apply_kind (gpointer object, gpointer data)
{
  TriasSetup *self = object;

  self->kind = *(const TriasKind *) data;
  for (guint i = trias_setup_get_n_members (self); i < TRIAS_MAX_MEMBERS; i++)
    {
      clear_part (&self->parts[i]);
      init_part (&self->parts[i]);
    }
  trias_setup_forget_codes (self);
  g_list_store_remove_all (self->checks);
  self->passed = FALSE;
  if (self->state == TRIAS_SETUP_CHECKED || self->state == TRIAS_SETUP_FAILED)
    self->state = TRIAS_SETUP_EDITING;
}

void
trias_setup_set_kind (TriasSetup *self, TriasKind kind)
{
  if (self->kind != kind && self->state != TRIAS_SETUP_FORMING)
    trias_setup_change (self, apply_kind, &kind);
}

char *
trias_setup_get_address (TriasSetup *self, guint rank)
{
  g_return_val_if_fail (rank < TRIAS_MAX_MEMBERS, NULL);

  return trias_setup_candidate_address (self, rank);
}

TriasSetupState
trias_setup_get_state (TriasSetup *self)
{
  return self->state;
}

gboolean
trias_setup_get_passed (TriasSetup *self)
{
  return self->passed;
}

gboolean
trias_setup_get_cancellable (TriasSetup *self)
{
  return self->state == TRIAS_SETUP_FORMING && !self->sealed;
}

gboolean
trias_setup_get_copied (TriasSetup *self)
{
  return self->copied;
}

guint
trias_setup_get_n_mendable (TriasSetup *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->checks)), count = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (G_LIST_MODEL (self->checks), i);

      count += trias_check_item_get_mendable (item) ? 1 : 0;
    }
  return count;
}

const char *
trias_setup_get_error_message (TriasSetup *self)
{
  return self->error_message;
}

GListModel *
trias_setup_get_checks (TriasSetup *self)
{
  return G_LIST_MODEL (self->checks);
}

GListModel *
trias_setup_get_steps (TriasSetup *self)
{
  return G_LIST_MODEL (self->steps);
}

GListModel *
trias_setup_get_made_rules (TriasSetup *self)
{
  return G_LIST_MODEL (self->made_rules);
}
