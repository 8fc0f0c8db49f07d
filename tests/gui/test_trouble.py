#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_trouble.py BUILD [de|en]: what an administrator meets on a bad day, in the real console: a conflict of the
settings, a stranger at a known address, a partner that is gone for good. All by keyboard where it says so.

Runs inside netns.sh, with-display.sh and dbus-run-session. Pictures go to BUILD/tests/gui/shots/.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from cluster import cut, heal  # noqa: E402
from guidrive import wait  # noqa: E402
from guiscene import CUT, GOOD, NAME, Play  # noqa: E402

play = Play(sys.argv[1], 'trouble-')


def tab_to(s, window, what, matches):
    """Presses Tab until the focus is where it shall be, as somebody without a mouse does."""
    for _ in range(60):
        before = s.app.focused(window)
        if before and matches(before):
            return
        s.app.key('Tab')
        wait(lambda b=before: s.app.focused(window) != b, 5, f'the focus moves on from {before} to {what}')
    raise AssertionError(f'Tab never comes to {what}')


@play.step('two servers and the console', needed=True)
def begin(s):
    s.open(*s.options())
    wait(lambda: s.w.has('push button', s.t('Connected licence servers: %s', 'druck-a · druck-b')), 20, 'connected')


@play.step('by keyboard alone: the wizard joins the two servers', needed=True)
def set_up(s):
    s.app.key('ctrl+shift+n')
    wizard = s.dialog('Wizard for Setting Up Redundancy')
    s.step_is(wizard, 'Kind')
    s.app.key(s.t.key('_Next'))
    s.step_is(wizard, 'Servers')
    s.says('druck-b', wizard)
    wait(lambda: 'sensitive' in wizard.find('push button', s.t('_Next')).states, 10, 'both are chosen')
    s.app.key(s.t.key('_Next'))
    s.step_is(wizard, 'Settings')
    name = wizard.find('text', s.t('Na_me of the relationship'))
    s.app.key('ctrl+a')
    s.app.type(NAME)
    wait(lambda: name.text == NAME, 10, lambda: f'the name is typed; {name.text}')
    s.app.key('Return')
    s.step_is(wizard, 'Check')
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 20)
    tab_to(s, wizard, 'the button that mends', lambda node: node.name == s.t('Create Missing _Rules'))
    s.app.key('space')
    s.says(s.t('All is well. The relationship can be set up.'), wizard, 20)
    s.app.key(s.t.key('_Next'))
    s.step_is(wizard, 'Summary')
    s.app.key(s.t.key('_Set Up'))
    s.step_is(wizard, 'Progress')
    s.says(s.t('Done. The two servers now stand in for each other.'), wizard, 40)
    states = [server.status() for server in s.servers]
    assert states[0]['synchronised'], f'“done” stands there too early: {states}'
    s.app.key(s.t.key('_Done'))
    s.app.gone(s.t('Wizard for Setting Up Redundancy'))
    s.state(GOOD, GOOD)


@play.step('by keyboard alone: the wizard for backup relationships changes the interval')
def manage(s):
    tab_to(s, s.w, 'the table', lambda node: node.role in ('table row', 'table cell') and node.within(
        s.t('Backup relationships')))
    s.app.key('Return')
    dialog = s.manager()
    tab_to(s, dialog, 'the interval', lambda node: node.role == 'spin button' or node.ancestor('spin button'))
    s.app.key('ctrl+a')
    s.app.type('50')
    s.app.key('Tab')
    wait(lambda: 'sensitive' in dialog.find('push button', s.t('_Apply')).states, 10, 'it can be applied')
    s.app.key(s.t.key('_Apply'))
    wait(lambda: [server.relationship()['relationship']['options']['sync_interval_s'] for server in s.servers] == [50, 50],
         20, 'both have it')
    wait(lambda: 'sensitive' not in dialog.find('push button', s.t('_Apply')).states, 10, 'it is applied')
    s.app.key('Escape')
    s.manager_gone()


@play.step('settings were edited on both sides while apart: both are shown, and one is chosen')
def conflict(s):
    cut(s.main.address, s.backup.address)
    s.state(CUT, CUT)
    s.main.rest('PATCH', '/settings', {'history_days': 30})
    s.backup.rest('PATCH', '/settings', {'history_days': 60})
    heal()
    wait(lambda: s.main.relationship()['relationship']['conflict'], 30, 'the conflict is known')
    column = s.t('Connection and synchronisation')
    wait(lambda: s.t('settings were edited on both sides') in s.rows()[0][column], 20, lambda: str(s.rows()))
    s.see('1-conflict')
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    s.says(s.t('Settings Were Edited on Both Servers'), dialog)
    for days in (30, 60):
        assert str(days) in dialog.labels(), dialog.labels()
    s.see('1-conflict-choice', dialog)
    s.app.press(dialog, s.t('Take Those of the _Backup Server'))
    wait(lambda: [server.rest('GET', '/settings')['history_days'] for server in s.servers] == [60, 60], 20, 'on both')
    wait(lambda: s.t('Settings Were Edited on Both Servers') not in dialog.labels(), 20, 'nothing is left to choose')
    s.app.key('Escape')
    s.manager_gone()
    s.state(GOOD, GOOD)


