#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_forming.py BUILD: set-up that is refused or fails half-way, with real servers.

Before the seal everybody is as before; after it both belong together, whoever was killed.
TRIAS_FORMINGS sets the number of kills during a set-up (default 8), TRIAS_SEED replays them.
"""
import http.client
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, Problem, SmallDisk, wait  # noqa: E402

cluster = Cluster(sys.argv[1])
MAIN, BACKUP = cluster.pair({'rip': 4}, {'layout': 2}, form=False)
LOST = (OSError, http.client.HTTPException)


def body(main, backup, invitation, **changes):
    member = {'address': backup.where, 'fingerprint': backup.id, 'invitation': invitation}
    return {'id': os.urandom(16).hex(), 'name': 'Druckerei', 'kind': 'backup', 'own_address': main.where,
            'members': [{**member, **changes}]}


def refused(reason, main, backup, invitation, **changes):
    try:
        main.rest('POST', '/relationship', body(main, backup, invitation, **changes))
    except Problem as problem:
        reasons = reason if isinstance(reason, tuple) else (reason,)
        assert problem.reason in reasons, problem
        assert problem.body.get('detail'), problem.body
        as_before(main, backup)
        return problem
    raise AssertionError(f'formed in spite of {reason}')


def under_way(view):
    """Whether a set-up is; one that ended stays to be read."""
    return bool(view['forming']) and view['forming']['phase'] not in ('failed', 'done')


def as_before(*servers):
    """No server belongs to anything or waits for anything, and all serve."""
    for server in servers:
        if server.process is None:
            continue
        wait(lambda s=server: s.relationship()['relationship'] is None and not under_way(s.relationship()), 30,
             f'{server.name} is as before: {server.relationship()}')
        assert server.rest('GET', '/health', token=None)['serving']
        if server in (MAIN, BACKUP):
            assert server.rest('GET', '/pools')['pools'], f'{server.name} lost its licences'


@tap.test
def missing_rules():
    """without rules: a refusal that names the rule and the server it is missing on"""
    problem = refused('rule-missing', MAIN, BACKUP, BACKUP.invite(MAIN))
    assert problem.params.get('server') in (MAIN.id, BACKUP.id), problem.params
    assert 'peer' in problem.body['detail'] or 'Allow' in problem.params.get('rule', ''), problem.body
    checks = MAIN.rest('POST', '/relationship/check', {k: v for k, v in body(MAIN, BACKUP, BACKUP.invite(MAIN)).items()
                                                        if k in ('kind', 'own_address', 'members')})
    missing = {c['server'] for c in checks['checks'] if c['kind'] == 'rule' and c['state'] == 'failed'}
    assert not checks['passed'] and missing == {MAIN.id, BACKUP.id}, checks
    MAIN.let_in(BACKUP)
    problem = refused('rule-missing', MAIN, BACKUP, BACKUP.invite(MAIN))
    assert problem.params['server'] == BACKUP.id, problem.params
    BACKUP.let_in(MAIN)


@tap.test
def latency():
    """the round trip is that of an established connection, without handshake and way back"""
    plan = {k: v for k, v in body(MAIN, BACKUP, BACKUP.invite(MAIN)).items() if k in ('kind', 'own_address', 'members')}
    fresh_us, trips_us = [], []
    for _ in range(5):
        start = time.monotonic()
        BACKUP.rest('GET', '/health', token=None)
        fresh_us.append((time.monotonic() - start) * 1e6)
        checks = {c['kind']: c for c in MAIN.rest('POST', '/relationship/check', plan)['checks']}
        assert checks['latency']['state'] == checks['clock']['state'] == 'passed', checks
        trips_us.append(int(checks['latency']['params']['latency_us']))
    tap.note(f'round trips {trips_us} us; with a connection of their own {fresh_us} us')
    assert 0 <= min(trips_us) < min(fresh_us) / 2


@tap.test
def wrong_partner():
    """another key, a stranger's invitation, none, a used one: refused, everybody as before"""
    refused(('key-mismatch', 'unreachable', 'check-failed'), MAIN, BACKUP, BACKUP.invite(MAIN), fingerprint='0' * 64)
    refused('invitation', MAIN, BACKUP, 'wrong-code-wrong-code')
    stranger = BACKUP.rest('POST', '/relationship/invitation', {'coordinator': '1' * 64, 'kind': 'backup'})['code']
    refused('invitation', MAIN, BACKUP, stranger)


