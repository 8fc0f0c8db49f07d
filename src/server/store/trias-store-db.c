/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-store-db.h"
#include "server/store/trias-store-index.h"

/* Rows of history dropped by one batch because they are old: a bounded piece. */
#define TRIM_ROWS 5000

typedef enum
{
  SQL_BEGIN,
  SQL_COMMIT,
  SQL_ROLLBACK,
  SQL_PUT, /* one for each space */
  SQL_REMOVE = SQL_PUT + TRIAS_N_SPACES,
  SQL_CLEAR = SQL_REMOVE + TRIAS_N_SPACES,
  SQL_ENTRY = SQL_CLEAR + TRIAS_N_SPACES,
  SQL_DROP_ENTRIES,
  SQL_DROP_TAIL,
  SQL_RESTART,
  SQL_APPLIED,
  SQL_SERIAL,
  SQL_EVENT,
  SQL_EVENT_AGAIN,
  SQL_DENIAL,
  SQL_DROP_EVENTS,
  SQL_DROP_DENIALS,
  SQL_TRIM_EVENTS,
  SQL_TRIM_DENIALS,
  N_SQL
} Sql;

#define PUT(table)                                                                                 \
  "INSERT OR REPLACE INTO " table " (row, kind, key, revision, value) VALUES (?, ?, ?, ?, ?)"
#define REMOVE(table) "DELETE FROM " table " WHERE row = ?"
#define EVENT                                                                                      \
  "event (seq, time, severity, server, kind, subject, actor, params) VALUES (?, ?, ?, ?, ?, ?, "   \
  "?, ?)"
/* The newest row always stays: numbers must never start again. */
#define TRIM(table, id, time)                                                                      \
  "DELETE FROM " table " WHERE " id " <= (SELECT max(n) FROM (SELECT " id " AS n, " time " AS t"   \
  " FROM " table " ORDER BY " id " LIMIT ?2) WHERE t < ?1)"                                        \
  " AND " id " < (SELECT max(" id ") FROM " table ")"

static const char *const sql_texts[N_SQL] = {
  [SQL_BEGIN] = "BEGIN IMMEDIATE",
  [SQL_COMMIT] = "COMMIT",
  [SQL_ROLLBACK] = "ROLLBACK",
  [SQL_PUT + TRIAS_SPACE_LEDGER] = PUT ("ledger"),
  [SQL_PUT + TRIAS_SPACE_REPLICA] = PUT ("replica"),
  [SQL_PUT + TRIAS_SPACE_LOCAL] = PUT ("local"),
  [SQL_REMOVE + TRIAS_SPACE_LEDGER] = REMOVE ("ledger"),
  [SQL_REMOVE + TRIAS_SPACE_REPLICA] = REMOVE ("replica"),
  [SQL_REMOVE + TRIAS_SPACE_LOCAL] = REMOVE ("local"),
  [SQL_CLEAR + TRIAS_SPACE_LEDGER] = "DELETE FROM ledger",
  [SQL_CLEAR + TRIAS_SPACE_REPLICA] = "DELETE FROM replica",
  [SQL_CLEAR + TRIAS_SPACE_LOCAL] = "DELETE FROM local",
  [SQL_ENTRY] = "INSERT INTO journal (idx, term, commands) VALUES (?, ?, ?)",
  [SQL_DROP_ENTRIES] = "DELETE FROM journal WHERE idx <= ?",
  [SQL_DROP_TAIL] = "DELETE FROM journal WHERE idx > ?",
  [SQL_RESTART] = "DELETE FROM journal",
  [SQL_APPLIED] = "UPDATE state SET applied = ?",
  [SQL_SERIAL] = "UPDATE state SET serial = ?",
  [SQL_EVENT] = "INSERT INTO " EVENT,
  [SQL_EVENT_AGAIN] = "INSERT OR REPLACE INTO " EVENT,
  [SQL_DENIAL] = "INSERT OR REPLACE INTO denial (id, first, last, count, reason, feature, user,"
                 " host, address, key, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  [SQL_DROP_EVENTS] = "DELETE FROM event WHERE seq <= ?",
  [SQL_DROP_DENIALS] = "DELETE FROM denial WHERE id <= ?",
  [SQL_TRIM_EVENTS] = TRIM ("event", "seq", "time"),
  [SQL_TRIM_DENIALS] = TRIM ("denial", "id", "last"),
};

