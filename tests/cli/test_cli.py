#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_cli.py BUILD: `trias` against real servers, from the first administrator to the dissolved pair."""
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, PASSWORD, free_port, wait  # noqa: E402

cluster = Cluster(sys.argv[1])
home = os.path.join(cluster.folder, 'home')
os.makedirs(home)
password = os.path.join(cluster.folder, 'password')
with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
    f.write(PASSWORD + '\n')
ENV = {**os.environ, 'HOME': home, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'en', 'TRIAS_LOCALEDIR': os.path.join(cluster.build, 'po'),
       **{f'XDG_{kind}_HOME': os.path.join(home, kind.lower()) for kind in ('CONFIG', 'DATA', 'STATE', 'CACHE')}}
port = free_port(('127.0.0.2', '127.0.0.3', '127.0.0.4'))
a, b, c = (cluster.server(f'druck-{x}', f'127.0.0.{n}', port) for x, n in (('a', 2), ('b', 3), ('c', 4)))


def trias(*args, code=0, text=None, warned=None, **env):
    done = subprocess.run([cluster.trias, *args], capture_output=True, text=True, timeout=60, input=text, env={**ENV, **env})
    assert done.returncode == code, f'trias {" ".join(args)}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}'
    assert warned is None or done.stderr.startswith(warned) and bool(warned) == bool(done.stderr), done.stderr
    return done.stdout if code == 0 else done.stderr


def run_triasd(*args):
    return subprocess.run([cluster.triasd, *args], capture_output=True, text=True, timeout=60, check=False)


