# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TAP for the Python tests: @test marks a function, run() runs all (or the one named) and exits."""
import os
import sys
import time
import traceback

_tests = []


def test(function):
    _tests.append(function)
    return function


def seed():
    """The seed of this run: TRIAS_SEED, else a fresh one; printed so that a failure can be replayed."""
    value = int(os.environ.get('TRIAS_SEED') or int.from_bytes(os.urandom(4), 'big'))
    print(f'# TRIAS_SEED={value}', flush=True)
    return value


def note(text):
    for line in str(text).splitlines():
        print('#', line, flush=True)


def run(*args):
    print(f'1..{len(_tests)}', flush=True)
    failed = 0
    for number, function in enumerate(_tests, 1):
        start = time.monotonic()
        name = (function.__doc__ or function.__name__).strip().splitlines()[0]
        try:
            function(*args)
            word = 'ok'
        except Exception:  # every failure becomes one `not ok`
            word = 'not ok'
            failed += 1
            note(traceback.format_exc())
        print(f'{word} {number} - {name} ({time.monotonic() - start:.1f} s)', flush=True)
    sys.exit(1 if failed else 0)
