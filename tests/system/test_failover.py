#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_failover.py BUILD: `trias run` clients while the main server is killed again and again.

No command fails, no lease is lost, no seat is in double use as the clients saw it, and after each
return of the main the clients are back there without a gap. TRIAS_KILLS sets the number (default 3).
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, wait  # noqa: E402
from runners import Runner, overlaps  # noqa: E402

CLIENTS, SEATS = 6, 8


@tap.test
def failover():
    """trias run under kill -9 of the main: no command fails, no lease lost, no seat twice"""
    cluster = Cluster(sys.argv[1])
    kills = int(os.environ.get('TRIAS_KILLS') or 3)
    choose = random.Random(tap.seed())
    main, backup = cluster.pair({'druck': SEATS}, {'druck': SEATS})
    runners = [Runner(cluster, (main, backup), i) for i in range(CLIENTS)]

    def work(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for runner in runners:
                runner.step(choose.uniform(0.3, 4.0))
            time.sleep(0.05)

    def used(server):
        return next(p['used'] for p in server.rest('GET', '/pools')['pools'] if p['feature'] == 'druck')

    work(2)
    for number in range(kills):
        main.kill()
        work(choose.uniform(0.5, 5.0))
        assert any(r.process.poll() is None for r in runners if r.process)
        main.start()

        def back():
            work(0.2)
            return used(main) > 0 and used(backup) == 0
        wait(back, 40, 'the clients are back at the main')
        if number % 10 == 9:
            tap.note(f'{number + 1} kills, {sum(r.done for r in runners)} commands')
    for runner in runners:
        runner.process.wait(60)
        runner.collect()
    failed = [f for r in runners for f in r.failed]
    peaks, lost = overlaps(runners)
    tap.note(f'{kills} kills, {sum(r.done for r in runners)} commands: {len(failed)} failed, {lost} leases lost, '
             f'most seats in use at once per server {sorted(peaks.values())} of {SEATS}')
    assert not failed, failed[:3]
    assert lost == 0
    assert all(peak <= SEATS for peak in peaks.values()), peaks
    assert len(peaks) == 2, 'the backup served as well'
    cluster.close()


tap.run()
