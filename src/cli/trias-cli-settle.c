/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a command says it has done is shown by all servers: members learn of it one after the other,
 * and whoever asks one of them next must not find the contrary. */

#include "cli/trias-cli-settle.h"

#include <stdio.h>
#include <string.h>

#define SETTLE_MS 15000
#define LOOK_MS 200
#define ANSWER_DEADLINE_MS 2000

typedef struct
{
  char *id;
  char *name;
  TriasRest *rest;
} Target;

static void
target_free (gpointer data)
{
  Target *self = data;

  g_free (self->id);
  g_free (self->name);
  g_clear_object (&self->rest);
  g_free (self);
}

typedef struct
{
  TriasCli *cli;
  TriasServers *known;
  GPtrArray *targets; /* (element-type Target) */
  char *said;         /* (nullable) name of the one that was waited for last */
} Settling;

static gboolean
has_target (Settling *self, const char *id)
{
  for (guint i = 0; i < self->targets->len; i++)
    if (strcmp (((Target *) self->targets->pdata[i])->id, id) == 0)
      return TRUE;
  return FALSE;
}

/* Where @member is reached: as this user knows it, else as the other members do. */
static TriasAddress *
address_of (Settling *self, const TriasMember *member)
{
  TriasServer *server = trias_servers_find (self->known, member->id);
  const char *address = server != NULL ? trias_server_get_address (server) : member->addresses[0];

  return address != NULL ? trias_address_parse (address, NULL) : NULL;
}

static void
add_targets (Settling *self, const TriasRelationship *relationship)
{
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      g_autoptr (TriasAddress) address = NULL;
      g_autofree char *token = NULL;
      g_autofree char *uri = NULL;
      Target *target;

      if (has_target (self, member->id) || (address = address_of (self, member)) == NULL)
        continue;
      token = trias_cli_kept_token (member->id);
      uri = trias_address_to_base_uri (address);
      target = g_new0 (Target, 1);
      target->id = g_strdup (member->id);
      target->name = g_strdup (member->name);
      target->rest = trias_rest_new (uri, member->id, NULL);
      trias_rest_set_deadline (target->rest, ANSWER_DEADLINE_MS);
      if (token != NULL)
        trias_rest_set_token (target->rest, token);
      g_ptr_array_add (self->targets, target);
    }
}

/* Who does not answer shows nothing wrong either. */
static TriasRelationshipInfo *
ask (Target *target)
{
  g_autoptr (TriasAnswer) answer
      = trias_cli_request (target->rest, "GET", "/relationship", NULL, NULL);

  return answer != NULL ? trias_relationship_info_read (answer->json, NULL) : NULL;
}

/* (nullable) the name of one that shows something else. */
static const char *
find_behind (Settling *self, const char *relationship, TriasCliShown shown, gconstpointer wanted)
{
  /* A view may name members that are new. */
  for (guint i = 0; i < self->targets->len; i++)
    {
      Target *target = self->targets->pdata[i];
      g_autoptr (TriasRelationshipInfo) info = ask (target);
      const TriasRelationship *present
          = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;

      if (info != NULL && !shown (info, target->id, wanted))
        return target->name;
      if (present != NULL && strcmp (present->id, relationship) == 0)
        add_targets (self, present);
    }
  return NULL;
}

static void
say_waiting (Settling *self, const char *name)
{
  if (self->cli->json || self->cli->quiet || g_strcmp0 (self->said, name) == 0)
    return;
  /* TRANSLATORS: a server */
  g_print (_ ("… waiting until “%s” shows it, too\n"), name);
  fflush (stdout);
  g_free (self->said);
  self->said = g_strdup (name);
}

static void
say_behind (Settling *self, const char *name)
{
  if (!self->cli->quiet)
    /* TRANSLATORS: a server */
    g_printerr (_ ("“%s” does not show it yet; that ends by itself once the servers hear each "
                   "other.\n"),
                name);
}

