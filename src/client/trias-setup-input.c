/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup-private.h"

#include <string.h>

/* What is filled in: changing any of it makes the last check void. */

typedef enum
{
  INPUT_SERVER,
  INPUT_SWAP, /* with the first one */
  INPUT_NAME,
  INPUT_INVITATION,
  INPUT_ADDRESS,
  INPUT_OPTIONS,
  INPUT_DISCARD,
  INPUT_LEAVING,
} InputKind;

typedef struct
{
  InputKind kind;
  guint rank;
  gconstpointer value;
} Input;

static void
set_text (char **place, const char *value)
{
  char *copy = g_strstrip (g_strdup (value != NULL ? value : ""));

  g_free (*place);
  *place = copy;
}

/* `#FINGERPRINT` may follow. */
static void
apply_address (TriasSetupPart *part, const char *text)
{
  const char *hash = text != NULL ? strchr (text, '#') : NULL;
  g_autofree char *address
      = hash != NULL ? g_strndup (text, (gsize) (hash - text)) : g_strdup (text);

  set_text (&part->address, address);
  set_text (&part->fingerprint, hash != NULL ? hash + 1 : "");
}

static void
swap (TriasSetup *self, guint rank)
{
  TriasSetupPart first = self->parts[0];

  self->parts[0] = self->parts[rank];
  self->parts[rank] = first;
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (i == 0 || i == rank)
      {
        set_text (&self->parts[i].fingerprint, "");
        set_text (&self->parts[i].invitation, "");
      }
}

void
trias_setup_forget_codes (TriasSetup *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_clear_pointer (&self->parts[i].made_code, g_free);
}

/* Whether something is missing depends on where one is signed in. */
static void
server_state_cb (TriasServer *server, GParamSpec *pspec, TriasSetup *self)
{
  g_object_notify (G_OBJECT (self), "problem");
}

static void
watch_all (TriasSetup *self, gboolean on)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasServer *server = self->parts[i].server;

      if (server == NULL)
        continue;
      g_signal_handlers_disconnect_by_func (server, server_state_cb, self);
      if (on)
        g_signal_connect_object (server, "notify::state", G_CALLBACK (server_state_cb), self, 0);
    }
}

static void
apply_input (gpointer object, gpointer data)
{
  TriasSetup *self = object;
  const Input *input = data;
  TriasSetupPart *part = &self->parts[input->rank];

  watch_all (self, FALSE);
  switch (input->kind)
    {
    case INPUT_SERVER:
      g_set_object (&part->server, (gpointer) input->value);
      break;
    case INPUT_SWAP:
      swap (self, input->rank);
      break;
    case INPUT_NAME:
      set_text (&self->name, input->value);
      break;
    case INPUT_INVITATION:
      set_text (&part->invitation, input->value);
      break;
    case INPUT_ADDRESS:
      apply_address (part, input->value);
      break;
    case INPUT_OPTIONS:
      self->options = *(const TriasOptions *) input->value;
      break;
    case INPUT_DISCARD:
      self->discard = input->value != NULL;
      break;
    case INPUT_LEAVING:
      g_free (self->leaving);
      self->leaving = g_strdup (input->value);
      break;
    }
  watch_all (self, TRUE);
  /* Name and options are not what a check is about. */
  if (input->kind == INPUT_NAME || input->kind == INPUT_OPTIONS)
    return;
  self->passed = FALSE;
  trias_setup_forget_codes (self);
  if (self->state == TRIAS_SETUP_CHECKED || self->state == TRIAS_SETUP_FAILED)
    self->state = TRIAS_SETUP_EDITING;
}

static void
set_input (TriasSetup *self, InputKind kind, guint rank, gconstpointer value)
{
  Input input = { kind, rank, value };

  g_return_if_fail (rank < trias_kind_n_members (self->kind));

  if (self->state == TRIAS_SETUP_FORMING)
    return;
  trias_setup_change (self, apply_input, &input);
}

void
trias_setup_set_server (TriasSetup *self, guint rank, TriasServer *server)
{
  set_input (self, INPUT_SERVER, rank, server);
}

void
trias_setup_swap (TriasSetup *self, guint rank)
{
  set_input (self, INPUT_SWAP, rank, NULL);
}

void
trias_setup_set_name (TriasSetup *self, const char *name)
{
  set_input (self, INPUT_NAME, 0, name);
}

void
trias_setup_set_invitation (TriasSetup *self, guint rank, const char *code)
{
  set_input (self, INPUT_INVITATION, rank, code);
}

void
trias_setup_set_address (TriasSetup *self, guint rank, const char *address)
{
  set_input (self, INPUT_ADDRESS, rank, address);
}

