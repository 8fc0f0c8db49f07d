# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console, signed in to a server with leases, beside gtk4-demo; both drawn by cairo on an X server of
their own without a window manager.
"""
import os
import shutil
import subprocess

import systems
from report import median, report_goal
from systems import cluster

DEMO = 'gtk4-demo'


def run(options, folder, servers, rng):
    ttff = os.path.join(options.build, 'tests/bench/ttff')
    missing = [p for p in (DEMO, 'Xvfb', 'dbus-daemon') if shutil.which(p) is None]
    missing += [p for p in (ttff, servers.console) if not os.path.exists(p)]
    if missing:
        print('\nconsole left out; missing: ' + ', '.join(missing))
        return
    trias = systems.Trias(servers, 'triasd console').start()
    helpers = []
    try:
        trias.run(16, 10, '--count', '100', '--keep')
        environment = desktop(folder, helpers)
        commands = {'console': console_command(servers, trias.server, folder), DEMO: [DEMO]}
        report(measure(options, ttff, commands, environment, rng))
    finally:
        for process in reversed(helpers):
            process.terminate()
            process.wait(10)
        trias.stop()


def console_command(servers, server, folder):
    secret = os.path.join(folder, 'password')
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
        f.write(cluster.PASSWORD)
    return [servers.console, '--page=redundancy', f'--user={cluster.ADMIN}', f'--password-file={secret}',
            f'--server={server.pinned}']


def desktop(folder, helpers):
    """An X server and a session bus; what they are reached by."""
    read, write = os.pipe()
    helpers.append(subprocess.Popen(['Xvfb', '-displayfd', str(write), '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'],
                                    pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    os.close(write)
    with os.fdopen(read) as f:
        display = ':' + f.readline().strip()
    bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True)
    helpers.append(bus)
    home = os.path.join(folder, 'home')
    os.makedirs(home)
    places = {f'XDG_{k}_HOME': home for k in ('CONFIG', 'DATA', 'CACHE', 'STATE')}
    return {**os.environ, **places, 'DISPLAY': display, 'DBUS_SESSION_BUS_ADDRESS': bus.stdout.readline().strip(),
            'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo', 'GSETTINGS_BACKEND': 'memory', 'GTK_A11Y': 'none',
            'XDG_CURRENT_DESKTOP': 'GNOME'}


def measure(options, ttff, commands, environment, rng):
    rows = {name: [] for name in commands}
    # The first start of each reads its files from the disk and is not counted.
    for number in range(options.rounds + 1):
        for name in rng.sample(list(commands), len(commands)):
            figures = cluster.wait(lambda: start(ttff, commands[name], environment), 60, f'{name} shows something')
            if number > 0:
                rows[name].append(figures)
    return rows


def start(ttff, command, environment):
    """One start. A program that is the only one on its bus ends at once while the one before still has its name."""
    done = subprocess.run([ttff, '-i', '2', '--', *command], env=environment, capture_output=True, text=True,
                          timeout=60)
    return systems.figures(done.stdout)


def report(rows):
    print()
    for name, values in rows.items():
        print(f'{name}: content {median([v["content_ms"] for v in values]):.0f} ms, '
              f'PSS {median([v["pss_kb"] for v in values]) / 1024:.0f} MB, '
              f'idle {median([v["idle_ms"] for v in values]):.2f} ms/s')
    pairs = list(zip(rows['console'], rows[DEMO]))
    report_goal('console ÷ gtk4-demo, first content', [a['content_ms'] / b['content_ms'] for a, b in pairs], 1.3, 1,
                more=False)
    report_goal('console ÷ gtk4-demo, PSS', [a['pss_kb'] / b['pss_kb'] for a, b in pairs], 1.2, 1, more=False)
    report_goal('console, idle CPU, ms/s', [a['idle_ms'] for a, _ in pairs], 5, 1, more=False)
