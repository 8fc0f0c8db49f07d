#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_cli.py BUILD: `trias` against real servers, from the first administrator to the dissolved pair."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, PASSWORD, free_port, wait  # noqa: E402

cluster = Cluster(sys.argv[1])
home = os.path.join(cluster.folder, 'home')
os.makedirs(home)
password = os.path.join(cluster.folder, 'password')
with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
    f.write(PASSWORD + '\n')
ENV = {**os.environ, 'HOME': home, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'en', 'TRIAS_LOCALEDIR': os.path.join(cluster.build, 'po'),
       **{f'XDG_{kind}_HOME': os.path.join(home, kind.lower()) for kind in ('CONFIG', 'DATA', 'STATE', 'CACHE')}}
port = free_port(('127.0.0.2', '127.0.0.3'))
a, b = (cluster.server(name, address, port) for name, address in (('druck-a', '127.0.0.2'), ('druck-b', '127.0.0.3')))


def trias(*args, code=0, text=None, **env):
    done = subprocess.run([cluster.trias, *args], capture_output=True, text=True, timeout=60, input=text, env={**ENV, **env})
    assert done.returncode == code, f'trias {" ".join(args)}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}'
    return done.stdout if code == 0 else done.stderr


@tap.test
def issuer():
    """licences are made, inspected and verified without a server"""
    issuer_, secret = cluster.issuer()
    payload = {'id': 'L-9', 'revision': 1, 'issuer': issuer_, 'licensee': 'Musterdruck GmbH', 'product': 'Druckfabrik', 'bind': [],
               'features': [{'name': 'rip', 'seats': 4, 'counted_by': 'lease', 'not_before': None,
                             'not_after': '2030-01-01T00:00:00Z', 'grace_hours': 24}]}
    text = trias('license', 'issue', '--key', secret, '-', text=json.dumps(payload))
    file = os.path.join(cluster.folder, 'rip.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(text)
    assert 'L-9' in trias('license', 'inspect', file)
    assert 'signature is good' in trias('license', 'verify', '--issuers', cluster.issuers, file)
    with open(file, 'w', encoding='ascii') as f:
        f.write(text.replace('A', 'B', 3))
    trias('license', 'verify', '--issuers', cluster.issuers, file, code=1)
    trias('license', 'keygen', issuer_, '--secret', secret, code=64)  # never overwrites a key


@tap.test
def first_administrator():
    """the first administrator is made on the server itself and signs in from elsewhere"""
    for server in (a, b):
        server.start()
        trias('admin', 'add', 'anna', '--state', server.state, '--password-stdin', text=PASSWORD + '\n')
        assert trias('admin', 'list', '--state', server.state).split() == ['anna']
        advice = trias('server', 'add', server.where, code=1)
        assert server.id in advice, advice  # shows the fingerprint instead of trusting
        trias('server', 'add', server.pinned)
        trias('login', '--server', server.where, '--user', 'anna', '--password-file', password)
    trias('admin', 'add', 'anna', '--state', a.state, '--password-stdin', code=1, text=PASSWORD + '\n')
    wrong = os.path.join(cluster.folder, 'wrong')
    with open(wrong, 'w', encoding='ascii') as f:
        f.write('not the password')
    trias('login', '--server', a.where, '--user', 'anna', '--password-file', wrong, code=1)
    assert 'druck-a' in trias('server', 'show', '--server', a.where)
    assert trias('server', 'health', '--server', a.where).startswith('serving')


@tap.test
def licences_and_rules():
    """licences and rules are installed, listed and removed"""
    file = os.path.join(cluster.folder, 'a.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(cluster.licence('A-1', {'rip': 3}))
    assert 'installed' in trias('license', 'install', file, '--server', a.where)
    assert '0/3' in trias('license', 'list', '--server', a.where)
    listed = json.loads(trias('license', 'list', '--json', '--server', a.where))
    assert listed['licenses'][0]['id'] == 'A-1'
    rule = trias('rule', 'add', 'use', 'Deny user eve from everywhere', '--note', 'test', '--server', a.where).strip()
    assert 'eve' in trias('rule', 'list', '--server', a.where)
    trias('rule', 'change', rule, 'use', 'Deny user eva from everywhere', '--server', a.where)
    assert 'eva' in trias('rule', 'list', '--server', a.where)
    trias('rule', 'remove', rule, '--server', a.where)
    trias('rule', 'add', 'use', 'Deny nonsense', '--server', a.where, code=1)
    trias('rule', 'add', 'everything', 'Deny everyone from everywhere', '--server', a.where, code=64)


@tap.test
def pair():
    """two servers are refused without rules, joined with them, shown, changed and dissolved"""
    both = ['--main', a.where, '--backup', b.where]
    refusal = trias('relationship', 'create', *both, '--name', 'Druckerei', code=1)
    assert 'rule' in refusal, refusal
    assert 'belongs to no relationship' in trias('relationship', 'show', '--server', a.where)
    made = trias('relationship', 'create', *both, '--name', 'Druckerei', '--add-rules', '--sync-interval', '5')
    assert made.count('Rule made on') == 2 and 'is set up' in made, made
    wait(lambda: 'synchronised' in trias('relationship', 'show', '--server', b.where), 20)
    a.token = b.token = None
    trias('relationship', 'sync', '--server', a.where)
    trias('relationship', 'set', '--name', 'Halle 2', '--server', a.where)
    assert 'Halle 2' in trias('relationship', 'show', '--server', a.where)
    assert 'relationship-formed' in trias('event', 'list', '--server', a.where)


@tap.test
def run():
    """a command runs while a seat is held; its exit code is ours; refusals have their own"""
    servers = ['--server', a.pinned, '--server', b.pinned]
    lister = f'{cluster.trias} lease list --server {a.where}'
    held = trias('run', '--feature', 'rip', *servers, '--', 'sh', '-c', lister)
    assert 'rip' in held, held
    assert 'Nobody holds' in trias('lease', 'list', '--server', a.where)
    trias('run', '--feature', 'rip', *servers, '--', 'sh', '-c', 'exit 7', code=7)
    refusal = trias('run', '--feature', 'unknown', *servers, '--', 'true', code=69)
    assert 'unknown' in refusal, refusal
    trias('run', '--feature', 'rip', '--count', '4', *servers, '--', 'true', code=69)
    trias('run', '--feature', 'rip', *servers, code=64)
    assert 'unknown' in trias('event', 'denials', '--server', a.where)


@tap.test
def german():
    """every table speaks German"""
    text = trias('relationship', 'show', '--server', a.where, LANGUAGE='de')
    assert 'verbunden' in text and 'synchronisiert' in text, text
    assert 'trias: ' in trias('rule', 'list', '--server', '127.0.0.9:1#' + a.id, '--user', 'anna', '--password-file', password,
                             code=69, LANGUAGE='de')
    trias('server', 'health', '--server', '127.0.0.9:1#' + a.id, code=69)


@tap.test
def dissolve():
    """the relationship is dissolved on both"""
    trias('relationship', 'dissolve', '--server', a.where)
    for server in (a, b):
        wait(lambda: 'no relationship' in trias('relationship', 'show', '--server', server.where), 20)
    trias('logout', '--server', a.where)
    trias('rule', 'list', '--server', a.where, code=1)


tap.run()
