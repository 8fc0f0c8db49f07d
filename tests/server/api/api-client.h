/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "api-server.h"

G_BEGIN_DECLS

/* Requests of the clients' thread: each on a connection of its own. */

typedef struct
{
  guint status;
  char *head;      /* (owned) */
  char *text;      /* (owned) body */
  TriasJson *json; /* (owned) (nullable) */
} ApiAnswer;

void api_answer_free (ApiAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ApiAnswer, api_answer_free)

/** As the administrator; @body %NULL: none. */
ApiAnswer *api_admin (ApiServer *server, const char *method, const char *path, const char *body);
/** As the client with @identity (%NULL: without a key). */
ApiAnswer *api_client (ApiServer *server,
                       TriasIdentity *identity,
                       const char *method,
                       const char *path,
                       const char *body);
/** With all that can be varied: @head are header lines, each ended by CR LF. */
ApiAnswer *api_request (ApiServer *server,
                        TriasIdentity *identity,
                        const char *head,
                        const char *method,
                        const char *path,
                        const char *body,
                        gsize length);
/** Signs in as API_ADMIN and keeps the token. */
void api_sign_in (ApiServer *server);
/** Installs a licence with @features like "cad:3". */
void api_install (ApiServer *server, const char *id, const char *features);
/** `{"text": …}` of a licence. (transfer full) */
char *api_license_body (const char *text);

/** Fails the test unless the answer has @status and, if it is a problem, @reason. Frees it. */
void api_expect (ApiAnswer *answer, guint status, const char *reason);
#define api_assert_status(answer, wanted)                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((answer)->status != (wanted))                                                              \
      g_error ("status %u, not %u: %s", (answer)->status, (guint) (wanted), (answer)->text);       \
  }                                                                                                \
  G_STMT_END
/** A member by path like "leases.0.id": a string. */
const char *api_string (const ApiAnswer *answer, const char *path);
gint64 api_int (const ApiAnswer *answer, const char *path);
gboolean api_bool (const ApiAnswer *answer, const char *path);
/** Number of elements of an array; -1 if there is none. */
int api_length (const ApiAnswer *answer, const char *path);

G_END_DECLS
