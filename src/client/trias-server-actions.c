/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"
#include "client/trias-server-private.h"

#include <string.h>

#define DEADLINE_MS 20000
/* Waits for a partner, copies a ledger. */
#define LONG_DEADLINE_MS 120000

#define BIT(name) TRIAS_PART_BIT (TRIAS_PART_##name)
#define SERVING (BIT (POOLS) | BIT (LEASES) | BIT (LICENSES))
#define RELATED (BIT (SERVER) | BIT (RELATIONSHIP) | BIT (SETTINGS) | BIT (RULES))

typedef struct
{
  guint mask;
} Action;

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  /* The action is done; that it could not be looked at again is told by the server's state. */
  trias_server_read_finish (TRIAS_SERVER (source), result, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasServer *self = g_task_get_source_object (task);
  Action *action = g_task_get_task_data (task);
  guint mask = action->mask;
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (answer == NULL)
    {
      if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED)
          || trias_rest_error_is_transport (error))
        trias_server_note_failure (self, error);
      g_task_return_error (task, error);
      return;
    }
  trias_server_read_async (self, mask, NULL, read_cb, g_steal_pointer (&task));
}

void
trias_server_act_async (TriasServer *self,
                        const char *method,
                        char *path,
                        char *body,
                        guint mask,
                        guint deadline_ms,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autofree char *taken_path = path;
  g_autofree char *taken_body = body;
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Action *action = g_new0 (Action, 1);

  g_task_set_source_tag (task, trias_server_act_async);
  action->mask = mask;
  g_task_set_task_data (task, action, g_free);
  trias_rest_send_within_async (self->rest, deadline_ms, method, taken_path, taken_body, NULL,
                                cancellable, acted_cb, task);
}

gboolean
trias_server_action_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_act_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static char *
make_path (const char *folder, const char *id, gboolean force)
{
  g_autofree char *escaped = id != NULL ? g_uri_escape_string (id, NULL, FALSE) : NULL;

  return g_strconcat (folder, escaped != NULL ? "/" : "", escaped != NULL ? escaped : "",
                      force ? "?force=true" : "", NULL);
}

static char *
rule_body (const TriasRule *rule)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_rule_write (rule, writer, NULL);
  return trias_json_writer_end (writer, NULL);
}

static char *
string_body (const char *name, const char *value)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, name, value);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

