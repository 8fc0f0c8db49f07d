/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-summary-page.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "client/trias-words.h"

struct _TriasSetupSummaryPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup; /* (owned) */
  GtkWidget *groups; /* the box that holds what changes */
  GtkWidget *command;
};

G_DEFINE_FINAL_TYPE (TriasSetupSummaryPage, trias_setup_summary_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Summary");
}

static const char *
get_next_label (TriasWizardPage *page)
{
  TriasSetup *setup = TRIAS_SETUP_SUMMARY_PAGE (page)->setup;

  if (trias_setup_get_changed (setup) == NULL)
    return _ ("_Set Up");
  return trias_setup_get_leaving (setup) != NULL ? _ ("_Replace") : _ ("_Grow");
}

static void
add_row (GtkWidget *group, const char *title, const char *text)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_focusable (row, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
}

static GtkWidget *
add_group (TriasSetupSummaryPage *self, const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();
  g_autofree char *escaped = g_markup_escape_text (title, -1);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), escaped);
  gtk_box_append (GTK_BOX (self->groups), group);
  return group;
}

static void
add_relationship (TriasSetupSummaryPage *self)
{
  gboolean triad = trias_setup_get_kind (self->setup) == TRIAS_KIND_TRIAD;
  GtkWidget *group = add_group (self, triad ? _ ("Triad relationship") : _ ("Backup relationship"));
  g_autofree char *interval = NULL;
  TriasOptions options;

  trias_setup_get_options (self->setup, &options);
  interval
      = g_strdup_printf (ngettext ("Every %u second", "Every %u seconds", options.sync_interval_s),
                         options.sync_interval_s);
  add_row (group, _ ("Name"), trias_setup_get_name (self->setup));
  if (!triad)
    add_row (group, _ ("Synchronisation interval"), interval);
  add_row (group, triad ? _ ("Back to the primary server") : _ ("Back to the main server"),
           options.failback == TRIAS_FAILBACK_AUTOMATIC ? _ ("By itself")
                                                        : _ ("When an administrator decides so"));
  if (triad)
    add_row (group, _ ("Network"),
             options.profile == TRIAS_PROFILE_WAN ? _ ("Servers at different sites (WAN)")
                                                  : _ ("One network (LAN)"));
}

static const char *
name_of (TriasSetupSummaryPage *self, guint rank)
{
  TriasServer *server = trias_setup_get_server (self->setup, rank);

  return server != NULL ? trias_words_server_name (server) : "";
}

/* What becomes of the server at @rank of a triad whose data are those of @first. (transfer full) */
static char *
describe_triad_fate (guint rank, const char *first)
{
  if (rank == 0)
    return g_strdup (_ ("Keeps its licences, seats, settings and rules for use, which become those "
                        "of all three. Serves clients as before."));
  return g_strdup_printf (
      rank == 1 ? _ ("Takes over everything from “%s” and serves the clients if that one "
                     "fails. Its own licences and seats are kept aside as an archive.")
                : _ ("Takes over everything from “%s”, never serves clients itself, but lets "
                     "the other two do so. Its own licences and seats are kept aside as an "
                     "archive."),
      first);
}

/* What becomes of the server at @rank. (transfer full) */
static char *
describe_fate (TriasSetupSummaryPage *self, guint rank)
{
  if (trias_setup_get_kind (self->setup) == TRIAS_KIND_TRIAD)
    return describe_triad_fate (rank, name_of (self, 0));
  if (rank == 0)
    return g_strdup_printf (_ ("Becomes the main server, keeps its licences, serves clients as "
                               "before, and sends its changes to “%s”."),
                            name_of (self, 1));
  return g_strdup_printf (_ ("Becomes the backup server, keeps its licences, takes over the "
                             "settings and rules for use of “%1$s”, and serves clients when “%1$s” "
                             "fails."),
                          name_of (self, 0));
}

static void
add_servers (TriasSetupSummaryPage *self)
{
  TriasKind kind = trias_setup_get_kind (self->setup);

  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    {
      g_autofree char *title = g_strdup_printf (_ ("On “%s”"), name_of (self, rank));
      g_autofree char *text = describe_fate (self, rank);

      add_row (add_group (self, title), trias_words_role (trias_kind_role (kind, rank)), text);
    }
}

static void
add_fate (TriasSetupSummaryPage *self, const char *name, TriasRole role, const char *text)
{
  g_autofree char *title = g_strdup_printf (_ ("On “%s”"), name);

  add_row (add_group (self, title), trias_words_role (role), text);
}

