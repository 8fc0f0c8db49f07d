/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-drill-dialog.h"

#include <glib/gi18n.h>

#include "client/trias-detail-words.h"
#include "client/trias-drill-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"

#define WIDTH 560
#define HEIGHT 600
#define TICK_MS 100

#define TRIAS_TYPE_DRILL_DIALOG (trias_drill_dialog_get_type ())
G_DECLARE_FINAL_TYPE (TriasDrillDialog, trias_drill_dialog, TRIAS, DRILL_DIALOG, AdwWindow)

struct _TriasDrillDialog
{
  AdwWindow parent_instance;

  TriasServer *server; /* (owned) the one that serves */
  TriasDrill *drill;   /* (owned) (nullable) */
  GCancellable *cancellable;
  char *name, *other; /* (owned) who serves, and who stands in */
  gboolean pair;
  gboolean force; /* also if no seat is covered, so that work stands still */
  guint tick;

  GtkWidget *stack;
  GtkWidget *radios[2]; /* by TriasDrillKind */
  GtkWidget *seconds;
  GtkWidget *plan;
  GtkWidget *begin;
  GtkWidget *cancel;   /* before */
  GtkWidget *close;    /* from the begin on */
  GtkWidget *figure;   /* big */
  GtkWidget *sentence; /* below it */
  GtkWidget *spinner;
  GtkWidget *steps;
};

G_DEFINE_FINAL_TYPE (TriasDrillDialog, trias_drill_dialog, ADW_TYPE_WINDOW)

/* --- before --- */

static TriasDrillKind
get_kind (TriasDrillDialog *self)
{
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (self->radios[TRIAS_DRILL_OUTAGE]))
             ? TRIAS_DRILL_OUTAGE
             : TRIAS_DRILL_HANDOVER;
}

static guint
get_seconds (TriasDrillDialog *self)
{
  return (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->seconds));
}

static void
update_plan (TriasDrillDialog *self)
{
  g_autofree char *text = NULL;

  /* Not all is built yet. */
  if (self->plan == NULL || self->seconds == NULL)
    return;
  text = trias_drill_words_plan (get_kind (self), get_seconds (self), self->name, self->other,
                                 self->pair);
  gtk_label_set_text (GTK_LABEL (self->plan), text);
}

/* --- meanwhile --- */

static void
set_text (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

/* A wait shorter than this is the usual time of an answer. */
#define WAITS_MS 150

static gboolean
tick_cb (gpointer user_data)
{
  TriasDrillDialog *self = user_data;
  gint64 waiting = trias_drill_get_waiting (self->drill);
  g_autofree char *elapsed = trias_drill_words_seconds (trias_drill_get_elapsed (self->drill));
  g_autofree char *wait = trias_drill_words_seconds (waiting);
  const char *by = trias_drill_get_served_by (self->drill);
  g_autofree char *sentence = NULL;

  set_text (self->figure, elapsed);
  if (waiting >= WAITS_MS)
    /* TRANSLATORS: "0.43 s" */
    sentence = g_strdup_printf (_ ("A client has been waiting for an answer for %s"), wait);
  else if (by[0] != '\0')
    sentence = g_strdup_printf (_ ("A client is served by “%s”"), by);
  else
    sentence = g_strdup (_ ("A client asks for a seat"));
  set_text (self->sentence, sentence);
  return G_SOURCE_CONTINUE;
}

static GtkWidget *
create_step (gpointer item, gpointer user_data)
{
  TriasDrillDialog *self = user_data;
  g_autofree char *text = trias_drill_words_step (self->drill, item);
  g_autofree char *at
      = g_strdup_printf (_ ("%.1f s"), (double) trias_drill_step_get_at (item) / 1000);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *time = gtk_label_new (at);
  GtkWidget *label
      = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0f, "hexpand", TRUE, "wrap", TRUE,
                      "wrap-mode", PANGO_WRAP_WORD_CHAR, "max-width-chars", 40, NULL);

  gtk_widget_add_css_class (time, "numeric");
  gtk_widget_add_css_class (time, "dim-label");
  gtk_widget_set_valign (time, GTK_ALIGN_START);
  g_object_set (box, "margin-top", 9, "margin-bottom", 9, "margin-start", 12, "margin-end", 12,
                NULL);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), time);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  trias_a11y_set_name (row, text);
  return row;
}

