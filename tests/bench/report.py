# SPDX-FileCopyrightText: The Trias authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How figures are told: medians with their range, and goals reached or missed."""
import statistics


def median(values):
    return statistics.median(values)


def spread(values, form='{:.2f}'):
    """Median and range of the pairs."""
    return form.format(median(values)) + ' (' + form.format(min(values)) + '–' + form.format(max(values)) + ')'


def verdict(value, must, top, more=True):
    reached = (lambda goal: value >= goal) if more else (lambda goal: value <= goal)
    return 'top' if reached(top) else 'must' if reached(must) else 'MISSED'


def report_goal(text, values, must, top, more=True):
    relation = '≥' if more else '≤'
    print(f'{text}: {spread(values)}   must {relation} {must}, top {relation} {top}: '
          f'{verdict(median(values), must, top, more)}')


def table(names, columns, cells):
    """Cells of measure() by (name, clients)."""
    print('| system | ' + ' | '.join(f'{c} clients' for c in columns) + ' |')
    print('|---' * (len(columns) + 1) + '|')
    for name in names:
        row = []
        for column in columns:
            rate, p50, p99, cpu = (median(x) for x in zip(*cells[name, column]))
            row.append(f'{rate:.0f}; {p50 / 1000:.2f}/{p99 / 1000:.2f}; {cpu:.0f}')
        print(f'| {name} | ' + ' | '.join(row) + ' |')
