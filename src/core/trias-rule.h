/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_SCOPE_USE,
  TRIAS_SCOPE_ADMINISTER,
  TRIAS_SCOPE_PEER
} TriasScope;
typedef enum
{
  TRIAS_EFFECT_ALLOW,
  TRIAS_EFFECT_DENY
} TriasEffect;
/* words: everyone, user, group, key */
typedef enum
{
  TRIAS_WHO_EVERYONE,
  TRIAS_WHO_USER,
  TRIAS_WHO_GROUP,
  TRIAS_WHO_KEY
} TriasWho;
/* words: everywhere, this-computer, host, domain, address, network */
typedef enum
{
  TRIAS_WHERE_EVERYWHERE,
  TRIAS_WHERE_THIS_COMPUTER,
  TRIAS_WHERE_HOST,    /* an exact host name */
  TRIAS_WHERE_DOMAIN,  /* "*.example.org" */
  TRIAS_WHERE_ADDRESS, /* one v4 or v6 address */
  TRIAS_WHERE_NETWORK, /* CIDR */
} TriasWhere;

/** One access rule: `Allow|Deny WHO from WHERE` for a scope. */
typedef struct
{
  char *id; /* (owned) chosen by who makes it, so that a retry is safe */
  TriasScope scope;
  TriasEffect effect;
  TriasWho who;
  char *who_value; /* (owned) (nullable) user, group, key id */
  TriasWhere where;
  char *where_value; /* (owned) (nullable) */
  char *note;        /* (owned) free text, may be "" */
} TriasRule;

/** Who asks, from where: looked up once by the server, carried by the command. */
typedef struct
{
  const char *key_id;            /* (nullable) id of the TLS client key */
  const char *user;              /* (nullable) claimed or signed-in name */
  const char *const *groups;     /* (nullable) */
  const char *address;           /* numeric address of the connection */
  const char *const *host_names; /* (nullable) forward-confirmed names of the address */
  gboolean this_computer;        /* the address is one of the server's own */
} TriasFacts;

const char *trias_scope_to_word (TriasScope scope);
gboolean trias_scope_from_word (const char *word, TriasScope *scope);
const char *trias_effect_to_word (TriasEffect effect);
const char *trias_who_to_word (TriasWho who);
gboolean trias_who_from_word (const char *word, TriasWho *who);
const char *trias_where_to_word (TriasWhere where);
gboolean trias_where_from_word (const char *word, TriasWhere *where);

/** Makes a rule after checking its values (address, network, key id …); a NULL @id is drawn. */
TriasRule *trias_rule_new (const char *id,
                           TriasScope scope,
                           TriasEffect effect,
                           TriasWho who,
                           const char *who_value,
                           TriasWhere where,
                           const char *where_value,
                           const char *note,
                           GError **error);
/** `Allow|Deny everyone|user NAME|group NAME|key ID from everywhere|this-computer|host NAME|domain
 * *.D|address A|network N` */
TriasRule *trias_rule_parse (TriasScope scope, const char *text, GError **error);
/** The same text form. (transfer full) */
char *trias_rule_to_text (const TriasRule *self);
TriasRule *trias_rule_copy (const TriasRule *self);
void trias_rule_free (TriasRule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasRule, trias_rule_free)
gboolean trias_rule_equal (const TriasRule *a, const TriasRule *b);
/** Writes `{id, scope, effect, who:{kind,value}, where:{kind,value}, note, text}`. */
void trias_rule_write (const TriasRule *self, TriasJsonWriter *writer, const char *name);
/** Reads the same (`text` is ignored, `id` optional). */
TriasRule *trias_rule_read (const TriasJson *object, GError **error);
/** The same from an answer, which may have more members. */
TriasRule *trias_rule_read_lenient (const TriasJson *object, GError **error);
/** Whether @self speaks of @facts, whatever its effect. */
gboolean trias_rule_matches (const TriasRule *self, const TriasFacts *facts);
/**
 * Whether @rules (element-type TriasRule) let @facts in for @scope: at least one Allow matches and
 * no Deny does; the order does not matter. @deciding (out) (optional) (nullable) (transfer none):
 * the Deny that decided, or the first Allow.
 */
gboolean trias_rules_allow (GPtrArray *rules,
                            TriasScope scope,
                            const TriasFacts *facts,
                            const TriasRule **deciding);

G_END_DECLS
