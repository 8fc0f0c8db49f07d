/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-event-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "client/trias-rule-words.h"
#include "core/trias-identity.h"

const char *
trias_event_words_severity (TriasSeverity severity)
{
  switch (severity)
    {
    case TRIAS_SEVERITY_WARNING:
      return C_ ("severity", "Warning");
    case TRIAS_SEVERITY_ERROR:
      return C_ ("severity", "Error");
    case TRIAS_SEVERITY_INFO:
      break;
    }
  return C_ ("severity", "Information");
}

const char *
trias_event_words_icon (TriasSeverity severity)
{
  switch (severity)
    {
    case TRIAS_SEVERITY_WARNING:
      return "dialog-warning-symbolic";
    case TRIAS_SEVERITY_ERROR:
      return "dialog-error-symbolic";
    case TRIAS_SEVERITY_INFO:
      break;
    }
  return "trias-information-symbolic";
}

/* {subject}, {actor}, {server}, {peer} and any {parameter} of the event are filled in; {at} is
 * nothing, unless who asks knows on which server a command has to be given. */
static const struct
{
  const char *kind;
  const char *sentence;
} sentences[] = {
  { "server-started", N_ ("The licence server has started") },
  { "server-stopped", N_ ("The licence server was stopped") },
  { "server-renamed", N_ ("The licence server is now called “{name}”") },
  { "admin-added", N_ ("“{subject}” became an administrator") },
  { "admin-changed", N_ ("The password of the administrator “{subject}” was changed") },
  { "admin-removed", N_ ("“{subject}” is no longer an administrator") },
  { "signed-in", N_ ("“{actor}” signed in") },
  { "sign-in-failed", N_ ("A sign-in as “{subject}” failed") },
  { "license-installed", N_ ("The licence for “{product}” was installed") },
  { "license-replaced", N_ ("The licence for “{product}” was replaced by a newer revision") },
  { "license-removed", N_ ("The licence for “{product}” was removed") },
  { "license-invalid", N_ ("The licence “{subject}” is no longer valid and is not served") },
  { "license-unverified",
    N_ ("The licence “{subject}” cannot be verified on this server; the triad goes on serving it."
        " Copy the issuer’s key to this server, too") },
  { "license-expired", N_ ("The licence for “{product}” has expired") },
  { "license-expiring", N_ ("The licence for “{product}” expires soon") },
  { "rule-added", N_ ("A rule was added: {rule}") },
  { "rule-changed", N_ ("A rule was changed: {rule}") },
  { "rule-removed", N_ ("A rule was removed: {rule}") },
  { "rule-left-over",
    N_ ("“{name}” is no partner any more, but a rule goes on letting it in as one: {rule}. Unless"
        " that is meant, remove it: trias rule remove {subject}{at}") },
  { "settings-changed", N_ ("The settings were changed") },
  { "settings-conflict", N_ ("Settings were edited on both servers while they were apart") },
  { "conflict-resolved", N_ ("The conflict of the settings was resolved") },
  { "lease-granted", N_ ("A seat of “{feature}” was granted to {user} on {host}") },
  { "lease-released", N_ ("A seat of “{feature}” was given back by {user} on {host}") },
  { "lease-expired", N_ ("A seat of “{feature}” of {user} on {host} expired") },
  { "lease-forced",
    N_ ("A seat of “{feature}” of {user} on {host} was taken back by an administrator") },
  { "lease-denied", N_ ("A seat of “{subject}” was refused to {user} on {host}") },
  { "lease-resumed",
    N_ ("A seat of “{feature}” of {user} on {host} was taken over from the partner") },
  { "relationship-check", N_ ("The servers were checked for a relationship") },
  { "relationship-prepare", N_ ("A relationship is being prepared") },
  { "relationship-sealed", N_ ("The change of the relationship is decided") },
  { "relationship-formed", N_ ("The relationship was set up") },
  { "relationship-failed", N_ ("The relationship could not be set up; everything is as before") },
  { "relationship-changed", N_ ("The relationship was changed") },
  { "relationship-dissolved", N_ ("The relationship was dissolved") },
  { "left-out",
    N_ ("“{name}” goes on without this server: it was replaced, or left when a pair was made of the"
        " triad") },
  { "left-alone",
    N_ ("“{name}” goes on alone with the licences and seats of the triad; this server is no longer"
        " a member") },
  { "relationship-recovered",
    N_ ("This server goes on alone without the others of “{name}”; there is no redundancy") },
  { "member-replaced", N_ ("“{peer}” took the place of “{name}”, which is no longer a member") },
  { "peer-connected", N_ ("Connected with the partner “{peer}”") },
  { "peer-lost", N_ ("The connection with the partner “{peer}” is lost") },
  { "synchronised", N_ ("Synchronised with the partner “{peer}”") },
  { "sync-lost", N_ ("No longer synchronised with the partner “{peer}”") },
  { "sync-repair", N_ ("A difference to the partner “{peer}” is being repaired") },
  { "ledger-renewed",
    N_ ("This server held something else than both other servers; it takes the data anew from"
        " them") },
  { "takeover", N_ ("The backup server took over") },
  { "reunion", N_ ("The main server serves the clients again") },
  { "handover", N_ ("Clients were handed over to the partner") },
  { "active-changed", N_ ("The server “{name}” is active now") },
  { "quorum-lost",
    N_ ("No server of the triad “{name}” may serve: no two of them reach each other") },
  { "quorum-back", N_ ("The triad is served again") },
  { "active-pinned", N_ ("The server “{peer}” was chosen to stay active") },
  { "active-unpinned", N_ ("The choice of the active server was given back") },
  { "failback-waits", N_ ("“{name}” is back after a failure and waits until it is given back") },
  { "given-back", N_ ("“{name}” serves its clients again: it was given back") },
  { "maintenance-began", N_ ("“{name}” stands aside so that it can be switched off") },
  { "maintenance-ended", N_ ("“{name}” takes part again") },
  { "drill-began", N_ ("A failover drill began: another server takes the place of “{name}”") },
  { "drill-ended",
    N_ ("The failover drill was passed: “{by}” served meanwhile, “{name}” serves again") },
  { "drill-failed", N_ ("The failover drill with “{name}” was not passed") },
  { "drill-measured",
    N_ ("In the failover drill a client waited {gap_ms} ms at most; requests that "
        "failed: {failed} of {requests}") },
  { "state-archived", N_ ("The former data of this server were kept aside in “{file}”") },
  { "storage-failed", N_ ("The disk refuses to write; no seats are granted") },
  { "storage-recovered", N_ ("The disk can be written again") },
  { "clock-skew", N_ ("The clock differs from the partner’s") },
};

