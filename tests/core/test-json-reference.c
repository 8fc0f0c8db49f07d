/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include <json-glib/json-glib.h>

/* Random texts mean the same to our reader as to json-glib, which understands exact JSON well. */

#define TEXTS 3000
#define DEEPEST 6

static const char *const pieces[] = {
  "a",       "Z",    " ",   "ä",   "€",   "😀",       "\\\"",    "\\\\",           "\\/",
  "\\b",     "\\f",  "\\n", "\\r", "\\t", "\\u00e4", "\\u20AC", "\\ud83d\\ude00", "\\uDBFF\\uDFFF",
  "\\u0001", "\x7f", "{",   "]",   ":",   ",",
};

static const char *const numbers[] = {
  "0",
  "-0",
  "7",
  "-12",
  "9223372036854775807",
  "-9223372036854775807",
  "1.5",
  "-2.5e3",
  "1E-2",
  "123456.789",
  "0.1",
  "1e300",
};

static const char *const words[] = { "true", "false", "null" };

#define PICK(rand, of) (of)[g_rand_int_range (rand, 0, G_N_ELEMENTS (of))]

static void write_value (GString *out, GRand *rand, guint depth);

static void
write_space (GString *out, GRand *rand)
{
  static const char *const spaces[] = { "", "", "", " ", "\n", "\r\n", "\t " };

  g_string_append (out, PICK (rand, spaces));
}

/* @number makes names of one object differ. */
static void
write_string (GString *out, GRand *rand, int number)
{
  g_string_append_c (out, '"');
  for (int i = g_rand_int_range (rand, 0, 8); i > 0; i--)
    g_string_append (out, PICK (rand, pieces));
  if (number >= 0)
    g_string_append_printf (out, "%d", number);
  g_string_append_c (out, '"');
}

static void
write_children (GString *out, GRand *rand, guint depth, gboolean object)
{
  int n = g_rand_int_range (rand, 0, g_rand_int_range (rand, 0, 20) == 0 ? 60 : 5);

  g_string_append_c (out, object ? '{' : '[');
  for (int i = 0; i < n; i++)
    {
      write_space (out, rand);
      if (object)
        {
          write_string (out, rand, i);
          write_space (out, rand);
          g_string_append_c (out, ':');
        }
      write_value (out, rand, depth + 1);
      if (i < n - 1)
        g_string_append_c (out, ',');
    }
  write_space (out, rand);
  g_string_append_c (out, object ? '}' : ']');
}

static void
write_value (GString *out, GRand *rand, guint depth)
{
  write_space (out, rand);
  switch (g_rand_int_range (rand, depth < DEEPEST ? 0 : 2, 6))
    {
    case 0:
      write_children (out, rand, depth, TRUE);
      break;
    case 1:
      write_children (out, rand, depth, FALSE);
      break;
    case 2:
    case 3:
      write_string (out, rand, -1);
      break;
    case 4:
      g_string_append (out, PICK (rand, numbers));
      break;
    default:
      g_string_append (out, PICK (rand, words));
    }
  write_space (out, rand);
}

static void assert_same (const TriasJson *ours, JsonNode *theirs);

typedef struct
{
  JsonObjectIter theirs;
  guint n;
} Walk;

static void
assert_same_member (const char *name, const TriasJson *value, gpointer user_data)
{
  Walk *walk = user_data;
  const char *their_name;
  JsonNode *theirs;

  g_assert_true (json_object_iter_next_ordered (&walk->theirs, &their_name, &theirs));
  g_assert_cmpstr (name, ==, their_name);
  assert_same (value, theirs);
  walk->n++;
}

static void
assert_same_object (const TriasJson *ours, JsonObject *theirs)
{
  Walk walk = { 0 };

  json_object_iter_init_ordered (&walk.theirs, theirs);
  trias_json_foreach (ours, assert_same_member, &walk);
  g_assert_cmpuint (walk.n, ==, json_object_get_size (theirs));
}

static void
assert_same_scalar (const TriasJson *ours, JsonNode *theirs)
{
  GType type = json_node_get_value_type (theirs);
  gboolean truth;
  gint64 number;

  if (type == G_TYPE_STRING)
    g_assert_cmpstr (trias_json_get_string (ours), ==, json_node_get_string (theirs));
  else if (type == G_TYPE_BOOLEAN)
    g_assert_true (trias_json_get_bool (ours, &truth) && !truth == !json_node_get_boolean (theirs));
  else if (type == G_TYPE_INT64)
    g_assert_true (trias_json_get_int (ours, &number) && number == json_node_get_int (theirs));
  else
    {
      g_autofree char *text = trias_json_to_string (ours);

      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (text, NULL), json_node_get_double (theirs),
                                      G_MINDOUBLE);
    }
}

static void
assert_same (const TriasJson *ours, JsonNode *theirs)
{
  g_assert_cmpint (trias_json_is_object (ours), ==, JSON_NODE_HOLDS_OBJECT (theirs));
  g_assert_cmpint (trias_json_is_array (ours), ==, JSON_NODE_HOLDS_ARRAY (theirs));
  g_assert_cmpint (trias_json_is_null (ours), ==, JSON_NODE_HOLDS_NULL (theirs));
  if (JSON_NODE_HOLDS_OBJECT (theirs))
    assert_same_object (ours, json_node_get_object (theirs));
  else if (JSON_NODE_HOLDS_ARRAY (theirs))
    {
      JsonArray *array = json_node_get_array (theirs);

      g_assert_cmpuint (trias_json_length (ours), ==, json_array_get_length (array));
      for (guint i = 0; i < json_array_get_length (array); i++)
        assert_same (trias_json_element (ours, i), json_array_get_element (array, i));
    }
  else if (JSON_NODE_HOLDS_VALUE (theirs))
    assert_same_scalar (ours, theirs);
}

static void
test_reference (void)
{
  g_autoptr (GRand) rand = core_test_rand ();

  for (guint i = 0; i < TEXTS; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (JsonParser) parser = json_parser_new_immutable ();
      g_autoptr (TriasJson) ours = NULL;
      g_autoptr (GError) error = NULL;

      write_value (text, rand, 0);
      ours = trias_json_parse (text->str, text->len, G_MAXSIZE, &error);
      if (ours == NULL)
        g_error ("%s\n%s", error->message, text->str);
      g_assert_true (json_parser_load_from_data (parser, text->str, (gssize) text->len, NULL));
      assert_same (ours, json_parser_get_root (parser));
    }
}

/* Long objects are searched for twins in another way than short ones; the cost must stay small. */
static void
test_twins (void)
{
  for (guint n = 2; n < 200; n += 7)
    for (guint twin = 0; twin < n; twin += 5)
      {
        g_autoptr (GString) text = g_string_new ("{");
        GError *error = NULL;

        for (guint i = 0; i < n; i++)
          g_string_append_printf (text, "%s\"m%u\":[{}]", i > 0 ? "," : "", i == twin ? n - 1 : i);
        g_string_append_c (text, '}');
        if (twin == n - 1)
          trias_json_free (trias_json_parse (text->str, text->len, G_MAXSIZE, &error));
        else
          {
            g_assert_null (trias_json_parse (text->str, text->len, G_MAXSIZE, &error));
            core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
          }
        g_assert_no_error (error);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-reference/random", test_reference);
  g_test_add_func ("/json-reference/twins", test_twins);
  return g_test_run ();
}
