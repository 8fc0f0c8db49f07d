/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-left-out.h"

#include <string.h>

/* Others went on without this server. It keeps that, until it belongs to a relationship again. */

#define KEY "left-out"

void
trias_left_out_note (TriasPeer *self, const TriasRelationship *former)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autoptr (GBytes) value = NULL;
  char *text;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", former->id);
  trias_json_add_string (writer, "name", former->name);
  trias_json_add_int (writer, "at", trias_keeper_now (self->keeper));
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new_take (text, strlen (text));
  trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, value, NULL, NULL);
  trias_peer_event (self, "left-out", former->id, "name", former->name);
}

void
trias_left_alone_tell (TriasPeer *self, const TriasRelationship *former)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  guint64 incarnation;
  const char *ended = trias_ledger_get_ended (ledger, &incarnation);
  const char *keep = trias_ledger_get_ended_keep (ledger);
  const TriasMember *member = trias_relationship_find (former, keep);

  if (self->relationship != NULL || strcmp (ended, former->id) != 0 || member == NULL
      || strcmp (keep, self->id) == 0)
    return;
  trias_peer_event (self, "left-alone", former->id, "name", member->name);
}

void
trias_left_out_write (TriasPeer *self, TriasJsonWriter *writer)
{
  GBytes *value = trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY);
  g_autoptr (TriasJson) json
      = value != NULL ? trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                                          TRIAS_JSON_MAX_BYTES, NULL)
                      : NULL;
  g_auto (TriasJsonReader) reader = { 0 };
  const char *id, *name;
  gint64 at;

  if (json == NULL)
    {
      trias_json_add_null (writer, "left_out");
      return;
    }
  trias_json_reader_init (&reader, json);
  id = trias_json_read_string_or (&reader, "id", TRIAS_JSON_MAX_BYTES, "");
  name = trias_json_read_string_or (&reader, "name", TRIAS_JSON_MAX_BYTES, "");
  at = trias_json_read_natural (&reader, "at");
  trias_json_begin_object (writer, "left_out");
  trias_json_add_string (writer, "id", id);
  trias_json_add_string (writer, "name", name);
  trias_json_add_int (writer, "at", at);
  trias_json_end_object (writer);
}

void
trias_left_out_forget (TriasPeer *self)
{
  if (trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY) != NULL)
    trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, NULL, NULL, NULL);
}
