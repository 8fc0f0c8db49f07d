#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_triad.py BUILD: `trias` and a triad, from the first look to its end: what is said is what is shown afterwards."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import ADMIN, Cluster, PASSWORD, wait  # noqa: E402

NAME = 'Halle 2'
cluster = Cluster(sys.argv[1])
p, s, t = cluster.triad({'druck': 3}, name=NAME)
new = cluster.server('druck-n', '127.0.0.5', p.port)
ENV = {**os.environ, 'HOME': cluster.folder, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'en', 'TRIAS_LOCALEDIR': os.path.join(cluster.build, 'po'),
       **{f'XDG_{kind}_HOME': os.path.join(cluster.folder, kind.lower()) for kind in ('CONFIG', 'DATA', 'STATE', 'CACHE')}}


def trias(*args, code=0, language='en', warned=None):
    done = subprocess.run([cluster.trias, *args], capture_output=True, text=True, timeout=60, env={**ENV, 'LANGUAGE': language})
    assert code is None or done.returncode == code, f'trias {" ".join(args)}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}'
    assert warned is None or warned in done.stderr, done.stderr
    return done.stdout if not code else done.stderr


def know(server):
    password = os.path.join(cluster.folder, 'password')
    with open(password, 'w', encoding='ascii') as f:
        f.write(PASSWORD + '\n')
    trias('server', 'add', server.pinned)
    trias('login', '--server', server.name, '--user', ADMIN, '--password-file', password)


def serves(server, *others):
    """Waits until @server serves and its triad is whole."""
    cluster.wait_whole(server, *others)
    wait(lambda: server.relationship()['relationship']['active'] == server.id, 30, f'{server.name} serves')


@tap.test
def refusals():
    """the one that shall keep everything must be the active one: the refusal says so in both languages"""
    for server in p, s, t:
        know(server)
    serves(p, s, t)
    shrink = ('relationship', 'shrink', '--main', 'secondary', '--backup', 'tertiary', '--confirm', NAME)
    assert "hand over first to the server that shall be" in trias(*shrink, code=1)
    assert trias(*shrink, code=1, language='de').startswith('trias: Nur der aktive Server hat sicher alles, und das ist „druck-p“.')
    keep = ('relationship', 'dissolve', '--keep', 'secondary')
    assert trias(*keep, code=1, language='de').startswith('trias: Nur der aktive Server hat sicher alles, und das ist „druck-p“.')
    assert trias('relationship', 'handover', '--to', 'tertiary', code=1) == 'trias: Only the primary or the secondary server can be active.\n'
    unsaid = trias('relationship', 'dissolve', code=64), trias('relationship', 'dissolve', '--force', code=64, language='de')
    assert '--keep SERVER' in unsaid[0] and '„Halle 2“ ist eine Triade' in unsaid[1] and '--keep SERVER' in unsaid[1], unsaid
    assert trias(*shrink[:-1], 'another', code=64).endswith("--confirm 'Halle 2'\n")


def shown(*servers):
    """What `relationship show` says, asked of each."""
    return [trias('relationship', 'show', '--server', server.name) for server in servers]


def states(text):
    """Name of a member to its state."""
    rows = [re.split(r'\s{2,}', line.strip()) for line in text.splitlines() if re.match(r'(Primary|Secondary|Tertiary) server', line)]
    return {row[1]: row[3] for row in rows}


@tap.test
def done_is_shown():
    """what a command says it has done, every member shows at once"""
    assert 'serves the clients now' in trias('relationship', 'handover')
    assert [states(x)['druck-s'] for x in shown(p, s, t)] == ['Online, serves clients'] * 3, shown(p, s, t)
    trias('relationship', 'give-back')
    serves(p, s, t)
    for server in t, s, p:
        assert 'can be switched off now' in trias('relationship', 'drain', '--server', server.name)
        said = shown(p, s, t)
        assert ['can be switched off now' in states(x)[server.name] for x in said] == [True] * 3, '\n'.join(said)
        assert [f'“{server.name}” is in maintenance: it serves nobody' in x for x in said] == [True] * 3, '\n'.join(said)
        assert 'takes part again' in trias('relationship', 'resume', '--server', server.name)
        assert not [x for x in shown(p, s, t) if 'aintenance' in x], shown(p, s, t)
        serves(p, s, t)


