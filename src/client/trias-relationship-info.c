/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-relationship-info.h"

#include "core/trias-identity.h"

#include <string.h>

#define MAX_WORD 64
#define MAX_TEXT 4096
#define MAX_NAME 256
#define MAX_FEATURES 5000

struct _TriasRelationshipInfo
{
  GObject parent_instance;

  char *json;
  TriasRelationship *relationship; /* (owned) (nullable) */
  char *self_id;
  TriasRole self_role;
  char *active; /* (owned) (nullable) */
  char *epoch;
  TriasMemberStatus *status;       /* (owned) (nullable) */
  TriasMemberStatus *partner_view; /* (owned) (nullable) */
  gint64 partner_as_of;
  GPtrArray *statuses;     /* (element-type TriasMemberStatus) */
  GPtrArray *reports;      /* (element-type TriasMemberReport) */
  TriasTriadFacts *triad;  /* (owned) (nullable) */
  GPtrArray *consequences; /* (element-type TriasConsequence) */
  char *serving;
  char *why;
  gint64 conflict_since;
  TriasSettings *conflict_main;   /* (owned) (nullable) */
  TriasSettings *conflict_backup; /* (owned) (nullable) */
  TriasForming *forming;          /* (owned) (nullable) */
  TriasRecovered *recovered;      /* (owned) (nullable) */
  TriasLeftOut *left_out;         /* (owned) (nullable) */
  GPtrArray *maintenance;         /* (element-type TriasMaintenance) */
  TriasDrillRecord *drill;        /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (TriasRelationshipInfo, trias_relationship_info, G_TYPE_OBJECT)

static void
coverage_free (TriasCoverage *self)
{
  g_free (self->product);
  g_free (self->feature);
  g_free (self);
}

static void
consequence_free (TriasConsequence *self)
{
  g_free (self->if_id);
  g_free (self->then);
  g_free (self->by);
  g_ptr_array_unref (self->features);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasConsequence, consequence_free)

static void
recovered_free (TriasRecovered *self)
{
  g_free (self->name);
  g_free (self->lost);
  g_free (self);
}

static void
forming_free (TriasForming *self)
{
  g_free (self->id);
  g_free (self->phase);
  g_free (self->coordinator);
  g_free (self->detail);
  g_free (self->reason);
  g_free (self);
}

static TriasCoverage *
read_coverage (const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *product, *feature;
  guint covered, total;
  TriasCoverage *self;

  trias_json_reader_init (&reader, json);
  product = trias_json_read_string_or (&reader, "product", MAX_NAME, "");
  feature = trias_json_read_string (&reader, "feature", 1, MAX_NAME);
  covered = (guint) trias_json_read_int (&reader, "covered", 0, G_MAXUINT);
  total = (guint) trias_json_read_int (&reader, "total", 0, G_MAXUINT);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  self = g_new0 (TriasCoverage, 1);
  *self = (TriasCoverage){ g_strdup (product), g_strdup (feature), covered, total };
  return self;
}

static TriasConsequence *
read_consequence (const TriasJson *json, GError **error)
{
  g_autoptr (TriasConsequence) self = g_new0 (TriasConsequence, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *features;

  self->features = g_ptr_array_new_with_free_func ((GDestroyNotify) coverage_free);
  trias_json_reader_init (&reader, json);
  self->if_id = g_strdup (trias_json_read_string (&reader, "if", 1, TRIAS_ID_LENGTH));
  self->then = g_strdup (trias_json_read_string (&reader, "then", 1, MAX_WORD));
  self->by = g_strdup (trias_json_read_string_or (&reader, "by", TRIAS_ID_LENGTH, NULL));
  self->covered = (guint) trias_json_read_int_or (&reader, "covered", 0, G_MAXUINT, 0);
  self->total = (guint) trias_json_read_int_or (&reader, "total", 0, G_MAXUINT, 0);
  features = trias_json_read_array_or_null (&reader, "features", MAX_FEATURES);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  for (guint i = 0; features != NULL && i < trias_json_length (features); i++)
    {
      TriasCoverage *coverage = read_coverage (trias_json_element (features, i), error);

      if (coverage == NULL)
        return NULL;
      g_ptr_array_add (self->features, coverage);
    }
  return g_steal_pointer (&self);
}

static gboolean
read_consequences (TriasRelationshipInfo *self, const TriasJson *array, GError **error)
{
  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      TriasConsequence *consequence = read_consequence (trias_json_element (array, i), error);

      if (consequence == NULL)
        return FALSE;
      g_ptr_array_add (self->consequences, consequence);
    }
  return TRUE;
}

static gboolean
read_views (TriasRelationshipInfo *self,
            const TriasJson *status,
            const TriasJson *partner,
            GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };

