#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_members.py BUILD [de|en]: an administrator replaces a broken server of a triad in the real console, and lets the
last one go on alone when two are lost.

Runs inside netns.sh, with-display.sh and dbus-run-session. Pictures go to BUILD/tests/gui/shots/.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
from guidrive import wait  # noqa: E402
from guiscene import NAME, Play, Stage  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
LANGUAGE = sys.argv[2] if len(sys.argv) > 2 else 'de'
ROLES = ('Primary server', 'Secondary server', 'Tertiary server')


class Scene(Stage):
    """A triad, and a fourth server that none of them knows."""

    def start_servers(self):
        members = self.cluster.triad({'rip': 20}, form=False)
        self.cluster.form_triad(*members, name=NAME)
        fourth = self.cluster.server('druck-neu', '127.0.0.9', members[0].port)
        fourth.start()
        fourth.add_admin()
        fourth.sign_in()
        return [*members, fourth]


play = Play(BUILD, 'members-', Scene)


def card(s, rank, server):
    """What the card of @server at this rank says, "" if it is another's."""
    start = f'{s.t(ROLES[rank])} {server.name}, '
    return next((node.name for node in s.w.all('push button') if node.name.startswith(start)), '')


def radio(s, wizard, text, server):
    start = s.t(text, server.name)
    return wait(lambda: next((n for n in wizard.all('radio button') if n.name.startswith(start)), None), 10, start)


@play.step('a triad and a spare server before the console', needed=True)
def begin(s):
    s.open(*s.options())
    wait(lambda: s.t('Online, serves clients') in card(s, 0, s.servers[0]), 40, lambda: s.w.dump())


@play.step('the broken tertiary server is replaced: the wizard makes the missing rules', needed=True)
def replace(s):
    primary, secondary, tertiary, fourth = s.servers
    tertiary.kill()
    wait(lambda: s.t('Offline') in card(s, 2, tertiary), 30, lambda: card(s, 2, tertiary))
    s.see('1-broken')
    s.app.press(s.w, s.t('_Replace Server…'))
    wizard = s.dialog('Replace a Server')
    s.step_is(wizard, 'Servers')
    old = radio(s, wizard, 'Replace %s', tertiary)
    assert 'checked' in old.states, wizard.dump()
    assert not [n for n in wizard.all('radio button') if n.name.startswith(s.t('Replace %s', primary.name))], wizard.dump()
    s.says(s.t('Choose the new server.'), wizard)
    s.app.click(radio(s, wizard, '%s as the new server', fourth))
    wait(lambda: s.t('Choose the new server.') not in wizard.labels(), 10, wizard.dump)
    s.see('2-servers', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Check')
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 40)
    for server in primary, secondary:
        s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', server.name, fourth.name), wizard)
        s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', fourth.name, server.name), wizard)
    s.see('3-refused', wizard)
    s.app.press(wizard, s.t('Create Missing _Rules'))
    s.says(s.t('All is well. The relationship can go on with the new server.'), wizard, 40)
    s.see('4-passed', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Summary')
    s.says(f'trias relationship replace {tertiary.name} --with', wizard)
    s.see('5-summary', wizard)
    s.app.press(wizard, s.t('_Replace'))
    s.step_is(wizard, 'Progress')
    s.says(s.t('Done. The triad has its three servers again.'), wizard, 60)
    s.see('6-progress', wizard)
    s.app.press(wizard, s.t('_Done'))
    s.app.gone(s.t('Replace a Server'))
    wait(lambda: s.t('Online, synchronised') in card(s, 2, fourth), 60, lambda: s.w.labels())
    s.see('7-whole')


@play.step('a card offers it, too; who serves cannot be replaced')
def from_card(s):
    secondary = s.servers[1]
    wait(lambda: s.t('Online, serves clients') in card(s, 0, s.servers[0]), 60, lambda: s.w.labels())
    start = f'{s.t(ROLES[1])} {secondary.name}, '
    s.app.click(next(node for node in s.w.all('push button') if node.name.startswith(start)))
    alert = s.alert()
    s.app.press(alert, s.t('_Replace Server…'))
    wizard = s.dialog('Replace a Server')
    wait(lambda: 'checked' in radio(s, wizard, 'Replace %s', secondary).states, 10, wizard.dump)
    s.app.key('Escape')
    s.app.gone(s.t('Replace a Server'))


@play.step('two are lost: the last one goes on alone, and that is told until there is redundancy again')
def recover(s):
    primary, secondary, _, fourth = s.servers
    secondary.kill()
    fourth.kill()
    wait(lambda: s.w.has('push button', s.t('Go _On Alone…').replace('_', '')), 40, lambda: s.w.dump())
    s.says(s.t('None of the three servers of “%1$s” is active: clients get no seats. Bring a second one back; if both others are lost '
               'for good, let “%2$s” go on alone.', NAME, primary.name), timeout=10)
    s.see('10-two-lost')
    s.app.press(s.w, s.t('Go _On Alone…'))
    alert = s.alert()
    s.says(s.t('Let “%s” Go On Alone?', primary.name), alert)
    s.see('11-alone', alert)
    s.app.click(wait(lambda: next((n for n in alert.walk() if n.name == s.t('Confirmation')), None), 10, alert.dump))
    s.app.type(NAME)
    s.app.press(alert, s.t('_Go On Alone'))
    s.says(s.t('“%1$s” goes on alone since the other servers of “%2$s” were lost: there is no redundancy.', primary.name, NAME),
           timeout=40)
    wait(lambda: primary.rest('GET', '/relationship')['recovered'], 10, 'the server tells of it')
    s.see('12-banner')


@play.step('every widget that gets the focus has a name')
def names(s):
    assert not s.nameless, '\n'.join(s.nameless)
    s.close()


if __name__ == '__main__':
    play.run(LANGUAGE)
