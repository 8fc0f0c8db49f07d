#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_crash.py BUILD: kill -9 of triasd at random moments under concurrent checkouts.

After every restart: each grant that was answered and not released is still there, no pool holds
more than its seats, and the pair is connected and synchronised again without help.
TRIAS_CRASHES sets the number of kills (default 6), TRIAS_SEED replays the moments.
"""
import http.client
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Client, Cluster, client_identity, wait  # noqa: E402

SEATS = 40
LOST = (OSError, http.client.HTTPException, ValueError)


class Worker(threading.Thread):
    """Takes and gives back seats of its own server until told to stop, and remembers what it was answered."""

    def __init__(self, server, identity, number):
        super().__init__(daemon=True)
        self.server, self.number = server, number
        self.client = Client(identity, timeout=5)
        self.held = {}       # id -> True: answered and not released
        self.unsure = set()  # ids of requests without an answer
        self.granted = self.refused = self.broken = 0
        self.stopping = threading.Event()

    def run(self):
        choose = random.Random(self.number)
        while not self.stopping.is_set():
            try:
                if self.held and choose.random() < 0.45:
                    self.release(choose.choice(sorted(self.held)))
                else:
                    self.grant()
            except LOST:
                self.broken += 1
                self.stopping.wait(0.01)

    def grant(self):
        id_ = os.urandom(16).hex()
        self.unsure.add(id_)
        status, value = self.client.call(self.server, 'POST', '/leases', {'id': id_, 'feature': 'druck', 'ttl_s': 600})
        if status in (200, 201):
            self.held[id_] = True
            self.granted += 1
        elif value.get('reason') not in ('no-seats', 'not-active'):
            raise AssertionError(f'unexpected refusal: {value}')
        else:
            self.refused += 1
        self.unsure.discard(id_)

    def release(self, id_):
        del self.held[id_]
        self.unsure.add(id_)
        status, value = self.client.call(self.server, 'DELETE', f'/leases/{id_}')
        if status != 204:
            raise AssertionError(f'release of {id_}: {status} {value}')
        self.unsure.discard(id_)


def leases_of(server):
    found, after = {}, ''
    while True:
        page = server.rest('GET', f'/leases?limit=1000&after={after}')
        for lease in page['leases']:
            found[lease['id']] = lease
        after = page.get('next')
        if not after:
            return found


def verify(server, workers):
    """Counts answered grants that are gone, and seats beyond the licence."""
    there = leases_of(server)
    held = {i for w in workers for i in w.held}
    unsure = {i for w in workers for i in w.unsure}
    lost = held - set(there)
    stray = set(there) - held - unsure
    used = sum(lease['count'] for lease in there.values())
    assert not lost, f'{len(lost)} answered grants lost, e.g. {sorted(lost)[:3]}'
    assert not stray, f'{len(stray)} leases that nobody asked for or that were released, e.g. {sorted(stray)[:3]}'
    assert used <= SEATS, f'{used} of {SEATS} seats issued'
    pool = next(p for p in server.rest('GET', '/pools')['pools'] if p['feature'] == 'druck')
    assert pool['used'] == used, (pool, used)


def settle(servers, workers):
    """Frees what has no known state, so that the next round starts clear."""
    for server in servers:
        for worker in (w for w in workers if w.server is server):
            for id_ in worker.unsure | set(worker.held):
                server.rest('DELETE', f'/leases/{id_}')
            worker.unsure.clear()
            worker.held.clear()


@tap.test
def crashes():
    """kill -9 at random moments under concurrent checkouts loses nothing and issues nothing twice"""
    cluster = Cluster(sys.argv[1])
    rounds = int(os.environ.get('TRIAS_CRASHES') or 6)
    choose = random.Random(tap.seed())
    features = {'druck': {'seats': SEATS}}
    # Two pools of different features: each client works at its own server, as with two sites.
    servers = cluster.pair(features, features)
    identities = [client_identity(os.path.join(cluster.folder, f'client-{i}.pem')) for i in range(8)]
    granted = broken = 0
    for number in range(rounds):
        # A backup that hears the main redirects; its own clients say that they cannot reach the main.
        workers = [Worker(servers[0], identity, i) for i, identity in enumerate(identities)]
        for worker in workers:
            worker.start()
        victim = choose.choice(servers) if number % 3 == 2 else servers[0]
        time.sleep(choose.uniform(0.02, 0.6))  # the random moment
        victim.kill()
        if victim is not servers[0]:
            time.sleep(choose.uniform(0.0, 0.2))
        for worker in workers:
            worker.stopping.set()
        for worker in workers:
            worker.join(20)
            worker.client.close()
            assert not worker.is_alive()
        victim.start()
        wait(lambda: servers[0].rest('GET', '/health', token=None)['serving'], 20, 'the main serves again')
        verify(servers[0], workers)
        cluster.wait_synchronised(*servers)
        a, b = (s.status() for s in servers)
        assert a['digest'] == b['held_digest'] or a['revision'] != b['held'], (a, b)
        granted += sum(w.granted for w in workers)
        broken += sum(w.broken for w in workers)
        settle(servers, workers)
        if number % 20 == 19:
            tap.note(f'{number + 1} kills, {granted} grants answered')
    tap.note(f'{rounds} kills, {granted} grants answered, {broken} requests without an answer: '
             '0 lost, 0 beyond the licence, synchronised again every time')
    assert granted > rounds
    cluster.close()


tap.run()
