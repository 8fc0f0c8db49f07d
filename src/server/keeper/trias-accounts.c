/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-accounts"

#include "config.h"

#include <sodium.h>

#include "server/keeper/trias-accounts.h"

/* Argon2id: about a tenth of a second and 64 MB each, so two at once at most. */
#define HASH_OPS 3
#define HASH_MEMORY ((gsize) 64 * 1024 * 1024)
#define HASH_THREADS 2
/* More than this waiting are turned away: a flood must not queue for minutes. */
#define MAX_WAITING 64
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-"

struct _TriasAccounts
{
  gatomicrefcount refs;
  TriasKeeper *keeper; /* (borrowed) (nullable) NULL once freed */
  GThreadPool *pool;   /* (owned) */
  guint waiting;
};

typedef enum
{
  WORK_ADD,
  WORK_SET,
  WORK_VERIFY
} WorkKind;

/** A password on its way through the pool. */
typedef struct
{
  TriasAccounts *accounts; /* (owned) */
  WorkKind kind;
  char *name;
  char *password;
  char *actor;
  char hash[crypto_pwhash_STRBYTES]; /* made, or to be verified against */
  gboolean known;                    /* the name exists */
  gboolean ok;
  TriasKeeperDone done;
  gpointer user_data;
  GTask *task; /* (owned) (nullable) for verify */
} Work;

static void
accounts_unref (TriasAccounts *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    g_free (self);
}

static void
work_free (Work *work)
{
  accounts_unref (work->accounts);
  g_free (work->name);
  sodium_memzero (work->password, strlen (work->password));
  g_free (work->password);
  g_free (work->actor);
  g_clear_object (&work->task);
  g_free (work);
}

/* --- the pool --- */

static gboolean work_done_cb (gpointer data);

static void
work_func (gpointer data, gpointer user_data)
{
  Work *work = data;
  gsize length = strlen (work->password);

  /* For an unknown name a hash is made and thrown away: it takes as long. */
  if (work->kind == WORK_VERIFY && work->known)
    work->ok = crypto_pwhash_str_verify (work->hash, work->password, length) == 0;
  else
    work->ok = crypto_pwhash_str (work->hash, work->password, length, HASH_OPS, HASH_MEMORY) == 0;
  g_idle_add_full (G_PRIORITY_DEFAULT, work_done_cb, work, NULL);
}

static Work *
work_new (TriasAccounts *self, WorkKind kind, const char *name, const char *password)
{
  Work *work = g_new0 (Work, 1);

  g_atomic_ref_count_inc (&self->refs);
  work->accounts = self;
  work->kind = kind;
  work->name = g_strdup (name);
  work->password = g_strdup (password);
  return work;
}

static void
work_push (Work *work)
{
  work->accounts->waiting++;
  g_thread_pool_push (work->accounts->pool, work, NULL);
}

TriasAccounts *
trias_accounts_new (TriasKeeper *keeper)
{
  TriasAccounts *self = g_new0 (TriasAccounts, 1);

  if (sodium_init () < 0)
    g_error ("libsodium cannot be used on this computer");
  g_atomic_ref_count_init (&self->refs);
  self->keeper = keeper;
  self->pool = g_thread_pool_new (work_func, NULL, HASH_THREADS, FALSE, NULL);
  return self;
}

void
trias_accounts_free (TriasAccounts *self)
{
  if (self == NULL)
    return;
  self->keeper = NULL;
  g_thread_pool_free (g_steal_pointer (&self->pool), FALSE, TRUE);
  accounts_unref (self);
}

/* --- what is kept --- */

gboolean
trias_account_name_is_valid (const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  return length > 0 && length <= TRIAS_ACCOUNT_NAME_MAX && strspn (name, NAME_CHARACTERS) == length;
}

static GBytes *
hash_to_bytes (const char *hash)
{
  return g_bytes_new (hash, strnlen (hash, crypto_pwhash_STRBYTES));
}

static gboolean
hash_from_bytes (GBytes *bytes, char hash[crypto_pwhash_STRBYTES])
{
  gsize length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  memset (hash, 0, crypto_pwhash_STRBYTES);
  if (length == 0 || length >= crypto_pwhash_STRBYTES)
    return FALSE;
  memcpy (hash, data, length);
  return TRUE;
}

gboolean
trias_accounts_exists (TriasAccounts *self, const char *name)
{
  return trias_keeper_get_local (self->keeper, TRIAS_ACCOUNT_KIND, name) != NULL;
}

static void
list_cb (const char *key, GBytes *value, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (key));
}

char **
trias_accounts_list (TriasAccounts *self)
{
  GPtrArray *names = g_ptr_array_new ();

  trias_keeper_foreach_local (self->keeper, TRIAS_ACCOUNT_KIND, list_cb, names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static guint
count_accounts (TriasAccounts *self)
{
  g_auto (GStrv) names = trias_accounts_list (self);

  return g_strv_length (names);
}

/* --- changes --- */

static GError *
check_password (const char *password)
{
  gsize length = password != NULL ? strlen (password) : 0;

  if (length >= TRIAS_ACCOUNT_PASSWORD_MIN && length <= TRIAS_ACCOUNT_PASSWORD_MAX)
    return NULL;
  return g_error_new (TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                      "A password must have %d to %d bytes; choose another one.",
                      TRIAS_ACCOUNT_PASSWORD_MIN, TRIAS_ACCOUNT_PASSWORD_MAX);
}

static GError *
check_adding (TriasAccounts *self, const char *name)
{
  if (!trias_account_name_is_valid (name))
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                        "The name of an administrator has 1 to %d letters, digits and any of"
                        " “._@-”.",
                        TRIAS_ACCOUNT_NAME_MAX);
  if (trias_accounts_exists (self, name))
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_CONFLICT,
                        "There is an administrator “%s” already. To change the password, set"
                        " a new one.",
                        name);
  if (count_accounts (self) >= TRIAS_ACCOUNTS_MAX)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_TOO_MANY,
                        "There are %d administrators, which is the limit. Remove one first.",
                        TRIAS_ACCOUNTS_MAX);
  return NULL;
}

