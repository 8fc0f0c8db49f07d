#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""data/openapi.yaml against a running server: `test_openapi.py SERVER openapi.yaml`.

Every path and method is called, and whatever comes back must be documented: the status, the kind
of body, each of its members, and the reason of a problem.
"""
import http.client
import json
import os
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from openapi import Document

LEASE = 'lease-00000000000%02d'
EVERYONE = {'kind': 'everyone', 'value': None}
EVERYWHERE = {'kind': 'everywhere', 'value': None}


class Server:
    def __init__(self, program):
        self.program = program
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())
        self.token = None

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(timeout=30)

    def connect(self, who):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if who in ('client', 'stranger'):
            context.load_cert_chain(self.facts[who])
        return http.client.HTTPSConnection('127.0.0.1', self.facts['port'], timeout=20, context=context)

    def ask(self, method, path, body=None, who=None, headers=None):
        """(status, headers, bytes); @who is None, 'admin', 'client' or 'stranger'."""
        connection = self.connect(who)
        head = dict(headers or {})
        if who == 'admin':
            head['Authorization'] = 'Bearer ' + self.token
        if body is not None:
            head['Content-Type'] = 'application/json'
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, '/api/v1' + path, body, head)
        answer = connection.getresponse()
        result = answer.status, answer.headers, b'' if 'event-stream' in answer.headers.get('Content-Type', '') else answer.read()
        connection.close()
        return result


class Report:
    """TAP: a check passes if nothing is wrong."""

    def __init__(self):
        self.number, self.failed = 0, 0

    def check(self, name, wrong):
        self.number += 1
        self.failed += bool(wrong)
        for line in wrong:
            print('#', line)
        print('not ok' if wrong else 'ok', self.number, '-', name, flush=True)

    def finish(self):
        print(f'1..{self.number}')
        return 1 if self.failed else 0


class Walk:
    """Calls and what was wrong with their answers."""

    def __init__(self, document, server):
        self.document, self.server = document, server
        self.called, self.wrong = set(), []

    def check_body(self, where, response, status, kind, data):
        content = response.get('content')
        if not content:
            if data:
                self.wrong.append(f'{where}: {status} has a body that is not documented')
            return None
        kind = kind.split(';')[0].strip()
        if kind not in content:
            self.wrong.append(f'{where}: {status} came as {kind}; documented are {list(content)}')
            return None
        if not kind.endswith('json'):
            return data
        value = json.loads(data)
        self.wrong += [f'{where}: {status}: {m}' for m in self.document.misfits(value, content[kind]['schema'])]
        if kind == 'application/problem+json':
            if value.get('status') != status:
                self.wrong.append(f'{where}: the problem says status {value.get("status")}, not {status}')
            if value.get('reason') not in response.get('x-reasons', ()):
                self.wrong.append(f'{where}: {status} with reason {value.get("reason")} is not documented')
        return value

    def call(self, method, path, want, body=None, who=None, id=None, query='', headers=None, valid=None):
        """Calls @path (as documented) and checks the answer. @valid: whether @body shall fit the schema."""
        operation = self.document.operation(method, path)
        where = f'{method} {path}{query}'
        status, head, data = self.server.ask(method, path.replace('{id}', id or '') + query, body, who, headers)
        self.called.add((method, path, status))
        if status != want:
            self.wrong.append(f'{where}: {status}, not {want}: {data[:300]!r}')
        response = self.document.response(operation, status)
        if response is None:
            self.wrong.append(f'{where}: {status} is not documented')
            return None
        for name in response.get('headers', {}):
            if name not in head and not (name == 'Retry-After' and b'"storage"' in data):
                self.wrong.append(f'{where}: {status} lacks the header {name}')
        valid = want < 400 if valid is None else valid
        if body is not None and valid:
            schema = operation['requestBody']['content']['application/json']['schema']
            self.wrong += [f'{where}: request: {m}' for m in self.document.misfits(body, schema)]
        return self.check_body(where, response, status, head.get('Content-Type', ''), data)


def rule(id, scope, effect='allow', where=None):
    return {'id': id, 'scope': scope, 'effect': effect, 'who': EVERYONE, 'where': where or EVERYWHERE, 'note': ''}


def walk_server(walk, facts):
    walk.call('GET', '/health', 200)
    walk.call('GET', '/server', 200)
    walk.call('GET', '/metrics', 200)
    credentials = {'name': facts['admin'], 'password': facts['password']}
    walk.server.token = walk.call('POST', '/session', 201, credentials)['token']
    walk.call('POST', '/session', 401, {**credentials, 'password': 'another one'})
    walk.call('PATCH', '/server', 200, {'name': 'Süd 7'}, 'admin')
    walk.call('GET', '/settings', 200, who='admin')
    walk.call('PATCH', '/settings', 200, {'contact': 'desk 7'}, 'admin')


def walk_rules(walk, facts):
    elsewhere = {'kind': 'address', 'value': '192.0.2.1'}
    walk.call('GET', '/rules', 200, who='admin')
    walk.call('POST', '/rules', 201, rule('r1', 'peer', where=elsewhere), 'admin')
    walk.call('POST', '/rules', 409, rule('r1', 'peer'), 'admin')
    walk.call('POST', '/rules', 409, rule('r2', 'administer', 'deny'), 'admin', query='?force=false')
    walk.call('PUT', '/rules/{id}', 200, rule('r1', 'peer', 'deny'), 'admin', id='r1')
    walk.call('PUT', '/rules/{id}', 404, rule('r9', 'peer'), 'admin', id='r9')
    walk.call('PUT', '/rules/{id}', 409, rule('r1', 'use'), 'admin', id='r1')
    walk.call('DELETE', '/rules/{id}', 204, who='admin', id='r1')
    walk.call('DELETE', '/rules/{id}', 404, who='admin', id='r1')


def walk_licenses(walk, facts):
    first, second = facts['licenses']
    walk.call('POST', '/licenses', 201, {'text': first}, 'admin')
    walk.call('POST', '/licenses', 200, {'text': first}, 'admin')
    walk.call('POST', '/licenses', 201, {'text': second}, 'admin')
    walk.call('POST', '/licenses', 409, {'text': first}, 'admin')
    walk.call('POST', '/licenses', 422, {'text': first.replace('\n', '\nAA', 2)}, 'admin')
    walk.call('GET', '/licenses', 200, who='admin')
    walk.call('GET', '/licenses/{id}/text', 200, who='admin', id='lic-1')
    walk.call('GET', '/licenses/{id}/text', 404, who='admin', id='lic-9')
    walk.call('DELETE', '/licenses/{id}', 404, who='admin', id='lic-9')


def walk_leases(walk, facts):
    request = {'id': LEASE % 1, 'feature': 'cam', 'count': 1, 'ttl_s': 60, 'holder': {'user': 'eve', 'host': 'pc'}}
    walk.call('GET', '/pools', 200, who='client')
    walk.call('GET', '/pools', 200)
    walk.call('POST', '/leases', 201, request, 'client')
    walk.call('POST', '/leases', 200, request, 'client')
    walk.call('POST', '/leases', 409, {**request, 'ttl_s': 70}, 'client')
    walk.call('POST', '/leases', 409, {'id': LEASE % 2, 'feature': 'cam'}, 'stranger')
    walk.call('POST', '/leases', 404, {'id': LEASE % 2, 'feature': 'none'}, 'client')
    walk.call('POST', '/leases', 401, request)
    walk.call('GET', '/leases', 200, who='client')
    walk.call('GET', '/leases', 200, who='admin', query='?limit=1')
    walk.call('GET', '/leases', 401)
    walk.call('PUT', '/leases/{id}', 200, {}, 'client', id=LEASE % 1)
    walk.call('DELETE', '/licenses/{id}', 409, who='admin', id='lic-1')
    for method in 'GET', 'PUT', 'DELETE':
        walk.call(method, '/leases/{id}', 403, who='stranger', id=LEASE % 1)
        walk.call(method, '/leases/{id}', 401, id=LEASE % 1)
    walk.call('GET', '/leases/{id}', 200, who='client', id=LEASE % 1)
    walk.call('GET', '/leases/{id}', 404, who='client', id=LEASE % 9)
    walk.call('PUT', '/leases/{id}', 410, {}, 'client', id=LEASE % 9)
    walk.call('DELETE', '/leases/{id}', 204, who='client', id=LEASE % 1)
    walk.call('GET', '/leases/{id}', 410, who='client', id=LEASE % 1)
    walk.call('POST', '/leases', 410, request, 'client')
    walk.call('POST', '/rules', 201, rule('nobody', 'use', 'deny'), 'admin')
    walk.call('POST', '/leases', 403, {**request, 'id': LEASE % 3}, 'client')
    walk.call('GET', '/pools', 403, who='client')
    walk.call('DELETE', '/licenses/{id}', 204, who='admin', id='lic-1', query='?force=true')


def walk_history(walk, facts):
    denials = walk.call('GET', '/denials', 200, who='admin', query='?limit=50')
    events = walk.call('GET', '/events', 200, who='admin', query='?limit=50&after=1')
    walk.call('GET', '/events', 200, who='admin', headers={'Accept': 'text/event-stream'})
    walk.call('GET', '/events', 400, who='admin', query='?limit=5000')
    if not denials['denials'] or not events['events']:
        walk.wrong.append('no denials or no events to look at')


def walk_relationship(walk, facts):
    plan = {'kind': 'backup', 'own_address': f'127.0.0.1:{facts["port"]}', 'members': [{'address': '127.0.0.1:1'}]}
    walk.call('GET', '/relationship', 200)
    walk.call('GET', '/relationship', 200, who='admin')
    walk.call('POST', '/relationship/check', 200, plan, 'admin')
    walk.call('POST', '/relationship/invitation', 201, {'coordinator': facts['other'], 'kind': 'backup'}, 'admin')
    walk.call('PATCH', '/relationship', 404, {'name': 'x'}, 'admin', valid=True)
    walk.call('DELETE', '/relationship', 404, who='admin')
    walk.call('POST', '/relationship/sync', 404, {}, 'admin', valid=True)
    walk.call('POST', '/relationship/conflict', 404, {'take': 'main'}, 'admin', valid=True)
    walk.call('POST', '/relationship/abort', 404, {}, 'admin', valid=True)
    form = {**plan, 'id': 'aaaaaaaa', 'name': 'pair', 'options': {'sync_interval_s': 5}}
    status, _, data = walk.server.ask('POST', '/relationship', form, 'admin')
    walk.call('POST', '/relationship', status, form, 'admin', valid=True)
    if status < 400:
        walk.wrong.append(f'POST /relationship with nobody there: {status}')


def sign_in(server):
    credentials = {'name': server.facts['admin'], 'password': server.facts['password']}
    server.token = json.loads(server.ask('POST', '/session', credentials)[2])['token']


def await_connection(server):
    deadline = time.monotonic() + 30
    while True:
        status = json.loads(server.ask('GET', '/relationship', who='admin')[2])['relationship']['status']
        if status['connected'] and status['synchronised']:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(status)
        time.sleep(0.05)


def walk_pair(walk, facts):
    """A second server joins as the backup, so that the good answers of a relationship are seen too."""
    main, backup = walk.server, Server(walk.server.program)
    sign_in(backup)
    sign_in(main)
    address = [f'127.0.0.1:{s.facts["port"]}' for s in (main, backup)]
    invitation = {'coordinator': main.facts['id'], 'kind': 'backup'}
    walk.server = backup
    code = walk.call('POST', '/relationship/invitation', 201, invitation, 'admin')['code']
    member = {'address': address[1], 'fingerprint': backup.facts['id'], 'invitation': code}
    plan = {'kind': 'backup', 'own_address': address[0], 'members': [member]}
    form = {**plan, 'id': 'pair-0001', 'name': 'Pair', 'options': {'sync_interval_s': 5}}
    walk.server = main
    checks = walk.call('POST', '/relationship/check', 200, plan, 'admin')
    if checks['passed'] or not any(c['mend'] for c in checks['checks']):
        walk.wrong.append('without rules the check must fail and offer them')
    walk.call('POST', '/relationship', 409, form, 'admin', valid=True)
    for walk.server in main, backup:
        walk.call('POST', '/rules', 201, rule('partner', 'peer'), 'admin')
    walk.server = main
    walk.call('POST', '/relationship/check', 200, plan, 'admin')
    walk.call('POST', '/relationship', 201, form, 'admin')
    walk.call('GET', '/relationship', 200)
    walk.call('PATCH', '/relationship', 200, {'name': 'Couple', 'options': {'sync_interval_s': 60}}, 'admin')
    await_connection(main)
    walk.call('POST', '/relationship/sync', 200, {}, 'admin')
    walk.call('DELETE', '/rules/{id}', 409, who='admin', id='partner')
    for walk.server in main, backup:
        for path in '/relationship', '/server', '/health', '/licenses', '/metrics':
            walk.call('GET', path, 200, who='admin')
    walk.server = main
    walk.call('POST', '/relationship/conflict', 404, {'take': 'main'}, 'admin', valid=True)
    walk.call('DELETE', '/relationship', 204, who='admin')
    if backup.stop() != 0:
        walk.wrong.append('the backup server did not end in order')


def await_triad(servers):
    deadline = time.monotonic() + 40
    while True:
        seen = [json.loads(s.ask('GET', '/relationship', who='admin')[2])['relationship'] for s in servers]
        if all(r and r['active'] and all(x['connected'] and x['synchronised'] for x in r['statuses']) for r in seen):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(seen)
        time.sleep(0.05)


def insist(walk, servers, *args, **kwargs):
    """Calls the active server of a triad, anew if that changes meanwhile, as it may on a busy machine."""
    deadline = time.monotonic() + 30
    latest = []
    while time.monotonic() < deadline:
        before = len(walk.wrong)
        serving = [s for s in servers
                   if json.loads(s.ask('GET', '/relationship', who='admin')[2])['relationship']['serving'] == 'serving']
        walk.server = serving[0] if serving else servers[0]
        walk.call(*args, **kwargs)
        if len(walk.wrong) == before:
            return
        latest = walk.wrong[before:]
        del walk.wrong[before:]
        time.sleep(0.25)
    walk.wrong += latest


def walk_replacement(walk, servers):
    """A fourth server takes the place of the third; the members in the end. The third is ended."""
    walk.server = fourth = Server(servers[0].program)
    sign_in(fourth)
    walk.call('POST', '/rules', 201, rule('partner', 'peer'), 'admin')
    newcomer = {'address': f'127.0.0.1:{fourth.facts["port"]}', 'fingerprint': fourth.facts['id']}
    change = {'member': servers[2].facts['id']}
    walk.server = servers[2]
    walk.call('POST', '/relationship/replace/check', 503, {**change, 'with': newcomer}, 'admin', valid=True)
    walk.call('POST', '/relationship/grow', 404, {'id': 'growing-1', 'with': newcomer}, 'admin', valid=True)
    walk.server = servers[0]
    walk.call('POST', '/relationship/grow/check', 404, {'with': newcomer}, 'admin', valid=True)
    wrong = {'member': fourth.facts['id'], 'with': newcomer}
    insist(walk, servers, 'POST', '/relationship/replace/check', 404, wrong, 'admin')
    walk.server = fourth
    invitation = {'coordinator': servers[0].facts['id'], 'kind': 'triad'}
    newcomer['invitation'] = walk.call('POST', '/relationship/invitation', 201, invitation, 'admin')['code']
    change['with'] = newcomer
    insist(walk, servers, 'POST', '/relationship/replace/check', 200, change, 'admin')
    insist(walk, servers, 'POST', '/relationship/replace', 200, {**change, 'id': 'change-01'}, 'admin')
    if servers[2].stop() != 0:
        walk.wrong.append('the server that was replaced did not end in order')
    servers = [servers[0], servers[1], fourth]
    await_triad(servers)
    return servers


def walk_shrinking(walk, servers):
    """A triad becomes a pair, and a triad again; its members by rank in the end."""
    for _ in range(80):
        before = len(walk.wrong)
        active = [s for s in servers
                  if json.loads(s.ask('GET', '/relationship', who='admin')[2])['relationship']['serving'] == 'serving']
        main = walk.server = active[0] if active else servers[0]
        backup, leaver = (s for s in servers if s is not main)
        keep = {'keep': [main.facts['id'], backup.facts['id']]}
        walk.call('POST', '/relationship/shrink', 200, keep, 'admin')
        if len(walk.wrong) == before:
            break
        latest = walk.wrong[before:]
        del walk.wrong[before:]
        time.sleep(0.25)
    else:
        walk.wrong += latest
    walk.call('POST', '/relationship/shrink', 200, keep, 'admin')
    walk.call('POST', '/relationship/shrink', 404, {'keep': keep['keep'][::-1]}, 'admin', valid=True)
    walk.call('POST', '/relationship/shrink', 400, {'keep': keep['keep'][:1]}, 'admin', valid=False)
    await_connection(main)
    deadline = time.monotonic() + 20
    while json.loads(leaver.ask('GET', '/relationship', who='admin')[2])['relationship'] and time.monotonic() < deadline:
        time.sleep(0.05)
    walk.server = leaver
    invitation = {'coordinator': main.facts['id'], 'kind': 'triad'}
    code = walk.call('POST', '/relationship/invitation', 201, invitation, 'admin')['code']
    walk.server = main
    newcomer = {'address': f'127.0.0.1:{leaver.facts["port"]}', 'fingerprint': leaver.facts['id'], 'invitation': code}
    walk.call('POST', '/relationship/sync', 200, {}, 'admin')
    walk.call('POST', '/relationship/grow', 200, {'id': 'growing-3', 'with': newcomer, 'discard': True}, 'admin')
    servers = [main, backup, leaver]
    await_triad(servers)
    return servers


def await_recovery(walk):
    """The others are gone: as soon as that is noticed, the last one goes on alone."""
    insist(walk, [walk.server], 'POST', '/relationship/recover', 200, {'confirm': 'Growing'}, 'admin')
    walk.call('POST', '/relationship/recover', 404, {'confirm': 'Growing'}, 'admin', valid=True)
    if not walk.call('GET', '/relationship', 200, who='admin')['recovered']:
        walk.wrong.append('a server that was recovered must tell of it')


def walk_growing(walk, facts):
    """A pair of servers of their own becomes a triad."""
    first, servers = walk.server, [Server(walk.server.program) for _ in range(3)]
    for walk.server in servers:
        sign_in(walk.server)
        walk.call('POST', '/rules', 201, rule('partner', 'peer'), 'admin')
    others = []
    for walk.server, kind in zip(servers[1:], ('backup', 'triad')):
        invitation = {'coordinator': servers[0].facts['id'], 'kind': kind}
        code = walk.call('POST', '/relationship/invitation', 201, invitation, 'admin')['code']
        others.append({'address': f'127.0.0.1:{walk.server.facts["port"]}', 'fingerprint': walk.server.facts['id'],
                       'invitation': code})
    walk.server = servers[0]
    plan = {'id': 'pair-0002', 'name': 'Growing', 'kind': 'backup', 'members': others[:1],
            'own_address': f'127.0.0.1:{servers[0].facts["port"]}'}
    walk.call('POST', '/relationship', 201, plan, 'admin')
    await_connection(servers[0])
    walk.call('POST', '/relationship/sync', 200, {}, 'admin')
    if not walk.call('POST', '/relationship/grow/check', 200, {'with': others[1], 'discard': True}, 'admin')['passed']:
        walk.wrong.append('the check of a pair that grows must pass')
    walk.call('POST', '/relationship/grow', 200, {'id': 'growing-2', 'with': others[1], 'discard': True}, 'admin')
    await_triad(servers)
    servers = walk_shrinking(walk, servers)
    walk.server = servers[0]
    walk.call('POST', '/relationship/recover', 409, {'confirm': 'Growing'}, 'admin', valid=True)
    for server in servers[1:]:
        if server.stop() != 0:
            walk.wrong.append('a server of the grown triad did not end in order')
    await_recovery(walk)
    if servers[0].stop() != 0:
        walk.wrong.append('a server that was recovered did not end in order')
    walk.server = first


def walk_drill(walk, servers):
    """A failover drill, and what a client measured in it."""
    drill = {'id': 'drill-000001', 'kind': 'handover', 'seconds': 1}
    insist(walk, servers, 'POST', '/relationship/drill', 202, drill, 'admin')
    measured = {'measure': 'seat', 'gap_ms': 42, 'requests': 100, 'failed': 0}
    insist(walk, servers, 'PUT', '/relationship/drill/{id}', 200, measured, 'admin', id=drill['id'])
    walk.call('PUT', '/relationship/drill/{id}', 404, measured, 'admin', id='drill-000002')
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        seen = [json.loads(s.ask('GET', '/relationship', who='admin')[2])['relationship']['drill'] for s in servers]
        if all(d and d['ended_at'] for d in seen):
            return
        time.sleep(0.1)
    walk.wrong.append(f'the drill did not end: {seen}')


def walk_maintenance(walk, servers):
    """A member stands aside, the others cannot meanwhile, and it takes part again."""
    await_triad(servers)
    first = walk.server
    insist(walk, servers[1:2], 'POST', '/relationship/maintenance', 200, {'seconds': 600, 'force': False}, 'admin')
    walk.call('POST', '/relationship/maintenance', 400, {'seconds': 86401}, 'admin', valid=False)
    for walk.server in servers:
        for _ in range(200):
            if walk.call('GET', '/relationship', 200, who='admin')['relationship']['maintenance']:
                break
            time.sleep(0.1)
        else:
            walk.wrong.append('the maintenance was not told')
            return
    walk.call('POST', '/relationship/maintenance', 409, {}, 'admin')
    walk.server = servers[1]
    walk.call('DELETE', '/relationship/maintenance', 204, who='admin')
    walk.call('DELETE', '/relationship/maintenance', 204, who='admin')
    walk.server = first
    await_triad(servers)


def walk_triad(walk, facts):
    """Three servers of their own, so that the good answers of a triad are seen."""
    first, servers = walk.server, [Server(walk.server.program) for _ in range(3)]
    for walk.server in servers:
        sign_in(walk.server)
        walk.call('POST', '/rules', 201, rule('partner', 'peer'), 'admin')
    address = [f'127.0.0.1:{s.facts["port"]}' for s in servers]
    members = []
    for walk.server, where in list(zip(servers, address))[1:]:
        invitation = {'coordinator': servers[0].facts['id'], 'kind': 'triad'}
        code = walk.call('POST', '/relationship/invitation', 201, invitation, 'admin')['code']
        members.append({'address': where, 'fingerprint': walk.server.facts['id'], 'invitation': code})
    walk.server = servers[0]
    plan = {'kind': 'triad', 'own_address': address[0], 'members': members}
    if not walk.call('POST', '/relationship/check', 200, plan, 'admin')['passed']:
        walk.wrong.append('the check of three with rules must pass')
    walk.call('POST', '/relationship', 201, {**plan, 'id': 'triad-0001', 'name': 'Three'}, 'admin')
    await_triad(servers)
    insist(walk, servers, 'PATCH', '/relationship', 200, {'name': 'Trio'}, 'admin')
    for walk.server in servers:
        for path in '/relationship', '/server', '/health', '/licenses', '/metrics':
            walk.call('GET', path, 200, who='admin')
    walk.server = servers[2]
    walk.call('POST', '/relationship/handover', 503, {'to': servers[1].facts['id']}, 'admin', valid=True)
    walk.call('PATCH', '/settings', 503, {'contact': 'x'}, 'admin', valid=True)
    walk.call('POST', '/relationship/handover', 400, {'to': servers[2].facts['id']}, 'admin', valid=True)
    walk.call('DELETE', '/relationship', 400, who='admin')
    choice = {'to': servers[1].facts['id'], 'pin_until': None}
    insist(walk, servers, 'POST', '/relationship/handover', 200, choice, 'admin')
    insist(walk, servers, 'POST', '/relationship/give-back', 200, {}, 'admin')
    await_triad(servers)
    addresses = {'members': [{'id': servers[2].facts['id'], 'addresses': [address[2], 'third.invalid:7643']}]}
    insist(walk, servers, 'PATCH', '/relationship', 200, addresses, 'admin')
    servers = walk_replacement(walk, servers)
    walk_maintenance(walk, servers)
    walk_drill(walk, servers)
    insist(walk, servers, 'DELETE', '/relationship', 204, who='admin', query=f'?keep={servers[0].facts["id"]}')
    for server in servers:
        if server.stop() != 0:
            walk.wrong.append('a server of the triad did not end in order')
    walk.server = first


def walk_refusals(walk, facts):
    """What every operation owes: 401 without a token, 400 for a member that is not known, 415."""
    for method, path, operation in walk.document.operations():
        if operation['security'] == [{'token': []}]:
            walk.call(method, path, 401, id='x', valid=False)
            walk.call(method, path, 401, id='x', headers={'Authorization': 'Bearer wrong'}, valid=False)
        if 'requestBody' in operation and path != '/peer/{verb}':
            who = 'client' if path.startswith('/leases') else 'admin'
            walk.call(method, path, 400, {'nonsense': 1}, who, id='x', valid=False)
            walk.call(method, path, 400, '{"a":1,"a":2}', who, id='x', valid=False)
    walk.call('DELETE', '/session', 204, who='admin')


def structure(document):
    """What is wrong with the file by itself."""
    for reference in document.refs():
        try:
            document.resolve({'$ref': reference})
        except KeyError:
            yield f'{reference} leads nowhere'
    used = set(document.refs())
    for kind in 'schemas', 'responses':
        for name in document.root['components'][kind]:
            if f'#/components/{kind}/{name}' not in used:
                yield f'{kind}/{name} is not used'
    seen = set()
    for method, path, operation in document.operations():
        if operation['operationId'] in seen:
            yield f'{operation["operationId"]} stands twice'
        seen.add(operation['operationId'])
        named = {p['name'] for p in operation.get('parameters', ()) if p['in'] == 'path'}
        wanted = {part[1:-1] for part in path.split('/') if part.startswith('{')}
        if named != wanted:
            yield f'{method} {path}: parameters {named}, not {wanted}'
        if 'default' not in operation['responses'] or 'security' not in operation or not operation.get('summary'):
            yield f'{method} {path}: no default, security or summary'


def allowed(document, server):
    """Methods that are not documented for a path are refused, and the header Allow tells the others."""
    for path, item in document.root['paths'].items():
        if path == '/peer/{verb}':
            continue
        documented = {m.upper() for m in item}
        for method in {'GET', 'POST', 'PUT', 'PATCH', 'DELETE'} - documented:
            status, head, _ = server.ask(method, path.replace('{id}', 'x'))
            told = set(head.get('Allow', '').replace(' ', '').split(','))
            if status != 405 or told != documented:
                yield f'{method} {path}: {status}, Allow {told}; documented are {documented}'


WALKS = (walk_server, walk_rules, walk_licenses, walk_leases, walk_history, walk_relationship, walk_pair, walk_growing, walk_triad,
         walk_refusals)


def main(program, path):
    document = Document(path)
    server = Server(program)
    report = Report()
    walk = Walk(document, server)
    documented = {(m, p) for m, p, _ in document.operations() if p != '/peer/{verb}'}
    routes = {(m, p) for m, p in server.facts['routes']}
    report.check('the file is sound by itself', list(structure(document)))
    report.check('every route is documented', sorted(routes - documented))
    report.check('every documented path is a route', sorted(documented - routes))
    for part in WALKS:
        before = len(walk.wrong)
        part(walk, server.facts)
        report.check(part.__name__, walk.wrong[before:])
    report.check('other methods are refused', list(allowed(document, server)))
    good = {(m, p) for m, p, status in walk.called if status < 400}
    # Both need something to go wrong first, which the tests of the relationship cause.
    rare = {('POST', '/relationship/conflict'), ('POST', '/relationship/abort')}
    report.check('every path and method was called', sorted(documented - {(m, p) for m, p, _ in walk.called}))
    report.check('and gave its good answer', sorted(documented - good - rare))
    report.check('the server ends in order', [] if server.stop() == 0 else ['it did not'])
    return report.finish()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
