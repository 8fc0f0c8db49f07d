# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a GTK 4 program as a person does: sees it through AT-SPI as a screen reader would, and acts
with mouse and keyboard (XTEST). Runs inside `with-display.sh dbus-run-session --`; ends only the program
that it started.
"""
import gettext
import os
import re
import subprocess
import tempfile
import time
import warnings

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

warnings.filterwarnings('ignore', category=DeprecationWarning)

TYPE_NAME = re.compile(r'^(Gtk|Adw|Trias)[A-Z]\w+$')  # what GTK 4.8 calls a widget without a name
WINDOWS = ('frame', 'dialog', 'alert', 'window')


class Timeout(AssertionError):
    pass


def wait(condition, timeout=10, what=''):
    """Waits until condition() is true and returns it. @what may be callable."""
    end = time.monotonic() + timeout
    context = GLib.MainContext.default()
    while True:
        try:
            value = condition()
        except GLib.Error:  # the accessible went away meanwhile
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout('timed out: ' + str(what() if callable(what) else what or condition.__name__))
        while context.pending():
            context.iteration(False)
        time.sleep(0.02)


class Words:
    """What the program says in a language, from its own catalogue. A text that is not translated is an error."""

    def __init__(self, localedir, language):
        self.language = language
        self.catalogue = gettext.NullTranslations()
        if language != 'en':
            self.catalogue = gettext.translation('trias', localedir, [language])

    def mnemonic(self, text, context=None):
        """The translation with its underscore."""
        if self.language == 'en':
            return text
        found = self.catalogue.pgettext(context, text) if context else self.catalogue.gettext(text)
        same = found == text and text not in ('Status', 'Name', 'Version', 'Trias', 'Online', 'Offline', '_Name')
        assert not same, f'not translated: {text!r}'
        return found

    def __call__(self, text, *values, context=None):
        """The translation without underscore, its places filled in by position or in turn."""
        found = self.mnemonic(text, context).replace('_', '')
        if '$' in found:
            for number, value in enumerate(values, 1):
                found = re.sub(rf'%{number}\$[su]', str(value), found)
            return found
        return found % values if values else found

    def plural(self, text, count, *values):
        """A text that depends on a number, for which singular and plural are the same in English."""
        found = text if self.language == 'en' else self.catalogue.ngettext(text, text, count)
        for number, value in enumerate(values, 1):
            found = re.sub(rf'%{number}\$[su]', str(value), found)
        return found

    def key(self, text):
        """The key that presses the button with this mnemonic."""
        return 'alt+' + re.search('_(.)', self.mnemonic(text)).group(1).lower()


class Node:
    """One accessible; always read anew."""

    def __init__(self, accessible):
        self.accessible = accessible

    def __eq__(self, other):
        return isinstance(other, Node) and self.accessible == other.accessible

    def __hash__(self):
        return hash(self.accessible)

    def __repr__(self):
        return f'<{self.role} {self.name!r}>'

    @property
    def name(self):
        return self.told(self.accessible.get_name)

    @property
    def description(self):
        return self.told(self.accessible.get_description)

    @staticmethod
    def told(ask):
        """What a widget says; one that has gone meanwhile says nothing."""
        try:
            return ask() or ''
        except GLib.GError:
            return ''

    @property
    def role(self):
        return self.accessible.get_role_name()

    @property
    def states(self):
        return {state.value_nick for state in self.accessible.get_state_set().get_states()}

    @property
    def children(self):
        nodes = (self.accessible.get_child_at_index(i) for i in range(self.accessible.get_child_count()))
        return [Node(node) for node in nodes if node is not None]

    def ancestor(self, *roles):
        node = self.accessible
        while node is not None and node.get_role_name() not in roles:
            node = node.get_parent()
        return node and Node(node)

    def within(self, name):
        """Whether an accessible of this name holds it."""
        node = self.accessible
        while node is not None and node.get_name() != name:
            node = node.get_parent()
        return node is not None

    @property
    def window(self):
        """A banner is an alert, too: the window is what stands right below the program."""
        node = self.accessible
        while node is not None and not (node.get_role_name() in WINDOWS and node.get_parent()
                                        and node.get_parent().get_role_name() == 'application'):
            node = node.get_parent()
        return node and Node(node)

    @property
    def scroller(self):
        return self.ancestor('scroll pane')

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def matches(self, role, name):
        if role and self.role != role:
            return False
        if name is None:
            return True
        return bool(name.search(self.name)) if hasattr(name, 'search') else self.name == name

    def steadily(self, look):
        """A row may go while the tree is walked: then it is walked again."""
        for _ in range(5):
            try:
                return look()
            except GLib.GError:
                pass
        return look()

    def all(self, role=None, name=None):
        return self.steadily(lambda: [node for node in self.walk() if node.matches(role, name)])

    def has(self, role=None, name=None):
        try:
            return next((node for node in self.walk() if node.matches(role, name)), None)
        except GLib.Error:
            return None

    def find(self, role=None, name=None, timeout=10):
        return wait(lambda: self.has(role, name), timeout, lambda: f'{role} {name!r} in:\n{self.dump()}')

    def labels(self):
        """All text that is to be seen, one per line."""
        roles = ('label', 'heading', 'static', 'status bar')
        return self.steadily(lambda: '\n'.join(node.name for node in self.walk() if node.role in roles and node.name))

    @property
    def text(self):
        return Atspi.Text.get_text(self.accessible, 0, Atspi.Text.get_character_count(self.accessible))

    def extents(self):
        box = Atspi.Component.get_extents(self.accessible, Atspi.CoordType.WINDOW)
        return box.x, box.y, box.width, box.height

    def do(self, action=None):
        names = [Atspi.Action.get_action_name(self.accessible, i) for i in range(Atspi.Action.get_n_actions(self.accessible))]
        assert Atspi.Action.do_action(self.accessible, names.index(action) if action else 0), names

    def dump(self, depth=0):
        """The tree as text, without what is in password fields."""
        try:
            line = '  ' * depth + f'{self.role} {self.name!r}'
            return '\n'.join([line, *(child.dump(depth + 1) for child in self.children)])
        except GLib.Error:
            return '  ' * depth + '(gone)'


def xdo(*words):
    return subprocess.run(['xdotool', *map(str, words)], check=True, capture_output=True, text=True).stdout


class App:
    """The running program."""

    def __init__(self, argv, shots=None, timeout=30, **env):
        self.errors = tempfile.NamedTemporaryFile('w+', prefix='errors-')
        self.shots, self.env = shots, env
        self.process = subprocess.Popen(argv, env={**os.environ, **env}, stderr=self.errors, stdin=subprocess.DEVNULL)
        # So that umlauts have keys and need not be mapped while typing.
        # A display that has just begun sometimes refuses its first keyboard.
        wait(lambda: subprocess.run(['setxkbmap', '-layout', 'de']).returncode == 0, 10, 'the keyboard')
        Atspi.init()
        self.root = wait(self.on_bus, timeout, lambda: f'the program is on the bus\n{self.read_errors()}')

    def on_bus(self):
        assert self.process.poll() is None, f'the program ended with {self.process.returncode}\n{self.read_errors()}'
        desktop = Atspi.get_desktop(0)
        desktop.set_cache_mask(Atspi.Cache.NONE)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child and child.get_process_id() == self.process.pid and child.get_child_count() > 0:
                child.set_cache_mask(Atspi.Cache.NONE)
                return Node(child)
        return None

    def read_errors(self):
        """What it complained of. GTK 4.8 itself does so if it is asked for a window that is going away."""
        with open(self.errors.name, encoding='utf-8', errors='replace') as f:
            lines = f.read().splitlines()
        return '\n'.join(line for line in lines if line and 'g_variant_is_object_path: assertion' not in line)

    def windows(self):
        return self.root.children

    def window(self, name=None, timeout=10):
        """The window with this title (a text or a compiled expression), once it may be typed into."""
        def there():
            assert self.process.poll() is None, f'the program ended with {self.process.returncode}\n{self.read_errors()}'
            found = [node for node in self.windows() if node.matches(None, name)]
            return found[-1] if found else None
        return wait(there, timeout, lambda: f'window {name!r}; there are {self.windows()}')

    def top(self):
        """The window that gets the keys."""
        return wait(lambda: next((node for node in self.windows() if 'active' in node.states), None), 10,
                    lambda: f'an active window among {self.windows()}')

    def gone(self, title):
        """Waits until no window of this title is on the screen. Asks the X server: GTK 4.8 itself crashes when it is
        asked over the accessibility bus for a window that is just being destroyed."""
        wait(lambda: not self.xid(title), 10, lambda: f'{title!r} is closed; there are {self.windows()}')

    # --- with mouse and keyboard
    def xid(self, title):
        pattern = '^' + re.sub(r'([][().*+?^$\\|{}])', r'\\\1', title) + '$'
        found = subprocess.run(['xdotool', 'search', '--all', '--onlyvisible', '--pid', str(self.process.pid), '--name', pattern],
                               capture_output=True, text=True, check=False).stdout.split()
        return found[-1] if found else None

    def origin(self, window):
        """Where on the screen the window's content begins."""
        xid = wait(lambda: self.xid(window.name), 10, lambda: f'the X window of {window}')
        shell = dict(line.split('=') for line in xdo('getwindowgeometry', '--shell', xid).split())
        _, _, width, height = window.extents()
        return (int(shell['X']) + (int(shell['WIDTH']) - width) // 2, int(shell['Y']) + (int(shell['HEIGHT']) - height) // 2)

    def inside(self, node, dx=None, dy=None):
        """Whether a point of the node (its middle) is to be seen, in its window and in what scrolls it."""
        x, y, w, h = node.extents()
        across, down = x + (w // 2 if dx is None else dx), y + (h // 2 if dy is None else dy)
        pane = node.scroller
        left, top, width, height = pane.extents() if pane else (0, 0, *node.window.extents()[2:])
        return w > 0 and h > 0 and left <= across < left + width and top + 4 <= down < top + height - 4

    def reveal(self, node):
        """Turns the wheel until the node is to be seen."""
        left, top = self.origin(node.window)
        x, y, width, height = node.scroller.extents()
        xdo('mousemove', left + x + width - 12, top + y + height // 2)
        for _ in range(60):
            if self.inside(node):
                return
            before = node.extents()
            xdo('click', 5 if before[1] > y + height // 2 else 4)
            try:
                wait(lambda b=before: node.extents() != b, 1)
            except Timeout:
                pass
        assert self.inside(node), f'{node} stays hidden at {node.extents()}'

    def settle(self, node):
        """Waits until the node has its place: a window that just appeared moves its widgets about."""
        last = [None]

        def still():
            now = node.extents()
            same, last[0] = now == last[0] and now[2] > 0, now
            return same
        wait(still, 10, lambda: f'{node} has a place; {node.extents()}')

    def click(self, node, button=1, times=1, dx=None, dy=None):
        self.settle(node)
        if not self.inside(node, dx, dy):
            self.reveal(node)
            self.settle(node)
        left, top = self.origin(node.window)
        x, y, w, h = node.extents()
        xdo('mousemove', left + x + (w // 2 if dx is None else dx), top + y + (h // 2 if dy is None else dy),
            'click', '--repeat', times, '--delay', 60, button)

    def press(self, parent, name, role='push button'):
        """Clicks a button once it may be clicked."""
        node = parent.find(role, name)
        wait(lambda: 'sensitive' in node.states, 20, lambda: f'{node} may be pressed in:\n{parent.dump()}')
        self.click(node)
        return node

    def key(self, *keys):
        xdo('key', '--delay', 15, *keys)

    def type(self, text):
        xdo('type', '--delay', 8, text)

    def fill(self, field, text):
        """Types into a field instead of what is in it."""
        self.click(field)
        self.key('ctrl+a')
        self.type(text)

    def focused(self, window=None):
        """What gets the keys; every window remembers its own."""
        windows = [window] if window else self.windows()
        return next((node for each in windows for node in each.walk() if 'focused' in node.states), None)

    def shot(self, name):
        if self.shots:
            subprocess.run(['import', '-window', 'root', os.path.join(self.shots, name + '.png')], check=True)

    def close(self, window):
        """Closes the window as its close button does; the exit code of the program."""
        try:
            window.do('window.close')
        except GLib.Error:  # it may be gone before it can answer
            pass
        return self.process.wait(20)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.errors.close()


# The toolkit's own inner parts, which it leaves nameless.
INNER = ('frame', 'scroll pane', 'panel', 'filler', 'table row', 'window', 'dialog', 'alert')


def nameless(window):
    """Everything that gets the focus must have a name that a screen reader can say: those that have none."""
    def look():
        found = []
        for node in window.walk():
            name = node.name.strip()
            if node.role in INNER or name and not TYPE_NAME.match(name) or 'focusable' not in node.states:
                continue
            toolkit = node.within('AdwToastWidget') or node.ancestor('combo box') or node.description in ('Show Text', 'Text anzeigen')
            if not toolkit:
                found.append(f'{node.role} {name!r} {node.description!r}')
        return [found]
    return wait(look, 10, 'a tree that keeps still')[0]
