# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The triad beside three nodes of etcd: throughput, the gap when the one that serves dies or hands
over, and a storm of clients that come back at once.
"""
import base64
import datetime
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import threading
import time

import systems
from report import median, report_goal, spread, table
from systems import Cell, cluster

ADDRESSES = ('127.0.0.2', '127.0.0.3', '127.0.0.4')
SITES = 2  # clients that take seats while a server dies; as many probe etcd
STORM = 10000
NODES = ('n1', 'n2', 'n3')


class Member(cluster.Server):
    """triasd with a configuration of its own: limits for many clients, and elections in the log."""

    log_level = 'message'

    def start(self, *options, env=None, wait_ready=True):
        path = os.path.join(self.cluster.folder, f'{self.name}.conf')
        with open(path, 'w', encoding='ascii') as f:
            f.write(f'[server]\nlog-level={self.log_level}\n[limits]\nconnections=30000\nconnections-per-address=30000\n'
                    'connections-per-key=30000\n')
        return super().start('--config', path, *options, env=env, wait_ready=wait_ready)

    def events(self):
        """(wall-clock time, words) of each line of the log that tells of elections."""
        today = datetime.date.today()
        with open(self.log, encoding='utf-8', errors='replace') as f:
            for line in f:
                found = re.match(r'.*trias-raft-DEBUG: (\d+):(\d+):(\d+)\.(\d+): (.*)', line)
                if found:
                    hour, minute, second, part = (int(x) for x in found.groups()[:4])
                    stamp = datetime.datetime.combine(today, datetime.time(hour, minute, second, part * 1000))
                    yield stamp.timestamp(), found[5]


class DebugMember(Member):
    log_level = 'debug'


class Triad:
    """Three members as one; the load goes to the active one."""

    def __init__(self, servers, name, kind=Member):
        self.name, self.servers, self.kind = name, servers, kind
        self.load = os.path.join(servers.build, 'tests/bench/load')

    def start(self):
        self.servers.issuer()
        port = cluster.free_port(ADDRESSES)
        short = self.name.replace(' ', '-')
        self.members = [self.kind(self.servers, f'{short}-{slot}', address, port)
                        for slot, address in zip('pst', ADDRESSES)]
        for member in self.members:
            self.servers.servers.append(member)
            member.start()
            member.add_admin()
            member.sign_in()
        self.members[0].install(self.servers.licence(f'{short}-1', {systems.FEATURE: systems.SEATS}))
        self.servers.form_triad(*self.members)
        return self

    def active(self):
        """The one that serves, once all three agree on it and are whole; None before."""
        try:
            seen = [m.relationship()['relationship'] for m in self.members]
        except (OSError, cluster.Problem, http.client.HTTPException):
            return None
        if len({r['active'] for r in seen}) != 1 or not all(
                s['connected'] and s['synchronised'] for r in seen for s in r['statuses']):
            return None
        return next((m for m in self.members if m.id == seen[0]['active']), None)

    def wait_active(self, which=None):
        return cluster.wait(lambda: (lambda a: a if a and which in (None, a) else None)(self.active()), 90,
                            'the triad is whole')

    def term(self):
        return {m.relationship()['relationship']['triad']['term'] for m in self.members}

    def measure(self, clients, seconds):
        active = self.wait_active(self.members[0])
        pids = [x for m in self.members for x in ('--pid', str(m.process.pid))]
        done = subprocess.run([self.load, '--clients', str(clients), '--seconds', str(seconds), *pids, '--addresses',
                               str(min(clients, 200)), active.address, str(active.port), systems.FEATURE],
                              capture_output=True, text=True, timeout=seconds + 120)
        result = systems.figures(done.stdout)
        if done.returncode != 0 or result['errors'] or result['lost']:
            raise RuntimeError(f'{self.name}, {clients} clients: {done.stdout}{done.stderr}')
        return Cell(result['rate'], result['p50_us'], result['p99_us'], result['cpu_us'])

    def stop(self):
        for member in self.members:
            member.stop()


class Etcd:
    """Three nodes of etcd. @tls: clients and nodes show certificates. The load goes to the leader."""

    def __init__(self, folder, tool, name, tls=False, operation='put', heartbeat=100, election=1000):
        self.name, self.tool, self.tls, self.operation = name, tool, tls, operation
        self.folder = os.path.join(folder, name.replace(' ', '-'))
        self.timing = ['--heartbeat-interval', str(heartbeat), '--election-timeout', str(election)]
        self.processes = {}

    def start(self):
        os.makedirs(self.folder)
        if self.tls:
            systems.make_certificates(self.folder)
        ports = [cluster.free_port(['127.0.0.1']) for _ in range(6)]
        self.ports, self.peers = dict(zip(NODES, ports[:3])), dict(zip(NODES, ports[3:]))
        for node in NODES:
            self.start_node(node, 'new')
        cluster.wait(self.leader, 60, 'etcd has a leader')
        cluster.wait(lambda: self.run(1, 0.1).get('ops', 0) > 0, 30, 'etcd answers')
        return self

    def url(self, port):
        return f'http{"s" if self.tls else ""}://127.0.0.1:{port}'

    def start_node(self, node, state):
        own, peer = self.url(self.ports[node]), self.url(self.peers[node])
        secrets = []
        if self.tls:
            secrets = ['--cert-file', 'server.pem', '--key-file', 'server.key', '--trusted-ca-file', 'ca.pem',
                       '--client-cert-auth', '--peer-cert-file', 'server.pem', '--peer-key-file', 'server.key',
                       '--peer-trusted-ca-file', 'ca.pem', '--peer-client-cert-auth']
        self.processes[node] = subprocess.Popen(
            ['etcd', '--name', node, '--data-dir', node, '--listen-client-urls', own, '--advertise-client-urls', own,
             '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster',
             ','.join(f'{n}={self.url(self.peers[n])}' for n in NODES), '--initial-cluster-state', state,
             *self.timing, *secrets],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.folder)

    def leader(self):
        """The node that leads, once all three answer and agree."""
        secrets = ['--cacert', 'ca.pem', '--cert', 'client.pem', '--key', 'client.key'] if self.tls else []
        done = subprocess.run(['etcdctl', '--endpoints', ','.join(self.url(p) for p in self.ports.values()), *secrets,
                               'endpoint', 'status', '-w', 'json'], capture_output=True, text=True, cwd=self.folder,
                              timeout=30, env={**os.environ, 'ETCDCTL_API': '3'})
        try:
            states = json.loads(done.stdout)
        except json.JSONDecodeError:
            return None
        ids = {s['Status']['header']['member_id']: s['Endpoint'] for s in states}
        leaders = {s['Status'].get('leader', 0) for s in states}
        if len(states) != len(NODES) or len(leaders) != 1 or leaders == {0}:
            return None
        where = ids[leaders.pop()]
        return next(n for n in NODES if self.url(self.ports[n]) == where)

    def run(self, clients, seconds):
        leader = cluster.wait(self.leader, 60, 'etcd has a leader')
        secrets = ['ca.pem', 'client.pem', 'client.key'] if self.tls else []
        operation = ['-txn'] if self.operation == 'txn' else []
        done = subprocess.run([self.tool, *operation, f'127.0.0.1:{self.ports[leader]}', str(clients), str(seconds),
                               str(clients), *secrets],
                              capture_output=True, text=True, timeout=seconds + 60, cwd=self.folder)
        return systems.figures(done.stdout)

    def measure(self, clients, seconds):
        before = sum(systems.cpu_seconds(p.pid) for p in self.processes.values())
        r = self.run(clients, seconds)
        if not r.get('ops') or r['errors']:
            raise RuntimeError(f'{self.name}, {clients} clients: {r}')
        cpu = sum(systems.cpu_seconds(p.pid) for p in self.processes.values()) - before
        return Cell(r['ops'] / r['seconds'], r['p50_us'], r['p99_us'], cpu / r['ops'] * 1e6)

    def stop(self):
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()


# --- throughput
def run_throughput(options, folder, servers, rng):
    tool = systems.build_etcd_load(options.build)
    triad = Triad(servers, 'triad TLS')
    everything = [triad]
    if tool:
        everything += [Etcd(folder, tool, 'etcd3 put TLS', tls=True), Etcd(folder, tool, 'etcd3 put'),
                       Etcd(folder, tool, 'etcd3 txn TLS', tls=True, operation='txn')]
    started, cells = [], {}
    try:
        for system in everything:
            started.append(system)
            system.start()
        for _ in range(options.rounds):
            for clients in options.clients:
                for system in rng.sample(everything, len(everything)):
                    cells.setdefault((system.name, clients), []).append(system.measure(clients, options.seconds))
    finally:
        for system in started:
            system.stop()
    print('\nThree members: per second; p50/p99 ms; CPU µs of all three each')
    table([s.name for s in everything], options.clients, cells)
    for peer in [s.name for s in everything[1:]]:
        for clients in options.clients:
            pairs = list(zip(cells['triad TLS', clients], cells[peer, clients]))
            rates, cpu = [a.rate / b.rate for a, b in pairs], [a.cpu / b.cpu for a, b in pairs]
            text = f'triad TLS ÷ {peer}, {clients} clients'
            if clients == 64 and peer == 'etcd3 put TLS':
                report_goal(text, rates, 2, 4)
            else:
                print(f'{text}: {spread(rates)}')
            if clients == 64 and peer == 'etcd3 txn TLS':
                report_goal('    CPU of all three, each', cpu, 0.5, 0.2, more=False)
            else:
                print(f'    CPU of all three, each: {spread(cpu)}')


# --- failover
class Sites:
    """Clients of libtrias at work; what each was granted, and when."""

    def __init__(self, servers, members, clients=SITES):
        self.grants, self.failed = [], []
        self.process = subprocess.Popen(
            [os.path.join(servers.build, 'tests/bench/sites'), '--clients', str(clients), systems.FEATURE,
             *[m.pinned for m in members]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.clients = clients
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        cluster.wait(lambda: {g[0] for g in self.grants} == set(range(clients)), 30, 'the sites work')

    def read(self):
        for line in self.process.stdout:
            site, asked, granted, server = line.split()
            if server == '-':
                self.failed.append(line)
            else:
                self.grants.append((int(site), int(asked) / 1e6, int(granted) / 1e6, server))

    def after(self, moment, victim=None):
        """When each site had its first seat after @moment (of another server than @victim): s later; None before all did."""
        first = {}
        for site, _, granted, server in self.grants:
            if granted > moment and not (victim and victim.id.startswith(server)):
                first.setdefault(site, granted - moment)
        return sorted(first.values()) if len(first) == self.clients else None

    def longest(self, since, until):
        """The longest that a seat took to be had between two moments."""
        return max(granted - asked for _, asked, granted, _ in self.grants if granted > since and asked < until)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def budget(triad, killed_wall, served):
    """Where the time went, from the log of the member that took over, in ms: detect, vote, commit, reconnect."""
    for member in triad.members:
        asked = leads = active = None
        for stamp, words in member.events():
            if stamp < killed_wall:
                continue
            if 'asks' in words and 'would it vote' in words and leads is None:
                asked = stamp
            elif ', leads' in words and leads is None:
                leads = stamp
            elif ', active' in words and active is None:
                active = stamp
        if active is not None and asked is not None:
            steps = [asked - killed_wall, leads - asked, active - leads, killed_wall + served - active]
            return [round(x * 1000) for x in steps]
    return None


def kill_active(triad, sites):
    """(gap of the first site, of the last one, budget) of a kill -9 of the active member."""
    victim = triad.wait_active(triad.members[0])
    moment, wall = time.monotonic(), time.time()
    victim.kill()
    served = cluster.wait(lambda: sites.after(moment, victim), 30, 'all sites are served again')
    steps = budget(triad, wall, served[0])
    victim.start()
    victim.sign_in()
    return served[0], served[-1], steps


def etcd_put(port, timeout=0.06):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    body = json.dumps({'key': base64.b64encode(b'probe').decode(), 'value': base64.b64encode(b'x').decode()})
    try:
        connection.request('POST', '/v3/kv/put', body, {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def kill_etcd_leader(etcd):
    """Gap from kill -9 of the leader to the first write that one of two probers of the others sees done."""
    leader = cluster.wait(etcd.leader, 60, 'etcd has a leader')
    done, stop = [], threading.Event()

    def probe(node):
        while not stop.is_set():
            begin = time.monotonic()
            if etcd_put(etcd.ports[node]):
                done.append((begin, time.monotonic()))

    probers = [threading.Thread(target=probe, args=(n,)) for n in NODES if n != leader]
    for prober in probers:
        prober.start()
    cluster.wait(lambda: len(done) > 20, 20, 'etcd takes writes')
    process = etcd.processes[leader]
    process.send_signal(signal.SIGKILL)
    moment = time.monotonic()
    process.wait()
    served = cluster.wait(lambda: [end for begin, end in list(done) if begin > moment], 30, 'etcd takes writes again')
    stop.set()
    for prober in probers:
        prober.join()
    etcd.start_node(leader, 'existing')
    cluster.wait(etcd.leader, 60, 'etcd is whole again')
    return min(served) - moment


def hand_over(triad, sites):
    """The longest that a seat took while the lead went to the secondary, and while it came back."""
    gaps = []
    for target, path, body in ((1, 'handover', {'to': triad.members[1].id, 'pin_until': None}), (0, 'give-back', {})):
        before = triad.wait_active(triad.members[1 - target])
        moment = time.monotonic()
        before.rest('POST', f'/relationship/{path}', body)
        triad.wait_active(triad.members[target])
        cluster.wait(lambda m=time.monotonic(): sites.after(m), 20, 'the sites work on')
        gaps.append(sites.longest(moment, time.monotonic()))
    return gaps


def milliseconds(values):
    values = sorted(values)
    return (f'median {statistics.median(values) * 1000:.0f} ms, {values[0] * 1000:.0f}–{values[-1] * 1000:.0f} ms '
            f'in {len(values)} trials')


def run_failover(options, folder, servers, rng):
    tool = systems.build_etcd_load(options.build)
    triad = Triad(servers, 'triad failover', DebugMember).start()
    etcds = [Etcd(folder, tool, 'etcd default'), Etcd(folder, tool, 'etcd tuned', heartbeat=50, election=500)] if tool else []
    gaps, last, steps, handovers, sites = {}, [], [], [], None
    try:
        for etcd in etcds:
            etcd.start()
        sites = Sites(servers, triad.members)
        for _ in range(options.trials):
            for system in rng.sample([triad, *etcds], 1 + len(etcds)):
                if system is triad:
                    first, slowest, parts = kill_active(triad, sites)
                    gaps.setdefault('triad', []).append(first)
                    last.append(slowest)
                    steps.append(parts)
                    print(f'triad: {first * 1000:.0f} ms, detect, vote, first commit, reconnect {parts}, '
                                f'the last site {slowest * 1000:.0f} ms, load {os.getloadavg()[0]:.1f}')
                else:
                    gaps.setdefault(system.name, []).append(kill_etcd_leader(system))
        for _ in range(max(options.trials // 4, 1)):
            handovers += hand_over(triad, sites)
        failed = sites.failed
    finally:
        if sites:
            sites.stop()
        triad.stop()
        for etcd in etcds:
            etcd.stop()
    print_failover(gaps, last, [s for s in steps if s], handovers, failed)


def print_failover(gaps, last, steps, handovers, failed):
    print()
    for name, values in gaps.items():
        print(f'kill -9 of the one that leads → next success, {name}: {milliseconds(values)}')
    print(f'    until the last of {SITES} sites was served: {milliseconds(last)}; checkouts that failed: {len(failed)}')
    for number, what in enumerate(('detect', 'vote', 'first commit', 'reconnect')):
        values = [s[number] for s in steps]
        if values:
            print(f'    {what}: median {median(values):.0f} ms, {min(values)}–{max(values)}')
    report_goal('worst gap of the triad, s', [max(gaps['triad'])], 1.5, 0.8, more=False)
    for peer in gaps:
        if peer != 'triad':
            ratio = [median(gaps['triad']) / median(gaps[peer])]
            text = f'median gap of the triad ÷ {peer}'
            if peer == 'etcd default':
                report_goal(text, ratio, 0.6, 0.4, more=False)
            else:
                print(f'{text}: {spread(ratio)}')
    print(f'handover and back, the longest that a seat took: {milliseconds(handovers)}')
    report_goal('planned handover, worst, ms', [1000 * max(handovers)], 200, 50, more=False)


# --- storm
def run_storm(options, folder, servers, rng):
    triad = Triad(servers, 'triad storm', DebugMember).start()
    try:
        active = triad.wait_active(triad.members[0])
        term, before = triad.term(), [list(m.events()) for m in triad.members]
        done = subprocess.run([os.path.join(servers.build, 'tests/bench/storm'), '--clients', str(STORM), '--times',
                               str(options.rounds), active.address, str(active.port), systems.FEATURE],
                              capture_output=True, text=True, timeout=600)
        print(done.stdout + done.stderr)
        again = triad.wait_active()
        words = [w for m, b in zip(triad.members, before) for _, w in list(m.events())[len(b):]]
        kept = term == triad.term() and again is active
        print(f'{STORM} clients at once: {"all served" if done.returncode == 0 else "NOT all served"}, '
              f'{"no election" if kept else "AN ELECTION"}; what the members said of elections: {words}')
    finally:
        triad.stop()
