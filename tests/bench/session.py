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
from peers import ALL, TlsRelay

ROUNDS = 2
LIMIT_SECONDS = 12 * 60   # what has not been begun by then is left out, and said to be


def roots(lab, names):
    chosen = [peer for peer in ALL if not names or peer.name in names]
    result = [Root(lab, peer) for peer in chosen + [TlsRelay()]]
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
        with rows.Bench(lab, root, tls=row is rows.starttls) as bench:
            values = row(bench)
    except Exception as error:   # whatever it is: the others' figures are not lost by it
        print(f'{row.__name__}: {root.peer.name}: failed: {error!r}', file=sys.stderr)
        return
    for figure, some in values.items():
        taken.setdefault(figure, {}).setdefault(root.peer.name, []).extend(some)
    shown = '  '.join(f'{figure} {statistics.median(some):.3f}' for figure, some in values.items())
    print(f'{row.__name__}: {root.peer.name}: {shown}', file=sys.stderr)


def measure(names):
    shell('ip', 'link', 'set', 'lo', 'up')
    socket.sethostname('www1.example.com')
    lab, taken = Lab(), {}
    *peers, relay = roots(lab, names)
    relay.group = Group('relay')
    relay.peer.start(relay)
    end = time.monotonic() + LIMIT_SECONDS
    for row in rows.ROUNDS * ROUNDS + rows.ONCE + rows.QUEUE:
        for root in peers:
            if time.monotonic() > end:
                print(f'{row.__name__}: {root.peer.name}: left out: no time', file=sys.stderr)
            elif root.peer.has_queue or row not in rows.QUEUE:
                run(row, lab, root, taken)
    own = next((root for root in peers if root.peer.name == 'salsa'), None)
    if own:
        run(salsa.scale, lab, own, taken)
    relay.peer.stop(relay)
    relay.group.remove()
    if names:
        results.show(taken, sys.stdout)
        if own:
            with rows.Bench(lab, own) as bench:
                salsa.show_calls(bench, sys.stdout)
    else:
        results.write(taken, {root.peer.name: root.version() for root in peers if root.peer.packages})
