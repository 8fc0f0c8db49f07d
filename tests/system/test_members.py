#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_members.py BUILD: members of a triad are replaced under `trias run` clients.

A killed member and a living one are replaced, and the coordinator is killed about when the change
is decided. No command fails, no lease is lost, no seat is used twice as the clients saw it; who was
replaced learns that it is out; the members all agree. TRIAS_ROUNDS sets how often (default 2),
TRIAS_SEED repeats a run.
"""
import glob
import http.client
import json
import os
import random
import shlex
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import ADMIN, PASSWORD, Cluster, Problem, wait  # noqa: E402
from runners import Runner, totals  # noqa: E402

CLIENTS, RIVALS, SCARCE = 3, 2, 1
ROUNDS = int(os.environ.get('TRIAS_ROUNDS') or 2)


def relationship(server):
    try:
        return server.rest('GET', '/relationship', timeout=2)['relationship']
    except (OSError, Problem, http.client.HTTPException):
        return None


class Stage:
    """A triad with clients at work, a spare server, and one more client that measures."""

    def __init__(self):
        self.cluster = Cluster(sys.argv[1])
        self.members = self.cluster.triad({'druck': CLIENTS + 1, 'knapp': SCARCE})
        self.choose = random.Random(tap.seed())
        self.runners = [Runner(self.cluster, self.members, i) for i in range(CLIENTS)]
        self.rivals = [Runner(self.cluster, self.members, 100 + i, 'knapp') for i in range(RIVALS)]
        self.probe = Runner(self.cluster, self.members, CLIENTS)
        self.gaps, self.spares, self.at_work = [], 0, True
        self.work(1)

    def spare(self):
        """A further server; it and the members let each other in."""
        self.spares += 1
        server = self.cluster.server(f'druck-{self.spares}', f'127.0.0.{10 + self.spares}', self.members[0].port)
        server.start()
        server.add_admin()
        server.sign_in()
        for member in self.members:
            server.let_in(member)
            if member.process:
                member.let_in(server)
        return server

    def work(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for runner in [*self.runners, *self.rivals] if self.at_work else ():
                runner.step(self.choose.uniform(0.2, 2.0))
            time.sleep(0.03)

    def active(self, whole=True):
        """The active member once all (@whole) or the living ones agree on it; work goes on."""
        def agreed():
            self.work(0.1)
            seen = [relationship(m) for m in self.members if m.process]
            if any(r is None for r in seen) or len({(r['active'], r['incarnation']) for r in seen}) != 1:
                return None
            if whole and not all(s['connected'] and s['synchronised'] for r in seen for s in r.get('statuses') or [r['status']]):
                return None
            return next((m for m in self.members if m.id == seen[0]['active']), None)
        return wait(agreed, 90, 'the members agree on an active one')

    def replace(self, old, new, during=None):
        """Asks the active member for it; meanwhile one client after the other asks for a seat."""
        coordinator = self.active(whole=False)
        body = {'id': os.urandom(16).hex(), 'member': old.id,
                'with': {'address': new.where, 'fingerprint': new.id, 'invitation': new.invite(coordinator, 'triad')}}
        answers = []

        def ask():
            try:
                answers.append(coordinator.rest('POST', '/relationship/replace', body, timeout=40))
            except (OSError, Problem, http.client.HTTPException) as problem:
                answers.append(problem)
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        if during:
            during(coordinator)
        end = time.monotonic() + 2
        while thread.is_alive() or time.monotonic() < end:
            self.measure()
            self.work(0.05)
        return coordinator, answers[0]

    def insist(self, old, new):
        """As an administrator would: again, if on a busy machine another one becomes active meanwhile."""
        for _ in range(20):
            _, answer = self.replace(old, new)
            if isinstance(answer, dict):
                return
            assert isinstance(answer, Problem) and answer.reason in ('not-active', 'check-failed', 'conflict', 'busy'), answer.body
        raise AssertionError(answer.body)

    def measure(self):
        begin = time.monotonic()
        self.probe.step(0)
        self.probe.process.wait(60)
        self.probe.collect()
        self.gaps.append(time.monotonic() - begin)

    def await_member(self, old, new):
        """The newcomer is in the place of the old one, and all agree."""
        self.members = [new if m is old else m for m in self.members]

        def joined():
            self.work(0.1)
            return all((relationship(m) or {}).get('members', [{}])[0].get('id') == self.members[0].id and
                       [x['id'] for x in relationship(m)['members']] == [x.id for x in self.members] for m in self.members)
        wait(joined, 60, 'all know the new member')
        self.active()

    def await_single(self, old):
        def single():
            self.work(0.1)
            return (old.rest('GET', '/relationship', timeout=5)['relationship'] is None
                    and not old.rest('GET', '/licenses')['licenses'] and not old.rest('GET', '/leases')['leases'])
        wait(single, 30, 'the former member knows that it is out')
        old.stop()

    def end(self, what):
        self.at_work = False
        for runner in [*self.runners, *self.rivals]:
            if runner.process:
                runner.process.wait(60)
            runner.collect()
        clients = [*self.runners, self.probe]
        failed = [f for r in clients for f in r.failed]
        failed += [f for r in self.rivals for f in r.failed if not (f[0] == 69 and 'seats' in f[1])]
        lost = totals(clients)[1] + totals(self.rivals)[1]
        peak = totals(self.rivals)[0]
        self.gaps.sort()
        tap.note(f'{what}, {sum(r.done for r in [*clients, *self.rivals])} commands: {len(failed)} failed, {lost} leases lost, most '
                 f'seats in use at once {peak} of {SCARCE}; a new command was served after {self.gaps[len(self.gaps) // 2]:.2f} s in '
                 f'the middle, {self.gaps[-1]:.2f} s at worst')
        assert not failed, failed[:3]
        assert lost == 0 and peak == SCARCE, (lost, peak)

        def given_back():
            return all(p['used'] == 0 for p in self.active().rest('GET', '/pools')['pools'])
        wait(given_back, 20, 'all seats are given back')
        self.cluster.close()


@tap.test
def dead():
    """a killed member is replaced: first one that was active, then others; it comes back and is out"""
    stage = Stage()
    for _ in range(ROUNDS):
        victim = stage.active()
        victim.kill()
        new = stage.spare()
        stage.insist(victim, new)
        stage.await_member(victim, new)
        stage.work(1)
        victim.start()
        victim.sign_in()
        stage.await_single(victim)
    stage.end(f'{ROUNDS} killed members replaced')


@tap.test
def living():
    """a member is replaced while it lives: it leaves by itself, with nothing but its own"""
    stage = Stage()
    for _ in range(ROUNDS):
        active = stage.active()
        old = stage.choose.choice([m for m in stage.members if m is not active])
        new = stage.spare()
        stage.insist(old, new)
        stage.await_member(old, new)
        stage.await_single(old)
    stage.end(f'{ROUNDS} living members replaced')


@tap.test
def coordinator():
    """the coordinator is killed about when it is decided: all agree in the end, one way or the other"""
    stage, came, left = Stage(), 0, 0
    for _ in range(ROUNDS + 1):
        active = stage.active()
        old = next(m for m in reversed(stage.members) if m is not active)
        new = stage.spare()

        def kill(victim):
            time.sleep(stage.choose.uniform(0.05, 0.9))
            victim.kill()
        victim, _ = stage.replace(old, new, kill)
        stage.work(1)
        victim.start()
        victim.sign_in()

        def decided():
            stage.work(0.2)
            told = [relationship(m) for m in [*stage.members, new] if m is not old]
            inside = [t is not None and any(m['id'] == new.id for m in t['members']) for t in told]
            state = new.rest('GET', '/relationship')
            if all(inside):
                return 'in'
            return 'out' if not any(inside) and (state['forming'] or {}).get('phase') in (None, 'failed') else None
        if wait(decided, 60, 'all agree') == 'in':
            came += 1
            stage.await_member(old, new)
            stage.await_single(old)
        else:
            left += 1
            stage.active()
            new.stop()
    tap.note(f'{came} times the newcomer was in, {left} times all were as before')
    stage.end(f'{ROUNDS + 1} coordinators killed')


@tap.test
def shrink():
    """a triad becomes a pair: the active member goes on as main server; then the third one's machine may go"""
    stage = Stage()
    main = stage.active()
    backup = next(m for m in stage.members if m is not main)
    leaver = next(m for m in stage.members if m not in (main, backup))
    answers = []

    def ask():
        answers.append(main.rest('POST', '/relationship/shrink', {'keep': [main.id, backup.id]}, timeout=40))
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    end = time.monotonic() + 3
    while thread.is_alive() or time.monotonic() < end:
        stage.measure()
        stage.work(0.05)
    assert [(m['id'], m['role']) for m in answers[0]['relationship']['members']] == [(main.id, 'main'), (backup.id, 'backup')], answers
    stage.members = [main, backup]
    stage.await_single(leaver)
    assert stage.active() is main
    assert not backup.rest('GET', '/leases')['leases']
    assert [x['source'] for x in backup.rest('GET', '/licenses')['licenses']] == ['partner'] * len(main.rest('GET', '/licenses')['licenses'])

    def all_follow():
        stage.work(0.2)
        kept = [path for r in stage.runners for path in glob.glob(os.path.join(r.folder, 'trias', 'members-*.json'))]
        lists = []
        for path in kept:
            with open(path, encoding='utf-8') as f:
                lists.append(json.load(f)['text'].splitlines()[1])
        return len(kept) == CLIENTS and all(line.startswith('backup ') and line.endswith(' 2') for line in lists)
    wait(all_follow, 30, 'the clients know the list of the pair, signed by two of the triad')
    stage.end('a triad shrunk to a pair')


