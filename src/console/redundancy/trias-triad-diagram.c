/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-diagram.h"

#include <glib/gi18n.h>

#include "console/redundancy/trias-triad-card.h"
#include "console/redundancy/trias-triad-layout.h"
#include "console/redundancy/trias-triad-link-mark.h"
#include "console/widgets/trias-a11y.h"

#define LINE_WIDTH 3.0
#define ARROW_LENGTH 12.0
#define ARROW_WIDTH 6.0
/* Of a cut link: how far its ends reach, and half the length of the bar there. */
#define STUB 20.0
#define BAR 8.0

struct _TriasTriadDiagram
{
  GtkWidget parent_instance;

  TriasTriad *triad; /* (owned) */
  GtkWidget *clients;
  GtkWidget *clients_label;
  GtkWidget *cards[TRIAS_MAX_MEMBERS];
  GtkWidget *marks[TRIAS_TRIAD_N_LINKS];
  TriasTriadLayout layout;
};

G_DEFINE_FINAL_TYPE (TriasTriadDiagram, trias_triad_diagram, GTK_TYPE_WIDGET)

enum
{
  MEMBER_ACTIVATED,
  LINK_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- drawing --- */

static void
trace (cairo_t *cr, const graphene_point_t *points, guint n_points)
{
  cairo_move_to (cr, points[0].x, points[0].y);
  for (guint i = 1; i < n_points; i++)
    cairo_line_to (cr, points[i].x, points[i].y);
}

static void
set_color (TriasTriadDiagram *self, cairo_t *cr, const char *name, double alpha)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;

  if (name == NULL || !gtk_style_context_lookup_color (context, name, &color))
    gtk_style_context_get_color (context, &color);
  color.alpha *= (float) alpha;
  gdk_cairo_set_source_rgba (cr, &color);
}

/* Told apart by shape as well as colour: whole, dashed, dotted, or with a gap between two bars. */
static void
set_stroke (TriasTriadDiagram *self, cairo_t *cr, TriasTriadLinkState state)
{
  static const double dashes[] = { 9, 7 }, dots[] = { 2, 7 };

  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_dash (cr, NULL, 0, 0);
  switch (state)
    {
    case TRIAS_TRIAD_LINK_CONNECTED:
      set_color (self, cr, "success_color", 1);
      break;
    case TRIAS_TRIAD_LINK_ONE_WAY:
      set_color (self, cr, "warning_color", 1);
      cairo_set_dash (cr, dashes, G_N_ELEMENTS (dashes), 0);
      break;
    case TRIAS_TRIAD_LINK_CUT:
      set_color (self, cr, "error_color", 1);
      break;
    case TRIAS_TRIAD_LINK_UNKNOWN:
      set_color (self, cr, NULL, 0.5);
      cairo_set_dash (cr, dots, G_N_ELEMENTS (dots), 0);
      break;
    }
}

/* The direction from @from to @to, of length 1. */
static graphene_point_t
direction (const graphene_point_t *from, const graphene_point_t *to)
{
  float length = graphene_point_distance (from, to, NULL, NULL);

  if (length <= 0)
    return GRAPHENE_POINT_INIT (0, 1);
  return GRAPHENE_POINT_INIT ((to->x - from->x) / length, (to->y - from->y) / length);
}

/* The two ends of a cut link reach towards each other and stop before a bar. */
static void
draw_cut (cairo_t *cr, const graphene_point_t *points, guint n_points)
{
  for (guint end = 0; end < 2; end++)
    {
      const graphene_point_t *from = &points[end == 0 ? 0 : n_points - 1];
      const graphene_point_t *to = &points[end == 0 ? 1 : n_points - 2];
      graphene_point_t ahead = direction (from, to);
      double x = from->x + STUB * ahead.x, y = from->y + STUB * ahead.y;

      cairo_move_to (cr, from->x, from->y);
      cairo_line_to (cr, x, y);
      cairo_move_to (cr, x + BAR * ahead.y, y - BAR * ahead.x);
      cairo_line_to (cr, x - BAR * ahead.y, y + BAR * ahead.x);
      cairo_stroke (cr);
    }
}

