/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-timer.h"

typedef struct
{
  GSource *timer;
  GSource *other; /* (nullable) that is set when it comes */
  guint calls;
  gint64 at;    /* monotonic µs of the last call */
  gint64 again; /* what it sets itself to */
} Watch;

static gboolean
come_cb (gpointer user_data)
{
  Watch *watch = user_data;

  watch->calls++;
  watch->at = g_get_monotonic_time ();
  trias_timer_set (watch->timer, watch->again);
  if (watch->other != NULL)
    trias_timer_set (watch->other, 0);
  return G_SOURCE_CONTINUE;
}

static void
watch_init (Watch *watch, int priority)
{
  *watch = (Watch){ .again = -1 };
  watch->timer = trias_timer_new ("test", priority, come_cb, watch);
}

static void
watch_clear (Watch *watch)
{
  g_source_destroy (watch->timer);
  g_source_unref (watch->timer);
}

static void
test_comes (void)
{
  Watch watch;
  gint64 wanted = g_get_monotonic_time () + 5000;

  watch_init (&watch, G_PRIORITY_DEFAULT);
  g_assert_cmpint (trias_timer_get (watch.timer), ==, -1);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  trias_timer_set (watch.timer, wanted);
  g_assert_cmpint (trias_timer_get (watch.timer), ==, wanted);
  while (watch.calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (watch.at, >=, wanted);
  /* It was set to never. */
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (watch.calls, ==, 1);
  watch_clear (&watch);
}

/* It comes again and again until it is set otherwise. */
static void
test_again (void)
{
  Watch watch;

  watch_init (&watch, G_PRIORITY_DEFAULT);
  watch.again = 0;
  trias_timer_set (watch.timer, 0);
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_true (g_main_context_iteration (NULL, FALSE));
      g_assert_cmpuint (watch.calls, ==, i);
    }
  watch_clear (&watch);
}

/* What one sets while it is dispatched, the other finds in the next turn, and the loop does not
 * sleep over it; nor is it woken up for nothing after that. */
static void
test_set_by_another (void)
{
  Watch first, second;

  watch_init (&first, G_PRIORITY_DEFAULT);
  watch_init (&second, G_PRIORITY_DEFAULT_IDLE);
  first.other = second.timer;
  trias_timer_set (first.timer, 0);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (first.calls, ==, 1);
  g_assert_cmpuint (second.calls, ==, 0);
  g_assert_true (g_main_context_pending (NULL));
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (second.calls, ==, 1);
  g_assert_false (g_main_context_pending (NULL));
  watch_clear (&first);
  watch_clear (&second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timer/comes", test_comes);
  g_test_add_func ("/timer/again", test_again);
  g_test_add_func ("/timer/set-by-another", test_set_by_another);
  return g_test_run ();
}
