/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What is asked before a triad ends: some licences serve only as long as there is one. */

#include "cli/trias-cli-triad.h"

#include "client/trias-license-words.h"

#define MAX_LICENSES 10000
#define MAX_WORD 1024

static void
note_license (const TriasJson *license, GPtrArray *ids)
{
  TriasJsonReader reader;
  const char *id, *state;
  g_auto (GStrv) bind = NULL;

  trias_json_reader_init (&reader, license);
  id = trias_json_read_string_or (&reader, "id", MAX_WORD, "");
  state = trias_json_read_string_or (&reader, "state", MAX_WORD, "");
  bind = trias_json_read_strv_or_null (&reader, "bind", TRIAS_MAX_MEMBERS, MAX_WORD);
  trias_json_reader_finish_lenient (&reader, NULL);
  if (trias_license_needs_triad (state, (const char *const *) bind))
    g_ptr_array_add (ids, g_strdup (id));
}

gboolean
trias_cli_may_end (TriasCli *cli, TriasRest *rest, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *which = NULL;
  TriasJsonReader reader;
  const TriasJson *licenses;

  if (cli->force)
    return TRUE;
  answer = trias_cli_request (rest, "GET", "/licenses", NULL, error);
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  licenses = trias_json_read_array (&reader, "licenses", MAX_LICENSES);
  for (guint i = 0; licenses != NULL && i < trias_json_length (licenses); i++)
    note_license (trias_json_element (licenses, i), ids);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  if (ids->len == 0)
    return TRUE;
  g_ptr_array_add (ids, NULL);
  which = trias_license_words_needing_triad ((const char *const *) ids->pdata);
  return trias_cli_fail (error, TRIAS_EXIT_FAILED,
                         _ ("%s Install another one first, or repeat the command with --force."),
                         which);
}
