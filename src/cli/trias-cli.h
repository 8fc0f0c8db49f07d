/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias.h"
#include "config.h"

#include <glib/gi18n.h>

G_BEGIN_DECLS

/* Exit codes, after sysexits.h where it has one. */
#define TRIAS_EXIT_FAILED 1
#define TRIAS_EXIT_USAGE 64
#define TRIAS_EXIT_UNAVAILABLE 69 /* no server answers, or no seat */
#define TRIAS_EXIT_LOST 75        /* the seat was lost while the command ran */

typedef struct _TriasCommandEntry TriasCommandEntry;

/** What every command gets: the options that all have, and its own arguments. */
typedef struct
{
  const TriasCommandEntry *entry;
  char **servers;      /* (owned) (nullable) --server, may be given more than once */
  char *named;         /* (owned) (nullable) what --server said first */
  char *user;          /* (owned) (nullable) */
  char *password_file; /* (owned) (nullable) */
  gboolean json;
  gboolean quiet; /* say nothing when all went well */
  gboolean force;
  char *where;      /* (owned) (nullable) the server that was meant, as one would name it */
  gboolean guessed; /* @where is the name of no known server and was taken for an address */
  int argc;         /* arguments after noun and verb */
  char **argv;
  char **words; /* (owned) (nullable) what @argv points into */
} TriasCli;

/** Whether it matters which member of a relationship a command asks, so that it must be named. */
typedef enum
{
  TRIAS_CLI_ANY,    /* it does not */
  TRIAS_CLI_HOLDER, /* in a pair: each has its own */
  TRIAS_CLI_ITSELF, /* always: the command is about that server */
} TriasCliWhose;

/** One verb of a noun. @run returns %FALSE with @error, or sets @code. */
struct _TriasCommandEntry
{
  const char *noun;
  const char *verb; /* (nullable) for nouns that are commands themselves */
  const char *arguments;
  const char *summary; /* msgid */
  gboolean (*run) (TriasCli *cli, int *code, GError **error);
  TriasCliWhose whose;
};

/* The tables of the nouns, each ended by an entry without noun. */
extern const TriasCommandEntry trias_cli_admin[];
extern const TriasCommandEntry trias_cli_session[];
extern const TriasCommandEntry trias_cli_server[];
extern const TriasCommandEntry trias_cli_rule[];
extern const TriasCommandEntry trias_cli_license[];
extern const TriasCommandEntry trias_cli_lease[];
extern const TriasCommandEntry trias_cli_relationship[];
extern const TriasCommandEntry trias_cli_event[];
extern const TriasCommandEntry trias_cli_run[];

/** All of them, ended by %NULL. */
extern const TriasCommandEntry *const trias_cli_tables[];

/* --- help --- */
/** Lists the verbs of @noun, or (%NULL) all. */
void trias_cli_print_help (const char *noun);
/** Says on one line that there is no such command, and which one is near. @verb: (nullable) */
void trias_cli_unknown_command (const char *noun, const char *verb);
/** (nullable) the candidate (element-type utf8) that @word was probably meant to be. */
const char *trias_cli_nearest (const char *word, GPtrArray *candidates);
/** Says what is wrong with the options of @cli; @cause (transfer full) is what the parser says,
 * @tables (ended by %NULL) what is allowed. Returns %FALSE. */
gboolean trias_cli_refuse_option (TriasCli *cli,
                                  const GOptionEntry *const *tables,
                                  GError *cause,
                                  GError **error);
/** The same for an argument too many, or (%NULL) one too few. */
gboolean trias_cli_refuse_count (TriasCli *cli, const char *extra, GError **error);

