/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-order.h"

#include <string.h>

/* The order is held against a sorted array while texts come and go. */

typedef struct
{
  TriasOrder *order;
  GPtrArray *model; /* (element-type char) by strcmp() */
} Both;

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
both_init (Both *self)
{
  self->order = trias_order_new (compare_texts);
  self->model = g_ptr_array_new_with_free_func (g_free);
}

static void
both_clear (Both *self)
{
  trias_order_free (self->order);
  g_ptr_array_unref (self->model);
}

/* The first place whose text is not less. */
static guint
place_of (Both *self, const char *text)
{
  guint place = 0;

  while (place < self->model->len && strcmp (self->model->pdata[place], text) < 0)
    place++;
  return place;
}

static gboolean
is_at (Both *self, guint place, const char *text)
{
  return place < self->model->len && strcmp (self->model->pdata[place], text) == 0;
}

/* Puts the text in, or takes it out if it is there. */
static void
toggle (Both *self, const char *text)
{
  guint place = place_of (self, text);
  guint64 rank = trias_order_rank_text (text);

  if (is_at (self, place, text))
    {
      g_assert_true (trias_order_remove (self->order, rank, text));
      g_ptr_array_remove_index (self->model, place);
    }
  else
    {
      g_assert_false (trias_order_remove (self->order, rank, text));
      g_ptr_array_insert (self->model, (int) place, g_strdup (text));
      trias_order_insert (self->order, rank, self->model->pdata[place]);
    }
}

static void
check_from (Both *self, TriasOrderIter *iter, guint place)
{
  for (; place < self->model->len; place++)
    g_assert_true (trias_order_iter_next (iter) == self->model->pdata[place]);
  g_assert_null (trias_order_iter_next (iter));
  g_assert_null (trias_order_iter_next (iter));
}

static void
check (Both *self, const char *after)
{
  TriasOrderIter iter;
  guint place = place_of (self, after);

  g_assert_true (trias_order_first (self->order)
                 == (self->model->len > 0 ? self->model->pdata[0] : NULL));
  trias_order_iter_init (&iter, self->order);
  check_from (self, &iter, 0);
  trias_order_iter_init_after (&iter, self->order, trias_order_rank_text (after), (gpointer) after);
  check_from (self, &iter, place + (is_at (self, place, after) ? 1 : 0));
}

/* Texts of @n kinds: with a common beginning that is longer than a rank, without, and short. */
static char *
random_text (GRand *rand, guint n)
{
  static const char *const forms[] = { "lease-of-somebody-%u", "%u", "%u\xff", "%08x-lease" };
  guint form = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (forms));
  guint number = (guint) g_rand_int_range (rand, 0, (gint32) n);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (forms[form], number);
#pragma GCC diagnostic pop
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint round = 0; round < 4; round++)
    {
      guint n = round % 2 == 0 ? 40 : 800;
      Both both;

      both_init (&both);
      check (&both, "a");
      for (guint i = 0; i < 12 * n; i++)
        {
          g_autofree char *text = random_text (rand, n);

          toggle (&both, text);
          if (i % 97 == 0)
            check (&both, text);
        }
      check (&both, "");
      while (both.model->len > 0)
        {
          guint place = (guint) g_rand_int_range (rand, 0, (gint32) both.model->len);
          g_autofree char *text = g_strdup (both.model->pdata[place]);

          toggle (&both, text);
          if (both.model->len % 61 == 0)
            check (&both, text);
        }
      both_clear (&both);
    }
}

static void
fill (Both *self, guint from, guint until, int step)
{
  for (guint i = from; i != until; i += (guint) step)
    {
      g_autofree char *text = g_strdup_printf ("%06u", i);

      toggle (self, text);
    }
  check (self, "000500");
}

/* Ends come in order and go in order. */
static void
test_in_order (void)
{
  Both both;

  both_init (&both);
  fill (&both, 0, 1000, 1);
  fill (&both, 0, 1000, 1);
  g_assert_cmpuint (both.model->len, ==, 0);
  fill (&both, 1000, 0, -1);
  fill (&both, 1000, 0, -1);
  g_assert_cmpuint (both.model->len, ==, 0);
  both_clear (&both);
}

static void
test_rank (void)
{
  static const char *const texts[]
      = { "", "\x01", "a", "a\x01", "ab", "abcdefgh", "b", "\xc3\xa4" };

  for (guint i = 1; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_cmpint (strcmp (texts[i - 1], texts[i]), <, 0);
      g_assert_cmpuint (trias_order_rank_text (texts[i - 1]), <, trias_order_rank_text (texts[i]));
    }
  g_assert_cmpuint (trias_order_rank_text ("abcdefgh"), ==, trias_order_rank_text ("abcdefghi"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/order/rank", test_rank);
  g_test_add_func ("/ledger/order/in-order", test_in_order);
  g_test_add_func ("/ledger/order/random", test_random);
  return g_test_run ();
}
