#!/bin/sh
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
# netns.sh COMMAND…: runs it in a network (and mount) namespace of its own, with loopback up, so that
# links can be cut by the real firewall and small disks mounted without touching this machine.
# Where namespaces are not allowed, the test is skipped, and the summary names it.
[ "${TRIAS_OWN_NETNS:-}" = 1 ] && exec "$@"
unshare --net --mount true 2>/dev/null || { echo "1..0 # SKIP no permission to make namespaces"; exit 0; }
export TRIAS_OWN_NETNS=1
exec unshare --net --mount --propagation private sh -c 'ip link set lo up && exec "$@"' sh "$@"
