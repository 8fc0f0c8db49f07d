/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-addresses.h"

#include <gio/gio.h>

#include <sys/socket.h>

/* The addresses of a host, as another enumerator finds them. An attempt holds the address that it
 * was given: when nobody holds it any more, the attempt is over. */

#define TRIAS_TYPE_ADDRESSES (trias_addresses_get_type ())
G_DECLARE_FINAL_TYPE (TriasAddresses, trias_addresses, TRIAS, ADDRESSES, GSocketAddressEnumerator)

struct _TriasAddresses
{
  GSocketAddressEnumerator parent;

  GSocketAddressEnumerator *inner;
  GSList *attempts; /* (element-type GSocketAddress) (unowned) those that are under way */
  GSList *held;     /* (element-type Held) who waits to hear that there are no more */
};

G_DEFINE_FINAL_TYPE (TriasAddresses, trias_addresses, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

typedef struct
{
  GTask *task;        /* (owned) its source is the enumerator */
  GSource *cancelled; /* (owned) (nullable) */
} Held;

static GSocketAddressEnumerator *(*enumerate_network_address) (GSocketConnectable *connectable);

static void
held_answer (Held *held)
{
  if (held->cancelled != NULL)
    {
      g_source_destroy (held->cancelled);
      g_source_unref (held->cancelled);
    }
  if (!g_task_return_error_if_cancelled (held->task))
    g_task_return_pointer (held->task, NULL, NULL);
  g_object_unref (held->task);
  g_free (held);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Held *held = user_data;
  TriasAddresses *self = g_task_get_source_object (held->task);

  self->held = g_slist_remove (self->held, held);
  held_answer (held);
  return G_SOURCE_REMOVE;
}

static void
hold (TriasAddresses *self, GTask *task)
{
  Held *held = g_new0 (Held, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  held->task = g_object_ref (task);
  self->held = g_slist_append (self->held, held);
  if (cancellable == NULL)
    return;
  held->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (held->cancelled, G_SOURCE_FUNC (on_cancelled), held, NULL);
  g_source_attach (held->cancelled, g_task_get_context (task));
}

static gboolean
on_all_over (gpointer user_data)
{
  TriasAddresses *self = user_data;

  while (self->attempts == NULL && self->held != NULL)
    {
      Held *held = self->held->data;

      self->held = g_slist_delete_link (self->held, self->held);
      held_answer (held);
    }
  return G_SOURCE_REMOVE;
}

/* Not answered in here: whoever lets the address go is about to say how the attempt ended. */
static void
on_over (gpointer user_data, GObject *address)
{
  TriasAddresses *self = user_data;
  g_autoptr (GSource) source = NULL;

  self->attempts = g_slist_remove (self->attempts, address);
  if (self->attempts != NULL || self->held == NULL)
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_all_over, g_object_ref (self), g_object_unref);
  g_source_attach (source, g_task_get_context (((Held *) self->held->data)->task));
}

/* An address that only the attempt holds; the inner enumerator may keep those that it gives out. */
static GSocketAddress *
begin_attempt (TriasAddresses *self, GSocketAddress *address)
{
  gssize size = g_socket_address_get_native_size (address);
  struct sockaddr_storage native;
  GSocketAddress *own;

  if (G_OBJECT_TYPE (address) != G_TYPE_INET_SOCKET_ADDRESS
      || !g_socket_address_to_native (address, &native, sizeof native, NULL))
    return g_object_ref (address);
  own = g_socket_address_new_from_native (&native, (gsize) size);
  self->attempts = g_slist_prepend (self->attempts, own);
  g_object_weak_ref (G_OBJECT (own), on_over, self);
  return own;
}

static GSocketAddress *
next (GSocketAddressEnumerator *enumerator, GCancellable *cancellable, GError **error)
{
  return g_socket_address_enumerator_next (TRIAS_ADDRESSES (enumerator)->inner, cancellable, error);
}

static void
on_next (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasAddresses *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_socket_address_enumerator_next_finish (
      G_SOCKET_ADDRESS_ENUMERATOR (source), result, &error);

  if (address != NULL)
    g_task_return_pointer (task, begin_attempt (self, address), g_object_unref);
  else if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->attempts != NULL)
    hold (self, task);
  else
    g_task_return_pointer (task, NULL, NULL);
}

static void
next_async (GSocketAddressEnumerator *enumerator,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (enumerator, cancellable, callback, user_data);

  g_task_set_source_tag (task, next_async);
  g_socket_address_enumerator_next_async (TRIAS_ADDRESSES (enumerator)->inner, cancellable, on_next,
                                          task);
}

static GSocketAddress *
next_finish (GSocketAddressEnumerator *enumerator, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
trias_addresses_finalize (GObject *object)
{
  TriasAddresses *self = TRIAS_ADDRESSES (object);

  for (GSList *l = self->attempts; l != NULL; l = l->next)
    g_object_weak_unref (l->data, on_over, self);
  g_slist_free (self->attempts);
  g_object_unref (self->inner);
  G_OBJECT_CLASS (trias_addresses_parent_class)->finalize (object);
}

static void
trias_addresses_class_init (TriasAddressesClass *class)
{
  GSocketAddressEnumeratorClass *enumerator = G_SOCKET_ADDRESS_ENUMERATOR_CLASS (class);

  enumerator->next = next;
  enumerator->next_async = next_async;
  enumerator->next_finish = next_finish;
  G_OBJECT_CLASS (class)->finalize = trias_addresses_finalize;
}

static void
trias_addresses_init (TriasAddresses *self)
{
}

static GSocketAddressEnumerator *
enumerate (GSocketConnectable *connectable)
{
  TriasAddresses *self = g_object_new (TRIAS_TYPE_ADDRESSES, NULL);

  self->inner = enumerate_network_address (connectable);
  return G_SOCKET_ADDRESS_ENUMERATOR (self);
}

void
trias_addresses_begin (void)
{
  GSocketConnectableIface *functions = g_type_interface_peek (
      g_type_class_ref (G_TYPE_NETWORK_ADDRESS), G_TYPE_SOCKET_CONNECTABLE);

  if (functions->enumerate == enumerate)
    return;
  enumerate_network_address = functions->enumerate;
  functions->enumerate = enumerate;
}
