/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

#define PEER_PREFIX TRIAS_API_PREFIX "/peer/"

typedef struct
{
  const char *method;
  const char *path; /* as in openapi.yaml; the one parameter is {id} */
  TriasCallHandler enter;
  TriasCallHandler handler;
} Route;

/* What clients ask most stands first. */
static const Route routes[] = {
  { "PUT", "/leases/{id}", trias_api_call_either, trias_api_put_lease },
  { "POST", "/leases", trias_api_call_either, trias_api_post_lease },
  { "DELETE", "/leases/{id}", trias_api_call_either, trias_api_delete_lease },
  { "GET", "/leases/{id}", trias_api_call_either, trias_api_get_lease },
  { "GET", "/leases", trias_api_call_either, trias_api_get_leases },
  { "GET", "/health", trias_api_call_anyone, trias_api_get_health },
  { "GET", "/metrics", trias_api_call_anyone, trias_api_get_metrics },
  { "GET", "/server", trias_api_call_anyone, trias_api_get_server },
  { "PATCH", "/server", trias_api_call_admin, trias_api_patch_server },
  { "POST", "/session", trias_api_call_anyone, trias_api_post_session },
  { "DELETE", "/session", trias_api_call_admin, trias_api_delete_session },
  { "GET", "/rules", trias_api_call_admin, trias_api_get_rules },
  { "POST", "/rules", trias_api_call_admin, trias_api_post_rule },
  { "PUT", "/rules/{id}", trias_api_call_admin, trias_api_put_rule },
  { "DELETE", "/rules/{id}", trias_api_call_admin, trias_api_delete_rule },
  { "GET", "/licenses", trias_api_call_admin, trias_api_get_licenses },
  { "POST", "/licenses", trias_api_call_admin, trias_api_post_license },
  { "DELETE", "/licenses/{id}", trias_api_call_admin, trias_api_delete_license },
  { "GET", "/licenses/{id}/text", trias_api_call_admin, trias_api_get_license_text },
  { "GET", "/pools", trias_api_call_either, trias_api_get_pools },
  { "GET", "/denials", trias_api_call_admin, trias_api_get_denials },
  { "GET", "/settings", trias_api_call_admin, trias_api_get_settings },
  { "PATCH", "/settings", trias_api_call_admin, trias_api_patch_settings },
  { "GET", "/relationship", trias_api_call_either, trias_api_get_relationship },
  { "POST", "/relationship", trias_api_call_admin, trias_api_post_relationship },
  { "PATCH", "/relationship", trias_api_call_admin, trias_api_patch_relationship },
  { "DELETE", "/relationship", trias_api_call_admin, trias_api_delete_relationship },
  { "POST", "/relationship/check", trias_api_call_admin, trias_api_check_relationship },
  { "POST", "/relationship/invitation", trias_api_call_admin, trias_api_invite },
  { "POST", "/relationship/sync", trias_api_call_admin, trias_api_sync_relationship },
  { "POST", "/relationship/conflict", trias_api_call_admin, trias_api_resolve_conflict },
  { "POST", "/relationship/abort", trias_api_call_admin, trias_api_abort_relationship },
  { "POST", "/relationship/handover", trias_api_call_admin, trias_api_hand_over },
  { "POST", "/relationship/give-back", trias_api_call_admin, trias_api_give_back },
  { "POST", "/relationship/maintenance", trias_api_call_admin, trias_api_begin_maintenance },
  { "DELETE", "/relationship/maintenance", trias_api_call_admin, trias_api_end_maintenance },
  { "POST", "/relationship/replace", trias_api_call_admin, trias_api_replace },
  { "POST", "/relationship/replace/check", trias_api_call_admin, trias_api_check_replace },
  { "POST", "/relationship/recover", trias_api_call_admin, trias_api_recover },
  { "POST", "/relationship/shrink", trias_api_call_admin, trias_api_shrink },
  { "POST", "/relationship/grow", trias_api_call_admin, trias_api_grow },
  { "POST", "/relationship/grow/check", trias_api_call_admin, trias_api_check_grow },
  { "POST", "/relationship/drill", trias_api_call_admin, trias_api_begin_drill },
  { "PUT", "/relationship/drill/{id}", trias_api_call_admin, trias_api_report_drill },
  { "GET", "/events", trias_api_call_admin, trias_api_get_events },
};

const char *
trias_api_get_route (guint index, const char **method)
{
  if (index >= G_N_ELEMENTS (routes))
    return NULL;
  *method = routes[index].method;
  return routes[index].path;
}

/* Whether @path is one of @pattern; @id (out): where its {id} begins, and its length. */
static gboolean
path_matches (const char *pattern, const char *path, const char **id, gsize *id_length)
{
  while (*pattern != '\0')
    {
      if (*pattern == '{')
        {
          *id = path;
          *id_length = strcspn (path, "/");
          if (*id_length == 0)
            return FALSE;
          path += *id_length;
          pattern += strlen ("{id}");
        }
      else if (*pattern++ != *path++)
        return FALSE;
    }
  return *path == '\0';
}

static void
refuse_route (TriasHttpRequest *request, const GString *allow)
{
  g_autoptr (TriasProblem) problem = NULL;
  g_autofree char *text = NULL;

  if (allow->len == 0)
    {
      trias_http_refuse (request, TRIAS_REASON_NOT_FOUND, "There is nothing at this path");
      return;
    }
  problem
      = trias_problem_new (TRIAS_REASON_METHOD_NOT_ALLOWED, "This path answers to %s, not to %s",
                           allow->str, trias_http_method (request));
  text = trias_problem_to_json (problem);
  trias_http_respond_header (request, trias_reason_status (problem->reason), "Allow", allow->str,
                             "application/problem+json", text, strlen (text));
}

static void
enter (
    TriasApi *self, TriasHttpRequest *request, const Route *route, const char *id, gsize id_length)
{
  TriasCall *call = trias_call_new (self, request);

  call->handler = route->handler;
  call->id = id != NULL ? g_strndup (id, id_length) : NULL;
  route->enter (call);
}

static void
find_route (TriasApi *self, TriasHttpRequest *request, const char *path)
{
  const char *method = trias_http_method (request);
  g_autoptr (GString) allow = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      const char *id = NULL;
      gsize id_length = 0;

      if (!path_matches (routes[i].path, path, &id, &id_length))
        continue;
      if (g_str_equal (routes[i].method, method))
        {
          enter (self, request, &routes[i], id, id_length);
          return;
        }
      if (allow == NULL)
        allow = g_string_new (NULL);
      g_string_append_printf (allow, "%s%s", allow->len > 0 ? ", " : "", routes[i].method);
    }
  if (allow == NULL)
    allow = g_string_new (NULL);
  refuse_route (request, allow);
}

void
trias_api_handle (TriasApi *self, TriasHttpRequest *request)
{
  const char *path = trias_http_path (request);

  if (self->stopped)
    trias_http_refuse (request, TRIAS_REASON_NOT_ACTIVE,
                       "This server is stopping; ask again later or another server");
  else if (g_str_has_prefix (path, PEER_PREFIX))
    trias_peer_handle (self->peer, request);
  else if (g_str_has_prefix (path, TRIAS_API_PREFIX "/"))
    find_route (self, request, path + strlen (TRIAS_API_PREFIX));
  else
    trias_http_refuse (request, TRIAS_REASON_NOT_FOUND, "There is nothing at this path");
}