static void
show_page (TriasDrillDialog *self, gboolean run)
{
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), run ? "run" : "plan");
  gtk_widget_set_visible (self->begin, !run);
  gtk_widget_set_visible (self->cancel, !run);
  gtk_widget_set_visible (self->close, run);
  gtk_widget_grab_focus (run ? self->close : self->begin);
}

/* --- afterwards --- */

static void
show_report (TriasDrillDialog *self)
{
  const TriasDrillRecord *record = trias_drill_get_record (self->drill);
  g_autofree char *result = trias_drill_words_result (record);
  g_autofree char *gap = trias_drill_words_gap (record);
  g_autofree char *failed = trias_drill_words_failed (record);
  g_autofree char *figure = trias_drill_words_seconds (record->gap_ms);
  /* TRANSLATORS: how long a client waited, what was lost, whether the drill was passed */
  g_autofree char *sentence = g_strdup_printf (_ ("%1$s %2$s\n%3$s"), gap, failed, result);

  gtk_label_set_text (GTK_LABEL (self->figure), figure);
  gtk_widget_add_css_class (self->figure, trias_drill_is_good (record) ? "success" : "error");
  gtk_label_set_text (GTK_LABEL (self->sentence), sentence);
  gtk_widget_grab_focus (self->close);
}

static void run (TriasDrillDialog *self);

static void
force_cb (gpointer user_data)
{
  TriasDrillDialog *self = user_data;

  self->force = TRUE;
  run (self);
}

/* The drill may be wanted all the same: at night, say, to see the alarms. */
static void
ask_standstill (TriasDrillDialog *self, const GError *refusal)
{
  TriasQuestion question = { .heading = _ ("Let Work Stand Still?"),
                             .body = refusal->message,
                             .verb = _ ("Let Work Stand _Still"),
                             .destructive = TRUE };

  trias_confirm (GTK_WIDGET (self), &question, force_cb, g_object_ref (self), g_object_unref);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasDrillDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refusal = NULL;
  gboolean good = trias_drill_run_finish (TRIAS_DRILL (source), result, &error);

  g_clear_handle_id (&self->tick, g_source_remove);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_spinner_stop (GTK_SPINNER (self->spinner));
  gtk_widget_set_visible (self->spinner, FALSE);
  if (good)
    {
      show_report (self);
      return;
    }
  show_page (self, FALSE);
  refusal = trias_detail_words_refusal (error);
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CHECK_FAILED))
    ask_standstill (self, refusal);
  else
    trias_confirm_show_error (GTK_WIDGET (self), _ ("No Failover Drill"), refusal);
}

static void
run (TriasDrillDialog *self)
{
  g_clear_object (&self->drill);
  self->drill = trias_drill_new (self->server);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->steps), trias_drill_get_steps (self->drill),
                           create_step, self, NULL);
  gtk_widget_set_visible (self->spinner, TRUE);
  gtk_spinner_start (GTK_SPINNER (self->spinner));
  show_page (self, TRUE);
  self->tick = g_timeout_add (TICK_MS, tick_cb, self);
  trias_drill_run_async (self->drill, get_kind (self), get_seconds (self), self->force,
                         self->cancellable, ended_cb, g_object_ref (self));
}

static void
begin_cb (TriasDrillDialog *self)
{
  self->force = FALSE;
  run (self);
}

/* --- building --- */

static GtkWidget *
create_choice (TriasDrillDialog *self, TriasDrillKind kind, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *radio = trias_a11y_radio_new (NULL);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), trias_drill_words_kind (kind));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  trias_a11y_set_description (radio, subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), radio);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), radio);
  g_signal_connect_swapped (radio, "toggled", G_CALLBACK (update_plan), self);
  self->radios[kind] = radio;
  return row;
}

