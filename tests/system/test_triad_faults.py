#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_triad_faults.py BUILD: three real servers under faults, with production sites at work.

Every set of links that can be left (design §5), made by the firewall of an own namespace, also in one
direction only; servers killed, stopped and continued, put back to an older disk image, with a full
disk, or killed all at once. While a fault lasts the right one is active, or nobody. After each
episode everything heals, and: no seat was used twice as the sites saw it, no lease was lost by a
single failure, every member holds the same leases. TRIAS_EPISODES sets the number (by default each
kind comes once), TRIAS_SEED repeats a run.
"""
import http.client
import os
import random
import shutil
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, Problem, SmallDisk, cut, heal, wait  # noqa: E402
from sites import Site, peak  # noqa: E402

SITES, SEATS = 6, 5
ADDRESSES = ('127.0.0.2', '127.0.0.3', '127.0.0.4')
NAMES = ('druck-p', 'druck-s', 'druck-t')


def relationship(server):
    try:
        return server.rest('GET', '/relationship', timeout=2)['relationship']
    except (OSError, Problem, http.client.HTTPException):
        return None


def active(servers):
    """The one server that says it is active itself, or None; two at once is a failure of the test."""
    found = []
    for server in servers:
        if server.process is None:
            continue
        told = relationship(server)
        if told and told['active'] == server.id:
            found.append(server)
    return found[0] if len(found) == 1 else None


def settled(servers):
    """All three connected and caught up, one of them active."""
    told = [relationship(s) for s in servers]
    if any(t is None for t in told):
        return False
    if any(not s['connected'] or not s['synchronised'] for t in told for s in t['statuses']):
        return False
    return len({t['active'] for t in told}) == 1 and told[0]['active'] is not None


def leases(server):
    found, after = {}, ''
    while True:
        page = server.rest('GET', f'/leases?limit=1000&after={after}')
        found.update({lease['id']: (lease['key'], lease['feature']) for lease in page['leases']})
        if not page['next']:
            return found
        after = page['next']


def same_everywhere(servers):
    views = [leases(s) for s in servers]
    return views[0] == views[1] == views[2]


class Faults:
    """Each brings a fault about and returns its words and who may be active while it lasts: names, or
    () for nobody, or None if nothing follows from it. heal() ends it."""

    def __init__(self, servers, choose, disk):
        self.servers, self.choose, self.disk = servers, choose, disk
        self.full = False

    def heal(self):
        heal()
        if self.full:
            self.disk.free()
            self.full = False
        for server in self.servers:
            if server.process is None:
                server.start()
            else:
                server.resume()

    # --- the links that are left: the rows of the table
    def leave(self, *links):
        """Cuts every link between two of P, S and T that is not among @links ('ps', 'pt', 'st')."""
        for a, b in ('ps', 'pt', 'st'):
            if a + b not in links:
                cut(*(self.servers['pst'.index(x)].address for x in (a, b)))
        return f'links left: {", ".join(links) or "none"}'

    def row_all(self):
        return 'all links up', ('p',)

    def row_ps(self):
        return self.leave('ps'), ('p',)

    def row_pt(self):
        return self.leave('pt'), ('p',)

    def row_st(self):
        return self.leave('st'), ('s',)

    def row_ps_cut(self):
        return self.leave('pt', 'st'), ('p', 's')

    def row_pt_cut(self):
        return self.leave('ps', 'st'), ('p', 's')

    def row_st_cut(self):
        return self.leave('ps', 'pt'), ('p',)

    def row_none(self):
        return self.leave(), ()

    def row_alone(self):
        alone = self.choose.choice(self.servers)
        for server in self.servers:
            if server is not alone:
                server.kill()
        return f'{alone.name} alone', ()

    # --- servers
    def kill_active(self):
        server = active(self.servers) or self.servers[0]
        server.kill()
        return f'kill -9 of the active {server.name}', ('s',) if server is self.servers[0] else ('p',)

    def kill_one(self):
        server = self.choose.choice(self.servers)
        server.kill()
        return f'kill -9 of {server.name}', ('s',) if server is self.servers[0] else ('p',)

    def freeze_active(self):
        server = active(self.servers) or self.servers[0]
        server.pause()
        return f'SIGSTOP of the active {server.name}', None

    def cut_one_way(self):
        a, b = self.choose.sample(self.servers, 2)
        cut(a.address, b.address, one_way=True)
        return f'{a.name} → {b.name} cut in one direction', None

    def kill_all(self):
        for server in self.servers:
            server.kill()
        return 'kill -9 of all three', None

    # --- disks
    def old_image(self):
        """One server comes back with the disk of a while ago."""
        server = self.choose.choice(self.servers)
        server.kill()
        image = server.state + '.image'
        shutil.copytree(server.state, image, ignore=shutil.ignore_patterns('*.sock'))
        server.start()
        time.sleep(self.choose.uniform(2.5, 4))  # so that it confirms more; not a wait for a state
        server.kill()
        # The folder itself may be where a disk is mounted.
        for entry in os.scandir(server.state):
            shutil.rmtree(entry) if entry.is_dir() else os.unlink(entry)
        shutil.copytree(image, server.state, dirs_exist_ok=True)
        shutil.rmtree(image)
        server.start()
        return f'{server.name} put back to an older disk image', None

    def full_disk(self):
        self.disk.fill()
        self.full = True
        return f'no byte left on the disk of {self.disk.server}', None


KINDS = ['row_all', 'kill_active', 'row_ps_cut', 'row_st', 'freeze_active', 'row_pt_cut', 'row_ps', 'cut_one_way',
         'row_pt', 'kill_one', 'row_st_cut', 'row_none', 'kill_all', 'row_alone', 'old_image', 'full_disk']
# A lease may not survive these: for a while nobody could serve at all.
MAY_LOSE = {'kill_all', 'row_none', 'row_alone'}


def serving(servers):
    """The ones that say themselves that they serve, by the last letter of their names."""
    told = {s.name[-1]: relationship(s) for s in servers if s.process is not None}
    return {name for name, t in told.items() if t and t['serving'] == 'serving'}


def check_active(servers, allowed, words):
    """The right one becomes active, or everybody says that nobody is."""
    if allowed:
        wait(lambda: serving(servers) and serving(servers) <= set(allowed), 20,
             lambda: f'{allowed} active with {words}: {serving(servers)}')
        return
    wait(lambda: not serving(servers), 20, lambda: f'nobody active with {words}: {serving(servers)}')
    for server in servers:
        if server.process is not None:
            wait(lambda s=server: (t := relationship(s)) and t['active'] is None and t['serving'] == 'no-quorum', 10,
                 lambda s=server: f'{s.name} says that nobody is active with {words}: {relationship(s)}')


def small_disk(cluster, name):
    """The state of one server lies on a small disk of its own."""
    disk = SmallDisk(os.path.join(cluster.folder, name), '400m')
    disk.server = name
    return disk


@tap.test
def faults():
    """three servers under faults: no seat twice, no lease lost by one failure, equal ledgers"""
    cluster = Cluster(sys.argv[1])
    episodes = int(os.environ.get('TRIAS_EPISODES') or len(KINDS))
    choose = random.Random(tap.seed())
    disk = small_disk(cluster, choose.choice(NAMES))
    servers = cluster.triad({'druck': SEATS}, addresses=ADDRESSES, names=NAMES)
    wait(lambda: settled(servers), 40, 'the triad is formed and settled')
    sites = [Site(cluster.folder, i, servers, 'druck', random.Random(choose.random())) for i in range(SITES)]
    for site in sites:
        site.start()
    what = Faults(servers, choose, disk)
    counts, lost_before, gaps = {}, 0, []
    for number in range(episodes):
        kind = KINDS[number % len(KINDS)] if number < len(KINDS) else choose.choice(KINDS)
        began = time.monotonic()
        words, allowed = getattr(what, kind)()
        if allowed is not None:
            check_active(servers, allowed, words)
        time.sleep(choose.uniform(0.2, 3))
        what.heal()
        wait(lambda: settled(servers), 60, lambda k=words: f'settled after {k}: {[relationship(s) for s in servers]}')
        # Else a lease that nobody could renew for seconds would count as lost by the next fault.
        whole = time.monotonic()
        wait(lambda since=whole: all(site.has_been_answered(since) for site in sites), 40, 'every site to be answered')
        counts[kind] = counts.get(kind, 0) + 1
        uses = [u for site in sites for u in site.uses]
        lost = sum(u.lost for u in uses)
        most = peak(uses)
        if kind.startswith('kill_active'):
            gaps.append(max((wait for site in sites for start, wait in site.waits if start + wait >= began), default=0))
        errors = [e for site in sites for e in site.errors]
        assert most <= SEATS, f'{most} of {SEATS} seats in use at once after {words}'
        assert kind in MAY_LOSE or lost == lost_before, f'{lost - lost_before} leases lost after {words}: {errors[-3:]}'
        lost_before = lost
        if number % 10 == 9 or number + 1 == episodes:
            tap.note(f'{number + 1} episodes, {len(uses)} leases, most in use {most} of {SEATS}, lost {lost}')
    for site in sites:
        site.stop()
    for site in sites:
        site.join(30)
    errors = [e for site in sites for e in site.errors]
    assert not errors, errors[:5]
    wait(lambda: same_everywhere(servers), 30, 'every member holds the same leases')
    uses = [u for site in sites for u in site.uses]
    kept = leases(servers[0])
    ghosts = [u.lease for u in uses if u.released and u.lease in kept]
    assert not ghosts, ghosts
    tap.note(f'{sum(counts.values())} episodes {counts}; {len(uses)} leases granted, '
             f'longest wait for an answer after a kill of the active one: median '
             f'{statistics.median(gaps) if gaps else 0:.2f} s')
    for site in sites:
        assert any(u.since for u in site.uses), f'site {site.number} never had a seat'
    cluster.close()


try:
    tap.run()
finally:
    heal()
