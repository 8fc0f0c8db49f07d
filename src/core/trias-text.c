/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-text.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#define HOST_NAME_MAX_BYTES 253
#define HOST_LABEL_MAX_BYTES 63

gboolean
trias_text_is_token (const char *text, gsize min, gsize max)
{
  gsize n = 0;

  if (text == NULL)
    return FALSE;
  for (; text[n] != '\0'; n++)
    if (n >= max || !(g_ascii_isalnum (text[n]) || strchr ("._-", text[n]) != NULL))
      return FALSE;
  return n >= min;
}

gboolean
trias_text_is_label (const char *text, gsize min, gsize max)
{
  gsize n = 0;
  gunichar last = 0;

  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      last = g_utf8_get_char (at);
      if (g_unichar_iscntrl (last) || n++ >= max)
        return FALSE;
      if (at == text && g_unichar_isspace (last))
        return FALSE;
    }
  return n >= min && !g_unichar_isspace (last);
}

int
trias_text_find_word (const char *const *words, guint n, const char *word)
{
  if (word != NULL)
    for (guint i = 0; i < n; i++)
      if (strcmp (words[i], word) == 0)
        return (int) i;
  return -1;
}

gboolean
trias_text_is_host_name (const char *text)
{
  gsize label = 0, total = 0;
  gboolean digits = TRUE;

  if (text == NULL)
    return FALSE;
  for (; text[total] != '\0'; total++)
    {
      char c = text[total];

      if (total >= HOST_NAME_MAX_BYTES)
        return FALSE;
      if (c == '.')
        {
          if (label == 0 || text[total - 1] == '-')
            return FALSE;
          label = 0;
          digits = TRUE;
          continue;
        }
      if (!(g_ascii_isalnum (c) || c == '_' || (c == '-' && label > 0))
          || ++label > HOST_LABEL_MAX_BYTES)
        return FALSE;
      digits = digits && g_ascii_isdigit (c);
    }
  /* A last label of digits would be taken for a mistyped IPv4 address by some and not by others. */
  return label > 0 && text[total - 1] != '-' && !digits;
}

gboolean
trias_base64_decode (const char *text, guint8 *bytes, gsize size, gsize *length)
{
  gsize n = strlen (text);

  /* libsodium takes some bytes beyond ASCII for letters: 0xaf for a slash. */
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("+/=", text[i]) == NULL)
      return FALSE;
  *length = 0;
  return sodium_base642bin (bytes, size, text, n, NULL, length, NULL,
                            sodium_base64_VARIANT_ORIGINAL)
         == 0;
}

gboolean
trias_ip_parse (const char *text, TriasIp *ip)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  char plain[INET6_ADDRSTRLEN];
  gsize length;

  if (text == NULL)
    return FALSE;
  length = strcspn (text, "%");
  if (length >= sizeof plain)
    return FALSE;
  memcpy (plain, text, length);
  plain[length] = '\0';

  memset (ip, 0, sizeof *ip);
  if (inet_pton (AF_INET, plain, ip->bytes) == 1)
    {
      ip->bits = 32;
      return text[length] == '\0';
    }
  if (inet_pton (AF_INET6, plain, ip->bytes) != 1)
    return FALSE;
  ip->bits = 128;
  if (memcmp (ip->bytes, mapped, sizeof mapped) == 0)
    {
      memmove (ip->bytes, ip->bytes + 12, 4);
      memset (ip->bytes + 4, 0, 12);
      ip->bits = 32;
    }
  return TRUE;
}

gboolean
trias_ip_in_network (const TriasIp *ip, const TriasIp *network, guint prefix)
{
  guint whole = prefix / 8, rest = prefix % 8;

  if (ip->bits != network->bits || prefix > ip->bits)
    return FALSE;
  if (memcmp (ip->bytes, network->bytes, whole) != 0)
    return FALSE;
  return rest == 0 || (ip->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}
