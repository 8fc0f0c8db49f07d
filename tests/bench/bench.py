#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench.py BUILD [--rounds 5] [--seconds 1.5] [--clients 1,16,64,256] [--trials 20]
         [--only durable,idle,restart,console,triad,failover,storm]

All systems in one run, each once per round in an order drawn anew, so that what else the machine
does falls on all of them. Ratios are medians of the pairs inside a round. Loopback only.
"""
import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import console
import systems
import triad
from report import median, report_goal, spread, table
from systems import cluster

IDLE = 5000
LIVE = 100000
SHARED = 16  # connections that etcd's clients share where they do


# Who is held against whom, and must and top where like meets like: TLS against TLS, clear against clear,
# a connection for each client on both sides.
ETCD, REDIS = (2, 4), (0.6, 1)
PAIRS = (('triasd TLS', 'etcd put TLS', ETCD), ('triasd plain', 'etcd put', ETCD),
         ('triasd plain', 'etcd put shared', None), ('triasd TLS', 'etcd put shared', None),
         ('triasd plain', 'redis always', REDIS), ('triasd TLS', 'redis always', None))


# --- durable checkouts
def run_durable(options, folder, servers, rng):
    trias, plain = systems.Trias(servers, 'triasd TLS'), systems.Trias(servers, 'triasd plain', plain=True)
    all_systems = [trias, plain]
    tool = systems.build_etcd_load(options.build) if shutil.which('etcd') else None
    if tool:
        all_systems += [systems.Etcd(folder, tool, 'etcd put TLS', tls=True), systems.Etcd(folder, tool, 'etcd put'),
                        systems.Etcd(folder, tool, 'etcd put shared', shared=SHARED)]
    else:
        print('etcd left out: etcd-server, golang-go or golang-etcd-server-dev is missing')
    if shutil.which('redis-server'):
        all_systems.append(systems.Redis(folder))
    else:
        print('Redis left out: redis-server is missing')
    started = []
    try:
        for system in all_systems:
            started.append(system)
            system.start()
        return measure_durable(options, folder, all_systems, rng)
    finally:
        for system in started:
            system.stop()


def measure_durable(options, folder, all_systems, rng):
    cells, disk = {}, []
    fsync = os.path.join(options.build, 'tests/bench/fsync')
    for number in range(options.rounds):
        done = subprocess.run([fsync, folder, '0.6'], capture_output=True, text=True, timeout=30, check=True)
        disk.append(systems.figures(done.stdout))
        for clients in options.clients:
            for system in rng.sample(all_systems, len(all_systems)):
                cell = system.measure(clients, options.seconds)
                cells.setdefault((system.name, clients), []).append(cell)
        print(f'round {number + 1}: load {os.getloadavg()[0]:.1f}', file=sys.stderr)
    print_durable(options, [s.name for s in all_systems], cells)
    print_durable_goals(options, cells, disk)


def print_durable(options, names, cells):
    print('\nDurable checkouts (puts, sets): per second; p50/p99 ms; server CPU µs each')
    table(names, options.clients, cells)


def print_durable_goals(options, cells, disk):
    def pairs(ours, theirs, clients, part='rate'):
        return [getattr(a, part) / getattr(b, part) for a, b in zip(cells[ours, clients], cells[theirs, clients])]

    print()
    for ours, peer, goals in PAIRS:
        for clients in options.clients:
            if (peer, clients) not in cells:
                continue
            ratios, cpu = pairs(ours, peer, clients), pairs(ours, peer, clients, 'cpu')
            if clients == 64 and goals:
                report_goal(f'{ours} ÷ {peer}, {clients} clients', ratios, *goals)
            else:
                print(f'{ours} ÷ {peer}, {clients} clients: {spread(ratios)}')
            print(f'    CPU per operation: {spread(cpu)}')
    print(f'fdatasync of 4 kB: p50 {median([d["overwrite_us"] for d in disk]):.0f} µs in place, '
          f'{median([d["append_us"] for d in disk]):.0f} µs appended')
    if 1 in options.clients:
        for ours in ('triasd TLS', 'triasd plain'):
            for way in ('overwrite', 'append'):
                lone = [c.p50 / d[way + '_us'] for c, d in zip(cells[ours, 1], disk)]
                report_goal(f'{ours}: lone checkout p50 ÷ fdatasync p50 ({way})', lone, 3, 2, more=False)


# --- many idle connections
def run_idle(options, folder, servers, rng):
    trias = systems.Trias(servers, 'triasd idle').start()
    rates = {0: [], IDLE: []}
    try:
        for _ in range(options.rounds):
            for idle in rng.sample([0, IDLE], 2):
                rates[idle].append(trias.run(16, options.seconds, '--idle', str(idle)))
    finally:
        trias.stop()
    print(f'\n16 busy clients: {median([r["rate"] for r in rates[0]]):.0f}/s, '
          f'with {IDLE} idle TLS connections {median([r["rate"] for r in rates[IDLE]]):.0f}/s; CPU µs each '
          f'{median([r["cpu_us"] for r in rates[0]]):.0f} and {median([r["cpu_us"] for r in rates[IDLE]]):.0f}')
    report_goal(f'throughput with {IDLE} idle connections ÷ with none',
                [b['rate'] / a['rate'] for a, b in zip(rates[0], rates[IDLE])], 0.8, 0.95)


# --- restart
def run_restart(options, folder, servers, rng):
    trias = systems.Trias(servers, 'triasd restart').start()
    times = []
    try:
        trias.run(64, 120, '--count', str(LIVE), '--keep')
        for _ in range(options.rounds):
            trias.server.kill()
            start = time.monotonic()
            trias.start_server(wait_ready=False)
            cluster.wait(lambda: answers(trias.server), 60, 'the server answers')
            times.append(time.monotonic() - start)
            total = trias.server.rest('GET', '/leases?limit=1')['total'] if signed_in(trias.server) else 0
            if total < LIVE:
                raise RuntimeError(f'{total} leases after the restart, {LIVE} before')
    finally:
        trias.stop()
    print()
    report_goal(f'kill -9, restart with {LIVE} live leases → first answer, s', times, 1, 0.2, more=False)


def signed_in(server):
    server.sign_in()
    return True


def answers(server):
    try:
        return server.rest('GET', '/health', token=None, timeout=5)['serving']
    except (OSError, systems.http.client.HTTPException, cluster.Problem):
        time.sleep(0.003)
        return False


# --- the run
def busy_seconds():
    """CPU time that the whole machine has used."""
    with open('/proc/stat', encoding='ascii') as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf('SC_CLK_TCK')


def own_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=os.path.abspath)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=1.5)
    parser.add_argument('--clients', type=lambda t: [int(x) for x in t.split(',')], default=[1, 16, 64, 256])
    parser.add_argument('--only', type=lambda t: t.split(','), default=['durable', 'idle', 'restart', 'console', 'triad', 'failover'])
    parser.add_argument('--trials', type=int, default=20, help='how often the one that serves is killed')
    parser.add_argument('--seed', type=int, default=random.randrange(1 << 31))
    parser.add_argument('--folder', default=None, help='where data is kept meanwhile: the disk that is measured')
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print(f'seed {options.seed}, {options.rounds} rounds, {os.cpu_count()} CPUs')
    start, busy, own = time.monotonic(), busy_seconds(), own_seconds()
    folder = tempfile.mkdtemp(prefix='trias-bench-', dir=options.folder)
    try:
        servers = cluster.Cluster(options.build, folder=folder)
        parts = {'durable': run_durable, 'idle': run_idle, 'restart': run_restart, 'console': console.run,
                 'triad': triad.run_throughput, 'failover': triad.run_failover, 'storm': triad.run_storm}
        for name in options.only:
            parts[name](options, folder, servers, rng)
        servers.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    elapsed = time.monotonic() - start
    others = (busy_seconds() - busy - own_seconds() + own) / elapsed
    print(f'\n{elapsed:.0f} s; others kept {max(others, 0):.2f} of {os.cpu_count()} CPUs busy meanwhile')


if __name__ == '__main__':
    main()
