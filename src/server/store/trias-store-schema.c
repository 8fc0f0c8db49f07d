/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-store-db.h"

/* "TRIA": tells other SQLite files from ours. */
#define APPLICATION_ID 0x54524941

#define RENUMBER(table)                                                                            \
  "ALTER TABLE " table " RENAME TO " table "_1;"                                                   \
  "CREATE TABLE " table " (row INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"        \
  " revision INTEGER NOT NULL, value BLOB NOT NULL);"                                              \
  "INSERT INTO " table " (kind, key, revision, value)"                                             \
  " SELECT kind, key, revision, value FROM " table "_1 ORDER BY kind, key;"                        \
  "DROP TABLE " table "_1;"

/* One entry for each version; an entry is never changed once it was released. */
static const char *const migrations[TRIAS_STORE_VERSION] = {
  "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), server TEXT NOT NULL,"
  " applied INTEGER NOT NULL, serial INTEGER NOT NULL);"
  "INSERT INTO state VALUES (1, '', 0, 0);"
  "CREATE TABLE ledger (kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,"
  " value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;"
  "CREATE TABLE replica (kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,"
  " value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;"
  "CREATE TABLE local (kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,"
  " value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;"
  "CREATE TABLE journal (idx INTEGER PRIMARY KEY, term INTEGER NOT NULL,"
  " commands BLOB NOT NULL);"
  "CREATE TABLE event (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, severity INTEGER NOT NULL,"
  " server TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, actor TEXT NOT NULL,"
  " params BLOB);"
  "CREATE TABLE denial (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,"
  " count INTEGER NOT NULL, reason TEXT NOT NULL, feature TEXT, user TEXT, host TEXT,"
  " address TEXT, key TEXT, detail TEXT);",
  /* Records in the order in which they came, found by the row that memory knows: leases have random
   * keys, and a table in the order of the keys wrote a page for each. */
  RENUMBER ("ledger") RENUMBER ("replica") RENUMBER ("local"),
  /* What happened to the servers is found among all that happened to single leases. */
  "CREATE INDEX event_told ON event (seq) WHERE " TRIAS_STORE_NOT_OF_LEASES ";",
};

static gboolean
read_pragma (sqlite3 *handle, const char *sql, gint64 *value, int *result)
{
  sqlite3_stmt *statement = NULL;

  *result = sqlite3_prepare_v2 (handle, sql, -1, &statement, NULL);
  if (*result != SQLITE_OK)
    return FALSE;
  *result = sqlite3_step (statement);
  *value = *result == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_finalize (statement);
  return *result == SQLITE_ROW;
}

static gboolean
step_to (sqlite3 *handle, int version, int *result)
{
  g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA application_id = %d;"
                                          " PRAGMA user_version = %d; COMMIT",
                                          migrations[version - 1], APPLICATION_ID, version);

  *result = sqlite3_exec (handle, sql, NULL, NULL, NULL);
  if (*result == SQLITE_OK)
    return TRUE;
  if (!sqlite3_get_autocommit (handle))
    sqlite3_exec (handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

gboolean
trias_store_migrate (sqlite3 *handle, const char *path, GError **error)
{
  gint64 application = 0, version = 0, tables = 0;
  int result = SQLITE_OK;

  if (!read_pragma (handle, "PRAGMA application_id", &application, &result)
      || !read_pragma (handle, "PRAGMA user_version", &version, &result)
      || !read_pragma (handle, "SELECT count(*) FROM sqlite_schema", &tables, &result))
    {
      trias_store_set_error (error, handle, result, path, "read");
      return FALSE;
    }
  if (application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0))
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "The file %s is no state of a licence server. Name another state folder.", path);
      return FALSE;
    }
  if (version > TRIAS_STORE_VERSION)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
                   "The file %s was written by a newer version of this program (format %d,"
                   " this one knows %d). Install that version again.",
                   path, (int) version, TRIAS_STORE_VERSION);
      return FALSE;
    }
  while (version < TRIAS_STORE_VERSION)
    {
      version++;
      if (!step_to (handle, (int) version, &result))
        {
          trias_store_set_error (error, handle, result, path, "bring up to date");
          return FALSE;
        }
    }
  return TRUE;
}
