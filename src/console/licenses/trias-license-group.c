/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/licenses/trias-license-group.h"

#include <glib/gi18n.h>

#include "console/licenses/trias-license-row.h"
#include "console/trias-window.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"
#include "console/widgets/trias-pager.h"
#include "client/trias-words.h"
#include "core/trias-license.h"

struct _TriasLicenseGroup
{
  AdwBin parent_instance;

  TriasServers *servers;         /* (owned) */
  TriasServer *server;           /* (owned) */
  GtkFileChooserNative *chooser; /* (owned) (nullable) while it is shown */
  GtkWidget *group;
  TriasPager *pager; /* (owned by the group) */
  GtkWidget *install_button;
};

G_DEFINE_FINAL_TYPE (TriasLicenseGroup, trias_license_group, ADW_TYPE_BIN)

static void
show_error (TriasLicenseGroup *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    trias_confirm_show_error (GTK_WIDGET (self), _ ("Licence Not Installed"), error);
}

static void
installed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasLicenseGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (!trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    show_error (self, error);
  else if (TRIAS_IS_WINDOW (root))
    trias_window_toast (TRIAS_WINDOW (root), _ ("Licence installed"));
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasLicenseGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;

  if (!g_file_load_contents_finish (G_FILE (source), result, &text, &length, NULL, &error))
    {
      show_error (self, error);
      return;
    }
  if (!g_utf8_validate (text, (gssize) length, NULL))
    {
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _ ("This file is not a licence: it is not even text."));
      show_error (self, error);
      return;
    }
  trias_server_install_license_async (self->server, text, NULL, installed_cb, g_object_ref (self));
}

/* Reads only what may be a licence: the person may have chosen a film by mistake. */
static void
queried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasLicenseGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);

  if (info != NULL
      && (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR
          || g_file_info_get_size (info) > TRIAS_LICENSE_MAX_BYTES))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         _ ("This file is not a licence: licence files have 64 kB at most."));
  if (error != NULL)
    show_error (self, error);
  else
    g_file_load_contents_async (G_FILE (source), NULL, loaded_cb, g_object_ref (self));
}

void
trias_license_group_install (TriasLicenseGroup *self, GFile *file)
{
  g_return_if_fail (TRIAS_IS_LICENSE_GROUP (self));

  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                           G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, queried_cb,
                           g_object_ref (self));
}

static void
chosen_cb (TriasLicenseGroup *self, int response)
{
  g_autoptr (GtkFileChooserNative) chooser = g_steal_pointer (&self->chooser);
  g_autoptr (GListModel) files = NULL;

  if (response != GTK_RESPONSE_ACCEPT)
    return;
  files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));
  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      trias_license_group_install (self, file);
    }
}

static void
install_cb (TriasLicenseGroup *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (
      _ ("Install Licence"), window, GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Install"), _ ("_Cancel"));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static gboolean
dropped_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));

  for (GSList *file = files; file != NULL; file = file->next)
    trias_license_group_install (user_data, file->data);
  return files != NULL;
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  TriasLicenseGroup *self = user_data;

  return trias_license_row_new (self->servers, self->server, item);
}

/* What a licence is found by. */
static char *
describe (gpointer item, gpointer user_data)
{
  return g_strdup_printf ("%s %s %s %s", trias_license_item_get_product (item),
                          trias_license_item_get_licensee (item),
                          trias_license_item_get_issuer (item), trias_license_item_get_id (item));
}

/* A list gives its placeholder the least height, and a status page scrolls: it would be cut off. */
static GtkWidget *
create_placeholder (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name ("trias-license-symbolic");
  GtkWidget *title = gtk_label_new (_ ("No Licence Yet"));
  GtkWidget *text = gtk_label_new (_ ("Install a licence file, or drop it here."));

  gtk_image_set_pixel_size (GTK_IMAGE (icon), 64);
  gtk_widget_add_css_class (icon, "dim-label");
  gtk_widget_add_css_class (title, "title-2");
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_justify (GTK_LABEL (text), GTK_JUSTIFY_CENTER);
  g_object_set (box, "margin-top", 24, "margin-bottom", 24, "margin-start", 12, "margin-end", 12,
                NULL);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), text);
  return box;
}

/* Three servers of a triad are one licence server here: whoever is active stands for it. */
static gboolean
is_of_triad (TriasServer *server)
{
  TriasRole role = trias_server_get_role (server);

  return role == TRIAS_ROLE_PRIMARY || role == TRIAS_ROLE_SECONDARY || role == TRIAS_ROLE_TERTIARY;
}

/* (transfer full) */
static char *
describe_host (TriasLicenseGroup *self)
{
  const char *name = trias_words_server_name (self->server);
  g_autofree char *relationship = NULL;

  if (!is_of_triad (self->server))
    return g_strdup_printf (_ ("Licences on “%s”"), name);
  g_object_get (self->server, "relationship-name", &relationship, NULL);
  /* TRANSLATORS: name of the triad, name of its active server */
  return g_strdup_printf (_ ("Licences of the triad “%1$s” (active server: %2$s)"), relationship,
                          name);
}

static void
update_cb (TriasLicenseGroup *self)
{
  g_autofree char *host = describe_host (self);
  g_autofree char *title = g_markup_escape_text (host, -1);
  g_autofree char *name
      = g_strdup_printf (_ ("Install licence on “%s”…"), trias_words_server_name (self->server));

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), title);
  trias_a11y_set_name (trias_pager_get_list (self->pager), title);
  trias_a11y_set_name (self->install_button, name);
  gtk_widget_set_visible (GTK_WIDGET (self), trias_server_get_signed_in (self->server));
}

static void
trias_license_group_dispose (GObject *object)
{
  TriasLicenseGroup *self = TRIAS_LICENSE_GROUP (object);

  if (self->pager != NULL)
    trias_pager_set_model (self->pager, NULL, NULL, NULL);
  self->pager = NULL;
  g_clear_object (&self->chooser);
  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_license_group_parent_class)->dispose (object);
}

static void
trias_license_group_class_init (TriasLicenseGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_license_group_dispose;
}

static void
trias_license_group_init (TriasLicenseGroup *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->group = adw_preferences_group_new ();
  self->pager = TRIAS_PAGER (trias_pager_new (create_placeholder (), describe));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), GTK_WIDGET (self->pager));
  self->install_button = gtk_button_new_with_label (_ ("Install Licence…"));
  gtk_widget_set_valign (self->install_button, GTK_ALIGN_CENTER);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self->group),
                                           self->install_button);
  g_signal_connect_object (self->install_button, "clicked", G_CALLBACK (install_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (target, "drop", G_CALLBACK (dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  gtk_widget_add_css_class (GTK_WIDGET (self), "trias-drop-target");
  adw_bin_set_child (ADW_BIN (self), self->group);
}

GtkWidget *
trias_license_group_new (TriasServers *servers, TriasServer *server)
{
  TriasLicenseGroup *self = g_object_new (TRIAS_TYPE_LICENSE_GROUP, NULL);

  self->servers = g_object_ref (servers);
  self->server = g_object_ref (server);
  trias_pager_set_model (self->pager, trias_server_get_licenses (server), create_row, self);
  g_signal_connect_object (server, "notify::name", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (server, "notify::role", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (server, "notify::relationship-name", G_CALLBACK (update_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (server, "notify::signed-in", G_CALLBACK (update_cb), self,
                           G_CONNECT_SWAPPED);
  update_cb (self);
  trias_a11y_name_lists (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
