#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_redundancy.py BUILD [de|en]: an administrator joins two real servers in the real console, sees every
state of the pair brought about by its real cause, and dissolves it; in German and in English.

Runs inside netns.sh, with-display.sh and dbus-run-session. Pictures go to BUILD/tests/gui/shots/.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import ADMIN, PASSWORD, cut, heal  # noqa: E402
from guidrive import Timeout, wait, xdo  # noqa: E402
from guiscene import BAD, CUT, GOOD, LAGS, NAME, Play  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
LANGUAGE = sys.argv[2] if len(sys.argv) > 2 else 'de'
PAGES = ('Licence Server', 'Licences', 'Redundancy', 'Events')
# What the words must be, letter for letter.
TERMS = {
    'Redundancy': 'Redundanz', 'Set up server redundancy': 'Serverredundanz einrichten', 'Licensing': 'Lizenzierung',
    'Wizard for Setting Up Redundancy': 'Assistent zum Einrichten von Redundanz',
    'Wizard for Setting Up Backup Relationships': 'Assistent zum Einrichten von Backup-Beziehungen',
    'Backup relationship': 'Backup-Beziehung', 'Main licence server': 'Hauptlizenzserver', 'Main server': 'Hauptserver',
    'Backup licence server': 'Backup-Lizenzserver', 'Backup server': 'Backup-Server', 'Online status': 'Online-Status',
    'This licence server': 'Dieser Lizenzserver', 'Rule': 'Regel', GOOD: 'Verbunden und synchronisiert',
    LAGS: 'Verbunden, nicht synchronisiert', CUT: 'Nicht verbunden, synchronisiert',
    BAD: 'Weder verbunden noch synchronisiert', 'Create Missing _Rules': 'Fehlende Regeln anlegen',
}

play = Play(BUILD)


@play.step('two servers and the console', needed=True)
def begin(s):
    if s.language == 'de':
        s.open(*s.options())
    else:
        s.open()
        for number, server in enumerate(s.servers):
            connect_by_hand(s, server, number)
    wait(lambda: s.w.has('push button', s.t('Connected licence servers: %s', 'druck-a · druck-b')), 20,
         lambda: f'connected with both in\n{s.w.dump()}')


def connect_by_hand(s, server, number):
    """Types the address, compares the fingerprint, signs in."""
    if number == 0:
        s.see('0-welcome')
        s.app.press(s.w, s.t('_Connect to a Licence Server…'))
    else:
        s.app.key('ctrl+n')
    dialog = s.dialog('Connect to a Licence Server')
    s.app.click(dialog.find('text', s.t('_Address')))
    s.app.type(server.where)
    s.see(f'0-connect-{number}', dialog)
    s.app.key('Return')
    s.says(' '.join(re.findall('....', server.id.upper())[:4]), dialog)
    shown = dialog.labels().replace(' ', '').replace('\n', '')
    assert server.id.upper() in shown, shown
    s.see(f'0-fingerprint-{number}', dialog)
    s.app.press(dialog, s.t('They _Are the Same'))
    s.app.click(dialog.find('text', s.t('_Administrator')))
    s.app.type(ADMIN)
    s.app.click(dialog.find(None, s.t('_Password')))
    s.app.type(PASSWORD)
    # There is no keyring here: nothing may be promised that cannot be kept.
    assert s.t('Stay signed in') not in dialog.labels(), dialog.labels()
    s.see(f'0-sign-in-{number}', dialog)
    s.app.key('Return')
    s.app.gone(s.t('Connect to a Licence Server'))


@play.step('the words are those that were agreed')
def words(s):
    if s.language == 'de':
        for english, german in TERMS.items():
            assert s.t(english) == german, f'{english}: {s.t(english)}'
    assert s.w.has('label', s.t('Licensing'))
    entries = [item.name for item in s.w.find('list', s.t('Pages of Licensing')).children]
    assert entries == [s.t(page) for page in PAGES], entries


@play.step('the page is empty and says what redundancy is for')
def empty(s):
    s.go('Redundancy')
    s.says(s.t('No Server Redundancy Yet'))
    s.see('1-empty')


