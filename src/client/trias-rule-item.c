/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

struct _TriasRuleItem
{
  TriasItem parent_instance;

  TriasRule *rule; /* (owned) (nullable) until read */
  char *text;      /* (owned) */
  gboolean fixed;
};

G_DEFINE_FINAL_TYPE (TriasRuleItem, trias_rule_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_SCOPE,
  PROP_EFFECT,
  PROP_WHO,
  PROP_WHO_VALUE,
  PROP_WHERE,
  PROP_WHERE_VALUE,
  PROP_NOTE,
  PROP_TEXT,
  PROP_FIXED,
};

static void
trias_rule_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasRuleItem *self = TRIAS_RULE_ITEM (object);

  if (self->rule == NULL)
    return;
  switch (id)
    {
    case PROP_SCOPE:
      g_value_set_static_string (value, trias_scope_to_word (self->rule->scope));
      break;
    case PROP_EFFECT:
      g_value_set_static_string (value, trias_effect_to_word (self->rule->effect));
      break;
    case PROP_WHO:
      g_value_set_static_string (value, trias_who_to_word (self->rule->who));
      break;
    case PROP_WHO_VALUE:
      g_value_set_string (value, self->rule->who_value);
      break;
    case PROP_WHERE:
      g_value_set_static_string (value, trias_where_to_word (self->rule->where));
      break;
    case PROP_WHERE_VALUE:
      g_value_set_string (value, self->rule->where_value);
      break;
    case PROP_NOTE:
      g_value_set_string (value, self->rule->note);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_FIXED:
      g_value_set_boolean (value, self->fixed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_rule_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasRuleItem *self = TRIAS_RULE_ITEM (item);
  g_autoptr (TriasRule) rule = trias_rule_read_lenient (json, error);
  g_auto (TriasJsonReader) reader = { 0 };
  gboolean fixed;

  if (rule == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  fixed = trias_json_read_bool_or (&reader, "fixed", FALSE);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  g_clear_pointer (&self->rule, trias_rule_free);
  g_free (self->text);
  self->rule = g_steal_pointer (&rule);
  self->text = trias_rule_to_text (self->rule);
  self->fixed = fixed;
  return TRUE;
}

static void
trias_rule_item_finalize (GObject *object)
{
  TriasRuleItem *self = TRIAS_RULE_ITEM (object);

  g_clear_pointer (&self->rule, trias_rule_free);
  g_free (self->text);
  G_OBJECT_CLASS (trias_rule_item_parent_class)->finalize (object);
}

static void
trias_rule_item_class_init (TriasRuleItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_rule_item_get_property;
  object_class->finalize = trias_rule_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_rule_item_read;
  trias_install_readable (object_class, PROP_SCOPE, "scope", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_EFFECT, "effect", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_WHO, "who", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_WHO_VALUE, "who-value", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_WHERE, "where", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_WHERE_VALUE, "where-value", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_NOTE, "note", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_TEXT, "text", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_FIXED, "fixed", G_TYPE_BOOLEAN);
}

static void
trias_rule_item_init (TriasRuleItem *self)
{
}

const TriasRule *
trias_rule_item_get_rule (TriasRuleItem *self)
{
  return self->rule;
}

const char *
trias_rule_item_get_text (TriasRuleItem *self)
{
  return self->text;
}

gboolean
trias_rule_item_is_fixed (TriasRuleItem *self)
{
  return self->fixed;
}
