# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client for tests that sees every gap."""
import os
import threading
import time

from cluster import Client, client_identity, wait


class Watcher(threading.Thread):
    """A client that renews a seat all the time at whoever serves; the longest time between two answers."""

    def __init__(self, cluster, servers):
        super().__init__(daemon=True)
        self.client = Client(client_identity(os.path.join(cluster.folder, 'watcher')), timeout=0.5)
        self.servers, self.preferred = servers, servers[0]
        self.lease = os.urandom(16).hex()
        self.gap, self.answers, self.lost, self.going = 0, 0, [], True
        self.served_by = []
        wait(lambda: self.ask('POST', '/leases', {'id': self.lease, 'feature': 'druck', 'ttl_s': 60}), 20, 'a seat')
        self.start()

    def ask(self, method, path, body=None):
        headers = None
        for server in [self.preferred, *[s for s in self.servers if s is not self.preferred]]:
            try:
                status, value = self.client.call(server, method, path, body, headers)
            except Exception:  # mute, or cut
                self.client.close(server)
                headers = {'Trias-Cannot-Reach': server.id}
                continue
            if status in (307, 503):
                continue
            if status >= 400:
                self.lost.append((server.name, status, value))
            self.preferred = server
            if self.served_by[-1:] != [server.name]:
                self.served_by.append(server.name)
            return value
        return None

    def run(self):
        last = time.monotonic()
        while self.going:
            if self.ask('PUT', f'/leases/{self.lease}', {}) is not None:
                now = time.monotonic()
                self.gap, last, self.answers = max(self.gap, now - last), now, self.answers + 1
            time.sleep(0.01)

    def end(self):
        self.going = False
        self.join()
        self.client.close()
        return self
