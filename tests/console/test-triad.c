/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <adwaita.h>

#include "console-fixture.h"
#include "console/redundancy/trias-triad-card.h"
#include "console/redundancy/trias-triad-layout.h"
#include "console/redundancy/trias-triad-link-mark.h"
#include "console/redundancy/trias-triad-panel.h"
#include "console/trias-screenshot.h"
#include "../client/triad-said.h"

/* The diagram in every state, made of answers as servers give them. With TRIAS_SHOTS=FOLDER a
 * picture of each is kept. */

typedef struct
{
  const char *name;
  TriadSaid said[TRIAS_MAX_MEMBERS];
  gboolean reached[TRIAS_MAX_MEMBERS];
} State;

#define WELL(self, others)                                                                         \
  {                                                                                                \
    self, 0, others, ALL_LINKS, others, TRUE, 3, -1                                                \
  }

static const State states[] = {
  { "all-well", { WELL (0, S | T), WELL (1, P | T), WELL (2, P | S) }, { TRUE, TRUE, TRUE } },
  { "primary-down",
    { WELL (0, S | T), { 1, 1, T, 4u, T, TRUE, 4, -1 }, { 2, 1, S, 4u, S, TRUE, 4, -1 } },
    { FALSE, TRUE, TRUE } },
  { "secondary-down",
    { { 0, 0, T, 2u, T, TRUE, 3, -1 }, WELL (1, P | T), { 2, 0, P, 2u, P, TRUE, 3, -1 } },
    { TRUE, FALSE, TRUE } },
  { "tertiary-down",
    { { 0, 0, S, 1u, S, TRUE, 3, -1 }, { 1, 0, P, 1u, P, TRUE, 3, -1 }, WELL (2, P | S) },
    { TRUE, TRUE, FALSE } },
  { "link-primary-secondary-cut",
    { { 0, 0, T, 6u, T, TRUE, 3, -1 },
      { 1, 0, T, 6u, T, TRUE, 3, -1 },
      { 2, 0, P | S, 6u, P | S, TRUE, 3, -1 } },
    { TRUE, TRUE, TRUE } },
  { "link-one-way",
    { { 0, 0, T, 6u, T, TRUE, 3, -1 }, WELL (1, P | T), WELL (2, P | S) },
    { TRUE, TRUE, TRUE } },
  { "no-quorum",
    { { 0, -1, 0, 0, 0, FALSE, 3, 0 },
      { 1, -1, 0, 0, 0, FALSE, 3, 0 },
      { 2, -1, 0, 0, 0, FALSE, 3, 0 } },
    { TRUE, TRUE, TRUE } },
  { "last-known", { WELL (0, S | T), WELL (1, P | T), WELL (2, P | S) }, { FALSE, FALSE, FALSE } },
};

static TriasTriad *
make_triad (const State *state)
{
  TriasTriad *triad = trias_triad_new ("rel");
  TriasMemberSource sources[TRIAS_MAX_MEMBERS] = { { NULL } };

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      sources[i].info = triad_said_read (&state->said[i]);
      sources[i].reached = state->reached[i];
    }
  trias_triad_update (triad, sources);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_object_unref (sources[i].info);
  return triad;
}

static GtkWidget *
show_panel (TriasTriad *triad, int width)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *panel = trias_triad_panel_new (triad);

  g_object_set (panel, "margin-top", 18, "margin-bottom", 18, "margin-start", 18, "margin-end", 18,
                NULL);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), panel);
  adw_window_set_content (ADW_WINDOW (window), scrolled);
  gtk_window_set_default_size (GTK_WINDOW (window), width, 700);
  console_fixture_show (GTK_WINDOW (window));
  return window;
}

