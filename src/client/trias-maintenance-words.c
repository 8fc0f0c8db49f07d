/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-maintenance-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-age-words.h"

/* Work under these seats stops when the server is switched off. */
static char *
describe_kept (const TriasMaintenance *self)
{
  if (self->kept == 0)
    return NULL;
  return g_strdup_printf (ngettext ("%u seat is held that no other server can go on with",
                                    "%u seats are held that no other server can go on with",
                                    (gulong) self->kept),
                          (guint) self->kept);
}

char *
trias_maintenance_words_unsafe (const TriasMaintenance *self, const TriasRelationship *relationship)
{
  const TriasMember *other = trias_relationship_find (relationship, self->other);
  const char *name = other != NULL ? other->name : self->other;

  switch (self->unsafe)
    {
    case TRIAS_UNSAFE_NONE:
      return describe_kept (self);
    case TRIAS_UNSAFE_ACTIVE:
      return g_strdup (_ ("it still serves clients"));
    case TRIAS_UNSAFE_NOBODY:
      return g_strdup (_ ("no server serves the clients"));
    case TRIAS_UNSAFE_LEASES:
      return g_strdup_printf (ngettext ("%u seat has not moved yet", "%u seats have not moved yet",
                                        (gulong) self->left),
                              (guint) self->left);
    case TRIAS_UNSAFE_DISCONNECTED:
      return g_strdup_printf (_ ("“%s” is not connected"), name);
    case TRIAS_UNSAFE_BEHIND:
      return g_strdup_printf (_ ("“%s” is not synchronised"), name);
    case TRIAS_UNSAFE_OTHER:
      return g_strdup_printf (_ ("“%s” is in maintenance, too"), name);
    }
  return NULL;
}

static char *
describe_maintenance (const TriasMaintenance *self,
                      const TriasRelationship *relationship,
                      gboolean online)
{
  g_autofree char *unsafe = NULL;

  if (!online)
    return g_strdup (_ ("In maintenance, offline"));
  unsafe = trias_maintenance_words_unsafe (self, relationship);
  if (unsafe == NULL)
    return g_strdup (_ ("In maintenance – can be switched off now"));
  /* TRANSLATORS: why, such as "it still serves clients" */
  return g_strdup_printf (_ ("In maintenance – do not switch off yet: %s"), unsafe);
}

static char *
describe_handover (const TriasMaintenance *self)
{
  g_autofree char *until = self->until != 0 ? trias_age_format_time (self->until) : NULL;

  if (until == NULL)
    return g_strdup (_ ("Handed over; waits until it is given back"));
  /* TRANSLATORS: a time */
  return g_strdup_printf (_ ("Handed over until %s"), until);
}

char *
trias_maintenance_words_state (const TriasMaintenance *self,
                               const TriasRelationship *relationship,
                               gboolean online)
{
  switch (self->why)
    {
    case TRIAS_ASIDE_FAILBACK:
      return g_strdup (_ ("Back after a failure; waits until it is given back"));
    case TRIAS_ASIDE_HANDOVER:
      return describe_handover (self);
    case TRIAS_ASIDE_MAINTENANCE:
      break;
    }
  return describe_maintenance (self, relationship, online);
}

char *
trias_maintenance_words_why (const TriasMaintenance *self, const char *name)
{
  g_autofree char *until = self->until != 0 ? trias_age_format_time (self->until) : NULL;

  if (self->why != TRIAS_ASIDE_MAINTENANCE && until != NULL)
    /* TRANSLATORS: a server, a time */
    return g_strdup_printf (_ ("“%1$s” lets the backup server serve its clients until %2$s, or "
                               "until an administrator gives back."),
                            name, until);
  if (self->why != TRIAS_ASIDE_MAINTENANCE)
    return g_strdup_printf (_ ("“%s” lets the backup server serve its clients until an "
                               "administrator gives back."),
                            name);
  if (until != NULL)
    /* TRANSLATORS: a server, a time */
    return g_strdup_printf (_ ("“%1$s” is in maintenance until %2$s: it serves nobody while "
                               "another server can. That lasts over a restart."),
                            name, until);
  return g_strdup_printf (_ ("“%s” is in maintenance: it serves nobody while another server can. "
                             "That lasts over a restart, until the maintenance is ended."),
                          name);
}
