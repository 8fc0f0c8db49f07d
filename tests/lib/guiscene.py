# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of the tests with the real window: two real servers, a console in one language, and what a person
does with them over and over. A file of tests marks its steps with @scene.step(name) and ends with scene.run(…).
"""
import os
import re

import tap
from cluster import ADMIN, PASSWORD, Cluster, SmallDisk, heal
from guidrive import App, Timeout, Words, nameless, wait
from notifications import Notifications

NAME = 'Drückerei Süd'  # typed as a person does, umlauts and all
GOOD = 'Connected and synchronised'
LAGS = 'Connected, not synchronised'
CUT = 'Not connected, synchronised'
BAD = 'Neither connected nor synchronised'


class Stage:
    """A console in one language, the servers before it, and the person behind it."""

    def __init__(self, build, language):
        self.build, self.shots = build, os.path.join(build, 'tests/gui/shots')
        os.makedirs(self.shots, exist_ok=True)
        self.language, self.t = language, Words(os.path.join(build, 'po'), language)
        self.cluster = Cluster(build)
        self.servers = self.start_servers()
        self.app = self.w = None
        self.desktop = Notifications()  # without one the toolkit complains
        self.prefix = ''
        self.nameless = []
        self.lost = False  # without this step the others make no sense
        self.secret = os.path.join(self.cluster.folder, 'password')
        with open(os.open(self.secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as f:
            f.write(PASSWORD)

    def options(self, page='redundancy'):
        return [f'--page={page}', f'--user={ADMIN}', f'--password-file={self.secret}',
                *(f'--server={server.pinned}' for server in self.servers)]

    def open(self, *options, **env):
        self.app = App([self.cluster.console, *options], self.shots, LANGUAGE=self.language,
                       TRIAS_LOCALEDIR=os.path.join(self.build, 'po'), **env)
        self.w = self.app.window('Trias')

    def shot(self, name):
        self.app.shot(f'{self.language}-{self.prefix}{name}')

    def see(self, name, window=None):
        """A picture, and a look at every widget that gets the focus: has it a name?"""
        self.shot(name)
        self.nameless += [f'{name}: {node}' for node in nameless(window or self.w)]

    def go(self, page):
        """To a page by the sidebar."""
        self.app.click(self.w.find('list', self.t('Pages of Licensing')).find('list item', self.t(page)))
        wait(lambda: self.w.has('panel', self.t(page)), 10, page)

    def says(self, text, node=None, timeout=10):
        wait(lambda: text in (node or self.w).labels(), timeout, lambda: f'“{text}” in:\n{(node or self.w).labels()}')

    def rows(self):
        """The table as it is read aloud: a list of rows, each {heading: text}."""
        table = self.w.has('tree table', self.t('Backup relationships'))
        if table is None:
            return []
        heads = [cell.name for cell in table.children[0].children]
        return [dict(zip(heads, (cell.name for cell in row.children))) for row in table.children[1].children]

    def icons(self):
        return [row.get(self.t('Status')) for row in self.rows()]

    def state(self, *wanted, timeout=30):
        """Waits until the icons of both rows say this, and no words contradict them."""
        words = [self.t(state) for state in wanted]
        wait(lambda: self.icons() == words, timeout, lambda: f'{words}; now {self.rows()}')
        column = self.t('Connection and synchronisation')
        for row, word in zip(self.rows(), words):
            assert row[column].startswith(word), row

    def row(self, number=0):
        return wait(lambda: self.w.find('list', self.t('Backup relationships')).children[number], 10, 'the row')

    def dialog(self, text):
        return self.app.window(self.t(text))

    def alert(self):
        """The question that stands in front of all."""
        return wait(lambda: next((n for n in self.app.windows() if n.role in ('alert', 'dialog')), None)
                    or next((n for n in self.app.windows() if n.has('label') and 'active' in n.states and n != self.w), None),
                    10, lambda: f'a question among {self.app.windows()}')

    def tidy(self):
        """Closes what a failed step left open."""
        for _ in range(4):
            if not self.app or self.app.process.poll() is not None or len(self.app.windows()) < 2:
                return
            self.app.key('Escape')
            try:
                wait(lambda n=len(self.app.windows()): len(self.app.windows()) != n, 1)
            except Timeout:
                pass

    # --- the wizard for setting up redundancy
    def step_is(self, wizard, name):
        wait(lambda: wizard.has('list item', self.t('%s, this step', self.t(name, context='wizard step'))), 10, name)

    def manager(self):
        """The wizard for backup relationships."""
        return self.dialog('Wizard for Setting Up Backup Relationships')

    def manager_gone(self):
        self.app.gone(self.t('Wizard for Setting Up Backup Relationships'))

    def close(self):
        """Closes the window as a person does: it ends well and has complained of nothing."""
        code = self.app.close(self.w)
        said = self.app.read_errors()
        self.app, app = None, self.app
        app.end()
        assert code == 0, f'{code}: {said}'
        assert not re.search('CRITICAL|WARNING|Traceback', said), said

    def end(self):
        if self.app:
            self.app.end()
        heal()
        self.cluster.close()


class Scene(Stage):
    """Two servers, the backup's disk small enough to be filled."""

    def start_servers(self):
        self.disk = SmallDisk(os.path.join(self.cluster.folder, 'druck-b'))
        self.main, self.backup = self.cluster.pair({'rip': 20, 'layout': 5}, {'rip': 12}, form=False)
        return self.main, self.backup

    def end(self):
        super().end()
        self.disk.close()


class TriadScene(Stage):
    """Three servers that do not know each other yet."""

    def start_servers(self):
        return tuple(self.cluster.triad({'rip': 20, 'layout': 5}, form=False))


class Play:
    """The steps of one file, each a test; a failure leaves a picture."""

    def __init__(self, build, prefix='', stage=Scene):
        self.build, self.prefix, self.stage, self.scene, self.steps = os.path.abspath(build), prefix, stage, None, []

    def step(self, name, needed=False, once=False):
        """Marks a step; without a @needed one the others make no sense. One that is played @once, in German, tells
        nothing new in English: its words are held against the translation by other tests."""
        def mark(function):
            self.steps.append((function, name, needed, once))
            return function
        return mark

    def play(self, function, needed):
        s = self.scene
        assert not s.lost, 'an earlier step failed'
        try:
            if s.app:
                assert s.app.process.poll() is None, f'the console ended with {s.app.process.returncode}'
            function(s)
        except Exception:
            s.lost = s.lost or needed
            if s.app:
                s.shot(f'FAILED-{function.__name__}')
                s.tidy()
            raise

    def run(self, language):
        self.scene = self.stage(self.build, language)
        self.scene.prefix = self.prefix
        for function, name, needed, once in self.steps:
            if once and language != 'de':
                continue
            def test(function=function, needed=needed):
                self.play(function, needed)
            test.__name__, test.__doc__ = function.__name__, f'{language}: {name}'
            tap.test(test)
        try:
            tap.run()
        finally:
            self.scene.end()