  if (status != NULL && (self->status = trias_member_status_read (status, error)) == NULL)
    return FALSE;
  if (partner == NULL)
    return TRUE;
  self->partner_view = trias_member_status_read (partner, error);
  if (self->partner_view == NULL)
    return FALSE;
  trias_json_reader_init (&reader, partner);
  self->partner_as_of = trias_json_read_natural (&reader, "as_of");
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
read_triad (TriasRelationshipInfo *self,
            const TriasJson *triad,
            const TriasJson *statuses,
            const TriasJson *reports,
            GError **error)
{
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  self->statuses = trias_member_statuses_read (statuses, error);
  g_clear_pointer (&self->reports, g_ptr_array_unref);
  self->reports = trias_member_reports_read (reports, error);
  if (self->statuses == NULL || self->reports == NULL)
    return FALSE;
  if (triad != NULL)
    self->triad = trias_triad_facts_read (triad, self->relationship, error);
  return triad == NULL || self->triad != NULL;
}

static gboolean
read_conflict (TriasRelationshipInfo *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *main, *backup;

  if (json == NULL)
    return TRUE;
  trias_json_reader_init (&reader, json);
  self->conflict_since = trias_json_read_natural (&reader, "since");
  main = trias_json_read_object (&reader, "main");
  backup = trias_json_read_object (&reader, "backup");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  self->conflict_main = trias_settings_read_lenient (main, error);
  if (self->conflict_main == NULL)
    return FALSE;
  self->conflict_backup = trias_settings_read_lenient (backup, error);
  return self->conflict_backup != NULL;
}

static char *
read_lost (const TriasJson *array)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < trias_json_length (array); i++)
    {
      g_auto (TriasJsonReader) reader = { 0 };

      trias_json_reader_init (&reader, trias_json_element (array, i));
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                              trias_json_read_string_or (&reader, "name", MAX_TEXT, ""));
    }
  return g_string_free (names, FALSE);
}

static gboolean
read_recovered (TriasRelationshipInfo *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  TriasRecovered *recovered;

  if (json == NULL)
    return TRUE;
  recovered = g_new0 (TriasRecovered, 1);
  self->recovered = recovered;
  trias_json_reader_init (&reader, json);
  recovered->name = g_strdup (trias_json_read_string (&reader, "name", 1, MAX_TEXT));
  recovered->at = trias_json_read_int (&reader, "at", 0, G_MAXINT64);
  recovered->grants_from = trias_json_read_int (&reader, "grants_from", 0, G_MAXINT64);
  recovered->lost = read_lost (trias_json_read_array (&reader, "lost", TRIAS_MAX_MEMBERS));
  return trias_json_reader_finish_lenient (&reader, error);
}

