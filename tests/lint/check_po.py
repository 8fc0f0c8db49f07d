#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_po.py TREE: every string of the sources has a German translation; prints those that have none."""
import os
import subprocess
import sys
import tempfile

tree = sys.argv[1]
ENV = {**os.environ, 'LC_ALL': 'C.UTF-8'}
KEYWORDS = ['_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'ngettext:1,2', 'g_dngettext:2,3']


def run(*args):
    return subprocess.run(args, cwd=tree, env=ENV, check=True, capture_output=True, text=True).stdout


with tempfile.TemporaryDirectory() as folder:
    pot = os.path.join(folder, 'trias.pot')
    run('xgettext', '--from-code=UTF-8', '--files-from=po/POTFILES.in', '--add-comments', '-o', pot,
        *[f'--keyword={k}' for k in KEYWORDS])
    strings = run('msgattrib', '--no-obsolete', pot).count('\nmsgid ')
    missing = []
    with open(os.path.join(tree, 'po/LINGUAS'), encoding='ascii') as f:
        languages = [line.strip() for line in f if line.strip() and not line.startswith('#')]
    assert 'de' in languages and strings > 100, (languages, strings)
    for language in languages:
        merged = os.path.join(folder, language + '.po')
        run('msgmerge', '-q', '--no-fuzzy-matching', '-o', merged, f'po/{language}.po', pot)
        for kind in ('--untranslated', '--only-fuzzy'):
            left = run('msgattrib', kind, '--no-obsolete', merged)
            if left.count('\nmsgid "') > 1 or ('msgid' in left and kind == '--only-fuzzy'):
                missing.append(f'{language} {kind}:\n{left}')
print('\n'.join(missing) or f'{strings} strings, all translated: {", ".join(languages)}')
sys.exit(1 if missing else 0)
