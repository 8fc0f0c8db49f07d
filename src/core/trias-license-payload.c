/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-license-private.h"

#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_FEATURES 64
#define MAX_SEATS 1000000
#define MAX_GRACE_HOURS 8784 /* a leap year */
#define MAX_NAME_BYTES 64
#define MAX_LICENSEE_BYTES 256
#define MAX_BIND 3

static void
feature_free (TriasFeature *self)
{
  g_free (self->name);
  g_free (self);
}

/* RFC 3339 alone: GLib reads more of ISO 8601 than we want to promise, and takes times without a
 * zone, which mean something else on each machine. */
static gboolean
has_rfc3339_form (const char *text)
{
  static const char form[] = "dddd-dd-ddTdd:dd:dd";
  gsize i = 0;

  for (; form[i] != '\0'; i++)
    if (form[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
      return FALSE;
  if (text[i] == '.')
    {
      gsize digits = strspn (text + i + 1, "0123456789");

      if (digits == 0 || digits > 9)
        return FALSE;
      i += 1 + digits;
    }
  if (strcmp (text + i, "Z") == 0)
    return TRUE;
  return (text[i] == '+' || text[i] == '-') && g_ascii_isdigit (text[i + 1])
         && g_ascii_isdigit (text[i + 2]) && text[i + 3] == ':' && g_ascii_isdigit (text[i + 4])
         && g_ascii_isdigit (text[i + 5]) && text[i + 6] == '\0';
}

/* Unix milliseconds of the member; 0 if it is missing or null. */
static gint64
read_time (TriasJsonReader *reader, const char *name)
{
  const char *text = trias_json_read_string_or (reader, name, 40, NULL);
  g_autoptr (GDateTime) time = NULL;
  gint64 ms = 0;

  if (text == NULL)
    return 0;
  if (has_rfc3339_form (text))
    time = g_date_time_new_from_iso8601 (text, NULL);
  if (time != NULL)
    ms = g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000;
  if (ms <= 0)
    trias_json_reader_fail (reader, name,
                            "must be a time with its zone, such as 2030-01-31T00:00:00Z");
  return ms;
}

static TriasFeature *
read_feature (const TriasJson *object, GError **error)
{
  TriasFeature *self = g_new0 (TriasFeature, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *word;

  trias_json_reader_init (&reader, object);
  reader.path = "features";
  self->name = g_strdup (trias_json_read_string (&reader, "name", 1, MAX_NAME_BYTES));
  if (!trias_text_is_token (self->name, 1, MAX_NAME_BYTES))
    trias_json_reader_fail (&reader, "name",
                            "must be letters, digits, dots, dashes or underscores");
  self->seats = (guint) trias_json_read_int (&reader, "seats", 1, MAX_SEATS);
  word = trias_json_read_string_or (&reader, "counted_by", 16, "lease");
  if (!trias_counted_by_from_word (word, &self->counted_by))
    trias_json_reader_fail (&reader, "counted_by", "must be lease or device");
  self->not_before = read_time (&reader, "not_before");
  self->not_after = read_time (&reader, "not_after");
  self->grace_hours
      = (guint) trias_json_read_int_or (&reader, "grace_hours", 0, MAX_GRACE_HOURS, 0);
  if (self->not_after != 0 && self->not_after < self->not_before)
    trias_json_reader_fail (&reader, "not_after", "must not be before not_before");
  if (trias_json_reader_finish (&reader, error))
    return self;
  feature_free (self);
  return NULL;
}

static gboolean
read_features (TriasLicense *self, const TriasJson *array, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = trias_json_length (array);

  if (n == 0)
    return trias_license_fail (error, "The licence has no features."), FALSE;
  for (guint i = 0; i < n; i++)
    {
      TriasFeature *feature = read_feature (trias_json_element (array, i), error);

      if (feature == NULL)
        return FALSE;
      g_ptr_array_add (self->features, feature);
      if (!g_hash_table_add (names, feature->name))
        return trias_license_fail (error, "The licence has the feature “%s” twice.", feature->name),
               FALSE;
    }
  return TRUE;
}

static void
check_bind (char **bind, TriasJsonReader *reader)
{
  guint n = g_strv_length (bind);

  if (n == 2)
    trias_json_reader_fail (reader, "bind", "must name no server, one, or three");
  for (guint i = 0; i < n; i++)
    {
      if (!trias_id_is_valid (bind[i]))
        trias_json_reader_fail (reader, "bind", "must hold server ids of 64 hexadecimal digits");
      for (guint j = 0; j < i; j++)
        if (strcmp (bind[i], bind[j]) == 0)
          trias_json_reader_fail (reader, "bind", "must not name a server twice");
    }
}

static char *
read_label (TriasJsonReader *reader, const char *name, gsize max)
{
  const char *text = trias_json_read_string (reader, name, 1, max);

  if (!trias_text_is_label (text, 1, max))
    trias_json_reader_fail (reader, name, "must be one line without spaces around it");
  return g_strdup (text);
}

static char *
read_token (TriasJsonReader *reader, const char *name)
{
  const char *text = trias_json_read_string (reader, name, 1, MAX_NAME_BYTES);

  if (!trias_text_is_token (text, 1, MAX_NAME_BYTES))
    trias_json_reader_fail (reader, name, "must be letters, digits, dots, dashes or underscores");
  return g_strdup (text);
}

static gboolean
read_members (TriasLicense *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *features;

  trias_json_reader_init (&reader, json);
  self->id = read_token (&reader, "id");
  self->revision = (guint) trias_json_read_int (&reader, "revision", 1, G_MAXINT32);
  self->issuer = read_token (&reader, "issuer");
  self->licensee = read_label (&reader, "licensee", MAX_LICENSEE_BYTES);
  self->product = read_label (&reader, "product", MAX_NAME_BYTES);
  self->bind = trias_json_read_strv_or_null (&reader, "bind", MAX_BIND, TRIAS_ID_LENGTH);
  if (self->bind == NULL)
    self->bind = g_new0 (char *, 1);
  check_bind (self->bind, &reader);
  features = trias_json_read_array (&reader, "features", MAX_FEATURES);
  return trias_json_reader_finish (&reader, error) && read_features (self, features, error);
}

TriasLicense *
trias_license_read_payload (GBytes *payload, GError **error)
{
  g_autoptr (TriasLicense) self = g_new0 (TriasLicense, 1);
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (GError) wrong = NULL;
  gsize length;
  const char *data = g_bytes_get_data (payload, &length);

  g_atomic_ref_count_init (&self->refs);
  self->features = g_ptr_array_new_with_free_func ((GDestroyNotify) feature_free);
  json = trias_json_parse (data, length, TRIAS_LICENSE_MAX_BYTES, &wrong);
  if (json == NULL || !read_members (self, json, &wrong))
    return trias_license_fail (error, "%s", wrong->message);
  return g_steal_pointer (&self);
}
