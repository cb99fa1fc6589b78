# SPDX-License-Identifier: ISC
"""From figures to RESULTS.md and its plots."""
import os
import pathlib
import statistics
import subprocess

from collections import namedtuple

import fleet
from lab import HERE
from peers import ALL

# goal: ('times', n): n times the best peer's; ('most', n), ('least', n): whatever the peers do; None: shown beside.
Figure = namedtuple('Figure', 'key text unit more goal subject', defaults=['salsa'])
FIGURES = [
    Figure('submit', 'one `sendmail -t -i` until it exits', 'ms', False, ('times', 0.4)),
    Figure('submit', 'the same without a daemon', 'ms', False, ('times', 0.7), 'salsa, no daemon'),
    Figure('calls', 'system calls until it exits, of all that it waits for', '', False, ('most', 90)),
    Figure('burst', 'CPU a message from submission to delivery, burst by 8', 'ms', False, ('times', 0.5)),
    Figure('accepted', 'accepted a second, 8 senders', '/s', True, ('times', 3)),
    Figure('by one', 'delivered a second, 1 sender', '/s', True, ('times', 2.5)),
    Figure('by eight', 'delivered a second, 8 senders', '/s', True, ('times', 2.5)),
    Figure('backlog', 'backlog of 5,000: delivered a second', '/s', True, ('times', 2.5)),
    Figure('backlog CPU', 'backlog: CPU a message', 'ms', False, ('times', 0.5)),
    Figure('backlog memory', 'backlog: memory of all processes (PSS)', 'MiB', False, ('most', 8)),
    Figure('backlog connections', 'backlog: connections', '', False, None),
    Figure('far', 'delivered a second, 8 senders, relay takes 20 ms a reply', '/s', True, ('least', 1000)),
    Figure('far connections', 'the same: connections at once', '', False, ('most', 4)),
    Figure('tls', 'STARTTLS, relay verified: CPU a message, burst by 8', 'ms', False, ('times', 0.25)),
    Figure('mailq', '`mailq` of 10,000', 'ms', False, ('times', 0.75)),
    Figure('down', 'run of 10,000, the relay refuses all', 's', False, ('times', 0.05)),
    Figure('down CPU', 'the same: CPU', 's', False, None),
    Figure('down connects', 'the same: connects', '', False, ('most', 1)),
    Figure('silent', 'silent relay, 100 queued: connections', '', False, ('most', 4)),
    Figure('silent processes', 'the same: processes', '', False, None),
    Figure('large', '25 MiB, one `sendmail` until it exits', 'ms', False, ('times', 0.75)),
    Figure('large memory', 'the same: the most memory of one process', 'MiB', False, ('most', 8)),
    Figure('idle', 'idle: memory of all processes (PSS)', 'MiB', False, ('most', 1)),
    Figure('idle processes', 'idle: processes', '', False, None),
    Figure('idle wake-ups', 'idle: wake-ups in 10 s', '', False, ('most', 0)),
]
SCALE = [
    Figure('scale start', 'start of salsad until it is at rest', 'ms', False, None),
    Figure('scale octets', 'memory of salsad a message', 'octets', False, None),
    Figure('scale idle', 'CPU of all processes in 10 s in which nothing is due', 'ms', False, None),
    Figure('scale pass', 'a single pass (`salsad -1`) in which nothing is due', 'ms', False, None),
    Figure('scale first line', '`mailq`, until its first line', 'ms', False, None),
    Figure('scale mailq', '`mailq`, whole', 'ms', False, None),
]
OWN = ('salsa', 'salsa, no daemon')
UNSAFE = [peer.name for peer in ALL if not peer.syncs]   # no match for those whose message is on the disk
SYNCED = ('submit', 'accepted', 'large')


def number(x):
    return f'{x:,.0f}' if abs(x) >= 100 or x == int(x) else f'{x:.1f}' if abs(x) >= 10 else f'{x:.2f}'


def spread(values):
    """The median, and where there are many the quartiles."""
    if not values:
        return ''
    middle = number(statistics.median(values))
    if len(values) < 5:
        return middle
    low, _, high = statistics.quantiles(values, n=4)
    return f'{middle} ({number(low)}–{number(high)})'


def best_peer(figure, taken):
    """(value, name) of the best of those that are not salsa, and promise as much."""
    medians = [(statistics.median(values), name) for name, values in taken.get(figure.key, {}).items()
               if values and name not in OWN and not (figure.key in SYNCED and name in UNSAFE)]
    return (max if figure.more else min)(medians, default=(None, ''))


def verdict(figure, ours, best):
    """Our budget in words, and whether it is kept."""
    how, n = figure.goal
    if how == 'times' and best is None:
        return f'{n} times', ''
    bound = n * best if how == 'times' else n
    kept = ours >= bound if figure.more else ours <= bound
    words = f'{n} times' if how == 'times' else f'at {how} {number(n)}'
    return words, 'yes' if kept else '**no**'


def comparison(taken):
    yield '| figure | salsa | best peer | ratio | goal | met |'
    yield '|---|--:|--:|--:|--:|---|'
    for figure in FIGURES:
        values = taken.get(figure.key, {}).get(figure.subject)
        if not values or figure.goal is None:
            continue
        ours = statistics.median(values)
        best, name = best_peer(figure, taken)
        goal, met = verdict(figure, ours, best)
        beside = f'{name} {number(best)}' if name else ''
        ratio = f'{ours / best:.2f}' if best else ''
        text = f'{figure.text}, {figure.unit}'.rstrip(', ')
        yield f'| {text} | {number(ours)} | {beside} | {ratio} | {goal} | {met} |'


