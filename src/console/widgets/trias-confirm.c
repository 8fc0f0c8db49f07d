/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-confirm.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "client/trias-reason-words.h"

typedef struct
{
  TriasConfirmed confirmed;
  gpointer user_data;
  GDestroyNotify destroy;
  char *typed; /* (owned) (nullable) */
} Pending;

static void
pending_free (gpointer data, GClosure *closure)
{
  Pending *pending = data;

  if (pending->destroy != NULL)
    pending->destroy (pending->user_data);
  g_free (pending->typed);
  g_free (pending);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Pending *pending = user_data;

  if (g_str_equal (response, "yes"))
    pending->confirmed (pending->user_data);
}

static void
typed_changed_cb (GtkEditable *entry, gpointer user_data)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (gtk_widget_get_root (GTK_WIDGET (entry)));
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (entry)));
  const char *wanted = g_object_get_data (G_OBJECT (entry), "trias-typed");

  adw_message_dialog_set_response_enabled (dialog, "yes", g_strcmp0 (text, wanted) == 0);
}

static void
add_typed_entry (AdwMessageDialog *dialog, const char *typed)
{
  GtkWidget *entry = gtk_entry_new ();

  g_object_set_data_full (G_OBJECT (entry), "trias-typed", g_strdup (typed), g_free);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), typed);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  trias_a11y_set_name (entry, _ ("Confirmation"));
  adw_message_dialog_set_extra_child (dialog, entry);
  adw_message_dialog_set_response_enabled (dialog, "yes", FALSE);
  g_signal_connect (entry, "changed", G_CALLBACK (typed_changed_cb), NULL);
}

static GtkWindow *
get_window (GtkWidget *parent)
{
  GtkRoot *root = parent != NULL ? gtk_widget_get_root (parent) : NULL;

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

GtkWindow *
trias_confirm (GtkWidget *parent,
               const TriasQuestion *question,
               TriasConfirmed confirmed,
               gpointer user_data,
               GDestroyNotify destroy)
{
  GtkWidget *widget = adw_message_dialog_new (get_window (parent), question->heading, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  Pending *pending = g_new0 (Pending, 1);

  pending->confirmed = confirmed;
  pending->user_data = user_data;
  pending->destroy = destroy;
  adw_message_dialog_set_body (dialog, question->body);
  adw_message_dialog_add_responses (dialog, "no",
                                    question->keep != NULL ? question->keep : _ ("_Cancel"), "yes",
                                    question->verb, NULL);
  adw_message_dialog_set_response_appearance (
      dialog, "yes", question->destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (
      dialog, question->destructive && question->typed == NULL ? "no" : "yes");
  adw_message_dialog_set_close_response (dialog, "no");
  if (question->typed != NULL)
    add_typed_entry (dialog, question->typed);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), pending, pending_free, 0);
  trias_a11y_fix_mnemonics (widget);
  gtk_window_present (GTK_WINDOW (dialog));
  return GTK_WINDOW (dialog);
}

void
trias_confirm_show_error (GtkWidget *parent, const char *heading, const GError *error)
{
  GtkWidget *widget = adw_message_dialog_new (get_window (parent), heading, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  g_autofree char *body = trias_reason_words_error (error);

  adw_message_dialog_set_body (dialog, body);
  adw_message_dialog_add_response (dialog, "close", _ ("_Close"));
  adw_message_dialog_set_default_response (dialog, "close");
  adw_message_dialog_set_close_response (dialog, "close");
  trias_a11y_fix_mnemonics (widget);
  gtk_window_present (GTK_WINDOW (dialog));
}