@tap.test
def partner_down():
    """a partner that does not answer: refused as unreachable"""
    code = BACKUP.invite(MAIN)
    BACKUP.stop()
    try:
        refused(('unreachable', 'check-failed'), MAIN, BACKUP, code)
    finally:
        BACKUP.start()
    as_before(MAIN, BACKUP)


@tap.test
def partner_full():
    """a partner whose disk is full: refused, everybody as before, and it works once there is room"""
    disk = SmallDisk(os.path.join(cluster.folder, 'voll'), '4m')
    full = cluster.server('voll', '127.0.0.4', MAIN.port)
    try:
        full.start()
        full.add_admin()
        full.sign_in()
        full.let_in(MAIN)
        MAIN.let_in(full)
        code = full.invite(MAIN)
        disk.fill()
        problem = None
        try:
            MAIN.rest('POST', '/relationship', body(MAIN, full, code))
        except Problem as caught:
            problem = caught
        assert problem and problem.reason in ('storage', 'check-failed'), problem
        as_before(MAIN)
        disk.free()
        wait(lambda: full.rest('GET', '/health', token=None)['serving'], 30, 'the disk has room again')
        as_before(full)
    finally:
        full.stop()
        disk.close()


@tap.test
def used_twice():
    """an invitation works once"""
    code = BACKUP.invite(MAIN)
    MAIN.rest('POST', '/relationship', body(MAIN, BACKUP, code))
    cluster.wait_synchronised(MAIN, BACKUP)
    dissolve()
    refused('invitation', MAIN, BACKUP, code)


def dissolve():
    MAIN.rest('DELETE', '/relationship')
    as_before(MAIN, BACKUP)


def alive(server):
    if server.process is None:
        server.start()


@tap.test
def killed_half_way():
    """either server killed at a random moment of the set-up: both agree afterwards, and serve"""
    rounds = int(os.environ.get('TRIAS_FORMINGS') or 8)
    choose = random.Random(tap.seed())
    formed = undone = 0
    for number in range(rounds):
        victim = choose.choice((MAIN, BACKUP))
        request = body(MAIN, BACKUP, BACKUP.invite(MAIN))
        answer = []

        def form():
            try:
                MAIN.rest('POST', '/relationship', request, timeout=20)
                answer.append(None)
            except (Problem, *LOST) as problem:
                answer.append(problem)
        thread = threading.Thread(target=form, daemon=True)
        thread.start()
        time.sleep(choose.uniform(0.0, 0.12))  # the random moment
        victim.kill()
        if choose.random() < 0.5:
            time.sleep(choose.uniform(0.0, 1.5))
        alive(victim)
        thread.join(40)
        assert not thread.is_alive()

        def agreed():
            try:
                views = [s.relationship() for s in (MAIN, BACKUP)]
            except LOST:
                return False
            ids = [v['relationship'] and v['relationship']['id'] for v in views]
            return ids[0] == ids[1] and not any(under_way(v) for v in views) and (ids[0] or 'none')
        outcome = wait(agreed, 60, f'both agree after kill {number} of {victim.name}')
        if outcome != 'none':
            formed += 1
            cluster.wait_synchronised(MAIN, BACKUP)
            dissolve()
        else:
            undone += 1
            assert answer[0] is not None, 'answered as formed, yet it is not'
            as_before(MAIN, BACKUP)
    tap.note(f'{rounds} kills during a set-up: {formed} carried through, {undone} as before')


tap.run()
