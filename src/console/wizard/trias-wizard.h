/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasWizard:
 *
 * A window that leads through steps: list of steps, Back, Next and Cancel. Escape and Cancel ask
 * first if something would be lost.
 */
#define TRIAS_TYPE_WIZARD (trias_wizard_get_type ())
G_DECLARE_DERIVABLE_TYPE (TriasWizard, trias_wizard, TRIAS, WIZARD, AdwWindow)

struct _TriasWizardClass
{
  AdwWindowClass parent_class;

  /** What would be lost, as the body of a question; %NULL if nothing. (transfer full) */
  char *(*describe_loss) (TriasWizard *self);
  /** The person gave up; to be undone here. */
  void (*discarded) (TriasWizard *self);
};

void trias_wizard_add_page (TriasWizard *self, TriasWizardPage *page);
/** Shows the first page. To be called once all are added. */
void trias_wizard_start (TriasWizard *self);
/** Goes on as the button does; on the last page closes the window. Nothing happens if the page is
 * not complete. */
void trias_wizard_next (TriasWizard *self);
void trias_wizard_back (TriasWizard *self);
guint trias_wizard_get_step (TriasWizard *self);
/** (transfer none) */
TriasWizardPage *trias_wizard_get_page (TriasWizard *self, guint step);
/** Whether the button that cancels is there. */
void trias_wizard_set_can_cancel (TriasWizard *self, gboolean can_cancel);

G_END_DECLS
