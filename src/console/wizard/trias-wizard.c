/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-wizard.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"

typedef struct
{
  GPtrArray *pages;  /* (owned) (element-type TriasWizardPage, unowned: the stack owns them) */
  GPtrArray *labels; /* (owned) (element-type GtkWidget, unowned) the steps in the list */
  guint step;

  AdwWindowTitle *title;
  AdwFlap *flap;
  GtkBox *steps;
  GtkStack *stack;
  GtkWidget *cancel_button;
  GtkWidget *back_button;
  GtkButton *next_button;
} TriasWizardPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (TriasWizard, trias_wizard, ADW_TYPE_WINDOW)

static TriasWizardPrivate *
get_private (TriasWizard *self)
{
  return trias_wizard_get_instance_private (self);
}

static void
update_steps (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);

  for (guint i = 0; i < priv->labels->len; i++)
    {
      GtkWidget *label = g_ptr_array_index (priv->labels, i);
      const char *name = trias_wizard_page_get_title (g_ptr_array_index (priv->pages, i));
      g_autofree char *text = i < priv->step ? g_strdup_printf ("✓  %s", name)
                                             : g_strdup_printf ("%u  %s", i + 1, name);
      g_autofree char *spoken = NULL;

      if (i < priv->step)
        spoken = g_strdup_printf (_ ("%s, done"), name);
      else if (i == priv->step)
        spoken = g_strdup_printf (_ ("%s, this step"), name);
      gtk_label_set_text (GTK_LABEL (label), text);
      trias_a11y_set_name (label, spoken != NULL ? spoken : name);
      gtk_widget_remove_css_class (label, "current");
      gtk_widget_remove_css_class (label, "done");
      if (i <= priv->step)
        gtk_widget_add_css_class (label, i == priv->step ? "current" : "done");
    }
}

static void
update_buttons (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);
  TriasWizardPage *page = g_ptr_array_index (priv->pages, priv->step);
  gboolean back = priv->step > 0 && trias_wizard_page_can_go_back (page);

  gtk_button_set_label (priv->next_button, trias_wizard_page_get_next_label (page));
  gtk_widget_set_sensitive (GTK_WIDGET (priv->next_button), trias_wizard_page_is_complete (page));
  gtk_widget_set_visible (priv->back_button, back);
  trias_a11y_fix_mnemonics (GTK_WIDGET (priv->next_button));
}

/* In a narrow window the list of steps is away, and there is room for a word or two. */
static void
update_title (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);
  const char *step = trias_wizard_page_get_title (g_ptr_array_index (priv->pages, priv->step));
  gboolean narrow = adw_flap_get_folded (priv->flap);
  g_autofree char *subtitle = NULL;

  if (narrow)
    /* TRANSLATORS: number of the step, number of steps */
    subtitle = g_strdup_printf (_ ("%1$u of %2$u"), priv->step + 1, priv->pages->len);
  else
    /* TRANSLATORS: number of the step, number of steps, name of the step */
    subtitle
        = g_strdup_printf (_ ("Step %1$u of %2$u: %3$s"), priv->step + 1, priv->pages->len, step);
  adw_window_title_set_title (priv->title,
                              narrow ? step : gtk_window_get_title (GTK_WINDOW (self)));
  adw_window_title_set_subtitle (priv->title, subtitle);
}

static void
show_step (TriasWizard *self, guint step)
{
  TriasWizardPrivate *priv = get_private (self);
  TriasWizardPage *page = g_ptr_array_index (priv->pages, step);

  priv->step = step;
  gtk_stack_set_visible_child (priv->stack, GTK_WIDGET (page));
  update_title (self);
  update_steps (self);
  trias_wizard_page_entered (page);
  update_buttons (self);
  /* A page may have chosen itself where the focus belongs. */
  if (gtk_window_get_focus (GTK_WINDOW (self)) == NULL
      || !gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (self)), GTK_WIDGET (page)))
    gtk_widget_child_focus (GTK_WIDGET (page), GTK_DIR_TAB_FORWARD);
}

static void
page_changed_cb (TriasWizard *self)
{
  if (get_private (self)->pages->len > 0
      && gtk_stack_get_visible_child (get_private (self)->stack) != NULL)
    update_buttons (self);
}

static void
discard_confirmed (gpointer user_data)
{
  TriasWizard *self = user_data;

  TRIAS_WIZARD_GET_CLASS (self)->discarded (self);
  gtk_window_destroy (GTK_WINDOW (self));
}

