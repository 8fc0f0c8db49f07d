/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pair-fixture.h"

#include <glib/gstdio.h>

#include "server/keeper/trias-keeper-clock.h"

/* Several servers share this process; under a sanitizer all of them are slower. */
#ifdef __SANITIZE_ADDRESS__
#define PATIENCE 5
#else
#define PATIENCE 1
#endif

/* --- the loop --- */

void
wait_until (const char *what, guint seconds, Condition condition, gpointer user_data)
{
  gint64 until = g_get_monotonic_time () + seconds * PATIENCE * G_TIME_SPAN_SECOND;

  while (!condition (user_data))
    {
      if (g_get_monotonic_time () > until)
        g_error ("after %u s still not: %s", seconds, what);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (200);
    }
}

static gboolean
is_over (gpointer until)
{
  return g_get_monotonic_time () > *(gint64 *) until;
}

void
run_for (guint ms)
{
  gint64 until = g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND;

  wait_until ("the time to pass", ms / 1000 + 5, is_over, &until);
}

gboolean
flag_is_set (gpointer flag)
{
  return *(gboolean *) flag;
}

/* --- a server --- */

static void
on_request (TriasHttpRequest *request, gpointer user_data)
{
  Node *self = user_data;

  if (self->path_held != NULL && g_str_has_suffix (trias_http_path (request), self->path_held))
    {
      self->held = request;
      self->path_refused = g_steal_pointer (&self->path_held);
      return;
    }
  if (self->path_refused != NULL
      && g_str_has_suffix (trias_http_path (request), self->path_refused))
    {
      self->refusals++;
      trias_http_refuse (request, TRIAS_REASON_NOT_ACTIVE, "refused by the test");
      return;
    }
  trias_peer_handle (self->peer, request);
}

static void
on_event (const TriasEvent *event, gpointer user_data)
{
  Node *self = user_data;
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->events, event->kind));

  g_hash_table_insert (self->events, g_strdup (event->kind), GUINT_TO_POINTER (count + 1));
  g_test_message ("%s: %s %.12s", self->name, event->kind, event->subject);
}

static const TriasKeeperWatch watch = { .event = on_event };

void
node_let_in (Node *self)
{
  trias_peer_handle (self->peer, g_steal_pointer (&self->held));
}

guint
node_count (Node *self, const char *event)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->events, event));
}

void
node_hear (Node *self)
{
  g_autofree char *address = g_strdup_printf ("%s:%u", self->host, self->port);
  const char *addresses[] = { address, NULL };
  TriasHttpLimits limits;
  g_autoptr (GError) error = NULL;

  if (self->http != NULL)
    return;
  trias_http_limits_init (&limits);
  self->http
      = trias_http_start (addresses, self->identity, &limits, FALSE, on_request, self, &error);
  g_assert_no_error (error);
  self->port = trias_http_get_port (self->http, 0);
  g_free (self->address);
  self->address = g_strdup_printf ("%s:%u", self->host, self->port);
}

void
node_deafen (Node *self)
{
  g_clear_pointer (&self->http, trias_http_stop);
}

static gint64
boot_clock (gpointer user_data)
{
  return g_get_monotonic_time () / 1000;
}

static gint64
wall_clock (gpointer user_data)
{
  Node *self = user_data;

  return g_get_real_time () / 1000 + self->wall_ahead_ms;
}

void
node_start (Node *self)
{
  const TriasKeeperClock clock = { boot_clock, wall_clock, self };
  const char *addresses[] = { NULL, NULL, NULL };
  g_autofree char *spare = NULL;
  g_autoptr (GError) error = NULL;

  self->keeper = trias_keeper_open_with_clock (self->folder, trias_identity_get_id (self->identity),
                                               self->issuers, &clock, &error);
  g_assert_no_error (error);
  self->access = trias_access_new (self->keeper);
  self->watch = trias_keeper_watch (self->keeper, &watch, self);
  node_hear (self);
  addresses[0] = self->address;
  spare = self->spare != NULL ? g_strdup_printf ("%s:%u", self->spare, self->port) : NULL;
  addresses[1] = spare;
  self->peer = trias_peer_new (self->keeper, self->access, self->identity, self->issuers,
                               self->name, addresses);
  trias_peer_start (self->peer);
}

void
node_stop (Node *self)
{
  if (self->peer == NULL)
    return;
  trias_peer_stop (self->peer);
  node_deafen (self);
  trias_keeper_unwatch (self->keeper, self->watch);
  g_clear_pointer (&self->peer, trias_peer_free);
  g_clear_pointer (&self->access, trias_access_free);
  g_clear_pointer (&self->keeper, trias_keeper_close);
}

