# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: triasd, etcd and Redis as real processes on loopback, and how each is loaded.

Every system answers measure(clients, seconds) with a Cell; CPU is that of the server's process.
"""
import collections
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import cluster  # noqa: E402

Cell = collections.namedtuple('Cell', 'rate p50 p99 cpu')  # per second, µs, µs, µs per operation
SEATS = 1000000
FEATURE = 'seat'


def cpu_seconds(pid):
    """CPU time of a process, to the nanosecond: the clock that clock_getcpuclockid() gives."""
    return time.clock_gettime((~pid << 3) | 2)


def figures(line):
    """{key: number} of `key=value` words."""
    return {k: float(v) for k, v in re.findall(r'(\w+)=([-\d.]+)', line)}


class PlainServer(cluster.Server):
    """triasd --plain."""

    def connect(self, timeout=10, identity=None):
        return http.client.HTTPConnection(self.address, self.port, timeout=timeout)


class Trias:
    """triasd with a licence of many seats, loaded by clients with keys of their own."""

    def __init__(self, servers, name, plain=False):
        self.name, self.plain, self.servers = name, plain, servers
        self.load = os.path.join(servers.build, 'tests/bench/load')

    def start(self):
        self.servers.issuer()
        kind = PlainServer if self.plain else cluster.Server
        self.server = kind(self.servers, self.name.replace(' ', '-'), '127.0.0.1',
                           cluster.free_port(['127.0.0.1']))
        self.servers.servers.append(self.server)
        self.start_server()
        self.server.add_admin()
        self.server.sign_in()
        self.server.install(self.servers.licence('bench-1', {FEATURE: SEATS}))
        return self

    def start_server(self, wait_ready=True):
        self.server.start(*(['--plain'] if self.plain else []), wait_ready=wait_ready)

    def run(self, clients, seconds, *options):
        command = [self.load, '--clients', str(clients), '--seconds', str(seconds), '--pid',
                   str(self.server.process.pid), *(['--plain'] if self.plain else []),
                   '--addresses', str(min(clients, 200)), *options,
                   self.server.address, str(self.server.port), FEATURE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
        if done.returncode != 0:
            raise RuntimeError(f'{self.name}: {done.stdout}{done.stderr}{self.server.read_log()}')
        result = figures(done.stdout)
        if result['errors'] or result['lost']:
            raise RuntimeError(f'{self.name}, {clients} clients: {done.stdout}{done.stderr}')
        return result

    def measure(self, clients, seconds):
        r = self.run(clients, seconds)
        return Cell(r['rate'], r['p50_us'], r['p99_us'], r['cpu_us'])

    def stop(self):
        self.server.stop()


class Peer:
    """Another system, started on a free port with its data in a folder of its own."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, self.name.replace(' ', '-'))
        os.makedirs(self.folder)
        self.port = cluster.free_port(['127.0.0.1'])
        self.process = None

    def launch(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL, cwd=self.folder)

    def measure(self, clients, seconds):
        before = cpu_seconds(self.process.pid)
        count, rate, p50, p99 = self.load(clients, seconds)
        return Cell(rate, p50, p99, (cpu_seconds(self.process.pid) - before) / count * 1e6)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Redis(Peer):
    """SET of 100 bytes, appendfsync always, by its own benchmark."""

    name = 'redis always'

    def __init__(self, folder):
        super().__init__(folder)
        self.rates = {}

    def start(self):
        self.launch('redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--appendonly', 'yes',
                    '--appendfsync', 'always', '--save', '', '--dir', self.folder)
        cluster.wait(self.answers, 20, 'redis answers')
        return self

    def answers(self):
        # Its benchmark waits for ever for a server that is not there yet.
        try:
            with socket.create_connection(('127.0.0.1', self.port), 1) as s:
                s.settimeout(1)
                s.sendall(b'PING\r\n')
                return s.recv(5) == b'+PONG'
        except OSError:
            return False

    def run(self, clients, count):
        done = subprocess.run(['redis-benchmark', '-p', str(self.port), '-c', str(clients), '-n', str(count),
                               '-r', '100000', '-d', '100', '-t', 'set', '--precision', '3'],
                              capture_output=True, text=True, timeout=120)
        text = done.stdout.replace('\r', '\n')
        rate = re.findall(r'throughput summary: ([\d.]+)', text)
        if not rate:
            raise RuntimeError(f'redis-benchmark: {done.stdout}{done.stderr}')
        part = re.search(r'latency summary.*\n\s+avg.*\n\s+(.*)', text)[1].split()
        return count, float(rate[0]), float(part[2]) * 1000, float(part[4]) * 1000

    def load(self, clients, seconds):
        # It counts requests, not seconds: the number comes from its last rate.
        count = int(max(500, min(self.rates.get(clients, 4000 * min(clients, 10)) * seconds, 1000000)))
        result = self.run(clients, count)
        self.rates[clients] = result[1]
        return result


