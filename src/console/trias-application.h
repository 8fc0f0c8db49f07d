/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * TriasApplication:
 *
 * The console as a program: its options, what it remembers, its window.
 */
#define TRIAS_TYPE_APPLICATION (trias_application_get_type ())
G_DECLARE_FINAL_TYPE (TriasApplication, trias_application, TRIAS, APPLICATION, AdwApplication)

TriasApplication *trias_application_new (void);
/** Makes the program's icons, styles and templates known; to be called before any widget is made.
 */
void trias_application_register_resources (void);

G_END_DECLS
