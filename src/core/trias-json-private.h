/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/** What the scan before the parser found. */
typedef struct
{
  gsize n_members;     /* of all objects together, doubles counted */
  gsize offset;        /* of the first fault */
  const char *problem; /* what the fault is */
} TriasJsonScan;

/** Whether @data is one value of exact JSON (RFC 8259), not deeper than %TRIAS_JSON_MAX_DEPTH. */
gboolean trias_json_scan (const char *data, gsize length, TriasJsonScan *scan);

/** Adds a value that is JSON already. */
void trias_json_add_raw (TriasJsonWriter *self, const char *name, const char *text);

G_END_DECLS
