/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-process.h"

#include "core/trias-addresses.h"

#include <gio/gio.h>

/* A database of authorities without any. */

#define TRIAS_TYPE_NOBODY (trias_nobody_get_type ())
G_DECLARE_FINAL_TYPE (TriasNobody, trias_nobody, TRIAS, NOBODY, GTlsDatabase)

struct _TriasNobody
{
  GTlsDatabase parent;
};

G_DEFINE_FINAL_TYPE (TriasNobody, trias_nobody, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
verify_chain (GTlsDatabase *self,
              GTlsCertificate *chain,
              const char *purpose,
              GSocketConnectable *identity,
              GTlsInteraction *interaction,
              GTlsDatabaseVerifyFlags flags,
              GCancellable *cancellable,
              GError **error)
{
  return G_TLS_CERTIFICATE_UNKNOWN_CA;
}

static void
trias_nobody_class_init (TriasNobodyClass *class)
{
  G_TLS_DATABASE_CLASS (class)->verify_chain = verify_chain;
}

static void
trias_nobody_init (TriasNobody *self)
{
}

void
trias_process_begin (void)
{
  g_autoptr (GTlsDatabase) nobody = g_object_new (TRIAS_TYPE_NOBODY, NULL);

  g_tls_backend_set_default_database (g_tls_backend_get_default (), nobody);
  trias_addresses_begin ();
  if (!g_main_context_acquire (NULL))
    g_error ("the main context belongs to another thread");
}