Node *
node_new (const char *folder, const char *secret, const char *name, const char *host)
{
  Node *self = g_new0 (Node, 1);
  g_autofree char *issuers = g_build_filename (folder, "issuers", NULL);
  g_autoptr (GError) error = NULL;

  self->name = g_strdup (name);
  self->host = g_strdup (host);
  self->secret = (char *) secret;
  self->folder = g_build_filename (folder, name, NULL);
  g_mkdir_with_parents (self->folder, 0700);
  self->events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->identity = trias_identity_generate (name, &error);
  g_assert_no_error (error);
  self->issuers = trias_issuers_load (issuers, &error);
  g_assert_no_error (error);
  node_start (self);
  return self;
}

void
node_free (Node *self)
{
  node_stop (self);
  trias_identity_unref (self->identity);
  trias_issuers_unref (self->issuers);
  g_hash_table_unref (self->events);
  g_free (self->path_refused);
  g_free (self->address);
  g_free (self->folder);
  g_free (self->name);
  g_free (self->host);
  g_free (self);
}

/* --- what is done to it --- */

typedef struct
{
  gboolean done;
  TriasReason reason;
} Answer;

static void
on_answer (const TriasOutcome *outcome, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  answer->reason = outcome->reason;
}

TriasReason
node_submit (Node *self, TriasCommand *command)
{
  Answer answer = { FALSE };

  trias_keeper_submit (self->keeper, command, on_answer, &answer);
  wait_until ("a command to be done", 30, flag_is_set, &answer.done);
  return answer.reason;
}

static void
on_put (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

void
node_allow (Node *self, Node *other)
{
  g_autofree char *text = g_strdup_printf ("Allow key %s from address %s",
                                           trias_identity_get_id (other->identity), other->host);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasRule) rule = trias_rule_parse (TRIAS_SCOPE_PEER, text, &error);
  gboolean done = FALSE;

  g_assert_no_error (error);
  trias_access_put_local (self->access, rule, FALSE, NULL, on_put, &done);
  wait_until ("a rule to be kept", 30, flag_is_set, &done);
}

static void
install (Node *self,
         const char *id,
         const char *product,
         const char *feature,
         guint seats,
         const char *not_before,
         const char *bind)
{
  g_autofree char *payload
      = g_strdup_printf ("{\"id\":\"%s\",\"revision\":1,\"issuer\":\"Example\",\"licensee\":"
                         "\"Someone\",\"product\":\"%s\",\"bind\":[%s],"
                         "\"features\":[{\"name\":\"%s\",\"seats\":%u,\"counted_by\":\"lease\","
                         "\"not_before\":%s,\"not_after\":null,"
                         "\"grace_hours\":0}]}",
                         id, product, bind, feature, seats, not_before);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = trias_license_issue (payload, self->secret, &error);
  g_autoptr (TriasLicense) license = NULL;

  g_assert_no_error (error);
  license = trias_license_parse (text, strlen (text), self->issuers, &error);
  g_assert_no_error (error);
  g_assert_cmpint (node_submit (self, trias_command_install_license (
                                          trias_keeper_now (self->keeper), license, "test")),
                   ==, TRIAS_REASON_NONE);
}

void
node_install (Node *self, const char *id, const char *feature, guint seats)
{
  node_install_product (self, id, "Product", feature, seats);
}

void
node_install_product (
    Node *self, const char *id, const char *product, const char *feature, guint seats)
{
  install (self, id, product, feature, seats, "null", "");
}

void
node_install_bound (Node *self, const char *id, const char *feature, guint seats)
{
  g_autofree char *bind = g_strdup_printf ("\"%s\"", trias_identity_get_id (self->identity));

  install (self, id, "Product", feature, seats, "null", bind);
}

void
node_install_future (
    Node *self, const char *id, const char *product, const char *feature, guint seats)
{
  install (self, id, product, feature, seats, "\"2999-01-01T00:00:00Z\"", "");
}

static TriasReason
take (Node *self,
      const char *id,
      const char *product,
      const char *feature,
      guint ttl_s,
      gboolean resume)
{
  TriasLease lease = { .id = (char *) id,
                       .key_id = (char *) CLIENT_KEY,
                       .feature = (char *) feature,
                       .product = (char *) product,
                       .count = 1,
                       .ttl_s = ttl_s };
  TriasFacts facts = { .key_id = CLIENT_KEY, .address = "127.0.0.9" };
  gint64 now = trias_keeper_now (self->keeper);

  lease.holder.user = lease.holder.host = lease.holder.device = (char *) "";
  return node_submit (self, resume ? trias_command_resume (now, &lease, &facts)
                                   : trias_command_grant (now, &lease, &facts));
}

