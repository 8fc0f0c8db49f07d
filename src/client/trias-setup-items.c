/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

/* --- a line of the check --- */

struct _TriasCheckItem
{
  GObject parent_instance;

  TriasCheck *check;
  char *server_name;
  char *peer_name;
  gboolean mendable;
  char *mend_text;
};

G_DEFINE_FINAL_TYPE (TriasCheckItem, trias_check_item, G_TYPE_OBJECT)

enum
{
  CHECK_0,
  CHECK_KIND,
  CHECK_SERVER_ID,
  CHECK_SERVER_NAME,
  CHECK_PEER_ID,
  CHECK_PEER_NAME,
  CHECK_STATE,
  CHECK_REASON,
  CHECK_DETAIL,
  CHECK_MENDABLE,
  CHECK_MEND_TEXT,
};

static void
trias_check_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasCheckItem *self = TRIAS_CHECK_ITEM (object);

  switch (id)
    {
    case CHECK_KIND:
      g_value_set_string (value, self->check->kind);
      break;
    case CHECK_SERVER_ID:
      g_value_set_string (value, self->check->server);
      break;
    case CHECK_SERVER_NAME:
      g_value_set_string (value, self->server_name);
      break;
    case CHECK_PEER_ID:
      g_value_set_string (value, self->check->peer);
      break;
    case CHECK_PEER_NAME:
      g_value_set_string (value, self->peer_name);
      break;
    case CHECK_STATE:
      g_value_set_int (value, (int) self->check->state);
      break;
    case CHECK_REASON:
      g_value_set_int (value, (int) self->check->reason_code);
      break;
    case CHECK_DETAIL:
      g_value_set_string (value, self->check->detail);
      break;
    case CHECK_MENDABLE:
      g_value_set_boolean (value, self->mendable);
      break;
    case CHECK_MEND_TEXT:
      g_value_set_string (value, self->mend_text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_check_item_finalize (GObject *object)
{
  TriasCheckItem *self = TRIAS_CHECK_ITEM (object);

  trias_check_free (self->check);
  g_free (self->server_name);
  g_free (self->peer_name);
  g_free (self->mend_text);
  G_OBJECT_CLASS (trias_check_item_parent_class)->finalize (object);
}

static void
trias_check_item_class_init (TriasCheckItemClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_check_item_get_property;
  o->finalize = trias_check_item_finalize;
  trias_install_readable (o, CHECK_KIND, "kind", G_TYPE_STRING);
  trias_install_readable (o, CHECK_SERVER_ID, "server-id", G_TYPE_STRING);
  trias_install_readable (o, CHECK_SERVER_NAME, "server-name", G_TYPE_STRING);
  trias_install_readable (o, CHECK_PEER_ID, "peer-id", G_TYPE_STRING);
  trias_install_readable (o, CHECK_PEER_NAME, "peer-name", G_TYPE_STRING);
  trias_install_readable (o, CHECK_STATE, "state", G_TYPE_INT);
  trias_install_readable (o, CHECK_REASON, "reason", G_TYPE_INT);
  trias_install_readable (o, CHECK_DETAIL, "detail", G_TYPE_STRING);
  trias_install_readable (o, CHECK_MENDABLE, "mendable", G_TYPE_BOOLEAN);
  trias_install_readable (o, CHECK_MEND_TEXT, "mend-text", G_TYPE_STRING);
}

static void
trias_check_item_init (TriasCheckItem *self)
{
  self->check = trias_check_new ("", "", "", TRIAS_CHECK_WAITING);
  self->server_name = g_strdup ("");
  self->peer_name = g_strdup ("");
  self->mend_text = g_strdup ("");
}

TriasCheckItem *
trias_check_item_new (void)
{
  return g_object_new (TRIAS_TYPE_CHECK_ITEM, NULL);
}

typedef struct
{
  TriasSetup *setup;
  const TriasCheck *check;
} CheckUpdate;

static void
apply_check (gpointer object, gpointer data)
{
  TriasCheckItem *self = object;
  const CheckUpdate *update = data;
  const TriasCheck *check = update->check;

  trias_check_free (self->check);
  self->check = trias_check_copy (check);
  g_free (self->server_name);
  self->server_name = trias_setup_name_of (update->setup, check->server, check);
  g_free (self->peer_name);
  self->peer_name = trias_setup_name_of (update->setup, check->peer, check);
  self->mendable = check->mend != NULL && check->state == TRIAS_CHECK_FAILED
                   && trias_setup_find_server (update->setup, check->server) != NULL;
  g_free (self->mend_text);
  self->mend_text = check->mend != NULL ? trias_rule_to_text (check->mend) : g_strdup ("");
}

void
trias_check_item_set (TriasCheckItem *self, TriasSetup *setup, const TriasCheck *check)
{
  CheckUpdate update = { setup, check };

  trias_object_change (G_OBJECT (self), apply_check, &update);
}

const TriasCheck *
trias_check_item_get_check (TriasCheckItem *self)
{
  return self->check;
}

const char *
trias_check_item_get_param (TriasCheckItem *self, const char *name)
{
  return self->check->params != NULL ? g_hash_table_lookup (self->check->params, name) : NULL;
}

const char *
trias_check_item_get_server_name (TriasCheckItem *self)
{
  return self->server_name;
}

const char *
trias_check_item_get_peer_name (TriasCheckItem *self)
{
  return self->peer_name;
}

gboolean
trias_check_item_get_mendable (TriasCheckItem *self)
{
  return self->mendable;
}

/* --- a rule that was made --- */

struct _TriasMadeRule
{
  GObject parent_instance;

  TriasServer *server;
  TriasRule *rule;
  char *text;
};

G_DEFINE_FINAL_TYPE (TriasMadeRule, trias_made_rule, G_TYPE_OBJECT)

enum
{
  MADE_0,
  MADE_SERVER,
  MADE_SERVER_NAME,
  MADE_RULE_ID,
  MADE_TEXT
};

static void
trias_made_rule_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasMadeRule *self = TRIAS_MADE_RULE (object);

  switch (id)
    {
    case MADE_SERVER:
      g_value_set_object (value, self->server);
      break;
    case MADE_SERVER_NAME:
      g_value_set_string (value, trias_server_get_name (self->server));
      break;
    case MADE_RULE_ID:
      g_value_set_string (value, self->rule->id);
      break;
    case MADE_TEXT:
      g_value_set_string (value, self->text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_made_rule_finalize (GObject *object)
{
  TriasMadeRule *self = TRIAS_MADE_RULE (object);

  g_clear_object (&self->server);
  trias_rule_free (self->rule);
  g_free (self->text);
  G_OBJECT_CLASS (trias_made_rule_parent_class)->finalize (object);
}

static void
trias_made_rule_class_init (TriasMadeRuleClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_made_rule_get_property;
  o->finalize = trias_made_rule_finalize;
  trias_install_readable (o, MADE_SERVER, "server", TRIAS_TYPE_SERVER);
  trias_install_readable (o, MADE_SERVER_NAME, "server-name", G_TYPE_STRING);
  trias_install_readable (o, MADE_RULE_ID, "rule-id", G_TYPE_STRING);
  trias_install_readable (o, MADE_TEXT, "text", G_TYPE_STRING);
}

static void
trias_made_rule_init (TriasMadeRule *self)
{
}

TriasMadeRule *
trias_made_rule_new (TriasServer *server, const TriasRule *rule)
{
  TriasMadeRule *self = g_object_new (TRIAS_TYPE_MADE_RULE, NULL);

  self->server = g_object_ref (server);
  self->rule = trias_rule_copy (rule);
  self->text = trias_rule_to_text (rule);
  return self;
}

TriasServer *
trias_made_rule_get_server (TriasMadeRule *self)
{
  return self->server;
}

const TriasRule *
trias_made_rule_get_rule (TriasMadeRule *self)
{
  return self->rule;
}

/* --- a step of forming --- */

struct _TriasSetupStep
{
  GObject parent_instance;

  char *kind;
  TriasCheckState state;
  char *detail;
};

G_DEFINE_FINAL_TYPE (TriasSetupStep, trias_setup_step, G_TYPE_OBJECT)

enum
{
  STEP_0,
  STEP_KIND,
  STEP_STATE,
  STEP_DETAIL
};

static void
trias_setup_step_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasSetupStep *self = TRIAS_SETUP_STEP (object);

  switch (id)
    {
    case STEP_KIND:
      g_value_set_string (value, self->kind);
      break;
    case STEP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case STEP_DETAIL:
      g_value_set_string (value, self->detail);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
trias_setup_step_finalize (GObject *object)
{
  TriasSetupStep *self = TRIAS_SETUP_STEP (object);

  g_free (self->kind);
  g_free (self->detail);
  G_OBJECT_CLASS (trias_setup_step_parent_class)->finalize (object);
}

static void
trias_setup_step_class_init (TriasSetupStepClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_setup_step_get_property;
  o->finalize = trias_setup_step_finalize;
  trias_install_readable (o, STEP_KIND, "kind", G_TYPE_STRING);
  trias_install_readable (o, STEP_STATE, "state", G_TYPE_INT);
  trias_install_readable (o, STEP_DETAIL, "detail", G_TYPE_STRING);
}

static void
trias_setup_step_init (TriasSetupStep *self)
{
  self->detail = g_strdup ("");
}

TriasSetupStep *
trias_setup_step_new (const char *kind)
{
  TriasSetupStep *self = g_object_new (TRIAS_TYPE_SETUP_STEP, NULL);

  self->kind = g_strdup (kind);
  return self;
}

typedef struct
{
  TriasCheckState state;
  const char *detail;
} StepUpdate;

static void
apply_step (gpointer object, gpointer data)
{
  TriasSetupStep *self = object;
  const StepUpdate *update = data;

  self->state = update->state;
  g_free (self->detail);
  self->detail = g_strdup (update->detail);
}

void
trias_setup_step_set (TriasSetupStep *self, TriasCheckState state, const char *detail)
{
  StepUpdate update = { state, detail != NULL ? detail : "" };

  trias_object_change (G_OBJECT (self), apply_step, &update);
}

const char *
trias_setup_step_get_kind (TriasSetupStep *self)
{
  return self->kind;
}

TriasCheckState
trias_setup_step_get_state (TriasSetupStep *self)
{
  return self->state;
}
