/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-dialog.h"

#include <glib/gi18n.h>

#include "client/trias-reason-words.h"
#include "console/redundancy/trias-relationship-rows.h"
#include "console/trias-window.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-banner.h"

struct _TriasTriadDialog
{
  AdwWindow parent_instance;

  TriasTriad *triad;         /* (owned) */
  GCancellable *cancellable; /* (owned) */
  gboolean busy;

  GtkButton *apply_button;
  TriasBanner *banner;
  TriasRelationshipRows *rows;
};

G_DEFINE_FINAL_TYPE (TriasTriadDialog, trias_triad_dialog, ADW_TYPE_WINDOW)

static const TriasRelationship *
get_relationship (TriasTriadDialog *self)
{
  TriasRelationshipInfo *info = trias_triad_get_info (self->triad);

  return info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
}

static void
update (TriasTriadDialog *self)
{
  gboolean good = trias_relationship_rows_check (self->rows);

  gtk_widget_set_sensitive (GTK_WIDGET (self->apply_button),
                            trias_relationship_rows_get_edited (self->rows) && good && !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->rows), !self->busy);
}

/* What others change meanwhile shows, unless the person has begun to edit. */
static void
load (TriasTriadDialog *self)
{
  trias_relationship_rows_load (self->rows, get_relationship (self));
  update (self);
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasTriadDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GtkWindow *parent;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error) && self->triad != NULL)
    {
      parent = gtk_window_get_transient_for (GTK_WINDOW (self));
      if (TRIAS_IS_WINDOW (parent))
        trias_window_toast (TRIAS_WINDOW (parent), _ ("Changed on all three servers"));
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }
  if (self->triad == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->busy = FALSE;
  text = trias_reason_words_error (error);
  trias_banner_set_text (self->banner, text);
  update (self);
}

/* The active server decides for all three; else the banner says what is missing. */
static TriasServer *
get_server (TriasTriadDialog *self)
{
  TriasTriadMember *active = trias_triad_get_active (self->triad);
  g_autofree char *text = NULL;

  if (active == NULL)
    text = g_strdup (_ ("No server is active, so nobody can decide on it. Bring two of the three "
                        "servers together first."));
  else if (!trias_triad_member_get_reached (active))
    text = g_strdup_printf (_ ("Sign in to the active server “%s” to change something."),
                            trias_triad_member_get_name (active));
  trias_banner_set_text (self->banner, text);
  return text == NULL ? trias_triad_member_get_server (active) : NULL;
}

static void
apply_cb (TriasTriadDialog *self)
{
  TriasServer *server = get_server (self);
  const TriasRelationship *relationship = get_relationship (self);

  if (server == NULL || relationship == NULL)
    return;
  self->busy = TRUE;
  update (self);
  trias_relationship_rows_apply (self->rows, relationship, server, self->cancellable, applied_cb,
                                 g_object_ref (self));
}

static void
trias_triad_dialog_dispose (GObject *object)
{
  TriasTriadDialog *self = TRIAS_TRIAD_DIALOG (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->triad);
  G_OBJECT_CLASS (trias_triad_dialog_parent_class)->dispose (object);
}

static void
trias_triad_dialog_class_init (TriasTriadDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_triad_dialog_dispose;
  g_type_ensure (TRIAS_TYPE_BANNER);
  g_type_ensure (TRIAS_TYPE_RELATIONSHIP_ROWS);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/redundancy/trias-triad-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasTriadDialog, apply_button);
  gtk_widget_class_bind_template_child (widget_class, TriasTriadDialog, banner);
  gtk_widget_class_bind_template_child (widget_class, TriasTriadDialog, rows);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
  gtk_widget_class_bind_template_callback (widget_class, update);
}

static void
trias_triad_dialog_init (TriasTriadDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  trias_a11y_escape_closes (GTK_WINDOW (self));
}

TriasTriadDialog *
trias_triad_dialog_show (GtkWindow *parent, TriasTriad *triad)
{
  TriasTriadDialog *self = g_object_new (TRIAS_TYPE_TRIAD_DIALOG, "transient-for", parent, NULL);

  self->triad = g_object_ref (triad);
  g_signal_connect_object (triad, "updated", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
  load (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