void
trias_cli_settle (TriasCli *cli,
                  const TriasRelationship *relationship,
                  TriasCliShown shown,
                  gconstpointer wanted)
{
  gint64 end = g_get_monotonic_time () + SETTLE_MS * G_TIME_SPAN_MILLISECOND;
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (target_free);
  Settling self = { .cli = cli, .known = known, .targets = targets };
  const char *behind;

  trias_servers_restore (known, NULL);
  add_targets (&self, relationship);
  while ((behind = find_behind (&self, relationship->id, shown, wanted)) != NULL
         && g_get_monotonic_time () < end)
    {
      say_waiting (&self, behind);
      g_usleep (LOOK_MS * 1000);
    }
  if (behind != NULL)
    say_behind (&self, behind);
  g_free (self.said);
}

/* --- what is waited for --- */

static gboolean
is_connected (const TriasMemberStatus *status)
{
  return status->connected;
}

static gboolean
is_synchronised (const TriasMemberStatus *status)
{
  return status->synchronised;
}

static gboolean
all_are (TriasRelationshipInfo *info, gboolean (*good) (const TriasMemberStatus *status))
{
  const TriasMemberStatus *status = trias_relationship_info_get_status (info);
  GPtrArray *statuses = trias_relationship_info_get_statuses (info);

  if (status != NULL && !good (status))
    return FALSE;
  for (guint i = 0; i < statuses->len; i++)
    if (!good (statuses->pdata[i]))
      return FALSE;
  return TRUE;
}

gboolean
trias_cli_shows_formed (TriasRelationshipInfo *info, const char *id, gconstpointer formed)
{
  const TriasRelationship *present = trias_relationship_info_get_relationship (info);

  return present != NULL && strcmp (present->id, ((const TriasRelationship *) formed)->id) == 0
         && trias_relationship_info_get_active (info) != NULL && all_are (info, is_connected)
         && all_are (info, is_synchronised);
}

gboolean
trias_cli_shows_change (TriasRelationshipInfo *info, const char *id, gconstpointer changed)
{
  const TriasCliChanged *self = changed;
  const TriasRelationship *present = trias_relationship_info_get_relationship (info);

  if (g_strcmp0 (id, self->leaving) == 0)
    return trias_cli_shows_end (info, id, self->before);
  return present != NULL && strcmp (present->id, self->before->id) == 0
         && present->incarnation > self->before->incarnation
         && trias_relationship_info_get_active (info) != NULL && all_are (info, is_connected);
}

gboolean
trias_cli_shows_end (TriasRelationshipInfo *info, const char *id, gconstpointer before)
{
  const TriasRelationship *present = trias_relationship_info_get_relationship (info);

  return present == NULL || strcmp (present->id, ((const TriasRelationship *) before)->id) != 0;
}

gboolean
trias_cli_shows_options (TriasRelationshipInfo *info, const char *id, gconstpointer options)
{
  const TriasRelationship *self = options;
  const TriasRelationship *present = trias_relationship_info_get_relationship (info);

  if (present == NULL || strcmp (present->name, self->name) != 0
      || present->options.failback != self->options.failback
      || present->options.sync_interval_s != self->options.sync_interval_s)
    return FALSE;
  for (guint i = 0; i < self->members->len; i++)
    {
      const TriasMember *member = self->members->pdata[i];
      const TriasMember *shown = trias_relationship_find (present, member->id);

      if (shown == NULL
          || !g_strv_equal ((const char *const *) shown->addresses,
                            (const char *const *) member->addresses))
        return FALSE;
    }
  return TRUE;
}

gboolean
trias_cli_shows_active (TriasRelationshipInfo *info, const char *id, gconstpointer active)
{
  return g_strcmp0 (trias_relationship_info_get_active (info), active) == 0;
}

/* Whoever sees only the outline sees who serves. */
gboolean
trias_cli_shows_drained (TriasRelationshipInfo *info, const char *id, gconstpointer drained)
{
  const TriasMaintenance *maintenance = trias_relationship_info_find_maintenance (info, drained);
  gboolean full = *trias_relationship_info_get_epoch (info) != '\0';

  if (full && (maintenance == NULL || maintenance->unsafe != TRIAS_UNSAFE_NONE))
    return FALSE;
  return !trias_cli_shows_active (info, id, drained);
}

gboolean
trias_cli_shows_resumed (TriasRelationshipInfo *info, const char *id, gconstpointer resumed)
{
  return trias_relationship_info_find_maintenance (info, resumed) == NULL;
}