static void
keep_picture (GtkWidget *window, const char *name, const char *look)
{
  const char *folder = g_getenv ("TRIAS_SHOTS");
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (folder == NULL)
    return;
  file = g_strdup_printf ("triad-%s-%s-%s.png", name, look,
                          console_fixture_is_german () ? "de" : "en");
  path = g_build_filename (folder, file, NULL);
  texture = trias_screenshot_render (window);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

static void
close_window (GtkWidget *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
}

static void
test_states (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (TriasTriad) triad = make_triad (&states[i]);
      GtkWidget *window = show_panel (triad, 900);
      g_autofree char *nameless = console_fixture_nameless (window);
      g_autofree char *doubled = console_fixture_doubled_mnemonics (window);

      g_assert_cmpstr (nameless, ==, "");
      g_assert_cmpstr (doubled, ==, "");
      keep_picture (window, states[i].name, "light");
      close_window (window);
      trias_triad_end (triad);
    }
}

static void
test_looks (void)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_autoptr (TriasTriad) triad = make_triad (&states[1]);
  GtkWidget *window;

  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  window = show_panel (triad, 900);
  keep_picture (window, states[1].name, "dark");
  close_window (window);
  window = show_panel (triad, 400);
  keep_picture (window, states[1].name, "narrow-dark");
  close_window (window);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  window = show_panel (triad, 400);
  keep_picture (window, states[1].name, "narrow");
  close_window (window);
  trias_triad_end (triad);
}

/* --- where things stand --- */

static gboolean
overlap (const GdkRectangle *a, const GdkRectangle *b)
{
  return gdk_rectangle_intersect (a, b, NULL);
}

static void
test_layout (void)
{
  const TriasTriadSizes sizes = { 110, 100, 32, { 90, 110, 90 }, 32 };

  for (int width = TRIAS_TRIAD_LAYOUT_MIN_WIDTH; width <= 2000; width += 7)
    {
      TriasTriadLayout layout;
      GdkRectangle all[7];
      const GdkRectangle bounds = { 0, 0, width, 100000 };

      trias_triad_layout (&layout, &sizes, width);
      all[0] = layout.clients;
      for (guint i = 0; i < 3; i++)
        {
          all[1 + i] = layout.cards[i];
          all[4 + i] = layout.marks[i];
          g_assert_cmpint (layout.cards[i].width, >, 100);
        }
      for (guint i = 0; i < 7; i++)
        {
          GdkRectangle inside;

          gdk_rectangle_intersect (&all[i], &bounds, &inside);
          g_assert_true (gdk_rectangle_equal (&inside, &all[i]));
          for (guint j = 0; j < i; j++)
            if (overlap (&all[i], &all[j]))
              g_error ("width %d: parts %u and %u overlap", width, j, i);
        }
    }
}

/* --- what is told while things change --- */

static GtkWidget *
find_card (GtkWidget *root, TriasTriadMember *member)
{
  GtkWidget *found = NULL;

  if (TRIAS_IS_TRIAD_CARD (root) && trias_triad_card_get_member (TRIAS_TRIAD_CARD (root)) == member)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_card (child, member);
  return found;
}

static void
test_changes (void)
{
  g_autoptr (TriasTriad) triad = make_triad (&states[0]);
  GtkWidget *window = show_panel (triad, 900);
  GtkWidget *primary = find_card (window, trias_triad_get_member (triad, 0));
  GtkWidget *secondary = find_card (window, trias_triad_get_member (triad, 1));
  TriasMemberSource sources[TRIAS_MAX_MEMBERS] = { { NULL } };

  g_assert_true (gtk_widget_has_css_class (primary, "active-server"));
  g_assert_false (gtk_widget_has_css_class (secondary, "active-server"));
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      sources[i].info = triad_said_read (&states[1].said[i]);
      sources[i].reached = states[1].reached[i];
    }
  trias_triad_update (triad, sources);
  g_assert_false (gtk_widget_has_css_class (primary, "active-server"));
  g_assert_true (gtk_widget_has_css_class (primary, "offline"));
  g_assert_true (gtk_widget_has_css_class (secondary, "active-server"));
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_object_unref (sources[i].info);
  close_window (window);
  trias_triad_end (triad);
}

int
main (int argc, char **argv)
{
  console_fixture_init (&argc, &argv);
  g_test_add_func ("/triad/layout", test_layout);
  g_test_add_func ("/triad/states", test_states);
  g_test_add_func ("/triad/looks", test_looks);
  g_test_add_func ("/triad/changes", test_changes);
  return g_test_run ();
}
