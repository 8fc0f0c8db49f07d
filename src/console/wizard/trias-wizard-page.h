/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * TriasWizardPage:
 *
 * A step of a #TriasWizard. Emits "changed" when what it answers changes.
 */
#define TRIAS_TYPE_WIZARD_PAGE (trias_wizard_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (TriasWizardPage, trias_wizard_page, TRIAS, WIZARD_PAGE, AdwBin)

struct _TriasWizardPageClass
{
  AdwBinClass parent_class;

  /** Short name of the step, translated. */
  const char *(*get_title) (TriasWizardPage *self);
  /** Whether the wizard may go on. Default: yes. */
  gboolean (*is_complete) (TriasWizardPage *self);
  /** Whether one may go back from here. Default: yes. */
  gboolean (*can_go_back) (TriasWizardPage *self);
  /** Label of the button that goes on, with mnemonic. Default: Next. */
  const char *(*get_next_label) (TriasWizardPage *self);
  /** The page is shown now. */
  void (*entered) (TriasWizardPage *self);
  /** The person goes on from here; last chance to take values over. */
  void (*left) (TriasWizardPage *self);
};

const char *trias_wizard_page_get_title (TriasWizardPage *self);
gboolean trias_wizard_page_is_complete (TriasWizardPage *self);
gboolean trias_wizard_page_can_go_back (TriasWizardPage *self);
const char *trias_wizard_page_get_next_label (TriasWizardPage *self);
void trias_wizard_page_entered (TriasWizardPage *self);
void trias_wizard_page_left (TriasWizardPage *self);
/** For subclasses: something that the wizard asks for has changed. */
void trias_wizard_page_changed (TriasWizardPage *self);
/** For subclasses: asks the wizard to go on, as Enter in the last field does. */
void trias_wizard_page_go_on (TriasWizardPage *self);

G_END_DECLS
