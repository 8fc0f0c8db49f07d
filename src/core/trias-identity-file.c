/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-identity-private.h"

#include "core/trias-problem.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES (64 * 1024)
#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"
#define KEY_BEGIN "-----BEGIN PRIVATE KEY-----"

static gboolean
fail (GError **error, TriasReason reason, const char *path, const char *what)
{
  g_set_error (error, TRIAS_ERROR, (int) reason, "The identity “%s” %s.", path, what);
  return FALSE;
}

static gboolean
fail_errno (GError **error, const char *path, const char *what, int saved)
{
  g_set_error (error, TRIAS_ERROR, saved == ENOENT ? TRIAS_REASON_NOT_FOUND : TRIAS_REASON_STORAGE,
               "The identity “%s” cannot be %s: %s.", path, what, g_strerror (saved));
  return FALSE;
}

static gboolean
check_file (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    return fail_errno (error, path, "read", errno);
  if (!S_ISREG (info.st_mode))
    return fail (error, TRIAS_REASON_BAD_REQUEST, path, "is not a file");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail (error, TRIAS_REASON_FORBIDDEN, path,
                 "can be read by others; check who had it, then set its mode to 0600");
  if (info.st_size > MAX_FILE_BYTES)
    return fail (error, TRIAS_REASON_TOO_LARGE, path, "is too large");
  return TRUE;
}

/* The text of the file; to be wiped. */
static char *
read_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  char *text;
  gsize have = 0;

  if (fd < 0)
    return fail_errno (error, path, "read", errno), NULL;
  if (!check_file (fd, path, error))
    {
      close (fd);
      return NULL;
    }
  text = g_malloc0 (MAX_FILE_BYTES + 1);
  while (have < MAX_FILE_BYTES)
    {
      gssize n = read (fd, text + have, MAX_FILE_BYTES - have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      have += (gsize) n;
    }
  close (fd);
  return text;
}

TriasIdentity *
trias_identity_load (const char *path, GError **error)
{
  char *text = read_file (path, error);
  TriasIdentity *self = NULL;

  if (text == NULL)
    return NULL;
  if (strstr (text, CERTIFICATE_BEGIN) == NULL || strstr (text, KEY_BEGIN) == NULL)
    fail (error, TRIAS_REASON_BAD_REQUEST, path, "holds no certificate with its private key");
  else
    {
      self = trias_identity_new_from_pem (text, error);
      if (self == NULL)
        g_prefix_error (error, "The identity “%s” is damaged: ", path);
    }
  trias_free_secret_text (text);
  return self;
}

static gboolean
write_all (int fd, const char *text)
{
  gsize length = strlen (text), done = 0;

  while (done < length)
    {
      gssize n = write (fd, text + done, length - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      done += (gsize) n;
    }
  return fsync (fd) == 0;
}

static gboolean
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean good = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return good;
}

/* Writes beside @path, durable; the name is returned for the last step. */
static char *
write_beside (TriasIdentity *self, const char *path, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  gboolean good;
  int saved;

  if (fd < 0)
    return fail_errno (error, path, "written", errno), NULL;
  good = fchmod (fd, 0600) == 0 && write_all (fd, trias_identity_get_certificate_pem (self))
         && write_all (fd, trias_identity_get_key_pem (self));
  saved = errno;
  close (fd);
  if (good)
    return g_steal_pointer (&temporary);
  unlink (temporary);
  return fail_errno (error, path, "written", saved), NULL;
}

gboolean
trias_identity_save (TriasIdentity *self, const char *path, GError **error)
{
  g_autofree char *temporary = write_beside (self, path, error);
  int saved;

  if (temporary == NULL)
    return FALSE;
  if (rename (temporary, path) == 0 && sync_folder (path))
    return TRUE;
  saved = errno;
  unlink (temporary);
  return fail_errno (error, path, "written", saved);
}

/* As save, but two programs that start at once must end with one identity: the later one takes the
 * earlier one's. @created tells who won. */
static gboolean
save_new (TriasIdentity *self, const char *path, gboolean *created, GError **error)
{
  g_autofree char *temporary = write_beside (self, path, error);
  int saved = 0;

  if (temporary == NULL)
    return FALSE;
  *created = link (temporary, path) == 0;
  if (!*created)
    saved = errno;
  unlink (temporary);
  if (saved == 0 && !sync_folder (path))
    saved = errno;
  return saved == 0 || saved == EEXIST || fail_errno (error, path, "written", saved);
}

TriasIdentity *
trias_identity_load_or_create (const char *path,
                               const char *common_name,
                               gboolean *created,
                               GError **error)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (TriasIdentity) self = trias_identity_load (path, &missing);
  g_autofree char *folder = g_path_get_dirname (path);
  gboolean made = FALSE;

  if (created != NULL)
    *created = FALSE;
  if (self != NULL)
    return g_steal_pointer (&self);
  if (!g_error_matches (missing, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return NULL;
    }
  self = trias_identity_generate (common_name, error);
  if (self == NULL)
    return NULL;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail_errno (error, path, "written", errno), NULL;
  if (!save_new (self, path, &made, error))
    return NULL;
  if (created != NULL)
    *created = made;
  return made ? g_steal_pointer (&self) : trias_identity_load (path, error);
}
