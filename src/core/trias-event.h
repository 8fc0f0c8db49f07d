/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/* The word of an event names what happened; trias-event.c lists all with their severity:
 * server-started, server-stopped, server-renamed, admin-added, admin-changed, admin-removed,
 * signed-in, sign-in-failed, license-installed, license-replaced, license-removed, license-invalid,
 * license-unverified, license-expired, license-expiring, rule-added, rule-changed, rule-removed,
 * rule-left-over, left-out, left-alone, settings-changed,
 * settings-conflict, conflict-resolved, lease-granted, lease-released, lease-expired, lease-forced,
 * lease-denied, lease-resumed, relationship-check, relationship-prepare, relationship-sealed,
 * relationship-formed, relationship-failed, relationship-changed, relationship-dissolved,
 * peer-connected, peer-lost, synchronised, sync-lost, sync-repair, ledger-renewed,
 * takeover, reunion, handover, active-pinned, active-unpinned, failback-waits, given-back,
 * maintenance-began,
 * maintenance-ended, drill-began, drill-ended,
 * drill-failed, drill-measured, state-archived, storage-failed, storage-recovered, clock-skew. */
typedef enum
{
  TRIAS_SEVERITY_INFO,
  TRIAS_SEVERITY_WARNING,
  TRIAS_SEVERITY_ERROR
} TriasSeverity;

/** Something a person could care about. */
typedef struct
{
  guint64 seq;  /* position in this server's history, from 1; 0 until kept */
  gint64 time;  /* Unix ms */
  char *server; /* (owned) id of the server where it happened */
  char *kind;   /* (owned) word from the list */
  TriasSeverity severity;
  char *subject; /* (owned) what it is about: a lease, licence, rule, peer id … "" */
  char *actor;   /* (owned) administrator or client who did it, "" */
  char *params;  /* (owned) (nullable) words for the reader's sentence, NAME\0VALUE\0 one after the
                  * other: events are many, and most are only written away */
  guint params_length;
  guint params_room;
} TriasEvent;

/** A new event; severity from the table. */
TriasEvent *trias_event_new (gint64 time, const char *kind, const char *subject);
/** The same, of @server and by @actor. */
TriasEvent *trias_event_new_by (
    gint64 time, const char *kind, const char *subject, const char *server, const char *actor);
/** Sets the word @name; %NULL takes it away. Returns @self. */
TriasEvent *trias_event_param (TriasEvent *self, const char *name, const char *value);
/** The same for a word that is not there yet, without a look for it: events of leases are many. */
TriasEvent *trias_event_add_param (TriasEvent *self, const char *name, const char *value);
/** The word @name, borrowed until the next is set, or %NULL. */
const char *trias_event_get_param (const TriasEvent *self, const char *name);
/** All words. (transfer full) (nullable) (element-type utf8 utf8) */
GHashTable *trias_event_get_params (const TriasEvent *self);
/** Sets all words from their bytes; what is broken is left out. */
void trias_event_set_params (TriasEvent *self, const char *data, gsize length);
TriasEvent *trias_event_copy (const TriasEvent *self);
void trias_event_free (TriasEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasEvent, trias_event_free)
/** Severity of @kind; info if unknown. */
TriasSeverity trias_event_kind_severity (const char *kind);
const char *trias_severity_to_word (TriasSeverity severity);
void trias_event_write (const TriasEvent *self, TriasJsonWriter *writer, const char *name);
TriasEvent *trias_event_read (const TriasJson *object, GError **error);

G_END_DECLS
