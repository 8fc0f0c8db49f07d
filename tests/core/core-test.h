/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"
#include "core/trias-problem.h"

#include <glib.h>
#include <string.h>

/* What the tests of core share: short ways to JSON and to the reason of a refusal. */

/** Parses JSON that must be good; apostrophes stand for quotes, so that tests stay readable. */
static inline TriasJson *
core_test_json (const char *text)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;
  TriasJson *json = trias_json_parse (quoted, strlen (quoted), TRIAS_JSON_MAX_BYTES, &error);

  g_assert_no_error (error);
  return json;
}

/** The object that @members writes its members into, or a value written under no name. */
static inline TriasJson *
core_test_reparse (TriasJsonWriter *writer)
{
  gsize length;
  g_autofree char *text = trias_json_writer_end (writer, &length);
  GError *error = NULL;
  TriasJson *json;

  g_assert_cmpuint (length, ==, strlen (text));
  json = trias_json_parse (text, length, TRIAS_JSON_MAX_BYTES, &error);
  g_assert_no_error (error);
  return json;
}

/** Ends with an error of @reason; clears it. */
#define core_test_refused(error, reason)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_error ((error), TRIAS_ERROR, (int) (reason));                                         \
    g_assert_cmpint ((int) strlen ((error)->message), >, 10);                                      \
    g_clear_error (&(error));                                                                      \
  }                                                                                                \
  G_STMT_END

/** Random numbers whose seed is printed, and taken from G_TEST_SEED to repeat a run. */
static inline GRand *
core_test_rand (void)
{
  const char *given = g_getenv ("G_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();

  g_test_message ("G_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

#define CORE_TEST_ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CORE_TEST_ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CORE_TEST_ID_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