@tap.test
def dead_primary():
    """what to look for is said once; the others stand by or serve, which is in order for a watcher"""
    p.kill()
    wait(lambda: 'Online, serves clients' in states(shown(s)[0]).values(), 20, 'the secondary serves')
    text = wait(lambda: (x := shown(s)[0]) and 'Offline' in x and x, 20, 'the primary is offline')
    assert text.count('firewall') == 1 and 'No answer comes from “druck-p”' in text, text
    told = 'standing by: “druck-s” serves the clients, but without full redundancy: no answer from the partner\n'
    wait(lambda: trias('server', 'health', '--server', 'druck-t', code=None) == told, 10, 'the tertiary stands by')
    wait(lambda: 'in Bereitschaft: „druck-s“ bedient' in trias('server', 'health', '--server', 'druck-t', language='de', code=None), 10)
    wait(lambda: trias('server', 'health', '--server', 'druck-s', code=None).startswith('serving, but without full redundancy'), 10)
    s.kill()
    wait(lambda: 'not serving' in trias('server', 'health', '--server', 'druck-t', code=None), 20, 'one alone does not stand by')
    trias('server', 'health', '--server', 'druck-t', code=69)
    wait(lambda: 'only “druck-t” is there' in shown(t)[0], 20, lambda: shown(t)[0])
    assert "done with: trias relationship recover --confirm 'Halle 2' --server druck-t\n" in shown(t)[0], shown(t)[0]
    assert 'Nur „druck-t“ ist da' in trias('relationship', 'show', '--server', 'druck-t', language='de')
    for wrong in (), ('--confirm', 'Halle'):
        assert trias('relationship', 'recover', *wrong, '--server', 'druck-t', code=64).endswith("by the name of the triad: --confirm 'Halle 2'\n")
    wait(lambda: shown(t)[0].count('firewall') == 2, 20, lambda: shown(t)[0])  # of the two servers that are gone, not of the links
    for server in p, s:
        server.start()
    serves(p, s, t)
    trias('relationship', 'set', '--failback', 'manual')
    assert 'Failback manual' in shown(t)[0]
    trias('relationship', 'set', '--failback', 'automatic')


def left_over(server):
    """Of whom @server said that it is a partner no more, but is let in as one."""
    return sorted(re.findall(r'“(\S+)” is no partner any more', trias('event', 'list', '--server', server.name)))


