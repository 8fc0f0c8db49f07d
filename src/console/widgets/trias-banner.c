/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-banner.h"

#include "console/widgets/trias-a11y.h"

struct _TriasBanner
{
  GtkWidget parent_instance;

  GtkRevealer *revealer;
  GtkLabel *label;
  GtkButton *button;
};

G_DEFINE_FINAL_TYPE (TriasBanner, trias_banner, GTK_TYPE_WIDGET)

enum
{
  ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
button_clicked_cb (TriasBanner *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static void
trias_banner_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), TRIAS_TYPE_BANNER);
  G_OBJECT_CLASS (trias_banner_parent_class)->dispose (object);
}

static void
trias_banner_class_init (TriasBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_banner_dispose;
  signals[ACTIVATED] = g_signal_new ("activated", TRIAS_TYPE_BANNER, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/widgets/trias-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, TriasBanner, label);
  gtk_widget_class_bind_template_child (widget_class, TriasBanner, button);
  gtk_widget_class_bind_template_callback (widget_class, button_clicked_cb);
}

static void
trias_banner_init (TriasBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

TriasBanner *
trias_banner_new (void)
{
  return g_object_new (TRIAS_TYPE_BANNER, NULL);
}

void
trias_banner_set_text (TriasBanner *self, const char *text)
{
  g_return_if_fail (TRIAS_IS_BANNER (self));

  if (text != NULL && g_strcmp0 (gtk_label_get_text (self->label), text) != 0)
    {
      gtk_label_set_text (self->label, text);
      trias_a11y_set_name (GTK_WIDGET (self), text);
    }
  gtk_revealer_set_reveal_child (self->revealer, text != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), text != NULL);
}

const char *
trias_banner_get_text (TriasBanner *self)
{
  g_return_val_if_fail (TRIAS_IS_BANNER (self), NULL);

  return gtk_widget_get_visible (GTK_WIDGET (self)) ? gtk_label_get_text (self->label) : NULL;
}

void
trias_banner_set_button (TriasBanner *self, const char *label)
{
  g_return_if_fail (TRIAS_IS_BANNER (self));

  gtk_widget_set_visible (GTK_WIDGET (self->button), label != NULL);
  if (label == NULL)
    return;
  gtk_button_set_label (self->button, label);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self->button));
}
