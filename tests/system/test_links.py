#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_links.py BUILD: connected and synchronised, each state brought about by its real cause.

Links are cut by the firewall of an own namespace, the disk that holds the copy is really full.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Cluster, SmallDisk, cut, heal, wait  # noqa: E402

cluster = Cluster(sys.argv[1])
disk = SmallDisk(os.path.join(cluster.folder, 'druck-b'))
main, backup = cluster.pair({'rip': 20}, {'rip': 12})


def states():
    return [(s['connected'], s['synchronised']) for s in (main.status(), backup.status())]


def reach(*wanted, timeout=20):
    wait(lambda: states() == list(wanted), timeout, lambda: f'{wanted}, now {states()}')


def change(server, days):
    server.rest('PATCH', '/settings', {'history_days': days})


@tap.test
def well():
    """a pair that was set up is connected and synchronised, with equal digests on both"""
    reach((True, True), (True, True))
    a, b = main.status(), backup.status()
    assert a['digest'] == b['held_digest'] and b['digest'] == a['held_digest'], (a, b)
    assert a['pending'] == b['pending'] == 0
    assert 0 <= a['latency_us'] < 1000000, a


@tap.test
def idle_cut():
    """an idle cut: not connected, still synchronised"""
    cut(main.address, backup.address)
    reach((False, True), (False, True))
    wait(lambda: main.status()['connect_reason'] == 'unreachable', 10, lambda: str(main.status()))
    assert backup.relationship()['relationship']['serving'] == 'covering'
    assert main.relationship()['relationship']['serving'] == 'serving'


@tap.test
def cut_and_change():
    """cut and a change on one side: that side is no longer synchronised and counts what is pending"""
    change(main, 91)
    wait(lambda: not main.status()['synchronised'], 10, 'the main is no longer synchronised')
    assert main.status()['pending'] == 1, main.status()
    assert not main.status()['connected']


@tap.test
def healed():
    """healed: connected and synchronised again without help, the change is on both"""
    heal()
    reach((True, True), (True, True))
    wait(lambda: backup.rest('GET', '/settings')['history_days'] == 91, 10, 'the change is on both')


@tap.test
def one_way():
    """a cut in one direction counts as not connected on both sides"""
    cut(main.address, backup.address, one_way=True)
    reach((False, True), (False, True))
    heal()
    reach((True, True), (True, True))


@tap.test
def held_back():
    """the holder of the copy has a full disk: connected, not synchronised, and it says why"""
    disk.fill()
    change(main, 92)
    wait(lambda: states()[0] == (True, False), 20, lambda: f'connected, not synchronised; now {states()}')
    assert main.status()['sync_reason'] == 'storage', main.status()
    assert main.status()['pending'] >= 1
    disk.free()
    reach((True, True), (True, True), timeout=40)
    wait(lambda: backup.rest('GET', '/settings')['history_days'] == 92, 20, 'the change is on both')


@tap.test
def conflict():
    """settings edited on both sides while apart: the main's win, the other version is kept until resolved"""
    cut(main.address, backup.address)
    reach((False, True), (False, True))
    change(main, 30)
    change(backup, 60)
    heal()
    wait(lambda: all(s['connected'] for s in (main.status(), backup.status())), 20, 'connected')
    wait(lambda: backup.rest('GET', '/settings')['history_days'] == 30, 20, "the main's settings on both")
    conflict_ = wait(lambda: main.relationship()['relationship']['conflict'] or
                     backup.relationship()['relationship']['conflict'], 20, 'the conflict is kept')
    assert conflict_['backup']['history_days'] == 60 and conflict_['main']['history_days'] == 30, conflict_
    main.rest('POST', '/relationship/conflict', {'take': 'backup'})
    wait(lambda: [s.rest('GET', '/settings')['history_days'] for s in (main, backup)] == [60, 60], 20, 'resolved on both')
    reach((True, True), (True, True))


@tap.test
def restarts():
    """either server restarted: connected and synchronised again without help"""
    for server in (backup, main):
        server.kill()
        other = main if server is backup else backup
        wait(lambda o=other: not o.status()['connected'], 20, 'the loss is seen')
        server.start()
        reach((True, True), (True, True))


@tap.test
def foreign_key():
    """a stranger at the partner's address is told apart by its key"""
    backup.stop()
    stranger = cluster.server('fremd', backup.address, backup.port)
    stranger.start()
    wait(lambda: main.status()['connect_reason'] == 'key', 20, lambda: f'key; now {main.status()}')
    stranger.stop()
    backup.start()
    reach((True, True), (True, True))


try:
    tap.run()
finally:
    heal()
    cluster.close()
    disk.close()
