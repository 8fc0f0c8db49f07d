/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-reason-words.h"

#include "client/trias-detail-words.h"
#include "client/trias-rest.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Indexed by reason; NULL where only the server's sentence says something. */
static const char *const words[TRIAS_N_REASONS] = {
  [TRIAS_REASON_BAD_REQUEST]
  = N_ ("The licence server did not accept an entry. Check what was entered."),
  [TRIAS_REASON_UNAUTHENTICATED]
  = N_ ("Name or password is wrong, or the sign-in has expired. Sign in again."),
  [TRIAS_REASON_FORBIDDEN] = N_ ("This is not allowed for you here. Check the rules for "
                                 "administration on the licence server."),
  [TRIAS_REASON_NOT_FOUND] = N_ ("It no longer exists on the licence server."),
  [TRIAS_REASON_CONFLICT]
  = N_ ("Something else stands in its place already. Reload and try again."),
  [TRIAS_REASON_GONE] = N_ ("It has expired or was released."),
  [TRIAS_REASON_TOO_LARGE] = N_ ("That is too large for the licence server."),
  [TRIAS_REASON_TOO_MANY] = N_ ("Too many attempts. Wait a minute, then try again."),
  [TRIAS_REASON_INTERNAL] = N_ ("The licence server reports an internal error. Look into its log."),
  [TRIAS_REASON_TIMED_OUT] = N_ ("The licence server did not answer in time. Try again."),
  [TRIAS_REASON_NO_SEATS] = N_ ("No seats are free."),
  [TRIAS_REASON_RULE_DENIED]
  = N_ ("A rule on the licence server keeps this computer or person out."),
  [TRIAS_REASON_UNKNOWN_FEATURE] = N_ ("No licence on the server has this feature."),
  [TRIAS_REASON_EXPIRED] = N_ ("The licence has expired."),
  [TRIAS_REASON_NOT_YET_VALID] = N_ ("The licence is not valid yet."),
  [TRIAS_REASON_NOT_ACTIVE]
  = N_ ("This licence server is not the active one now. Try again in a moment."),
  [TRIAS_REASON_NO_QUORUM] = N_ ("No majority of the servers is connected."),
  [TRIAS_REASON_STORAGE] = N_ ("The disk of the licence server refuses to write. Make room or mend "
                               "the disk; the server tries again by itself."),
  [TRIAS_REASON_VERSION]
  = N_ ("The two licence servers run versions that do not fit together. Update the older one."),
  [TRIAS_REASON_LICENSE_INVALID] = N_ ("The licence file is not valid."),
  [TRIAS_REASON_LICENSE_OLDER] = N_ ("A newer revision of this licence is installed already."),
  [TRIAS_REASON_LICENSE_ELSEWHERE]
  = N_ ("This licence belongs to another server or is installed on the partner already."),
  [TRIAS_REASON_UNREACHABLE] = N_ ("The licence server cannot be reached. Check the address, the "
                                   "network and whether triasd runs there."),
  [TRIAS_REASON_KEY_MISMATCH]
  = N_ ("Another key than the known one answers at this address. This may be another computer. "
        "Compare the fingerprint before you go on."),
  [TRIAS_REASON_RULE_MISSING] = N_ ("A rule is missing that lets the partner in."),
  [TRIAS_REASON_RULE_IN_USE]
  = N_ ("A relationship needs this rule. Without it the two servers lose their connection."),
  [TRIAS_REASON_INVITATION]
  = N_ ("The invitation is unknown, used or older than ten minutes. Make a new one."),
  [TRIAS_REASON_ALREADY_RELATED]
  = N_ ("The licence server belongs to a relationship already. Dissolve that one first."),
  [TRIAS_REASON_NOT_RELATED] = N_ ("The licence server belongs to no relationship."),
  [TRIAS_REASON_BUSY]
  = N_ ("Another change of the relationship is under way. Wait until it has ended."),
  [TRIAS_REASON_CHECK_FAILED] = N_ ("The check before the set-up did not pass."),
  [TRIAS_REASON_EPOCH] = N_ ("The relationship has changed meanwhile. Try again."),
};

