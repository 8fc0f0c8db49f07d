/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-client-enums.h"
#include "client/trias-deadline.h"
#include "client/trias-items-private.h"
#include "client/trias-setup.h"

G_BEGIN_DECLS

/** A member-to-be, by rank; the first one coordinates. */
typedef struct
{
  TriasServer *server; /* (owned) (nullable) */
  char *address;       /* (owned) as the coordinator (for itself: the others) reaches it; "" = the
                          server's own */
  char *fingerprint;   /* (owned) "" */
  char *invitation;    /* (owned) "" = made by itself */
  char *made_code;     /* (owned) (nullable) invitation that this program made */
  gint64 made_until;   /* Unix ms */
} TriasSetupPart;

/** The others as the coordinator is told of them. */
typedef struct
{
  TriasCandidate list[TRIAS_MAX_MEMBERS - 1];
  guint n;
} TriasSetupCandidates;

struct _TriasSetup
{
  GObject parent_instance;

  TriasKind kind;
  gboolean present;           /* it is there already, and only checked */
  TriasRelationship *changed; /* (owned) (nullable) what goes on with another server */
  char *leaving;              /* (owned) (nullable) id of the member of it that is replaced */
  gboolean discard;
  TriasSetupPart parts[TRIAS_MAX_MEMBERS];
  char *name;
  TriasOptions options;

  TriasSetupState state;
  gboolean passed;
  gboolean sealed; /* forming can no longer be stopped */
  gboolean copied; /* and the first copy is complete */
  char *error_message;

  char *forming_id; /* (owned) (nullable) */

  GListStore *checks;
  GListStore *steps;
  GListStore *made_rules;
};

/** Carries out @change and notifies what differs. */
void trias_setup_change (TriasSetup *self, TriasItemChange change, gpointer data);
void trias_setup_set_state (TriasSetup *self, TriasSetupState state, const GError *error);
/** The server object with @id, if this program is signed in to it. (nullable) (transfer none) */
TriasServer *trias_setup_find_server (TriasSetup *self, const char *id);
/** Name to show for a server id. (transfer full) */
char *trias_setup_name_of (TriasSetup *self, const char *id, const TriasCheck *check);
/** Why nothing can be checked (or, @with_name, formed) yet, as error; %TRUE if it can. */
gboolean trias_setup_is_complete (TriasSetup *self, gboolean with_name, GError **error);
/** Address and fingerprint of the member at @rank, for the coordinator. (transfer full) */
char *trias_setup_candidate_address (TriasSetup *self, guint rank);
const char *trias_setup_candidate_fingerprint (TriasSetup *self, guint rank);
void trias_setup_forget_codes (TriasSetup *self);
void trias_setup_candidates_free (TriasSetupCandidates *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasSetupCandidates, trias_setup_candidates_free)

/** Gets a code for each of the others: the one typed, one made before, or a new one. */
void trias_setup_invite_async (TriasSetup *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
/** (transfer full) the others, with their codes */
TriasSetupCandidates *
trias_setup_invite_finish (TriasSetup *self, GAsyncResult *result, GError **error);

TriasCheckItem *trias_check_item_new (void);
void trias_check_item_set (TriasCheckItem *self, TriasSetup *setup, const TriasCheck *check);
TriasMadeRule *trias_made_rule_new (TriasServer *server, const TriasRule *rule);
TriasSetupStep *trias_setup_step_new (const char *kind);
void trias_setup_step_set (TriasSetupStep *self, TriasCheckState state, const char *detail);

G_END_DECLS
