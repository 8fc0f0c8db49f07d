#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""demo.py BUILD [--triad] [--fresh] [--screenshot FILE]: two real servers on loopback addresses, or three
joined in a triad, each with an administrator, sample licences, a client at work, and the console on the
page Redundanz.

--fresh leaves the servers unrelated, to try the set-up. Everything is gone at the end.
"""
import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster import ADMIN, PASSWORD, Cluster, free_port  # noqa: E402

ADDRESSES = ('127.0.0.2', '127.0.0.3', '127.0.0.4')
PORT = 7643


def the_port():
    """The usual port if it is free on all addresses, else any."""
    import socket
    try:
        for address in ADDRESSES:
            socket.create_server((address, PORT)).close()
        return PORT
    except OSError:
        return free_port(ADDRESSES)


def start_servers(cluster, options):
    if options.triad:
        return cluster.triad({'rip': 20, 'layout': 5}, ADDRESSES, form=not options.fresh, port=the_port(),
                             names=('druck-a', 'druck-b', 'druck-c'))
    return cluster.pair({'rip': 20, 'layout': 5}, {'rip': 12}, ADDRESSES[:2], form=not options.fresh, port=the_port())


def start_client(cluster, servers):
    """A piece of work under a licence, so that there is something to see."""
    folder = os.path.join(cluster.folder, 'client')
    os.makedirs(folder)
    argv = [cluster.trias, 'run', '--feature', 'rip', '--ttl', '10']
    for server in servers:
        argv += ['--server', server.pinned]
    env = {**os.environ, 'XDG_DATA_HOME': folder, 'XDG_CACHE_HOME': folder, 'XDG_STATE_HOME': folder,
           'XDG_CONFIG_HOME': folder}
    return subprocess.Popen([*argv, '--', 'sleep', '86400'], env=env, stdin=subprocess.DEVNULL)


def console(cluster, servers, screenshot):
    """Runs the real console until it is closed."""
    secret = os.path.join(cluster.folder, 'password')
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
        f.write(PASSWORD)
    argv = [cluster.console, '--page=redundancy', f'--user={ADMIN}', f'--password-file={secret}']
    argv += [f'--server={server.pinned}' for server in servers]
    env = {**os.environ, 'TRIAS_LOCALEDIR': os.path.join(cluster.build, 'po'),
           'XDG_CONFIG_HOME': os.path.join(cluster.folder, 'console')}
    if screenshot:
        argv = [os.path.join(os.path.dirname(os.path.abspath(__file__)), 'with-display.sh'), 'dbus-run-session', '--',
                *argv, f'--screenshot={os.path.abspath(screenshot)}']
    code = subprocess.run(argv, env=env, check=False).returncode
    if screenshot and code == 0:
        print(f'Picture written to {screenshot}')
    return code


def check_place(file):
    """Says before anything is started why no picture can be written there."""
    folder = os.path.dirname(os.path.abspath(file))
    if not os.path.isdir(folder):
        sys.exit(f'{file} cannot be written: there is no folder {folder}.')
    if os.path.isdir(file):
        sys.exit(f'{file} cannot be written: it is a folder.')
    if not os.access(folder, os.W_OK):
        sys.exit(f'{file} cannot be written: the folder {folder} is not yours to write to.')


def main():
    parser = argparse.ArgumentParser(prog='./dev demo')
    parser.add_argument('build', help=argparse.SUPPRESS)
    parser.add_argument('--triad', action='store_true', help='three servers that act as one, instead of a pair')
    parser.add_argument('--fresh', action='store_true', help='leave the servers unrelated, to try the set-up')
    parser.add_argument('--screenshot', metavar='FILE', help='write a picture of the page Redundanz and end')
    options = parser.parse_args()
    if options.screenshot:
        check_place(options.screenshot)
    if not options.screenshot and not (os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')):
        sys.exit('There is no display here. `./dev demo --screenshot FILE` makes a picture of the real window without one.')
    cluster = Cluster(options.build)
    client = None
    try:
        servers = start_servers(cluster, options)
        for server in servers:
            print(f'{server.name}: {server.where}#{server.id}')
        print(f'Administrator on all: {ADMIN}, password: {PASSWORD}')
        print('Close the console to end the demo.' if not options.screenshot else 'Taking the picture…', flush=True)
        client = start_client(cluster, servers)
        return console(cluster, servers, options.screenshot)
    finally:
        if client:
            client.terminate()
            client.wait()
        cluster.close()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