static GtkWidget *
create_seconds (TriasDrillDialog *self)
{
  GtkWidget *row = adw_action_row_new ();

  self->seconds
      = gtk_spin_button_new_with_range (TRIAS_DRILL_SECONDS_MIN, TRIAS_DRILL_SECONDS_MAX, 1);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->seconds), TRIAS_DRILL_SECONDS_DEFAULT);
  gtk_widget_set_valign (self->seconds, GTK_ALIGN_CENTER);
  trias_a11y_set_name (self->seconds, _ ("Duration in seconds"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Duration in seconds"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), self->seconds);
  g_signal_connect_swapped (self->seconds, "value-changed", G_CALLBACK (update_plan), self);
  return row;
}

static GtkWidget *
create_text (const char *text, const char *style)
{
  GtkWidget *label
      = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0f, "wrap", TRUE, NULL);

  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
create_plan_page (TriasDrillDialog *self, const char *uncovered)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             create_choice (self, TRIAS_DRILL_OUTAGE,
                                            self->pair
                                                ? _ ("The main server suddenly falls silent")
                                                : _ ("The active server suddenly falls silent")));
  adw_preferences_group_add (
      ADW_PREFERENCES_GROUP (group),
      create_choice (self, TRIAS_DRILL_HANDOVER,
                     self->pair
                         ? _ ("The main server hands over in good order, there and back")
                         : _ ("The active server hands over in good order, there and back")));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (self->radios[TRIAS_DRILL_HANDOVER]),
                              GTK_CHECK_BUTTON (self->radios[TRIAS_DRILL_OUTAGE]));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->radios[TRIAS_DRILL_OUTAGE]), TRUE);
  self->plan = create_text (NULL, NULL);
  gtk_box_append (GTK_BOX (box), self->plan);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), create_seconds (self));
  gtk_box_append (GTK_BOX (box), group);
  if (uncovered != NULL)
    gtk_box_append (GTK_BOX (box), create_text (uncovered, "warning"));
  gtk_box_append (GTK_BOX (box),
                  create_text (_ ("Meanwhile this program takes a seat like any client, renews it "
                                  "all the time and measures how long it waits."),
                               "dim-label"));
  return box;
}

static GtkWidget *
create_run_page (TriasDrillDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *head = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing",
                                  6, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);

  self->spinner = gtk_spinner_new ();
  self->figure = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->figure, "title-1");
  gtk_widget_add_css_class (self->figure, "numeric");
  self->sentence = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "justify", GTK_JUSTIFY_CENTER,
                                 "max-width-chars", 40, NULL);
  self->steps = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->steps), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->steps, "boxed-list");
  trias_a11y_set_name (self->steps, _ ("What happened"));
  gtk_box_append (GTK_BOX (head), self->spinner);
  gtk_box_append (GTK_BOX (head), self->figure);
  gtk_box_append (GTK_BOX (head), self->sentence);
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), self->steps);
  return box;
}

static GtkWidget *
create_header (TriasDrillDialog *self, const char *subject)
{
  GtkWidget *header = adw_header_bar_new ();

  self->cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  self->close = gtk_button_new_with_mnemonic (_ ("_Close"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->cancel), "window.close");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->close), "window.close");
  gtk_widget_set_visible (self->close, FALSE);
  self->begin = gtk_button_new_with_mnemonic (_ ("_Begin Drill"));
  gtk_widget_add_css_class (self->begin, "suggested-action");
  g_signal_connect_swapped (self->begin, "clicked", G_CALLBACK (begin_cb), self);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), self->cancel);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), self->close);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->begin);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header),
                                   adw_window_title_new (_ ("Failover Drill"), subject));
  return header;
}

