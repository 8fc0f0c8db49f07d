#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_grow.py BUILD [de|en]: an administrator changes addresses of a pair's servers in the real console, makes a triad of the
pair with a third server, and changes an address of that, too.

Runs inside netns.sh, with-display.sh and dbus-run-session. Pictures go to BUILD/tests/gui/shots/.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from guidrive import wait  # noqa: E402
from guiscene import GOOD, NAME, Play, Stage  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
LANGUAGE = sys.argv[2] if len(sys.argv) > 2 else 'de'
OTHER = '127.0.0.13'  # where the backup server listens, too


class Scene(Stage):
    """A pair whose backup server has a second address, and a server that neither knows."""

    def start_servers(self):
        main, backup = self.cluster.pair({'rip': 20, 'layout': 5}, {'rip': 12}, form=False)
        backup.stop()
        backup.start('--listen', f'{OTHER}:{backup.port}')
        backup.sign_in()
        self.cluster.form(main, backup, name=NAME)
        third = self.cluster.server('druck-c', '127.0.0.9', main.port)
        third.start()
        third.add_admin()
        third.sign_in()
        return [main, backup, third]


play = Play(BUILD, 'grow-', Scene)


def addresses(server):
    return [member['addresses'] for member in server.relationship()['relationship']['members']]


def field(s, dialog, server):
    return dialog.find('text', s.t('Address of “%s”', server.name))


@play.step('a pair and a third server before the console', needed=True)
def begin(s):
    s.open(*s.options())
    s.state(GOOD, GOOD)


@play.step('an address that cannot be one is refused with what to do')
def wrong(s):
    main, backup, _ = s.servers
    s.app.click(s.row(1), dx=300)
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    for text, said in (('drüben:port', s.t('This is no address. Examples: licences.example.org, 192.0.2.7:7643')),
                       (' ', s.t('Without an address nobody reaches “%s”. Give at least one.', backup.name)),
                       (main.where, s.t('“%s” has this address. Give each server its own.', main.name))):
        s.app.fill(field(s, dialog, backup), text)
        s.says(said, dialog)
        assert 'sensitive' not in dialog.find('push button', s.t('_Apply')).states, text
    s.see('1-wrong', dialog)
    s.app.key('Escape')
    s.app.press(s.alert(), s.t('_Discard'))
    s.manager_gone()


@play.step('the backup server gets its other address; both know it and stay together')
def address(s):
    main, backup, _ = s.servers
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    s.app.fill(field(s, dialog, backup), f'{OTHER}:{backup.port}, {backup.where}')
    s.see('2-address', dialog)
    s.app.press(dialog, s.t('_Apply'))
    wanted = [[main.where], [f'{OTHER}:{backup.port}', backup.where]]
    wait(lambda: addresses(main) == addresses(backup) == wanted, 20, lambda: f'{addresses(main)} {addresses(backup)}')
    wait(lambda: 'sensitive' not in dialog.find('push button', s.t('_Apply')).states, 10, 'it is applied')
    s.app.key('Escape')
    s.manager_gone()
    s.state(GOOD, GOOD)
    wait(lambda: s.rows()[1][s.t('IP address')] == f'{OTHER}:{backup.port}', 10, lambda: str(s.rows()))


@play.step('the context menu and the Backup wizard offer to grow')
def ways(s):
    s.app.click(s.row(0), button=3, dx=300)
    s.w.find('menu item', s.t('_Grow into a Triad…'))
    s.shot('3-menu')
    s.app.key('Escape')
    s.app.press(s.w, s.t('Set _Up Backup Relationship…'))
    dialog = s.manager()
    s.app.press(dialog, s.t('_Grow into a Triad…'))
    wizard = s.dialog('Grow into a Triad')
    s.manager_gone()
    s.step_is(wizard, 'Servers')
    s.app.key('Escape')
    s.app.gone(s.t('Grow into a Triad'))


@play.step('the wizard tells what serves no more, makes the missing rules, and the pair is a triad', needed=True)
def grow(s):
    main, backup, third = s.servers
    s.app.press(s.w, s.t('_Grow into a Triad…'))
    wizard = s.dialog('Grow into a Triad')
    s.step_is(wizard, 'Servers')
    s.says(s.t('Choose the new server.'), wizard)
    start = s.t('%s as the new server', third.name)
    s.app.click(wait(lambda: next((n for n in wizard.all('radio button') if n.name.startswith(start)), None), 10, wizard.dump))
    s.says(s.t('Decide what becomes of the licences that the others have of their own.'), wizard)
    s.says(f'{backup.name}-1', wizard)
    s.says(s.t('Has no licences of its own.'), wizard)
    assert f'{main.name}-1' not in wizard.labels(), 'what the main server has serves on'
    assert 'sensitive' not in wizard.find('push button', s.t('_Next')).states, 'not before it is decided'
    s.see('4-own', wizard)
    s.app.click(wizard.find('check box', s.t('Set own licences aside')))
    s.see('5-servers', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Check')
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 40)
    for server in main, backup:
        s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', server.name, third.name), wizard)
        s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', third.name, server.name), wizard)
    s.app.press(wizard, s.t('Create Missing _Rules'))
    s.says(s.t('All is well. The relationship can go on with the new server.'), wizard, 40)
    s.says(s.t('The licences and seats that “%s” has of its own serve no more afterwards; it keeps them in a file.', backup.name), wizard)
    s.see('6-passed', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Summary')
    s.says(f'trias relationship grow --with {third.pinned} --discard', wizard)
    s.says(s.t('From now on all three servers serve the same licences: those of “%s”.', main.name), wizard)
    s.see('7-summary', wizard)
    s.app.press(wizard, s.t('_Grow'))
    s.step_is(wizard, 'Progress')
    s.says(s.t('Done. The three servers now act as one.'), wizard, 60)
    s.see('8-progress', wizard)
    s.app.press(wizard, s.t('_Done'))
    s.app.gone(s.t('Grow into a Triad'))
    for rank, (role, server) in enumerate(zip(('Primary server', 'Secondary server', 'Tertiary server'), s.servers)):
        start = f'{s.t(role)} {server.name}, '
        state = s.t('Online, synchronised' if rank else 'Online, serves clients')
        wait(lambda x=start, y=state: any(n.name.startswith(x) and y in n.name for n in s.w.all('push button')), 60,
             lambda x=start: f'{x}\n{s.w.dump()}')
    s.see('9-triad')
    for server in s.servers:
        assert [item['id'] for item in server.rest('GET', '/licenses')['licenses']] == [f'{main.name}-1'], server.name
    assert [name for name in os.listdir(backup.state) if name.startswith('archive-')], 'the backup keeps what it had'


@play.step('an address of a member is changed while the triad serves')
def edit(s):
    third = s.servers[2]
    s.app.press(s.w, s.t('_Edit…'))
    dialog = s.dialog('Edit Triad')
    spare = f'127.0.0.19:{third.port}'
    s.app.fill(field(s, dialog, third), f'{third.where} {spare}')
    s.see('10-edit', dialog)
    s.app.press(dialog, s.t('_Apply'))
    s.app.gone(s.t('Edit Triad'))
    for server in s.servers:
        wait(lambda x=server: addresses(x)[2] == [third.where, spare], 10, lambda x=server: f'{x.name}: {addresses(x)}')


@play.step('every widget that gets the focus has a name, and nothing was complained of')
def names(s):
    assert not s.nameless, '\n'.join(s.nameless)
    s.close()


if __name__ == '__main__':
    play.run(LANGUAGE)
