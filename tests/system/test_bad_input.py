#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_bad_input.py BUILD: everything a stranger, a clumsy client or a forger may send to a real triasd.

Each gets the documented problem answer, the ledger's digest stays the same, and the descriptors
come back. TRIAS_RUDE sets the number of rude connections (default 2000).
"""
import base64
import http.client
import json
import os
import random
import socket
import ssl
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Client, Cluster, Problem, client_identity, wait  # noqa: E402

cluster = Cluster(sys.argv[1])
server = cluster.server('druck-a', '127.0.0.2')
cluster.issuer()
server.start()
server.add_admin()
server.sign_in()
LICENCE = cluster.licence('L-1', {'druck': 5}, revision=2)
server.install(LICENCE)
client = Client(client_identity(os.path.join(cluster.folder, 'client.pem')))
LEASE = 'lease-' + '0' * 16
assert client.call(server, 'POST', '/leases', {'id': LEASE, 'feature': 'druck', 'ttl_s': 600})[0] == 201


def state():
    return [server.rest('GET', path) for path in ('/licenses', '/rules', '/settings')] + [
        [(lease['id'], lease['count']) for lease in server.rest('GET', '/leases')['leases']]]


def refused(status, reason, method, path, body=None, headers=None, token=True):
    try:
        value = server.rest(method, path, body, headers=headers, token=token)
    except Problem as problem:
        assert (problem.status, problem.reason) == (status, reason), f'{method} {path} {str(body)[:80]!r}: {problem}'
        assert problem.body.get('title') and problem.body.get('detail'), problem.body
        return problem
    raise AssertionError(f'{method} {path} {str(body)[:80]!r} was accepted: {value}')


@tap.test
def bodies():
    """oversized, deeply nested, broken and mistyped bodies are refused by name"""
    before = state()
    lease = {'id': 'x' * 16, 'feature': 'druck'}
    for status, reason, body in (
            (413, 'too-large', b'{"id":"' + b'a' * 300000 + b'"}'), (400, 'bad-request', b'[' * 100000),
            (400, 'bad-request', b'{"a":' * 40 + b'1' + b'}' * 40), (400, 'bad-request', b'{"id":"abc'),
            (400, 'bad-request', b'{"id":"\xff\xfe","feature":"druck"}'),
            (400, 'bad-request', b'{"id":"' + b'x' * 16 + b'","id":"' + b'y' * 16 + b'","feature":"druck"}')):
        got = client.call(server, 'POST', '/leases', body)
        assert (got[0], got[1]['reason']) == (status, reason), (body[:60], got)
        client.close()
    refused(400, 'bad-request', 'POST', '/session', b'', token=False)
    for wrong in ({**lease, 'count': 'many'}, {**lease, 'count': 0}, {**lease, 'count': 1.5}, {**lease, 'feature': 7},
                  {**lease, 'id': '../../etc'}, {**lease, 'surprise': 1}, {'feature': 'druck'}, [], 'text'):
        status, value = client.call(server, 'POST', '/leases', wrong)
        assert status == 400 and value['reason'] == 'bad-request', (wrong, status, value)
    assert 'surprise' in client.call(server, 'POST', '/leases', {**lease, 'surprise': 1})[1]['detail']
    assert state() == before


@tap.test
def tokens():
    """wrong tokens, passwords and paths are refused without telling more"""
    refused(401, 'unauthenticated', 'GET', '/rules', token=False)
    refused(401, 'unauthenticated', 'GET', '/rules', headers={'Authorization': 'Bearer ' + 'A' * 43}, token=False)
    refused(401, 'unauthenticated', 'GET', '/rules', headers={'Authorization': 'Basic YTpi'}, token=False)
    wrong = refused(401, 'unauthenticated', 'POST', '/session', {'name': 'admin', 'password': 'wrong password'}, token=False)
    other = refused(401, 'unauthenticated', 'POST', '/session', {'name': 'nobody', 'password': 'wrong password'}, token=False)
    assert wrong.body['detail'] == other.body['detail']
    refused(404, 'not-found', 'GET', '/nothing')
    refused(405, 'method-not-allowed', 'DELETE', '/settings')
    for _ in range(12):
        try:
            server.rest('POST', '/session', {'name': 'admin', 'password': 'wrong password'}, token=False)
        except Problem as problem:
            last = problem
    assert (last.status, last.reason) == (429, 'too-many'), last


@tap.test
def licences():
    """forged, truncated and older licences never replace a valid one"""
    before = state()
    lines = LICENCE.strip().splitlines()
    body = next(i for i, line in enumerate(lines) if line.startswith('-----BEGIN')) + 1
    payload = json.loads(base64.b64decode(''.join(lines[body:lines.index('-----SIGNATURE-----')])))
    payload['features'][0]['seats'] = 5000
    text = base64.b64encode(json.dumps(payload).encode()).decode()
    forged = '\n'.join([*lines[:body], *[text[i:i + 64] for i in range(0, len(text), 64)],
                        *lines[lines.index('-----SIGNATURE-----'):]]) + '\n'
    for bad in (forged, '\n'.join(lines[:-2]), LICENCE[:200], 'no licence', LICENCE.replace('SIGNATURE', 'SIGNATUR')):
        refused(422, 'license-invalid', 'POST', '/licenses', {'text': bad})
    refused(409, 'license-older', 'POST', '/licenses', {'text': cluster.licence('L-1', {'druck': 50}, revision=1)})
    refused(409, 'license-elsewhere', 'POST', '/licenses', {'text': cluster.licence('L-2', {'druck': 50}, bind=['0' * 64])})
    assert state() == before


@tap.test
def new_issuer():
    """an issuer whose key comes while the server runs is known at once"""
    server.install(cluster.licence('N-1', {'layout': 3}, issuer='new-issuer'))
    assert 'N-1' in [licence['id'] for licence in server.rest('GET', '/licenses')['licenses']]


@tap.test
def foreign_lease():
    """a foreign client's lease cannot be renewed, released or taken over"""
    stranger = Client(client_identity(os.path.join(cluster.folder, 'stranger.pem')))
    for method, body in (('PUT', {}), ('DELETE', None)):
        status, value = stranger.call(server, method, f'/leases/{LEASE}', body)
        assert status == 403 and value['reason'] == 'forbidden', (method, status, value)
    status, value = stranger.call(server, 'POST', '/leases', {'id': LEASE, 'feature': 'druck', 'ttl_s': 600})
    assert status == 409 and value['reason'] == 'conflict', (status, value)
    keyless = Client(None)
    status, value = keyless.call(server, 'POST', '/leases', {'id': 'y' * 16, 'feature': 'druck'})
    assert status == 401, (status, value)
    assert client.call(server, 'PUT', f'/leases/{LEASE}', {})[0] == 200