static gboolean
trias_wizard_close_request (GtkWindow *window)
{
  TriasWizard *self = TRIAS_WIZARD (window);
  g_autofree char *loss = TRIAS_WIZARD_GET_CLASS (self)->describe_loss (self);
  TriasQuestion question = { .heading = _ ("Cancel the set-up?"),
                             .body = loss,
                             .keep = _ ("_Continue"),
                             .verb = _ ("Cancel the _Set-Up"),
                             .destructive = TRUE };

  if (!gtk_widget_get_visible (get_private (self)->cancel_button) && loss == NULL)
    return FALSE;
  if (loss == NULL)
    {
      TRIAS_WIZARD_GET_CLASS (self)->discarded (self);
      return FALSE;
    }
  trias_confirm (GTK_WIDGET (self), &question, discard_confirmed, g_object_ref (self),
                 g_object_unref);
  return TRUE;
}

static char *
describe_no_loss (TriasWizard *self)
{
  return NULL;
}

static void
discard_nothing (TriasWizard *self)
{
}

static void
trias_wizard_finalize (GObject *object)
{
  TriasWizardPrivate *priv = get_private (TRIAS_WIZARD (object));

  g_ptr_array_unref (priv->pages);
  g_ptr_array_unref (priv->labels);
  G_OBJECT_CLASS (trias_wizard_parent_class)->finalize (object);
}

static void
trias_wizard_class_init (TriasWizardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = trias_wizard_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = trias_wizard_close_request;
  klass->describe_loss = describe_no_loss;
  klass->discarded = discard_nothing;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/wizard/trias-wizard.ui");
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, title);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, flap);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, steps);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, stack);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, cancel_button);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, back_button);
  gtk_widget_class_bind_template_child_private (widget_class, TriasWizard, next_button);
  gtk_widget_class_bind_template_callback (widget_class, trias_wizard_next);
  gtk_widget_class_bind_template_callback (widget_class, trias_wizard_back);
}

static gboolean
retitle_cb (gpointer user_data)
{
  TriasWizard *self = user_data;

  if (get_private (self)->pages->len > 0 && gtk_widget_get_realized (GTK_WIDGET (self)))
    update_title (self);
  return G_SOURCE_REMOVE;
}

/* Comes in the middle of giving widgets their places: the title may change only after it. */
static void
folded_cb (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);

  adw_flap_set_reveal_flap (priv->flap, !adw_flap_get_folded (priv->flap));
  g_idle_add_full (GDK_PRIORITY_REDRAW + 10, retitle_cb, g_object_ref (self), g_object_unref);
}

static void
trias_wizard_init (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);

  priv->pages = g_ptr_array_new ();
  priv->labels = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_watch_stack (priv->stack);
  trias_a11y_escape_closes (GTK_WINDOW (self));
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  g_signal_connect_object (priv->flap, "notify::folded", G_CALLBACK (folded_cb), self,
                           G_CONNECT_SWAPPED);
}

void
trias_wizard_add_page (TriasWizard *self, TriasWizardPage *page)
{
  TriasWizardPrivate *priv = get_private (self);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_LIST_ITEM,
                                   "xalign", 0.0f, "ellipsize", PANGO_ELLIPSIZE_END, NULL);

  gtk_widget_add_css_class (label, "trias-step");
  gtk_box_append (priv->steps, label);
  gtk_stack_add_child (priv->stack, GTK_WIDGET (page));
  g_ptr_array_add (priv->pages, page);
  g_ptr_array_add (priv->labels, label);
  g_signal_connect_object (page, "changed", G_CALLBACK (page_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "go-on", G_CALLBACK (trias_wizard_next), self, G_CONNECT_SWAPPED);
}

void
trias_wizard_start (TriasWizard *self)
{
  g_return_if_fail (TRIAS_IS_WIZARD (self));

  show_step (self, 0);
}

void
trias_wizard_next (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);
  TriasWizardPage *page = g_ptr_array_index (priv->pages, priv->step);

  if (!trias_wizard_page_is_complete (page))
    return;
  trias_wizard_page_left (page);
  if (priv->step + 1 < priv->pages->len)
    show_step (self, priv->step + 1);
  else
    gtk_window_destroy (GTK_WINDOW (self));
}

void
trias_wizard_back (TriasWizard *self)
{
  TriasWizardPrivate *priv = get_private (self);

  if (priv->step > 0 && trias_wizard_page_can_go_back (g_ptr_array_index (priv->pages, priv->step)))
    show_step (self, priv->step - 1);
}

guint
trias_wizard_get_step (TriasWizard *self)
{
  g_return_val_if_fail (TRIAS_IS_WIZARD (self), 0);

  return get_private (self)->step;
}

TriasWizardPage *
trias_wizard_get_page (TriasWizard *self, guint step)
{
  TriasWizardPrivate *priv = get_private (self);

  g_return_val_if_fail (step < priv->pages->len, NULL);

  return g_ptr_array_index (priv->pages, step);
}

void
trias_wizard_set_can_cancel (TriasWizard *self, gboolean can_cancel)
{
  g_return_if_fail (TRIAS_IS_WIZARD (self));

  gtk_widget_set_visible (get_private (self)->cancel_button, can_cancel);
}
