/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the disk itself takes: `fsync FOLDER SECONDS` writes blocks of 4 kB and waits for each.
 * Prints append_us and overwrite_us, the medians of a file that grows and of one that was filled
 * before. The second is the disk's own limit, and what ratios are taken to. */

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 4096
#define BLOCKS 1024

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static gint64
measure (int fd, double seconds, gboolean wrap)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  char block[BLOCK];
  gint64 start;

  memset (block, 'x', sizeof block);
  for (guint i = 0; (start = g_get_monotonic_time ()) < end; i++)
    {
      off_t offset = (off_t) (wrap ? i % BLOCKS : BLOCKS + i) * BLOCK;
      gint64 took;

      if (pwrite (fd, block, sizeof block, offset) != BLOCK || fdatasync (fd) != 0)
        return -1;
      took = g_get_monotonic_time () - start;
      g_array_append_val (times, took);
    }
  g_array_sort (times, compare);
  return times->len > 0 ? g_array_index (times, gint64, times->len / 2) : -1;
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  static char zeros[BLOCKS * BLOCK];
  double seconds;
  gint64 append, overwrite;
  int fd;

  if (argc != 3)
    return 2;
  path = g_build_filename (argv[1], "fsync.bin", NULL);
  seconds = g_ascii_strtod (argv[2], NULL);
  fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write (fd, zeros, sizeof zeros) != (gssize) sizeof zeros || fsync (fd) != 0)
    return 1;
  overwrite = measure (fd, seconds / 2, TRUE);
  append = measure (fd, seconds / 2, FALSE);
  close (fd);
  unlink (path);
  g_print ("append_us=%" G_GINT64_FORMAT " overwrite_us=%" G_GINT64_FORMAT "\n", append, overwrite);
  return overwrite > 0 && append > 0 ? 0 : 1;
}