static void
draw_link (TriasTriadDiagram *self, cairo_t *cr, guint number)
{
  TriasTriadLinkState state
      = trias_triad_link_get_state (trias_triad_get_link (self->triad, number));
  const graphene_point_t *points = self->layout.links[number];
  guint n_points = self->layout.n_points[number];

  set_stroke (self, cr, state);
  if (state == TRIAS_TRIAD_LINK_CUT)
    {
      draw_cut (cr, points, n_points);
      return;
    }
  trace (cr, points, n_points);
  cairo_stroke (cr);
}

static void
draw_arrow (TriasTriadDiagram *self, cairo_t *cr, guint rank)
{
  const graphene_point_t *points = self->layout.arrows[rank];
  guint n_points = self->layout.n_arrow_points[rank];
  const graphene_point_t *tip = &points[n_points - 1];
  graphene_point_t ahead = direction (&points[n_points - 2], tip);

  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  set_color (self, cr, "accent_color", 1);
  trace (cr, points, n_points);
  cairo_stroke (cr);
  cairo_move_to (cr, tip->x, tip->y);
  for (int side = -1; side <= 1; side += 2)
    cairo_line_to (cr, tip->x - ARROW_LENGTH * ahead.x + side * ARROW_WIDTH * ahead.y,
                   tip->y - ARROW_LENGTH * ahead.y - side * ARROW_WIDTH * ahead.x);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
trias_triad_diagram_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TriasTriadDiagram *self = TRIAS_TRIAD_DIAGRAM (widget);
  TriasTriadMember *active = trias_triad_get_active (self->triad);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget),
                                               (float) gtk_widget_get_height (widget));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

  for (guint link = 0; link < TRIAS_TRIAD_N_LINKS; link++)
    draw_link (self, cr, link);
  if (active != NULL && trias_triad_member_get_rank (active) < 2)
    draw_arrow (self, cr, trias_triad_member_get_rank (active));
  cairo_destroy (cr);
  GTK_WIDGET_CLASS (trias_triad_diagram_parent_class)->snapshot (widget, snapshot);
}

/* --- size --- */

static int
natural (GtkWidget *widget, GtkOrientation orientation, int for_size)
{
  int size;

  gtk_widget_measure (widget, orientation, for_size, NULL, &size, NULL, NULL);
  return size;
}

/* Cards are as high as their texts need at the width that there is. */
static void
lay_out (TriasTriadDiagram *self, TriasTriadLayout *layout, int width)
{
  TriasTriadSizes sizes = { 0 };

  sizes.clients_width = natural (self->clients, GTK_ORIENTATION_HORIZONTAL, -1);
  sizes.clients_height = natural (self->clients, GTK_ORIENTATION_VERTICAL, -1);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      sizes.mark_widths[i] = natural (self->marks[i], GTK_ORIENTATION_HORIZONTAL, -1);
      sizes.mark_height
          = MAX (sizes.mark_height, natural (self->marks[i], GTK_ORIENTATION_VERTICAL, -1));
    }
  trias_triad_layout (layout, &sizes, width);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    sizes.card_height = MAX (sizes.card_height, natural (self->cards[i], GTK_ORIENTATION_VERTICAL,
                                                         layout->cards[i].width));
  trias_triad_layout (layout, &sizes, width);
}

static void
trias_triad_diagram_measure (GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *minimum,
                             int *natural_size,
                             int *minimum_baseline,
                             int *natural_baseline)
{
  TriasTriadDiagram *self = TRIAS_TRIAD_DIAGRAM (widget);
  TriasTriadLayout layout;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = TRIAS_TRIAD_LAYOUT_MIN_WIDTH;
      *natural_size = TRIAS_TRIAD_LAYOUT_WIDE;
      return;
    }
  lay_out (self, &layout, for_size < 0 ? TRIAS_TRIAD_LAYOUT_WIDE : for_size);
  *minimum = *natural_size = layout.height;
}

static GtkSizeRequestMode
trias_triad_diagram_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* A card that needs more room than there is gets what it needs at least: it is cut, not refused. */
static void
allocate (GtkWidget *child, const GdkRectangle *place)
{
  GtkAllocation allocation = *place;
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  allocation.width = MAX (allocation.width, minimum);
  gtk_widget_size_allocate (child, &allocation, -1);
}

