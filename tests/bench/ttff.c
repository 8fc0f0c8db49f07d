/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Time to the first frame of an X11 program, seen from outside:
 *
 *   ttff [-i IDLE_S] -- COMMAND [ARG...]
 *
 * Starts COMMAND and waits for its window and for content in it: the first look at which the cross
 * through its centre is not of one colour. Then lets it settle and looks at its memory and at the
 * CPU time it uses while nothing happens. Prints map_ms, content_ms, pss_kb and idle_ms (CPU, per
 * second). Without a window manager there is nobody else to wait for. */

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/Xdamage.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 20000
#define SETTLE_US 1500000
#define LEAST_WIDTH 100
#define LEAST_HEIGHT 50

typedef struct
{
  Display *display;
  int damage_event;
  Window window;
  int width;
  int height;
  gint64 start;
  double map_ms;
  double content_ms;
} Watch;

static int
ignore (Display *display, XErrorEvent *event)
{
  return 0;
}

static double
since (const Watch *self)
{
  return (double) (g_get_monotonic_time () - self->start) / 1000;
}

static double
cpu_ms (pid_t pid)
{
  struct timespec used = { 0, 0 };
  clockid_t clock;

  if (clock_getcpuclockid (pid, &clock) == 0)
    clock_gettime (clock, &used);
  return (double) used.tv_sec * 1000 + (double) used.tv_nsec / 1e6;
}

/* Whether a line of the window, @width by @height from @x, @y, has more than one colour. */
static gboolean
is_drawn (const Watch *self, int x, int y, int width, int height)
{
  XImage *image = XGetImage (self->display, self->window, x, y, (unsigned) width, (unsigned) height,
                             AllPlanes, ZPixmap);
  gboolean drawn = FALSE;

  if (image == NULL)
    return FALSE;
  for (int i = 1; i < width * height && !drawn; i++)
    drawn = XGetPixel (image, width > 1 ? i : 0, width > 1 ? 0 : i) != XGetPixel (image, 0, 0);
  XDestroyImage (image);
  return drawn;
}

static void
look (Watch *self)
{
  if (self->window == None || self->content_ms > 0)
    return;
  if (is_drawn (self, 0, self->height / 2, self->width, 1)
      || is_drawn (self, self->width / 2, 0, 1, self->height))
    self->content_ms = since (self);
}

static void
on_map (Watch *self, Window window)
{
  XWindowAttributes attributes;

  if (self->window != None || !XGetWindowAttributes (self->display, window, &attributes)
      || attributes.width < LEAST_WIDTH || attributes.height < LEAST_HEIGHT)
    return;
  self->window = window;
  self->width = attributes.width;
  self->height = attributes.height;
  self->map_ms = since (self);
  XDamageCreate (self->display, window, XDamageReportNonEmpty);
}

static void
take_events (Watch *self)
{
  while (XPending (self->display) > 0)
    {
      XEvent event;

      XNextEvent (self->display, &event);
      if (event.type == MapNotify)
        on_map (self, event.xmap.window);
      else if (event.type == ConfigureNotify && event.xconfigure.window == self->window)
        {
          self->width = event.xconfigure.width;
          self->height = event.xconfigure.height;
        }
      else if (event.type == self->damage_event)
        XDamageSubtract (self->display, ((XDamageNotifyEvent *) &event)->damage, None, None);
    }
}

static pid_t
start (char **argv)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      int null = open ("/dev/null", O_RDWR);

      dup2 (null, STDOUT_FILENO);
      if (g_getenv ("TTFF_VERBOSE") == NULL)
        dup2 (null, STDERR_FILENO);
      execvp (argv[0], argv);
      _exit (127);
    }
  return pid;
}

static gboolean
wait_for_content (Watch *self, pid_t pid)
{
  while (self->content_ms <= 0 && since (self) < TIMEOUT_MS)
    {
      struct pollfd wait = { ConnectionNumber (self->display), POLLIN, 0 };

      if (waitpid (pid, NULL, WNOHANG) == pid)
        return FALSE;
      take_events (self);
      look (self);
      XFlush (self->display);
      poll (&wait, 1, 2);
    }
  return self->content_ms > 0;
}

static long
pss_kb (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", (int) pid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nPss:");
  return line != NULL ? strtol (line + 5, NULL, 10) : 0;
}

static void
end (pid_t pid)
{
  kill (pid, SIGTERM);
  for (int i = 0; i < 100; i++)
    {
      if (waitpid (pid, NULL, WNOHANG) == pid)
        return;
      g_usleep (20000);
    }
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

int
main (int argc, char **argv)
{
  Watch watch = { .display = XOpenDisplay (NULL) };
  double idle = 1;
  int option, base;
  gboolean ok;
  pid_t pid;

  while ((option = getopt (argc, argv, "+i:")) != -1)
    if (option == 'i')
      idle = g_ascii_strtod (optarg, NULL);
  if (watch.display == NULL || optind >= argc
      || !XDamageQueryExtension (watch.display, &watch.damage_event, &base))
    return 2;
  watch.damage_event += XDamageNotify;
  XSetErrorHandler (ignore);
  XSelectInput (watch.display, DefaultRootWindow (watch.display), SubstructureNotifyMask);
  XSync (watch.display, False);

  watch.start = g_get_monotonic_time ();
  pid = start (argv + optind);
  ok = wait_for_content (&watch, pid);
  if (ok)
    {
      double used;

      g_usleep (SETTLE_US);
      used = cpu_ms (pid);
      g_usleep ((gulong) (idle * G_USEC_PER_SEC));
      g_print ("map_ms=%.0f content_ms=%.0f idle_ms=%.2f pss_kb=%ld\n", watch.map_ms,
               watch.content_ms, (cpu_ms (pid) - used) / idle, pss_kb (pid));
    }
  end (pid);
  return ok ? 0 : 1;
}
