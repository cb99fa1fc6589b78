# SPDX-License-Identifier: ISC
"""From figures to RESULTS.md and its plots."""
import os
import pathlib
import statistics
import subprocess

from collections import namedtuple

import fleet
from lab import HERE
from peers import ALL, OWN

# goal: ('times', n): n times the best peer's, ('limits', n): n times the limit (LIMITS); ('most', n), ('least', n):
# whatever they are; None: shown beside.
Figure = namedtuple('Figure', 'key text unit more goal subject', defaults=['salsa'])
FIGURES = [
    Figure('submit', 'one `sendmail -t -i` until it exits', 'ms', False, ('times', 0.4)),
    Figure('submit', 'one `sendmail` without a daemon', 'ms', False, ('times', 0.7), 'salsa, no daemon'),
    Figure('submit', 'one `sendmail` beside an exec and a durable store', 'ms', False, ('limits', 2)),
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
    Figure('far connections', 'relay takes 20 ms a reply: connections at once', '', False, ('most', 4)),
    Figure('tls', 'STARTTLS, relay verified: CPU a message, burst by 8', 'ms', False, ('times', 0.25)),
    Figure('mailq', '`mailq` of 10,000', 'ms', False, ('times', 0.75)),
    Figure('down', 'run of 10,000, the relay refuses all', 's', False, ('times', 0.05)),
    Figure('down CPU', 'the relay refuses all: CPU', 's', False, None),
    Figure('down connects', 'the relay refuses all: connects', '', False, ('most', 1)),
    Figure('silent', 'silent relay, 100 queued: connections', '', False, ('most', 4)),
    Figure('silent processes', 'silent relay: processes', '', False, None),
    Figure('silent second', 'silent relay: a message for another one is there after', 's', False, None),
    Figure('large', '25 MiB, one `sendmail` until it exits', 'ms', False, ('times', 0.75)),
    Figure('large memory', '25 MiB: the most memory of one process', 'MiB', False, ('most', 8)),
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
LIMITS = {
    'nothing': ('fork, exec and exit of a program that links libc and does nothing', 'ms'),
    'store': ('the same with 2 KiB stored in a new file, file and directory synced', 'ms'),
    'store calls': ('the same: its system calls', ''),
    'store by one': ('how many such messages are stored, one after the other', '/s'),
    'store by eight': ('the same, eight at once', '/s'),
    'store CPU': ('the same: CPU for each', 'ms'),
    'store large': ('25 MiB stored so', 'ms'),
    'look': ('10,000 files of a queue opened, asked for their sizes, their first KiB read', 'ms'),
}
# Which of them is a figure's, and what salsa does besides.
BESIDE = {
    'submit': ('store', 'the message is composed, and handed to another process, which stores it'),
    'calls': ('store calls', 'the configuration is read, and two processes speak with each other'),
    'burst': ('store CPU', 'the message is delivered'),
    'accepted': ('store by eight', 'messages are delivered meanwhile, on the same cores'),
    'by one': ('store by one', 'messages are delivered meanwhile, on the same cores'),
    'by eight': ('store by eight', 'messages are delivered meanwhile, on the same cores'),
    'tls': ('store CPU', 'the message is delivered, and each session begins with a handshake'),
    'mailq': ('look', 'each envelope is held against its checksums, and printed'),
    'large': ('store large', 'the message gets its wire form and its checksum, and passes through two processes'),
}
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


def limit_of(figure, taken):
    """The median of all that was interleaved; None where there is none."""
    of = taken.get(BESIDE.get(figure.key, ('',))[0], {})
    return statistics.median(value for values in of.values() for value in values) if of else None


Judged = namedtuple('Judged', 'figure ours best name limit bound kept')


def judge(taken):
    """What there is a goal for; bound and kept are None where the goal is another's figure, which nobody has."""
    for figure in FIGURES:
        values = taken.get(figure.key, {}).get(figure.subject)
        if not values or figure.goal is None:
            continue
        ours, (best, name), limit = statistics.median(values), best_peer(figure, taken), limit_of(figure, taken)
        how, n = figure.goal
        other = {'times': best, 'limits': limit}.get(how, 1)
        bound = None if other is None else n * other
        kept = None if bound is None else ours >= bound if figure.more else ours <= bound
        yield Judged(figure, ours, best, name, limit, bound, kept)


def comparison(taken):
    yield '| figure | salsa | best peer | ratio | limit | goal | met |'
    yield '|---|--:|--:|--:|--:|--:|---|'
    for figure, ours, best, name, limit, _, kept in judge(taken):
        how, n = figure.goal
        text = f'{figure.text}, {figure.unit}'.rstrip(', ')
        beside = f'{name} {number(best)}' if name else ''
        ratio = f'{ours / best:.2f}' if best else ''
        beneath = '' if limit is None else number(limit)
        goal = {'times': f'{n} times', 'limits': f'{n} times the limit'}.get(how, f'at {how} {number(n)}')
        met = {None: '', True: 'yes', False: '**no**'}[kept]
        yield f'| {text} | {number(ours)} | {beside} | {ratio} | {beneath} | {goal} | {met} |'


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
        yield f'| {figure.text}, {figure.unit} | {spread(taken.get(figure.key, {}).get("salsa"))} |'


def limits(taken):
    """What the machine does when nothing but that is asked of it."""
    for key, (text, unit) in LIMITS.items():
        if key in taken:
            middle = statistics.median(value for values in taken[key].values() for value in values)
            yield f'- {text}: {number(middle)} {unit}'.rstrip() + ';'


def missed(taken):
    """For each goal that was not reached: how far it is, what the machine allows, and what else there is to do."""
    for figure, ours, _, _, limit, bound, kept in judge(taken):
        if kept is not False:
            continue
        text = f'- {figure.text}: {number(ours)}, and the goal is {number(bound)}'
        if limit:
            beyond = BESIDE[figure.key][1]
            text += f'; the limit is {number(limit)}, and salsa at {ours / limit:.2f} times that: {beyond}'
        yield text + '.'


def machine():
    file_system = subprocess.run(['findmnt', '-n', '-o', 'FSTYPE', '-T', '/var/tmp'], stdout=subprocess.PIPE, text=True,
                                 check=True).stdout
    release = '.'.join(os.uname().release.split('.')[:2])
    return f'{os.cpu_count()} cores, Linux {release}, queues on {file_system.strip()}'


def show(taken, out):
    for part in (limits, everything, comparison, missed):
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

The limits of the same machine, measured in between; the table has them beside what cannot be had without them:

{limits}

{missed}

![one submission](submission.svg)
![delivered a second](delivered.svg)
![a backlog of 5,000](backlog.svg)
![memory](memory.svg)

## Everybody

{everything}

An empty field: msmtp has no queue. opensmtpd syncs nothing before its sendmail exits, so it is nobody's best peer where
salsa does; dma verifies no certificate. What a peer had delivered {patience} seconds after the last
submission counts; a run with the relay down is watched no longer either. Of the messages of a queue one is submitted
and the others are copies of its files; opensmtpd's cannot be copied: each of its backlog was submitted, and it has no
rows of 10,000.

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
    parts['missed'] = '\n'.join(['Goals that are not reached:', '', *some] if (some := list(missed(taken))) else
                                ['Every goal is reached.'])
    named = ', '.join(f'{name} {version}' for name, version in versions.items())
    text = PAGE.format(machine=machine(), versions=named, fleet=fleet.draw(plot), patience=rows.PATIENCE, **parts)
    pathlib.Path(HERE / 'RESULTS.md').write_text(text)
