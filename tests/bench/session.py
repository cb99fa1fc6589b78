# SPDX-License-Identifier: ISC
"""The two steps of a run: what is measured is installed, with the machine's network; and measured, without."""
import socket
import statistics
import sys
import time

import results
import rows
import salsa
from lab import Group, Lab, Root, shell
from peers import ALL, Peer, TlsRelay

ROUNDS = 2
LIMIT_SECONDS = 12 * 60   # what has not been begun by then is left out, and said to be
ROWS = rows.ROUNDS * ROUNDS + rows.ONCE + rows.QUEUE + [salsa.scale]


def choose(names):
    """The peers and the rows among the names; all, where none is named."""
    known = dict.fromkeys([peer.name for peer in ALL] + [row.__name__ for row in ROWS])
    if unknown := set(names) - set(known):
        sys.exit(f'{", ".join(unknown)}: no peer and no row; they are {", ".join(known)}')
    peers, some = [peer for peer in ALL if peer.name in names], [row for row in ROWS if row.__name__ in names]
    return peers or ALL, some or ROWS


def roots(lab, names):
    result = [Root(lab, peer) for peer in choose(names)[0] + [TlsRelay()]]
    for root in result:
        root.mount()
    return result


def install(names):
    lab = Lab()
    lab.build_tools()
    lab.make_authority()
    for root in roots(lab, names):
        print(f'installing {root.peer.name}', file=sys.stderr)
        root.install()


def run(row, lab, root, taken):
    """Adds to taken[figure][peer]; a peer that fails has none there."""
    try:
        begin = time.monotonic()
        with rows.Bench(lab, root, rows.FILES.get(row, 'files')) as bench:
            values = row(bench)
    except Exception as error:   # whatever it is: the others' figures are not lost by it
        print(f'{row.__name__}: {root.peer.name}: failed: {error!r}', file=sys.stderr)
        return
    for figure, some in values.items():
        taken.setdefault(figure, {}).setdefault(root.peer.name, []).extend(some)
    shown = '  '.join(f'{figure} {statistics.median(some):.3f}' for figure, some in values.items() if some)
    print(f'{row.__name__}: {root.peer.name}: {shown}  ({time.monotonic() - begin:.1f} s)', file=sys.stderr)


def is_asked(row, peer):
    if row is salsa.scale:
        return peer.name == 'salsa'
    if row is rows.stored and type(peer).multiply is Peer.multiply:
        return False
    return peer.has_queue or row not in rows.QUEUE


def measure(names):
    shell('ip', 'link', 'set', 'lo', 'up')
    socket.sethostname('www1.example.com')
    lab, taken = Lab(), {}
    *peers, relay = roots(lab, names)
    relay.group = Group('relay')
    relay.peer.start(relay)
    end = time.monotonic() + LIMIT_SECONDS
    chosen = choose(names)[1]
    for row in chosen:
        for root in peers:
            if time.monotonic() > end:
                print(f'{row.__name__}: {root.peer.name}: left out: no time', file=sys.stderr)
            elif is_asked(row, root.peer):
                run(row, lab, root, taken)
    relay.peer.stop(relay)
    relay.group.remove()
    if names:
        results.show(taken, sys.stdout)
        own = next((root for root in peers if root.peer.name == 'salsa'), None)
        if own and rows.calls in chosen:
            with rows.Bench(lab, own) as bench:
                salsa.show_calls(bench, sys.stdout)
    else:
        results.write(taken, {root.peer.name: root.version() for root in peers if root.peer.packages})
