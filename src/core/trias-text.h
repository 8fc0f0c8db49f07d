/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Whether @text is @min to @max of [A-Za-z0-9._-]. */
gboolean trias_text_is_token (const char *text, gsize min, gsize max);
/** Whether @text is valid UTF-8 of @min to @max characters without control characters, and neither
 * starts nor ends with a space. */
gboolean trias_text_is_label (const char *text, gsize min, gsize max);
/** Position of @word in @words (@n of them), or -1; @word may be %NULL. */
int trias_text_find_word (const char *const *words, guint n, const char *word);
/** Whether @text is a host name: dotted labels of letters, digits, "-" and "_", at most 253 bytes,
 * the last not all digits. */
gboolean trias_text_is_host_name (const char *text);

/** Decodes exact base64 into at most @size bytes: no foreign characters, full padding, no loose
 * bits at the end. */
gboolean trias_base64_decode (const char *text, guint8 *bytes, gsize size, gsize *length);

/** An address in network order; IPv4 takes the first 4 bytes, IPv4-mapped IPv6 becomes IPv4. */
typedef struct
{
  guint8 bytes[16];
  guint bits; /* 32 or 128 */
} TriasIp;

/** Reads a numeric address; a zone ("%eth0") is skipped. Allocates nothing. @text may be %NULL. */
gboolean trias_ip_parse (const char *text, TriasIp *ip);
/** Whether @ip lies in the network of @prefix bits at @network. */
gboolean trias_ip_in_network (const TriasIp *ip, const TriasIp *network, guint prefix);

G_END_DECLS
