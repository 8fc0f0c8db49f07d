#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_maintenance.py BUILD: each server in turn is taken out of service, switched off once that is safe, and comes back.

Work goes on all the time under `trias run`: no command fails and no lease is lost; a client that renews without a pause
tells the longest gap.
"""
import http.client
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Client, Cluster, Problem, client_identity, wait  # noqa: E402
from runners import Runner, overlaps  # noqa: E402
from watcher import Watcher  # noqa: E402

CLIENTS = 4


def view(server):
    try:
        return server.relationship()['relationship']
    except (OSError, http.client.HTTPException, Problem):
        return None


def aside(server, member):
    """What @server says of the maintenance of @member; None if it is in none."""
    seen = view(server)
    return next((m for m in seen['maintenance'] if m['member'] == member.id), None) if seen else None


def refusal(server, method, path, body):
    try:
        server.rest(method, path, body)
    except Problem as problem:
        return problem
    raise AssertionError(f'{method} {path} was carried out')


class Stage:
    """Servers with clients at work."""

    def __init__(self, cluster, servers):
        self.cluster, self.servers = cluster, servers
        self.choose = random.Random(tap.seed())
        self.runners = [Runner(cluster, servers, i) for i in range(CLIENTS)]
        self.watcher = Watcher(cluster, servers)

    def work(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for runner in self.runners:
                runner.step(self.choose.uniform(0.3, 4.0))
            time.sleep(0.05)

    def wait(self, condition, timeout, what):
        """Waits while work goes on."""
        def good():
            self.work(0.05)
            return condition()
        return wait(good, timeout, what)

    def take_out(self, server, **options):
        """Takes @server out of service and switches it off when it says that it can be."""
        server.rest('POST', '/relationship/maintenance', options)
        began = time.monotonic()
        told = self.wait(lambda: (m := aside(server, server)) and m['safe'] and m, 60,
                         lambda: f'{server.name} can be switched off: {aside(server, server)}')
        tap.note(f'{server.name} could be switched off after {time.monotonic() - began:.1f} s')
        server.kill()
        return told

    def bring_back(self, server):
        server.start()
        server.sign_in()
        assert aside(server, server), 'maintenance lasts over a restart'

    def end(self):
        for runner in self.runners:
            runner.process.wait(60)
            runner.collect()
        watcher = self.watcher.end()
        failed = [f for r in self.runners for f in r.failed]
        lost = overlaps(self.runners)[1]
        tap.note(f'{sum(r.done for r in self.runners)} commands: {len(failed)} failed, {lost} leases lost; a client waited '
                 f'{watcher.gap * 1000:.0f} ms at most; served by {watcher.served_by}')
        assert not failed, failed[:3]
        assert lost == 0 and not watcher.lost, (lost, watcher.lost)
        return watcher


@tap.test
def triad():
    """each server of a triad in turn is drained, killed, started and resumed while clients work"""
    cluster = Cluster(sys.argv[1])
    servers = primary, secondary, tertiary = cluster.triad({'druck': CLIENTS + 1})
    stage = Stage(cluster, servers)

    def active():
        seen = [view(s) for s in servers]
        return seen[0]['active'] if all(seen) and len({r['active'] for r in seen}) == 1 else None

    def whole():
        seen = [view(s) for s in servers]
        return all(seen) and all(x['connected'] and x['synchronised'] for r in seen for x in r['statuses']) and active()

    stage.wait(lambda: whole() == primary.id, 60, 'the primary is active')
    for server in (primary, secondary, tertiary):
        others = [s for s in servers if s is not server]
        stage.take_out(server, seconds=600)
        stage.wait(lambda: all(aside(s, server) for s in others), 10, 'the others know')
        problem = refusal(others[0], 'POST', '/relationship/maintenance', {})
        assert problem.reason in ('unreachable', 'conflict') and problem.params['member'] == server.id, problem.body
        stage.work(1)
        stage.bring_back(server)
        stage.wait(whole, 60, 'the triad is whole')
        stage.wait(lambda: aside(server, server)['safe'], 20, 'it can be switched off again')
        assert active() != server.id
        if server is primary:
            problem = refusal(secondary, 'POST', '/relationship/handover', {'to': primary.id})
            assert problem.reason == 'conflict', problem.body
        server.rest('DELETE', '/relationship/maintenance')
        stage.wait(lambda: whole() == primary.id, 60, 'the primary is active')
        stage.wait(lambda: not any(aside(s, server) for s in servers), 10, 'all know the end')
        kinds = [e['kind'] for e in server.rest('GET', '/events?limit=200')['events']]
        assert {'maintenance-began', 'maintenance-ended'} <= set(kinds), kinds
    watcher = stage.end()
    assert watcher.served_by == [primary.name, secondary.name, primary.name], watcher.served_by
    assert watcher.gap < 3, watcher.gap
    cluster.close()


def used(server, feature='druck'):
    return next(p['used'] for p in server.rest('GET', '/pools')['pools'] if p['feature'] == feature)


@tap.test
def pair():
    """main and backup in turn are drained, killed, started and resumed; what only the main has is served while it is there"""
    cluster = Cluster(sys.argv[1])
    servers = main, backup = cluster.pair({'druck': CLIENTS + 2, 'nur-a': 2}, {'druck': CLIENTS + 2, 'nur-b': 2})
    stage = Stage(cluster, servers)
    alone = Client(client_identity(os.path.join(cluster.folder, 'alone')))

    def whole(active):
        seen = [view(s) for s in servers]
        return (all(seen) and all(r['status']['connected'] and r['status']['synchronised'] for r in seen)
                and {r['active'] for r in seen} == {active.id})

    def ask(server, feature):
        return alone.call(server, 'POST', '/leases', {'id': os.urandom(16).hex(), 'feature': feature, 'ttl_s': 60})

    stage.work(1)
    main.rest('POST', '/relationship/maintenance', {'seconds': 600})
    stage.wait(lambda: whole(backup), 10, 'the backup stands in')
    assert ask(backup, 'nur-a')[0] == 307 and ask(main, 'nur-a')[0] == 201
    assert ask(main, 'druck')[0] == 307 and ask(backup, 'nur-b')[0] == 201
    first = aside(main, main)
    assert first['why'] == 'maintenance' and first['until'] > first['since'], first
    told = stage.take_out(main, seconds=900)
    assert told['left'] == 0 and told['kept'] == 1, told
    assert told['since'] == first['since'] and told['until'] > first['until'], (first, told)
    stage.work(1)
    problem = refusal(backup, 'POST', '/relationship/maintenance', {})
    assert problem.params['member'] == main.id, problem.body
    stage.bring_back(main)
    stage.wait(lambda: whole(backup), 30, 'the backup stands in still')
    assert used(main) == 0
    main.rest('DELETE', '/relationship/maintenance')
    stage.wait(lambda: whole(main) and used(main) > 0 and used(backup) == 0, 30, 'the clients are back at the main')
    stage.take_out(backup)
    stage.work(1)
    stage.bring_back(backup)
    stage.wait(lambda: whole(main), 30, 'the two are together')
    backup.rest('DELETE', '/relationship/maintenance')
    stage.wait(lambda: not any(aside(s, backup) for s in servers), 10, 'both know the end')
    watcher = stage.end()
    # On a busy machine an answer may be late, and the client asks the other.
    assert watcher.served_by[0] == watcher.served_by[-1] == main.name and backup.name in watcher.served_by, watcher.served_by
    assert watcher.gap < 3, watcher.gap
    alone.close()
    cluster.close()


tap.run()
