/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-partner-address.h"

#include <string.h>

#include "core/trias-address.h"

#define TOLD_MAX 8

static gboolean
has (GPtrArray *list, const char *text)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (g_ptr_array_index (list, i), text) == 0)
      return TRUE;
  return FALSE;
}

/* All of them, each once; strings are borrowed. */
static GPtrArray *
candidates (TriasPeer *self)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; self->partner->addresses[i] != NULL; i++)
    g_ptr_array_add (list, self->partner->addresses[i]);
  for (guint i = 0; self->partner_told != NULL && self->partner_told[i] != NULL; i++)
    if (!has (list, self->partner_told[i]))
      g_ptr_array_add (list, self->partner_told[i]);
  return list;
}

const char *
trias_partner_address (TriasPeer *self)
{
  g_autoptr (GPtrArray) list = candidates (self);

  /* What it no longer has is no address of it. */
  if (self->partner_where != NULL && has (list, self->partner_where))
    return self->partner_where;
  return self->partner->addresses[0];
}

gboolean
trias_partner_address_failed (TriasPeer *self, const char *address)
{
  g_autoptr (GPtrArray) list = candidates (self);
  guint at = 0;

  /* Another request may have found that before. */
  if (strcmp (address, trias_partner_address (self)) != 0)
    return FALSE;
  while (at < list->len && strcmp (g_ptr_array_index (list, at), address) != 0)
    at++;
  g_free (self->partner_where);
  self->partner_where = g_strdup (g_ptr_array_index (list, (at + 1) % list->len));
  self->partner_turns++;
  return list->len > 1 && self->partner_turns % list->len != 0;
}

void
trias_partner_address_works (TriasPeer *self)
{
  self->partner_turns = 0;
}

static gboolean
is_loopback (const char *text)
{
  g_autoptr (TriasAddress) address = trias_address_parse (text, NULL);
  g_autoptr (GInetAddress) inet
      = address != NULL ? g_inet_address_new_from_string (address->host) : NULL;

  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

void
trias_partner_address_told (TriasPeer *self, const char *const *addresses)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean same_computer = is_loopback (self->partner->addresses[0]);

  for (guint i = 0; addresses != NULL && addresses[i] != NULL && i < TOLD_MAX; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (addresses[i], NULL);
      g_autofree char *usual = NULL;

      /* Its loopback is not ours. */
      if (address == NULL || address->fingerprint != NULL
          || (is_loopback (addresses[i]) && !same_computer))
        continue;
      usual = trias_address_to_string (address, FALSE);
      g_strv_builder_add (builder, usual);
    }
  g_strfreev (self->partner_told);
  self->partner_told = g_strv_builder_end (builder);
}

void
trias_partner_address_forget (TriasPeer *self)
{
  g_clear_pointer (&self->partner_where, g_free);
  g_clear_pointer (&self->partner_told, g_strfreev);
  self->partner_turns = 0;
}

void
trias_partner_address_write (TriasPeer *self, TriasJsonWriter *writer, const char *name)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  for (guint i = 0; self->addresses != NULL && self->addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (self->addresses[i], NULL);
      g_autoptr (GInetAddress) inet
          = address != NULL ? g_inet_address_new_from_string (address->host) : NULL;

      if (address != NULL && (inet == NULL || !g_inet_address_get_is_any (inet)))
        g_ptr_array_add (list, self->addresses[i]);
    }
  g_ptr_array_add (list, NULL);
  trias_json_add_strv (writer, name, (const char *const *) list->pdata);
}