@play.step('the backup covers nothing: a drill would be an outage, which is asked about first')
def standstill(s):
    s.backup.rest('DELETE', '/licenses/druck-b-1?force=true')
    wait(lambda: s.main.relationship()['relationship']['consequence'][0]['covered'] == 0, 30, 'the main server knows')
    s.says(s.t('If “%1$s” fails, “%2$s” can cover none of its seats: install licences for the same features on “%2$s”.',
               'druck-a', 'druck-b'))
    s.state(GOOD, GOOD)
    s.app.press(s.w, s.t('_Failover Drill…'))
    dialog = s.dialog('Failover Drill')
    s.app.press(dialog, s.t('_Begin Drill'))
    alert = s.dialog('Let Work Stand Still?')
    s.says('druck-a', alert)
    s.see('2-standstill', alert)
    s.app.press(alert, s.t('_Cancel'))
    s.app.gone(s.t('Let Work Stand Still?'))
    assert s.main.relationship()['relationship']['drill'] is None, s.main.relationship()
    s.app.press(dialog, s.t('_Cancel'))
    s.app.gone(s.t('Failover Drill'))


@play.step('another key answers at a known address: the console warns and tells it nothing')
def stranger(s):
    s.backup.stop()
    stranger = s.cluster.server('fremd', s.backup.address, s.backup.port)
    stranger.start()
    stranger.add_admin()
    warning = s.t('Another key than the known one answers as “%s”. Nothing is sent there until you have compared its '
                  'fingerprint.', s.backup.name)
    s.says(warning, timeout=60)
    assert s.w.has('list', s.t('Pages of Licensing')), 'a long banner leaves the sidebar where it is'
    s.see('2-other-key')
    s.app.press(s.w, s.t('_Compare…'))
    dialog = s.dialog('Connect to a Licence Server')
    shown = wait(lambda: dialog.labels().replace(' ', '').replace('\n', ''), 10, 'the fingerprint')
    assert stranger.id.upper() in shown and s.backup.id.upper() not in shown, shown
    s.see('2-other-key-compare', dialog)
    s.app.key('Escape')
    s.app.gone(s.t('Connect to a Licence Server'))
    assert warning in s.w.labels(), 'looking at it is not trusting it'
    assert s.w.has('push button', s.t('Connected licence servers: %s', s.t.plural(
        '%1$u of %2$u connected', 2, 1, 2))), s.w.dump()
    stranger.sign_in()
    kinds = [event['kind'] for event in stranger.rest('GET', '/events')['events']]
    assert kinds.count('signed-in') == 1 and 'sign-in-failed' not in kinds, kinds
    stranger.stop()
    s.backup.start()
    wait(lambda: s.w.has('push button', s.t('Connected licence servers: %s', 'druck-a · druck-b')), 60, 'the right one is back')
    s.state(GOOD, GOOD, timeout=60)


@play.step('the partner is gone for good: the relationship is dissolved without it')
def forced(s):
    s.backup.kill()
    wait(lambda: not s.main.status()['connected'], 20, 'the loss is seen')
    s.app.press(s.w, s.t('_Dissolve…'))
    confirm(s, s.t('_Dissolve'))
    said = s.t('The partner does not answer, so it cannot be told. “%1$s” leaves the relationship alone; the partner '
               'learns of it once it is back. To confirm, type the name of the relationship: %2$s', s.main.name, NAME)
    s.says(said, wait(lambda: next((n for n in s.app.windows() if said in n.labels()), None), 40, lambda: f'the second question\n{s.app.windows()}'))
    s.see('3-dissolve-anyway', s.alert())
    confirm(s, s.t('Dissolve _Anyway'))
    wait(lambda: not s.main.relationship().get('relationship'), 30, 'the main is alone')
    s.backup.start()
    wait(lambda: not s.backup.relationship().get('relationship'), 60, 'the other one has learnt of it')
    s.says(s.t('No Server Redundancy Yet'), timeout=30)
    s.see('3-dissolved')


def confirm(s, verb):
    """Types the name into the question and presses the button."""
    alert = wait(lambda: next((n for n in s.app.windows() if n.has('push button', verb)
                               and any(m.name == s.t('Confirmation') for m in n.walk())), None), 40, verb)
    assert 'sensitive' not in alert.find('push button', verb).states, 'not before the name is typed'
    s.app.click(next(node for node in alert.walk() if node.name == s.t('Confirmation')))
    s.app.type(NAME)
    s.app.press(alert, verb)


@play.step('every widget that gets the focus has a name, and nothing was complained of')
def closed(s):
    assert not s.nameless, '\n'.join(s.nameless)
    s.close()


if __name__ == '__main__':
    play.run(sys.argv[2] if len(sys.argv) > 2 else 'de')