TriasReason
node_grant (Node *self, const char *id, const char *feature, guint ttl_s)
{
  return take (self, id, "", feature, ttl_s, FALSE);
}

TriasReason
node_ask (
    Node *self, const char *id, const char *feature, const char *cannot_reach, TriasRoute *route)
{
  g_autofree char *location = NULL;
  TriasReason reason = TRIAS_REASON_NOT_ACTIVE;
  TriasRoute where
      = trias_peer_route (self->peer, feature, id, CLIENT_KEY, cannot_reach, &location);

  if (route != NULL)
    *route = where;
  if (where == TRIAS_ROUTE_RESUME)
    {
      const TriasLease *lease = trias_peer_find_partner_lease (self->peer, id);

      reason = take (self, id, lease->product, lease->feature, lease->ttl_s, TRUE);
    }
  else if (where == TRIAS_ROUTE_SERVE && node_lease (self, id) != NULL)
    reason
        = node_submit (self, trias_command_renew (trias_keeper_now (self->keeper), id, CLIENT_KEY));
  else if (where == TRIAS_ROUTE_SERVE)
    reason = feature != NULL ? take (self, id, "", feature, 30, FALSE) : TRIAS_REASON_GONE;
  if (reason == TRIAS_REASON_NONE)
    trias_peer_lease_moved_here (self->peer, id);
  else if (reason == TRIAS_REASON_GONE)
    trias_peer_lease_unknown (self->peer, id, CLIENT_KEY);
  return reason;
}

TriasReason
node_release (Node *self, const char *id)
{
  return node_submit (
      self, trias_command_release (trias_keeper_now (self->keeper), id, CLIENT_KEY, CLIENT_KEY));
}

TriasReason
node_set_contact (Node *self, const char *contact)
{
  g_autoptr (TriasSettings) settings
      = trias_settings_copy (trias_ledger_get_settings (trias_keeper_get_ledger (self->keeper)));
  Answer answer = { FALSE };

  g_free (settings->contact);
  settings->contact = g_strdup (contact);
  trias_peer_submit_shared (
      self->peer, trias_command_set_settings (trias_keeper_now (self->keeper), settings, "test"),
      on_answer, &answer);
  wait_until ("settings to be changed", 30, flag_is_set, &answer.done);
  return answer.reason;
}

const char *
node_contact (Node *self)
{
  return trias_ledger_get_settings (trias_keeper_get_ledger (self->keeper))->contact;
}

const TriasLease *
node_lease (Node *self, const char *id)
{
  return trias_ledger_find_lease (trias_keeper_get_ledger (self->keeper), id);
}

/* --- two of them --- */

char *
servers_folder_new (char **secret)
{
  g_autofree char *issuers = NULL, *path = NULL, *public_key = NULL, *line = NULL;
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("trias-servers-XXXXXX", &error);

  g_assert_no_error (error);
  issuers = g_build_filename (folder, "issuers", NULL);
  path = g_build_filename (issuers, "Example.pub", NULL);
  g_mkdir_with_parents (issuers, 0700);
  trias_issuer_generate (secret, &public_key);
  line = g_strconcat (public_key, "\n", NULL);
  g_file_set_contents (path, line, -1, &error);
  g_assert_no_error (error);
  g_chmod (path, 0644);
  return folder;
}

