/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <raft.h>

#include <glib.h>

G_BEGIN_DECLS

/** A copy with memory of its own, from libraft's allocator, as a receiver expects it. */
struct raft_message *sim_message_copy (const struct raft_message *from);
/** Frees a message whose content nobody took. */
void sim_message_free (gpointer message);
/** One line about it. (transfer full) */
char *sim_message_describe (const struct raft_message *message);

G_END_DECLS
