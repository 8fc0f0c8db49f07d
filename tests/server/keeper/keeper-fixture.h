/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-keeper-clock.h"

/* A keeper over a folder of its own, with a clock that stands still unless it is moved. */

#define SERVER_ID "1111111111111111111111111111111111111111111111111111111111111111"
#define PARTNER_ID "2222222222222222222222222222222222222222222222222222222222222222"
#define CLIENT_ID "3333333333333333333333333333333333333333333333333333333333333333"

typedef struct
{
  char *folder;
  const char *id; /* of the server */
  char *secret;
  TriasIssuers *issuers;
  TriasKeeper *keeper;
  gint64 boot, wall;
} Fixture;

typedef struct
{
  guint count;
  guint granted;
  guint by_reason[TRIAS_N_REASONS];
} Answers;

/** @folder NULL: a new temporary one. */
Fixture *fixture_new (const char *folder);
/** Another server in a new folder, which trusts the issuer of @other. */
Fixture *fixture_new_server (const char *id, Fixture *other);
/** A second process's look at the folder of another fixture, which is closed. */
Fixture *fixture_attach (const char *folder);
void fixture_free (Fixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
void fixture_close (Fixture *self);
void fixture_open_with (Fixture *self, TriasIssuers *issuers);
void fixture_reopen (Fixture *self);
/** Runs the loop until *@count has reached @wanted, or fails after 30 s. */
void fixture_wait (Fixture *self, const guint *count, guint wanted);
/** Runs the loop until what was submitted so far is settled. */
void fixture_settle (Fixture *self);
/** Moves both clocks and settles. */
void fixture_pass (Fixture *self, gint64 ms);

char *fixture_license (Fixture *self, const char *feature, guint seats);
void fixture_install (Fixture *self, const char *feature, guint seats);
/** A licence of its own for more seats of @feature. */
void fixture_install_more (Fixture *self, const char *feature, guint seats);
void fixture_install_until (Fixture *self, const char *feature, guint seats, gint64 not_after);
char *lease_id (guint number);
void fixture_grant_async (
    Fixture *self, guint number, const char *feature, guint ttl_s, Answers *answers);
TriasReason fixture_grant (Fixture *self, guint number, const char *feature, guint ttl_s);
void fixture_renew_async (Fixture *self, guint number, Answers *answers);
TriasReason fixture_renew (Fixture *self, guint number);
