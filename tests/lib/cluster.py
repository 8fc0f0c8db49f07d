# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers for tests and the demo: starts triasd processes on loopback addresses, each with its
own state, and speaks to them as an administrator would. Ends only what it started, by process id.
"""
import atexit
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

PASSWORD = 'correct horse battery'
ADMIN = 'admin'


class Timeout(AssertionError):
    pass


def wait(condition, timeout=20, what=''):
    """Waits until condition() is true and returns it; never sleeps longer than it must. @what may be callable."""
    end = time.monotonic() + timeout
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout('timed out: ' + (what() if callable(what) else what or condition.__name__))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def free_port(addresses):
    """A port that is free on every one of the addresses now."""
    while True:
        sockets = []
        try:
            first = socket.create_server((addresses[0], 0))
            sockets.append(first)
            port = first.getsockname()[1]
            for address in addresses[1:]:
                sockets.append(socket.create_server((address, port)))
            return port
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()


def client_identity(path):
    """A client's own key and self-signed certificate in one file."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '30', '-subj', '/CN=client',
                    '-keyout', path + '.key', '-out', path + '.crt'], check=True, capture_output=True)
    with open(path, 'w', encoding='ascii') as out:
        for part in ('.crt', '.key'):
            with open(path + part, encoding='ascii') as f:
                out.write(f.read())
            os.unlink(path + part)
    return path


class Client:
    """A client with its own key and one kept-alive connection per server."""

    def __init__(self, identity, timeout=10):
        self.identity, self.timeout, self.connections = identity, timeout, {}

    def call(self, server, method, path, body=None, headers=None):
        """(status, value); a transport error closes the connection and is raised."""
        connection = self.connections.get(server) or server.connect(self.timeout, self.identity)
        self.connections[server] = connection
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            head = {'Content-Type': 'application/json', **(headers or {})} if data else headers or {}
            connection.request(method, '/api/v1' + path, data, head)
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None
        except Exception:
            self.close(server)
            raise

    def close(self, server=None):
        for key in [server] if server else list(self.connections):
            connection = self.connections.pop(key, None)
            if connection:
                connection.close()


class Problem(Exception):
    """A problem answer: .status, .reason, .detail, .params."""

    def __init__(self, status, body):
        self.status, self.body = status, body
        self.reason = body.get('reason', '')
        self.params = body.get('params', {})
        super().__init__(f'{status} {self.reason}: {body.get("detail")}')


class Server:
    """One triasd with its own address and state folder."""

    def __init__(self, cluster, name, address, port, state=None):
        self.cluster, self.name, self.address, self.port = cluster, name, address, port
        self.state = state or os.path.join(cluster.folder, name)
        os.makedirs(self.state, mode=0o700, exist_ok=True)
        self.process = None
        self.token = None
        self.id = None
        self.log = os.path.join(cluster.folder, f'{name}.log')

    @property
    def where(self):
        return f'{self.address}:{self.port}'

    @property
    def pinned(self):
        return f'{self.where}#{self.id}'

    def start(self, *options, env=None, wait_ready=True):
        assert self.process is None
        log = open(self.log, 'ab')
        argv = [*self.cluster.wrapper, self.cluster.triasd, '--state', self.state, '--listen', self.where,
                '--name', self.name, '--issuers', self.cluster.issuers, *options]
        self.process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})})
        log.close()
        if wait_ready:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=30):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f'{self.name} ended with {self.process.returncode}:\n{self.read_log()}')
            try:
                self.id = self.rest('GET', '/server', token=None)['id']
                return True
            except (OSError, http.client.HTTPException):
                return False
        wait(answers, timeout, f'{self.name} answers')

    def read_log(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()[-8000:]

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, timeout=20):
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    # --- as an administrator
    def add_admin(self, name=ADMIN, password=PASSWORD):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(os.path.join(self.state, 'admin.sock'))
            s.sendall(json.dumps({'verb': 'admin-add', 'name': name, 'password': password}).encode() + b'\n')
            answer = json.loads(s.makefile().readline())
        assert answer.get('ok'), answer

    def sign_in(self, name=ADMIN, password=PASSWORD):
        self.token = self.rest('POST', '/session', {'name': name, 'password': password}, token=None)['token']

    def connect(self, timeout=10, identity=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if identity:
            context.load_cert_chain(identity)
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=timeout, context=context)
        return connection

    def rest(self, method, path, body=None, token=True, timeout=30, headers=None):
        connection = self.connect(timeout)
        try:
            head = {'Accept': 'application/json', **(headers or {})}
            if token and self.token:
                head['Authorization'] = f'Bearer {self.token}'
            data = None
            if body is not None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                head['Content-Type'] = 'application/json'
            connection.request(method, '/api/v1' + path, data, head)
            answer = connection.getresponse()
            raw = answer.read()
            value = json.loads(raw) if raw and 'json' in (answer.getheader('Content-Type') or '') else raw
            if answer.status >= 300:
                raise Problem(answer.status, value if isinstance(value, dict) else {'detail': repr(raw[:200])})
            return value
        finally:
            connection.close()

    def relationship(self):
        return self.rest('GET', '/relationship')

    def status(self):
        return self.relationship()['relationship']['status']

    def let_in(self, other):
        """The narrowest rule that lets the other server in as a partner."""
        return self.rest('POST', '/rules', {
            'id': hashlib.sha256(f'{self.id} {other.id}'.encode()).hexdigest()[:32], 'scope': 'peer', 'effect': 'allow',
            'who': {'kind': 'key', 'value': other.id}, 'where': {'kind': 'address', 'value': other.address}, 'note': ''})

    def install(self, licence):
        return self.rest('POST', '/licenses', {'text': licence})

    def invite(self, coordinator, kind='backup'):
        return self.rest('POST', '/relationship/invitation', {'coordinator': coordinator.id, 'kind': kind})['code']