def begin_wizard(s):
    s.app.press(s.w, s.t('_Set Up Server Redundancy…'))
    wizard = s.dialog('Wizard for Setting Up Redundancy')
    s.step_is(wizard, 'Kind')
    s.see('2-wizard-0-kind', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Servers')
    return wizard


def to_check(s, wizard):
    """From the first page to the verdict of the check."""
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Settings')
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Check')


def peer_rules(server):
    return [rule for rule in server.rest('GET', '/rules')['rules'] if rule['scope'] == 'peer']


@play.step('the wizard refuses without rules, makes them, and takes them back when it is cancelled')
def cancelled(s):
    wizard = begin_wizard(s)
    to_check(s, wizard)
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 20)
    assert 'sensitive' not in wizard.find('push button', s.t('_Next')).states, 'no way on without the rules'
    s.app.press(wizard, s.t('Create Missing _Rules'))
    s.says(s.t('All is well. The relationship can be set up.'), wizard, 20)
    assert len(peer_rules(s.main)) == len(peer_rules(s.backup)) == 1
    s.app.key('Escape')
    s.says(s.t('Cancel the set-up?'), s.alert())
    s.shot('2-cancel')
    s.app.key('Escape')
    wait(lambda: len(s.app.windows()) == 2, 10, 'Escape closes the question alone')
    s.app.key('Escape')
    s.app.press(s.alert(), s.t('Cancel the _Set-Up'))
    s.app.gone(s.t('Wizard for Setting Up Redundancy'))
    wait(lambda: not peer_rules(s.main) and not peer_rules(s.backup), 10, 'the rules are gone again')