@tap.test
def command():
    """the same by the command line, which also makes the missing rules; and a pair grows by it"""
    cluster = Cluster(sys.argv[1])
    main, backup = cluster.pair({'druck': 2}, {}, names=('druck-p', 'druck-s'))
    third, fourth = (cluster.server(name, address, main.port) for name, address in (('druck-t', '127.0.0.4'), ('druck-4', '127.0.0.5')))
    for server in third, fourth:
        server.start()
        server.add_admin()
    password = os.path.join(cluster.folder, 'password')
    with open(password, 'w', encoding='ascii') as f:
        f.write(PASSWORD + '\n')
    env = {**os.environ, 'HOME': cluster.folder, 'XDG_CONFIG_HOME': cluster.folder, 'LC_ALL': 'C.UTF-8'}

    def trias(*args, code=0):
        done = subprocess.run([cluster.trias, *args, '--user', ADMIN, '--password-file', password], capture_output=True, text=True,
                              env=env, timeout=90)
        assert done.returncode == code, f'trias {" ".join(args)}: {done.returncode}\n{done.stdout}{done.stderr}'
        return done.stdout + done.stderr
    refused = trias('relationship', 'grow', '--with', third.pinned, '--server', main.pinned, code=1)
    assert '--add-rules' in refused, refused
    trias('relationship', 'grow', '--with', third.pinned, '--server', main.pinned, '--add-rules')
    third.sign_in()
    cluster.wait_whole(main, backup, third)
    wait(lambda: relationship(main)['active'] == main.id, 30, 'the former main server is active')
    trias('relationship', 'replace', 'primary', '--with', fourth.pinned, '--server', backup.pinned, code=1)
    for _ in range(10):  # on a busy machine another one may be active in between
        try:
            said = trias('relationship', 'replace', 'tertiary', '--with', fourth.pinned, '--server', backup.pinned, '--add-rules')
            break
        except AssertionError as failure:
            tap.note(str(failure).splitlines()[-1])
    assert 'three members again' in said, said
    fourth.sign_in()
    cluster.wait_whole(main, backup, fourth)
    assert 'druck-4' in trias('relationship', 'show', '--server', backup.pinned)
    moved = f'localhost:{fourth.port}'
    for _ in range(10):
        try:
            trias('relationship', 'set', '--address', f'druck-4={moved}', '--server', backup.pinned)
            break
        except AssertionError as failure:
            tap.note(str(failure).splitlines()[-1])
    wait(lambda: all(relationship(s)['members'][2]['addresses'] == [moved] for s in (main, backup, fourth)), 20, 'all know the address')
    trias('relationship', 'set', '--address', 'nobody=127.0.0.1:1', '--server', backup.pinned, code=64)
    name = relationship(main)['name']
    active = wait(lambda: next((s for s in (main, backup) if s.id == relationship(s)['active']), None), 30, 'one is active')
    other = backup if active is main else main
    keep = ('--main', active.id, '--backup', other.id, '--server', other.pinned)
    trias('relationship', 'shrink', *keep, code=64)
    refused = trias('relationship', 'shrink', *keep, '--confirm', 'Another', code=64)
    assert refused.endswith(f'--confirm {shlex.quote(name)}\n'), refused
    assert 'backup server now' in trias('relationship', 'shrink', *keep, '--confirm', name)
    wait(lambda: all('status' in (relationship(s) or {}) for s in (active, other)), 20, 'both know that they are a pair')
    cluster.wait_synchronised(active, other)
    assert [m['id'] for m in relationship(other)['members']] == [active.id, other.id]
    cluster.close()


tap.run()
