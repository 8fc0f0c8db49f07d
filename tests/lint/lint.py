#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house as a program: `lint.py TREE` prints every breach and fails if there is one.

Each check takes the tree as {path: text} and yields (path, line, message). test_lint.py plants a
breach of every rule and sees it found, so that no check can rot into one that cannot fail.
"""
import os
import re
import subprocess
import sys

MAX_FILE, MAX_FUNCTION, MAX_LINE_C, MAX_LINE_H = 800, 100, 100, 100
LGPL = ('src/core/', 'src/client/')
# What each layer of src/ may include, besides itself (src/README.md).
LAYERS = {
    'core': set(),
    'ledger': {'core'},
    'client': {'core'},
    'cli': {'core', 'client'},
    'console': {'core', 'client'},
    'server/store': {'core', 'ledger'},
    'server/journal': {'core', 'ledger', 'server/store'},
    'server/http': {'core'},
    'server/keeper': {'core', 'ledger', 'server/store', 'server/journal'},
    'server/access': {'core', 'ledger', 'server/http', 'server/keeper'},
    'server/peer': {'core', 'ledger', 'server/http', 'server/keeper', 'server/access'},
    'server/api': {'core', 'ledger', 'server/http', 'server/keeper', 'server/access', 'server/peer'},
    'server/daemon': {'core', 'ledger', 'server/store', 'server/journal', 'server/http', 'server/keeper',
                      'server/access', 'server/peer', 'server/api'},
}
# Libraries that only one place may name.
PLACES = {
    r'microhttpd\.h': ('src/server/http/',),
    r'sqlite3\.h': ('src/server/store/', 'src/server/journal/trias-journal-local'),
    r'raft(/|\.h)': ('src/server/journal/',),
    r'json-glib/': (),
    r'gtk/gtk\.h|adwaita\.h': ('src/console/',),
    r'libsoup/': ('src/client/', 'src/server/peer/'),
}


def layer_of(path):
    parts = path.split('/')
    if parts[0] != 'src' or len(parts) < 3:
        return None
    return '/'.join(parts[1:3]) if parts[1] == 'server' and len(parts) > 3 else parts[1]


def sources(tree, *suffixes):
    return ((p, t) for p, t in sorted(tree.items()) if p.endswith(suffixes))


def check_layers(tree):
    for path, text in sources(tree, '.c', '.h'):
        layer = layer_of(path)
        if layer is None:
            continue
        if layer not in LAYERS:
            yield path, 1, f'folder {layer} is no layer that the lint knows'
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match or match[1] == 'config.h' or match[1].endswith('-resources.h'):
                continue
            target = layer_of('src/' + match[1])
            if target is None:
                yield path, number, f'include "{match[1]}" names no folder'
            elif target != layer and target not in LAYERS[layer]:
                yield path, number, f'{layer} must not include {target}'


def check_places(tree):
    for path, text in sources(tree, '.c', '.h'):
        if not path.startswith('src/'):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+<([^>]+)>', line)
            for pattern, places in PLACES.items():
                if match and re.match(pattern, match[1]) and not path.startswith(places):
                    yield path, number, f'<{match[1]}> belongs to {" and ".join(places) or "tests"}'


def check_sizes(tree):
    for path, text in sources(tree, '.c', '.h', '.py'):
        lines = text.splitlines()
        if len(lines) > MAX_FILE:
            yield path, len(lines), f'{len(lines)} lines; at most {MAX_FILE}: one topic a file'
        if path.endswith('.py'):
            continue
        limit = MAX_LINE_C if path.endswith('.c') else MAX_LINE_H
        start = 0
        for number, line in enumerate(lines, 1):
            if len(line) > limit:
                yield path, number, f'{len(line)} columns; at most {limit}'
            if line == '{':
                start = number
            elif line == '}' and start:
                if number - start > MAX_FUNCTION:
                    yield path, start, f'function of {number - start} lines; at most {MAX_FUNCTION}'
                start = 0


def check_licences(tree):
    for path, text in sources(tree, '.c', '.h', '.py', '.sh', '.build', '.ui', '.css'):
        head = '\n'.join(text.splitlines()[:6])
        want = 'LGPL-3.0-or-later' if path.startswith(LGPL) and path.endswith(('.c', '.h')) else 'GPL-3.0-or-later'
        if not text.strip():
            yield path, 1, 'empty file'
        elif path.endswith(('.c', '.h', '.py', '.sh')) and f'SPDX-License-Identifier: {want}' not in head:
            yield path, 1, f'no line SPDX-License-Identifier: {want}'


def check_house(tree):
    marks = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')
    paths = re.compile(r'(^|[^A-Za-z0-9_.$}])/(wo' r'rk|ro' r'ot|ho' r'me/[a-z]+)/')
    hosts = re.compile(r'(deb\.deb' r'ian\.org|registry\.np' r'mjs|py' r'pi\.org)')
    for path, text in sorted(tree.items()):
        if path.startswith('COPYING') or path.startswith('tests/lint/'):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if marks.search(line):
                yield path, number, 'a mark for later: do it or leave it out'
            if paths.search(line) and not path.endswith('.po'):
                yield path, number, 'an absolute path of one machine'
            if hosts.search(line):
                yield path, number, 'host name of a package registry'
            if line != line.rstrip() and path.endswith(('.c', '.h', '.py', '.md')):
                yield path, number, 'blanks at the end of the line'


def check_goto(tree):
    for path, text in sources(tree, '.c'):
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r'\s+goto \w+;', line):
                yield path, number, 'goto: return early and let g_autoptr clean up'


def check_translatable(tree):
    """Files with marked strings are listed in POTFILES.in, sorted, and nothing else is."""
    listed = [l for l in tree.get('po/POTFILES.in', '').splitlines() if l and not l.startswith('#')]
    if listed != sorted(listed):
        yield 'po/POTFILES.in', 1, 'not sorted'
    marked = re.compile(r'(?<![A-Za-z_])(N?C?_|ngettext|g_dngettext) ?\("|translatable="yes"')
    for path, text in sources(tree, '.c', '.ui'):
        if path.startswith('src/') and marked.search(text) and path not in listed:
            yield 'po/POTFILES.in', 1, f'{path} has strings to translate and is not listed'
    for path in listed:
        if path not in tree:
            yield 'po/POTFILES.in', 1, f'{path} does not exist'


HEADINGS = {'NAME': 'BEZEICHNUNG', 'SYNOPSIS': 'ÜBERSICHT', 'DESCRIPTION': 'BESCHREIBUNG', 'COMMANDS': 'BEFEHLE', 'EXAMPLES': 'BEISPIELE',
            'OPTIONS': 'OPTIONEN',
            'EXIT STATUS': 'EXIT-STATUS', 'ENVIRONMENT': 'UMGEBUNGSVARIABLEN', 'SIGNALS': 'SIGNALE', 'FILES': 'DATEIEN',
            'SEE ALSO': 'SIEHE AUCH'}


def outline(text, words):
    """Headings and what each paragraph of a list is about: options, keys and the like, without their values."""
    found, after = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('.SH '):
            found.append((number, words.get(line[4:], line[4:])))
        elif line.startswith('.SS '):
            found.append((number, '.SS ' + line.split()[-1]))
        elif after:
            plain = re.sub(r'\\f[A-Z]', '', line.replace('\\-', '-'))
            named = re.findall(r'--?[a-z][a-z-]*', plain) if plain.split()[1].startswith('-') else re.findall(r'[A-Za-z_-]{3,}', plain)
            found.append((number, ' '.join(word for word in named if not word.isupper())))
        after = line == '.TP'
    return found


def check_manuals(tree):
    """Each manual page is there in German, with the same headings and options; what the programs take is in it."""
    for path, text in sorted(tree.items()):
        match = re.match(r'data/man/([^/]+)$', path)
        if not match:
            continue
        other = f'data/man/de/{match[1]}'
        if other not in tree:
            yield path, 1, f'{other} does not exist'
            continue
        english, german = outline(text, HEADINGS), outline(tree[other], {})
        for (line, want), (there, has) in zip(english, german):
            if want != has:
                yield other, there, f'“{has}” where {path}:{line} has “{want}”'
                break
        else:
            if len(english) != len(german):
                yield other, 1, f'{len(german)} headings and options; {path} has {len(english)}'


def check_documented(tree):
    manual = tree.get('data/man/trias.1', '').replace('\\-', '-')
    # That an option stands beside its command says nothing of it.
    manual = re.sub(r'^\.SH COMMANDS$.*?(?=^\.SH )', '', manual, flags=re.MULTILINE | re.DOTALL)
    for path, text in sources(tree, '.c'):
        if path.startswith('src/cli/'):
            for number, line in enumerate(text.splitlines(), 1):
                match = re.match(r'\s*(?:= )?(?:\{ )?\{ "([a-z-]+)", (?:0|\'.\'), 0, G_OPTION_ARG', line)
                if match and not re.search(rf'--{match[1]}\b(?!-)', manual):
                    yield path, number, f'--{match[1]} is not in data/man/trias.1'
    sample = tree.get('data/triasd.conf.in', '')
    manual = tree.get('data/man/triasd.conf.5', '').replace('\\-', '-')
    for number, line in enumerate(sample.splitlines(), 1):
        match = re.match(r'#([a-z-]+)=', line)
        if match and not re.search(rf'(?<![a-z-]){match[1]}(?![a-z-])', manual):
            yield 'data/triasd.conf.in', number, f'{match[1]} is not in data/man/triasd.conf.5'


def literals(text):
    """The strings of C source, those side by side joined, with the formats of numbers."""
    text = re.sub(r'"\s*G_G[A-Z0-9]+_FORMAT', 'd"', text)
    for match in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', text):
        yield ''.join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', match[0]))


def check_details(tree):
    """What is told to people in their language word for word must be what core, server, the failover client and the set-up write."""
    path = 'src/client/trias-detail-words.c'
    speakers = ('src/core/', 'src/ledger/', 'src/server/', 'src/client/trias-failover', 'src/client/trias-setup')
    said = '\n'.join(literal for place, text in sources(tree, '.c') if place.startswith(speakers) for literal in literals(text))
    said = re.sub(r'%(?:d(?=[a-z])|[a-z])', '{}', said)
    forms = [re.escape(form).replace(r'\{\}', '.+') for form in said.splitlines() if '{}' in form]
    whole = set(said.splitlines())
    for number, line in enumerate(tree.get(path, '').splitlines(), 1):
        start = re.match(r'  N_ \("', line)
        if not start:
            continue
        sentence = next(literals(tree[path].split('\n', number - 1)[-1]))
        plain = re.sub(r'\{\d\}', '{}', sentence)
        if plain not in whole and not any(re.fullmatch(form, sentence) for form in forms if form[:1] == re.escape(sentence[:1])):
            yield path, number, f'nobody says “{sentence}”'


CHECKS = [check_manuals, check_documented, check_details, check_layers, check_places, check_sizes, check_licences, check_house, check_goto, check_translatable]


def read_tree(top):
    tree = {}
    out = subprocess.run(['git', '-C', top, 'ls-files', '-co', '--exclude-standard'], capture_output=True, text=True)
    for path in out.stdout.split('\n'):
        full = os.path.join(top, path)
        if path and os.path.isfile(full):
            with open(full, 'rb') as f:
                data = f.read()
            if b'\0' not in data:
                tree[path] = data.decode('utf-8', 'replace')
    return tree


def breaches(tree):
    return [b for check in CHECKS for b in check(tree)]


if __name__ == '__main__':
    tree = read_tree(sys.argv[1])
    if len(tree) < 50:
        sys.exit(f'only {len(tree)} files read from {sys.argv[1]}: is it the tree, and is git there?')
    found = breaches(tree)
    for path, line, message in found:
        print(f'{path}:{line}: {message}')
    print(f'{len(tree)} files, {len(found)} breaches')
    sys.exit(1 if found else 0)
