/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-settings-page.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-error-row.h"
#include "client/trias-words.h"
#include "console/wizard/trias-options-rows.h"

struct _TriasSetupSettingsPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup; /* (owned) */
  gboolean filling;
  AdwEntryRow *name_row;
  TriasErrorRow *name_error;
  TriasOptionsRows *options;
  AdwPreferencesGroup *addresses;
  AdwEntryRow *address_rows[TRIAS_MAX_MEMBERS];
  TriasErrorRow *address_errors[TRIAS_MAX_MEMBERS];
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

  return trias_words_name_problem (name);
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

  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    if (check_address (self->address_rows[rank]) != NULL)
      return FALSE;
  return check_name (self) == NULL;
}

static void
changed_cb (TriasSetupSettingsPage *self)
{
  if (self->filling)
    return;
  trias_error_row_set (self->name_error, GTK_WIDGET (self->name_row), check_name (self));
  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    trias_error_row_set (self->address_errors[rank], GTK_WIDGET (self->address_rows[rank]),
                         check_address (self->address_rows[rank]));
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

/* The others as the first one sees them, the first one as they do. */
static const char *
address_title (TriasKind kind, guint rank)
{
  static const char *const titles[2][TRIAS_MAX_MEMBERS] = {
    [TRIAS_KIND_BACKUP] = { N_ ("Main server, as seen by the backup server"),
                            N_ ("Backup server, as seen by the main server"), "" },
    [TRIAS_KIND_TRIAD] = { N_ ("Primary server, as seen by the others"),
                           N_ ("Secondary server, as seen by the others"),
                           N_ ("Tertiary server, as seen by the others") },
  };

  return _ (titles[kind][rank]);
}

static void
show_addresses (TriasSetupSettingsPage *self)
{
  TriasKind kind = trias_setup_get_kind (self->setup);

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      gboolean used = rank < trias_setup_get_n_members (self->setup);
      g_autofree char *address = trias_setup_get_address (self->setup, rank);

      gtk_widget_set_visible (GTK_WIDGET (self->address_rows[rank]), used);
      gtk_widget_set_visible (GTK_WIDGET (self->address_errors[rank]), FALSE);
      if (!used)
        continue;
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->address_rows[rank]),
                                     address_title (kind, rank));
      gtk_editable_set_text (GTK_EDITABLE (self->address_rows[rank]), address);
    }
}

/* (transfer full) */
static char *
propose_name (TriasSetupSettingsPage *self)
{
  GString *name = g_string_new (NULL);

  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    {
      TriasServer *server = trias_setup_get_server (self->setup, rank);

      if (server != NULL)
        g_string_append_printf (name, "%s%s", name->len > 0 ? " + " : "",
                                trias_words_server_name (server));
    }
  return g_string_free (name, FALSE);
}

static void
entered (TriasWizardPage *page)
{
  TriasSetupSettingsPage *self = TRIAS_SETUP_SETTINGS_PAGE (page);
  const char *known = trias_setup_get_name (self->setup);
  g_autofree char *name = known[0] != '\0' ? g_strdup (known) : propose_name (self);
  TriasOptions options;

  trias_setup_get_options (self->setup, &options);
  self->filling = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  show_addresses (self);
  trias_options_rows_set_kind (self->options, trias_setup_get_kind (self->setup));
  trias_options_rows_set (self->options, &options);
  self->filling = FALSE;
  changed_cb (self);
  /* The name is what people change here; the step before may have left the focus on a button. */
  gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
}

static void
left (TriasWizardPage *page)
{
  TriasSetupSettingsPage *self = TRIAS_SETUP_SETTINGS_PAGE (page);
  g_autofree char *name = get_text (self->name_row);
  TriasOptions options;

  trias_setup_get_options (self->setup, &options);
  trias_options_rows_get (self->options, &options);
  trias_setup_set_options (self->setup, &options);
  trias_setup_set_name (self->setup, name);
  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    {
      g_autofree char *address = get_text (self->address_rows[rank]);

      trias_setup_set_address (self->setup, rank, address);
    }
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
  gtk_widget_class_bind_template_child (widget_class, TriasSetupSettingsPage, addresses);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, trias_wizard_page_go_on);
}

static void
trias_setup_settings_page_init (TriasSetupSettingsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      self->address_rows[rank] = ADW_ENTRY_ROW (adw_entry_row_new ());
      /* One that is not shown needs a name all the same. */
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->address_rows[rank]),
                                     address_title (TRIAS_KIND_TRIAD, rank));
      self->address_errors[rank] = g_object_new (TRIAS_TYPE_ERROR_ROW, NULL);
      g_signal_connect_object (self->address_rows[rank], "changed", G_CALLBACK (changed_cb), self,
                               G_CONNECT_SWAPPED);
      adw_preferences_group_add (self->addresses, GTK_WIDGET (self->address_rows[rank]));
      adw_preferences_group_add (self->addresses, GTK_WIDGET (self->address_errors[rank]));
    }
  trias_a11y_name_lists (GTK_WIDGET (self));
}

TriasWizardPage *
trias_setup_settings_page_new (TriasSetup *setup)
{
  TriasSetupSettingsPage *self = g_object_new (TRIAS_TYPE_SETUP_SETTINGS_PAGE, NULL);

  self->setup = g_object_ref (setup);
  return TRIAS_WIZARD_PAGE (self);
}
