/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"

G_BEGIN_DECLS

/** 2026-01-01T00:00:00Z, where the tests' time begins. */
#define TEST_T0 G_GINT64_CONSTANT (1767225600000)
#define TEST_HOUR G_GINT64_CONSTANT (3600000)
#define TEST_SERVER "1111111111111111111111111111111111111111111111111111111111111111"
#define TEST_PARTNER "2222222222222222222222222222222222222222222222222222222222222222"
#define TEST_OTHER "3333333333333333333333333333333333333333333333333333333333333333"

/** One feature as JSON; @not_before and @not_after are Unix ms, 0 = none. (transfer full) */
char *test_feature (const char *name,
                    guint seats,
                    const char *counted_by,
                    gint64 not_before,
                    gint64 not_after,
                    guint grace_hours);
/** A signed licence; @features is a list of JSON objects, @bind a list of quoted ids. */
TriasLicense *test_license (
    const char *id, guint revision, const char *product, const char *features, const char *bind);
/** Applies @command, which it frees. */
TriasOutcome *test_apply (TriasLedger *ledger, TriasCommand *command);
/** The same, and expects @reason. */
void test_expect (TriasLedger *ledger, TriasCommand *command, TriasReason reason);
/** Installs a licence for @seats seats without limits of time. */
void test_install (
    TriasLedger *ledger, const char *id, const char *product, const char *feature, guint seats);
TriasLease *test_lease (const char *id,
                        const char *key,
                        const char *product,
                        const char *feature,
                        guint count,
                        const char *device);
/** A grant for @lease (transfer full) by a user “user” from 192.0.2.7. */
TriasCommand *test_grant (gint64 time, TriasLease *lease);
TriasRelationship *test_relationship (const char *id, guint64 incarnation);
/** The whole snapshot as bytes, for comparing. (transfer full) */
GBytes *test_snapshot (TriasLedger *ledger, gboolean replicated_only);
/** Loads all @changes; they must be good. */
void test_load (TriasLedger *ledger, GPtrArray *changes);
/** A new ledger of @server made of a snapshot of @ledger. */
TriasLedger *test_copy (TriasLedger *ledger, gboolean replicated_only);
void test_assert_same (TriasLedger *a, TriasLedger *b, gboolean replicated_only);
/** Whether @outcome has an event of @kind; its parameter @param if wanted. (transfer none)
 * (nullable) */
const char *test_event (TriasOutcome *outcome, const char *kind, const char *param);
/** Seed of this run, from G_TEST_SEED if given; printed. */
guint32 test_seed (void);

G_END_DECLS