@tap.test
def members_change():
    """the same of a server that is replaced, of a pair made of a triad, a triad made of that pair, and of the end"""
    new.start()
    new.add_admin()
    know(new)
    new.sign_in()
    serves(p, s, t)
    t.stop()
    trias('relationship', 'set', '--name', 'Halle 3', '--server', 'druck-s')
    said = trias('relationship', 'replace', 'tertiary', '--with', 'druck-n', '--add-rules', '--server', 'druck-s')
    assert 'three members again' in said and said.endswith('forget it with: trias server remove druck-t\n'), said
    for text in shown(p, s, new):
        assert sorted(states(text)) == ['druck-n', 'druck-p', 'druck-s'] and 'Offline' not in text, text
    t.start()  # it never heard of the new name before
    wait(lambda: 'The triad “Halle 3” goes on without it' in shown(t)[0], 20, lambda: shown(t)[0])
    assert 'Nobody holds' in trias('lease', 'list')  # the one that is out is not meant
    trias('relationship', 'set', '--name', NAME, '--server', 'druck-s')
    assert 'no relationship' in shown(t)[0] and 'The triad “Halle 3” goes on without it' in shown(t)[0], shown(t)[0]
    assert 'Die Triade „Halle 3“ macht seit ' in trias('relationship', 'show', '--server', 'druck-t', language='de')
    assert '“Halle 3” goes on without this server' in trias('event', 'list', '--server', 'druck-t')
    for server, gone in ((p, [t]), (s, [t]), (t, [p, s])):
        assert left_over(server) == sorted(x.name for x in gone), (server.name, trias('event', 'list', '--server', server.name))
    remove = re.search(r'“druck-t” is no partner any more.*trias (rule remove .*)', trias('event', 'list', '--server', 'druck-p'))[1]
    assert remove.split()[-2:] == ['--server', 'druck-p'], remove
    trias(*remove.split())
    trias('server', 'remove', 'druck-t')
    serves(p, s, new)
    said = trias('relationship', 'shrink', '--main', 'druck-p', '--backup', 'druck-n', '--confirm', NAME,
                 warned='Warning: If “druck-p” fails, “druck-n” can cover none of its seats: install licences')
    assert 'backup server now' in said and said.endswith('forget it with: trias server remove druck-s\n'), said
    for text in shown(p, new):
        assert 'Backup relationship' in text and 'Not connected' not in text and 'Offline' not in text, text
    assert 'no relationship' in shown(s)[0] and 'goes on without it' in shown(s)[0]
    assert left_over(p) == ['druck-s', 'druck-t'] and left_over(new) == ['druck-s']
    cluster.wait_synchronised(p, new)
    grow = ('relationship', 'grow', '--with', 'druck-s', '--add-rules', '--server', 'druck-p')
    s.install(cluster.licence('of-s', {'scan': 1}))
    assert 'with --discard; it keeps it' in trias(*grow, code=1)
    trias('relationship', 'grow', '--with', 'druck-s', '--discard', '--add-rules', '--server', 'druck-p')
    for text in shown(p, new, s):
        assert sorted(states(text)) == ['druck-n', 'druck-p', 'druck-s'] and 'Offline' not in text, text
    serves(p, new, s)
    said = trias('relationship', 'dissolve', '--keep', 'druck-p')
    assert 'goes on alone' in said and re.findall('trias server remove (.*)', said) == ['druck-n', 'druck-s'], said
    assert '“druck-p” goes on alone with the licences' in trias('event', 'list', '--server', 'druck-s')
    assert 'goes on alone with the licences' not in trias('event', 'list', '--server', 'druck-p')
    assert ['no relationship' in x and 'without it' not in x for x in shown(p, new, s)] == [True] * 3
    trias('license', 'remove', 'triad-1', '--server', 'druck-p')
    p.install(cluster.licence('own', {'scan': 1}, bind=[p.id]))
    made = trias('relationship', 'create', '--primary', 'druck-p', '--secondary', 'druck-n', '--tertiary', 'druck-s', '--name', 'anew',
                 warned='Warning: The licence “own” is bound to “druck-p” alone and does not serve in a triad')
    assert made.endswith('The triad “anew” is set up.\n'), made
    for text in shown(new, s, p):
        assert sorted(states(text).values()) == ['Online, serves clients', 'Online, synchronised', 'Online, synchronised'], text
    assert re.search(r'^own .*rests in the triad', trias('license', 'list', '--server', 'druck-p'), re.MULTILINE)
    p.install(cluster.licence('three', {'scan': 1}, bind=[p.id, new.id, s.id]))
    keep = ('relationship', 'dissolve', '--keep', 'druck-p')
    assert trias(*keep, code=1) == ('trias: The licence “three” is bound to the three servers; without the triad it serves nobody. '
                                    'Install another one first, or repeat the command with --force.\n')
    shrink = ('relationship', 'shrink', '--main', 'druck-p', '--backup', 'druck-n', '--confirm', 'anew')
    assert 'ohne die Triade gilt sie nirgends. Installieren Sie zuerst' in trias(*shrink, code=1, language='de')
    trias(*keep, '--force')
    assert re.search(r'^three .*bound to another server', trias('license', 'list', '--server', 'druck-p'), re.MULTILINE)
    assert re.search(r'^own .* valid', trias('license', 'list', '--server', 'druck-p'), re.MULTILINE)
    assert left_over(p) == ['druck-n', 'druck-n', 'druck-s', 'druck-s', 'druck-s', 'druck-t']


tap.run()