def everything(taken):
    names = [peer.name for peer in ALL if any(peer.name in of for of in taken.values())]
    yield f'| figure | {" | ".join(names)} |'
    yield '|---|' + '--:|' * len(names)
    seen = set()
    for figure in FIGURES:
        if figure.key in taken and figure.key not in seen:
            seen.add(figure.key)
            cells = ' | '.join(spread(taken[figure.key].get(name)) for name in names)
            yield f'| {figure.text}, {figure.unit}'.rstrip(', ') + f' | {cells} |'


def scale(taken):
    yield '| 100,000 messages in the queue, all due tomorrow | salsa |'
    yield '|---|--:|'
    for figure in SCALE:
        yield f'| {figure.text}, {figure.unit} | {spread(taken[figure.key]["salsa"])} |'


def limits(taken):
    """What the machine does when nothing but that is asked of it: the median of all that was interleaved."""
    def median(key):
        return statistics.median(value for values in taken[key].values() for value in values)
    executed, stored, large = median('nothing'), median('store'), median('store large')
    ours = statistics.median(taken['submit']['salsa']) if 'salsa' in taken['submit'] else None
    yield f'- fork, exec and exit of a program that links libc and does nothing: {number(executed)} ms;'
    yield f'- the same with 2 KiB stored in a new file, file and directory synced: {number(stored)} ms;' + (
        f'\n  a submission to salsa takes {ours / stored:.2f} times as long;' if ours else '')
    yield f'- the same with 25 MiB: {number(large)} ms.'


def machine():
    file_system = subprocess.run(['findmnt', '-n', '-o', 'FSTYPE', '-T', '/var/tmp'], stdout=subprocess.PIPE, text=True,
                                 check=True).stdout
    release = '.'.join(os.uname().release.split('.')[:2])
    return f'{os.cpu_count()} cores, Linux {release}, {file_system.strip()} below an overlay for each peer'


def show(taken, out):
    for part in (limits, everything) + ((comparison,) if any(name in OWN for name in taken['submit']) else ()):
        print('\n'.join(part(taken)), end='\n\n', file=out)
    if 'scale start' in taken:
        print('\n'.join(scale(taken)), file=out)


def bars(name, title, figures, taken, log=False):
    """A group of bars a figure; a bar a peer."""
    peers = [peer.name for peer in ALL if any(taken.get(key, {}).get(peer.name) for key, _ in figures)]
    rows = ['- ' + ' '.join(f'"{peer}"' for peer in peers)]
    for key, label in figures:
        values = [taken.get(key, {}).get(peer) for peer in peers]
        rows.append(f'"{label}" ' + ' '.join(str(statistics.median(v)) if v else '?' for v in values))
    script = f'''$data << END
{chr(10).join(rows)}
END
set datafile missing '?'
set title '{title}'
set style data histogram
set style histogram clustered gap 2
set style fill solid 0.8 border -1
set boxwidth 0.9
set key outside right
set grid ytics
{'set logscale y' if log else 'set yrange [0:]'}
plot for [i=2:{len(peers) + 1}] $data using i:xtic(1) title columnheader(i)
'''
    plot(name, script)


def plot(name, script):
    begin = f"set terminal svg size 900,420 dynamic font 'sans,13' background 'white'\nset output '{HERE / name}.svg'\n"
    subprocess.run(['gnuplot'], input=begin + script, text=True, check=True)


PAGE = '''# Results

`tests/bench/run` wrote this page and its plots, as root, in one run:
{machine}. Peers are the distribution's packages ({versions}), each in a root
of its own, with the configuration of `peers.py`. A message has 2 KiB; the relay, on the loopback, counts and keeps
nothing. Medians, with quartiles where there are many values; runs are interleaved. Absolute times are this machine's;
ratios travel.

## Against the best peer

{comparison}

The limits of the same machine, measured in between:

{limits}

![one submission](submission.svg)
![delivered a second](delivered.svg)
![a backlog of 5,000](backlog.svg)
![memory](memory.svg)

## Everybody

{everything}

An empty field: msmtp has no queue. opensmtpd syncs nothing before its sendmail exits, so it is nobody's best peer where
salsa does; dma verifies no certificate. What a peer had delivered {patience} seconds after the last
submission counts; a run with the relay down is watched no longer either.

## A large queue

{scale}

## A fleet

{fleet}

![connects a second at the relay](fleet.svg)
'''


def write(taken, versions):
    import rows
    bars('submission', 'one submission, and what exec and a durable store would cost, ms',
         [('submit', 'submission'), ('store', 'exec and store')], taken, log=True)
    bars('delivered', 'messages delivered a second', [('by one', '1 sender'), ('by eight', '8 senders'),
         ('far', '8 senders, 20 ms a reply')], taken, log=True)
    bars('backlog', 'a backlog of 5,000: messages a second', [('backlog', '')], taken)
    bars('memory', 'memory of all processes (PSS), MiB', [('idle', 'idle'), ('backlog memory', 'with a backlog')],
         taken, log=True)
    parts = {name: '\n'.join(part(taken)) for name, part in
             {'comparison': comparison, 'limits': limits, 'everything': everything, 'scale': scale}.items()}
    named = ', '.join(f'{name} {version}' for name, version in versions.items())
    text = PAGE.format(machine=machine(), versions=named, fleet=fleet.draw(plot), patience=rows.PATIENCE, **parts)
    pathlib.Path(HERE / 'RESULTS.md').write_text(text)