static void
trias_triad_diagram_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  TriasTriadDiagram *self = TRIAS_TRIAD_DIAGRAM (widget);

  lay_out (self, &self->layout, width);
  allocate (self->clients, &self->layout.clients);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    allocate (self->cards[i], &self->layout.cards[i]);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    allocate (self->marks[i], &self->layout.marks[i]);
}

/* --- life --- */

static void
updated_cb (TriasTriadDiagram *self)
{
  TriasTriadMember *active = trias_triad_get_active (self->triad);
  g_autofree char *name = NULL;

  gtk_label_set_text (GTK_LABEL (self->clients_label),
                      active != NULL ? _ ("Clients") : _ ("Clients wait"));
  if (active != NULL)
    /* TRANSLATORS: name of the active server */
    name = g_strdup_printf (_ ("Clients are served by “%s”"), trias_triad_member_get_name (active));
  trias_a11y_set_name (self->clients, name != NULL ? name : _ ("No server serves the clients"));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
card_clicked_cb (TriasTriadCard *card, TriasTriadDiagram *self)
{
  g_signal_emit (self, signals[MEMBER_ACTIVATED], 0, trias_triad_card_get_member (card));
}

static void
mark_clicked_cb (TriasTriadLinkMark *mark, TriasTriadDiagram *self)
{
  g_signal_emit (self, signals[LINK_ACTIVATED], 0, trias_triad_link_mark_get_link (mark));
}

static void
trias_triad_diagram_dispose (GObject *object)
{
  TriasTriadDiagram *self = TRIAS_TRIAD_DIAGRAM (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->triad);
  G_OBJECT_CLASS (trias_triad_diagram_parent_class)->dispose (object);
}

static void
trias_triad_diagram_class_init (TriasTriadDiagramClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_triad_diagram_dispose;
  widget_class->measure = trias_triad_diagram_measure;
  widget_class->get_request_mode = trias_triad_diagram_get_request_mode;
  widget_class->size_allocate = trias_triad_diagram_size_allocate;
  widget_class->snapshot = trias_triad_diagram_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[MEMBER_ACTIVATED]
      = g_signal_new ("member-activated", TRIAS_TYPE_TRIAD_DIAGRAM, G_SIGNAL_RUN_LAST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 1, TRIAS_TYPE_TRIAD_MEMBER);
  signals[LINK_ACTIVATED]
      = g_signal_new ("link-activated", TRIAS_TYPE_TRIAD_DIAGRAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, TRIAS_TYPE_TRIAD_LINK);
}

static void
trias_triad_diagram_init (TriasTriadDiagram *self)
{
  GtkWidget *icon = gtk_image_new_from_icon_name ("trias-clients-symbolic");

  self->clients = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->clients_label = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->clients, "trias-clients");
  gtk_box_append (GTK_BOX (self->clients), icon);
  gtk_box_append (GTK_BOX (self->clients), self->clients_label);
  gtk_widget_set_parent (self->clients, GTK_WIDGET (self));
}

/* In the order in which Tab walks: a card, then the link to the next one. */
static void
add_parts (TriasTriadDiagram *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      self->cards[i] = trias_triad_card_new (trias_triad_get_member (self->triad, i));
      gtk_widget_set_parent (self->cards[i], GTK_WIDGET (self));
      g_signal_connect (self->cards[i], "clicked", G_CALLBACK (card_clicked_cb), self);
    }
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      self->marks[i] = trias_triad_link_mark_new (trias_triad_get_link (self->triad, i));
      gtk_widget_set_parent (self->marks[i], GTK_WIDGET (self));
      g_signal_connect (self->marks[i], "clicked", G_CALLBACK (mark_clicked_cb), self);
    }
}

GtkWidget *
trias_triad_diagram_new (TriasTriad *triad)
{
  TriasTriadDiagram *self = g_object_new (TRIAS_TYPE_TRIAD_DIAGRAM, NULL);

  self->triad = g_object_ref (triad);
  add_parts (self);
  g_signal_connect_object (triad, "updated", G_CALLBACK (updated_cb), self, G_CONNECT_SWAPPED);
  updated_cb (self);
  return GTK_WIDGET (self);
}
