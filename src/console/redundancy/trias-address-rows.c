/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-address-rows.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-error-row.h"
#include "core/trias-address.h"

#define MAX_ADDRESSES 4

/** The field of one member. */
typedef struct
{
  char *id;   /* (owned) (nullable) */
  char *name; /* (owned) (nullable) */
  GtkWidget *row;
  TriasErrorRow *error;
} Field;

struct _TriasAddressRows
{
  AdwBin parent_instance;

  Field fields[TRIAS_MAX_MEMBERS];
  gboolean setting; /* the program itself sets values now */
};

G_DEFINE_FINAL_TYPE (TriasAddressRows, trias_address_rows, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- what is typed --- */

/* What a person typed as addresses in one form; %NULL if one of them is none. (transfer full) */
static GPtrArray *
read_addresses (const char *text)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit_set (text, ", ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = NULL;

      if (*parts[i] == '\0')
        continue;
      address = trias_address_parse (parts[i], NULL);
      if (address == NULL)
        return NULL;
      g_ptr_array_add (list, trias_address_to_string (address, FALSE));
    }
  return g_steal_pointer (&list);
}

static GPtrArray *
read_field (const Field *field)
{
  return read_addresses (gtk_editable_get_text (GTK_EDITABLE (field->row)));
}

/* The member before this one that has the same address. (nullable) */
static const Field *
find_double (TriasAddressRows *self, const Field *field, GPtrArray *addresses)
{
  for (const Field *other = self->fields; other < field; other++)
    {
      g_autoptr (GPtrArray) taken = other->id != NULL ? read_field (other) : NULL;

      for (guint i = 0; taken != NULL && i < taken->len; i++)
        if (g_ptr_array_find_with_equal_func (addresses, taken->pdata[i], g_str_equal, NULL))
          return other;
    }
  return NULL;
}

/* What is wrong with a field, and what to do; %NULL if nothing. (transfer full) */
static char *
describe_problem (TriasAddressRows *self, const Field *field)
{
  g_autoptr (GPtrArray) addresses = read_field (field);
  const Field *other;

  if (addresses == NULL)
    return g_strdup (_ ("This is no address. Examples: licences.example.org, 192.0.2.7:7643"));
  if (addresses->len == 0)
    return g_strdup_printf (_ ("Without an address nobody reaches “%s”. Give at least one."),
                            field->name);
  if (addresses->len > MAX_ADDRESSES)
    return g_strdup (_ ("A server may have four addresses at most. Leave out those that the others "
                        "do not need."));
  other = find_double (self, field, addresses);
  return other == NULL ? NULL
                       : g_strdup_printf (_ ("“%s” has this address. Give each server its own."),
                                          other->name);
}

gboolean
trias_address_rows_check (TriasAddressRows *self)
{
  gboolean good = TRUE;

  g_return_val_if_fail (TRIAS_IS_ADDRESS_ROWS (self), FALSE);

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      Field *field = &self->fields[i];
      g_autofree char *problem = field->id != NULL ? describe_problem (self, field) : NULL;

      trias_error_row_set (field->error, field->row, problem);
      good = good && problem == NULL;
    }
  return good;
}

static gboolean
is_same (GPtrArray *addresses, char **present)
{
  g_autofree char *text = g_strjoinv (",", present);
  g_autoptr (GPtrArray) before = read_addresses (text);

  if (before == NULL || before->len != addresses->len)
    return FALSE;
  for (guint i = 0; i < before->len; i++)
    if (g_strcmp0 (before->pdata[i], addresses->pdata[i]) != 0)
      return FALSE;
  return TRUE;
}

GPtrArray *
trias_address_rows_get_changed (TriasAddressRows *self, const TriasRelationship *relationship)
{
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_member_free);

  g_return_val_if_fail (TRIAS_IS_ADDRESS_ROWS (self), NULL);

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      const Field *field = &self->fields[i];
      const TriasMember *member
          = field->id != NULL ? trias_relationship_find (relationship, field->id) : NULL;
      g_autoptr (GPtrArray) addresses = member != NULL ? read_field (field) : NULL;

      if (addresses == NULL || is_same (addresses, member->addresses))
        continue;
      g_ptr_array_add (addresses, NULL);
      g_ptr_array_add (members, trias_member_new (member->id, member->name,
                                                  (const char *const *) addresses->pdata));
    }
  return g_steal_pointer (&members);
}

/* --- what there is --- */

static void
set_field (Field *field, const TriasMember *member)
{
  g_autofree char *title = NULL, *text = NULL;

  gtk_widget_set_visible (field->row, member != NULL);
  g_free (field->id);
  g_free (field->name);
  field->id = member != NULL ? g_strdup (member->id) : NULL;
  field->name = member != NULL ? g_strdup (member->name) : NULL;
  if (member == NULL)
    return;
  title = g_markup_printf_escaped (_ ("Address of “%s”"), member->name);
  text = g_strjoinv (", ", member->addresses);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (field->row), title);
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (field->row)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (field->row), text);
}

void
trias_address_rows_set (TriasAddressRows *self, const TriasRelationship *relationship)
{
  g_return_if_fail (TRIAS_IS_ADDRESS_ROWS (self));

  self->setting = TRUE;
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    set_field (&self->fields[i], i < relationship->members->len
                                     ? g_ptr_array_index (relationship->members, i)
                                     : NULL);
  self->setting = FALSE;
  trias_address_rows_check (self);
}

static void
edited_cb (TriasAddressRows *self)
{
  if (!self->setting)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* --- building --- */

static void
trias_address_rows_finalize (GObject *object)
{
  TriasAddressRows *self = TRIAS_ADDRESS_ROWS (object);

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_free (self->fields[i].id);
      g_free (self->fields[i].name);
    }
  G_OBJECT_CLASS (trias_address_rows_parent_class)->finalize (object);
}

static void
trias_address_rows_class_init (TriasAddressRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = trias_address_rows_finalize;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_ADDRESS_ROWS, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
trias_address_rows_init (TriasAddressRows *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, _ ("Addresses"));
  adw_preferences_group_set_description (
      group, _ ("At which the servers reach each other, the best one first, separated by commas. "
                "Rules that name an old address have to be changed as well; “Check Connection” "
                "shows whether all is in order."));
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      Field *field = &self->fields[i];
      GtkWidget *error = trias_error_row_new ();

      field->row = adw_entry_row_new ();
      field->error = TRIAS_ERROR_ROW (error);
      adw_entry_row_set_activates_default (ADW_ENTRY_ROW (field->row), TRUE);
      adw_preferences_group_add (group, field->row);
      adw_preferences_group_add (group, error);
      g_signal_connect_object (field->row, "changed", G_CALLBACK (edited_cb), self,
                               G_CONNECT_SWAPPED);
    }
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (group));
  trias_a11y_name_lists (GTK_WIDGET (self));
}
