# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small AT-SPI + XTEST driver for GTK 4.8 apps under Xvfb.  Needs /usr/bin/python3 (Debian),
python3-gi gir1.2-atspi-2.0 at-spi2-core xdotool imagemagick.  No dogtail needed."""
import os, re, subprocess, time, warnings
warnings.filterwarnings('ignore', category=DeprecationWarning)
import gi
gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib

TYPE_NAME = re.compile(r'^(Gtk|Adw|Trias)[A-Z]\w+$')   # GTK 4.8 falls back to the GType name

class Timeout(AssertionError): pass

def wait(fn, timeout=5.0, step=0.02, what=''):
    end = time.monotonic() + timeout
    while True:
        try:
            r = fn()
            if r: return r
        except GLib.Error: r = None            # object went away, retry
        if time.monotonic() > end: raise Timeout('timeout: ' + (what or getattr(fn, '__name__', '?')))
        pump(); time.sleep(step)

def pump():
    c = GLib.MainContext.default()
    while c.pending(): c.iteration(False)

class N:
    """Wrapper of one accessible; always re-reads (no client cache)."""
    def __init__(s, o): s.o = o
    @property
    def name(s): return s.o.get_name()
    @property
    def desc(s): return s.o.get_description()
    @property
    def role(s): return s.o.get_role_name()
    @property
    def states(s): return {x.value_nick for x in s.o.get_state_set().get_states()}
    def kids(s):
        r = []
        for i in range(s.o.get_child_count()):
            c = s.o.get_child_at_index(i)
            if c is not None: r.append(N(c))
        return r
    def walk(s):
        yield s
        for k in s.kids():
            yield from k.walk()
    def find(s, role=None, name=None, nth=0, timeout=5.0):
        def f():
            i = nth
            for n in s.walk():
                if role and n.role != role: continue
                if name is not None and not (name.search(n.name) if hasattr(name, 'search') else n.name == name): continue
                if i == 0: return n
                i -= 1
        return wait(f, timeout, what='find %s %r' % (role, name))
    def has(s, role=None, name=None):
        try: return s.find(role, name, timeout=0)
        except Timeout: return None
    def findall(s, role): return [n for n in s.walk() if n.role == role]
    # --- content
    @property
    def text(s): return Atspi.Text.get_text(s.o, 0, Atspi.Text.get_character_count(s.o))  # end=-1 gives '' on GTK 4.8
    def set_text(s, t): assert Atspi.EditableText.set_text_contents(s.o, t)
    @property
    def value(s): return Atspi.Value.get_current_value(s.o)
    @value.setter
    def value(s, v): Atspi.Value.set_current_value(s.o, v)
    # --- acting
    def actions(s):
        try: return [Atspi.Action.get_action_name(s.o, i) for i in range(Atspi.Action.get_n_actions(s.o))]
        except GLib.Error: return []
    def do(s, action=None):
        a = s.actions(); i = a.index(action) if action else 0
        assert Atspi.Action.do_action(s.o, i), 'action failed'
    def select_child(s, i): assert Atspi.Selection.select_child(s.o, i)
    def extents(s):
        e = Atspi.Component.get_extents(s.o, Atspi.CoordType.WINDOW); return e.x, e.y, e.width, e.height

class App:
    def __init__(s, argv, timeout=15, **env):
        e = dict(os.environ); e.update(env)
        t = time.monotonic()
        s.p = subprocess.Popen(argv, env=e)
        Atspi.init()
        def f():
            if s.p.poll() is not None: raise RuntimeError('app exited %s' % s.p.returncode)
            d = Atspi.get_desktop(0); d.set_cache_mask(Atspi.Cache.NONE)
            for i in range(d.get_child_count()):
                c = d.get_child_at_index(i)
                if c and c.get_process_id() == s.p.pid and c.get_child_count() > 0:
                    c.set_cache_mask(Atspi.Cache.NONE); return N(c)
        s.root = wait(f, timeout, what='app on the AT-SPI bus')
        s.startup = time.monotonic() - t
    def window(s, name=None, timeout=5): return s.root.find('frame', name, timeout=timeout)
    # --- X side
    def xid(s, title):
        out = subprocess.run(['xdotool', 'search', '--all', '--onlyvisible', '--pid', str(s.p.pid), '--name', '^%s$' % re.escape(title).replace('\\ ', ' ')],
                             capture_output=True, text=True).stdout.split()
        return out[0] if out else None
    def origin(s, win):
        """screen position of the accessible window's (0,0): X window position + CSD border"""
        x = wait(lambda: s.xid(win.name), what='xid')
        g = dict(l.split('=') for l in subprocess.check_output(['xdotool', 'getwindowgeometry', '--shell', x], text=True).split())
        _, _, w, h = win.extents()
        return int(g['X']) + (int(g['WIDTH']) - w) // 2, int(g['Y']) + (int(g['HEIGHT']) - h) // 2
    def click(s, win, node, n=1, dx=None, dy=None):
        ox, oy = s.origin(win); x, y, w, h = node.extents()
        assert w > 0 and h > 0, 'not allocated'
        xdo('mousemove', str(ox + x + (w // 2 if dx is None else dx)), str(oy + y + (h // 2 if dy is None else dy)), 'click', '--repeat', str(n), '--delay', '60', '1')
    def key(s, *k): xdo('key', '--delay', '15', *k)
    def type(s, t): xdo('type', '--delay', '8', t)
    def focused(s):
        for n in s.root.walk():
            if 'focused' in n.states: return n
    def shot(s, path): subprocess.check_call(['import', '-window', 'root', path])
    def rss_kb(s):
        for l in open('/proc/%d/smaps_rollup' % s.p.pid):
            if l.startswith('Rss:'): return int(l.split()[1])
    def stop(s):
        s.p.terminate()
        try: return s.p.wait(5)
        except subprocess.TimeoutExpired: s.p.kill(); return s.p.wait()

def xdo(*a): subprocess.check_call(['xdotool', *a])

def audit_names(win):
    """every focusable/actionable accessible must have a real name -> list of offenders"""
    bad = []
    for n in win.walk():
        st, role, nm = n.states, n.role, n.name.strip()
        if 'focusable' not in st or role in ('frame', 'scroll pane', 'panel', 'filler'): continue
        if not nm or TYPE_NAME.match(nm): bad.append('%s %r desc=%r' % (role, nm, n.desc))
    return bad
