/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

/* Texts that must be refused; each is wrong in one way. */
static const char *const bad_texts[] = {
  "",
  " ",
  "{",
  "[",
  "}",
  "[1,]",
  "[,1]",
  "[1 2]",
  "{\"a\"}",
  "{\"a\":}",
  "{\"a\":1,}",
  "{a:1}",
  "{'a':1}",
  "{\"a\":'b'}",
  "{1:2}",
  "{\"a\":1}{}",
  "{\"a\":1} x",
  "[1]]",
  "// comment\n{}",
  "/* comment */ {}",
  "{} // comment",
  "# comment\n{}",
  "var x = {}",
  "nul",
  "nulll",
  "TRUE",
  "True",
  "NaN",
  "Infinity",
  "-",
  "+1",
  "01",
  "-01",
  "1.",
  ".5",
  "1e",
  "1e+",
  "0x10",
  "1_000",
  "1e400",
  "9223372036854775808",
  "-9223372036854775808",
  "99999999999999999999999999",
  "\"",
  "\"\\\"",
  "\"\\x41\"",
  "\"\\u12\"",
  "\"\\u0000\"",
  "\"\\ud800\"",
  "\"\\udc00\"",
  "\"\\ud800\\u0041\"",
  "\"\\ud800x\"",
  "\"a\nb\"",
  "\"a\tb\"",
  "\"\x01\"",
  "\"\xff\"",
  "\"\xc0\x80\"",
  "\"\xed\xa0\x80\"",
  "\xef\xbb\xbf{}",
  "{\"a\":1,\"a\":1}",
  "{\"a\":1,\"\\u0061\":2}",
  "[{\"x\":{\"a\":1,\"b\":2,\"a\":null}}]",
};

static void
test_refuses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_texts); i++)
    {
      GError *error = NULL;
      TriasJson *json = trias_json_parse (bad_texts[i], strlen (bad_texts[i]), 1000, &error);

      if (json != NULL)
        g_error ("taken although wrong: %s", bad_texts[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
}

static const char *const good_texts[] = {
  "null",
  "true",
  "[]",
  "{}",
  "[1,-1,0,-0,1.5,-2.5e3,1E-2]",
  "9223372036854775807",
  "-9223372036854775807",
  " { \"a\" : [ 1 , { } ] } \r\n\t",
  "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00\"",
  "\"äöü€😀\"",
  "{\"a\":{\"a\":{\"a\":1}}}",
  "[\"a\",\"a\"]",
};

static void
test_accepts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_texts); i++)
    {
      GError *error = NULL;
      g_autoptr (TriasJson) json
          = trias_json_parse (good_texts[i], strlen (good_texts[i]), 1000, &error);
      g_autofree char *text = NULL;
      g_autoptr (TriasJson) again = NULL;
      g_autofree char *second = NULL;

      g_assert_no_error (error);
      text = trias_json_to_string (json);
      again = trias_json_parse (text, strlen (text), 1000, &error);
      g_assert_no_error (error);
      second = trias_json_to_string (again);
      g_assert_cmpstr (second, ==, text);
    }
}