struct _TriasStoreDb
{
  char *path; /* (owned) */
  sqlite3 *handle;
  sqlite3_stmt *statements[N_SQL];
  gboolean relaxed;                      /* commits are not synchronised */
  gboolean suspect;                      /* a batch that failed may have left rows behind */
  TriasStoreIndex *rows[TRIAS_N_SPACES]; /* (owned) (nullable) until the table was read */
};

void
trias_store_set_error (
    GError **error, sqlite3 *handle, int result, const char *path, const char *what)
{
  int extended = handle != NULL ? sqlite3_extended_errcode (handle) : result;
  gboolean again = g_str_equal (what, "write to"); /* what fails at the start ends the server */
  gboolean full = (result & 0xff) == SQLITE_FULL;
  const char *advice
      = full ? "Free some space first." : "Check the disk and who may use the folder.";

  if ((result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB)
    advice = "The file is damaged: restore it from a backup.";
  else if (again)
    advice = full ? "Free some space; the server tries again by itself."
                  : "The server tries again by itself.";
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE, "Cannot %s the file %s: %s (%d). %s", what,
               path, sqlite3_errstr (result), extended, advice);
}

static void
drop_rows (TriasStoreDb *self)
{
  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    g_clear_pointer (&self->rows[i], trias_store_index_free);
}

/* --- open and close --- */

