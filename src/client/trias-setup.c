/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (TriasSetup, trias_setup, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_MAIN,
  PROP_BACKUP,
  PROP_BACKUP_ADDRESS,
  PROP_BACKUP_FINGERPRINT,
  PROP_MAIN_ADDRESS,
  PROP_INVITATION,
  PROP_NAME,
  PROP_SYNC_INTERVAL,
  PROP_PROFILE,
  PROP_FAILBACK,
  PROP_STATE,
  PROP_PASSED,
  PROP_N_MENDABLE,
  PROP_CANCELLABLE,
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
    case PROP_MAIN:
      g_value_set_object (value, self->main);
      break;
    case PROP_BACKUP:
      g_value_set_object (value, self->backup);
      break;
    case PROP_BACKUP_ADDRESS:
      g_value_take_string (value, trias_setup_candidate_address (self));
      break;
    case PROP_BACKUP_FINGERPRINT:
      g_value_set_string (value, trias_setup_candidate_fingerprint (self));
      break;
    case PROP_MAIN_ADDRESS:
      g_value_set_string (value, self->main_address[0] != '\0' || self->main == NULL
                                     ? self->main_address
                                     : trias_server_get_address (self->main));
      break;
    case PROP_INVITATION:
      g_value_set_string (value, self->invitation);
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
    case PROP_MAIN:
      trias_setup_set_main (self, g_value_get_object (value));
      break;
    case PROP_BACKUP:
      trias_setup_set_backup (self, g_value_get_object (value));
      break;
    case PROP_BACKUP_ADDRESS:
      trias_setup_set_backup_address (self, g_value_get_string (value));
      break;
    case PROP_MAIN_ADDRESS:
      trias_setup_set_main_address (self, g_value_get_string (value));
      break;
    case PROP_INVITATION:
      trias_setup_set_invitation (self, g_value_get_string (value));
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
trias_setup_finalize (GObject *object)
{
  TriasSetup *self = TRIAS_SETUP (object);

  g_clear_object (&self->main);
  g_clear_object (&self->backup);
  g_clear_object (&self->checks);
  g_clear_object (&self->steps);
  g_clear_object (&self->made_rules);
  g_free (self->main_address);
  g_free (self->backup_address);
  g_free (self->backup_fingerprint);
  g_free (self->name);
  g_free (self->invitation);
  g_free (self->error_message);
  g_free (self->made_code);
  g_free (self->forming_id);
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

  install (klass, PROP_MAIN, g_param_spec_object ("main", NULL, NULL, TRIAS_TYPE_SERVER, flags));
  install (klass, PROP_BACKUP,
           g_param_spec_object ("backup", NULL, NULL, TRIAS_TYPE_SERVER, flags));
  install (klass, PROP_BACKUP_ADDRESS,
           g_param_spec_string ("backup-address", NULL, NULL, "", flags));
  install (klass, PROP_MAIN_ADDRESS, g_param_spec_string ("main-address", NULL, NULL, "", flags));
  install (klass, PROP_INVITATION, g_param_spec_string ("invitation", NULL, NULL, "", flags));
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
  trias_install_readable (o, PROP_BACKUP_FINGERPRINT, "backup-fingerprint", G_TYPE_STRING);
  trias_install_readable (o, PROP_STATE, "state", TRIAS_TYPE_SETUP_STATE);
  trias_install_readable (o, PROP_PASSED, "passed", G_TYPE_BOOLEAN);
  trias_install_readable (o, PROP_N_MENDABLE, "n-mendable", G_TYPE_UINT);
  trias_install_readable (o, PROP_CANCELLABLE, "cancellable", G_TYPE_BOOLEAN);
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
  self->main_address = g_strdup ("");
  self->backup_address = g_strdup ("");
  self->backup_fingerprint = g_strdup ("");
  self->name = g_strdup ("");
  self->invitation = g_strdup ("");
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

TriasKind
trias_setup_get_kind (TriasSetup *self)
{
  return self->kind;
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
