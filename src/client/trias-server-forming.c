/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"
#include "client/trias-server-private.h"

#define CHECK_DEADLINE_MS 60000
#define FORM_DEADLINE_MS 180000
#define MAX_CHECKS 256
#define MAX_CODE 1024

static void
write_candidate (TriasJsonWriter *writer, const char *name, const TriasCandidate *candidate)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "address", candidate->address);
  if (candidate->fingerprint != NULL)
    trias_json_add_string (writer, "fingerprint", candidate->fingerprint);
  if (candidate->invitation != NULL)
    trias_json_add_string (writer, "invitation", candidate->invitation);
  trias_json_end_object (writer);
}

static void
write_candidates (TriasJsonWriter *writer,
                  const char *own_address,
                  const TriasCandidate *candidates,
                  gsize n_candidates)
{
  if (own_address != NULL && own_address[0] != '\0')
    trias_json_add_string (writer, "own_address", own_address);
  trias_json_begin_array (writer, "members");
  for (gsize i = 0; i < n_candidates; i++)
    write_candidate (writer, NULL, &candidates[i]);
  trias_json_end_array (writer);
}

/* --- invitation --- */

typedef struct
{
  char *code; /* (owned) */
  gint64 expires_at;
} Invitation;

static void
invitation_free (Invitation *self)
{
  g_free (self->code);
  g_free (self);
}

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);
  g_auto (TriasJsonReader) reader = { 0 };
  Invitation *invitation;
  const char *code;
  gint64 expires;

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  trias_json_reader_init (&reader, answer->json);
  code = trias_json_read_string (&reader, "code", 1, MAX_CODE);
  expires = trias_json_read_natural (&reader, "expires_at");
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  invitation = g_new0 (Invitation, 1);
  invitation->code = g_strdup (code);
  invitation->expires_at = expires;
  g_task_return_pointer (task, invitation, (GDestroyNotify) invitation_free);
}

void
trias_server_invite_async (TriasServer *self,
                           const char *coordinator,
                           TriasKind kind,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *body = NULL;
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_invite_async);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "coordinator", coordinator);
  trias_json_add_string (writer, "kind", trias_kind_to_word (kind));
  trias_json_end_object (writer);
  body = trias_json_writer_end (writer, NULL);
  trias_rest_send_async (self->rest, "POST", "/relationship/invitation", body, NULL, cancellable,
                         invited_cb, task);
}

char *
trias_server_invite_finish (TriasServer *self,
                            GAsyncResult *result,
                            gint64 *expires_at,
                            GError **error)
{
  Invitation *invitation;
  char *code;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_invite_async), NULL);
  invitation = g_task_propagate_pointer (G_TASK (result), error);
  if (invitation == NULL)
    return NULL;
  if (expires_at != NULL)
    *expires_at = invitation->expires_at;
  code = g_steal_pointer (&invitation->code);
  invitation_free (invitation);
  return code;
}

/* --- check --- */

typedef struct
{
  gboolean passed;
  GPtrArray *checks; /* (owned) (element-type TriasCheck) */
} Checked;

static void
checked_free (Checked *self)
{
  g_clear_pointer (&self->checks, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Checked, checked_free)

static Checked *
read_checks (const TriasJson *json, GError **error)
{
  g_autoptr (Checked) checked = g_new0 (Checked, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *array;

  checked->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_check_free);
  trias_json_reader_init (&reader, json);
  checked->passed = trias_json_read_bool (&reader, "passed");
  array = trias_json_read_array (&reader, "checks", MAX_CHECKS);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  for (guint i = 0; i < trias_json_length (array); i++)
    {
      TriasCheck *check = trias_check_read (trias_json_element (array, i), error);

      if (check == NULL)
        return NULL;
      g_ptr_array_add (checked->checks, check);
    }
  return g_steal_pointer (&checked);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);
  Checked *checked = answer != NULL ? read_checks (answer->json, &error) : NULL;

  if (checked != NULL)
    g_task_return_pointer (task, checked, (GDestroyNotify) checked_free);
  else
    g_task_return_error (task, error);
}

