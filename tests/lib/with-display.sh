#!/bin/sh
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
# with-display.sh COMMAND…: runs it with its own X server, folders and fixed GTK settings; all is gone after it.
T=$(mktemp -d)
mkdir -m 700 "$T/run"
mkdir -p "$T/home" "$T/config/gtk-4.0"
printf '[Settings]\ngtk-font-name=Cantarell 11\ngtk-enable-animations=false\ngtk-cursor-blink=false\n' \
  > "$T/config/gtk-4.0/settings.ini"
export HOME="$T/home" XDG_RUNTIME_DIR="$T/run" XDG_CONFIG_HOME="$T/config"
# The language that was asked for counts also where its locale is not installed.
export LANGUAGE="${LANGUAGE:-${LC_ALL:-${LANG:-}}}" LC_ALL="${LC_ALL:-C.UTF-8}"
export GDK_BACKEND=x11 GSK_RENDERER=cairo GDK_DEBUG=gl-disable GSETTINGS_BACKEND=memory ADW_DISABLE_PORTAL=1
unset WAYLAND_DISPLAY GTK_THEME
# Nothing may reach the session of whoever runs the tests.
export DBUS_SESSION_BUS_ADDRESS="unix:path=$T/no-bus"
Xvfb -displayfd 5 -screen 0 "${SCREEN:-1280x1024x24}" -dpi 96 -nolisten tcp -noreset 5>"$T/display" 2>"$T/xvfb.log" &
XVFB=$!
trap 'kill $XVFB 2>/dev/null; wait $XVFB 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 143' INT TERM
tries=0
while [ ! -s "$T/display" ] && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
if [ ! -s "$T/display" ]; then
  echo "Xvfb did not start: $(cat "$T/xvfb.log")" >&2
  exit 99
fi
DISPLAY=":$(cat "$T/display")"
export DISPLAY
"$@"
