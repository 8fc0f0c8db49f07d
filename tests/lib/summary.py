#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""summary.py TESTLOG [AGAIN]: counts what meson's log tells; fails if nothing ran, or if anything failed and did not pass
when it ran AGAIN. summary.py --failed TESTLOG: names what is worth another run, if it is only a few."""
import json
import os
import sys

# More than these are no race that was lost.
AGAIN_MAX = 3
PASSED, SKIPPED = ('OK', 'EXPECTEDFAIL'), 'SKIP'


def results(path):
    """Name and result of each test; nothing of a run that was not needed."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding='utf-8') as log:
        return {test['name']: test['result'] for test in map(json.loads, log)}


def fails(result):
    return result not in PASSED and result != SKIPPED


def name_failed(path):
    found = results(path)
    names = [name.split(' / ')[-1] for name, result in found.items() if fails(result)]
    # What was broken off ran only in part, and passes by no second run.
    if len(names) <= AGAIN_MAX and 'INTERRUPT' not in found.values():
        print(' '.join(names))


def summarise(first, second):
    unsteady = [name for name, result in first.items() if fails(result) and second.get(name) in PASSED]
    failed = [f'{name} ({result})' for name, result in first.items() if fails(result) and name not in unsteady]
    skipped = [name for name, result in first.items() if result == SKIPPED]
    passed = len(first) - len(failed) - len(skipped)
    for word, names in (('skipped', skipped), ('passed only when run again', unsteady), ('failed', failed)):
        if names:
            print(f'{word}: {", ".join(names)}')
    print(f'{passed} passed, {len(failed)} failed' + (f', {len(skipped)} skipped' if skipped else ''))
    return 1 if failed or not passed else 0


if sys.argv[1] == '--failed':
    name_failed(sys.argv[2])
else:
    sys.exit(summarise(results(sys.argv[1]), results(sys.argv[2]) if len(sys.argv) > 2 else {}))
