#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_triad.py BUILD: `trias` and a triad, from the first look to its end: what is said is what is shown afterwards."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import ADMIN, Cluster, PASSWORD, wait  # noqa: E402

NAME = 'Halle 2'
cluster = Cluster(sys.argv[1])
p, s, t = cluster.triad({'druck': 3}, name=NAME)
new = cluster.server('druck-n', '127.0.0.5', p.port)
ENV = {**os.environ, 'HOME': cluster.folder, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'en', 'TRIAS_LOCALEDIR': os.path.join(cluster.build, 'po'),
       **{f'XDG_{kind}_HOME': os.path.join(cluster.folder, kind.lower()) for kind in ('CONFIG', 'DATA', 'STATE', 'CACHE')}}


def trias(*args, code=0, language='en'):
    done = subprocess.run([cluster.trias, *args], capture_output=True, text=True, timeout=60, env={**ENV, 'LANGUAGE': language})
    assert done.returncode == code, f'trias {" ".join(args)}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}'
    return done.stdout if code == 0 else done.stderr


def know(server):
    password = os.path.join(cluster.folder, 'password')
    with open(password, 'w', encoding='ascii') as f:
        f.write(PASSWORD + '\n')
    trias('server', 'add', server.pinned)
    trias('login', '--server', server.name, '--user', ADMIN, '--password-file', password)


def serves(server):
    """Waits until all say that @server serves and none is missing."""
    cluster.wait_whole(*(x for x in cluster.servers if x.process))
    wait(lambda: p.relationship()['relationship']['active'] == server.id, 30, f'{server.name} serves')


@tap.test
def refusals():
    """the one that shall keep everything must be the active one: the refusal says so in both languages"""
    for server in p, s, t:
        know(server)
    serves(p)
    shrink = ('relationship', 'shrink', '--main', 'secondary', '--backup', 'tertiary', '--confirm', NAME)
    assert "hand over first to the server that shall be" in trias(*shrink, code=1)
    assert trias(*shrink, code=1, language='de').startswith('trias: Nur der aktive Server hat sicher alles, und das ist „druck-p“.')
    keep = ('relationship', 'dissolve', '--keep', 'secondary')
    assert trias(*keep, code=1, language='de').startswith('trias: Nur der aktive Server hat sicher alles, und das ist „druck-p“.')
    assert trias(*shrink[:-1], 'another', code=64).endswith("--confirm 'Halle 2'\n")


tap.run()
