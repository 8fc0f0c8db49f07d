/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-items.h"

G_BEGIN_DECLS

/** Whether a licence in @state (word, see TriasLicenseItem) that is bound to @bind serves only as
 * long as its triad lasts: what is valid in a triad and bound at all is bound to its three. */
gboolean trias_license_needs_triad (const char *state, const char *const *bind);
/** Says that the licences @ids (never empty) serve nobody without their triad. (transfer full) */
char *trias_license_words_needing_triad (const char *const *ids);
/** The same for those of @licenses (TriasLicenseItem) of which it is true. (transfer full)
 * (nullable) %NULL if it is of none. */
char *trias_license_words_of_ending (GListModel *licenses);

G_END_DECLS
