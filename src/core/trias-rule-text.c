/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-rule-private.h"

#include "core/trias-problem.h"

#include <string.h>

#define MAX_TEXT_BYTES 1024
#define FROM " from "

static gpointer
fail (GError **error, const char *what)
{
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "%s. A rule reads: allow|deny everyone|user NAME|group NAME|key ID from "
               "everywhere|this-computer|host NAME|domain *.DOMAIN|address ADDRESS|network "
               "ADDRESS/BITS.",
               what);
  return NULL;
}

/* Cuts the first word off @text and returns what follows it, "" if nothing does. */
static char *
cut_word (char *text)
{
  char *rest = text + strcspn (text, " ");

  if (*rest != '\0')
    *rest++ = '\0';
  return g_strchug (rest);
}

TriasRule *
trias_rule_parse (TriasScope scope, const char *text, GError **error)
{
  g_autofree char *copy = NULL;
  g_autofree char *effect_word = NULL;
  char *first, *who_word, *who_value, *where_word, *where_value, *from;
  TriasEffect effect;
  TriasWho who;
  TriasWhere where;

  if (strlen (text) > MAX_TEXT_BYTES || !g_utf8_validate (text, -1, NULL))
    return fail (error, "The rule is too long or is no text");
  copy = g_strdup (text);
  first = g_strstrip (copy);
  who_word = cut_word (first);
  effect_word = g_ascii_strdown (first, -1);
  if (!trias_effect_from_word (effect_word, &effect))
    return fail (error, "The rule must begin with allow or deny");
  /* The last one: a place holds no spaces, but a name may hold this word. */
  from = g_strrstr (who_word, FROM);
  if (from == NULL)
    return fail (error, "The rule does not say from where");
  *from = '\0';
  where_word = g_strstrip (from + strlen (FROM));
  where_value = cut_word (where_word);
  who_value = g_strchomp (cut_word (who_word));
  if (!trias_who_from_word (who_word, &who))
    return fail (error, "The rule does not say for whom it is");
  if (!trias_where_from_word (where_word, &where))
    return fail (error, "The rule names a place that is none");
  return trias_rule_new (NULL, scope, effect, who, who_value, where, where_value, NULL, error);
}

char *
trias_rule_to_text (const TriasRule *self)
{
  return g_strconcat (self->effect == TRIAS_EFFECT_ALLOW ? "Allow " : "Deny ",
                      trias_who_to_word (self->who), self->who_value != NULL ? " " : "",
                      self->who_value != NULL ? self->who_value : "", FROM,
                      trias_where_to_word (self->where), self->where_value != NULL ? " " : "",
                      self->where_value, NULL);
}

static void
write_kind (TriasJsonWriter *writer, const char *name, const char *kind, const char *value)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "kind", kind);
  trias_json_add_string (writer, "value", value);
  trias_json_end_object (writer);
}

void
trias_rule_write (const TriasRule *self, TriasJsonWriter *writer, const char *name)
{
  g_autofree char *text = trias_rule_to_text (self);

  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "scope", trias_scope_to_word (self->scope));
  trias_json_add_string (writer, "effect", trias_effect_to_word (self->effect));
  write_kind (writer, "who", trias_who_to_word (self->who), self->who_value);
  write_kind (writer, "where", trias_where_to_word (self->where), self->where_value);
  trias_json_add_string (writer, "note", self->note);
  trias_json_add_string (writer, "text", text);
  trias_json_end_object (writer);
}

/* Reads `{kind, value}`; both are borrowed from the object. */
static gboolean
read_kind (const TriasJson *object,
           const char *path,
           const char **kind,
           const char **value,
           GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };

  trias_json_reader_init (&reader, object);
  reader.path = path;
  *kind = trias_json_read_string (&reader, "kind", 1, 32);
  *value = trias_json_read_string_or (&reader, "value", 256, NULL);
  return trias_json_reader_finish (&reader, error);
}

static TriasRule *
read_rule (const TriasJson *object, gboolean lenient, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *id, *note, *who_kind, *who_value, *where_kind, *where_value;
  const TriasJson *who_object, *where_object;
  TriasScope scope = TRIAS_SCOPE_USE;
  TriasEffect effect = TRIAS_EFFECT_DENY;
  TriasWho who;
  TriasWhere where;

  trias_json_reader_init (&reader, object);
  id = trias_json_read_string_or (&reader, "id", 64, NULL);
  if (!trias_scope_from_word (trias_json_read_string (&reader, "scope", 1, 32), &scope))
    trias_json_reader_fail (&reader, "scope", "must be use, administer or peer");
  if (!trias_effect_from_word (trias_json_read_string (&reader, "effect", 1, 32), &effect))
    trias_json_reader_fail (&reader, "effect", "must be allow or deny");
  who_object = trias_json_read_object (&reader, "who");
  where_object = trias_json_read_object (&reader, "where");
  note = trias_json_read_string_or (&reader, "note", 256, "");
  trias_json_read_string_or (&reader, "text", MAX_TEXT_BYTES, NULL);
  if (!(lenient ? trias_json_reader_finish_lenient (&reader, error)
                : trias_json_reader_finish (&reader, error))
      || !read_kind (who_object, "who", &who_kind, &who_value, error)
      || !read_kind (where_object, "where", &where_kind, &where_value, error))
    return NULL;
  if (!trias_who_from_word (who_kind, &who))
    return fail (error, "The rule does not say for whom it is");
  if (!trias_where_from_word (where_kind, &where))
    return fail (error, "The rule names a place that is none");
  return trias_rule_new (id, scope, effect, who, who_value, where, where_value, note, error);
}

TriasRule *
trias_rule_read (const TriasJson *object, GError **error)
{
  return read_rule (object, FALSE, error);
}

TriasRule *
trias_rule_read_lenient (const TriasJson *object, GError **error)
{
  return read_rule (object, TRUE, error);
}
