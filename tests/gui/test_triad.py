#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_triad.py BUILD [de|en]: an administrator joins three real servers in a triad in the real console, sees every
state of the diagram brought about by its real cause, hands over and back, and dissolves it.

Runs inside netns.sh, with-display.sh and dbus-run-session. Pictures go to BUILD/tests/gui/shots/.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
import tap  # noqa: E402
from cluster import Problem, cut, heal  # noqa: E402
from guidrive import wait  # noqa: E402
from guiscene import NAME, Play, TriadScene  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
LANGUAGE = sys.argv[2] if len(sys.argv) > 2 else 'de'
ROLES = ('Primary server', 'Secondary server', 'Tertiary server')
SERVES, READY, GONE = 'Online, serves clients', 'Online, synchronised', 'Offline'
TERMS = {'Triad relationship': 'Triaden-Beziehung', 'Primary server': 'Primärserver', 'Secondary server': 'Sekundärer Server',
         'Tertiary server': 'Tertiärer Server', 'active': 'aktiv', 'connected': 'verbunden'}

play = Play(BUILD, 'triad-', TriadScene)


# --- what the diagram says
def card(s, rank):
    """What the card of the server at this rank says."""
    start = f'{s.t(ROLES[rank])} {s.servers[rank].name}, '
    found = [node for node in s.w.all('push button') if node.name.startswith(start)]
    return found[0] if found else None


def link(s, a, b):
    start = s.t('Link %1$s – %2$s: %3$s', s.servers[a].name, s.servers[b].name, '')
    found = [node for node in s.w.all('push button') if node.name.startswith(start)]
    return found[0].name[len(start):] if found else ''


def cards(s):
    return [node.name if node else '' for node in (card(s, rank) for rank in range(3))]


def shows(s, *states, timeout=30):
    """The three cards say these states, by rank."""
    def look():
        return all(s.t(state) in said for state, said in zip(states, cards(s)))
    wait(look, timeout, lambda: f'{states}; now {cards(s)}')


def well(s, timeout=60):
    shows(s, SERVES, READY, READY, timeout=timeout)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        wait(lambda x=a, y=b: link(s, x, y).startswith(s.t('connected')), 30, lambda x=a, y=b: f'{x}–{y}: {link(s, x, y)}')


# --- the play
@play.step('three servers and the console', needed=True)
def begin(s):
    s.open(*s.options())
    wait(lambda: s.w.has('push button', s.t('Connected licence servers: %s', s.t.plural('%1$u of %2$u connected', 3, 3, 3))), 20,
         lambda: s.w.dump())
    if s.language == 'de':
        for english, german in TERMS.items():
            assert s.t(english) == german, f'{english}: {s.t(english)}'