/* The members of the pair, then the newcomer. */
static void
add_growth (TriasSetupSummaryPage *self)
{
  const TriasRelationship *relationship = trias_setup_get_changed (self->setup);
  const char *first = ((TriasMember *) g_ptr_array_index (relationship->members, 0))->name;
  g_autofree char *same = g_strdup_printf (
      _ ("From now on all three servers serve the same licences: those of “%s”."), first);

  add_row (add_group (self, relationship->name), _ ("Licences"), same);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      const TriasMember *member = rank < relationship->members->len
                                      ? g_ptr_array_index (relationship->members, rank)
                                      : NULL;
      g_autofree char *text = describe_triad_fate (rank, first);

      add_fate (self, member != NULL ? member->name : name_of (self, 1),
                trias_kind_role (TRIAS_KIND_TRIAD, rank), text);
    }
}

/* Who leaves, who comes, and that the others stay as they are. */
static void
add_replacement (TriasSetupSummaryPage *self)
{
  const TriasRelationship *relationship = trias_setup_get_changed (self->setup);
  const TriasMember *leaving = trias_setup_get_leaving (self->setup);
  TriasRole role = trias_relationship_role (relationship, leaving->id);

  add_fate (
      self, leaving->name, role,
      _ ("Leaves the triad, now or as soon as it is reached again. It goes on alone and keeps "
         "only licences that are bound to itself."));
  add_fate (self, name_of (self, 1), role,
            _ ("Takes its place with all licences, seats, settings and rules for use of the triad. "
               "Its own licences and seats are kept aside as an archive."));
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);

      if (member != leaving)
        add_fate (self, member->name, trias_relationship_role (relationship, member->id),
                  _ ("Stays as it is. Clients notice no more than a failover; no seat is lost."));
    }
}

static void
copied_cb (TriasSetupSummaryPage *self)
{
  g_autofree char *command = trias_setup_get_command_line (self->setup);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), command);
}

static void
add_command (TriasSetupSummaryPage *self)
{
  GtkWidget *group = add_group (self, _ ("The same as a command"));
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  g_autofree char *command = trias_setup_get_command_line (self->setup);

  self->command = g_object_new (GTK_TYPE_LABEL, "label", command, "selectable", TRUE, "wrap", TRUE,
                                "wrap-mode", PANGO_WRAP_WORD_CHAR, "xalign", 0.0f, NULL);
  gtk_widget_add_css_class (self->command, "card");
  gtk_widget_add_css_class (self->command, "trias-command");
  trias_a11y_set_name (self->command, command);
  gtk_widget_set_tooltip_text (copy, _ ("Copy the command"));
  trias_a11y_set_name (copy, _ ("Copy the command"));
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_valign (copy, GTK_ALIGN_CENTER);
  g_signal_connect_object (copy, "clicked", G_CALLBACK (copied_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (group), copy);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->command);
}

static void
entered (TriasWizardPage *page)
{
  TriasSetupSummaryPage *self = TRIAS_SETUP_SUMMARY_PAGE (page);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->groups)) != NULL)
    gtk_box_remove (GTK_BOX (self->groups), child);
  if (trias_setup_get_leaving (self->setup) != NULL)
    add_replacement (self);
  else if (trias_setup_get_changed (self->setup) != NULL)
    add_growth (self);
  else
    {
      add_servers (self);
      add_relationship (self);
    }
  add_command (self);
  trias_a11y_name_lists (GTK_WIDGET (self));
}

static void
trias_setup_summary_page_dispose (GObject *object)
{
  g_clear_object (&TRIAS_SETUP_SUMMARY_PAGE (object)->setup);
  G_OBJECT_CLASS (trias_setup_summary_page_parent_class)->dispose (object);
}

static void
trias_setup_summary_page_class_init (TriasSetupSummaryPageClass *klass)
{
  TriasWizardPageClass *page_class = TRIAS_WIZARD_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_setup_summary_page_dispose;
  page_class->get_title = get_title;
  page_class->get_next_label = get_next_label;
  page_class->entered = entered;
}

static void
trias_setup_summary_page_init (TriasSetupSummaryPage *self)
{
  self->groups = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  adw_bin_set_child (ADW_BIN (self), self->groups);
}

TriasWizardPage *
trias_setup_summary_page_new (TriasSetup *setup)
{
  TriasSetupSummaryPage *self = g_object_new (TRIAS_TYPE_SETUP_SUMMARY_PAGE, NULL);

  self->setup = g_object_ref (setup);
  return TRIAS_WIZARD_PAGE (self);
}
