#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""summary.py TESTLOG: counts what meson's log tells; fails if nothing ran or anything failed."""
import json
import sys

passed, skipped, failed = 0, [], []
with open(sys.argv[1], encoding='utf-8') as log:
    for line in log:
        test = json.loads(line)
        name = test['name']
        if test['result'] in ('OK', 'EXPECTEDFAIL'):
            passed += 1
        elif test['result'] == 'SKIP':
            skipped.append(name)
        else:
            failed.append(f'{name} ({test["result"]})')
for word, names in (('skipped', skipped), ('failed', failed)):
    if names:
        print(f'{word}: {", ".join(names)}')
print(f'{passed} passed, {len(failed)} failed' + (f', {len(skipped)} skipped' if skipped else ''))
sys.exit(1 if failed or not passed else 0)
