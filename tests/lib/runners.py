# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Production sites for tests: clients that run one licensed command after the other, and what they
wrote down of their seats.
"""
import json
import os
import subprocess


class Runner:
    """A production site: runs one licensed command after the other, each under `trias run`."""

    def __init__(self, cluster, servers, number, feature='druck'):
        self.cluster, self.number, self.feature = cluster, number, feature
        self.folder = os.path.join(cluster.folder, f'site-{number}')
        os.makedirs(self.folder)
        self.trace = os.path.join(self.folder, 'trace')
        self.servers = [s.pinned for s in servers]
        self.process, self.done, self.failed = None, 0, []

    def step(self, seconds):
        """Starts the next command if none runs; notes how the last one ended."""
        if self.process and self.process.poll() is None:
            return
        self.collect()
        argv = [self.cluster.trias, 'run', '--feature', self.feature, '--ttl', '6', '--trace', self.trace]
        for where in self.servers:
            argv += ['--server', where]
        env = {**os.environ, 'HOME': self.folder, 'XDG_DATA_HOME': self.folder, 'XDG_CACHE_HOME': self.folder,
               'XDG_STATE_HOME': self.folder, 'XDG_CONFIG_HOME': self.folder}
        self.process = subprocess.Popen([*argv, '--', 'sleep', f'{seconds:.2f}'], env=env, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def collect(self):
        if self.process:
            output, _ = self.process.communicate()
            self.done += 1
            if self.process.returncode:
                self.failed.append((self.process.returncode, output))
            self.process = None

    def events(self):
        if not os.path.exists(self.trace):  # it never got a seat
            return []
        with open(self.trace, encoding='utf-8') as f:
            return [json.loads(line) for line in f]


def overlaps(runners):
    """The most seats in use at once per server, and leases lost, as the clients wrote it down."""
    changes, lost = {}, 0
    for runner in runners:
        held = {}
        for event in runner.events():
            lease, what, now = event['lease'], event['event'], event['time_us']
            if what == 'lost':
                lost += 1
            if what in ('granted', 'moved'):
                if lease in held:
                    changes.setdefault(held[lease], []).append((now, -1))
                held[lease] = event['server']
                changes.setdefault(event['server'], []).append((now, 1))
            elif what in ('released', 'lost', 'replaced') and lease in held:
                changes.setdefault(held.pop(lease), []).append((now, -1))
    peaks = {}
    for server, steps in changes.items():
        level = peak = 0
        for _, delta in sorted(steps):
            level += delta
            peak = max(peak, level)
        peaks[server] = peak
    return peaks, lost


def totals(runners):
    """The most seats in use at once on all servers together, and leases lost, as the clients wrote it down."""
    steps, lost = [], 0
    for runner in runners:
        held = set()
        for event in runner.events():
            lease, what, now = event['lease'], event['event'], event['time_us']
            lost += what == 'lost'
            if what in ('granted', 'moved') and lease not in held:
                held.add(lease)
                steps.append((now, 1))
            elif what in ('released', 'lost', 'replaced') and lease in held:
                held.discard(lease)
                steps.append((now, -1))
    level = peak = 0
    for _, delta in sorted(steps):
        level += delta
        peak = max(peak, level)
    return peak, lost
