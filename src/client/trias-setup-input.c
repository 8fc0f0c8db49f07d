/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

/* What is filled in: changing any of it makes the last check void. */

typedef enum
{
  INPUT_MAIN,
  INPUT_BACKUP,
  INPUT_SWAP,
  INPUT_NAME,
  INPUT_INVITATION,
  INPUT_MAIN_ADDRESS,
  INPUT_BACKUP_ADDRESS,
  INPUT_OPTIONS,
} InputKind;

typedef struct
{
  InputKind kind;
  gconstpointer value;
} Input;

static void
set_text (char **place, const char *value)
{
  char *copy = g_strstrip (g_strdup (value != NULL ? value : ""));

  g_free (*place);
  *place = copy;
}

static void
apply_backup_address (TriasSetup *self, const char *text)
{
  const char *hash = text != NULL ? strchr (text, '#') : NULL;
  g_autofree char *address
      = hash != NULL ? g_strndup (text, (gsize) (hash - text)) : g_strdup (text);

  set_text (&self->backup_address, address);
  set_text (&self->backup_fingerprint, hash != NULL ? hash + 1 : "");
}

static void
swap (TriasSetup *self)
{
  TriasServer *server = self->main;
  g_autofree char *address = g_steal_pointer (&self->main_address);

  self->main = self->backup;
  self->backup = server;
  self->main_address = g_steal_pointer (&self->backup_address);
  self->backup_address = g_steal_pointer (&address);
  set_text (&self->backup_fingerprint, "");
  set_text (&self->invitation, "");
}

/* Whether something is missing depends on where one is signed in. */
static void
server_state_cb (TriasServer *server, GParamSpec *pspec, TriasSetup *self)
{
  g_object_notify (G_OBJECT (self), "problem");
}

static void
watch (TriasSetup *self, TriasServer *server, gboolean on)
{
  if (server == NULL)
    return;
  if (on)
    g_signal_connect_object (server, "notify::state", G_CALLBACK (server_state_cb), self, 0);
  else
    g_signal_handlers_disconnect_by_func (server, server_state_cb, self);
}

static void
apply_input (gpointer object, gpointer data)
{
  TriasSetup *self = object;
  const Input *input = data;

  watch (self, self->main, FALSE);
  if (self->backup != self->main)
    watch (self, self->backup, FALSE);

  switch (input->kind)
    {
    case INPUT_MAIN:
      g_set_object (&self->main, (gpointer) input->value);
      break;
    case INPUT_BACKUP:
      g_set_object (&self->backup, (gpointer) input->value);
      break;
    case INPUT_SWAP:
      swap (self);
      break;
    case INPUT_NAME:
      set_text (&self->name, input->value);
      break;
    case INPUT_INVITATION:
      set_text (&self->invitation, input->value);
      break;
    case INPUT_MAIN_ADDRESS:
      set_text (&self->main_address, input->value);
      break;
    case INPUT_BACKUP_ADDRESS:
      apply_backup_address (self, input->value);
      break;
    case INPUT_OPTIONS:
      self->options = *(const TriasOptions *) input->value;
      break;
    }
  watch (self, self->main, TRUE);
  if (self->backup != self->main)
    watch (self, self->backup, TRUE);
  /* Name and options are not what a check is about. */
  if (input->kind == INPUT_NAME || input->kind == INPUT_OPTIONS)
    return;
  self->passed = FALSE;
  g_clear_pointer (&self->made_code, g_free);
  if (self->state == TRIAS_SETUP_CHECKED || self->state == TRIAS_SETUP_FAILED)
    self->state = TRIAS_SETUP_EDITING;
}

static void
set_input (TriasSetup *self, InputKind kind, gconstpointer value)
{
  Input input = { kind, value };

  if (self->state == TRIAS_SETUP_FORMING)
    return;
  trias_setup_change (self, apply_input, &input);
}

void
trias_setup_set_main (TriasSetup *self, TriasServer *server)
{
  set_input (self, INPUT_MAIN, server);
}

void
trias_setup_set_backup (TriasSetup *self, TriasServer *server)
{
  set_input (self, INPUT_BACKUP, server);
}

void
trias_setup_swap (TriasSetup *self)
{
  set_input (self, INPUT_SWAP, NULL);
}

void
trias_setup_set_name (TriasSetup *self, const char *name)
{
  set_input (self, INPUT_NAME, name);
}

void
trias_setup_set_invitation (TriasSetup *self, const char *code)
{
  set_input (self, INPUT_INVITATION, code);
}

void
trias_setup_set_main_address (TriasSetup *self, const char *address)
{
  set_input (self, INPUT_MAIN_ADDRESS, address);
}

void
trias_setup_set_backup_address (TriasSetup *self, const char *address)
{
  set_input (self, INPUT_BACKUP_ADDRESS, address);
}

void
trias_setup_set_options (TriasSetup *self, const TriasOptions *options)
{
  set_input (self, INPUT_OPTIONS, options);
}

void
trias_setup_get_options (TriasSetup *self, TriasOptions *options)
{
  *options = self->options;
}

TriasServer *
trias_setup_get_main (TriasSetup *self)
{
  return self->main;
}