static const char *
find_sentence (const TriasEvent *event)
{
  /* Nobody serves, but not since the servers do not hear each other. */
  if (g_strcmp0 (event->kind, "quorum-lost") == 0
      && trias_event_get_param (event, "round_trip_ms") != NULL)
    return _ ("No server of the triad “{name}” may serve: they reach each other, but do not agree "
              "on one in time; a round trip takes up to {round_trip_ms} ms");
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (g_strcmp0 (sentences[i].kind, event->kind) == 0)
      return _ (sentences[i].sentence);
  return NULL;
}

/* Servers write rules as text; read back, they can be said in the reader's language. */
static char *
describe_rule (const TriasEvent *event,
               const char *text,
               TriasNameOfServer name_of,
               gpointer user_data)
{
  const char *word = trias_event_get_param (event, "scope");
  TriasScope scope = TRIAS_SCOPE_USE;
  g_autoptr (TriasRule) rule = NULL;

  if (word == NULL || !trias_scope_from_word (word, &scope))
    return g_strdup (text);
  rule = trias_rule_parse (scope, text, NULL);
  return rule != NULL ? trias_rule_words_explain (rule, name_of, user_data) : g_strdup (text);
}

/* The value for {@name}; a server's id becomes its name. */
static char *
get_value (const TriasEvent *event, const char *name, TriasNameOfServer name_of, gpointer user_data)
{
  const char *value = trias_event_get_param (event, name);

  if (g_str_equal (name, "at"))
    return g_strdup (value != NULL ? value : "");
  if (value == NULL && (g_str_equal (name, "subject") || g_str_equal (name, "peer")))
    value = event->subject;
  if (value == NULL && g_str_equal (name, "actor"))
    value = event->actor;
  if (value == NULL || *value == '\0')
    return g_strdup ("–");
  if (g_str_equal (name, "rule"))
    return describe_rule (event, value, name_of, user_data);
  if (trias_id_is_valid (value))
    {
      const char *known = name_of != NULL ? name_of (value, user_data) : NULL;

      return known != NULL ? g_strdup (known) : trias_id_short (value);
    }
  return g_strdup (value);
}

char *
trias_event_words_describe (const TriasEvent *event, TriasNameOfServer name_of, gpointer user_data)
{
  const char *sentence = find_sentence (event);
  g_autoptr (GString) text = g_string_new (NULL);

  if (sentence == NULL)
    return g_strdup (event->kind);
  while (*sentence != '\0')
    {
      const char *open = strchr (sentence, '{');
      const char *close = open != NULL ? strchr (open, '}') : NULL;
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (close == NULL)
        {
          g_string_append (text, sentence);
          break;
        }
      name = g_strndup (open + 1, (gsize) (close - open - 1));
      value = get_value (event, name, name_of, user_data);
      g_string_append_len (text, sentence, open - sentence);
      g_string_append (text, value);
      sentence = close + 1;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
