#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_drill.py BUILD: failover drills with real servers.

Both kinds in a triad, whatever is pinned and however the lead returns: a client goes on all the time, the one
that served before serves again, all members keep the same report. Refused unless all are well; broken off by a
restart. The outage of a pair's main server.
"""
import http.client
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import ADMIN, PASSWORD, Cluster, Problem, wait  # noqa: E402
from watcher import Watcher  # noqa: E402


def view(server):
    try:
        return server.relationship()['relationship']
    except (OSError, http.client.HTTPException, Problem):
        return None


def drill_of(server):
    seen = view(server)
    return seen['drill'] if seen else None


def active_of(servers):
    return [s for s in servers if (view(s) or {}).get('serving') == 'serving']


def tell(servers, method, path, body):
    """Tells the one that serves; on a busy machine that changes for moments."""
    def told():
        for server in active_of(servers):
            try:
                server.rest(method, path, body)
                return server
            except Problem as problem:
                if problem.reason not in ('not-active', 'no-quorum', 'busy', 'unreachable', 'conflict'):
                    raise
        return None
    return wait(told, 60, f'{method} {path} was carried out')


def begin(servers, kind, seconds):
    id_ = os.urandom(16).hex()
    return id_, tell(servers, 'POST', '/relationship/drill', {'id': id_, 'kind': kind, 'seconds': seconds})


def ended(servers, id_, timeout=90):
    """The reports of all members, once all have it that the drill ended."""
    def good():
        drills = [drill_of(s) for s in servers]
        return drills if all(d and d['id'] == id_ and d['phase'] in ('passed', 'failed', 'stopped') for d in drills) else None
    return wait(good, timeout, 'all know that the drill has ended')


def rehearse(servers, kind, seconds):
    """A whole drill under a client: (report, watcher)."""
    for _ in range(5):
        watcher = Watcher(Stage.cluster, servers)
        id_, before = begin(servers, kind, seconds)
        reports = ended(servers, id_)
        watcher.end()
        # An election of a busy machine came first.
        if not any('before the drill began' in r['problem'] for r in reports):
            break
    assert all(r['phase'] == 'passed' for r in reports), [(r['phase'], r['problem'], r['by']) for r in reports]
    assert {r['by'] for r in reports} == {reports[0]['by']} and reports[0]['server'] == before.id, reports
    wait(lambda: active_of(servers) == [before], 60, 'the one that served before serves')
    assert not watcher.lost, watcher.lost
    tap.note(f'{kind}: a client waited {watcher.gap * 1000:.0f} ms at most; served by {watcher.served_by}')
    assert len(watcher.served_by) >= 3, watcher.served_by
    return reports[0], watcher


def refusal(server, kind='handover'):
    body = {'id': os.urandom(16).hex(), 'kind': kind, 'seconds': 3}
    try:
        server.rest('POST', '/relationship/drill', body)
    except Problem as problem:
        return problem
    raise AssertionError('the drill began')


def by_command(cluster, server, *options):
    """`trias relationship drill`: exit code and what it said."""
    password = os.path.join(cluster.folder, 'password')
    with open(password, 'w', encoding='ascii') as f:
        f.write(PASSWORD + '\n')
    env = {**os.environ, 'HOME': cluster.folder, 'XDG_CONFIG_HOME': cluster.folder, 'LC_ALL': 'C.UTF-8'}
    done = subprocess.run([cluster.trias, 'relationship', 'drill', *options, '--server', server.pinned, '--user', ADMIN,
                           '--password-file', password], capture_output=True, text=True, env=env, timeout=90)
    return done.returncode, done.stdout + done.stderr


class Stage:
    cluster = servers = None


@tap.test
def refusals():
    """a drill is refused where nobody serves, and while one is missing, and the missing one is named"""
    Stage.cluster = Cluster(sys.argv[1])
    Stage.servers = servers = Stage.cluster.triad({'druck': 20})
    wait(lambda: active_of(servers) == [servers[0]], 60, 'the primary is active')
    problem = refusal(servers[1])
    assert problem.reason == 'not-active' and problem.params['active'] == servers[0].id, problem.body
    servers[2].kill()
    wait(lambda: not view(servers[0])['statuses'][1]['connected'], 20, 'the tertiary is missed')
    problem = refusal(servers[0])
    assert problem.reason == 'unreachable' and problem.params['member'] == servers[2].id, problem.body
    code, said = by_command(Stage.cluster, servers[0], '--kind', 'handover', '--for', '3')
    assert code == 1 and servers[2].name in said, (code, said)
    # The client that would have measured has given its seat back before the command ended.
    assert not servers[0].rest('GET', '/leases')['leases'], said
    servers[2].start()
    servers[2].sign_in()
    Stage.cluster.wait_whole(*servers)
    wait(lambda: active_of(servers) == [servers[0]], 60, 'the primary is active')
    assert drill_of(servers[0]) is None


@tap.test
def handover():
    """there and back: the secondary serves for a time, then the primary as before, unpinned"""
    report, watcher = rehearse(Stage.servers, 'handover', 2)
    assert report['by'] == Stage.servers[1].id, report
    assert view(Stage.servers[0])['triad']['pinned'] is None
    assert watcher.gap < 5, watcher.gap


@tap.test
def outage():
    """the primary goes silent to everybody and comes back by itself"""
    servers = Stage.servers
    watcher = Watcher(Stage.cluster, servers)
    id_, _ = begin(servers, 'outage', 5)
    began = time.monotonic()
    servers[0].rest('POST', '/relationship/drill', {'id': id_, 'kind': 'outage', 'seconds': 5})  # a retry: the same drill
    other = refusal(servers[0])
    assert other.reason == 'busy', other.body
    wait(lambda: active_of([servers[1]]), 20, 'the secondary serves')
    try:
        servers[0].rest('GET', '/health', token=None, timeout=0.5)
        silent = False
    except OSError:
        silent = True
    assert silent or time.monotonic() - began > 5
    reports = ended(servers, id_)
    watcher.end()
    assert all(r['phase'] == 'passed' and r['by'] == servers[1].id for r in reports), reports
    wait(lambda: active_of(servers) == [servers[0]], 60, 'the primary serves')
    assert not watcher.lost, watcher.lost
    tap.note(f'outage: a client waited {watcher.gap * 1000:.0f} ms at most; served by {watcher.served_by}')
    assert watcher.gap < 5, watcher.gap


@tap.test
def measured():
    """what a client measured is kept on all members, as an event too, and over a restart"""
    servers = Stage.servers
    id_ = drill_of(servers[0])['id']
    servers[0].rest('PUT', f'/relationship/drill/{id_}', {'measure': 'seat', 'gap_ms': 432, 'requests': 99, 'failed': 0})
    wait(lambda: all(drill_of(s)['gap_ms'] == 432 for s in servers), 20, 'all know it')
    for server in servers:
        kinds = [e['kind'] for e in server.rest('GET', '/events?limit=200')['events']]
        assert {'drill-began', 'drill-ended', 'drill-measured'} <= set(kinds), kinds
    servers[2].stop()
    servers[2].start()
    servers[2].sign_in()
    assert drill_of(servers[2])['gap_ms'] == 432
    try:
        servers[0].rest('PUT', '/relationship/drill/another-one', {'measure': 'seat', 'gap_ms': 1, 'requests': 1, 'failed': 0})
        raise AssertionError('reported for another drill')
    except Problem as problem:
        assert problem.reason == 'not-found', problem.body
    Stage.cluster.wait_whole(*servers)


def pin(servers):
    """The secondary is active and stays so; anew if an election of a busy machine came first."""
    def done():
        Stage.cluster.wait_whole(*servers)
        if active_of(servers) == [servers[1]] and view(servers[1])['triad']['pinned'] == servers[1].id:
            return True
        tell(servers, 'POST', '/relationship/handover', {'to': servers[1].id, 'pin_until': None})
        return None
    wait(done, 120, 'the secondary is active and pinned')


@tap.test
def pinned():
    """where an administrator has pinned the secondary, both kinds leave it pinned and active"""
    servers = Stage.servers
    for kind in ('handover', 'outage'):
        pin(servers)
        report, _ = rehearse(servers, kind, 3)
        assert report['by'] == servers[0].id, report
        assert {view(s)['triad']['pinned'] for s in servers} == {servers[1].id}
    tell(servers, 'POST', '/relationship/give-back', {})
    wait(lambda: active_of(servers) == [servers[0]], 60, 'the primary is active again')


@tap.test
def manual():
    """without automatic failback the drill gives the lead back itself, also to the secondary"""
    servers = Stage.servers
    tell(servers, 'PATCH', '/relationship', {'options': {'failback': 'manual'}})
    Stage.cluster.wait_whole(*servers)
    rehearse(servers, 'outage', 3)
    servers[0].kill()
    wait(lambda: active_of(servers[1:]) == [servers[1]], 20, 'the secondary took over')
    servers[0].start()
    servers[0].sign_in()
    for kind in ('handover', 'outage'):
        Stage.cluster.wait_whole(*servers)
        rehearse(servers, kind, 3)
        assert view(servers[1])['triad']['pinned'] is None


@tap.test
def restarted():
    """a server that is restarted in the middle ends its drill by that, and says so"""
    servers = Stage.servers
    Stage.cluster.wait_whole(*servers)
    id_, victim = begin(servers, 'outage', 30)
    others = [s for s in servers if s is not victim]
    wait(lambda: active_of(others), 20, 'another one serves')
    victim.kill()
    victim.start()
    victim.sign_in()
    reports = ended([victim], id_)
    assert reports[0]['phase'] == 'stopped', reports
    Stage.cluster.wait_whole(*servers)
    rehearse(servers, 'handover', 2)


@tap.test
def pair():
    """the main server of a pair goes silent: the backup serves from its own licences, then the main again"""
    for server in Stage.servers:
        server.kill()
    cluster = Stage.cluster
    servers = main, backup = cluster.pair({'druck': 20}, {'druck': 12}, addresses=('127.0.0.5', '127.0.0.6'))
    assert refusal(backup, 'outage').reason == 'not-active'
    covered = [c for c in view(main)['consequence'] if c['if'] == main.id][0]
    assert (covered['covered'], covered['total']) == (12, 20), covered
    watcher = Watcher(cluster, servers)
    id_, _ = begin([main], 'outage', 6)
    reports = ended(servers, id_)
    watcher.end()
    assert all(r['phase'] == 'passed' and r['by'] == backup.id for r in reports), reports
    assert 'druck-b' in watcher.served_by and not watcher.lost, (watcher.served_by, watcher.lost)
    tap.note(f'pair: a client waited {watcher.gap * 1000:.0f} ms at most; served by {watcher.served_by}')
    cluster.wait_synchronised(*servers)
    watcher = Watcher(cluster, servers)
    id_, _ = begin([main], 'handover', 3)
    reports = ended(servers, id_)
    wait(lambda: watcher.preferred is main, 20, 'the client is back')
    watcher.end()
    assert all(r['phase'] == 'passed' and r['by'] == backup.id for r in reports), reports
    assert watcher.served_by == ['druck-a', 'druck-b', 'druck-a'] and not watcher.lost, (watcher.served_by, watcher.lost)
    tap.note(f'pair, handover: a client waited {watcher.gap * 1000:.0f} ms at most')
    assert view(main)['maintenance'] == [] and view(main)['serving'] == 'serving', view(main)
    cluster.wait_synchronised(*servers)
    main.rest('DELETE', '/relationship')
    wait(lambda: not any(view(s) for s in servers), 20, 'both are on their own')
    cluster.form(main, backup, name='Neu')
    cluster.wait_synchronised(*servers)
    assert all(view(s)['drill'] is None for s in servers), 'the drill was one of a relationship that has ended'
    backup.kill()
    wait(lambda: not main.status()['connected'], 20, 'the backup is missed')
    assert refusal(main, 'outage').reason == 'unreachable'


tap.run()