class Etcd(Peer):
    """put of 100 bytes on one node, by its own Go client.

    Clients of a licence server are programs of their own, so each has a connection; `shared` lets them
    share that many, which is the best case of its protocol. `tls` has both sides show certificates.
    """

    def __init__(self, folder, tool, name, shared=None, tls=False):
        self.name = name
        super().__init__(folder)
        self.tool, self.shared, self.tls = tool, shared, tls

    def start(self):
        scheme = 'https' if self.tls else 'http'
        url = f'{scheme}://127.0.0.1:{self.port}'
        peers = f'http://127.0.0.1:{cluster.free_port(["127.0.0.1"])}'
        secrets = []
        if self.tls:
            make_certificates(self.folder)
            secrets = ['--cert-file', 'server.pem', '--key-file', 'server.key', '--trusted-ca-file', 'ca.pem',
                       '--client-cert-auth']
        self.launch('etcd', '--name', 's', '--data-dir', os.path.join(self.folder, 'data'),
                    '--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peers,
                    '--initial-advertise-peer-urls', peers, '--initial-cluster', f's={peers}', *secrets)
        cluster.wait(lambda: self.run(1, 0.1)['ops'] > 0, 30, 'etcd answers')
        return self

    def run(self, clients, seconds):
        secrets = ['ca.pem', 'client.pem', 'client.key'] if self.tls else []
        done = subprocess.run([self.tool, f'127.0.0.1:{self.port}', str(clients), str(seconds),
                               str(self.shared or clients), *secrets],
                              capture_output=True, text=True, timeout=seconds + 30, cwd=self.folder)
        return collections.defaultdict(float, figures(done.stdout))

    def load(self, clients, seconds):
        r = self.run(clients, seconds)
        if r['ops'] == 0 or r['errors']:
            raise RuntimeError(f'etcd, {clients} clients: {dict(r)}')
        return r['ops'], r['ops'] / r['seconds'], r['p50_us'], r['p99_us']


def make_certificates(folder):
    """An authority with one certificate for each side, on the curve that costs etcd least."""
    def openssl(*arguments):
        subprocess.run(['openssl', *arguments], cwd=folder, check=True, capture_output=True, timeout=30)

    curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', *curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=bench', '-days', '2')
    for name in ('server', 'client'):
        extensions = os.path.join(folder, name + '.ext')
        with open(extensions, 'w', encoding='ascii') as f:
            f.write('subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
        openssl('req', '-new', *curve, '-keyout', name + '.key', '-out', name + '.csr', '-subj', f'/CN={name}')
        openssl('x509', '-req', '-in', name + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
                '-out', name + '.pem', '-days', '2', '-extfile', extensions)


def build_etcd_load(folder):
    """The load for etcd, from Debian's golang-etcd-server-dev; None without it."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'etcdload.go')
    tool = os.path.join(folder, 'etcdload')
    if not os.path.exists(tool) or os.path.getmtime(tool) < os.path.getmtime(source):
        if shutil.which('go') is None:
            return None
        with tempfile.TemporaryDirectory(prefix='trias-go-') as cache:
            environment = {**os.environ, 'GO111MODULE': 'off', 'GOPATH': '/usr/share/gocode', 'GOCACHE': cache,
                           'GOFLAGS': '-p=2'}
            done = subprocess.run(['go', 'build', '-o', tool, source], env=environment, timeout=600)
        if done.returncode != 0:
            return None
    return tool