@play.step('the wizard joins the two servers', needed=True)
def set_up(s):
    wizard = begin_wizard(s)
    s.says('druck-a', wizard)
    s.see('2-wizard-1-servers', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Settings')
    name = wizard.find('text', s.t('Na_me of the relationship'))
    s.app.key('ctrl+a')
    s.app.type(NAME)
    wait(lambda: name.text == NAME, 10, lambda: f'the name is typed; {name.text}')
    s.see('2-wizard-2-settings', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Check')
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 20)
    for server, other in (s.servers, s.servers[::-1]):
        text = s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', server.name, other.name)
        assert text in wizard.labels(), f'{text} in {wizard.labels()}'
    first = wizard.find('list', s.t('Checks')).children[0]
    assert first.name.endswith(s.t('Failed', context='check')), f'what is wrong stands at the top: {first.name}'
    s.see('2-wizard-3-refused', wizard)
    s.app.press(wizard, s.t('Create Missing _Rules'))
    s.says(s.t('All is well. The relationship can be set up.'), wizard, 20)
    for server, other in (s.servers, s.servers[::-1]):
        [rule] = peer_rules(server)
        assert rule['who'] == {'kind': 'key', 'value': other.id} and rule['where']['value'] == other.address, rule
    s.see('2-wizard-3-passed', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Summary')
    s.says('trias relationship create', wizard)
    for server in s.servers:
        assert server.pinned in wizard.labels()
    s.see('2-wizard-4-summary', wizard)
    s.app.press(wizard, s.t('_Set Up'))
    s.step_is(wizard, 'Progress')
    s.says(s.t('Done. The two servers now stand in for each other.'), wizard, 40)
    s.see('2-wizard-5-progress', wizard)
    s.app.press(wizard, s.t('_Done'))
    s.app.gone(s.t('Wizard for Setting Up Redundancy'))


@play.step('the table shows both servers, their roles, addresses and states')
def table(s):
    s.state(GOOD, GOOD)
    for row, server, role in zip(s.rows(), s.servers, ('Main server', 'Backup server')):
        assert row[s.t('Relationship')] == NAME and row[s.t('Role')] == s.t(role) and row[s.t('Name')] == server.name, row
        assert row[s.t('IP address')] == server.where and row[s.t('Online status')].startswith(s.t('Online')), row
    s.says('12', s.w.find('list', s.t('What happens if a server fails')))
    s.see('3-connected-synchronised')


@play.step('an idle cut: not connected, synchronised')
def idle_cut(s):
    cut(s.main.address, s.backup.address)
    s.state(CUT, CUT)
    s.see('3-disconnected-synchronised')


@play.step('cut and a change: neither')
def cut_and_change(s):
    s.main.rest('PATCH', '/settings', {'history_days': 91})
    wait(lambda: s.icons()[0] == s.t(BAD), 20, lambda: f'{s.t(BAD)}; now {s.rows()}')
    s.see('3-disconnected-unsynchronised')
    tap.note(s.rows())


@play.step('“Why?” explains the selected row')
def why(s):
    s.app.click(s.row(0), dx=300)
    s.app.press(s.w, s.t('_Why?'))
    alert = s.alert()
    s.says(s.t('No answer comes from “%2$s”. Check whether the computer runs, whether triasd runs on it, and whether the network and the '
               'firewall let their ports through in both directions. As soon as it answers, the two connect by themselves.', '', 'druck-b'), alert)
    s.says(s.t('“%2$s” has not confirmed the last changes of “%1$s”. Once the two are connected again, they synchronise by themselves.',
               'druck-a', 'druck-b'), alert)
    s.see('3-why', alert)
    s.app.key('Escape')
    wait(lambda: len(s.app.windows()) == 1, 10, 'the explanation is closed')


@play.step('healed: connected and synchronised without help')
def healed(s):
    heal()
    s.state(GOOD, GOOD, timeout=40)


@play.step('the partner’s disk is full: connected, not synchronised')
def held_back(s):
    s.disk.fill()
    s.main.rest('PATCH', '/settings', {'history_days': 92})
    wait(lambda: s.icons()[:1] == [s.t(LAGS)], 30, lambda: f'{s.t(LAGS)}; now {s.rows()}')
    column = s.t('Connection and synchronisation')
    wait(lambda: s.t('the partner’s disk refuses to write') in s.rows()[0][column], 20, lambda: str(s.rows()))
    s.see('3-connected-unsynchronised')
    tap.note(s.rows())
    s.disk.free()
    s.state(GOOD, GOOD, timeout=60)


@play.step('the legend explains the four icons')
def legend(s):
    s.app.press(s.w, s.t('_Legend'))
    for state in (GOOD, LAGS, CUT, BAD):
        wait(lambda st=state: s.w.has('label', s.t(st)) and s.w.has('image', s.t(st)), 10, state)
    s.says(s.t('The two servers hear each other, but the last changes have not been copied yet.'))
    s.see('4-legend')
    s.app.key('Escape')


@play.step('double-click, Enter, context menu and button open the wizard for backup relationships')
def ways(s):
    s.app.click(s.row(1), times=2, dx=300)
    s.see('5-manage', s.manager())
    s.says(s.t('If a server fails'), s.manager())
    s.app.key('Escape')
    s.manager_gone()
    s.app.click(s.row(1), dx=300)
    s.app.key('Return')
    dialog = s.manager()
    s.app.key('Escape')
    s.manager_gone()
    s.app.click(s.row(0), button=3, dx=300)
    item = s.w.find('menu item', s.t('_Set Up Backup Relationship…'))
    wait(lambda: 'focused' in item.states or s.app.key('Down'), 5, 'the first entry of the menu')
    s.shot('5-menu')
    s.app.key('Return')
    dialog = s.manager()
    s.app.key('Escape')
    s.manager_gone()
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    s.app.key('Escape')
    s.manager_gone()


def online(s, text):
    """What the row of the main says of its online status."""
    wait(lambda: s.rows() and s.rows()[0][s.t('Online status')] == s.t(text), 20, lambda: f'{text}: {s.rows()}')


@play.step('the main is taken out of service and takes part again; its clients are handed over and given back')
def maintenance(s):
    s.app.click(s.row(0), dx=300)
    s.app.press(s.w, s.t('Begin _Maintenance…'))
    question = s.alert()
    s.says(s.t('Begin the Maintenance of “%s”?', s.servers[0].name), question)
    s.see('5a-maintenance', question)
    s.app.press(question, s.t('Begin _Maintenance'))
    online(s, 'In maintenance – can be switched off now')
    s.see('5b-maintenance')
    s.app.press(s.w, s.t('End _Maintenance'))
    online(s, 'Online, serves clients')
    s.app.press(s.w, s.t('Hand _Over…'))
    question = s.alert()
    s.see('5c-handover', question)
    s.app.press(question, s.t('_Hand Over'))
    online(s, 'Handed over; waits until it is given back')
    s.see('5d-handover')
    s.app.press(s.w, s.t('Give _Back'))
    online(s, 'Online, serves clients')


@play.step('the interval is changed there and arrives at both servers')
def interval(s):
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    s.app.click(dialog.find('spin button'), dx=20)
    s.app.key('ctrl+a')
    s.app.type('45')
    s.app.key('Tab')
    s.app.press(dialog, s.t('_Apply'))
    wait(lambda: [server.relationship()['relationship']['options']['sync_interval_s'] for server in s.servers] == [45, 45], 20,
         lambda: str([server.relationship() for server in s.servers]))
    wait(lambda: 'sensitive' not in dialog.find('push button', s.t('_Apply')).states, 10, 'it is applied')
    s.app.key('Escape')
    s.manager_gone()


@play.step('the connection of the pair is checked, and what fails stands at the top')
def check(s):
    [rule] = peer_rules(s.backup)
    s.backup.rest('DELETE', f'/rules/{rule["id"]}?force=true')
    s.app.press(s.w, s.t('Check Co_nnection'))
    window = s.dialog('Check Connection')
    s.says(s.t('Not everything is in order. Each line below says what to do.'), window, 40)
    first = window.find('list', s.t('Checks')).children[0]
    assert first.name.endswith(s.t('Failed', context='check')), first.name
    s.see('5-check-refused', window)
    s.app.press(window, s.t('Create Missing _Rules'))
    s.says(s.t('All is in order. The servers reach each other and let each other in.'), window, 40)
    s.see('5-check', window)
    s.app.key('Escape')
    s.app.gone(s.t('Check Connection'))
    s.state(GOOD, GOOD)


@play.step('a failover drill of the pair says what is not covered, and that all went well')
def drill(s):
    s.app.press(s.w, s.t('_Failover Drill…'))
    dialog = s.dialog('Failover Drill')
    s.says('layout', dialog)
    s.app.fill(dialog.find('spin button', s.t('Duration in seconds')), '4')
    s.see('5-drill-plan', dialog)
    s.app.press(dialog, s.t('_Begin Drill'))
    s.says(s.t('The client is served by “%s”', 'druck-b'), dialog, 40)
    s.see('5-drill-running', dialog)
    s.says(s.t('All is as it was before'), dialog, 90)
    s.says(s.t('Passed'), dialog, 20)
    s.see('5-drill-report', dialog)
    s.app.press(dialog, s.t('_Close'))
    s.app.gone(s.t('Failover Drill'))
    s.state(GOOD, GOOD, timeout=40)


@play.step('one Tab leaves the table and stays on the page')
def tab(s):
    s.app.click(s.row(0), dx=300)
    wait(lambda: s.app.focused() and s.app.focused().role in ('table row', 'table cell', 'list'), 10, lambda: f'{s.app.focused()}')
    s.app.key('Tab')
    wait(lambda: s.app.focused() and s.app.focused().role == 'push button', 10, lambda: f'a button; {s.app.focused()}')
    s.app.key('shift+Tab')
    wait(lambda: s.app.focused() and s.app.focused().role in ('table row', 'table cell', 'list'), 10, lambda: f'{s.app.focused()}')
    assert s.rows(), 'the page is still the same'


@play.step('every page by its key')
def pages(s):
    for number, page in enumerate(PAGES, 1):
        s.app.key(f'alt+{number}')
        wait(lambda p=page: s.w.has('panel', s.t(p)), 10, page)
        s.see(f'6-page-{number}')
    s.app.key('alt+3')


@play.step('licence server: a rule is added, changed and removed; the rule that the pair needs is kept')
def rules(s):
    s.go('Licence Server')
    s.says(s.t('This licence server'))
    use = s.t('Use of licences')
    s.app.press(s.w, s.t('Add rule: %s', use))
    dialog = s.dialog('New Rule')
    s.app.click(dialog.find('combo box', s.t('_Who')))
    s.app.key('Down', 'Return')
    s.app.click(dialog.find('text', s.t('Name')))
    s.app.type('lehrling')
    s.see('7-new-rule', dialog)
    s.app.press(dialog, s.t('_Save'))
    s.app.gone(s.t('New Rule'))
    title = s.t('Allow: %1$s %2$s', s.t('the user “%s”', 'lehrling'), s.t('from everywhere'))
    s.says(title)
    s.app.press(s.w, f'{s.t("Change rule")}: {title}')
    dialog = s.dialog('Change Rule')
    s.app.click(dialog.find('text', s.t('_Note (optional)')))
    s.app.type('bis Juli')
    s.app.press(dialog, s.t('_Save'))
    s.app.gone(s.t('Change Rule'))
    s.says('bis Juli')
    wait(lambda: any(rule.get('note') == 'bis Juli' for rule in s.main.rest('GET', '/rules')['rules']), 10, 'the note is on the server')
    s.see('7-rules')
    s.app.press(s.w, f'{s.t("Remove rule")}: {title}')
    alert = s.alert()
    s.says(s.t('Remove This Rule?'), alert)
    s.app.press(alert, s.t('_Remove'))
    wait(lambda: title not in s.w.labels(), 10, 'the rule is gone')
    everyone = s.t('Allow: %1$s %2$s', s.t('everyone'), s.t('from everywhere'))
    s.app.press(s.w, f'{s.t("Remove rule")}: {everyone}')
    alert = s.alert()
    s.says(s.t('It is the last rule that lets anybody use licences: afterwards no client gets a seat any more.'), alert)
    s.see('7-last-rule', alert)
    s.app.press(alert, s.t('_Cancel'))
    wait(lambda: len(s.app.windows()) == 1, 10, 'the question is closed')
    [needed] = [node for node in s.w.all('push button') if node.name.startswith(s.t('Remove rule')) and s.backup.address in node.name]
    s.app.click(needed)
    s.app.press(s.alert(), s.t('_Remove'))
    s.says(s.t('A Relationship Needs This Rule'), wait(lambda: next((n for n in s.app.windows() if s.t('A Relationship Needs This Rule')
                                                                        in n.labels()), None), 10, 'the refusal'))
    s.shot('7-rule-needed')
    if s.language == 'de':
        said = '\n'.join(window.labels() for window in s.app.windows())
        assert 'This change' not in said and '„druck-b“ ausschließen' in said, said
    s.app.key('Escape')
    wait(lambda: len(s.app.windows()) == 1, 10, 'the question is closed')
    assert len(peer_rules(s.main)) == 1


@play.step('licences: a licence is installed from its file and appears')
def licences(s):
    path = os.path.join(s.cluster.folder, f'neu-{s.language}.lic')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(s.cluster.licence(f'farbe-{s.language}', {'farbe': 3}, product='Farbwerk'))
    s.go('Licences')
    s.app.press(s.w, s.t('Install licence on “%s”…', 'druck-a'))
    dialog = s.dialog('Install Licence')
    s.app.key('slash')
    wait(lambda: any('focused' in n.states and 'editable' in n.states for n in dialog.walk()), 10, 'the field for the path')
    s.app.key('ctrl+a')
    s.app.type(path)
    s.app.key('Return')
    try:
        wait(lambda: not s.app.xid(s.t('Install Licence')), 3)
    except Timeout:
        s.app.key('Return')
    s.app.gone(s.t('Install Licence'))
    s.says('Farbwerk')
    wait(lambda: any(item['product'] == 'Farbwerk' for item in s.main.rest('GET', '/licenses')['licenses']), 10, 'it is on the server')
    s.see('8-licences')


@play.step('events: what happened to the pair, in the language of the console')
def events(s):
    s.go('Events')
    for text in (s.t('The relationship was set up'), s.t('The relationship was changed'),
                 s.t('Connected with the partner “{peer}”').replace('{peer}', 'druck-b'),
                 s.t('The connection with the partner “{peer}” is lost').replace('{peer}', 'druck-b')):
        wait(lambda x=text: s.w.has('table cell', x), 10, lambda x=text: f'{x} in {[c.name for c in s.w.all("table cell")]}')
    newest = s.w.find('tree table', s.t('Events')).children[1].children[0]
    wait(lambda: s.app.inside(newest), 10, 'the newest is in sight')
    texts = [cell.name for cell in s.w.all('table cell')]
    assert not [text for text in texts if 'Allow' in text and s.language == 'de'], 'English in a German window'
    s.see('9-events')
    s.app.click(s.w.find('entry', s.t('Search events')))
    s.app.type('xxx')
    wait(lambda: s.w.has('label', s.t('No Events')), 10, 'nothing is found')
    s.app.key('ctrl+a')
    s.app.type(s.t('The relationship was set up').lower())
    wait(lambda: [row.children[3].name for row in s.w.find('tree table', s.t('Events')).children[1].children]
         == [s.t('The relationship was set up')] * 2, 10, 'one at each server')
    s.see('9-events-found')


@play.step('every widget that gets the focus has a name')
def names(s):
    assert not s.nameless, '\n'.join(s.nameless)


@play.step('the window closes with code 0 and nothing was complained of')
def closed(s):
    s.close()


def fits(s, width):
    """In a window of that width the table stands still, is read in its order and shows what matters most without scrolling aside."""
    xdo('windowsize', '--sync', s.app.xid(s.w.name), width, 800)
    table = s.w.find('tree table', s.t('Backup relationships'))
    wait(lambda: len({str(table.extents()) for _ in range(100)}) == 1, 10, f'the table stands still at {width}')
    left, _, room, _ = table.extents()
    heads = {cell.name: cell.extents() for cell in table.children[0].children}
    for head in 'Status', 'Name', 'Online status', 'Connection and synchronisation':
        x, _, wide, _ = heads[s.t(head)]
        assert wide > 0 and left <= x and x + wide <= left + room, f'{head} at {width}: {heads[s.t(head)]} in {table.extents()}'
    if width >= 1000:
        s.state(GOOD, GOOD)
    s.shot(f'look-width-{width}')


@play.step('dark, in high contrast and narrow: every page is there')
def looks(s):
    for name, env in (('dark', {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'}), ('contrast', {'ADW_DEBUG_HIGH_CONTRAST': '1'}), ('narrow', {})):
        s.open(*s.options(), **env)
        s.state(GOOD, GOOD)
        if name == 'narrow':
            for width in 1000, 800, 380, 1000, 480:
                fits(s, width)
        for number, page in enumerate(PAGES, 1):
            s.app.key(f'alt+{number}')
            wait(lambda p=page: s.w.has('panel', s.t(p)), 10, page)
            s.shot(f'look-{name}-{number}')
        s.app.key('alt+3')
        s.app.click(s.row(0), times=2, dx=100)
        dialog = s.manager()
        s.shot(f'look-{name}-manage')
        s.app.key('Escape')
        s.manager_gone()
        s.close()


@play.step('dissolving asks for the name, and the page is empty again')
def dissolve(s):
    s.open(*s.options())
    s.go('Redundancy')
    s.app.press(s.w, s.t('_Dissolve…'))
    alert = s.alert()
    button = alert.find('push button', s.t('_Dissolve'))
    assert 'sensitive' not in button.states, 'not before the name is typed'
    s.see('10-dissolve', alert)
    s.app.click(wait(lambda: next((n for n in alert.walk() if n.name == s.t('Confirmation')), None), 10, alert.dump))
    s.app.type(NAME)
    s.app.press(alert, s.t('_Dissolve'))
    s.says(s.t('No Server Redundancy Yet'), timeout=30)
    for server in s.servers:
        wait(lambda x=server: not x.relationship().get('relationship'), 10, f'{server.name} is alone')
    s.see('10-dissolved')
    s.close()


if __name__ == '__main__':
    play.run(LANGUAGE)