/* --- what a person is told --- */
/** Sets a usage error; the sentence is whole and in the reader's language. Returns %FALSE. */
gboolean trias_cli_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/** The same for a failure that ends with exit code @code. */
gboolean trias_cli_fail (GError **error, int code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/** The key @shown answers at @address: not known yet, or another than the one @expected
 * (nullable). Returns %FALSE. */
gboolean
trias_cli_fail_key (GError **error, const char *address, const char *expected, const char *shown);
/** Says on one line what was done; nothing with --quiet, @answer (nullable) with --json. */
void trias_cli_done (TriasCli *cli, const TriasAnswer *answer, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/** Says on stderr what was no hindrance, but has to be known; nothing with --quiet. */
void trias_cli_warn (const TriasCli *cli, const char *text);
/** @text as it has to be typed in a shell. (transfer full) */
char *trias_cli_quote (const char *text);
/** " --server SERVER" as it was given, for a command that shall be typed next; else "". (transfer
 * full) */
char *trias_cli_same_server (const TriasCli *cli);
/** Says why not and what to do, and returns the exit code; @code is the command's own, or 0. */
int trias_cli_report (const TriasCli *cli, const GError *error, int code);

/* --- arguments --- */
/** Parses options of a verb out of the arguments; what is left stays in @cli. */
gboolean
trias_cli_parse (TriasCli *cli, const GOptionEntry *entries, int min, int max, GError **error);
/** Parses options only up to the first argument that is none, for `run … -- COMMAND`. */
gboolean trias_cli_parse_strict (TriasCli *cli, const GOptionEntry *entries, GError **error);
/** Reads a file, or standard input for "-", up to @max bytes. (transfer full) */
char *trias_cli_read_file (const char *path, gsize max, gsize *length, GError **error);
/** Reads a password: from --password-file, else from the terminal without echo. (transfer full) */
char *trias_cli_read_password (TriasCli *cli, const char *prompt, GError **error);

/* --- asynchronous calls, waited for --- */
/** Callback that stores the result; trias_cli_wait() iterates until it is there. */
void trias_cli_store_result (GObject *source, GAsyncResult *result, gpointer slot);
GAsyncResult *trias_cli_wait (GAsyncResult **slot);

/* --- servers --- */
/** The server that is meant when none is named: the only one of @known, or a member of the one
 * relationship that all of them belong to. (transfer full) */
TriasServer *trias_cli_choose (TriasCli *cli, TriasServers *known, GError **error);
/** The server that --server names, else trias_cli_choose(). With @signed_in an administrator's
 * session: kept token, or --user and a password. (transfer full) */
TriasRest *trias_cli_open (TriasCli *cli, gboolean signed_in, GError **error);
/** The same for the server named @name, as a live object. (transfer full) */
TriasServer *trias_cli_open_server (TriasCli *cli, const char *name, GError **error);
/** The same, kept in the list @servers. (transfer full) */
TriasServer *
trias_cli_open_server_in (TriasCli *cli, TriasServers *servers, const char *name, GError **error);
/** The member at @rank of @setup is the server named @name, on which the invitation @code was made.
 */
gboolean trias_cli_fill_invited (TriasCli *cli,
                                 TriasSetup *setup,
                                 guint rank,
                                 const char *name,
                                 const char *code,
                                 GError **error);
/** Address with fingerprint of what --server or @name means. (transfer full) */
TriasAddress *trias_cli_resolve (TriasCli *cli, const char *name, GError **error);
/** How to call @server (nullable) on the command line: by its name if that can be typed as it is,
 * else by @address. (transfer full) */
char *trias_cli_call_server (TriasServer *server, const TriasAddress *address);
/** What --server of `run` may name, as ADDRESS#FINGERPRINT where the server is known. (transfer
 * full) */
char *trias_cli_pinned (TriasServers *known, const char *text);
/** Remembers the name that the known server @id has now; failures do not matter. */
void trias_cli_note_name (const char *id, const char *name);
/** Sends a request and waits; @body is freed. %NULL with @error. */
TriasAnswer *trias_cli_request (
    TriasRest *rest, const char *method, const char *path, char *body, GError **error);
/** Keeps or (with %NULL) forgets the token of the server @id. */
gboolean trias_cli_keep_token (const char *id, const char *token, GError **error);
/** (transfer full) (nullable) */
char *trias_cli_kept_token (const char *id);

/* --- output --- */
typedef struct _TriasTable TriasTable;
/** A table with the given column titles, ended by %NULL. */
TriasTable *trias_table_new (const char *first_title, ...) G_GNUC_NULL_TERMINATED;
/** Adds a row; as many texts as titles, %NULL ends early. */
void trias_table_add (TriasTable *self, ...) G_GNUC_NULL_TERMINATED;
/** Prints the rows that were added since the last time; titles come before the first ones. */
void trias_table_flush (TriasTable *self);
void trias_table_free (TriasTable *self);
/** Prints and frees; with no rows prints @empty instead. */
void trias_table_print (TriasTable *self, const char *empty);
/** Prints the body of an answer as one line of JSON. */
void trias_cli_print_json (const TriasAnswer *answer);
/** Local date and time of Unix ms; "–" for 0. (transfer full) */
char *trias_cli_format_time (gint64 unix_ms);

G_END_DECLS
