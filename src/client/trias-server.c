/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-server-private.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (TriasServer, trias_server, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ADDRESS,
  PROP_FINGERPRINT,
  PROP_OFFERED_FINGERPRINT,
  PROP_KEY_CHANGED,
  PROP_ID,
  PROP_NAME,
  PROP_VERSION,
  PROP_STATE,
  PROP_ERROR_MESSAGE,
  PROP_ERROR_REASON,
  PROP_ONLINE,
  PROP_SIGNED_IN,
  PROP_ADMIN,
  PROP_ROLE,
  PROP_ACTIVE,
  PROP_TEST_ISSUER,
  PROP_RELATIONSHIP_NAME,
  PROP_SINCE,
  PROP_LAST_HEARD,
  PROP_STARTED_AT,
  PROP_RELATIONSHIP,
  PROP_DEFAULT_TTL,
  PROP_HISTORY_DAYS,
  PROP_CONTACT,
  PROP_LEASES_TOTAL,
  PROP_BUSY,
  PROP_RULES,
  PROP_LICENSES,
  PROP_POOLS,
  PROP_LEASES,
  PROP_DENIALS,
  PROP_EVENTS,
};

enum
{
  SIGNAL_EVENT,
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
trias_server_change (TriasServer *self, TriasItemChange change, gpointer data)
{
  self->comparing = TRUE;
  trias_object_change (G_OBJECT (self), change, data);
  self->comparing = FALSE;
}

static void
add_busy (gpointer object, gpointer data)
{
  TriasServer *self = object;

  self->n_fetching = (guint) ((int) self->n_fetching + *(int *) data);
}

void
trias_server_set_busy (TriasServer *self, int difference)
{
  trias_server_change (self, add_busy, &difference);
}

void
trias_server_emit_changed (TriasServer *self, TriasPart part)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, trias_part_to_word (part));
}

void
trias_server_emit_event (TriasServer *self, TriasEventItem *item)
{
  g_signal_emit (self, signals[SIGNAL_EVENT], 0, item);
}

static void
get_list (TriasServer *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_RULES:
      g_value_set_object (value, trias_server_get_rules (self));
      break;
    case PROP_LICENSES:
      g_value_set_object (value, trias_server_get_licenses (self));
      break;
    case PROP_POOLS:
      g_value_set_object (value, trias_server_get_pools (self));
      break;
    case PROP_LEASES:
      g_value_set_object (value, trias_server_get_leases (self));
      break;
    case PROP_DENIALS:
      g_value_set_object (value, trias_server_get_denials (self));
      break;
    case PROP_EVENTS:
      g_value_set_object (value, trias_server_get_events (self));
      break;
    default:
      break;
    }
}

static void
get_shared (TriasServer *self, guint id, GValue *value)
{
  const TriasSettings *settings = self->facts.settings;

  switch (id)
    {
    case PROP_RELATIONSHIP:
      g_value_set_object (value, self->facts.relationship);
      break;
    case PROP_DEFAULT_TTL:
      g_value_set_uint (value, settings != NULL ? settings->default_ttl_s : 0);
      break;
    case PROP_HISTORY_DAYS:
      g_value_set_uint (value, settings != NULL ? settings->history_days : 0);
      break;
    case PROP_CONTACT:
      g_value_set_string (value, settings != NULL ? settings->contact : "");
      break;
    case PROP_LEASES_TOTAL:
      g_value_set_uint (value, self->facts.leases_total);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->n_fetching > 0);
      break;
    default:
      get_list (self, id, value);
    }
}

static void
get_state (TriasServer *self, guint id, GValue *value)
{
  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->facts.state);
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->facts.error_message);
      break;
    case PROP_ERROR_REASON:
      g_value_set_int (value, (int) self->facts.error_reason);
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->facts.online);
      break;
    case PROP_SIGNED_IN:
      g_value_set_boolean (value, trias_server_get_signed_in (self));
      break;
    case PROP_ADMIN:
      g_value_set_string (value, self->facts.admin);
      break;
    case PROP_ROLE:
      g_value_set_int (value, (int) self->facts.role);
      break;
    case PROP_ACTIVE:
      g_value_set_boolean (value, self->facts.active);
      break;
    case PROP_SINCE:
      g_value_set_int64 (value, self->facts.since);
      break;
    case PROP_LAST_HEARD:
      g_value_set_int64 (value, self->last_heard);
      break;
    default:
      get_shared (self, id, value);
    }
}