const char *
trias_reason_words (TriasReason reason)
{
  if (reason <= TRIAS_REASON_NONE || reason >= TRIAS_N_REASONS || words[reason] == NULL)
    return _ ("The licence server refused.");
  return _ (words[reason]);
}

/* Whether the English sentence behind it would add nothing for the reader. */
static gboolean
says_all (TriasReason reason)
{
  return reason == TRIAS_REASON_UNREACHABLE || reason == TRIAS_REASON_TIMED_OUT
         || reason == TRIAS_REASON_UNAUTHENTICATED || reason == TRIAS_REASON_TOO_MANY
         || reason == TRIAS_REASON_NOT_RELATED || reason == TRIAS_REASON_KEY_MISMATCH;
}

/* Whether the words alone leave open what exactly is wrong. */
static gboolean
is_vague (TriasReason reason)
{
  static const TriasReason vague[]
      = { TRIAS_REASON_BAD_REQUEST,     TRIAS_REASON_FORBIDDEN,         TRIAS_REASON_NOT_FOUND,
          TRIAS_REASON_CONFLICT,        TRIAS_REASON_INTERNAL,          TRIAS_REASON_VERSION,
          TRIAS_REASON_LICENSE_INVALID, TRIAS_REASON_LICENSE_ELSEWHERE, TRIAS_REASON_CHECK_FAILED };

  for (guint i = 0; i < G_N_ELEMENTS (vague); i++)
    if (vague[i] == reason)
      return TRUE;
  return FALSE;
}

char *
trias_reason_words_error (const GError *error)
{
  const char *explanation;
  g_autofree char *detail = NULL;

  if (error == NULL)
    return g_strdup ("");
  if (error->domain != TRIAS_ERROR)
    return g_strdup (error->message);
  explanation = trias_reason_words ((TriasReason) error->code);
  if (error->message == NULL || *error->message == '\0' || says_all ((TriasReason) error->code))
    return g_strdup (explanation);
  detail = trias_detail_words (error->message);
  if (detail != NULL)
    return g_steal_pointer (&detail);
  if (!is_vague ((TriasReason) error->code))
    return g_strdup (explanation);
  /* TRANSLATORS: the explanation, then what the server or the library says, in English */
  return g_strdup_printf (_ ("%1$s\n\nMessage of the licence server: %2$s"), explanation,
                          error->message);
}

/* Without an answer, the address that was tried is all there is to add. */
static char *
say_unreached (const GError *error, const char *explanation)
{
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);
  const char *address
      = problem->params != NULL ? g_hash_table_lookup (problem->params, "address") : NULL;

  if (address == NULL)
    return g_strdup (explanation);
  if (g_str_has_prefix (address, "https://"))
    address += strlen ("https://");
  return g_strdup_printf ("%s: %s", address, explanation);
}

char *
trias_reason_words_line (const GError *error)
{
  const char *explanation;
  g_autofree char *exact = NULL;
  TriasReason reason;

  if (error == NULL)
    return g_strdup ("");
  if (error->domain != TRIAS_ERROR)
    return g_strdup (error->message);
  reason = (TriasReason) error->code;
  explanation = trias_reason_words (reason);
  /* Untranslated: the reader knows English. */
  if (reason > TRIAS_REASON_NONE && reason < TRIAS_N_REASONS && explanation == words[reason]
      && error->message != NULL && *error->message != '\0')
    return g_strdup (error->message);
  if (trias_rest_error_is_transport (error))
    return say_unreached (error, explanation);
  exact = trias_detail_words (error->message);
  if (exact != NULL)
    return g_steal_pointer (&exact);
  /* The server itself answered: what it did not reach is another one. */
  if (reason == TRIAS_REASON_UNREACHABLE || reason == TRIAS_REASON_TIMED_OUT)
    return g_strdup_printf (_ ("%1$s (Message: %2$s)"), _ ("The partner server cannot be reached."),
                            error->message);
  if (error->message == NULL || *error->message == '\0' || says_all (reason))
    return g_strdup (explanation);
  /* TRANSLATORS: the explanation, then what the server or the library says, in English */
  return g_strdup_printf (_ ("%1$s (Message: %2$s)"), explanation, error->message);
}
