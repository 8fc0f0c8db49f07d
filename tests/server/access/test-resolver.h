/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A resolver that answers from a table, or not at all. */

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver
{
  GResolver parent;
  GHashTable *names;     /* address to name */
  GHashTable *addresses; /* name to address */
  gboolean silent;       /* never answers, until it is cancelled */
  gboolean failing;      /* answers with a failure of the service */
  guint asked;           /* look-ups by address */
};

TestResolver *test_resolver_new (void);
/** @address has @name; @back is the address that the name has. */
void
test_resolver_add (TestResolver *self, const char *address, const char *name, const char *back);

G_END_DECLS
