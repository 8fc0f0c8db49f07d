/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-lease.h"
#include "core/trias-license.h"
#include "core/trias-problem.h"
#include "core/trias-relationship.h"
#include "core/trias-rule.h"
#include "core/trias-settings.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_COMMAND_TICK,            /* advances ledger time: licences end, tombstones go */
  TRIAS_COMMAND_INSTALL_LICENSE, /* text, test */
  TRIAS_COMMAND_REMOVE_LICENSE,  /* id */
  TRIAS_COMMAND_SET_SETTINGS,    /* settings */
  TRIAS_COMMAND_PUT_RULE,        /* rule (scope use): add or change */
  TRIAS_COMMAND_REMOVE_RULE,     /* id */
  TRIAS_COMMAND_ADOPT_SHARED, /* settings, rules: replaces all shared ones by the main server's */
  TRIAS_COMMAND_GRANT,        /* lease, facts */
  TRIAS_COMMAND_RESUME, /* lease, facts: as grant, for a lease recognised in the partner's ledger */
  TRIAS_COMMAND_RENEW,  /* id, key_id */
  TRIAS_COMMAND_RELEASE,     /* id, key_id ("" = forced by an administrator, or moved) */
  TRIAS_COMMAND_EXPIRE,      /* id, generation */
  TRIAS_COMMAND_SEAL,        /* relationship: the last command of the old incarnation */
  TRIAS_COMMAND_SET_OPTIONS, /* relationship: the same members, other options or name */
  TRIAS_COMMAND_DISSOLVE,    /* id, keep: the relationship ends */
  TRIAS_COMMAND_ALERT, /* raises the format version and other rare things; reserved, does nothing
                          yet */
  TRIAS_COMMAND_PIN,   /* id, key_id, until: which member of a triad stays active */
  TRIAS_N_COMMANDS
} TriasCommandKind;

/** Facts about who asks, owned by a command. */
typedef struct
{
  char *key_id;
  char *user;
  char **groups;
  char *address;
  char **host_names;
  gboolean this_computer;
} TriasCommandFacts;

/**
 * TriasCommand:
 *
 * One change as data. It carries every fact that the change needs, so that applying it asks nobody:
 * the same commands give the same ledger everywhere. Free with trias_command_free().
 */
typedef struct
{
  TriasCommandKind kind;
  gint64 time;              /* Unix ms of the server that proposed it */
  char *id;                 /* licence, rule, lease or relationship id */
  char *key_id;             /* of the client, for renew and release; the member, for pin */
  char *keep;               /* for dissolve: who keeps what is bound to nobody; "" = everybody */
  gint64 until;             /* for pin: Unix ms; G_MAXINT64 = until it is given back */
  char *actor;              /* who asked, for the event */
  guint64 generation;       /* for expire */
  char *text;               /* licence text */
  gboolean test;            /* the licence's issuer is a test issuer */
  TriasLease *lease;        /* for grant and resume */
  TriasCommandFacts *facts; /* for grant and resume */
  TriasRule *rule;
  GPtrArray *rules; /* (element-type TriasRule) for adopt-shared */
  TriasSettings *settings;
  TriasRelationship *relationship; /* for seal and set-options */
} TriasCommand;

TriasCommand *trias_command_new (TriasCommandKind kind, gint64 time);
void trias_command_free (TriasCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasCommand, trias_command_free)

TriasCommand *trias_command_tick (gint64 time);
/** @license was verified by the caller; the ledger checks id, revision and binding. */
TriasCommand *trias_command_install_license (gint64 time, TriasLicense *license, const char *actor);
TriasCommand *trias_command_remove_license (gint64 time, const char *id, const char *actor);
TriasCommand *
trias_command_set_settings (gint64 time, const TriasSettings *settings, const char *actor);
TriasCommand *trias_command_put_rule (gint64 time, const TriasRule *rule, const char *actor);
TriasCommand *trias_command_remove_rule (gint64 time, const char *id, const char *actor);
TriasCommand *trias_command_adopt_shared (gint64 time,
                                          const TriasSettings *settings,
                                          GPtrArray *rules,
                                          const char *actor);
/** @lease: id, key_id, feature, product ("" = any), count, holder, ttl_s (0 = the default of the
 * settings). */
TriasCommand *trias_command_grant (gint64 time, const TriasLease *lease, const TriasFacts *facts);
TriasCommand *trias_command_resume (gint64 time, const TriasLease *lease, const TriasFacts *facts);
TriasCommand *trias_command_renew (gint64 time, const char *id, const char *key_id);
/** @key_id "" releases it whoever holds it: forced if an @actor is named, else moved by a server.
 */
TriasCommand *
trias_command_release (gint64 time, const char *id, const char *key_id, const char *actor);
TriasCommand *trias_command_expire (gint64 time, const char *id, guint64 generation);
TriasCommand *
trias_command_seal (gint64 time, const TriasRelationship *relationship, const char *actor);
TriasCommand *
trias_command_set_options (gint64 time, const TriasRelationship *relationship, const char *actor);
/** @keep: for a triad the member that keeps unbound licences and all leases; "" for a pair, whose
 * servers each keep their own. */
TriasCommand *trias_command_dissolve (gint64 time,
                                      const char *relationship_id,
                                      const char *keep,
                                      const char *actor);
/** Lets @member (primary or secondary) of a triad stay active until @until (Unix ms; %G_MAXINT64 =
 * until it is given back); "" gives it back. */
TriasCommand *trias_command_pin (
    gint64 time, const char *relationship_id, const char *member, gint64 until, const char *actor);

/** Compact bytes with a format version in front; (transfer full). */
GBytes *trias_command_encode (const TriasCommand *self);
/** Reads them back; hostile bytes give an error, never a crash. */
TriasCommand *trias_command_decode (const guint8 *data, gsize length, GError **error);

G_END_DECLS