TriasServer *
trias_setup_get_backup (TriasSetup *self)
{
  return self->backup;
}

const char *
trias_setup_get_name (TriasSetup *self)
{
  return self->name;
}

char *
trias_setup_candidate_address (TriasSetup *self)
{
  if (self->backup_address[0] != '\0' || self->backup == NULL)
    return g_strdup (self->backup_address);
  return g_strdup (trias_server_get_address (self->backup));
}

const char *
trias_setup_candidate_fingerprint (TriasSetup *self)
{
  if (self->backup != NULL && trias_server_get_id (self->backup)[0] != '\0')
    return trias_server_get_id (self->backup);
  return self->backup_fingerprint;
}

static gboolean
is_signed_in (TriasServer *server)
{
  return server != NULL && trias_server_get_state (server) == TRIAS_SERVER_CONNECTED;
}

const char *
trias_setup_get_problem (TriasSetup *self)
{
  if (self->main == NULL)
    return "main";
  if (self->backup == NULL && self->backup_address[0] == '\0')
    return "backup";
  if (self->main == self->backup
      || (trias_server_get_id (self->main)[0] != '\0'
          && strcmp (trias_server_get_id (self->main), trias_setup_candidate_fingerprint (self))
                 == 0))
    return "same";
  if (!is_signed_in (self->main))
    return "sign-in";
  if (self->invitation[0] == '\0' && !is_signed_in (self->backup))
    return "invitation";
  if (self->name[0] == '\0')
    return "name";
  return "";
}

gboolean
trias_setup_is_complete (TriasSetup *self, gboolean with_name, GError **error)
{
  static const struct
  {
    const char *word;
    const char *text;
  } sentences[] = {
    { "main", "Name the main server first." },
    { "backup", "Name the backup server first." },
    { "same", "Main and backup must be two different servers." },
    { "sign-in", "Sign in to the main server first." },
    { "invitation", "Sign in to the backup server, or enter an invitation code made on it." },
    { "name", "Give the relationship a name." },
  };
  const char *problem = trias_setup_get_problem (self);

  if (!with_name && strcmp (problem, "name") == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (strcmp (sentences[i].word, problem) == 0)
      {
        g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, sentences[i].text);
        return FALSE;
      }
  return TRUE;
}

TriasServer *
trias_setup_find_server (TriasSetup *self, const char *id)
{
  if (is_signed_in (self->main) && strcmp (trias_server_get_id (self->main), id) == 0)
    return self->main;
  if (is_signed_in (self->backup) && strcmp (trias_server_get_id (self->backup), id) == 0)
    return self->backup;
  return NULL;
}

char *
trias_setup_name_of (TriasSetup *self, const char *id, const TriasCheck *check)
{
  const char *told = NULL;

  if (id[0] == '\0')
    return g_strdup ("");
  if (self->main != NULL && strcmp (trias_server_get_id (self->main), id) == 0)
    return g_strdup (trias_server_get_name (self->main));
  if (self->backup != NULL && strcmp (trias_server_get_id (self->backup), id) == 0)
    return g_strdup (trias_server_get_name (self->backup));
  if (check->params != NULL)
    told = g_hash_table_lookup (check->params,
                                strcmp (id, check->server) == 0 ? "server_name" : "peer_name");
  return told != NULL ? g_strdup (told) : trias_id_short (id);
}

static void
append_option (GString *line, const char *option, const char *value)
{
  g_autofree char *quoted = NULL;

  if (value == NULL || value[0] == '\0')
    return;
  quoted = g_regex_match_simple ("^[A-Za-z0-9._:#/@%+=,-]+$", value, 0, 0) ? g_strdup (value)
                                                                           : g_shell_quote (value);
  g_string_append_printf (line, " %s %s", option, quoted);
}

static void
append_server (GString *line, const char *option, const char *address, const char *fingerprint)
{
  g_autofree char *text
      = fingerprint[0] != '\0' ? g_strconcat (address, "#", fingerprint, NULL) : g_strdup (address);

  if (address[0] != '\0')
    append_option (line, option, text);
}

char *
trias_setup_get_command_line (TriasSetup *self)
{
  GString *line = g_string_new ("trias relationship create");
  g_autofree char *backup = trias_setup_candidate_address (self);
  g_autofree char *interval = g_strdup_printf ("%u", self->options.sync_interval_s);

  append_option (line, "--name", self->name);
  if (self->main != NULL)
    append_server (line, "--main", trias_server_get_address (self->main),
                   trias_server_get_fingerprint (self->main));
  append_server (line, "--backup", backup, trias_setup_candidate_fingerprint (self));
  append_option (line, "--main-address", self->main_address);
  append_option (line, "--invitation", self->invitation);
  if (self->options.sync_interval_s != TRIAS_SYNC_INTERVAL_DEFAULT_S)
    append_option (line, "--sync-interval", interval);
  if (self->options.failback != TRIAS_FAILBACK_AUTOMATIC)
    append_option (line, "--failback", trias_failback_to_word (self->options.failback));
  if (self->options.profile != TRIAS_PROFILE_LAN)
    append_option (line, "--profile", trias_profile_to_word (self->options.profile));
  return g_string_free (line, FALSE);
}
