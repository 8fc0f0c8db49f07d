# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Production sites for tests of several servers: each takes a seat, keeps it by renewing, gives it
back, again and again, at whichever server serves, and writes down what it saw. Their histories say
whether a seat was ever used twice or an answered grant was lost.

All run on one machine, so one monotonic clock orders everything. As libtrias does, a site counts a
lease from the moment it sent the request, and stops at its end whatever the servers say.
"""
import http.client
import json
import os
import ssl
import threading
import time

from cluster import Client, client_identity

TTL = 6
SLACK = 0.002  # the order of two moments closer than this is not known


class Use:
    """A seat as a site saw it: it was used from @since on, and no longer after @until."""

    def __init__(self, site, lease):
        self.site, self.lease = site, lease
        self.since = self.until = None   # monotonic
        self.released = False            # the server confirmed it
        self.lost = False                # it ended against the site's will


class Site(threading.Thread):
    """One client with a key of its own."""

    def __init__(self, folder, number, servers, feature, choose, hold=(0.3, 2.5)):
        super().__init__(daemon=True)
        self.identity = client_identity(os.path.join(folder, f'site-{number}.pem'))
        self.servers, self.feature, self.choose, self.hold = servers, feature, choose, hold
        self.number = number
        self.client = Client(self.identity, timeout=1.5)
        self.preferred = servers[0]
        self.uses, self.waits, self.errors = [], [], []  # waits: (since when, for how long) of each final answer
        self.asking = None  # monotonic: since when it waits for a final answer
        self.stopping = threading.Event()

    def stop(self):
        self.stopping.set()

    # --- one request, at whichever member serves
    def ask(self, method, path, body, deadline):
        """(status, answer, when it was sent) of the first final answer, or None at @deadline."""
        began = self.asking = time.monotonic()
        try:
            done = self.insist(method, path, body, deadline)
            if done is not None:
                self.waits.append((began, time.monotonic() - began))
            return done
        finally:
            self.asking = None

    def has_been_answered(self, since):
        """Whether nothing waits for an answer that was asked before @since."""
        asking = self.asking
        return asking is None or asking >= since

    def insist(self, method, path, body, deadline):
        order = [self.preferred] + [s for s in self.servers if s is not self.preferred]
        pause = 0.02
        while time.monotonic() < deadline and not (self.stopping.is_set() and method == 'POST'):
            for server in order:
                sent = time.monotonic()
                try:
                    status, answer = self.client.call(server, method, path, body)
                except (OSError, http.client.HTTPException, ssl.SSLError, json.JSONDecodeError):
                    continue
                if status in (200, 201, 204, 404, 409, 410):
                    self.preferred = server
                    return status, answer, sent
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)
        return None

    # --- the life of a seat
    def acquire(self, use):
        body = {'id': use.lease, 'feature': self.feature, 'count': 1, 'ttl_s': TTL,
                'holder': {'user': f'site-{self.number}', 'host': 'test', 'device': ''}}
        done = self.ask('POST', '/leases', body, time.monotonic() + 30)
        if done is None:
            return False
        status, answer, sent = done
        if status not in (200, 201):
            if answer.get('reason') not in ('no-seats', 'gone'):
                self.errors.append((status, answer))
            return False
        use.since = time.monotonic()
        use.until = sent + TTL
        return True

    def renew(self, use):
        done = self.ask('PUT', f'/leases/{use.lease}', {}, use.until)
        if done is None or done[0] != 200:
            use.lost = True
            if done is not None and time.monotonic() < use.until:
                # Told that it is gone: it stops at once, which it must not have been told.
                self.errors.append((done[0], done[1], use.lease))
                use.until = time.monotonic()
            return False
        use.until = done[2] + TTL
        return True

    def release(self, use):
        until = use.until
        use.until = time.monotonic()
        done = self.ask('DELETE', f'/leases/{use.lease}', None, until)
        use.released = done is not None and done[0] in (200, 204, 404, 410)

    def work_once(self):
        use = Use(self.number, os.urandom(16).hex())
        self.uses.append(use)
        if not self.acquire(use):
            self.stopping.wait(0.1)
            return
        end = time.monotonic() + self.choose.uniform(*self.hold)
        while True:
            left = end - time.monotonic()
            if left <= 0 or self.stopping.is_set():
                break
            self.stopping.wait(min(left, TTL / 3))
            if time.monotonic() < end and not self.stopping.is_set() and not self.renew(use):
                return
        if time.monotonic() < use.until:
            self.release(use)

    def run(self):
        while not self.stopping.is_set():
            try:
                self.work_once()
            except Exception as e:  # a bug of the test must not look like a quiet site
                self.errors.append(('exception', repr(e)))
                return


def peak(uses):
    """The most seats in use at one moment, as the sites saw it."""
    steps = []
    for use in uses:
        if use.since is not None and use.until - use.since > SLACK:
            steps += [(use.since + SLACK, 1), (use.until, -1)]
    level = most = 0
    for _, step in sorted(steps):
        level += step
        most = max(most, level)
    return most