static void
build (TriasDrillDialog *self, const char *subject, const char *uncovered)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *clamp, *scrolled;

  self->stack = gtk_stack_new ();
  /* The page that is not shown would be asked for its width at the height of the other. */
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_plan_page (self, uncovered), "plan");
  gtk_stack_add_named (GTK_STACK (self->stack), create_run_page (self), "run");
  trias_a11y_watch_stack (GTK_STACK (self->stack));
  clamp = g_object_new (ADW_TYPE_CLAMP, "child", self->stack, "margin-start", 18, "margin-end", 18,
                        "margin-top", 18, "margin-bottom", 24, NULL);
  scrolled = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER,
                           "vexpand", TRUE, "child", clamp, NULL);
  gtk_box_append (GTK_BOX (box), create_header (self, subject));
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (self), box);
  update_plan (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  trias_a11y_escape_closes (GTK_WINDOW (self));
}

static void
trias_drill_dialog_dispose (GObject *object)
{
  TriasDrillDialog *self = TRIAS_DRILL_DIALOG (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->steps != NULL)
    gtk_list_box_bind_model (GTK_LIST_BOX (self->steps), NULL, NULL, NULL, NULL);
  self->steps = NULL;
  g_clear_object (&self->drill);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (trias_drill_dialog_parent_class)->dispose (object);
}

static void
trias_drill_dialog_finalize (GObject *object)
{
  TriasDrillDialog *self = TRIAS_DRILL_DIALOG (object);

  g_object_unref (self->cancellable);
  g_free (self->name);
  g_free (self->other);
  G_OBJECT_CLASS (trias_drill_dialog_parent_class)->finalize (object);
}

static void
trias_drill_dialog_class_init (TriasDrillDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_drill_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_drill_dialog_finalize;
}

static void
trias_drill_dialog_init (TriasDrillDialog *self)
{
  self->cancellable = g_cancellable_new ();
}

/* --- who serves --- */

/* @server serves, is called @name and must be signed in to; says why not. */
static gboolean
check_server (GtkWidget *parent, TriasServer *server, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (server != NULL && trias_server_get_state (server) == TRIAS_SERVER_CONNECTED)
    return TRUE;
  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
               _ ("Sign in to “%s” first: it serves now, and begins the drill."), name);
  trias_confirm_show_error (parent, _ ("No Failover Drill"), error);
  return FALSE;
}

static void
show (GtkWidget *parent,
      TriasServer *server,
      const char *name,
      const char *other,
      const char *subject,
      gboolean pair,
      const TriasConsequence *consequence)
{
  g_autofree char *uncovered = trias_drill_words_uncovered (consequence);
  TriasDrillDialog *self = g_object_new (
      TRIAS_TYPE_DRILL_DIALOG, "title", _ ("Failover Drill"), "modal", TRUE, "transient-for",
      gtk_widget_get_root (parent), "default-width", WIDTH, "default-height", HEIGHT, NULL);

  self->server = g_object_ref (server);
  self->name = g_strdup (name);
  self->other = g_strdup (other);
  self->pair = pair;
  build (self, subject, uncovered);
  gtk_window_present (GTK_WINDOW (self));
}

void
trias_drill_dialog_show_triad (GtkWidget *parent, TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);
  TriasTriadMember *other;

  if (active == NULL
      || !check_server (parent, trias_triad_member_get_server (active),
                        trias_triad_member_get_name (active)))
    return;
  other = trias_triad_get_member (triad, trias_triad_member_get_rank (active) == 0 ? 1 : 0);
  show (parent, trias_triad_member_get_server (active), trias_triad_member_get_name (active),
        trias_triad_member_get_name (other), trias_triad_get_name (triad), FALSE, NULL);
}

void
trias_drill_dialog_show_pair (GtkWidget *parent, TriasPair *pair)
{
  TriasPairMember *main = trias_pair_get_main (pair);
  TriasServer *server = trias_pair_member_get_server (main);
  TriasRelationshipInfo *info;

  if (!check_server (parent, server, trias_pair_member_get_name (main)))
    return;
  info = trias_pair_get_info (pair);
  show (parent, server, trias_pair_member_get_name (main),
        trias_pair_member_get_name (trias_pair_get_backup (pair)), trias_pair_get_name (pair), TRUE,
        trias_relationship_info_find_consequence (info, trias_pair_member_get_id (main)));
}