def descriptors():
    return len(os.listdir(f'/proc/{server.process.pid}/fd'))


def resident():
    with open(f'/proc/{server.process.pid}/smaps_rollup', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('Rss:'))


def rude(choose):
    """One connection that behaves badly, in one of eight ways, and is reset."""
    kind = choose.randrange(8)
    raw = socket.create_connection((server.address, server.port), timeout=5)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    try:
        if kind == 0:
            raw.sendall(choose.randbytes(choose.randrange(1, 600)))
        elif kind == 1:
            raw.sendall(b'\x16\x03\x01\x02\x00' + choose.randbytes(30))
        elif kind >= 3:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            tls = context.wrap_socket(raw)
            texts = [b'', b'GET /api/v1/health HTTP/1.1\r\nHost: a\r\n', b'GARBAGE\r\n\r\n',
                     b'POST /api/v1/leases HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"id"',
                     b'POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n12345']
            tls.sendall(texts[kind - 3])
            raw = tls
    except (OSError, ssl.SSLError):
        pass
    finally:
        raw.close()


@tap.test
def rudeness():
    """rude connections leave no descriptor and no memory behind"""
    number = int(os.environ.get('TRIAS_RUDE') or 2000)
    choose = random.Random(tap.seed())
    for _ in range(max(200, number // 20)):  # warm the allocator
        rude(choose)
    wait(lambda: descriptors() <= FIRST + 1, 20, 'descriptors after warming')
    before = resident()
    for _ in range(number):
        rude(choose)
    wait(lambda: descriptors() <= FIRST + 1, 30, f'descriptors back at {FIRST}, now {descriptors()}')
    growth = resident() - before
    tap.note(f'{number} rude connections: descriptors {FIRST} -> {descriptors()}, memory {before} -> {before + growth} kB')
    assert growth < 4096, f'{growth} kB more memory'
    assert server.rest('GET', '/health', token=None)['serving']


@tap.test
def exhaustion():
    """out of descriptors, the server recovers as soon as some are free"""
    poor = cluster.server('arm', '127.0.0.4')
    poor.cluster.wrapper = ['prlimit', '--nofile=300:300']
    poor.start()
    cluster.wrapper = []
    held = []
    try:
        for _ in range(400):
            held.append(socket.create_connection((poor.address, poor.port), timeout=5))
    except OSError:
        pass
    assert len(held) > 90, len(held)
    for s in held:
        s.close()
    wait(lambda: answers(poor), 20, 'answers again')


def answers(one):
    try:
        return one.rest('GET', '/health', token=None, timeout=3)['serving']
    except (OSError, http.client.HTTPException):
        return False


FIRST = descriptors()
client.close()
FIRST = min(FIRST, descriptors())
tap.run()