class Cluster:
    """Servers that share a folder, an issuer and, if asked, a network namespace of their own."""

    def __init__(self, build, wrapper=(), folder=None):
        self.build = os.path.abspath(build)
        self.triasd = os.path.join(self.build, 'src/server/daemon/triasd')
        self.trias = os.path.join(self.build, 'src/cli/trias')
        self.console = os.path.join(self.build, 'src/console/trias-console')
        self.wrapper = list(wrapper)
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix='trias-')
        self.issuers = os.path.join(self.folder, 'issuers')
        os.makedirs(self.issuers, exist_ok=True)
        self.servers = []
        atexit.register(self.close)

    def close(self):
        for server in self.servers:
            if server.process is not None:
                server.process.send_signal(signal.SIGCONT)
            server.stop()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def server(self, name, address, port=None, state=None):
        server = Server(self, name, address, port or free_port([address]), state)
        self.servers.append(server)
        return server

    def cli(self, *args, **kwargs):
        """Runs `trias` and returns its output."""
        done = subprocess.run([self.trias, *args], capture_output=True, text=True, timeout=60, **kwargs)
        assert done.returncode == 0, f'trias {" ".join(args)}: {done.returncode}\n{done.stdout}{done.stderr}'
        return done.stdout

    def issuer(self, name='demo-issuer'):
        """Makes the test issuer's key pair once: the public half where the servers look for it."""
        secret = os.path.join(self.folder, f'{name}.secret')
        if not os.path.exists(secret):
            self.cli('license', 'keygen', name, '--test', '--secret', secret, '--issuers', self.issuers)
        return name, secret

    def licence(self, id_, features, product='Druckfabrik', licensee='Musterdruck GmbH', revision=1, bind=(), issuer='demo-issuer'):
        """A signed licence; features: {name: seats} or {name: {...}}."""
        issuer, secret = self.issuer(issuer)
        payload = {'id': id_, 'revision': revision, 'issuer': issuer, 'licensee': licensee, 'product': product,
                   'bind': list(bind), 'features': []}
        for name, what in features.items():
            feature = {'name': name, 'seats': what} if isinstance(what, int) else {'name': name, **what}
            payload['features'].append({'counted_by': 'lease', 'not_before': None, 'not_after': None,
                                        'grace_hours': 0, **feature})
        return self.cli('license', 'issue', '--key', secret, '-', input=json.dumps(payload))

    def pair(self, features_main, features_backup, addresses=('127.0.0.2', '127.0.0.3'), form=True, names=('druck-a', 'druck-b'),
             port=None, **options):
        """Two running servers with an administrator and a licence each; formed as a pair if asked."""
        self.issuer()
        port = port or free_port(addresses)
        servers = [self.server(name, address, port) for name, address in zip(names, addresses)]
        for server, features in zip(servers, (features_main, features_backup)):
            server.start()
            server.add_admin()
            server.sign_in()
            if features:
                server.install(self.licence(f'{server.name}-1', features))
        if form:
            self.form(*servers, **options)
        return servers

    def form(self, main, backup, name='Druckerei', **options):
        main.let_in(backup)
        backup.let_in(main)
        main.rest('POST', '/relationship', {
            'id': os.urandom(16).hex(), 'name': name, 'kind': 'backup', 'own_address': main.where, 'options': options,
            'members': [{'address': backup.where, 'fingerprint': backup.id, 'invitation': backup.invite(main)}]})
        self.wait_synchronised(main, backup)

    def triad(self, features, addresses=('127.0.0.2', '127.0.0.3', '127.0.0.4'), form=True,
              names=('druck-p', 'druck-s', 'druck-t'), port=None, **options):
        """Three running servers with an administrator each, a licence on the first; formed as a triad if asked."""
        self.issuer()
        port = port or free_port(addresses)
        servers = [self.server(name, address, port) for name, address in zip(names, addresses)]
        for server in servers:
            server.start()
            server.add_admin()
            server.sign_in()
        if features:
            servers[0].install(self.licence('triad-1', features))
        if form:
            self.form_triad(*servers, **options)
        return servers

    def form_triad(self, primary, *others, name='Druckerei', **options):
        servers = (primary, *others)
        for server in servers:
            for other in servers:
                if other is not server:
                    server.let_in(other)
        primary.rest('POST', '/relationship', {
            'id': os.urandom(16).hex(), 'name': name, 'kind': 'triad', 'own_address': primary.where, 'options': options,
            'members': [{'address': s.where, 'fingerprint': s.id, 'invitation': s.invite(primary, 'triad')} for s in others]})
        self.wait_whole(*servers)

    def wait_whole(self, *servers, timeout=40):
        """All three members of a triad see each other connected and synchronised, and agree who is active."""
        def good():
            try:
                seen = [s.relationship()['relationship'] for s in servers]
            except (OSError, Problem, http.client.HTTPException):
                return False
            return (all(seen) and len({r['active'] for r in seen}) == 1 and seen[0]['active']
                    and all(x['connected'] and x['synchronised'] for r in seen for x in r['statuses']))
        wait(good, timeout, 'the triad is whole')

    def wait_synchronised(self, *servers, timeout=30):
        def good():
            try:
                states = [s.status() for s in servers]
            except (OSError, Problem, http.client.HTTPException, TypeError):
                return False
            return all(s['connected'] and s['synchronised'] for s in states)
        wait(good, timeout, 'connected and synchronised')


