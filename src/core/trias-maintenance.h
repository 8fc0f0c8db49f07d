/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/** Why a member stands aside. Words: maintenance, failback, handover. */
typedef enum
{
  TRIAS_ASIDE_MAINTENANCE, /* an administrator wants to switch it off */
  TRIAS_ASIDE_FAILBACK,    /* back after a failure: it waits until it is given back */
  TRIAS_ASIDE_HANDOVER,    /* an administrator chose the other server of a pair */
} TriasAsideWhy;

/** Why a member that stands aside must not be switched off yet. Words: none, active, nobody,
 * leases, disconnected, behind, other. */
typedef enum
{
  TRIAS_UNSAFE_NONE,         /* it can be switched off */
  TRIAS_UNSAFE_ACTIVE,       /* it serves still, and hands over */
  TRIAS_UNSAFE_NOBODY,       /* nobody is active */
  TRIAS_UNSAFE_LEASES,       /* leases that another can go on with have not moved yet */
  TRIAS_UNSAFE_DISCONNECTED, /* another member is not connected */
  TRIAS_UNSAFE_BEHIND,       /* another member is not synchronised */
  TRIAS_UNSAFE_OTHER,        /* another member stands aside too, and may be switched off */
} TriasUnsafe;

/** The longest time that is set in advance. */
#define TRIAS_MAINTENANCE_SECONDS_MAX 86400

/** A member that stands aside: the others serve, so that it can be switched off. */
typedef struct
{
  char *member; /* (owned) server id */
  TriasAsideWhy why;
  char *actor;  /* (owned) administrator; "" = none */
  gint64 since; /* Unix ms, by the member's clock */
  gint64 until; /* Unix ms; 0 = until an administrator ends it */
  TriasUnsafe unsafe;
  char *other; /* (owned) server id that @unsafe is about; "" = none */
  gint64 left; /* leases there that another can go on with */
  gint64 kept; /* leases there that nobody else can go on with */
} TriasMaintenance;

TriasMaintenance *trias_maintenance_new (const char *member, TriasAsideWhy why);
TriasMaintenance *trias_maintenance_copy (const TriasMaintenance *self);
void trias_maintenance_free (TriasMaintenance *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasMaintenance, trias_maintenance_free)
/** Sets @unsafe, and @other (nullable) that it is about. Returns whether that is news. */
gboolean
trias_maintenance_set_unsafe (TriasMaintenance *self, TriasUnsafe unsafe, const char *other);
/** Writes an object @name, or %NULL inside an array. */
void
trias_maintenance_write (const TriasMaintenance *self, TriasJsonWriter *writer, const char *name);
/** A word that is not known is read as the most careful one. */
TriasMaintenance *trias_maintenance_read (const TriasJson *object, GError **error);

const char *trias_aside_why_to_word (TriasAsideWhy why);
const char *trias_unsafe_to_word (TriasUnsafe unsafe);

G_END_DECLS