static void
trias_server_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasServer *self = TRIAS_SERVER (object);

  switch (id)
    {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_FINGERPRINT:
    case PROP_ID:
      g_value_set_string (value, self->facts.fingerprint);
      break;
    case PROP_OFFERED_FINGERPRINT:
      g_value_set_string (value, self->facts.offered);
      break;
    case PROP_KEY_CHANGED:
      g_value_set_boolean (value, self->facts.key_changed);
      break;
    case PROP_NAME:
      g_value_set_string (value, trias_server_get_name (self));
      break;
    case PROP_VERSION:
      g_value_set_string (value, self->facts.version);
      break;
    case PROP_TEST_ISSUER:
      g_value_set_boolean (value, self->facts.test_issuer);
      break;
    case PROP_RELATIONSHIP_NAME:
      g_value_set_string (value, self->facts.relationship_name);
      break;
    case PROP_STARTED_AT:
      g_value_set_int64 (value, self->facts.started_at);
      break;
    default:
      get_state (self, id, value);
    }
}

static void
trias_server_dispose (GObject *object)
{
  TriasServer *self = TRIAS_SERVER (object);

  trias_server_link_clear (self);
  trias_server_parts_clear (self);
  G_OBJECT_CLASS (trias_server_parent_class)->dispose (object);
}

static void
trias_server_finalize (GObject *object)
{
  TriasServer *self = TRIAS_SERVER (object);
  TriasServerFacts *facts = &self->facts;

  g_free (self->address);
  g_strfreev (self->addresses);
  g_free (facts->fingerprint);
  g_free (facts->offered);
  g_free (facts->name);
  g_free (facts->version);
  g_free (facts->error_message);
  g_free (facts->admin);
  g_free (facts->relationship_name);
  g_clear_object (&facts->relationship);
  g_clear_pointer (&facts->settings, trias_settings_free);
  g_clear_object (&self->rest);
  G_OBJECT_CLASS (trias_server_parent_class)->finalize (object);
}