static void
left_out_free (TriasLeftOut *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

static gboolean
read_left_out (TriasRelationshipInfo *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };

  if (json == NULL)
    return TRUE;
  self->left_out = g_new0 (TriasLeftOut, 1);
  trias_json_reader_init (&reader, json);
  self->left_out->id = g_strdup (trias_json_read_string (&reader, "id", 1, MAX_TEXT));
  self->left_out->name = g_strdup (trias_json_read_string (&reader, "name", 1, MAX_TEXT));
  self->left_out->at = trias_json_read_natural (&reader, "at");
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
read_forming (TriasRelationshipInfo *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  TriasForming *forming;

  if (json == NULL)
    return TRUE;
  forming = g_new0 (TriasForming, 1);
  self->forming = forming;
  trias_json_reader_init (&reader, json);
  forming->id = g_strdup (trias_json_read_string (&reader, "id", 1, MAX_WORD));
  forming->phase = g_strdup (trias_json_read_string (&reader, "phase", 1, MAX_WORD));
  forming->coordinator
      = g_strdup (trias_json_read_string_or (&reader, "coordinator", TRIAS_ID_LENGTH, ""));
  forming->since = trias_json_read_natural (&reader, "since");
  forming->detail = g_strdup (trias_json_read_string_or (&reader, "detail", MAX_TEXT, ""));
  forming->reason = g_strdup (trias_json_read_string_or (&reader, "reason", MAX_WORD, "none"));
  return trias_json_reader_finish_lenient (&reader, error);
}

/* One that is not understood, of a newer server, is as good as none. */
static void
read_maintenance (TriasRelationshipInfo *self, const TriasJson *array)
{
  for (guint i = 0; i < trias_json_length (array); i++)
    {
      TriasMaintenance *maintenance = trias_maintenance_read (trias_json_element (array, i), NULL);

      if (maintenance != NULL)
        g_ptr_array_add (self->maintenance, maintenance);
    }
}

static gboolean
read_related (TriasRelationshipInfo *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *status, *partner, *consequence, *conflict, *triad, *statuses, *reports, *drill;
  const char *role;

  self->relationship = trias_relationship_read (json, error);
  if (self->relationship == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  self->self_id = g_strdup (trias_json_read_string (&reader, "self", 1, TRIAS_ID_LENGTH));
  role = trias_json_read_string (&reader, "self_role", 1, MAX_WORD);
  self->active = g_strdup (trias_json_read_string_or (&reader, "active", TRIAS_ID_LENGTH, NULL));
  self->epoch = g_strdup (trias_json_read_string_or (&reader, "epoch", MAX_NAME, ""));
  self->serving = g_strdup (trias_json_read_string_or (&reader, "serving", MAX_WORD, ""));
  self->why = g_strdup (trias_json_read_string_or (&reader, "why", MAX_TEXT, ""));
  status = trias_json_read_object_or_null (&reader, "status");
  partner = trias_json_read_object_or_null (&reader, "partner_view");
  consequence = trias_json_read_array_or_null (&reader, "consequence", TRIAS_MAX_MEMBERS);
  conflict = trias_json_read_object_or_null (&reader, "conflict");
  triad = trias_json_read_object_or_null (&reader, "triad");
  statuses = trias_json_read_array_or_null (&reader, "statuses", TRIAS_MAX_MEMBERS);
  reports = trias_json_read_array_or_null (&reader, "reports", TRIAS_MAX_MEMBERS);
  drill = trias_json_read_object_or_null (&reader, "drill");
  read_maintenance (self,
                    trias_json_read_array_or_null (&reader, "maintenance", TRIAS_MAX_MEMBERS));
  /* One that is not understood, of a newer server, is as good as none. */
  self->drill = drill != NULL ? trias_drill_record_read (drill, NULL) : NULL;
  if (role != NULL && !trias_role_from_word (role, &self->self_role))
    trias_json_reader_fail (&reader, "self_role", "is no role");
  return trias_json_reader_finish_lenient (&reader, error)
         && read_views (self, status, partner, error)
         && read_triad (self, triad, statuses, reports, error)
         && read_consequences (self, consequence, error) && read_conflict (self, conflict, error);
}

TriasRelationshipInfo *
trias_relationship_info_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasRelationshipInfo) self = g_object_new (TRIAS_TYPE_RELATIONSHIP_INFO, NULL);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *related, *forming, *recovered, *left_out;

  trias_json_reader_init (&reader, object);
  related = trias_json_read_object_or_null (&reader, "relationship");
  forming = trias_json_read_object_or_null (&reader, "forming");
  recovered = trias_json_read_object_or_null (&reader, "recovered");
  left_out = trias_json_read_object_or_null (&reader, "left_out");
  if (!trias_json_reader_finish_lenient (&reader, error)
      || (related != NULL && !read_related (self, related, error))
      || !read_forming (self, forming, error) || !read_recovered (self, recovered, error)
      || !read_left_out (self, left_out, error))
    return NULL;
  self->json = trias_json_to_string (object);
  return g_steal_pointer (&self);
}

static void
trias_relationship_info_finalize (GObject *object)
{
  TriasRelationshipInfo *self = TRIAS_RELATIONSHIP_INFO (object);

  g_free (self->json);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  g_free (self->self_id);
  g_free (self->active);
  g_free (self->epoch);
  g_clear_pointer (&self->status, trias_member_status_free);
  g_clear_pointer (&self->partner_view, trias_member_status_free);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  g_clear_pointer (&self->reports, g_ptr_array_unref);
  g_clear_pointer (&self->triad, trias_triad_facts_free);
  g_ptr_array_unref (self->consequences);
  g_free (self->serving);
  g_free (self->why);
  g_clear_pointer (&self->conflict_main, trias_settings_free);
  g_clear_pointer (&self->conflict_backup, trias_settings_free);
  g_clear_pointer (&self->forming, forming_free);
  g_clear_pointer (&self->recovered, recovered_free);
  g_clear_pointer (&self->left_out, left_out_free);
  trias_drill_record_free (self->drill);
  g_ptr_array_unref (self->maintenance);
  G_OBJECT_CLASS (trias_relationship_info_parent_class)->finalize (object);
}

