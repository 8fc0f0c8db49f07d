/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-settings-page.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-error-row.h"
#include "client/trias-words.h"
#include "console/wizard/trias-options-rows.h"

#define NAME_MAX_CHARACTERS 64

struct _TriasSetupSettingsPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup; /* (owned) */
  gboolean filling;
  AdwEntryRow *name_row;
  TriasErrorRow *name_error;
  TriasOptionsRows *options;
  AdwEntryRow *backup_address_row;
  TriasErrorRow *backup_address_error;
  AdwEntryRow *main_address_row;
  TriasErrorRow *main_address_error;
};

G_DEFINE_FINAL_TYPE (TriasSetupSettingsPage, trias_setup_settings_page, TRIAS_TYPE_WIZARD_PAGE)

static char *
get_text (AdwEntryRow *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Settings");
}

static const char *
check_name (TriasSetupSettingsPage *self)
{
  g_autofree char *name = get_text (self->name_row);

  if (*name == '\0')
    return _ ("Give the relationship a name.");
  if (g_utf8_strlen (name, -1) > NAME_MAX_CHARACTERS)
    return _ ("The name may have 64 characters at most.");
  return NULL;
}

static const char *
check_address (AdwEntryRow *row)
{
  g_autofree char *text = get_text (row);
  g_autoptr (TriasAddress) address = trias_address_parse (text, NULL);

  return address == NULL ? _ ("This is no address. Examples: licences.example.org, 192.0.2.7:7643")
                         : NULL;
}

static gboolean
is_complete (TriasWizardPage *page)
{
  TriasSetupSettingsPage *self = TRIAS_SETUP_SETTINGS_PAGE (page);

  return check_name (self) == NULL && check_address (self->backup_address_row) == NULL
         && check_address (self->main_address_row) == NULL;
}

static void
changed_cb (TriasSetupSettingsPage *self)
{
  if (self->filling)
    return;
  trias_error_row_set (self->name_error, GTK_WIDGET (self->name_row), check_name (self));
  trias_error_row_set (self->backup_address_error, GTK_WIDGET (self->backup_address_row),
                       check_address (self->backup_address_row));
  trias_error_row_set (self->main_address_error, GTK_WIDGET (self->main_address_row),
                       check_address (self->main_address_row));
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

static void
entered (TriasWizardPage *page)
{
  TriasSetupSettingsPage *self = TRIAS_SETUP_SETTINGS_PAGE (page);
  g_autofree char *main_address = NULL;
  g_autofree char *backup_address = NULL;
  g_autofree char *name = g_strdup (trias_setup_get_name (self->setup));
  TriasOptions options;

  g_object_get (self->setup, "main-address", &main_address, "backup-address", &backup_address,
                NULL);
  trias_setup_get_options (self->setup, &options);
  if (name == NULL || *name == '\0')
    {
      g_free (name);
      name = g_strdup_printf ("%s + %s",
                              trias_words_server_name (trias_setup_get_main (self->setup)),
                              trias_words_server_name (trias_setup_get_backup (self->setup)));
    }
  self->filling = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  gtk_editable_set_text (GTK_EDITABLE (self->main_address_row),
                         main_address != NULL ? main_address : "");
  gtk_editable_set_text (GTK_EDITABLE (self->backup_address_row),
                         backup_address != NULL ? backup_address : "");
  trias_options_rows_set (self->options, &options);
  self->filling = FALSE;
  changed_cb (self);
}

static void
left (TriasWizardPage *page)
{
  TriasSetupSettingsPage *self = TRIAS_SETUP_SETTINGS_PAGE (page);
  g_autofree char *name = get_text (self->name_row);
  g_autofree char *main_address = get_text (self->main_address_row);
  g_autofree char *backup_address = get_text (self->backup_address_row);
  TriasOptions options;

  trias_setup_get_options (self->setup, &options);
  trias_options_rows_get (self->options, &options);
  trias_setup_set_options (self->setup, &options);
  trias_setup_set_name (self->setup, name);
  trias_setup_set_main_address (self->setup, main_address);
  trias_setup_set_backup_address (self->setup, backup_address);
}

static void
trias_setup_settings_page_dispose (GObject *object)
{
  g_clear_object (&TRIAS_SETUP_SETTINGS_PAGE (object)->setup);
  G_OBJECT_CLASS (trias_setup_settings_page_parent_class)->dispose (object);
}

static void
trias_setup_settings_page_class_init (TriasSetupSettingsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  TriasWizardPageClass *page_class = TRIAS_WIZARD_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_setup_settings_page_dispose;
  page_class->get_title = get_title;
  page_class->is_complete = is_complete;
  page_class->entered = entered;
  page_class->left = left;
  g_type_ensure (TRIAS_TYPE_ERROR_ROW);
  g_type_ensure (TRIAS_TYPE_OPTIONS_ROWS);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/wizard/trias-setup-settings-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, name_error);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, options);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, backup_address_row);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, backup_address_error);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, main_address_row);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, main_address_error);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, trias_wizard_page_go_on);
}

static void
trias_setup_settings_page_init (TriasSetupSettingsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
}

TriasWizardPage *
trias_setup_settings_page_new (TriasSetup *setup)
{
  TriasSetupSettingsPage *self = g_object_new (TRIAS_TYPE_SETUP_SETTINGS_PAGE, NULL);

  self->setup = g_object_ref (setup);
  return TRIAS_WIZARD_PAGE (self);
}
