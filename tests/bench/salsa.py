# SPDX-License-Identifier: ISC
"""What is asked of salsa alone: what a large queue costs, and where the time of one message goes."""
import collections
import re
import statistics
import subprocess
import time
import zlib

import rows

STORED = 100_000
FIRST_LINE, CHECK = 192, 9   # octets: entry/entry.h


def due_at(entry, when):
    """The same entry, to be tried then."""
    line = re.sub(rb'next \d{12}', b'next %012d' % when, entry[:FIRST_LINE - CHECK])
    return line + b'%08x\n' % zlib.crc32(line) + entry[FIRST_LINE:]


def first_line(bench):
    """Milliseconds until mailq's first line is there."""
    begin = time.monotonic()
    lister = bench.root.spawn(bench.peer.mailq, stdout=subprocess.PIPE)
    lister.stdout.readline()
    took = (time.monotonic() - begin) * 1e3
    lister.stdout.close()
    lister.wait()
    return took


def runner_pss(bench):
    pid = next(pid for pid, name in bench.group.names().items() if name == 'salsad')
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as text:
        return next(int(line.split()[1]) for line in text if line.startswith('Pss:')) * 1024


def scale(bench):
    """100,000 messages that are due tomorrow."""
    bench.until_quiet(3)
    empty = runner_pss(bench)
    bench.fill(1)
    bench.peer.stop(bench.root)
    model, = bench.root.files_in(*bench.peer.queues)
    model.write_bytes(due_at(model.read_bytes(), int(time.time()) + 86400))
    bench.peer.multiply(bench.root, STORED)
    bench.peer.stop(bench.root)
    begin = time.monotonic()
    bench.peer.start(bench.root)
    started = time.monotonic() - begin
    took = started + bench.until_quiet(60)
    held = runner_pss(bench)
    before = bench.group.cpu()
    time.sleep(10)
    used = bench.group.cpu() - before
    first = statistics.median(first_line(bench) for _ in range(5))
    (whole,), _ = bench.turns(3, bench.peer.mailq)
    bench.root.kill_all()
    (single,), _ = bench.turns(3, ['/usr/local/sbin/salsad', '-1'])
    return {'scale start': [took * 1e3], 'scale octets': [(held - empty) / STORED], 'scale idle': [used * 1e3],
            'scale first line': [first], 'scale mailq': whole, 'scale pass': single}


def show_calls(bench, out):
    """A table a program: its calls while one message is submitted and delivered, and their time under strace."""
    lines, names = rows.trace(bench)
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for _, _, program, text in rows.programs(lines, names, rows.executed(bench, lines), lines[0][0]):
        took = re.search(r'<([\d.]+)>$', text)
        table[program][text.partition('(')[0]].append(float(took[1]) * 1e6 if took else 0)
    for program, made in table.items():
        total = sum(map(len, made.values()))
        print(f'\n{program}: {total} calls\n{"":4}{"call":<20}{"times":>6}{"us":>8}', file=out)
        for call, times in sorted(made.items(), key=lambda item: -len(item[1])):
            print(f'{"":4}{call:<20}{len(times):>6}{sum(times):>8.0f}', file=out)
