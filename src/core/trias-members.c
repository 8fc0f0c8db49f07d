/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-address.h"
#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-relationship.h"

#define ADDRESSES_MAX 4

/* Whose addresses shall change. */

static char **
read_addresses (const TriasJson *array, GError **error)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < trias_json_length (array); i++)
    {
      const char *text = trias_json_get_string (trias_json_element (array, i));
      g_autoptr (TriasAddress) address = text != NULL ? trias_address_parse (text, error) : NULL;

      if (address == NULL)
        {
          if (text == NULL)
            g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                         "Addresses are texts (members).");
          return NULL;
        }
      g_ptr_array_add (addresses, trias_address_to_string (address, FALSE));
    }
  if (addresses->len == 0)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "A member needs an address (members).");
      return NULL;
    }
  g_ptr_array_add (addresses, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&addresses), FALSE);
}

GPtrArray *
trias_members_read (const TriasJson *array, GError **error)
{
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_member_free);

  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      TriasJsonReader reader;
      const char *id;
      const TriasJson *list;
      g_auto (GStrv) addresses = NULL;

      trias_json_reader_init (&reader, trias_json_element (array, i));
      reader.path = "members";
      id = trias_json_read_string (&reader, "id", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
      list = trias_json_read_array (&reader, "addresses", ADDRESSES_MAX);
      if (!trias_json_reader_finish (&reader, error)
          || (addresses = read_addresses (list, error)) == NULL)
        return NULL;
      g_ptr_array_add (members, trias_member_new (id, "", (const char *const *) addresses));
    }
  return g_steal_pointer (&members);
}
