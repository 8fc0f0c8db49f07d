/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-wizard-page.h"

#include <glib/gi18n.h>

G_DEFINE_ABSTRACT_TYPE (TriasWizardPage, trias_wizard_page, ADW_TYPE_BIN)

enum
{
  CHANGED,
  GO_ON,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gboolean
answer_yes (TriasWizardPage *self)
{
  return TRUE;
}

static const char *
get_default_label (TriasWizardPage *self)
{
  return _ ("_Next");
}

static void
do_nothing (TriasWizardPage *self)
{
}

static void
trias_wizard_page_class_init (TriasWizardPageClass *klass)
{
  klass->is_complete = answer_yes;
  klass->can_go_back = answer_yes;
  klass->get_next_label = get_default_label;
  klass->entered = do_nothing;
  klass->left = do_nothing;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_WIZARD_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[GO_ON] = g_signal_new ("go-on", TRIAS_TYPE_WIZARD_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
trias_wizard_page_init (TriasWizardPage *self)
{
}

const char *
trias_wizard_page_get_title (TriasWizardPage *self)
{
  return TRIAS_WIZARD_PAGE_GET_CLASS (self)->get_title (self);
}

gboolean
trias_wizard_page_is_complete (TriasWizardPage *self)
{
  return TRIAS_WIZARD_PAGE_GET_CLASS (self)->is_complete (self);
}

gboolean
trias_wizard_page_can_go_back (TriasWizardPage *self)
{
  return TRIAS_WIZARD_PAGE_GET_CLASS (self)->can_go_back (self);
}

const char *
trias_wizard_page_get_next_label (TriasWizardPage *self)
{
  return TRIAS_WIZARD_PAGE_GET_CLASS (self)->get_next_label (self);
}

void
trias_wizard_page_entered (TriasWizardPage *self)
{
  TRIAS_WIZARD_PAGE_GET_CLASS (self)->entered (self);
}

void
trias_wizard_page_left (TriasWizardPage *self)
{
  TRIAS_WIZARD_PAGE_GET_CLASS (self)->left (self);
}

void
trias_wizard_page_changed (TriasWizardPage *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
trias_wizard_page_go_on (TriasWizardPage *self)
{
  g_signal_emit (self, signals[GO_ON], 0);
}
