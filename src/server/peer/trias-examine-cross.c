/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"

/* The part of a check between the others: each is asked whether it reaches the rest of them. What
 * it finds tells of both ends: whether it gets there, and whether a rule there lets it in. */

#define CROSS_TIMEOUT_MS 8000

typedef struct
{
  TriasCheckRun *run;
  void (*done) (TriasExamination *examination);
} Asked;

/* What one of them found on its way to another; strings borrowed from its answer. */
typedef struct
{
  TriasReason reach;
  const char *reach_detail, *address;
  gboolean let_in;
} Crossing;

static TriasCheck *
add_check (TriasCheckRun *on, const char *kind, const TriasCheckRun *about, TriasCheckState state)
{
  TriasCheck *check = trias_check_run_add (on, kind, TRUE, state);

  g_free (check->peer);
  check->peer = g_strdup (about->other != NULL ? about->other : "");
  trias_check_param (check, "peer_name", about->other_name);
  return check;
}

static void
wait_for (TriasCheckRun *on, const char *kind, const TriasCheckRun *about)
{
  TriasCheck *check = add_check (on, kind, about, TRIAS_CHECK_WAITING);

  trias_check_set_detail (check, "Not checked yet: what comes before it did not pass.");
}

/* @from reaches @to at @to's address, and @to lets it in. */
static void
add_crossing (TriasCheckRun *from, TriasCheckRun *to, const Crossing *crossing)
{
  gboolean reached = crossing->reach == TRIAS_REASON_NONE;
  TriasCheck *check
      = add_check (from, "reach-back", to, reached ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  trias_check_param (check, "address", to->address);
  if (!reached)
    {
      check->reason_code = crossing->reach;
      trias_check_set_detail (check, "'%s' does not reach the server '%s' at %s: %s",
                              from->other_name, to->other_name, to->address,
                              crossing->reach_detail);
      wait_for (to, "rule", from);
      return;
    }
  trias_check_set_detail (check, "'%s' reaches the server '%s' at %s.", from->other_name,
                          to->other_name, to->address);
  check = add_check (to, "rule", from, crossing->let_in ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);
  trias_check_param (check, "seen_address", crossing->address);
  if (crossing->let_in)
    trias_check_set_detail (check, "A rule on '%s' lets the server '%s' in.", to->other_name,
                            from->other_name);
  else
    trias_check_miss_rule (check, to->other_name, from->other, crossing->address);
}

static gboolean
read_crossing (const TriasJson *json, const char *id, Crossing *crossing)
{
  const TriasJson *list;
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  list = trias_json_read_array (&reader, "crossings", TRIAS_MAX_MEMBERS);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  for (guint i = 0; i < trias_json_length (list); i++)
    {
      TriasJsonReader entry;
      const char *to, *reach;

      trias_json_reader_init (&entry, trias_json_element (list, i));
      to = trias_json_read_string (&entry, "id", 1, TRIAS_ID_LENGTH);
      reach = trias_json_read_string (&entry, "reach", 1, 64);
      crossing->reach_detail = trias_json_read_string_or (&entry, "reach_detail", 1024, "");
      crossing->let_in = trias_json_read_bool (&entry, "let_in");
      crossing->address = trias_json_read_string (&entry, "address", 0, 64);
      if (!trias_json_reader_finish_lenient (&entry, NULL) || strcmp (to, id) != 0)
        continue;
      crossing->reach = trias_reason_from_word (reach);
      return TRUE;
    }
  return FALSE;
}

static void
on_crossed (const TriasPeerAnswer *answer, gpointer user_data)
{
  Asked *asked = user_data;
  TriasExamination *self = asked->run->examination;

  for (guint i = 0; i < self->runs->len; i++)
    {
      TriasCheckRun *to = g_ptr_array_index (self->runs, i);
      Crossing crossing = { TRIAS_REASON_NONE };

      if (to == asked->run)
        continue;
      if (answer->problem != NULL)
        crossing = (Crossing){ answer->problem->reason, answer->problem->detail, "", FALSE };
      else if (!read_crossing (answer->json, to->other, &crossing))
        crossing = (Crossing){ TRIAS_REASON_VERSION, "Its answer is not understood.", "", FALSE };
      add_crossing (asked->run, to, &crossing);
    }
  if (--self->waiting == 0)
    asked->done (self);
  g_free (asked);
}

static char *
cross_body (TriasCheckRun *run)
{
  GPtrArray *runs = run->examination->runs;
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_check_run_write_permit (run, writer);
  trias_json_begin_array (writer, "others");
  for (guint i = 0; i < runs->len; i++)
    {
      const TriasCheckRun *to = g_ptr_array_index (runs, i);

      if (to == run)
        continue;
      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", to->other);
      trias_json_add_string (writer, "address", to->address);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

/* Between servers of which one has not answered yet there is nothing to ask. Members know each
 * other, so those who answer can be asked about one that does not. */
static gboolean
can_cross (TriasExamination *self)
{
  if (self->present)
    return TRUE;
  for (guint i = 0; i < self->runs->len; i++)
    {
      const TriasCheckRun *run = g_ptr_array_index (self->runs, i);

      if (!run->answered || strcmp (run->other, self->peer->id) == 0)
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (strcmp (((TriasCheckRun *) g_ptr_array_index (self->runs, j))->other, run->other) == 0)
          return FALSE;
    }
  return TRUE;
}

static void
wait_for_others (TriasCheckRun *from)
{
  GPtrArray *runs = from->examination->runs;

  for (guint i = 0; i < runs->len; i++)
    {
      TriasCheckRun *to = g_ptr_array_index (runs, i);

      if (to == from)
        continue;
      wait_for (from, "reach-back", to);
      wait_for (to, "rule", from);
    }
}

static void
ask (TriasCheckRun *run, void (*done) (TriasExamination *self))
{
  Asked *asked = g_new0 (Asked, 1);

  asked->run = run;
  asked->done = done;
  trias_peer_client_post (run->peer->client, run->address, run->other, "cross", cross_body (run),
                          CROSS_TIMEOUT_MS, on_crossed, asked);
}

void
trias_examination_cross (TriasExamination *self, void (*done) (TriasExamination *self))
{
  gboolean possible = can_cross (self);
  guint n = self->runs->len;

  /* The last answer ends the examination: it may come before this returns, but for this one. */
  self->waiting = 1;
  for (guint i = 0; i < n; i++)
    {
      TriasCheckRun *run = g_ptr_array_index (self->runs, i);

      if (!possible || !run->answered)
        {
          wait_for_others (run);
          continue;
        }
      self->waiting++;
      ask (run, done);
    }
  if (--self->waiting == 0)
    done (self);
}
