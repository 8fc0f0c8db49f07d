/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

static void
write_settings (const TriasSettings *settings, TriasCall *call)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_settings_write (settings, writer, NULL);
  trias_call_json (call, 200, writer);
}

void
trias_api_get_settings (TriasCall *call)
{
  write_settings (trias_ledger_get_settings (trias_api_ledger (call->api)), call);
}

/* A backup server adopts what the main server carried out a moment later, so the answer is what was
 * asked for and not yet what this ledger has. */
static void
on_set (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (!trias_call_is_over (call) && trias_call_check (call, outcome))
    write_settings (call->data, call);
}

void
trias_api_patch_settings (TriasCall *call)
{
  TriasApi *self = call->api;
  const TriasJson *body = trias_call_body (call);
  g_autoptr (GError) error = NULL;
  TriasSettings *settings;

  if (body == NULL)
    return;
  settings
      = trias_settings_read (body, trias_ledger_get_settings (trias_api_ledger (self)), &error);
  if (settings == NULL)
    {
      trias_call_error (call, error);
      return;
    }
  trias_call_set_data (call, settings, (GDestroyNotify) trias_settings_free);
  trias_peer_submit_shared (
      self->peer,
      trias_command_set_settings (trias_keeper_now (self->keeper), settings, call->admin), on_set,
      call);
}