static GError *
check_existing (TriasAccounts *self, const char *name)
{
  if (name != NULL && trias_accounts_exists (self, name))
    return NULL;
  return g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_FOUND, "There is no administrator “%s”.",
                      name != NULL ? name : "");
}

static GError *
check_waiting (TriasAccounts *self)
{
  if (self->waiting < MAX_WAITING)
    return NULL;
  return g_error_new (TRIAS_ERROR, TRIAS_REASON_TOO_MANY,
                      "Too many sign-ins are under way. Try again in a few seconds.");
}

/* Ends what cannot be begun as what failed later ends: never before the caller returned. */
typedef struct
{
  TriasKeeperDone done;
  gpointer user_data;
  GError *error;
} Refusal;

static gboolean
refusal_cb (gpointer data)
{
  Refusal *refusal = data;

  if (refusal->done != NULL)
    refusal->done (refusal->error, refusal->user_data);
  g_error_free (refusal->error);
  g_free (refusal);
  return G_SOURCE_REMOVE;
}

static void
refuse_later (GError *error, TriasKeeperDone done, gpointer user_data)
{
  Refusal *refusal = g_new0 (Refusal, 1);

  refusal->done = done;
  refusal->user_data = user_data;
  refusal->error = error;
  g_idle_add_full (G_PRIORITY_DEFAULT, refusal_cb, refusal, NULL);
}

static void
change_password (TriasAccounts *self,
                 WorkKind kind,
                 GError *error,
                 const char *name,
                 const char *password,
                 const char *actor,
                 TriasKeeperDone done,
                 gpointer user_data)
{
  Work *work;

  if (error == NULL)
    error = check_password (password);
  if (error == NULL)
    error = check_waiting (self);
  if (error != NULL)
    {
      refuse_later (error, done, user_data);
      return;
    }
  work = work_new (self, kind, name, password);
  work->actor = g_strdup (actor);
  work->done = done;
  work->user_data = user_data;
  work_push (work);
}

void
trias_accounts_add (TriasAccounts *self,
                    const char *name,
                    const char *password,
                    const char *actor,
                    TriasKeeperDone done,
                    gpointer user_data)
{
  GError *error = check_adding (self, name);

  change_password (self, WORK_ADD, error, name, password, actor, done, user_data);
}

void
trias_accounts_set_password (TriasAccounts *self,
                             const char *name,
                             const char *password,
                             const char *actor,
                             TriasKeeperDone done,
                             gpointer user_data)
{
  GError *error = check_existing (self, name);

  change_password (self, WORK_SET, error, name, password, actor, done, user_data);
}

static void
record (TriasAccounts *self, const char *kind, const char *name, const char *actor)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self->keeper), kind, name);

  g_free (event->actor);
  event->actor = g_strdup (actor != NULL ? actor : "");
  trias_keeper_record (self->keeper, event);
}

void
trias_accounts_remove (TriasAccounts *self,
                       const char *name,
                       const char *actor,
                       TriasKeeperDone done,
                       gpointer user_data)
{
  GError *error = check_existing (self, name);

  if (error != NULL)
    {
      refuse_later (error, done, user_data);
      return;
    }
  record (self, "admin-removed", name, actor);
  trias_keeper_put_local (self->keeper, TRIAS_ACCOUNT_KIND, name, NULL, done, user_data);
}

static void
finish_change (Work *work)
{
  TriasAccounts *self = work->accounts;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GError) error = NULL;

  /* Another may have been quicker while this one was in the pool. */
  if (self->keeper == NULL)
    error = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE, "The server stops.");
  else if (!work->ok)
    error = g_error_new (TRIAS_ERROR, TRIAS_REASON_INTERNAL,
                         "There is not enough memory to keep a password safely. Try again.");
  else
    error = work->kind == WORK_ADD ? check_adding (self, work->name)
                                   : check_existing (self, work->name);
  if (error != NULL)
    {
      if (work->done != NULL)
        work->done (error, work->user_data);
      return;
    }
  value = hash_to_bytes (work->hash);
  record (self, work->kind == WORK_ADD ? "admin-added" : "admin-changed", work->name, work->actor);
  trias_keeper_put_local (self->keeper, TRIAS_ACCOUNT_KIND, work->name, value, work->done,
                          work->user_data);
}

/* --- verifying --- */

void
trias_accounts_verify_async (TriasAccounts *self,
                             const char *name,
                             const char *password,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  GError *error = check_waiting (self);
  Work *work;

  g_task_set_source_tag (task, trias_accounts_verify_async);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  work = work_new (self, WORK_VERIFY, name != NULL ? name : "", password != NULL ? password : "");
  work->task = g_steal_pointer (&task);
  work->known = hash_from_bytes (
      trias_keeper_get_local (self->keeper, TRIAS_ACCOUNT_KIND, work->name), work->hash);
  work_push (work);
}

static void
finish_verify (Work *work)
{
  if (work->ok && work->known)
    g_task_return_boolean (work->task, TRUE);
  else
    g_task_return_new_error (work->task, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED,
                             "The name or the password is wrong.");
}

gboolean
trias_accounts_verify_finish (TriasAccounts *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_accounts_verify_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
work_done_cb (gpointer data)
{
  Work *work = data;

  work->accounts->waiting--;
  if (work->kind == WORK_VERIFY)
    finish_verify (work);
  else
    finish_change (work);
  work_free (work);
  return G_SOURCE_REMOVE;
}
