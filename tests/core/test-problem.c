/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include <gio/gio.h>

static void
test_words (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < TRIAS_N_REASONS; i++)
    {
      const char *word = trias_reason_to_word ((TriasReason) i);

      g_assert_nonnull (word);
      g_assert_nonnull (trias_reason_title ((TriasReason) i));
      g_assert_true (g_hash_table_add (seen, (gpointer) word));
      g_assert_cmpint (trias_reason_from_word (word), ==, i);
      g_assert_cmpuint (trias_reason_status ((TriasReason) i), >=, i == 0 ? 200 : 400);
      g_assert_cmpuint (trias_reason_status ((TriasReason) i), <, i == 0 ? 201 : 600);
    }
  g_assert_cmpint (trias_reason_from_word ("from-the-future"), ==, TRIAS_REASON_INTERNAL);
  g_assert_cmpint (trias_reason_from_word (NULL), ==, TRIAS_REASON_INTERNAL);
  g_assert_cmpstr (trias_reason_to_word ((TriasReason) 9999), ==, "internal");
}

static void
test_statuses (void)
{
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_GONE), ==, 410);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_NO_SEATS), ==, 409);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_RULE_DENIED), ==, 403);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_STORAGE), ==, 503);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_LICENSE_INVALID), ==, 422);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_UNREACHABLE), ==, 502);
  g_assert_cmpuint (trias_reason_status (TRIAS_REASON_TIMED_OUT), ==, 504);
}

static void
test_round_trip (void)
{
  g_autoptr (TriasProblem) problem
      = trias_problem_new (TRIAS_REASON_RULE_MISSING, "On “%s” a rule is missing.", "nord");
  g_autoptr (TriasProblem) copy = NULL, read = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  trias_problem_param (trias_problem_param (problem, "server", "nord"), "rule", "Allow \"x\"\n");
  copy = trias_problem_copy (problem);
  text = trias_problem_to_json (copy);
  g_assert_nonnull (strstr (text, "\"status\":409"));
  read = trias_problem_from_json (text, strlen (text), 409);
  g_assert_cmpint (read->reason, ==, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (read->detail, ==, "On “nord” a rule is missing.");
  g_assert_cmpuint (g_hash_table_size (read->params), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (read->params, "rule"), ==, "Allow \"x\"\n");
  error = trias_problem_to_error (read);
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (error->message, ==, read->detail);
}

static void
test_foreign_answers (void)
{
  static const char *const answers[] = {
    "",
    "<html>Bad Gateway</html>",
    "[]",
    "{}",
    "{\"reason\":5,\"detail\":\"x\"}",
    "{\"reason\":\"gone\"}",
    "{\"reason\":\"gone\",\"detail\":\"x\",\"params\":{\"a\":1}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (TriasProblem) problem
          = trias_problem_from_json (answers[i], strlen (answers[i]), 502);

      g_assert_cmpint (problem->reason, ==, TRIAS_REASON_INTERNAL);
      g_assert_nonnull (strstr (problem->detail, "502"));
    }
}

static void
test_newer_answers (void)
{
  static const char unknown[] = "{\"reason\":\"moon\",\"detail\":\"Full moon.\",\"more\":[1]}";
  static const char none[] = "{\"reason\":\"none\",\"detail\":\"All is well.\"}";
  g_autoptr (TriasProblem) newer = trias_problem_from_json (unknown, strlen (unknown), 409);
  g_autoptr (TriasProblem) odd = trias_problem_from_json (none, strlen (none), 400);

  g_assert_cmpint (newer->reason, ==, TRIAS_REASON_INTERNAL);
  g_assert_cmpstr (newer->detail, ==, "Full moon.");
  g_assert_cmpint (odd->reason, ==, TRIAS_REASON_INTERNAL);
}

static void
assert_from (GQuark domain, int code, TriasReason reason)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "What happened.");
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);

  g_assert_cmpint (problem->reason, ==, reason);
  g_assert_cmpstr (problem->detail, ==, "What happened.");
}

static void
test_from_errors (void)
{
  g_autoptr (TriasProblem) none = trias_problem_from_error (NULL);

  assert_from (TRIAS_ERROR, TRIAS_REASON_NO_SEATS, TRIAS_REASON_NO_SEATS);
  assert_from (TRIAS_ERROR, TRIAS_REASON_NONE, TRIAS_REASON_INTERNAL);
  assert_from (TRIAS_ERROR, 12345, TRIAS_REASON_INTERNAL);
  assert_from (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, TRIAS_REASON_TIMED_OUT);
  assert_from (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, TRIAS_REASON_UNREACHABLE);
  assert_from (G_IO_ERROR, G_IO_ERROR_NO_SPACE, TRIAS_REASON_STORAGE);
  assert_from (G_IO_ERROR, G_IO_ERROR_FAILED, TRIAS_REASON_INTERNAL);
  assert_from (G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, TRIAS_REASON_UNREACHABLE);
  assert_from (G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE, TRIAS_REASON_UNREACHABLE);
  assert_from (G_FILE_ERROR, G_FILE_ERROR_NOSPC, TRIAS_REASON_STORAGE);
  assert_from (G_FILE_ERROR, G_FILE_ERROR_ACCES, TRIAS_REASON_INTERNAL);
  g_assert_cmpint (none->reason, ==, TRIAS_REASON_INTERNAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/problem/words", test_words);
  g_test_add_func ("/problem/statuses", test_statuses);
  g_test_add_func ("/problem/round-trip", test_round_trip);
  g_test_add_func ("/problem/foreign-answers", test_foreign_answers);
  g_test_add_func ("/problem/newer-answers", test_newer_answers);
  g_test_add_func ("/problem/from-errors", test_from_errors);
  return g_test_run ();
}
