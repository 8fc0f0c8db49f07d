/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-license-words.h"

#include <glib/gi18n-lib.h>

gboolean
trias_license_needs_triad (const char *state, const char *const *bind)
{
  return g_str_equal (state, "valid") && bind != NULL && bind[0] != NULL;
}

char *
trias_license_words_needing_triad (const char *const *ids)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint n = g_strv_length ((char **) ids);

  for (guint i = 0; i < n; i++)
    {
      g_string_append (list, i == 0 ? "" : ", ");
      /* TRANSLATORS: a name in a list */
      g_string_append_printf (list, _ ("“%s”"), ids[i]);
    }
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
                   "The licence %s is bound to the three servers; without the triad it serves "
                   "nobody.",
                   "The licences %s are bound to the three servers; without the triad they serve "
                   "nobody.",
                   n),
      list->str);
}

char *
trias_license_words_of_ending (GListModel *licenses)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (licenses); i++)
    {
      g_autoptr (TriasLicenseItem) license = g_list_model_get_item (licenses, i);

      if (trias_license_needs_triad (trias_license_item_get_state (license),
                                     trias_license_item_get_bind (license)))
        g_ptr_array_add (ids, (gpointer) trias_license_item_get_id (license));
    }
  if (ids->len == 0)
    return NULL;
  g_ptr_array_add (ids, NULL);
  return trias_license_words_needing_triad ((const char *const *) ids->pdata);
}
