# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console beside gtk4-demo, both under one X server without a window manager."""


def run(options, folder, servers, rng):
    print('\nconsole left out')
