/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-store-history.h"

static char *
column_dup (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

static TriasEvent *
read_event (sqlite3_stmt *statement)
{
  const char *kind = (const char *) sqlite3_column_text (statement, 4);
  const char *subject = (const char *) sqlite3_column_text (statement, 5);
  const char *server = (const char *) sqlite3_column_text (statement, 3);
  const char *actor = (const char *) sqlite3_column_text (statement, 6);
  TriasEvent *event
      = trias_event_new_by (sqlite3_column_int64 (statement, 1), kind, subject, server, actor);

  event->seq = (guint64) sqlite3_column_int64 (statement, 0);
  event->severity = (TriasSeverity) sqlite3_column_int (statement, 2);
  trias_event_set_params (event, sqlite3_column_blob (statement, 7),
                          (gsize) sqlite3_column_bytes (statement, 7));
  return event;
}

static TriasDenial *
read_denial (sqlite3_stmt *statement)
{
  TriasDenial *denial = g_new0 (TriasDenial, 1);

  denial->id = (guint64) sqlite3_column_int64 (statement, 0);
  denial->first = sqlite3_column_int64 (statement, 1);
  denial->last = sqlite3_column_int64 (statement, 2);
  denial->count = (guint) sqlite3_column_int64 (statement, 3);
  denial->reason = trias_reason_from_word ((const char *) sqlite3_column_text (statement, 4));
  denial->feature = column_dup (statement, 5);
  denial->user = column_dup (statement, 6);
  denial->host = column_dup (statement, 7);
  denial->address = column_dup (statement, 8);
  denial->key_id = column_dup (statement, 9);
  denial->detail = column_dup (statement, 10);
  return denial;
}

sqlite3 *
trias_store_history_open (const char *path, GError **error)
{
  sqlite3 *handle = NULL;
  int result = sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

  if (result == SQLITE_OK)
    {
      sqlite3_busy_timeout (handle, 5000);
      sqlite3_exec (handle, "PRAGMA cache_size = -1000", NULL, NULL, NULL);
      return handle;
    }
  trias_store_set_error (error, handle, result, path, "read");
  sqlite3_close (handle);
  return NULL;
}

#define SELECT_EVENTS                                                                              \
  "SELECT seq, time, severity, server, kind, subject, actor, params FROM event"                    \
  " WHERE seq > ? AND seq < ?"
#define NEWEST_FIRST " ORDER BY seq DESC LIMIT ?"

GPtrArray *
trias_store_history_events (sqlite3 *handle,
                            const char *path,
                            guint64 before,
                            guint64 after,
                            gboolean leases,
                            guint limit,
                            GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  sqlite3_stmt *statement = NULL;
  int result
      = sqlite3_prepare_v2 (handle,
                            leases ? SELECT_EVENTS NEWEST_FIRST
                                   : SELECT_EVENTS " AND " TRIAS_STORE_NOT_OF_LEASES NEWEST_FIRST,
                            -1, &statement, NULL);

  if (result == SQLITE_OK)
    {
      sqlite3_bind_int64 (statement, 1, (gint64) MIN (after, G_MAXINT64));
      sqlite3_bind_int64 (statement, 2,
                          before == 0 ? G_MAXINT64 : (gint64) MIN (before, G_MAXINT64));
      sqlite3_bind_int64 (statement, 3, limit);
      while ((result = sqlite3_step (statement)) == SQLITE_ROW)
        g_ptr_array_add (events, read_event (statement));
    }
  sqlite3_finalize (statement);
  if (result == SQLITE_DONE)
    return g_steal_pointer (&events);
  trias_store_set_error (error, handle, result, path, "read");
  return NULL;
}

GPtrArray *
trias_store_history_denials (sqlite3 *handle, const char *path, guint limit, GError **error)
{
  g_autoptr (GPtrArray) denials
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_denial_free);
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (handle,
                                   "SELECT id, first, last, count, reason, feature, user, host,"
                                   " address, key, detail FROM denial ORDER BY id DESC LIMIT ?",
                                   -1, &statement, NULL);

  if (result == SQLITE_OK)
    {
      sqlite3_bind_int64 (statement, 1, limit);
      while ((result = sqlite3_step (statement)) == SQLITE_ROW)
        g_ptr_array_add (denials, read_denial (statement));
    }
  sqlite3_finalize (statement);
  if (result == SQLITE_DONE)
    return g_steal_pointer (&denials);
  trias_store_set_error (error, handle, result, path, "read");
  return NULL;
}

gboolean
trias_store_history_records (sqlite3 *handle,
                             const char *path,
                             const char *kind,
                             TriasStoreRecordFunc func,
                             gpointer user_data,
                             GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean ok = TRUE;
  int result = sqlite3_prepare_v2 (handle,
                                   "SELECT kind, key, revision, value FROM local WHERE kind = ?"
                                   " UNION ALL SELECT kind, key, revision, value FROM ledger",
                                   -1, &statement, NULL);

  if (result == SQLITE_OK)
    {
      sqlite3_bind_text (statement, 1, kind, -1, SQLITE_STATIC);
      while (ok && (result = sqlite3_step (statement)) == SQLITE_ROW)
        {
          g_autoptr (GBytes) value = g_bytes_new (sqlite3_column_blob (statement, 3),
                                                  (gsize) sqlite3_column_bytes (statement, 3));

          ok = func ((const char *) sqlite3_column_text (statement, 0),
                     (const char *) sqlite3_column_text (statement, 1), value,
                     (guint64) sqlite3_column_int64 (statement, 2), user_data, error);
        }
    }
  if (ok && result != SQLITE_DONE)
    {
      trias_store_set_error (error, handle, result, path, "read");
      ok = FALSE;
    }
  sqlite3_finalize (statement);
  return ok;
}