static void
install_texts (GObjectClass *klass)
{
  trias_install_readable (klass, PROP_ADDRESS, "address", G_TYPE_STRING);
  trias_install_readable (klass, PROP_FINGERPRINT, "fingerprint", G_TYPE_STRING);
  trias_install_readable (klass, PROP_OFFERED_FINGERPRINT, "offered-fingerprint", G_TYPE_STRING);
  trias_install_readable (klass, PROP_KEY_CHANGED, "key-changed", G_TYPE_BOOLEAN);
  trias_install_readable (klass, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (klass, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (klass, PROP_VERSION, "version", G_TYPE_STRING);
  trias_install_readable (klass, PROP_STATE, "state", TRIAS_TYPE_SERVER_STATE);
  trias_install_readable (klass, PROP_ERROR_MESSAGE, "error-message", G_TYPE_STRING);
  trias_install_readable (klass, PROP_ERROR_REASON, "error-reason", G_TYPE_INT);
  trias_install_readable (klass, PROP_ONLINE, "online", G_TYPE_BOOLEAN);
  trias_install_readable (klass, PROP_SIGNED_IN, "signed-in", G_TYPE_BOOLEAN);
  trias_install_readable (klass, PROP_ADMIN, "admin", G_TYPE_STRING);
  trias_install_readable (klass, PROP_ROLE, "role", G_TYPE_INT);
  trias_install_readable (klass, PROP_ACTIVE, "active", G_TYPE_BOOLEAN);
  trias_install_readable (klass, PROP_TEST_ISSUER, "test-issuer", G_TYPE_BOOLEAN);
  trias_install_readable (klass, PROP_RELATIONSHIP_NAME, "relationship-name", G_TYPE_STRING);
  trias_install_readable (klass, PROP_SINCE, "since", G_TYPE_INT64);
  trias_install_readable (klass, PROP_LAST_HEARD, "last-heard", G_TYPE_INT64);
  trias_install_readable (klass, PROP_STARTED_AT, "started-at", G_TYPE_INT64);
}

static void
trias_server_class_init (TriasServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_server_get_property;
  object_class->dispose = trias_server_dispose;
  object_class->finalize = trias_server_finalize;
  install_texts (object_class);
  trias_install_readable (object_class, PROP_RELATIONSHIP, "relationship",
                          TRIAS_TYPE_RELATIONSHIP_INFO);
  trias_install_readable (object_class, PROP_DEFAULT_TTL, "default-ttl", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_HISTORY_DAYS, "history-days", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_CONTACT, "contact", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_LEASES_TOTAL, "leases-total", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_BUSY, "busy", G_TYPE_BOOLEAN);
  trias_install_readable (object_class, PROP_RULES, "rules", G_TYPE_LIST_MODEL);
  trias_install_readable (object_class, PROP_LICENSES, "licenses", G_TYPE_LIST_MODEL);
  trias_install_readable (object_class, PROP_POOLS, "pools", G_TYPE_LIST_MODEL);
  trias_install_readable (object_class, PROP_LEASES, "leases", G_TYPE_LIST_MODEL);
  trias_install_readable (object_class, PROP_DENIALS, "denials", G_TYPE_LIST_MODEL);
  trias_install_readable (object_class, PROP_EVENTS, "events", G_TYPE_LIST_MODEL);
  signals[SIGNAL_EVENT] = g_signal_new ("event", TRIAS_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, TRIAS_TYPE_EVENT_ITEM);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TRIAS_TYPE_SERVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
trias_server_init (TriasServer *self)
{
  TriasServerFacts *facts = &self->facts;

  facts->fingerprint = g_strdup ("");
  facts->offered = g_strdup ("");
  facts->name = g_strdup ("");
  facts->version = g_strdup ("");
  facts->error_message = g_strdup ("");
  facts->admin = g_strdup ("");
  facts->relationship_name = g_strdup ("");
  trias_server_parts_init (self);
}

TriasServer *
trias_server_new (const TriasAddress *address)
{
  TriasServer *self = g_object_new (TRIAS_TYPE_SERVER, NULL);
  g_autofree char *base = trias_address_to_base_uri (address);

  self->address = trias_address_to_string (address, FALSE);
  if (address->fingerprint != NULL)
    {
      g_free (self->facts.fingerprint);
      self->facts.fingerprint = g_strdup (address->fingerprint);
    }
  self->rest = trias_rest_new (base, address->fingerprint, NULL);
  trias_server_link_init (self);
  return self;
}

const char *
trias_server_get_address (TriasServer *self)
{
  return self->address;
}

const char *
trias_server_get_fingerprint (TriasServer *self)
{
  return self->facts.fingerprint;
}

const char *
trias_server_get_offered_fingerprint (TriasServer *self)
{
  return self->facts.offered;
}

gboolean
trias_server_get_key_changed (TriasServer *self)
{
  return self->facts.key_changed;
}

/* The id of a server is the fingerprint of its key. */
const char *
trias_server_get_id (TriasServer *self)
{
  return self->facts.fingerprint;
}

const char *
trias_server_get_name (TriasServer *self)
{
  return self->facts.name[0] != '\0' ? self->facts.name : self->address;
}

const char *
trias_server_get_version (TriasServer *self)
{
  return self->facts.version;
}

TriasServerState
trias_server_get_state (TriasServer *self)
{
  return self->facts.state;
}

const char *
trias_server_get_error_message (TriasServer *self)
{
  return self->facts.error_message;
}

TriasReason
trias_server_get_error_reason (TriasServer *self)
{
  return self->facts.error_reason;
}

gboolean
trias_server_get_online (TriasServer *self)
{
  return self->facts.online;
}

gboolean
trias_server_get_signed_in (TriasServer *self)
{
  return self->rest != NULL && trias_rest_get_token (self->rest) != NULL;
}

const char *
trias_server_get_admin (TriasServer *self)
{
  return self->facts.admin;
}

TriasRole
trias_server_get_role (TriasServer *self)
{
  return self->facts.role;
}

gboolean
trias_server_get_active (TriasServer *self)
{
  return self->facts.active;
}

gboolean
trias_server_get_test_issuer (TriasServer *self)
{
  return self->facts.test_issuer;
}

gint64
trias_server_get_since (TriasServer *self)
{
  return self->facts.since;
}

gint64
trias_server_get_last_heard (TriasServer *self)
{
  return self->last_heard;
}

gint64
trias_server_get_started_at (TriasServer *self)
{
  return self->facts.started_at;
}

const char *const *
trias_server_get_addresses (TriasServer *self)
{
  return (const char *const *) self->addresses;
}

TriasRelationshipInfo *
trias_server_get_relationship (TriasServer *self)
{
  return self->facts.relationship;
}

const TriasSettings *
trias_server_get_settings (TriasServer *self)
{
  return self->facts.settings;
}

TriasRest *
trias_server_get_rest (TriasServer *self)
{
  return self->rest;
}

GListModel *
trias_server_get_rules (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_RULES);
  return G_LIST_MODEL (self->rules);
}

GListModel *
trias_server_get_licenses (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_LICENSES);
  return G_LIST_MODEL (self->licenses);
}

GListModel *
trias_server_get_pools (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_POOLS);
  return G_LIST_MODEL (self->pools);
}

GListModel *
trias_server_get_leases (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_LEASES);
  return G_LIST_MODEL (self->leases);
}

GListModel *
trias_server_get_denials (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_DENIALS);
  return G_LIST_MODEL (self->denials);
}

GListModel *
trias_server_get_events (TriasServer *self)
{
  trias_server_use (self, TRIAS_PART_EVENTS);
  return G_LIST_MODEL (self->events);
}

guint
trias_server_get_leases_total (TriasServer *self)
{
  return self->facts.leases_total;
}