void
trias_setup_set_options (TriasSetup *self, const TriasOptions *options)
{
  set_input (self, INPUT_OPTIONS, 0, options);
}

void
trias_setup_set_leaving (TriasSetup *self, const char *id)
{
  if (g_strcmp0 (self->leaving, id) != 0)
    set_input (self, INPUT_LEAVING, 0, id);
}

void
trias_setup_set_discard (TriasSetup *self, gboolean discard)
{
  if (self->discard != discard)
    set_input (self, INPUT_DISCARD, 0, discard ? self : NULL);
}

void
trias_setup_get_options (TriasSetup *self, TriasOptions *options)
{
  *options = self->options;
}

guint
trias_setup_get_n_members (TriasSetup *self)
{
  /* Who coordinates a change, and the newcomer. */
  return self->changed != NULL ? 2 : trias_kind_n_members (self->kind);
}

TriasServer *
trias_setup_get_server (TriasSetup *self, guint rank)
{
  g_return_val_if_fail (rank < TRIAS_MAX_MEMBERS, NULL);

  return self->parts[rank].server;
}

const char *
trias_setup_get_name (TriasSetup *self)
{
  return self->name;
}

char *
trias_setup_candidate_address (TriasSetup *self, guint rank)
{
  const TriasSetupPart *part = &self->parts[rank];

  if (part->address[0] != '\0' || part->server == NULL)
    return g_strdup (part->address);
  return g_strdup (trias_server_get_address (part->server));
}

const char *
trias_setup_candidate_fingerprint (TriasSetup *self, guint rank)
{
  const TriasSetupPart *part = &self->parts[rank];

  if (part->server != NULL && trias_server_get_id (part->server)[0] != '\0')
    return trias_server_get_id (part->server);
  return part->fingerprint;
}

static gboolean
is_signed_in (TriasServer *server)
{
  return server != NULL && trias_server_get_state (server) == TRIAS_SERVER_CONNECTED;
}

static gboolean
is_same (TriasSetup *self, guint a, guint b)
{
  const TriasSetupPart *one = &self->parts[a], *other = &self->parts[b];
  const char *id = trias_setup_candidate_fingerprint (self, a);

  return (one->server != NULL && one->server == other->server)
         || (id[0] != '\0' && strcmp (id, trias_setup_candidate_fingerprint (self, b)) == 0);
}

static gboolean
has_double (TriasSetup *self)
{
  guint n = trias_setup_get_n_members (self);

  for (guint a = 0; a < n; a++)
    for (guint b = a + 1; b < n; b++)
      if (is_same (self, a, b))
        return TRUE;
  return FALSE;
}

/* The first one must be a server that this program is signed in to; the others may be an address.
 */
const char *
trias_setup_get_problem (TriasSetup *self)
{
  static const char *const missing[] = { "main", "backup", "third" };
  guint n = trias_setup_get_n_members (self);

  if (self->present)
    return is_signed_in (self->parts[0].server) ? "" : "sign-in";
  for (guint rank = 0; rank < n; rank++)
    if (self->parts[rank].server == NULL && (rank == 0 || self->parts[rank].address[0] == '\0'))
      return rank > 0 && self->changed != NULL ? "newcomer" : missing[rank];
  if (has_double (self))
    return "same";
  if (!is_signed_in (self->parts[0].server))
    return "sign-in";
  for (guint rank = 1; rank < n; rank++)
    if (self->parts[rank].invitation[0] == '\0' && !is_signed_in (self->parts[rank].server))
      return "invitation";
  return self->name[0] == '\0' ? "name" : "";
}

gboolean
trias_setup_is_complete (TriasSetup *self, gboolean with_name, GError **error)
{
  static const struct
  {
    const char *word;
    const char *pair;
    const char *triad;
    const char *change; /* (nullable) as for a triad */
  } sentences[] = {
    { "main", "Name the main server first.", "Name the primary server first." },
    { "backup", "Name the backup server first.", "Name the secondary server first." },
    { "third", "", "Name the tertiary server first." },
    { "newcomer", "", "Name the new server first." },
    { "same", "Main and backup must be two different servers.",
      "A triad needs three different servers." },
    { "sign-in", "Sign in to the main server first.", "Sign in to the primary server first.",
      "Sign in first to the server that serves the clients now." },
    { "invitation", "Sign in to the backup server, or enter an invitation code made on it.",
      "Sign in to each of the other servers, or enter an invitation code made on it.",
      "Sign in to the new server, or enter an invitation code made on it." },
    { "name", "Give the relationship a name.", "Give the relationship a name." },
  };
  const char *problem = trias_setup_get_problem (self);

  if (!with_name && strcmp (problem, "name") == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (strcmp (sentences[i].word, problem) == 0)
      {
        const char *text = self->kind == TRIAS_KIND_TRIAD ? sentences[i].triad : sentences[i].pair;

        if (self->changed != NULL && sentences[i].change != NULL)
          text = sentences[i].change;
        g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, text);
        return FALSE;
      }
  return TRUE;
}