static void
trias_relationship_info_class_init (TriasRelationshipInfoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = trias_relationship_info_finalize;
}

static void
trias_relationship_info_init (TriasRelationshipInfo *self)
{
  self->consequences = g_ptr_array_new_with_free_func ((GDestroyNotify) consequence_free);
  self->maintenance = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_maintenance_free);
  self->statuses = g_ptr_array_new ();
  self->reports = g_ptr_array_new ();
}

const TriasRelationship *
trias_relationship_info_get_relationship (TriasRelationshipInfo *self)
{
  return self->relationship;
}

const char *
trias_relationship_info_get_self (TriasRelationshipInfo *self)
{
  return self->self_id != NULL ? self->self_id : "";
}

TriasRole
trias_relationship_info_get_self_role (TriasRelationshipInfo *self)
{
  return self->self_role;
}

const char *
trias_relationship_info_get_active (TriasRelationshipInfo *self)
{
  return self->active;
}

const char *
trias_relationship_info_get_epoch (TriasRelationshipInfo *self)
{
  return self->epoch != NULL ? self->epoch : "";
}

const TriasMemberStatus *
trias_relationship_info_get_status (TriasRelationshipInfo *self)
{
  return self->status;
}

const TriasMemberStatus *
trias_relationship_info_get_partner_view (TriasRelationshipInfo *self, gint64 *as_of)
{
  if (as_of != NULL)
    *as_of = self->partner_as_of;
  return self->partner_view;
}

GPtrArray *
trias_relationship_info_get_statuses (TriasRelationshipInfo *self)
{
  return self->statuses;
}

GPtrArray *
trias_relationship_info_get_reports (TriasRelationshipInfo *self)
{
  return self->reports;
}

const TriasTriadFacts *
trias_relationship_info_get_triad (TriasRelationshipInfo *self)
{
  return self->triad;
}

GPtrArray *
trias_relationship_info_get_consequences (TriasRelationshipInfo *self)
{
  return self->consequences;
}

const TriasConsequence *
trias_relationship_info_find_consequence (TriasRelationshipInfo *self, const char *server_id)
{
  for (guint i = 0; i < self->consequences->len; i++)
    {
      const TriasConsequence *consequence = g_ptr_array_index (self->consequences, i);

      if (strcmp (consequence->if_id, server_id) == 0)
        return consequence;
    }
  return NULL;
}

const TriasMaintenance *
trias_relationship_info_find_maintenance (TriasRelationshipInfo *self, const char *server_id)
{
  for (guint i = 0; i < self->maintenance->len; i++)
    {
      const TriasMaintenance *maintenance = g_ptr_array_index (self->maintenance, i);

      if (strcmp (maintenance->member, server_id) == 0)
        return maintenance;
    }
  return NULL;
}

const char *
trias_relationship_info_get_serving (TriasRelationshipInfo *self)
{
  return self->serving != NULL ? self->serving : "";
}

const char *
trias_relationship_info_get_why (TriasRelationshipInfo *self)
{
  return self->why != NULL ? self->why : "";
}

gboolean
trias_relationship_info_get_conflict (TriasRelationshipInfo *self,
                                      gint64 *since,
                                      const TriasSettings **main,
                                      const TriasSettings **backup)
{
  if (since != NULL)
    *since = self->conflict_since;
  if (main != NULL)
    *main = self->conflict_main;
  if (backup != NULL)
    *backup = self->conflict_backup;
  return self->conflict_backup != NULL;
}

const TriasRecovered *
trias_relationship_info_get_recovered (TriasRelationshipInfo *self)
{
  return self->recovered;
}

const TriasLeftOut *
trias_relationship_info_get_left_out (TriasRelationshipInfo *self)
{
  g_return_val_if_fail (TRIAS_IS_RELATIONSHIP_INFO (self), NULL);

  return self->left_out;
}

const TriasForming *
trias_relationship_info_get_forming (TriasRelationshipInfo *self)
{
  return self->forming;
}

const char *
trias_relationship_info_get_json (TriasRelationshipInfo *self)
{
  return self->json;
}

const TriasDrillRecord *
trias_relationship_info_get_drill (TriasRelationshipInfo *self)
{
  return self->drill;
}
