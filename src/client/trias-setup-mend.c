/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

/* --- making the missing rules, one after the other --- */

typedef struct
{
  GPtrArray *servers; /* (element-type TriasServer) */
  GPtrArray *rules;   /* (element-type TriasRule) */
  guint next;
} Mend;

static void
mend_free (gpointer data)
{
  Mend *mend = data;

  g_ptr_array_unref (mend->servers);
  g_ptr_array_unref (mend->rules);
  g_free (mend);
}

static void mend_next (GTask *task);

static void
collect (TriasSetup *self, Mend *mend)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->checks));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (G_LIST_MODEL (self->checks), i);
      const TriasCheck *check = trias_check_item_get_check (item);
      TriasRule *rule;

      if (!trias_check_item_get_mendable (item))
        continue;
      rule = trias_rule_copy (check->mend);
      if (rule->id == NULL || rule->id[0] == '\0')
        {
          g_free (rule->id);
          rule->id = trias_random_id ();
        }
      g_ptr_array_add (mend->rules, rule);
      g_ptr_array_add (mend->servers, g_object_ref (trias_setup_find_server (self, check->server)));
    }
}

static void
add_made (gpointer object, gpointer data)
{
  g_list_store_append (TRIAS_SETUP (object)->made_rules, data);
}

static void
rule_made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = g_task_get_source_object (task);
  Mend *mend = g_task_get_task_data (task);
  g_autoptr (TriasMadeRule) made = NULL;
  GError *error = NULL;

  if (!trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    {
      g_prefix_error (&error, "The rule on %s could not be made: ",
                      trias_server_get_name (TRIAS_SERVER (source)));
      g_task_return_error (task, error);
      return;
    }
  made = trias_made_rule_new (TRIAS_SERVER (source), g_ptr_array_index (mend->rules, mend->next));
  trias_setup_change (self, add_made, made);
  mend->next++;
  mend_next (g_steal_pointer (&task));
}

static void
checked_again_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Mend *mend = g_task_get_task_data (task);
  GError *error = NULL;

  if (trias_setup_check_finish (TRIAS_SETUP (source), result, NULL, &error))
    g_task_return_int (task, mend->next);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
mend_next (GTask *task)
{
  TriasSetup *self = g_task_get_source_object (task);
  Mend *mend = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (mend->next < mend->rules->len)
    trias_server_add_rule_async (g_ptr_array_index (mend->servers, mend->next),
                                 g_ptr_array_index (mend->rules, mend->next), FALSE, cancellable,
                                 rule_made_cb, task);
  else
    trias_setup_check_async (self, cancellable, checked_again_cb, task);
}

void
trias_setup_mend_async (TriasSetup *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Mend *mend = g_new0 (Mend, 1);

  g_task_set_source_tag (task, trias_setup_mend_async);
  mend->servers = g_ptr_array_new_with_free_func (g_object_unref);
  mend->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  g_task_set_task_data (task, mend, mend_free);
  collect (self, mend);
  mend_next (task);
}

gboolean
trias_setup_mend_finish (TriasSetup *self, GAsyncResult *result, guint *n_made, GError **error)
{
  gssize n;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_setup_mend_async), FALSE);
  n = g_task_propagate_int (G_TASK (result), error);
  if (n_made != NULL)
    *n_made = n > 0 ? (guint) n : 0;
  return n >= 0;
}

/* --- taking them back --- */

static void undo_next (GTask *task);

static void
remove_made (gpointer object, gpointer data)
{
  TriasSetup *self = object;
  guint position;

  if (g_list_store_find (self->made_rules, data, &position))
    g_list_store_remove (self->made_rules, position);
}

static void
rule_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasSetup *self = g_task_get_source_object (task);
  TriasMadeRule *made = g_task_get_task_data (task);
  GError *error = NULL;

  if (!trias_server_action_finish (TRIAS_SERVER (source), result, &error)
      && !g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND))
    {
      g_prefix_error (&error, "The rule on %s could not be removed: ",
                      trias_server_get_name (TRIAS_SERVER (source)));
      g_task_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  trias_setup_change (self, remove_made, made);
  undo_next (g_steal_pointer (&task));
}

/* Takes @task. The last one made goes first. */
static void
undo_next (GTask *task)
{
  g_autoptr (GTask) owned = task;
  TriasSetup *self = g_task_get_source_object (task);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->made_rules));
  TriasMadeRule *made;

  if (n == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  made = g_list_model_get_item (G_LIST_MODEL (self->made_rules), n - 1);
  g_task_set_task_data (task, made, g_object_unref);
  trias_server_remove_rule_async (
      trias_made_rule_get_server (made), trias_made_rule_get_rule (made)->id, FALSE,
      g_task_get_cancellable (task), rule_removed_cb, g_steal_pointer (&owned));
}

void
trias_setup_undo_async (TriasSetup *self,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, trias_setup_undo_async);
  undo_next (task);
}

gboolean
trias_setup_undo_finish (TriasSetup *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_setup_undo_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
