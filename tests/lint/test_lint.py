#!/usr/bin/python3
# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants a breach of every rule in a clean tree and sees that the lint finds just that one."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint  # noqa: E402

SPDX = '/* SPDX-License-Identifier: {} */\n'
GPL, LGPL = SPDX.format('GPL-3.0-or-later'), SPDX.format('LGPL-3.0-or-later')
MANUAL = '.SH {0}\n.TP\n.BR \\-f ", " \\-\\-file {1}\nText.\n.SS One\n'
CLEAN = {
    'src/core/trias-a.c': LGPL + '#include "config.h"\n\n#include "core/trias-a.h"\nx = "There is no "\n "licence %s";\n',
    'src/server/store/trias-b.c': GPL + '#include "core/trias-a.h"\n#include <sqlite3.h>\n',
    'src/console/trias-c.c': GPL + 'label = _("Rule");\n',
    'src/client/trias-detail-words.c': LGPL + '  N_ ("There is no licence {1}"),\n',
    'po/POTFILES.in': 'src/client/trias-detail-words.c\nsrc/console/trias-c.c\n',
    'data/man/x.1': MANUAL.format('NAME', '=\\fIFILE\\fR'),
    'data/man/de/x.1': MANUAL.format('BEZEICHNUNG', '=\\fIDATEI\\fR'),
    'data/man/trias.1': '.SH NAME\n.TP\n.B \\-\\-add\\-rules\n',
    'data/man/de/trias.1': '.SH BEZEICHNUNG\n.TP\n.B \\-\\-add\\-rules\n',
    'src/cli/trias-d.c': GPL + '    { "add-rules", 0, 0, G_OPTION_ARG_NONE, &a, NULL, NULL },\n',
}
BREACHES = [
    ('core includes the server', 'src/core/trias-x.c', LGPL + '#include "server/http/trias-http.h"\n'),
    ('the client includes the ledger', 'src/client/trias-x.c', LGPL + '#include "ledger/trias-ledger.h"\n'),
    ('unqualified include', 'src/core/trias-x.c', LGPL + '#include "trias-a.h"\n'),
    ('unknown folder', 'src/misc/trias-x.c', GPL),
    ('sqlite outside the store', 'src/server/api/trias-x.c', GPL + '#include <sqlite3.h>\n'),
    ('json-glib outside the tests', 'src/client/trias-x.c', LGPL + '#include <json-glib/json-glib.h>\n'),
    ('gtk in the client', 'src/client/trias-x.c', LGPL + '#include <gtk/gtk.h>\n'),
    ('file too long', 'src/core/trias-x.c', LGPL + '\n' * 801),
    ('function too long', 'src/core/trias-x.c', LGPL + '{\n' + '  a ();\n' * 101 + '}\n'),
    ('line too long', 'src/core/trias-x.c', LGPL + 'x' * 101 + '\n'),
    ('wrong licence', 'src/core/trias-x.c', GPL),
    ('no licence', 'tests/x.py', 'pass\n'),
    ('mark for later', 'src/core/trias-x.c', LGPL + '/* TO' + 'DO */\n'),
    ('path of a machine', 'README.md', 'see /ro' + 'ot/x\n'),
    ('registry host', 'dev', 'curl deb.deb' + 'ian.org\n'),
    ('blanks at the end', 'README.md', 'a \n'),
    ('goto', 'src/core/trias-x.c', LGPL + '  goto out;\n'),
    ('strings not listed', 'src/console/trias-x.c', GPL + 'a = _("Licence");\n'),
    ('manual without German', 'data/man/y.1', '.SH NAME\n'),
    ('heading not German', 'data/man/de/x.1', MANUAL.format('NAME', '')),
    ('option not in German', 'data/man/de/x.1', '.SH BEZEICHNUNG\n.SS One\n'),
    ('option more in German', 'data/man/de/x.1', MANUAL.format('BEZEICHNUNG', '') + '.TP\n.B \\-\\-all\n'),
    ('option not in the manual', 'src/cli/trias-x.c', GPL + '    { "add", 0, 0, G_OPTION_ARG_NONE, &a, NULL, NULL },\n'),
    ('sentence that nobody says', 'src/client/trias-detail-words.c', LGPL + '  N_ ("There is no rule {1}"),\n'),
    ('setting not in the manual', 'data/triasd.conf.in', '#listen=1\n'),
    ('listed but gone', 'po/POTFILES.in', CLEAN['po/POTFILES.in'] + 'src/console/trias-z.c\n'),
]

print(f'1..{len(BREACHES) + 1}')
failed = 0
clean = lint.breaches(CLEAN)
failed += bool(clean)
print('not ok' if clean else 'ok', '1 - a clean tree has no breach', *clean)
for number, (name, path, text) in enumerate(BREACHES, 2):
    found = lint.breaches({**CLEAN, path: text})
    good = len(found) == 1
    failed += not good
    print('ok' if good else 'not ok', f'{number} - {name}', '' if good else found)
sys.exit(1 if failed else 0)
