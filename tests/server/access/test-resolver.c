/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "test-resolver.h"

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_task_return_error_if_cancelled (user_data);
}

/* Whether the answer is left out; then the task ends when it is cancelled. */
static gboolean
stay_silent (TestResolver *self, GTask *task, GCancellable *cancellable)
{
  if (self->failing)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE, "later");
  else if (self->silent)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), task, 0);
  else
    return FALSE;
  return TRUE;
}

static void
lookup_by_address_async (GResolver *resolver,
                         GInetAddress *address,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  TestResolver *self = TEST_RESOLVER (resolver);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *text = g_inet_address_to_string (address);
  const char *name = g_hash_table_lookup (self->names, text);

  self->asked++;
  if (self->silent && !self->failing)
    {
      /* Ends with the test's patience; the reference lasts as long as the cancellable. */
      stay_silent (self, task, cancellable);
      g_object_set_data_full (G_OBJECT (cancellable), "task", task, NULL);
      return;
    }
  if (!stay_silent (self, task, cancellable))
    {
      if (name != NULL)
        g_task_return_pointer (task, g_strdup (name), g_free);
      else
        g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "none");
    }
  g_object_unref (task);
}

static char *
lookup_by_address_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
free_addresses (gpointer data)
{
  g_resolver_free_addresses (data);
}

static void
lookup_by_name_async (GResolver *resolver,
                      const char *name,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  TestResolver *self = TEST_RESOLVER (resolver);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const char *address = g_hash_table_lookup (self->addresses, name);

  if (address != NULL)
    g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string (address)),
                           free_addresses);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "none");
  g_object_unref (task);
}

static GList *
lookup_by_name_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_finalize (GObject *object)
{
  TestResolver *self = TEST_RESOLVER (object);

  g_hash_table_unref (self->names);
  g_hash_table_unref (self->addresses);
  G_OBJECT_CLASS (test_resolver_parent_class)->finalize (object);
}

static void
test_resolver_class_init (TestResolverClass *class)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = test_resolver_finalize;
  resolver->lookup_by_address_async = lookup_by_address_async;
  resolver->lookup_by_address_finish = lookup_by_address_finish;
  resolver->lookup_by_name_async = lookup_by_name_async;
  resolver->lookup_by_name_finish = lookup_by_name_finish;
}

static void
test_resolver_init (TestResolver *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

TestResolver *
test_resolver_new (void)
{
  return g_object_new (TEST_TYPE_RESOLVER, NULL);
}

void
test_resolver_add (TestResolver *self, const char *address, const char *name, const char *back)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  g_hash_table_replace (self->names, g_strdup (address), g_strdup (name));
  g_hash_table_replace (self->addresses, g_strdup (lower), g_strdup (back));
}
