/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-http.h"

G_BEGIN_DECLS

/** At most so many addresses to listen on. */
#define TRIAS_CONFIG_MAX_LISTEN 32

/** What the server is told at start: the file, then the command line. */
typedef struct
{
  char **listen; /* (owned) ADDRESS:PORT */
  char *name;    /* (owned) */
  char *state;   /* (owned) folder */
  char *issuers; /* (owned) folder */
  char *socket;  /* (owned) (nullable) of `trias admin`; NULL = admin.sock in the state folder */
  GLogLevelFlags log_level; /* the least important level that is logged */
  TriasHttpLimits limits;
  gboolean plain; /* without TLS, for benchmarks on loopback */
} TriasConfig;

/** Everything as it is without a file. */
TriasConfig *trias_config_new (void);
void trias_config_free (TriasConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasConfig, trias_config_free)
/** Reads @path over it. The error names file and line and says what is allowed, a line of its own
 * for each mistake. */
gboolean trias_config_load (TriasConfig *self, const char *path, GError **error);
/** The same from memory; @path is for messages. */
gboolean trias_config_parse (TriasConfig *self, const char *text, const char *path, GError **error);
/** Replaces the addresses with those of the command line. */
gboolean trias_config_set_listen (TriasConfig *self, const char *const *addresses, GError **error);
gboolean trias_config_set_name (TriasConfig *self, const char *name, GError **error);

G_END_DECLS