static gboolean
prepare_all (TriasStoreDb *self, GError **error)
{
  for (guint i = 0; i < N_SQL; i++)
    {
      int result = sqlite3_prepare_v3 (self->handle, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &self->statements[i], NULL);

      if (result != SQLITE_OK)
        {
          trias_store_set_error (error, self->handle, result, self->path, "read");
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
set_up (TriasStoreDb *self, GError **error)
{
  int result;

  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, 5000);
  /* The log stays small and in place: overwriting it is faster than letting it grow. */
  result = sqlite3_exec (self->handle,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 1000;"
                         "PRAGMA cache_size = -8000; PRAGMA trusted_schema = OFF;"
                         /* Rows of the journal go as fast as they come: wiping each costs pages. */
                         "PRAGMA secure_delete = FAST;",
                         NULL, NULL, NULL);
  if (result != SQLITE_OK)
    {
      trias_store_set_error (error, self->handle, result, self->path, "open");
      return FALSE;
    }
  return trias_store_migrate (self->handle, self->path, error) && prepare_all (self, error);
}

TriasStoreDb *
trias_store_db_open (const char *path, GError **error)
{
  TriasStoreDb *self = g_new0 (TriasStoreDb, 1);
  int result;

  self->path = g_strdup (path);
  result = sqlite3_open_v2 (path, &self->handle,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
                                | SQLITE_OPEN_NOFOLLOW,
                            NULL);
  if (result != SQLITE_OK)
    trias_store_set_error (error, self->handle, result, path, "open");
  else if (set_up (self, error))
    return self;
  trias_store_db_close (self);
  return NULL;
}

void
trias_store_db_close (TriasStoreDb *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_SQL; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close (self->handle);
  drop_rows (self);
  g_free (self->path);
  g_free (self);
}

/* --- small helpers over statements --- */

static void
bind_text (sqlite3_stmt *statement, int column, const char *text)
{
  sqlite3_bind_text (statement, column, text, -1, SQLITE_STATIC);
}

static void
bind_bytes (sqlite3_stmt *statement, int column, GBytes *bytes)
{
  gsize length = 0;
  gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  /* An empty value is not the same as none. */
  if (bytes != NULL && length == 0)
    sqlite3_bind_zeroblob (statement, column, 0);
  else
    sqlite3_bind_blob64 (statement, column, data, length, SQLITE_STATIC);
}

static GBytes *
column_bytes (sqlite3_stmt *statement, int column)
{
  gconstpointer data = sqlite3_column_blob (statement, column);

  return g_bytes_new (data, (gsize) sqlite3_column_bytes (statement, column));
}

/* Steps a statement that gives no rows, and makes it ready for the next use. */
static int
run (TriasStoreDb *self, Sql sql)
{
  int result = sqlite3_step (self->statements[sql]);

  sqlite3_reset (self->statements[sql]);
  return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int
run_number (TriasStoreDb *self, Sql sql, guint64 number)
{
  sqlite3_bind_int64 (self->statements[sql], 1, (gint64) number);
  return run (self, sql);
}

/* --- reading --- */

static sqlite3_stmt *
prepare (TriasStoreDb *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (self->handle, sql, -1, &statement, NULL);

  if (result == SQLITE_OK)
    return statement;
  trias_store_set_error (error, self->handle, result, self->path, "read");
  return NULL;
}

static gboolean
end_reading (TriasStoreDb *self, sqlite3_stmt *statement, int result, gboolean ok, GError **error)
{
  if (ok && result != SQLITE_DONE)
    {
      trias_store_set_error (error, self->handle, result, self->path, "read");
      ok = FALSE;
    }
  sqlite3_finalize (statement);
  return ok;
}

/* Two rows for one record: only a damaged file has them. */
static gboolean
refuse_twin (TriasStoreDb *self, GError **error)
{
  trias_store_set_error (error, NULL, SQLITE_CORRUPT, self->path, "read");
  return FALSE;
}

/* Learns on the way which row holds what. @func may be %NULL. */
gboolean
trias_store_db_foreach (TriasStoreDb *self,
                        TriasSpace space,
                        TriasStoreRecordFunc func,
                        gpointer user_data,
                        GError **error)
{
  static const char *const texts[TRIAS_N_SPACES] = {
    "SELECT row, kind, key, revision, value FROM ledger ORDER BY row",
    "SELECT row, kind, key, revision, value FROM replica ORDER BY row",
    "SELECT row, kind, key, revision, value FROM local ORDER BY row",
  };
  sqlite3_stmt *statement = prepare (self, texts[space], error);
  TriasStoreIndex *rows = trias_store_index_new ();
  gboolean ok = TRUE;
  int result = SQLITE_DONE;

  while (statement != NULL && ok && (result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *kind = (const char *) sqlite3_column_text (statement, 1);
      const char *key = (const char *) sqlite3_column_text (statement, 2);
      guint64 revision = (guint64) sqlite3_column_int64 (statement, 3);
      g_autoptr (GBytes) value = func != NULL ? column_bytes (statement, 4) : NULL;

      ok = trias_store_index_note (rows, kind, key, sqlite3_column_int64 (statement, 0))
               ? func == NULL || func (kind, key, value, revision, user_data, error)
               : refuse_twin (self, error);
    }
  ok = statement != NULL && end_reading (self, statement, result, ok, error);
  g_clear_pointer (&self->rows[space], trias_store_index_free);
  if (ok)
    self->rows[space] = rows;
  else
    trias_store_index_free (rows);
  return ok;
}

static gboolean
know_rows (TriasStoreDb *self, GError **error)
{
  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    if (self->rows[i] == NULL && !trias_store_db_foreach (self, i, NULL, NULL, error))
      return FALSE;
  return TRUE;
}

gboolean
trias_store_db_foreach_entry (
    TriasStoreDb *self, guint64 index, TriasStoreEntryFunc func, gpointer user_data, GError **error)
{
  sqlite3_stmt *statement
      = prepare (self, "SELECT term, idx, commands FROM journal WHERE idx > ? ORDER BY idx", error);
  gboolean ok = TRUE;
  int result = SQLITE_DONE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) index);
  while (ok && (result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      g_autoptr (GBytes) commands = column_bytes (statement, 2);

      ok = func ((guint64) sqlite3_column_int64 (statement, 0),
                 (guint64) sqlite3_column_int64 (statement, 1), commands, user_data, error);
    }
  return end_reading (self, statement, result, ok, error);
}

/* Reads one row of up to three numbers. */
static gboolean
read_numbers (TriasStoreDb *self, const char *sql, guint64 **numbers, guint n, GError **error)
{
  sqlite3_stmt *statement = prepare (self, sql, error);
  int result;

  if (statement == NULL)
    return FALSE;
  result = sqlite3_step (statement);
  for (guint i = 0; result == SQLITE_ROW && i < n; i++)
    *numbers[i] = (guint64) sqlite3_column_int64 (statement, (int) i);
  return end_reading (self, statement, result == SQLITE_ROW ? SQLITE_DONE : result, TRUE, error);
}

gboolean
trias_store_db_state (TriasStoreDb *self, guint64 *applied, guint64 *serial, GError **error)
{
  guint64 *numbers[] = { applied, serial };

  return read_numbers (self, "SELECT applied, serial FROM state", numbers, 2, error);
}

gboolean
trias_store_db_last (
    TriasStoreDb *self, guint64 *entry, guint64 *event, guint64 *denial, GError **error)
{
  guint64 *numbers[] = { entry, event, denial };

  return read_numbers (self,
                       "SELECT max((SELECT ifnull(max(idx), 0) FROM journal),"
                       " (SELECT applied FROM state)),"
                       " (SELECT max(seq) FROM event), (SELECT max(id) FROM denial)",
                       numbers, 3, error);
}

gboolean
trias_store_db_claim (TriasStoreDb *self, const char *server_id, GError **error)
{
  sqlite3_stmt *statement = prepare (self, "UPDATE state SET server = ?1 WHERE server = ''", error);
  int result;
  gboolean ok;

  if (statement == NULL)
    return FALSE;
  bind_text (statement, 1, server_id);
  result = sqlite3_step (statement);
  if (!end_reading (self, statement, result, TRUE, error))
    return FALSE;
  statement = prepare (self, "SELECT server FROM state", error);
  if (statement == NULL)
    return FALSE;
  ok = sqlite3_step (statement) == SQLITE_ROW
       && g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), server_id) == 0;
  sqlite3_finalize (statement);
  if (!ok)
    g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                 "The file %s belongs to another server identity. Put the identity file that"
                 " belongs to it back, or name another state folder.",
                 self->path);
  return ok;
}