Pair *
pair_new (void)
{
  Pair *self = g_new0 (Pair, 1);

  self->folder = servers_folder_new (&self->secret);
  self->main = node_new (self->folder, self->secret, "main", "127.0.0.2");
  self->backup = node_new (self->folder, self->secret, "backup", "127.0.0.3");
  return self;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
servers_folder_free (char *folder)
{
  /* Cancelled requests end in the loop. */
  run_for (50);
  remove_folder (folder);
  g_free (folder);
}

void
pair_free (Pair *self)
{
  node_free (self->main);
  node_free (self->backup);
  servers_folder_free (self->folder);
  g_free (self->secret);
  g_free (self);
}

gboolean
node_is_alone (gpointer node)
{
  return !trias_peer_get_status (((Node *) node)->peer)->connected;
}

gboolean
pair_is_whole (gpointer user_data)
{
  Pair *self = user_data;
  const TriasMemberStatus *a = trias_peer_get_status (self->main->peer),
                          *b = trias_peer_get_status (self->backup->peer);

  return a != NULL && b != NULL && a->connected && b->connected && a->synchronised
         && b->synchronised;
}

gboolean
pair_is_apart (gpointer user_data)
{
  Pair *self = user_data;

  return !trias_peer_get_status (self->main->peer)->connected
         && !trias_peer_get_status (self->backup->peer)->connected;
}

static gboolean
holds (Node *copy, Node *original)
{
  TriasLedger *replica = trias_keeper_get_replica (copy->keeper),
              *ledger = trias_keeper_get_ledger (original->keeper);
  g_autofree char *a = NULL, *b = NULL;

  if (replica == NULL || trias_ledger_get_revision (replica) != trias_ledger_get_revision (ledger))
    return FALSE;
  a = trias_ledger_digest (replica);
  b = trias_ledger_digest (ledger);
  return strcmp (a, b) == 0;
}

gboolean
pair_is_equal (gpointer user_data)
{
  Pair *self = user_data;

  return pair_is_whole (self) && trias_peer_get_status (self->main->peer)->pending == 0
         && trias_peer_get_status (self->backup->peer)->pending == 0
         && holds (self->main, self->backup) && holds (self->backup, self->main);
}

/* --- forming --- */

typedef struct
{
  gboolean done;
  TriasProblem *problem;
  GPtrArray *checks;
} Asked;

static void
on_formed (const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  asked->done = TRUE;
  asked->problem = problem != NULL ? trias_problem_copy (problem) : NULL;
}

static void
on_checked (GPtrArray *checks, const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  asked->done = TRUE;
  asked->checks = checks != NULL ? g_ptr_array_ref (checks) : NULL;
  g_assert_null (problem);
}

char *
pair_invite (Pair *self)
{
  gint64 expires;

  return trias_peer_invite (self->backup->peer, trias_identity_get_id (self->main->identity),
                            TRIAS_KIND_BACKUP, &expires);
}

static GPtrArray *
candidates (Pair *self,
            TriasPeerCandidate *candidate,
            const char *invitation,
            const char *fingerprint)
{
  GPtrArray *array = g_ptr_array_new ();

  candidate->address = self->backup->address;
  candidate->fingerprint = (char *) fingerprint;
  candidate->invitation = (char *) invitation;
  g_ptr_array_add (array, candidate);
  return array;
}

TriasProblem *
pair_form (Pair *self, const char *id, const char *invitation, const char *fingerprint)
{
  TriasPeerCandidate candidate;
  g_autoptr (GPtrArray) array = candidates (self, &candidate, invitation, fingerprint);
  TriasOptions options;
  Asked asked = { FALSE };

  trias_options_init (&options);
  options.sync_interval_s = TRIAS_SYNC_INTERVAL_MIN_S;
  trias_peer_form (self->main->peer, id, "Pair", TRIAS_KIND_BACKUP, &options, array, NULL, "admin",
                   on_formed, &asked);
  wait_until ("the forming to be answered", 40, flag_is_set, &asked.done);
  return asked.problem;
}

GPtrArray *
pair_check (Pair *self, const char *invitation, const char *fingerprint)
{
  TriasPeerCandidate candidate;
  g_autoptr (GPtrArray) array = candidates (self, &candidate, invitation, fingerprint);
  Asked asked = { FALSE };

  trias_peer_check (self->main->peer, TRIAS_KIND_BACKUP, array, NULL, on_checked, &asked);
  wait_until ("the check to be answered", 30, flag_is_set, &asked.done);
  for (guint i = 0; i < asked.checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (asked.checks, i);

      g_test_message ("check %s: %s: %s", check->kind, trias_check_state_to_word (check->state),
                      check->detail);
    }
  return asked.checks;
}

const TriasCheck *
find_check (GPtrArray *checks, const char *kind, const char *server)
{
  for (guint i = 0; i < checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (checks, i);

      if (strcmp (check->kind, kind) == 0 && strcmp (check->server, server) == 0)
        return check;
    }
  return NULL;
}

Pair *
pair_new_formed (void)
{
  Pair *self = pair_new ();
  g_autofree char *invitation = pair_invite (self);
  TriasProblem *problem;

  node_allow (self->main, self->backup);
  node_allow (self->backup, self->main);
  problem = pair_form (self, "0123456789abcdef0123456789abcdef", invitation,
                       trias_identity_get_id (self->backup->identity));
  if (problem != NULL)
    g_error ("forming failed: %s", problem->detail);
  wait_until ("the pair to be connected and synchronised", 20, pair_is_equal, self);
  return self;
}

static void
on_options_set (const TriasProblem *problem, gpointer user_data)
{
  g_assert_null (problem);
  *(gboolean *) user_data = TRUE;
}

void
pair_set_options (Pair *self, const char *name, const TriasOptions *options)
{
  gboolean done = FALSE;

  trias_peer_set_options (self->main->peer, name, options, NULL, "admin", on_options_set, &done);
  wait_until ("the options to be set", 10, flag_is_set, &done);
}
