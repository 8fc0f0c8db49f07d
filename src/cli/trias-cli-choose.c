/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Which server a command means that names none: the only one that is known, or, where all known
 * ones belong to one relationship, a member that answers. */

#include "cli/trias-cli.h"

#include <string.h>

#define ANSWER_DEADLINE_MS 3000
/* More are not asked: the members of a triad and those that they were put in the place of. */
#define MAX_ASKED (2 * TRIAS_MAX_MEMBERS)

/* A known server, asked where it belongs. */
typedef struct
{
  TriasServer *server; /* (owned) */
  TriasRest *rest;     /* (owned) */
  GAsyncResult *result;
  TriasRelationshipInfo *info; /* (owned) (nullable) */
  gboolean answered;           /* or failed to */
  gboolean token;              /* somebody is signed in there */
} Candidate;

typedef struct
{
  Candidate all[MAX_ASKED];
  guint n;
} Candidates;

static void
candidates_clear (Candidates *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_clear_object (&self->all[i].server);
      g_clear_object (&self->all[i].rest);
      g_clear_object (&self->all[i].result);
      g_clear_object (&self->all[i].info);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Candidates, candidates_clear)

static void
ask (Candidates *self, TriasServers *known, GCancellable *cancellable)
{
  for (guint i = 0; i < self->n; i++)
    {
      Candidate *one = &self->all[i];
      g_autoptr (TriasAddress) address = NULL;
      g_autofree char *uri = NULL;
      g_autofree char *token = NULL;

      one->server = g_list_model_get_item (G_LIST_MODEL (known), i);
      address = trias_address_parse (trias_server_get_address (one->server), NULL);
      one->answered = address == NULL || *trias_server_get_fingerprint (one->server) == '\0';
      if (one->answered)
        continue;
      uri = trias_address_to_base_uri (address);
      token = trias_cli_kept_token (trias_server_get_fingerprint (one->server));
      one->token = token != NULL;
      one->rest = trias_rest_new (uri, trias_server_get_fingerprint (one->server), NULL);
      trias_rest_set_deadline (one->rest, ANSWER_DEADLINE_MS);
      trias_rest_send_async (one->rest, "GET", "/relationship", NULL, NULL, cancellable,
                             trias_cli_store_result, &one->result);
    }
}

static void
take_answers (Candidates *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      Candidate *one = &self->all[i];
      g_autoptr (TriasAnswer) answer = NULL;

      if (one->answered || one->result == NULL)
        continue;
      answer = trias_rest_send_finish (one->rest, one->result, NULL);
      one->info = answer != NULL ? trias_relationship_info_read (answer->json, NULL) : NULL;
      one->answered = TRUE;
    }
}

/* Whether @one says that @relationship goes on without it. */
static gboolean
has_left (const Candidate *one, const TriasRelationship *relationship)
{
  const TriasLeftOut *left_out
      = one->info != NULL ? trias_relationship_info_get_left_out (one->info) : NULL;

  return left_out != NULL && strcmp (left_out->id, relationship->id) == 0;
}

static gboolean
has_left_any (Candidates *self, const Candidate *one)
{
  for (guint i = 0; i < self->n; i++)
    {
      const TriasRelationship *relationship
          = self->all[i].info != NULL ? trias_relationship_info_get_relationship (self->all[i].info)
                                      : NULL;

      if (relationship != NULL && has_left (one, relationship))
        return TRUE;
    }
  return FALSE;
}

/* Whether all known servers are members of what @one belongs to, or were once. */
static gboolean
covers (Candidates *self, Candidate *one)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (one->info);

  for (guint i = 0; i < self->n; i++)
    if (relationship == NULL
        || (trias_relationship_find (relationship,
                                     trias_server_get_fingerprint (self->all[i].server))
                == NULL
            && !has_left (&self->all[i], relationship)))
      return FALSE;
  return TRUE;
}

/* The one that serves counts, but one that somebody is signed in on counts more. */
static int
worth (const Candidate *one)
{
  const char *id = trias_server_get_fingerprint (one->server);

  return (one->token ? 2 : 0)
         + (g_strcmp0 (trias_relationship_info_get_active (one->info), id) == 0 ? 1 : 0);
}

/* (nullable) who is meant, as far as answers have come; @all: no more will come. One that says that
 * it belongs elsewhere is believed, unless another one serves. */
static Candidate *
look (Candidates *self, gboolean all)
{
  gboolean elsewhere = FALSE, better = FALSE;
  Candidate *best = NULL;

  for (guint i = 0; i < self->n; i++)
    {
      Candidate *one = &self->all[i];

      if (!one->answered)
        better |= one->token;
      else if (one->info != NULL && has_left_any (self, one))
        continue;
      else if (one->info != NULL && !covers (self, one))
        elsewhere = TRUE;
      else if (one->info != NULL && (best == NULL || worth (one) > worth (best)))
        best = one;
    }
  if (best != NULL && worth (best) % 2 == 1 && (best->token || !better))
    return best;
  return all && !elsewhere ? best : NULL;
}

static gboolean
all_answered (Candidates *self)
{
  for (guint i = 0; i < self->n; i++)
    if (!self->all[i].answered)
      return FALSE;
  return TRUE;
}

/* Asks all at once; returns as soon as the answer cannot become better. */
static Candidate *
ask_and_look (Candidates *self, TriasServers *known)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Candidate *chosen = NULL;

  ask (self, known, cancellable);
  while (chosen == NULL && !all_answered (self))
    {
      g_main_context_iteration (NULL, TRUE);
      take_answers (self);
      chosen = look (self, FALSE);
    }
  g_cancellable_cancel (cancellable);
  while (!all_answered (self))
    {
      g_main_context_iteration (NULL, TRUE);
      take_answers (self);
    }
  return chosen != NULL ? chosen : look (self, TRUE);
}

static gboolean
nobody_answered (Candidates *self)
{
  for (guint i = 0; i < self->n; i++)
    if (self->all[i].info != NULL)
      return FALSE;
  return TRUE;
}

static gboolean
matters (const TriasCli *cli, const Candidate *chosen)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (chosen->info);

  return cli->entry->whose == TRIAS_CLI_HOLDER && relationship->kind == TRIAS_KIND_BACKUP;
}

TriasServer *
trias_cli_choose (TriasCli *cli, TriasServers *known, GError **error)
{
  g_auto (Candidates) candidates = { 0 };
  guint n = g_list_model_get_n_items (G_LIST_MODEL (known));
  Candidate *chosen = NULL;

  if (n == 1)
    return g_list_model_get_item (G_LIST_MODEL (known), 0);
  if (n == 0)
    {
      trias_cli_usage (error, "%s", _ ("Which server? Add one with: trias server add ADDRESS"));
      return NULL;
    }
  if (cli->entry->whose != TRIAS_CLI_ITSELF && n <= MAX_ASKED)
    {
      candidates.n = n;
      chosen = ask_and_look (&candidates, known);
      if (chosen == NULL && nobody_answered (&candidates))
        {
          trias_cli_fail (error, TRIAS_EXIT_UNAVAILABLE, "%s",
                          _ ("None of the known servers answers. See: trias server list"));
          return NULL;
        }
    }
  if (chosen != NULL && !matters (cli, chosen))
    return g_object_ref (chosen->server);
  trias_cli_usage (error, "%s",
                   _ ("Several servers are known. Choose one with --server NAME. See: "
                      "trias server list"));
  return NULL;
}
