/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-license-private.h"

#include "core/trias-text.h"

#include <string.h>

#define LINE_BYTES 64
#define SIGNATURE_BASE64                                                                           \
  sodium_base64_ENCODED_LEN (crypto_sign_BYTES, sodium_base64_VARIANT_ORIGINAL)

/* The lines of dashes, in their order; the text between the first two is the payload. */
static const char *const marks[] = {
  "-----BEGIN TRIAS LICENSE-----",
  "-----SIGNATURE-----",
  "-----END TRIAS LICENSE-----",
};

/* Sorts the lines of @text into those of the payload and of the signature. A mark may stand only
 * where it belongs: two licences in one file would be read differently by different readers. */
static gboolean
sort_lines (const char *text, GString *payload, GString *signature, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint passed = 0;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strchomp (lines[i]);
      int mark = -1;

      for (guint m = 0; m < G_N_ELEMENTS (marks); m++)
        if (strcmp (line, marks[m]) == 0)
          mark = (int) m;
      if (mark >= 0 && (guint) mark != passed)
        {
          trias_license_fail (error, "The line “%s” stands at the wrong place.", line);
          return FALSE;
        }
      if (mark >= 0)
        passed++;
      else if (passed == 1)
        g_string_append (payload, line);
      else if (passed == 2)
        g_string_append (signature, line);
    }
  if (passed == 0)
    return trias_license_fail (error, "The text holds no Trias licence."), FALSE;
  if (passed < G_N_ELEMENTS (marks))
    return trias_license_fail (error, "The licence has been cut off."), FALSE;
  return TRUE;
}

gboolean
trias_armour_open (const char *text, gsize length, TriasArmour *armour, GError **error)
{
  g_autoptr (GString) payload = g_string_new (NULL);
  g_autoptr (GString) signature = g_string_new (NULL);
  g_autofree guint8 *bytes = NULL;
  g_autofree char *copy = NULL;
  gsize n = 0;

  if (length > TRIAS_LICENSE_MAX_BYTES)
    return trias_license_fail (error, "The licence is larger than 64 kB."), FALSE;
  if (length > 0 && memchr (text, '\0', length) != NULL)
    return trias_license_fail (error, "The licence is no text."), FALSE;
  copy = g_strndup (text, length);
  if (!sort_lines (copy, payload, signature, error))
    return FALSE;
  bytes = g_malloc (payload->len + 1);
  if (!trias_base64_decode (signature->str, armour->signature, sizeof armour->signature, &n)
      || n != sizeof armour->signature)
    return trias_license_fail (error, "The signature of the licence is damaged."), FALSE;
  if (!trias_base64_decode (payload->str, bytes, payload->len, &n) || n == 0)
    return trias_license_fail (error, "The content of the licence is damaged."), FALSE;
  armour->payload = g_bytes_new (bytes, n);
  return TRUE;
}

static void
append_base64 (GString *out, const char *text)
{
  for (gsize length = strlen (text); length > 0;)
    {
      gsize n = MIN (length, LINE_BYTES);

      g_string_append_len (out, text, (gssize) n);
      g_string_append_c (out, '\n');
      text += n;
      length -= n;
    }
}

char *
trias_armour_close (const TriasArmour *armour)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (armour->payload, &length);
  gsize size = sodium_base64_encoded_len (length, sodium_base64_VARIANT_ORIGINAL);
  g_autofree char *payload = g_malloc (size);
  char signature[SIGNATURE_BASE64];
  GString *out = g_string_new (marks[0]);

  sodium_bin2base64 (payload, size, bytes, length, sodium_base64_VARIANT_ORIGINAL);
  sodium_bin2base64 (signature, sizeof signature, armour->signature, sizeof armour->signature,
                     sodium_base64_VARIANT_ORIGINAL);
  g_string_append_c (out, '\n');
  append_base64 (out, payload);
  g_string_append_printf (out, "%s\n", marks[1]);
  append_base64 (out, signature);
  g_string_append_printf (out, "%s\n", marks[2]);
  return g_string_free (out, FALSE);
}