/* --- writing --- */

static int
write_put (TriasStoreDb *self, const TriasStoreOp *op)
{
  sqlite3_stmt *statement = self->statements[SQL_PUT + op->space];

  sqlite3_bind_int64 (statement, 1,
                      trias_store_index_ensure (self->rows[op->space], op->kind, op->key));
  bind_text (statement, 2, op->kind);
  bind_text (statement, 3, op->key);
  sqlite3_bind_int64 (statement, 4, (gint64) op->number);
  bind_bytes (statement, 5, (GBytes *) op->data);
  return run (self, SQL_PUT + op->space);
}

static int
write_remove (TriasStoreDb *self, const TriasStoreOp *op)
{
  gint64 row = trias_store_index_find (self->rows[op->space], op->kind, op->key);

  if (row == 0)
    return SQLITE_OK;
  trias_store_index_remove (self->rows[op->space], op->kind, op->key);
  return run_number (self, SQL_REMOVE + op->space, (guint64) row);
}

static int
write_entry (TriasStoreDb *self, const TriasStoreOp *op)
{
  sqlite3_stmt *statement = self->statements[SQL_ENTRY];

  sqlite3_bind_int64 (statement, 1, (gint64) op->number);
  sqlite3_bind_int64 (statement, 2, op->other);
  bind_bytes (statement, 3, (GBytes *) op->data);
  return run (self, SQL_ENTRY);
}

static int
write_applied (TriasStoreDb *self, const TriasStoreOp *op)
{
  int result = run_number (self, SQL_DROP_ENTRIES, op->number);

  return result == SQLITE_OK ? run_number (self, SQL_APPLIED, op->number) : result;
}

static int
write_restart (TriasStoreDb *self)
{
  int result = run (self, SQL_RESTART);

  return result == SQLITE_OK ? run_number (self, SQL_APPLIED, 0) : result;
}

/* An event has a number of its own, and a plain insertion costs a quarter less. Only a batch that
 * seemed to fail may have left it there already. */
static int
write_event (TriasStoreDb *self, const TriasStoreOp *op)
{
  const TriasEvent *event = op->data;
  Sql sql = self->suspect ? SQL_EVENT_AGAIN : SQL_EVENT;
  sqlite3_stmt *statement = self->statements[sql];
  int result;

  sqlite3_bind_int64 (statement, 1, (gint64) event->seq);
  sqlite3_bind_int64 (statement, 2, event->time);
  sqlite3_bind_int (statement, 3, (int) event->severity);
  bind_text (statement, 4, event->server != NULL ? event->server : "");
  bind_text (statement, 5, event->kind);
  bind_text (statement, 6, event->subject != NULL ? event->subject : "");
  bind_text (statement, 7, event->actor != NULL ? event->actor : "");
  if (event->params_length > 0)
    sqlite3_bind_blob (statement, 8, event->params, (int) event->params_length, SQLITE_STATIC);
  else
    sqlite3_bind_null (statement, 8);
  result = run (self, sql);
  if (result != SQLITE_OK || event->seq <= TRIAS_STORE_MAX_EVENTS)
    return result;
  return run_number (self, SQL_DROP_EVENTS, event->seq - TRIAS_STORE_MAX_EVENTS);
}

