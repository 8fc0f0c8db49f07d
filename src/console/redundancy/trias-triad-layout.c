/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-layout.h"

#define MARGIN 6
#define CARD_MAX_WIDTH 270
/* Room for the mark of the link between primary and secondary. */
#define MIDDLE_MIN 150
#define ARROW_ROOM 44
#define LINK_ROOM 76
#define COLUMN_LINK_ROOM 56
/* Beside the column: the arrow to the left, the link from first to third to the right. */
#define COLUMN_LEFT 26

static graphene_point_t
point (int x, int y)
{
  return GRAPHENE_POINT_INIT ((float) x, (float) y);
}

static graphene_point_t
middle_left (const GdkRectangle *r)
{
  return point (r->x, r->y + r->height / 2);
}

static graphene_point_t
middle_right (const GdkRectangle *r)
{
  return point (r->x + r->width, r->y + r->height / 2);
}

static graphene_point_t
middle_top (const GdkRectangle *r)
{
  return point (r->x + r->width / 2, r->y);
}

static graphene_point_t
middle_bottom (const GdkRectangle *r)
{
  return point (r->x + r->width / 2, r->y + r->height);
}

static void
line (TriasTriadLayout *layout, guint link, graphene_point_t from, graphene_point_t to)
{
  layout->links[link][0] = from;
  layout->links[link][1] = to;
  layout->n_points[link] = 2;
}

static void
put_mark (TriasTriadLayout *layout, const TriasTriadSizes *sizes, guint link, int x, int y)
{
  layout->marks[link]
      = (GdkRectangle){ x - sizes->mark_widths[link] / 2, y - sizes->mark_height / 2,
                        sizes->mark_widths[link], sizes->mark_height };
}

static void
put_mark_between (TriasTriadLayout *layout, const TriasTriadSizes *sizes, guint link)
{
  const graphene_point_t *points = layout->links[link];

  put_mark (layout, sizes, link, (int) (points[0].x + points[1].x) / 2,
            (int) (points[0].y + points[1].y) / 2);
}

/* --- a triangle: primary and secondary above, the tertiary below between them --- */

static void
place_wide (TriasTriadLayout *layout, const TriasTriadSizes *sizes, int width)
{
  int room = width - 2 * MARGIN;
  int card = MIN (CARD_MAX_WIDTH, (room - MIDDLE_MIN) / 2);
  int left = MARGIN + MAX (0, room - 2 * card - 2 * MIDDLE_MIN) / 2;
  int top = MARGIN + sizes->clients_height + ARROW_ROOM;
  int low = top + sizes->card_height + LINK_ROOM;
  const GdkRectangle *cards = layout->cards;

  layout->clients = (GdkRectangle){ (width - sizes->clients_width) / 2, MARGIN,
                                    sizes->clients_width, sizes->clients_height };
  layout->cards[0] = (GdkRectangle){ left, top, card, sizes->card_height };
  layout->cards[1] = (GdkRectangle){ width - left - card, top, card, sizes->card_height };
  layout->cards[2] = (GdkRectangle){ (width - card) / 2, low, card, sizes->card_height };
  line (layout, 0, middle_right (&cards[0]), middle_left (&cards[1]));
  line (layout, 1, middle_bottom (&cards[0]), point (cards[2].x + card / 4, cards[2].y));
  line (layout, 2, middle_bottom (&cards[1]), point (cards[2].x + card - card / 4, cards[2].y));
  for (guint link = 0; link < TRIAS_TRIAD_N_LINKS; link++)
    put_mark_between (layout, sizes, link);
  for (guint rank = 0; rank < 2; rank++)
    {
      graphene_point_t to = middle_top (&cards[rank]);
      graphene_point_t from
          = rank == 0 ? middle_left (&layout->clients) : middle_right (&layout->clients);

      layout->arrows[rank][0] = from;
      layout->arrows[rank][1] = GRAPHENE_POINT_INIT (to.x, from.y);
      layout->arrows[rank][2] = to;
      layout->n_arrow_points[rank] = 3;
    }
  layout->height = low + sizes->card_height + MARGIN;
}

/* --- a column, for narrow windows --- */

static void
place_narrow (TriasTriadLayout *layout, const TriasTriadSizes *sizes, int width)
{
  int left = MARGIN + COLUMN_LEFT;
  int bracket = sizes->mark_widths[1] / 2 + 10;
  int card = MIN (CARD_MAX_WIDTH + 60, width - left - MARGIN - 2 * bracket);
  int y = MARGIN + sizes->clients_height + ARROW_ROOM;
  int turn;
  const GdkRectangle *cards = layout->cards;

  layout->clients = (GdkRectangle){ left, MARGIN, sizes->clients_width, sizes->clients_height };
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      layout->cards[rank] = (GdkRectangle){ left, y, card, sizes->card_height };
      y += sizes->card_height + COLUMN_LINK_ROOM;
    }
  layout->height = y - COLUMN_LINK_ROOM + MARGIN;
  line (layout, 0, middle_bottom (&cards[0]), middle_top (&cards[1]));
  line (layout, 2, middle_bottom (&cards[1]), middle_top (&cards[2]));
  put_mark_between (layout, sizes, 0);
  put_mark_between (layout, sizes, 2);
  turn = left + card + bracket;
  layout->links[1][0] = middle_right (&cards[0]);
  layout->links[1][1] = GRAPHENE_POINT_INIT ((float) turn, layout->links[1][0].y);
  layout->links[1][2] = GRAPHENE_POINT_INIT ((float) turn, middle_right (&cards[2]).y);
  layout->links[1][3] = middle_right (&cards[2]);
  layout->n_points[1] = 4;
  put_mark (layout, sizes, 1, turn, cards[1].y + cards[1].height / 2);
  layout->arrows[0][0] = point (left + sizes->clients_width / 2, MARGIN + sizes->clients_height);
  layout->arrows[0][1] = GRAPHENE_POINT_INIT (layout->arrows[0][0].x, (float) cards[0].y);
  layout->n_arrow_points[0] = 2;
  layout->arrows[1][0] = middle_left (&layout->clients);
  layout->arrows[1][1] = point (MARGIN + 8, (int) layout->arrows[1][0].y);
  layout->arrows[1][2] = point (MARGIN + 8, (int) middle_left (&cards[1]).y);
  layout->arrows[1][3] = middle_left (&cards[1]);
  layout->n_arrow_points[1] = 4;
}

void
trias_triad_layout (TriasTriadLayout *layout, const TriasTriadSizes *sizes, int width)
{
  *layout = (TriasTriadLayout){ .wide = width >= TRIAS_TRIAD_LAYOUT_WIDE };
  if (layout->wide)
    place_wide (layout, sizes, width);
  else
    place_narrow (layout, sizes, MAX (width, TRIAS_TRIAD_LAYOUT_MIN_WIDTH));
}