TriasServer *
trias_setup_find_server (TriasSetup *self, const char *id)
{
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    if (is_signed_in (self->parts[rank].server)
        && strcmp (trias_server_get_id (self->parts[rank].server), id) == 0)
      return self->parts[rank].server;
  return NULL;
}

char *
trias_setup_name_of (TriasSetup *self, const char *id, const TriasCheck *check)
{
  const char *told = NULL;

  if (id[0] == '\0')
    return g_strdup ("");
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    if (self->parts[rank].server != NULL
        && strcmp (trias_server_get_id (self->parts[rank].server), id) == 0)
      return g_strdup (trias_server_get_name (self->parts[rank].server));
  if (self->changed != NULL && trias_relationship_find (self->changed, id) != NULL)
    return g_strdup (trias_relationship_find (self->changed, id)->name);
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
  g_string_append_printf (line, "%s%s %s", *option != '\0' ? " " : "", option, quoted);
}

static void
append_server (GString *line, const char *option, const char *address, const char *fingerprint)
{
  g_autofree char *text
      = fingerprint[0] != '\0' ? g_strconcat (address, "#", fingerprint, NULL) : g_strdup (address);

  if (address[0] != '\0')
    append_option (line, option, text);
}

/* The options of the command line for each member, by rank. */
static const char *const server_options[2][TRIAS_MAX_MEMBERS] = {
  [TRIAS_KIND_BACKUP] = { "--main", "--backup", NULL },
  [TRIAS_KIND_TRIAD] = { "--primary", "--secondary", "--tertiary" },
};
static const char *const invitation_options[2][TRIAS_MAX_MEMBERS] = {
  [TRIAS_KIND_BACKUP] = { NULL, "--invitation", NULL },
  [TRIAS_KIND_TRIAD] = { NULL, "--secondary-invitation", "--tertiary-invitation" },
};

static void
append_members (TriasSetup *self, GString *line)
{
  TriasServer *first = self->parts[0].server;

  if (first != NULL)
    append_server (line, server_options[self->kind][0], trias_server_get_address (first),
                   trias_server_get_fingerprint (first));
  for (guint rank = 1; rank < trias_setup_get_n_members (self); rank++)
    {
      g_autofree char *address = trias_setup_candidate_address (self, rank);

      append_server (line, server_options[self->kind][rank], address,
                     trias_setup_candidate_fingerprint (self, rank));
    }
  append_option (line, self->kind == TRIAS_KIND_TRIAD ? "--primary-address" : "--main-address",
                 self->parts[0].address);
  for (guint rank = 1; rank < trias_setup_get_n_members (self); rank++)
    append_option (line, invitation_options[self->kind][rank], self->parts[rank].invitation);
}

static char *
change_command (TriasSetup *self)
{
  const TriasMember *leaving = trias_setup_get_leaving (self);
  GString *line = g_string_new ("trias relationship");
  g_autofree char *address = trias_setup_candidate_address (self, 1);

  g_string_append (line, leaving != NULL ? " replace" : " grow");
  if (leaving != NULL)
    append_option (line, "", leaving->name);
  append_server (line, "--with", address, trias_setup_candidate_fingerprint (self, 1));
  append_option (line, "--invitation", self->parts[1].invitation);
  if (self->discard)
    g_string_append (line, " --discard");
  if (self->parts[0].server != NULL)
    append_server (line, "--server", trias_server_get_address (self->parts[0].server),
                   trias_server_get_fingerprint (self->parts[0].server));
  return g_string_free (line, FALSE);
}

char *
trias_setup_get_command_line (TriasSetup *self)
{
  GString *line;
  g_autofree char *interval = g_strdup_printf ("%u", self->options.sync_interval_s);

  if (self->changed != NULL)
    return change_command (self);
  line = g_string_new ("trias relationship create");
  append_option (line, "--name", self->name);
  append_members (self, line);
  if (self->options.sync_interval_s != TRIAS_SYNC_INTERVAL_DEFAULT_S)
    append_option (line, "--sync-interval", interval);
  if (self->options.failback != TRIAS_FAILBACK_AUTOMATIC)
    append_option (line, "--failback", trias_failback_to_word (self->options.failback));
  if (self->options.profile != TRIAS_PROFILE_LAN)
    append_option (line, "--profile", trias_profile_to_word (self->options.profile));
  return g_string_free (line, FALSE);
}