@tap.test
def issuer():
    """licences are made, inspected and verified without a server"""
    issuer_, secret = cluster.issuer()
    payload = {'id': 'L-9', 'revision': 1, 'issuer': issuer_, 'licensee': 'Musterdruck GmbH', 'product': 'Druckfabrik', 'bind': [],
               'features': [{'name': 'rip', 'seats': 4, 'counted_by': 'lease', 'not_before': None,
                             'not_after': '2030-01-01T00:00:00Z', 'grace_hours': 24}]}
    text = trias('license', 'issue', '--key', secret, '-', text=json.dumps(payload))
    file = os.path.join(cluster.folder, 'rip.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(text)
    assert 'L-9' in trias('license', 'inspect', file)
    other = os.path.join(cluster.folder, 'other.secret')
    trias('license', 'keygen', 'other', '--secret', other, '--issuers', cluster.issuers)
    refusal = trias('license', 'issue', '--key', other, '--issuers', cluster.issuers, '-', text=json.dumps(payload), code=1)
    assert 'is not that of the issuer “demo-issuer”' in refusal, refusal
    assert trias('license', 'issue', '--key', secret, '--issuers', cluster.issuers, '-', text=json.dumps(payload)) == text
    assert 'signature is good' in trias('license', 'verify', '--issuers', cluster.issuers, file)
    with open(file, 'w', encoding='ascii') as f:
        f.write(text.replace('A', 'B', 3))
    trias('license', 'verify', '--issuers', cluster.issuers, file, code=1)
    trias('license', 'keygen', issuer_, '--secret', secret, code=64)  # never overwrites a key


@tap.test
def keygen_whole_or_nothing():
    """a key pair is made whole or not at all"""
    secret, folder = os.path.join(cluster.folder, 'half.secret'), os.path.join(cluster.folder, 'keys')
    refusal = trias('license', 'keygen', 'half', '--secret', secret, '--issuers', folder, code=64)
    assert folder in refusal and not os.path.exists(secret), refusal
    os.mkdir(folder)
    with open(os.path.join(folder, 'half.pub'), 'w', encoding='ascii') as f:
        f.write('of another issuer')
    trias('license', 'keygen', 'half', '--secret', secret, '--issuers', folder, code=64)
    assert not os.path.exists(secret)
    trias('license', 'keygen', 'other', '--secret', secret, '--issuers', folder)
    assert os.path.exists(secret) and os.path.exists(os.path.join(folder, 'other.pub'))


@tap.test
def typos():
    """a wrong word gets one line that names the right one and where to read on"""
    for args, near, where in ((('servr', 'list'), '“server”', 'trias help'), (('server', 'lst'), '“list”', 'trias help server'),
                              (('server', 'list', '--jsn'), '“--json”', 'trias help server'),
                              (('run', '--featrue', 'rip', '--', 'true'), '“--feature”', 'trias help run'),
                              (('help', 'relationshp'), '“relationship”', 'trias help')):
        said = trias(*args, code=64)
        assert near in said and said.rstrip().endswith(where) and said.count('\n') == 1, said
    assert 'needs a verb: add, list' in trias('server', code=64)
    said = trias('server', 'lst', code=64, LANGUAGE='de')
    assert 'Meinten Sie „list“?' in said, said
    assert 'Usage: trias server add ADDRESS' in trias('server', 'add', code=64)
    assert 'server rename' in trias('server', 'add', '--help') and 'lease list' not in trias('server', 'add', '--help')


@tap.test
def manual():
    """every command, and what it takes, stands in the manual page of each language"""
    for language, file in (('en', 'trias.1'), ('de', 'de/trias.1')):
        with open(os.path.join(os.path.dirname(__file__), '../../data/man', file), encoding='utf-8') as page:
            text = re.sub(r'\\f[BIR]|^\.BR? ', '', page.read().replace('\\-', '-').replace('\\(aq', "'"), flags=re.MULTILINE)
        listed = trias('help', LANGUAGE=language).split('\n\n')[1]
        for line in listed.splitlines():
            command = re.split(r'\s{2,}', line.strip())[0]
            assert line.startswith('   ') or command in text, f'{command} is not in {file}'
        foreign = {'ADDRESS', 'COMMAND', 'DIR', 'DURATION', 'FILE', 'MEMBER', 'SCOPE', 'SECONDS', 'TIME', 'WHO', 'WHERE', 'NOUN', 'VERB'}
        words = set(re.findall(r'(?<![-A-Z])[A-Z]{3,}', trias('help', LANGUAGE=language) + text))
        assert not foreign & words or language == 'en', foreign & words


@tap.test
def demo():
    """the demo says why a picture cannot be written, before it starts anything"""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib/demo.py')
    for place, why in (('/nonexistent/x.png', 'there is no folder /nonexistent'), (cluster.folder, 'it is a folder')):
        done = subprocess.run([sys.executable, script, cluster.build, '--screenshot', place], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 1 and why in done.stderr and not done.stdout, done


@tap.test
def triasd():
    """triasd says which configuration it checked, and promises nothing when it ends"""
    said = run_triasd('--check-config')
    default = re.search(r'Configuration file \((.*)\)', run_triasd('--help').stdout)[1]
    assert os.path.exists(default) or f'There is no file {default}' in said.stdout, said
    assert said.returncode == 0, said
    own = os.path.join(cluster.folder, 'own.conf')
    with open(own, 'w', encoding='ascii') as f:
        f.write('# nothing but defaults\n')
    assert run_triasd('--check-config', '--config', own).stdout == 'The configuration is good.\n'
    state = os.path.join(cluster.folder, 'spoilt')
    os.makedirs(os.path.join(state, 'trias.db'), mode=0o700)
    said = run_triasd('--state', state, '--listen', f'127.0.0.9:{port}')
    assert said.returncode == 1 and 'Cannot open the file' in said.stderr and 'by itself' not in said.stderr, said


@tap.test
def first_administrator():
    """the first administrator is made on the server itself and signs in from elsewhere"""
    for server in (a, b):
        server.start()
        trias('admin', 'add', 'anna', '--state', server.state, '--password-stdin', text=PASSWORD + '\n')
        assert trias('admin', 'list', '--state', server.state).split() == ['anna']
        advice = trias('server', 'add', server.where, code=1)
        assert f'trias server add {server.pinned}' in advice, advice  # shows the fingerprint instead of trusting
        [printed] = re.findall('^fingerprint (.*)$', server.read_log(), re.MULTILINE)
        assert printed in advice, (printed, advice)  # group by group as the server itself printed it
        assert f'“{server.name}”' in trias('server', 'add', server.pinned)
        trias('login', '--server', server.name, '--user', 'anna', '--password-file', password)
    trias('admin', 'add', 'anna', '--state', a.state, '--password-stdin', code=1, text=PASSWORD + '\n')
    assert 'the only administrator' in trias('admin', 'remove', 'anna', '--state', a.state, code=1)
    assert trias('admin', 'list', '--state', a.state).split() == ['anna']
    trias('admin', 'add', 'otto', '--state', a.state, '--password-stdin', text=PASSWORD + '\n')
    trias('admin', 'remove', 'otto', '--state', a.state)
    wrong = os.path.join(cluster.folder, 'wrong')
    with open(wrong, 'w', encoding='ascii') as f:
        f.write('not the password')
    trias('login', '--server', a.where, '--user', 'anna', '--password-file', wrong, code=1)
    assert 'druck-a' in trias('server', 'show', '--server', a.where)
    assert trias('server', 'health', '--server', a.where).startswith('serving')


@tap.test
def impostor():
    """another key than the expected one is a warning with both keys, never an offer to trust it"""
    for language, words in (('en', 'WARNING'), ('de', 'WARNUNG')):
        said = trias('server', 'add', f'{a.where}#{b.id}', code=1, LANGUAGE=language)
        shown = said.replace(' ', '').lower()
        assert words in said and a.id in shown and b.id in shown and 'journalctl' in said, said
        assert f'#{a.id}' not in said, said  # nothing to copy unread
    trias('login', '--server', f'{a.where}#{b.id}', '--user', 'anna', '--password-file', password, code=1)


@tap.test
def names():
    """servers are called by their names, also the new one; a name that two have is refused"""
    assert 'druck-a' in trias('server', 'show', '--server', 'druck-a')
    assert 'druck-x' in trias('server', 'rename', 'druck-x', '--server', 'druck-a')
    assert 'druck-x' in trias('server', 'show', '--server', 'druck-x')
    trias('server', 'rename', 'druck-b', '--server', 'druck-x')
    assert 'Several' in trias('server', 'show', '--server', 'druck-b', code=64)
    trias('server', 'rename', 'druck-a', '--server', a.where)
    assert 'druck-y' in trias('server', 'show', '--server', 'druck-y', code=69)
    listed = json.loads(trias('server', 'list', '--json'))['servers']
    assert [s['name'] for s in listed] == ['druck-a', 'druck-b'], listed


@tap.test
def socket_of_the_configuration():
    """`trias admin` finds the socket from the server's configuration file"""
    conf = os.path.join(cluster.folder, 'triasd.conf')
    for line in (f'state={a.state}', f'state=/nowhere\nsocket={a.state}/admin.sock'):
        with open(conf, 'w', encoding='ascii') as f:
            f.write(f'# of a test\n[server]\n{line}\n')
        assert trias('admin', 'list', '--config', conf).split() == ['anna']
    assert trias('admin', 'list', '--socket', os.path.join(a.state, 'admin.sock'), '--config', conf).split() == ['anna']
    assert conf in trias('admin', 'list', '--config', conf + '.missing', code=1)
    assert 'trias admin password anna' in trias('admin', 'add', 'anna', '--state', a.state, '--password-stdin', code=1, text=PASSWORD)
    assert 'eve' in trias('admin', 'remove', 'eve', '--state', a.state, code=1, LANGUAGE='de')


@tap.test
def licences_and_rules():
    """licences and rules are installed, listed and removed"""
    file = os.path.join(cluster.folder, 'a.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(cluster.licence('A-1', {'rip': 3}))
    assert 'installed' in trias('license', 'install', file, '--server', a.where)
    assert '0/3' in trias('license', 'list', '--server', a.where)
    old = os.path.join(cluster.folder, 'old.lic')
    lately = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 3600))
    for revision, end, grace, german in ((1, '2021-01-15T00:00:00Z', 0, 'Warnung: Die Lizenz ist seit 2021-01-'), (2, lately, 48, '')):
        with open(old, 'w', encoding='ascii') as f:
            f.write(cluster.licence('A-old', {'old': {'seats': 3, 'not_after': end, 'grace_hours': grace}}, revision=revision))
        trias('license', 'install', old, '--server', a.where, warned='Warning: The licence has expired on 2021-01-' if german else '')
        trias('license', 'install', old, '--server', a.where, warned=german, LANGUAGE='de')
        trias('license', 'verify', '--issuers', cluster.issuers, old, warned=german, LANGUAGE='de')
    trias('license', 'remove', 'A-old', '--server', a.where)
    listed = json.loads(trias('license', 'list', '--json', '--server', a.where))
    assert listed['licenses'][0]['id'] == 'A-1'
    said = trias('rule', 'add', 'use', 'Deny user eve from everywhere', '--note', 'test', '--server', a.where)
    rule = said.split()[1]
    assert said.startswith('Rule ') and 'eve' in said, said
    assert 'eve' in trias('rule', 'list', '--server', a.where)
    trias('rule', 'change', rule, 'use', 'Deny user eva from everywhere', '--server', a.where)
    assert 'eva' in trias('rule', 'list', '--server', a.where)
    assert rule in trias('rule', 'remove', rule, '--server', a.where)
    assert trias('rule', 'add', 'use', 'Deny user eve from everywhere', '--quiet', '--server', a.where) == ''
    made = json.loads(trias('rule', 'add', 'use', 'Deny user eva from everywhere', '--json', '--server', a.where))
    rules = json.loads(trias('rule', 'list', '--json', '--server', a.where))['rules']
    assert made['id'] in [r['id'] for r in rules], made
    for gone in [r['id'] for r in rules if 'user' in r['text']]:
        assert trias('rule', 'remove', gone, '--quiet', '--server', a.where) == ''
    [last] = [r['id'] for r in rules if r['scope'] == 'use' and r['effect'] == 'allow']
    for words in (('remove', last), ('change', last, 'use', 'Deny everyone from everywhere')):
        assert 'the last rule that lets anybody use' in trias('rule', *words, '--server', a.where, code=1), words
    trias('rule', 'change', last, 'use', 'Allow everyone from everywhere', '--server', a.where)
    trias('rule', 'remove', last, '--force', '--server', a.where)
    trias('rule', 'add', 'use', 'Allow everyone from everywhere', '--server', a.where)
    said = trias('rule', 'remove', 'nix', '--server', a.where, code=1)
    assert said.endswith(f'See: trias rule list --server {a.name}\n'), said
    trias('rule', 'add', 'use', 'Deny nonsense', '--server', a.where, code=64)
    trias('rule', 'add', 'everything', 'Deny everyone from everywhere', '--server', a.where, code=64)


@tap.test
def pair():
    """two servers are refused without rules, joined with them, shown, changed and dissolved"""
    both = ['--main', a.where, '--backup', b.where]
    assert 'Several' in trias('relationship', 'show', code=64)
    refusal = trias('relationship', 'create', *both, '--name', 'Druckerei', code=1)
    assert 'rule' in refusal, refusal
    assert 'Missing rules are made with --add-rules.\n' in trias('relationship', 'check', *both, code=1)
    for language, said in (('en', 'has 64 hexadecimal digits'), ('de', 'hat 64 Hexadezimalziffern')):
        assert said in trias('invite', 'foo', '--server', b.where, code=64, LANGUAGE=language)
        assert said in trias('server', 'add', f'{a.where}#1234', code=64, LANGUAGE=language)
    assert 'belongs to no relationship' in trias('relationship', 'show', '--server', a.where)
    twice = os.path.join(cluster.folder, 'a.lic')
    trias('license', 'install', twice, '--server', b.where)
    failed = subprocess.run([cluster.trias, 'relationship', 'check', *both, '--add-rules'], capture_output=True, text=True, timeout=60,
                            check=False, env=ENV)
    assert 'The licence “A-1” is installed on “druck-b” and on “druck-a”' in failed.stdout and failed.returncode == 1, failed
    trias('license', 'remove', 'A-1', '--server', b.where)
    for server in a, b:
        for rule in json.loads(trias('rule', 'list', '--json', '--server', server.where))['rules']:
            if rule['scope'] == 'peer':
                trias('rule', 'remove', rule['id'], '--server', server.where)
    code = trias('invite', a.id, '--json', '--server', b.where)
    by_name = subprocess.run([cluster.trias, 'relationship', 'check', '--json', '--main', a.where, '--backup', b.name, '--invitation',
                              json.loads(code)['code']], capture_output=True, text=True, timeout=60, check=False, env=ENV)
    states = {check['kind']: check['state'] for check in json.loads(by_name.stdout)['checks']}
    assert states['reach'] == states['identity'] == 'passed', by_name
    made = trias('relationship', 'create', *both, '--name', 'Druckerei', '--add-rules', '--sync-interval', '5')
    assert made.count('Rule made on') == 2 and 'is set up' in made, made
    for server in b, a:
        said = trias('relationship', 'show', '--server', server.where)
        assert said.count('Connected and synchronised') == 2, said
    a.token = b.token = None
    trias('relationship', 'sync', '--server', a.where)
    refused = subprocess.run([cluster.trias, 'relationship', 'drill', '--server', a.where], capture_output=True, text=True, timeout=60,
                             check=False, env=ENV)
    assert 'an outage, not a drill' in refused.stderr and 'with --force' in refused.stderr and not refused.stdout and refused.returncode == 1, refused
    assert 'Das wäre ein Ausfall' in trias('relationship', 'drill', '--server', a.where, code=1, LANGUAGE='de')
    forced = subprocess.run([cluster.trias, 'relationship', 'drill', '--for', '1s', '--force', '--server', a.where],
                            capture_output=True, text=True, timeout=60, check=False, env=ENV)
    assert 'falls silent' in forced.stdout and 'an outage, not a drill' not in forced.stderr, forced
    trias('relationship', 'sync', '--server', a.where)
    trias('relationship', 'set', '--name', 'Halle 2', '--server', a.where)
    assert 'Halle 2' in trias('relationship', 'show', '--server', a.where)
    assert 'The relationship was set up' in trias('event', 'list', '--server', a.where)
    for wrong in (' Halle 2', 'Halle\n2', ''):
        trias('relationship', 'set', '--name', wrong, '--server', a.where, code=1)
    assert 'Halle 2' in trias('relationship', 'show', '--server', a.where)
    assert 'nothing' not in trias('relationship', 'conflict', 'main', '--server', a.where, code=1)


@tap.test
def one_choice():
    """servers of one relationship need no name, unless the command is about one of them"""
    assert 'Halle 2' in trias('relationship', 'show')
    assert 'Nobody holds' in trias('lease', 'list') and 'A-1' in trias('license', 'list')
    assert trias('server', 'health').startswith('serving') and 'druck-a' in trias('server', 'show')
    for command in (('relationship', 'drain'), ('relationship', 'resume'), ('server', 'rename', 'druck-x'), ('rule', 'list'),
                    ('license', 'remove', 'A-1'), ('logout',)):
        assert 'Several' in trias(*command, code=64), command
    a.kill()
    assert 'Halle 2' in trias('relationship', 'show')
    b.kill()
    assert 'None of the known servers answers' in trias('relationship', 'show', code=69)
    assert 'Keiner der bekannten Server antwortet' in trias('relationship', 'show', code=69, LANGUAGE='de')
    for server in a, b:
        server.start()
    wait(lambda: all('Connected and synchronised' in row for row in rows('druck-b')[0].values()), 30)
    stranger = os.path.join(ENV['XDG_CONFIG_HOME'], 'trias', 'servers.conf')
    with open(stranger, encoding='utf-8') as file:
        known = file.read()
    c.start()
    trias('server', 'add', c.pinned)
    assert 'Several' in trias('relationship', 'show', code=64)
    with open(stranger, 'w', encoding='utf-8') as file:
        file.write(known)
    c.stop()


def rows(server=None, **env):
    """Role to the rest of the row of `relationship show`, asked of one server."""
    text = trias('relationship', 'show', *(('--server', server) if server else ()), **env)
    return {line.split()[0]: line for line in text.splitlines() if line.startswith(('Main', 'Backup s', 'Haupt', 'Backup-S'))}, text


def install_at_b(name):
    """A licence of one seat that the backup server has of its own."""
    file = os.path.join(cluster.folder, 'b.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(cluster.licence(name, {'rip': 1}))
    trias('license', 'install', file, '--server', b.where)


@tap.test
def dead_main():
    """asked at the backup while the main is dead, each row tells of its own server"""
    a.kill()
    wait(lambda: 'no answer from the partner' in rows('druck-b')[1], 20)
    both, text = rows('druck-b')
    assert 'Offline' in both['Main'] and 'no answer' not in both['Main'], text
    assert 'Online' in both['Backup'] and 'no answer from the partner' in both['Backup'], text
    assert '“druck-b” covers none of its seats: work under its licences stands still' in text, text
    german, text = rows('druck-b', LANGUAGE='de')
    assert 'Offline' in german['Hauptserver'] and 'keine Antwort vom Partner' in german['Backup-Server'], text
    health = subprocess.run([cluster.trias, 'server', 'health', '--server', 'druck-b'], capture_output=True, text=True,
                            env={**ENV, 'LANGUAGE': 'de'}, timeout=30)
    assert health.returncode == 69 and 'hat keinen seiner Plätze' in health.stdout, health
    install_at_b('B-0')
    assert re.search('serves the clients with 1 of .*production stands still', rows('druck-b')[1]), rows('druck-b')[1]
    assert 'ohne volle Redundanz' in trias('server', 'health', '--server', 'druck-b', LANGUAGE='de')
    trias('license', 'remove', 'B-0', '--server', b.where)
    refusal = trias('server', 'health', '--server', 'druck-a', code=69, LANGUAGE='de')
    assert 'nicht erreichbar' in refusal and 'cannot' not in refusal, refusal
    a.start()
    wait(lambda: all('Connected and synchronised' in row for row in rows('druck-b')[0].values()), 30)
    both, text = rows('druck-a')
    assert 'serves clients' in both['Main'] and 'serves clients' not in both['Backup'], text
    assert trias('server', 'health', '--server', 'druck-a').startswith('serving')
    assert 'standing by' in trias('server', 'health', '--server', 'druck-b')  # exit code 0: nothing is wrong with it


@tap.test
def maintenance():
    """a server of a pair is taken out of service and resumes; its clients are handed over and given back"""
    text = trias('relationship', 'drain', '--for', '30m', '--server', a.where)
    assert 'can be switched off now' in text and f'trias relationship resume --server {a.where}\n' in text, text
    for name in 'druck-a', 'druck-b':
        both, said = rows(name)
        assert 'In maintenance' in both['Main'] and re.search('“druck-a” is in maintenance until [-0-9: ]+: it serves nobody', said), said
        assert 'Seats covered meanwhile: 0 of 3. Not covered: rip (3).' in said, said
    assert 'In Wartung – kann jetzt ausgeschaltet werden' in rows('druck-a', LANGUAGE='de')[0]['Hauptserver']
    told = json.loads(trias('relationship', 'drain', '--no-wait', '--json', '--server', a.where))
    assert told['safe'] and told['until'] == 0, told
    refusal = trias('relationship', 'drain', '--server', b.where, code=1, LANGUAGE='de')
    assert 'ist in Wartung; beenden' in refusal and 'mit --force' in refusal, refusal
    assert 'takes part again' in trias('relationship', 'resume', '--server', a.where)
    assert 'In maintenance' not in rows('druck-a')[1] and 'meanwhile' not in rows('druck-a')[1]
    for wrong in ('soon', '25h', '0m', '-5m', '5d', '1441'):
        said = trias('relationship', 'drain', f'--for={wrong}', '--server', a.where, code=64)
        assert '--for is a duration from 1s to 24h' in said and 'alone means minutes' in said, said
    assert 'eine Dauer von 5s bis 1h' in trias('relationship', 'set', '--sync-interval', '2h', code=64, LANGUAGE='de')
    for told, seconds in (('1m', 60), ('30', 30)):
        trias('relationship', 'set', '--sync-interval', told)
        assert f'every {seconds} seconds' in rows()[1], rows()[1]
    said = trias('run', '--feature', 'rip', '--ttl', '2', '--server', a.pinned, '--', 'true', code=64)
    assert '--ttl is a duration from 3s to 24h' in said and 'alone means seconds' in said, said
    already = trias('relationship', 'handover', '--to', 'main')
    assert already == '“druck-a” serves the clients already; there was nothing to do.\n', already
    assert 'back with: trias relationship give-back\n' in trias('relationship', 'handover')
    assert f'give-back --server {b.where}\n' in trias('relationship', 'handover', '--server', b.where)
    assert 'until it is given back' in rows('druck-a')[0]['Main'], rows('druck-a')[1]
    until = trias('relationship', 'handover', '--for', '1800s').rsplit(' ', 1)[1].rstrip('.\n')[:5]
    both, text = rows('druck-a')
    assert re.search(f'Handed over until .*{until}', both['Main']), (until, text)
    assert re.search(f'serves the clients of “druck-a” until .*{until}', text), (until, text)
    assert 'main server serves its clients again' in trias('relationship', 'handover', '--to', 'druck-a', '--server', b.where)
    wait(lambda: 'serves clients' in rows('druck-b')[0]['Main'], 20)
    trias('relationship', 'handover')
    assert 'main server serves its clients again' in trias('relationship', 'give-back', '--server', b.where)
    wait(lambda: 'serves clients' in rows('druck-b')[0]['Main'], 20)
    said = trias('relationship', 'give-back')
    assert said == 'Nothing is handed over; there was nothing to do.\n', said
    assert 'takes part already; there was nothing to do' in trias('relationship', 'resume', '--server', b.where)
    assert trias('relationship', 'resume', '--json', '--server', b.where) == '{}\n'
    trias('relationship', 'set', '--failback', 'manual')
    assert 'Failback manual: a main server' in rows()[1] and 'Rückkehr' in rows(LANGUAGE='de')[1]
    trias('relationship', 'set', '--failback', 'automatic')
    assert 'Failback' not in rows()[1]


@tap.test
def drain_names_seats():
    """who has not moved yet is named, and who cannot"""
    install_at_b('B-1')
    holders = [subprocess.Popen([cluster.trias, 'run', '--feature', 'rip', '--ttl', '9', '--device', f'RIP-{i}', '--', 'sleep', '60'],
                                env=ENV, stderr=subprocess.DEVNULL) for i in range(2)]
    try:
        wait(lambda: trias('lease', 'list', '--server', a.where).count('RIP-') == 2, 20, 'both hold a seat')
        drain = subprocess.Popen([cluster.trias, 'relationship', 'drain', '--server', a.where], env=ENV, stdout=subprocess.PIPE,
                                 text=True)
        text = ''
        while 'go on with' not in text or 'held there' not in text.split('go on with')[1]:
            text += drain.stdout.readline()
        progress, end = text.split('Do not switch “druck-a” off yet: 1 seat is held that no other server can go on with.\n')
        assert re.search(r'not moved yet\.\n  held there: rip \(.*RIP-.*; rip \(.*RIP-', progress), text
        assert re.search(r'^  held there: rip \([^;]*RIP-.\)$', end, re.MULTILINE), text
        text = trias('relationship', 'drain', '--no-wait', '--server', a.where)
        assert 'off yet: 1 seat is held' in text and 'off now' not in text, text
    finally:
        for holder in holders:
            holder.terminate()
            holder.wait()
    end = drain.communicate(timeout=30)[0]
    assert drain.returncode == 0 and 'can be switched off now' in end, end
    trias('relationship', 'resume', '--server', a.where)
    wait(lambda: all('Nobody holds' in trias('lease', 'list', '--server', x.where) for x in (a, b)), 20, 'all is given back')
    trias('license', 'remove', 'B-1', '--server', b.where)


@tap.test
def events_line_by_line():
    """events are a table, or one object a line; followed or not"""
    kept = [json.loads(line) for line in trias('event', 'list', '--json', '--limit', '5', '--server', 'druck-a').splitlines()]
    assert len(kept) == 5 and [e['seq'] for e in kept] == sorted(e['seq'] for e in kept), kept
    for options, has in ((['--json'], lambda line: json.loads(line)['kind'] == 'rule-added'),
                         ([], lambda line: 'A rule was added' in line)):
        follower = subprocess.Popen([cluster.trias, 'event', 'list', '--follow', '--limit', '3', '--server', 'druck-a', *options],
                                    stdout=subprocess.PIPE, text=True, env=ENV)
        try:
            lines = [follower.stdout.readline() for _ in range(3 if options else 4)]
            if not options:
                assert lines.pop(0).startswith('Time '), lines
            made = json.loads(trias('rule', 'add', 'use', 'Deny user eve from everywhere', '--json', '--server', 'druck-a'))
            lines.append(follower.stdout.readline())
            while not has(lines[-1]):
                assert lines[-1], 'the listing ended'
                lines.append(follower.stdout.readline())
            if options:  # nothing twice, nothing left out
                seqs = [json.loads(line)['seq'] for line in lines]
                assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), seqs
            follower.stdout.close()
            trias('rule', 'remove', made['id'], '--server', 'druck-a')
            follower.wait(20)  # it ends by itself when nobody reads
        finally:
            follower.kill()
            follower.wait()


@tap.test
def run():
    """a command runs while a seat is held; its exit code is ours; refusals have their own"""
    servers = ['--server', a.pinned, '--server', b.pinned]
    lister = f'{cluster.trias} lease list --server {a.where}'
    held = trias('run', '--feature', 'rip', *servers, '--', 'sh', '-c', lister)
    assert 'rip' in held, held
    assert 'Nobody holds' in trias('lease', 'list', '--server', a.where)
    trias('run', '--feature', 'rip', *servers, '--', 'sh', '-c', 'exit 7', code=7)
    refusal = trias('run', '--feature', 'unknown', *servers, '--', 'true', code=69)
    assert 'unknown' in refusal, refusal
    refusal = trias('run', '--feature', 'unknown', *servers, '--', 'true', code=69, LANGUAGE='de')
    assert refusal == 'trias: Keine Lizenz auf diesem Server hat die Funktion „unknown“.\n', refusal
    refusal = trias('run', '--feature', 'rip', '--count', '4', *servers, '--', 'true', code=69, LANGUAGE='de')
    assert refusal == 'trias: Von 3 Plätzen für „rip“ sind 0 belegt; verlangt wurden 4.\n', refusal
    trias('run', '--feature', 'rip', *servers, code=64)
    assert trias('run', '--feature', 'rip', '--server', 'druck-a', '--server', 'druck-b', '--', 'echo', 'worked') == 'worked\n'
    assert 'trias server add' in trias('run', '--feature', 'rip', '--server', '127.0.0.9', '--', 'true', code=64)
    assert 'unknown' in trias('event', 'denials', '--server', a.where)


@tap.test
def german():
    """every table speaks German"""
    text = trias('relationship', 'show', '--server', a.where, LANGUAGE='de')
    assert 'Verbunden und synchronisiert' in text and 'Hauptserver' in text, text
    for verb, words in ((('server', 'show'), 'Hauptserver'), (('event', 'list', '--limit', '200'), 'Die Beziehung wurde eingerichtet'),
                        (('event', 'denials'), 'Keine Lizenz auf dem Server'), (('license', 'list'), 'gültig')):
        text = trias(*verb, '--server', 'druck-a', LANGUAGE='de')
        assert words in text, text
    text = trias('event', 'list', '--server', 'druck-a', LANGUAGE='de')
    assert 'Allow key' not in text and 'zurückgegeben' in text and not re.search('[0-9a-f]{32}', text), text
    refusal = trias('license', 'remove', 'nothing', '--server', 'druck-a', code=1, LANGUAGE='de')
    assert 'Dieser Server hat keine Lizenz nothing' in refusal and 'Meldung' not in refusal, refusal
    short = trias('admin', 'add', 'otto', '--state', a.state, '--password-stdin', text='short\n', code=1, LANGUAGE='de')
    assert short == 'trias: Ein Passwort muss 8 bis 256 Bytes haben; wählen Sie ein anderes.\n', short
    same = trias('relationship', 'create', '--main', a.where, '--backup', a.where, '--name', 'x', code=1, LANGUAGE='de')
    assert same == 'trias: Haupt- und Backup-Server müssen zwei verschiedene Server sein.\n', same
    empty = trias('relationship', 'create', '--main', a.where, '--backup', b.where, '--name', '', code=64, LANGUAGE='de')
    assert empty == 'trias: Geben Sie der Beziehung einen Namen: --name NAME\n', empty
    assert 'trias: ' in trias('rule', 'list', '--server', '127.0.0.9:1#' + a.id, '--user', 'anna', '--password-file', password,
                             code=69, LANGUAGE='de')
    trias('server', 'health', '--server', '127.0.0.9:1#' + a.id, code=69)


@tap.test
def dissolve():
    """the relationship is dissolved on both"""
    trias('relationship', 'dissolve', '--server', a.where)
    for server in (a, b):
        wait(lambda: 'no relationship' in trias('relationship', 'show', '--server', server.where), 20)
    assert 'Signed out' in trias('logout', '--server', a.where)
    trias('rule', 'list', '--server', a.where, code=1)


@tap.test
def broken_for_good():
    """the server that is left of a pair ends it, keeps what is its own and what it serves, and is joined with a new one"""
    trias('login', '--server', a.where, '--user', 'anna', '--password-file', password)
    trias('relationship', 'create', '--main', 'druck-a', '--backup', 'druck-b', '--name', 'Halle 3', '--add-rules')
    file = os.path.join(cluster.folder, 'b.lic')
    with open(file, 'w', encoding='ascii') as f:
        f.write(cluster.licence('B-2', {'rip': 2}))
    trias('license', 'install', file, '--server', 'druck-b')
    holder = subprocess.Popen([cluster.trias, 'run', '--feature', 'rip', '--ttl', '9', '--device', 'RIP-9', '--', 'sleep', '60'],
                              env=ENV, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: 'RIP-9' in trias('lease', 'list', '--server', 'druck-a'), 20, 'a seat is held')
        trias('relationship', 'sync', '--server', 'druck-a')
        refusal = trias('license', 'remove', 'A-1', '--server', 'druck-a', code=1)
        assert refusal.startswith('trias: A lease lives on the licence A-1; end it first') and 'with --force' in refusal, refusal
        refusal = trias('license', 'remove', 'A-1', '--server', 'druck-a', code=1, LANGUAGE='de')
        assert refusal.startswith('trias: Ein belegter Platz hängt an der Lizenz A-1.') and 'mit --force' in refusal, refusal
        a.kill()
        wait(lambda: re.search('RIP-9.*', trias('lease', 'list')) and 'Offline' in trias('relationship', 'show'), 30, 'the backup serves')
        refusal = trias('relationship', 'replace', 'main', '--with', 'druck-c', code=1)
        assert 'dissolve --force – then' in refusal and 'trias relationship create' in refusal, refusal
        assert f'--force --server {b.name} – ' in trias('relationship', 'replace', 'main', '--with', 'druck-c', '--server', b.name, code=1,
                                                        LANGUAGE='de')
        told = trias('relationship', 'dissolve', code=1)
        assert 'could not be told' in told and 'repeat the command with --force' in told, told
        told = trias('relationship', 'dissolve', code=1, LANGUAGE='de')
        assert 'ist nicht erreichbar: ' in told and 'mit --force' in told and not re.search('cannot|connect|Nachdruck', told), told
        trias('relationship', 'dissolve', '--force')
        assert 'no relationship' in trias('relationship', 'show', '--server', 'druck-b')
        assert 'RIP-9' in trias('lease', 'list', '--server', 'druck-b')
        kept = trias('license', 'list', '--server', 'druck-b')
        assert 'B-2' in kept and 'A-1' not in kept, kept
        trias('server', 'remove', 'druck-a')
        c.start()
        c.add_admin('anna')
        trias('server', 'add', c.pinned)
        trias('login', '--server', 'druck-c', '--user', 'anna', '--password-file', password)
        assert 'is set up' in trias('relationship', 'create', '--main', 'druck-b', '--backup', 'druck-c', '--name', 'Halle 3', '--add-rules')
        assert 'RIP-9' in trias('lease', 'list') and rows()[1].count('Connected and synchronised') == 2, rows()[1]
    finally:
        holder.terminate()
        holder.wait()
    a.start()
    trias('server', 'add', a.pinned)
    trias('login', '--server', 'druck-a', '--user', 'anna', '--password-file', password)
    wait(lambda: 'no relationship' in trias('relationship', 'show', '--server', 'druck-a'), 20)
    assert 'A-1' in trias('license', 'list', '--server', 'druck-a')


tap.run()