@play.step('the wizard refuses without the six rules, makes them, and joins the three', needed=True)
def set_up(s):
    s.go('Redundancy')
    s.app.press(s.w, s.t('_Set Up Server Redundancy…'))
    wizard = s.dialog('Wizard for Setting Up Redundancy')
    s.step_is(wizard, 'Kind')
    s.see('1-kind', wizard)
    s.app.click(wizard.find('radio button', s.t('Triad relationship')))
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Servers')
    for rank, text in enumerate(('%s as the primary server', '%s as the secondary server', '%s as the tertiary server')):
        start = s.t(text, s.servers[rank].name)
        radio = wait(lambda t=start: next((n for n in wizard.all('radio button') if n.name.startswith(t)), None), 10, start)
        wait(lambda r=radio: 'checked' in r.states, 10, lambda t=text: f'{t}\n{wizard.dump()}')
    s.see('2-servers', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Settings')
    name = wizard.find('text', s.t('Na_me of the relationship'))
    s.app.key('ctrl+a')
    s.app.type(NAME)
    wait(lambda: name.text == NAME, 10, lambda: name.text)
    s.see('3-settings', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Check')
    s.says(s.t('Something is missing. Mend it, then check again.'), wizard, 30)
    for server in s.servers:
        for other in s.servers:
            if other is not server:
                s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', server.name, other.name), wizard)
    s.see('4-refused', wizard)
    s.app.press(wizard, s.t('Create Missing _Rules'))
    s.says(s.t('All is well. The relationship can be set up.'), wizard, 40)
    s.see('5-passed', wizard)
    s.app.press(wizard, s.t('_Next'))
    s.step_is(wizard, 'Summary')
    s.says('trias relationship create', wizard)
    s.see('6-summary', wizard)
    s.app.press(wizard, s.t('_Set Up'))
    s.step_is(wizard, 'Progress')
    s.says(s.t('Done. The three servers now act as one.'), wizard, 60)
    s.see('7-progress', wizard)
    s.app.press(wizard, s.t('_Done'))
    s.app.gone(s.t('Wizard for Setting Up Redundancy'))


@play.step('the diagram: all well, the primary serves', needed=True)
def all_well(s):
    well(s)
    s.says(s.t('If “%1$s” fails, “%2$s” takes over. One more failure would be a standstill. %3$s', s.servers[0].name, s.servers[1].name, '').strip())
    s.see('10-all-well')


@play.step('the primary is killed: the secondary serves; it comes back, and serves again')
def primary_down(s):
    s.servers[0].kill()
    shows(s, GONE, SERVES, READY)
    s.says(s.t('Bring “%s” back.', s.servers[0].name))
    active = s.t('“%1$s” is the active server now, because “%2$s” failed', s.servers[1].name, s.servers[0].name)
    s.says(active, timeout=20)
    told = wait(lambda: [n for n in s.w.find('list', s.t('What happened')).children if active in n.name], 10, 'the row')
    wait(lambda: s.servers[1].name in told[0].description and s.servers[2].name in told[0].description, 15,
         lambda: f'both that saw it tell it, in one row: {told[0].description}')
    s.see('11-primary-down')
    lost = s.t('Redundancy lost: %s', NAME)
    wait(lambda: s.desktop.says(lost, s.servers[1].name), 20, lambda: f'the desktop says so: {s.desktop.shown}')
    s.servers[0].start()
    well(s)
    wait(lambda: not s.desktop.shown, 20, lambda: f'nothing is said any more: {s.desktop.shown}')


@play.step('secondary down, tertiary down')
def others_down(s):
    for rank, states in ((1, (SERVES, GONE, READY)), (2, (SERVES, READY, GONE))):
        s.servers[rank].kill()
        shows(s, *states)
        s.see(f'12-{("", "secondary", "tertiary")[rank]}-down')
        s.servers[rank].start()
        well(s)


@play.step('each link cut: somebody serves, the diagram says which link it is')
def links(s):
    for a, b in ((0, 1), (0, 2), (1, 2)):
        cut(s.servers[a].address, s.servers[b].address)
        wait(lambda x=a, y=b: link(s, x, y) == s.t('not connected'), 30, lambda x=a, y=b: link(s, x, y))
        wait(lambda: sum(s.t(SERVES) in said for said in cards(s)) == 1, 30, lambda: str(cards(s)))
        s.see(f'13-link-{a}-{b}-cut')
        heal()
        well(s)


@play.step('a link that is cut explains itself', once=True)
def why(s):
    cut(s.servers[0].address, s.servers[1].address)
    wait(lambda: link(s, 0, 1) == s.t('not connected'), 30, lambda: link(s, 0, 1))
    start = s.t('Link %1$s – %2$s: %3$s', s.servers[0].name, s.servers[1].name, '')
    s.app.click(next(node for node in s.w.all('push button') if node.name.startswith(start)))
    alert = s.alert()
    s.says(s.t('“%1$s” gets no answer from “%2$s”.', s.servers[0].name, s.servers[1].name), alert)
    s.see('14-why-link', alert)
    s.app.press(alert, s.t('Check Co_nnection'))
    window = s.dialog('Check Connection')
    s.says(s.t('Not everything is in order. Each line below says what to do.'), window, 40)
    s.says(s.t('“%2$s” reaches “%1$s”', s.servers[1].name, s.servers[0].name), window)
    assert s.servers[2].name not in window.labels(), window.labels()
    s.see('14a-check-link', window)
    heal()
    s.app.press(window, s.t('Check _Again'))
    s.says(s.t('All is in order. The servers reach each other and let each other in.'), window, 40)
    s.app.key('Escape')
    s.app.gone(s.t('Check Connection'))
    well(s)


@play.step('the check of the triad finds the rule that was taken away, and makes it again', once=True)
def check(s):
    primary, secondary, _ = s.servers
    rule = next(r for r in primary.rest('GET', '/rules')['rules'] if r['scope'] == 'peer' and r['who']['value'] == secondary.id)
    primary.rest('DELETE', f'/rules/{rule["id"]}?force=true')
    wait(lambda: link(s, 0, 1) != '' and not link(s, 0, 1).startswith(s.t('connected')), 30, lambda: link(s, 0, 1))
    s.app.press(s.w, s.t('Check Co_nnection'))
    window = s.dialog('Check Connection')
    s.says(s.t('On “%1$s” the rule is missing that lets “%2$s” in as a partner.', primary.name, secondary.name), window, 40)
    first = window.find('list', s.t('Checks')).children[0]
    assert first.name.endswith(s.t('Failed', context='check')), first.name
    s.see('14b-check', window)
    s.app.press(window, s.t('Create Missing _Rules'))
    s.says(s.t('All is in order. The servers reach each other and let each other in.'), window, 40)
    s.see('14c-check-mended', window)
    s.app.key('Escape')
    s.app.gone(s.t('Check Connection'))
    well(s)


@play.step('no quorum: nobody serves, the banner says so and leads here')
def no_quorum(s):
    s.go('Licences')
    for a, b in ((0, 1), (0, 2), (1, 2)):
        cut(s.servers[a].address, s.servers[b].address)
    banner = s.t('None of the three servers of “%s” is active: clients get no seats.', NAME)
    s.says(banner, timeout=30)
    s.see('15-banner')
    wait(lambda: s.desktop.says(s.t('Service lost: %s', NAME)), 20, lambda: f'the desktop says so: {s.desktop.shown}')
    s.app.press(s.w, s.t('Show _Redundancy'))
    wait(lambda: s.w.has('panel', s.t('Redundancy')), 10, 'the page Redundancy')
    s.says(s.t('Clients wait'), timeout=20)
    s.see('16-no-quorum')
    heal()
    well(s)
    wait(lambda: banner not in s.w.labels(), 10, 'the banner is gone')


@play.step('hand over and give back')
def handover(s):
    s.app.press(s.w, s.t('Switch _Active Server…'))
    alert = s.alert()
    s.says(s.t('Let “%s” Serve the Clients?', s.servers[1].name), alert)
    s.see('17-handover', alert)
    s.app.press(alert, s.t('_Switch'))
    shows(s, READY, SERVES, READY)
    s.see('18-pinned')
    s.app.press(s.w, s.t('_Give Back'))
    well(s)


@play.step('maintenance: the primary stands aside, can be switched off, and takes part again')
def maintenance(s):
    name = s.servers[0].name
    s.app.click(card(s, 0))
    alert = s.alert()
    s.app.press(alert, s.t('Begin _Maintenance…'))
    question = wait(lambda: next((n for n in s.app.windows() if s.t('Begin the Maintenance of “%s”?', name) in n.labels()), None), 10, 'a question')
    s.see('18a-maintenance', question)
    s.app.press(question, s.t('Begin _Maintenance'))
    shows(s, 'In maintenance – can be switched off now', SERVES, READY)
    s.says(s.t('“%1$s” is the active server now, because “%2$s” is in maintenance', s.servers[1].name, name), timeout=20)
    s.says(s.t('“%s” is in maintenance.', name))
    s.see('18b-maintenance')
    s.app.press(s.w, s.t('_Maintenance'))
    item = s.w.find('menu item', s.t('End Maintenance of “%s”', name))
    s.shot('18b-menu')
    s.app.click(item)
    well(s)


def drilled(s, dialog, shot):
    """Whether the drill that was just asked for went to its end; on a busy machine an election may come first."""
    wait(lambda: s.t('The client is served by “%s”', s.servers[1].name) in dialog.labels()
         or dialog.has('push button', s.t('_Begin Drill')), 40, dialog.dump)
    if dialog.has('push button', s.t('_Begin Drill')):
        s.app.key('Escape')
        return False
    s.see(f'{shot}-running', dialog)
    wait(lambda: s.t('All is as it was before') in dialog.labels() or s.t('The drill has ended') in dialog.labels(), 120,
         dialog.dump)
    return s.t('All is as it was before') in dialog.labels()


def drill(s, kind, shot):
    """A failover drill from the button to the report."""
    for _ in range(4):
        well(s)
        s.app.press(s.w, s.t('_Failover Drill…'))
        dialog = s.dialog('Failover Drill')
        s.app.click(dialog.find('radio button', s.t(kind, context='drill')))
        s.app.fill(dialog.find('spin button', s.t('Duration in seconds')), '4')
        s.see(f'{shot}-plan', dialog)
        s.app.press(dialog, s.t('_Begin Drill'))
        wait(lambda x=dialog: not x.has('push button', s.t('_Begin Drill')), 10, 'it begins')
        done = drilled(s, dialog, shot)
        if done:
            break
        s.tidy()
    assert done
    wait(lambda: s.t('No request was lost.') in dialog.labels() and s.t('Passed') in dialog.labels(), 20, dialog.labels)
    s.see(f'{shot}-report', dialog)
    s.app.press(dialog, s.t('_Close'))
    s.app.gone(s.t('Failover Drill'))
    well(s)


@play.step('a failover drill: handed over, there and back', once=True)
def drill_handover(s):
    drill(s, 'Handover', '18c-handover')


@play.step('a failover drill: the active one falls silent; all keep what a client saw')
def drill_outage(s):
    drill(s, 'Outage', '18d-outage')
    for server in s.servers:
        wait(lambda x=server: x.relationship()['relationship']['drill']['measure'] == 'seat', 20, server.name)


@play.step('a failover drill is refused while one is missing, and says who', once=True)
def drill_refused(s):
    cut(s.servers[0].address, s.servers[2].address)
    wait(lambda: link(s, 0, 2) == s.t('not connected'), 30, lambda: link(s, 0, 2))
    s.app.press(s.w, s.t('_Failover Drill…'))
    dialog = s.dialog('Failover Drill')
    s.app.press(dialog, s.t('_Begin Drill'))
    alert = s.alert()
    s.says(s.servers[2].name, alert, 20)
    s.see('18e-drill-refused', alert)
    s.app.key('Escape')
    heal()
    s.app.press(dialog, s.t('_Cancel'))
    s.app.gone(s.t('Failover Drill'))
    well(s)


@play.step('name and options are changed while it serves, on all three', once=True)
def edit(s):
    s.app.press(s.w, s.t('_Edit…'))
    dialog = s.dialog('Edit Triad')
    name = dialog.find('text', s.t('_Name of the relationship'))
    assert name.text == NAME, name.text
    profile = dialog.find('check box', s.t('Servers at different sites (WAN)'))
    assert 'sensitive' not in profile.states, profile.states
    s.see('18a-edit', dialog)
    s.app.fill(name, 'Halle 3')
    s.app.click(dialog.find('check box', s.t('Back to the primary server by itself')))
    s.app.press(dialog, s.t('_Apply'))
    s.app.gone(s.t('Edit Triad'))
    s.says('Halle 3')
    for server in s.servers:
        def taken_up(x=server):
            told = x.relationship()['relationship']
            return told['name'] == 'Halle 3' and told['options']['failback'] == 'manual'
        wait(taken_up, 10, lambda x=server: f'{x.name}: {x.relationship()["relationship"]["options"]}')

    def back():
        """On a busy machine another one may have become active meanwhile."""
        for server in s.servers:
            try:
                return server.rest('PATCH', '/relationship', {'name': NAME, 'options': {'failback': 'automatic'}})
            except Problem as problem:
                assert problem.reason in ('not-active', 'no-quorum'), problem.body
        return None
    wait(back, 20, 'somebody decides')
    s.says(NAME)
    well(s)


@play.step('licences: the triad is one licence server', once=True)
def licences(s):
    s.go('Licences')
    s.says(s.t('Licences of the triad “%1$s” (active server: %2$s)', NAME, s.servers[0].name))
    for server in s.servers:
        assert s.t('Licences on “%s”', server.name) not in s.w.labels(), s.w.labels()
    s.see('19-licences')
    s.go('Redundancy')


@play.step('what happened, newest first, with the way to all events')
def timeline(s):
    rows = s.w.find('list', s.t('What happened')).children
    assert 1 < len(rows) <= 12, rows
    s.app.reveal(rows[5])
    s.see('19a-timeline')
    s.app.press(s.w, s.t('A_ll Events'))
    wait(lambda: s.w.has('panel', s.t('Events')), 10, 'the page Events')
    s.go('Redundancy')


@play.step('dissolving tells which licence needs the triad, asks for the name and leaves three working servers')
def dissolve(s):
    active = next(x for x in s.servers if x.id == s.servers[0].relationship()['relationship']['active'])
    active.install(s.cluster.licence('halle-drei', {'scan': 2}, bind=[x.id for x in s.servers]))
    s.go('Licences')
    s.says(s.t('Licence “%s”', 'halle-drei'), timeout=15)
    s.go('Redundancy')
    s.app.press(s.w, s.t('_Dissolve…'))
    alert = s.alert()
    needs = s.t.plural('The licence %s is bound to the three servers; without the triad it serves nobody.', 1)
    needs = needs.replace('%s', s.t('“%s”', 'halle-drei'))
    s.says(needs, alert)
    s.see('20-dissolve', alert)
    s.app.click(wait(lambda: next((n for n in alert.walk() if n.name == s.t('Confirmation')), None), 10, alert.dump))
    s.app.type(NAME)
    s.app.press(alert, s.t('_Dissolve'))
    s.says(s.t('No Server Redundancy Yet'), timeout=40)
    for server in s.servers:
        wait(lambda x=server: not x.relationship().get('relationship'), 20, f'{server.name} is alone')
        server.rest('GET', '/health')
    s.see('20-dissolved')


@play.step('every widget that gets the focus has a name')
def names(s):
    assert not s.nameless, '\n'.join(s.nameless)
    s.close()


if __name__ == '__main__':
    play.run(LANGUAGE)
