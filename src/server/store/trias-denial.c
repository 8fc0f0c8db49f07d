/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-denial.h"

TriasDenial *
trias_denial_copy (const TriasDenial *self)
{
  TriasDenial *copy = g_new0 (TriasDenial, 1);

  *copy = *self;
  copy->feature = g_strdup (self->feature);
  copy->user = g_strdup (self->user);
  copy->host = g_strdup (self->host);
  copy->address = g_strdup (self->address);
  copy->key_id = g_strdup (self->key_id);
  copy->detail = g_strdup (self->detail);
  return copy;
}

void
trias_denial_free (TriasDenial *self)
{
  if (self == NULL)
    return;
  g_free (self->feature);
  g_free (self->user);
  g_free (self->host);
  g_free (self->address);
  g_free (self->key_id);
  g_free (self->detail);
  g_free (self);
}