static void
send_check (TriasServer *self,
            const char *path,
            TriasJsonWriter *writer,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_autofree char *body = trias_json_writer_end (writer, NULL);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_check_async);
  trias_rest_send_within_async (self->rest, CHECK_DEADLINE_MS, "POST", path, body, NULL,
                                cancellable, checked_cb, task);
}

void
trias_server_check_present_async (TriasServer *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "present", TRUE);
  trias_json_end_object (writer);
  send_check (self, "/relationship/check", writer, cancellable, callback, user_data);
}

void
trias_server_check_async (TriasServer *self,
                          TriasKind kind,
                          const char *own_address,
                          const TriasCandidate *candidates,
                          gsize n_candidates,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "kind", trias_kind_to_word (kind));
  write_candidates (writer, own_address, candidates, n_candidates);
  trias_json_end_object (writer);
  send_check (self, "/relationship/check", writer, cancellable, callback, user_data);
}

GPtrArray *
trias_server_check_finish (TriasServer *self,
                           GAsyncResult *result,
                           gboolean *passed,
                           GError **error)
{
  g_autoptr (Checked) checked = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_check_async), NULL);
  checked = g_task_propagate_pointer (G_TASK (result), error);
  if (checked == NULL)
    return NULL;
  if (passed != NULL)
    *passed = checked->passed;
  return g_steal_pointer (&checked->checks);
}

/* --- forming --- */

void
trias_server_form_async (TriasServer *self,
                         const char *id,
                         const char *name,
                         TriasKind kind,
                         const TriasOptions *options,
                         const char *own_address,
                         const TriasCandidate *candidates,
                         gsize n_candidates,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", id);
  trias_json_add_string (writer, "name", name);
  trias_json_add_string (writer, "kind", trias_kind_to_word (kind));
  if (options != NULL)
    trias_options_write (options, writer, "options");
  write_candidates (writer, own_address, candidates, n_candidates);
  trias_json_end_object (writer);
  trias_server_act_async (
      self, "POST", g_strdup ("/relationship"), trias_json_writer_end (writer, NULL),
      TRIAS_PART_BIT (TRIAS_PART_SERVER) | TRIAS_PART_BIT (TRIAS_PART_RELATIONSHIP)
          | TRIAS_PART_BIT (TRIAS_PART_SETTINGS),
      FORM_DEADLINE_MS, cancellable, callback, user_data);
}

gboolean
trias_server_form_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  return trias_server_action_finish (self, result, error);
}

/* --- a change of the members --- */

static void
write_change (TriasJsonWriter *writer,
              const char *leaving,
              gboolean discard,
              const TriasCandidate *newcomer)
{
  if (leaving != NULL)
    trias_json_add_string (writer, "member", leaving);
  else
    trias_json_add_bool (writer, "discard", discard);
  write_candidate (writer, "with", newcomer);
}

void
trias_server_check_change_async (TriasServer *self,
                                 const char *leaving,
                                 gboolean discard,
                                 const TriasCandidate *newcomer,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  write_change (writer, leaving, discard, newcomer);
  trias_json_end_object (writer);
  send_check (self, leaving != NULL ? "/relationship/replace/check" : "/relationship/grow/check",
              writer, cancellable, callback, user_data);
}

void
trias_server_change_async (TriasServer *self,
                           const char *id,
                           const char *leaving,
                           gboolean discard,
                           const TriasCandidate *newcomer,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", id);
  write_change (writer, leaving, discard, newcomer);
  trias_json_end_object (writer);
  trias_server_act_async (
      self, "POST", g_strdup (leaving != NULL ? "/relationship/replace" : "/relationship/grow"),
      trias_json_writer_end (writer, NULL),
      TRIAS_PART_BIT (TRIAS_PART_SERVER) | TRIAS_PART_BIT (TRIAS_PART_RELATIONSHIP)
          | TRIAS_PART_BIT (TRIAS_PART_SETTINGS),
      FORM_DEADLINE_MS, cancellable, callback, user_data);
}