# --- the network between addresses of one namespace
def _iptables(*args):
    subprocess.run(['iptables', '-w', *args], check=True, stdout=subprocess.DEVNULL)


def cut(a, b, one_way=False):
    """Cuts the link between two addresses with the real firewall; only inside a namespace of our own."""
    assert os.environ.get('TRIAS_OWN_NETNS') == '1', 'run inside a network namespace of its own (tests/lib/netns.sh)'
    _iptables('-A', 'OUTPUT', '-s', a, '-d', b, '-j', 'DROP')
    if not one_way:
        _iptables('-A', 'OUTPUT', '-s', b, '-d', a, '-j', 'DROP')


def heal():
    """Mends every cut."""
    assert os.environ.get('TRIAS_OWN_NETNS') == '1'
    _iptables('-F', 'OUTPUT')


class SmallDisk:
    """A file system of a few megabytes for one server's state, in a mount namespace of our own."""

    def __init__(self, folder, size='8m'):
        assert os.environ.get('TRIAS_OWN_NETNS') == '1'
        self.folder, self.filler = folder, os.path.join(folder, 'filler')
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size},mode=700', 'none', folder], check=True)
        atexit.register(self.close)

    def fill(self):
        """Leaves no byte free."""
        fd = os.open(self.filler, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(fd, b'x' * 4096)
        except OSError:
            os.close(fd)

    def free(self):
        os.unlink(self.filler)

    def close(self):
        subprocess.run(['umount', '-l', self.folder], check=False, stderr=subprocess.DEVNULL)