static void
test_nul (void)
{
  static const char in_text[] = "{\"a\":\"x\0y\"}";
  static const char after[] = "{}\0";
  GError *error = NULL;

  g_assert_null (trias_json_parse (in_text, sizeof in_text - 1, 1000, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  g_assert_null (trias_json_parse (after, sizeof after, 1000, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  g_assert_null (trias_json_parse (NULL, 0, 1000, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_size (void)
{
  GError *error = NULL;
  g_autoptr (TriasJson) fits = trias_json_parse ("[1,2]", 5, 5, &error);

  g_assert_no_error (error);
  g_assert_nonnull (fits);
  g_assert_null (trias_json_parse ("[1,2]", 5, 4, &error));
  core_test_refused (error, TRIAS_REASON_TOO_LARGE);
}

static char *
nest (guint depth, char open, char shut)
{
  char *text = g_malloc (2 * (gsize) depth + 1);

  memset (text, open, depth);
  memset (text + depth, shut, depth);
  text[2 * (gsize) depth] = '\0';
  return text;
}

static void
test_depth (void)
{
  g_autofree char *deepest = nest (TRIAS_JSON_MAX_DEPTH, '[', ']');
  g_autofree char *deeper = nest (TRIAS_JSON_MAX_DEPTH + 1, '[', ']');
  g_autofree char *abyss = nest (100000, '[', ']');
  GError *error = NULL;
  g_autoptr (TriasJson) json = trias_json_parse (deepest, strlen (deepest), G_MAXSIZE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (json);
  g_assert_null (trias_json_parse (deeper, strlen (deeper), G_MAXSIZE, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  g_assert_null (trias_json_parse (abyss, strlen (abyss), G_MAXSIZE, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  g_assert_null (trias_json_parse (abyss, 100000, G_MAXSIZE, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_reader (void)
{
  g_autoptr (TriasJson) json = core_test_json (
      "{'s':'text','i':-5,'big':'9007199254740993','b':true,'o':{'x':1},'a':[1,'two'],"
      "'v':['p','q'],'n':null}");
  TriasJsonReader reader;
  const TriasJson *array;
  g_auto (GStrv) values = NULL;
  GError *error = NULL;

  trias_json_reader_init (&reader, json);
  g_assert_cmpstr (trias_json_read_string (&reader, "s", 4, 4), ==, "text");
  g_assert_cmpint (trias_json_read_int (&reader, "i", -5, 5), ==, -5);
  g_assert_cmpint (trias_json_read_int (&reader, "big", 0, G_MAXINT64), ==, 9007199254740993);
  g_assert_true (trias_json_read_bool (&reader, "b"));
  g_assert_true (trias_json_is_object (trias_json_read_object (&reader, "o")));
  array = trias_json_read_array (&reader, "a", 2);
  g_assert_cmpuint (trias_json_length (array), ==, 2);
  g_assert_null (trias_json_get_string (trias_json_element (array, 0)));
  g_assert_cmpstr (trias_json_get_string (trias_json_element (array, 1)), ==, "two");
  g_assert_null (trias_json_element (array, 2));
  values = trias_json_read_strv_or_null (&reader, "v", 2, 1);
  g_assert_cmpuint (g_strv_length (values), ==, 2);
  g_assert_null (trias_json_read_object_or_null (&reader, "n"));
  g_assert_cmpstr (trias_json_read_string_or (&reader, "n", 9, "none"), ==, "none");
  g_assert_cmpint (trias_json_read_int_or (&reader, "absent", 0, 9, 7), ==, 7);
  g_assert_cmpint (trias_json_read_natural (&reader, "big"), ==, 9007199254740993);
  g_assert_cmpint (trias_json_read_natural (&reader, "absent"), ==, 0);
  g_assert_true (trias_json_read_bool_or (&reader, "absent", TRUE));
  g_assert_null (trias_json_read_array_or_null (&reader, "absent", 1));
  g_assert_true (trias_json_reader_finish (&reader, &error));
  g_assert_no_error (error);
}

typedef void (*Read) (TriasJsonReader *reader);

static void
assert_refused (const char *text, Read read, const char *naming)
{
  g_autoptr (TriasJson) json = core_test_json (text);
  g_autoptr (GError) error = NULL;
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  read (&reader);
  g_assert_false (trias_json_reader_finish_lenient (&reader, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
  if (strstr (error->message, naming) == NULL)
    g_error ("“%s” does not name “%s”", error->message, naming);
}

static void
read_s (TriasJsonReader *reader)
{
  /* Never NULL: readers look at strings before they end. */
  g_assert_nonnull (trias_json_read_string (reader, "s", 2, 4));
}

static void
read_i (TriasJsonReader *reader)
{
  gint64 number = trias_json_read_int (reader, "i", 2, 4);

  g_assert_cmpint (number, >=, 2);
  g_assert_cmpint (number, <=, 4);
}

static void
read_n (TriasJsonReader *reader)
{
  g_assert_cmpint (trias_json_read_natural (reader, "n"), ==, 0);
}

static void
read_b (TriasJsonReader *reader)
{
  g_assert_false (trias_json_read_bool (reader, "b"));
}

static void
read_o (TriasJsonReader *reader)
{
  g_assert_null (trias_json_read_object (reader, "o"));
}

static void
read_a (TriasJsonReader *reader)
{
  g_assert_null (trias_json_read_array (reader, "a", 2));
}

static void
read_v (TriasJsonReader *reader)
{
  g_assert_null (trias_json_read_strv_or_null (reader, "v", 2, 3));
}

static void
test_reader_refuses (void)
{
  assert_refused ("{}", read_s, "“s” is missing");
  assert_refused ("{'s':null}", read_s, "“s” is missing");
  assert_refused ("{'s':1}", read_s, "“s”");
  assert_refused ("{'s':'x'}", read_s, "“s”");
  assert_refused ("{'s':'xxxxx'}", read_s, "“s”");
  assert_refused ("{'i':1}", read_i, "“i”");
  assert_refused ("{'i':5}", read_i, "2 to 4");
  assert_refused ("{'i':3.0}", read_i, "“i”");
  assert_refused ("{'i':true}", read_i, "“i”");
  assert_refused ("{'i':'+3'}", read_i, "“i”");
  assert_refused ("{'i':' 3'}", read_i, "“i”");
  assert_refused ("{'i':'3 '}", read_i, "“i”");
  assert_refused ("{'i':''}", read_i, "“i”");
  assert_refused ("{'i':'99999999999999999999'}", read_i, "“i”");
  assert_refused ("{'n':-1}", read_n, "“n”");
  assert_refused ("{'b':1}", read_b, "“b”");
  assert_refused ("{'b':'true'}", read_b, "“b”");
  assert_refused ("{'o':[]}", read_o, "“o”");
  assert_refused ("{'a':{}}", read_a, "“a”");
  assert_refused ("{'a':[1,2,3]}", read_a, "“a”");
  assert_refused ("{'v':['x',1]}", read_v, "“v”");
  assert_refused ("{'v':['xxxx']}", read_v, "“v”");
  assert_refused ("[]", read_s, "missing");
}

static void
test_reader_keeps_first (void)
{
  g_autoptr (TriasJson) json = core_test_json ("{'a':1,'b':2}");
  g_autoptr (GError) error = NULL;
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  reader.path = "outer";
  trias_json_read_string (&reader, "a", 0, 9);
  trias_json_read_string (&reader, "b", 0, 9);
  trias_json_reader_fail (&reader, "c", "is wrong");
  g_assert_false (trias_json_reader_finish (&reader, &error));
  g_assert_nonnull (strstr (error->message, "“outer.a”"));
}

static void
test_reader_unknown (void)
{
  g_autoptr (TriasJson) json = core_test_json ("{'a':1,'typo':2}");
  GError *error = NULL;
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  trias_json_read_int (&reader, "a", 0, 9);
  trias_json_read_int (&reader, "a", 0, 9);
  g_assert_false (trias_json_reader_finish (&reader, &error));
  g_assert_nonnull (strstr (error->message, "typo"));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);

  trias_json_reader_init (&reader, json);
  trias_json_read_int (&reader, "a", 0, 9);
  g_assert_true (trias_json_reader_finish_lenient (&reader, &error));
  g_assert_no_error (error);
}

static void
test_reader_many (void)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL;
  TriasJsonReader reader;
  GError *error = NULL;

  trias_json_begin_object (writer, NULL);
  for (int i = 0; i < 65; i++)
    {
      g_autofree char *name = g_strdup_printf ("m%d", i);

      trias_json_add_int (writer, name, i);
    }
  trias_json_end_object (writer);
  json = core_test_reparse (writer);
  trias_json_reader_init (&reader, json);
  for (int i = 0; i < 65; i++)
    {
      g_autofree char *name = g_strdup_printf ("m%d", i);

      g_assert_cmpint (trias_json_read_int (&reader, name, 0, 99), ==, i);
    }
  /* Beyond the bits there are, refusing is the safe side. */
  g_assert_false (trias_json_reader_finish (&reader, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_reader_missing_object (void)
{
  TriasJsonReader reader;
  GError *error = NULL;

  trias_json_reader_init (&reader, NULL);
  g_assert_cmpstr (trias_json_read_string (&reader, "s", 1, 9), ==, "");
  g_assert_false (trias_json_reader_finish (&reader, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  g_assert_false (trias_json_reader_finish (&reader, NULL));
}

static void
test_writer (void)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  static const char *const values[] = { "x", "[", NULL };
  g_autofree char *text = NULL, *empty = NULL, *again = NULL;
  gsize length;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "s", "a\"b\\c\n\t\x01ä{");
  trias_json_add_string (writer, "nothing", NULL);
  trias_json_add_int (writer, "i", -7);
  trias_json_add_int (writer, "safe", 9007199254740992);
  trias_json_add_int (writer, "big", 9007199254740993);
  trias_json_add_int (writer, "least", G_MININT64);
  trias_json_add_bool (writer, "b", FALSE);
  trias_json_add_null (writer, "n");
  trias_json_add_strv (writer, "v", values);
  trias_json_begin_array (writer, "e");
  trias_json_end_array (writer);
  trias_json_begin_object (writer, "o");
  trias_json_end_object (writer);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, &length);
  g_assert_cmpuint (length, ==, strlen (text));
  g_assert_cmpstr (text, ==,
                   "{\"s\":\"a\\\"b\\\\c\\n\\t\\u0001ä{\",\"nothing\":null,\"i\":-7,"
                   "\"safe\":9007199254740992,\"big\":\"9007199254740993\","
                   "\"least\":\"-9223372036854775808\",\"b\":false,\"n\":null,"
                   "\"v\":[\"x\",\"[\"],\"e\":[],\"o\":{}}");
  empty = trias_json_writer_end (writer, NULL);
  g_assert_cmpstr (empty, ==, "");
  trias_json_add_string (writer, NULL, "bad \xff utf-8");
  again = trias_json_writer_end (writer, NULL);
  g_assert_true (g_utf8_validate (again, -1, NULL));
  g_assert_nonnull (strstr (again, "\xef\xbf\xbd"));
}

static void
test_int_round_trip (void)
{
  static const gint64 numbers[]
      = { 0, 1, -1, 9007199254740991, 9007199254740992, 9007199254740993, G_MAXINT64, G_MININT64 };
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (TriasJson) json = NULL;
      TriasJsonReader reader;

      trias_json_begin_object (writer, NULL);
      trias_json_add_int (writer, "n", numbers[i]);
      trias_json_end_object (writer);
      json = core_test_reparse (writer);
      trias_json_reader_init (&reader, json);
      g_assert_cmpint (trias_json_read_int (&reader, "n", G_MININT64, G_MAXINT64), ==, numbers[i]);
      g_assert_true (trias_json_reader_finish (&reader, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/refuses", test_refuses);
  g_test_add_func ("/json/accepts", test_accepts);
  g_test_add_func ("/json/nul", test_nul);
  g_test_add_func ("/json/size", test_size);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/reader", test_reader);
  g_test_add_func ("/json/reader/refuses", test_reader_refuses);
  g_test_add_func ("/json/reader/keeps-first", test_reader_keeps_first);
  g_test_add_func ("/json/reader/unknown", test_reader_unknown);
  g_test_add_func ("/json/reader/many", test_reader_many);
  g_test_add_func ("/json/reader/missing-object", test_reader_missing_object);
  g_test_add_func ("/json/writer", test_writer);
  g_test_add_func ("/json/int-round-trip", test_int_round_trip);
  return g_test_run ();
}