void
trias_server_add_rule_async (TriasServer *self,
                             const TriasRule *rule,
                             gboolean force,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  trias_server_act_async (self, "POST", make_path ("/rules", NULL, force), rule_body (rule),
                          BIT (RULES), DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_change_rule_async (TriasServer *self,
                                const TriasRule *rule,
                                gboolean force,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  trias_server_act_async (self, "PUT", make_path ("/rules", rule->id, force), rule_body (rule),
                          BIT (RULES), DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_remove_rule_async (TriasServer *self,
                                const char *id,
                                gboolean force,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  trias_server_act_async (self, "DELETE", make_path ("/rules", id, force), NULL, BIT (RULES),
                          DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_install_license_async (TriasServer *self,
                                    const char *text,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  if (strlen (text) > TRIAS_LICENSE_MAX_BYTES || !g_utf8_validate (text, -1, NULL))
    {
      g_task_report_new_error (self, callback, user_data, trias_server_act_async, TRIAS_ERROR,
                               TRIAS_REASON_LICENSE_INVALID,
                               "This is no licence file: it is larger than %d kB or no text.",
                               TRIAS_LICENSE_MAX_BYTES / 1024);
      return;
    }
  trias_server_act_async (self, "POST", g_strdup ("/licenses"), string_body ("text", text), SERVING,
                          DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_remove_license_async (TriasServer *self,
                                   const char *id,
                                   gboolean force,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  trias_server_act_async (self, "DELETE", make_path ("/licenses", id, force), NULL, SERVING,
                          DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_release_lease_async (TriasServer *self,
                                  const char *id,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  trias_server_act_async (self, "DELETE", make_path ("/leases", id, FALSE), NULL, SERVING,
                          DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_rename_async (TriasServer *self,
                           const char *name,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  trias_server_act_async (self, "PATCH", g_strdup ("/server"), string_body ("name", name),
                          BIT (SERVER) | BIT (RELATIONSHIP), DEADLINE_MS, cancellable, callback,
                          user_data);
}

void
trias_server_set_settings_async (TriasServer *self,
                                 const TriasSettings *settings,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_settings_write (settings, writer, NULL);
  trias_server_act_async (self, "PATCH", g_strdup ("/settings"),
                          trias_json_writer_end (writer, NULL), BIT (SETTINGS) | BIT (RELATIONSHIP),
                          DEADLINE_MS, cancellable, callback, user_data);
}

static void
write_addresses (TriasJsonWriter *writer, GPtrArray *members)
{
  trias_json_begin_array (writer, "members");
  for (guint i = 0; i < members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (members, i);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", member->id);
      trias_json_begin_array (writer, "addresses");
      for (guint j = 0; member->addresses[j] != NULL; j++)
        trias_json_add_string (writer, NULL, member->addresses[j]);
      trias_json_end_array (writer);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
}

void
trias_server_set_relationship_async (TriasServer *self,
                                     const char *name,
                                     const TriasOptions *options,
                                     GPtrArray *members,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  if (name != NULL)
    trias_json_add_string (writer, "name", name);
  if (options != NULL)
    trias_options_write (options, writer, "options");
  if (members != NULL && members->len > 0)
    write_addresses (writer, members);
  trias_json_end_object (writer);
  trias_server_act_async (self, "PATCH", g_strdup ("/relationship"),
                          trias_json_writer_end (writer, NULL), BIT (SERVER) | BIT (RELATIONSHIP),
                          LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_sync_now_async (TriasServer *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  trias_server_act_async (self, "POST", g_strdup ("/relationship/sync"), g_strdup ("{}"),
                          BIT (RELATIONSHIP), LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_dissolve_async (TriasServer *self,
                             gboolean force,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  trias_server_act_async (self, "DELETE", make_path ("/relationship", NULL, force), NULL,
                          RELATED | SERVING, LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_dissolve_triad_async (TriasServer *self,
                                   const char *keep,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autofree char *escaped = g_uri_escape_string (keep, NULL, FALSE);

  trias_server_act_async (self, "DELETE", g_strconcat ("/relationship?keep=", escaped, NULL), NULL,
                          RELATED | SERVING, LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_hand_over_async (TriasServer *self,
                              const char *to,
                              gint64 until,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "to", to);
  if (until > 0)
    trias_json_add_int (writer, "pin_until", until);
  else
    trias_json_add_null (writer, "pin_until");
  trias_json_end_object (writer);
  trias_server_act_async (self, "POST", g_strdup ("/relationship/handover"),
                          trias_json_writer_end (writer, NULL), BIT (RELATIONSHIP),
                          LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_give_back_async (TriasServer *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  trias_server_act_async (self, "POST", g_strdup ("/relationship/give-back"), g_strdup ("{}"),
                          BIT (RELATIONSHIP), LONG_DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_begin_maintenance_async (TriasServer *self,
                                      guint seconds,
                                      gboolean force,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  if (seconds > 0)
    trias_json_add_int (writer, "seconds", seconds);
  trias_json_add_bool (writer, "force", force);
  trias_json_end_object (writer);
  trias_server_act_async (self, "POST", g_strdup ("/relationship/maintenance"),
                          trias_json_writer_end (writer, NULL), BIT (RELATIONSHIP), DEADLINE_MS,
                          cancellable, callback, user_data);
}

void
trias_server_end_maintenance_async (TriasServer *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  trias_server_act_async (self, "DELETE", g_strdup ("/relationship/maintenance"), NULL,
                          BIT (RELATIONSHIP), DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_recover_async (TriasServer *self,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  trias_server_act_async (self, "POST", g_strdup ("/relationship/recover"),
                          string_body ("confirm", name), RELATED | BIT (SERVER), LONG_DEADLINE_MS,
                          cancellable, callback, user_data);
}

void
trias_server_resolve_conflict_async (TriasServer *self,
                                     TriasRole take,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  trias_server_act_async (self, "POST", g_strdup ("/relationship/conflict"),
                          string_body ("take", take == TRIAS_ROLE_BACKUP ? "backup" : "main"),
                          RELATED, DEADLINE_MS, cancellable, callback, user_data);
}

void
trias_server_abort_forming_async (TriasServer *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  trias_server_act_async (self, "POST", g_strdup ("/relationship/abort"), g_strdup ("{}"), RELATED,
                          DEADLINE_MS, cancellable, callback, user_data);
}

/* --- reading on demand --- */

static void
license_text_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else if (answer->text == NULL)
    g_task_return_new_error (task, TRIAS_ERROR, TRIAS_REASON_VERSION,
                             "The server did not answer with the text of the licence.");
  else
    g_task_return_pointer (task, g_steal_pointer (&answer->text), g_free);
}

void
trias_server_get_license_text_async (TriasServer *self,
                                     const char *id,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autofree char *folder = make_path ("/licenses", id, FALSE);
  g_autofree char *path = g_strconcat (folder, "/text", NULL);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_get_license_text_async);
  trias_rest_send_async (self->rest, "GET", path, NULL,
                         (const char *const[]){ "Accept", "text/plain", NULL }, cancellable,
                         license_text_cb, task);
}

char *
trias_server_get_license_text_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_get_license_text_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (trias_server_read_finish (TRIAS_SERVER (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
trias_server_refresh_async (TriasServer *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_server_refresh_async);
  trias_server_read_async (self, TRIAS_PART_BIT (TRIAS_N_PARTS) - 1, cancellable, refreshed_cb,
                           task);
}

gboolean
trias_server_refresh_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_server_refresh_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
