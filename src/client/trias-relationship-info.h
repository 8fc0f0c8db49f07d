/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-triad-facts.h"
#include "core/trias-drill-record.h"
#include "core/trias-maintenance.h"
#include "core/trias-settings.h"

G_BEGIN_DECLS

/** What becomes of a feature if a member fails. */
typedef struct
{
  char *product;
  char *feature;
  guint covered;
  guint total;
} TriasCoverage;

/** What happens if member @if_id fails. */
typedef struct
{
  char *if_id;         /* (owned) server id */
  char *then;          /* (owned) "takes-over", "standstill", "continues" */
  char *by;            /* (owned) (nullable) server id that takes over */
  guint covered;       /* seats that go on */
  guint total;         /* seats there are */
  GPtrArray *features; /* (owned) (element-type TriasCoverage) */
} TriasConsequence;

/**
 * TriasRelationshipInfo:
 *
 * One server's whole view of its relationship: an answer of `GET /relationship`. Immutable; a
 * new one replaces it. Everything returned is borrowed.
 */
#define TRIAS_TYPE_RELATIONSHIP_INFO (trias_relationship_info_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasRelationshipInfo, trias_relationship_info, TRIAS, RELATIONSHIP_INFO, GObject)

/** Reads the body of the answer, in brief or in full. */
TriasRelationshipInfo *trias_relationship_info_read (const TriasJson *object, GError **error);

/** (nullable) when the server belongs to none. All below are empty then, but the forming. */
const TriasRelationship *trias_relationship_info_get_relationship (TriasRelationshipInfo *self);
/** Id of the server whose view this is. */
const char *trias_relationship_info_get_self (TriasRelationshipInfo *self);
TriasRole trias_relationship_info_get_self_role (TriasRelationshipInfo *self);
/** (nullable) the member that serves clients. */
const char *trias_relationship_info_get_active (TriasRelationshipInfo *self);
const char *trias_relationship_info_get_epoch (TriasRelationshipInfo *self);
/** (nullable) own view of the partner. */
const TriasMemberStatus *trias_relationship_info_get_status (TriasRelationshipInfo *self);
/** (nullable) the partner's own view, as it last told us; @as_of (out) (optional): Unix ms. */
const TriasMemberStatus *trias_relationship_info_get_partner_view (TriasRelationshipInfo *self,
                                                                   gint64 *as_of);
/** Of a triad: own views of the other members, empty in brief. (element-type TriasMemberStatus) */
GPtrArray *trias_relationship_info_get_statuses (TriasRelationshipInfo *self);
/** Of a triad: what the others last told. (element-type TriasMemberReport) */
GPtrArray *trias_relationship_info_get_reports (TriasRelationshipInfo *self);
/** (nullable) what the server says of its triad. */
const TriasTriadFacts *trias_relationship_info_get_triad (TriasRelationshipInfo *self);
/** (element-type TriasConsequence) */
GPtrArray *trias_relationship_info_get_consequences (TriasRelationshipInfo *self);
/** (nullable) what happens if @server_id fails. */
const TriasConsequence *trias_relationship_info_find_consequence (TriasRelationshipInfo *self,
                                                                  const char *server_id);
/** (nullable) whether the member @server_id stands aside, so that it can be switched off. */
const TriasMaintenance *trias_relationship_info_find_maintenance (TriasRelationshipInfo *self,
                                                                  const char *server_id);
/** Word: serving, redirecting, covering, reunion, stopped; of a triad: active, redirecting,
 * no-quorum. */
const char *trias_relationship_info_get_serving (TriasRelationshipInfo *self);
/** English sentence. */
const char *trias_relationship_info_get_why (TriasRelationshipInfo *self);
/** Whether settings were edited on both sides while apart; @main, @backup (out) (optional)
 * (transfer none); @since: Unix ms. */
gboolean trias_relationship_info_get_conflict (TriasRelationshipInfo *self,
                                               gint64 *since,
                                               const TriasSettings **main,
                                               const TriasSettings **backup);

/** (nullable) the failover drill under way, or the last one. */
const TriasDrillRecord *trias_relationship_info_get_drill (TriasRelationshipInfo *self);

/** A forming under way or ended: phase is one of checking, preparing, prepared, sealing, copying,
 * done, failed. */
typedef struct
{
  char *id;          /* (owned) of the relationship to be */
  char *phase;       /* (owned) */
  char *coordinator; /* (owned) server id */
  gint64 since;      /* Unix ms */
  char *detail;      /* (owned) English */
  char *reason;      /* (owned) word, "none" */
} TriasForming;
/** (nullable) */
const TriasForming *trias_relationship_info_get_forming (TriasRelationshipInfo *self);

/** A server of a triad that went on alone when the other two were lost. */
typedef struct
{
  char *name;         /* of the triad */
  gint64 at;          /* Unix ms */
  gint64 grants_from; /* Unix ms: when it grants new seats again; 0 = it does */
  char *lost;         /* names of the lost servers, one after the other */
} TriasRecovered;
/** (nullable) unless the server did, and has no redundancy again since */
const TriasRecovered *trias_relationship_info_get_recovered (TriasRelationshipInfo *self);

/** A triad that went on without a server of it. */
typedef struct
{
  char *id;   /* of the relationship */
  char *name; /* of the triad */
  gint64 at;  /* Unix ms: when the server learned of it */
} TriasLeftOut;
/** (nullable) unless the server was left out, and belongs to no relationship since */
const TriasLeftOut *trias_relationship_info_get_left_out (TriasRelationshipInfo *self);
/** The answer as it came, compact JSON. */
const char *trias_relationship_info_get_json (TriasRelationshipInfo *self);

G_END_DECLS