static int
write_denial (TriasStoreDb *self, const TriasStoreOp *op)
{
  const TriasDenial *denial = op->data;
  sqlite3_stmt *statement = self->statements[SQL_DENIAL];
  int result;

  sqlite3_bind_int64 (statement, 1, (gint64) denial->id);
  sqlite3_bind_int64 (statement, 2, denial->first);
  sqlite3_bind_int64 (statement, 3, denial->last);
  sqlite3_bind_int64 (statement, 4, denial->count);
  bind_text (statement, 5, trias_reason_to_word (denial->reason));
  bind_text (statement, 6, denial->feature);
  bind_text (statement, 7, denial->user);
  bind_text (statement, 8, denial->host);
  bind_text (statement, 9, denial->address);
  bind_text (statement, 10, denial->key_id);
  bind_text (statement, 11, denial->detail);
  result = run (self, SQL_DENIAL);
  if (result != SQLITE_OK || denial->id <= TRIAS_STORE_MAX_DENIALS)
    return result;
  return run_number (self, SQL_DROP_DENIALS, denial->id - TRIAS_STORE_MAX_DENIALS);
}

static int
write_trim (TriasStoreDb *self, const TriasStoreOp *op)
{
  static const Sql both[] = { SQL_TRIM_EVENTS, SQL_TRIM_DENIALS };
  int result = SQLITE_OK;

  for (guint i = 0; result == SQLITE_OK && i < G_N_ELEMENTS (both); i++)
    {
      sqlite3_bind_int64 (self->statements[both[i]], 1, op->other);
      sqlite3_bind_int64 (self->statements[both[i]], 2, TRIM_ROWS);
      result = run (self, both[i]);
    }
  return result;
}

static int
write_op (TriasStoreDb *self, const TriasStoreOp *op)
{
  switch (op->op)
    {
    case TRIAS_STORE_OP_PUT:
      return op->data != NULL ? write_put (self, op) : write_remove (self, op);
    case TRIAS_STORE_OP_CLEAR:
      trias_store_index_clear (self->rows[op->space]);
      return run (self, SQL_CLEAR + op->space);
    case TRIAS_STORE_OP_ENTRY:
      return write_entry (self, op);
    case TRIAS_STORE_OP_APPLIED:
      return write_applied (self, op);
    case TRIAS_STORE_OP_RESTART:
      return write_restart (self);
    case TRIAS_STORE_OP_EVENT:
      return write_event (self, op);
    case TRIAS_STORE_OP_DENIAL:
      return write_denial (self, op);
    case TRIAS_STORE_OP_TRIM:
      return write_trim (self, op);
    }
  g_assert_not_reached ();
}

/* In the write-ahead log a transaction that is not synchronised is either there whole after a crash
 * or not at all, and the next one that is takes it along. */
static int
relax (TriasStoreDb *self, gboolean relaxed)
{
  int result;

  if (relaxed == self->relaxed)
    return SQLITE_OK;
  result = sqlite3_exec (self->handle,
                         relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
                         NULL, NULL, NULL);
  if (result == SQLITE_OK)
    self->relaxed = relaxed;
  return result;
}

gboolean
trias_store_db_write (TriasStoreDb *self,
                      TriasStoreBatch *batch,
                      guint64 serial,
                      guint64 keep_entries,
                      gboolean *unknown,
                      GError **error)
{
  int result;

  *unknown = FALSE;
  self->suspect = keep_entries != G_MAXUINT64;
  if (!know_rows (self, error))
    return FALSE;
  result = relax (self, batch->relaxed);
  if (result == SQLITE_OK)
    result = run (self, SQL_BEGIN);
  if (result == SQLITE_OK && self->suspect)
    result = run_number (self, SQL_DROP_TAIL, keep_entries);
  for (guint i = 0; result == SQLITE_OK && i < batch->ops->len; i++)
    result = write_op (self, &g_array_index (batch->ops, TriasStoreOp, i));
  if (result == SQLITE_OK)
    result = run_number (self, SQL_SERIAL, serial);
  if (result == SQLITE_OK)
    {
      result = run (self, SQL_COMMIT);
      if (result == SQLITE_OK)
        return TRUE;
      *unknown = TRUE;
    }
  trias_store_set_error (error, self->handle, result, self->path, "write to");
  /* What happened to the rows is undone: they are read again before the next batch. */
  drop_rows (self);
  if (!sqlite3_get_autocommit (self->handle))
    run (self, SQL_ROLLBACK);
  return FALSE;
}

gboolean
trias_store_db_checkpoint (TriasStoreDb *self, GError **error)
{
  int result = sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_FULL, NULL, NULL);

  if (result == SQLITE_OK)
    return TRUE;
  trias_store_set_error (error, self->handle, result, self->path, "write to");
  return FALSE;
}
