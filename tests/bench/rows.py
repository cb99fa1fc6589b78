# SPDX-License-Identifier: ISC
"""What is measured: a function a group of figures, for one peer that is at work.  It returns {figure: values}."""
import pathlib
import re
import select
import subprocess
import time

from lab import BENCH, Group
from peers import OWN

MESSAGES, SLOW, BACKLOG, STORED = 500, 100, 5000, 10000
PATIENCE = 8   # seconds for which a peer may deliver: what came until then counts
PORT, SECOND_PORT = '2525', '2527'


class Relay:
    """sink.c, for as long as a figure needs it."""

    def __init__(self, lab, messages=10 ** 9, *options, port=PORT):
        self.process = subprocess.Popen([str(lab.tools / 'sink'), *options, port, str(messages)],
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()   # it is ready

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def all_came(self, seconds=PATIENCE):
        """Waits for all messages, but no longer.  What it counted; it goes on."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return self.end()
        return self._counted(self.process.stdout.readline())

    def end(self):
        self.process.terminate()
        return self._counted(self.process.communicate()[0].splitlines()[-1])

    @staticmethod
    def _counted(line):
        return dict(zip(('messages', 'connections', 'at_once', 'first', 'last'), map(float, line.split())))


class Bench:
    """A peer at work, in a group of its own."""

    def __init__(self, lab, root, files='files'):
        self.lab, self.root, self.peer = lab, root, root.peer
        self.files = getattr(self.peer, files) or self.peer.files
        self.message = lab.write_message()
        self.inside = f'in={root.root}'
        self.store = [str(lab.tools / 'store'), BENCH]

    def __enter__(self):
        for name, text in self.files.items():
            self.root.write(name, text)
        self.root.group = self.group = Group('peer')
        self.peer.start(self.root)
        return self

    def __exit__(self, *_):
        self.peer.stop(self.root)
        self.root.kill_all()
        self.root.empty_queue()
        self.group.remove()
        self.root.group = None

    def load(self, messages, senders, argv=None, message=None):
        """When it began and ended, on the monotonic clock in milliseconds."""
        begin, end, _ = self.lab.measure('load', messages, senders, message or self.message, self.inside,
                                         *(argv or self.peer.submit), group=self.group)[0]
        return begin, end

    def store_load(self, messages, senders, *figures):
        """The same load where each is merely stored, beside salsa: how many a second, CPU milliseconds of each."""
        if self.peer.name not in OWN:
            return {}
        before = self.group.cpu()
        begin, end = self.load(messages, senders, self.store)
        found = messages / (end - begin) * 1e3, (self.group.cpu() - before) / messages * 1e3
        return {figure: [value] for figure, value in zip(figures, found)}

    def turns(self, n, *commands, message=None):
        """Of each command its times in milliseconds, and the most memory in octets."""
        words = [word for argv in commands for word in ('--', self.inside, *argv)][1:]
        lines = self.lab.measure('turns', n, message or self.message, *words, group=self.group)
        return [line[2:] for line in lines], max(line[1] for line in lines) * 1024

    def fill(self, messages):
        """One is submitted and becomes many; where that cannot be, each is."""
        self.peer.hold(self.root)
        self.load(1, 1, self.peer.queue)
        self.until_quiet()
        if not self.peer.multiply(self.root, messages):
            self.load(messages - 1, 8, self.peer.queue)
        self.until_quiet()

    def until_quiet(self, seconds=PATIENCE, pause=0.7):
        """Waits until it works no more, but no longer.  For how long it has worked, seconds."""
        begin = worked = time.monotonic()
        used = self.group.cpu()
        while (now := time.monotonic()) - begin < seconds and now - worked < pause:
            time.sleep(0.05)
            if self.group.cpu() - used > 0.002:
                used, worked = self.group.cpu(), time.monotonic()
        return worked - begin


def submission(bench):
    nothing = [str(bench.lab.tools / 'nothing')]
    with Relay(bench.lab):
        (times, stored, executed), _ = bench.turns(40, bench.peer.submit, bench.store, nothing)
        bench.until_quiet(5)
    return {'submit': times, 'store': stored, 'nothing': executed}


def trace(bench):
    """One submission and its delivery: (process, time, text) of each call, and the programs that ran before."""
    log = bench.root.top / 'strace'
    daemons = [word for pid in bench.group.processes() for word in ('-p', str(pid))]
    options = ['-f', '-qq', '-ttt', '-T', '-s', '64', '-o']
    with Relay(bench.lab), open(bench.message) as message:
        if daemons:
            watcher = subprocess.Popen(['strace', *options, f'{log}.daemons', *daemons], stderr=subprocess.DEVNULL)
            time.sleep(1)
        subprocess.run(['strace', *options, str(log), 'chroot', str(bench.root.root), *bench.peer.submit],
                       stdin=message, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        bench.until_quiet(3)
        if daemons:
            watcher.terminate()
            watcher.wait()
    names = {str(pid): name for pid, name in bench.group.names().items()} if daemons else {}
    lines = [line.split(None, 2) for name in [log] + [pathlib.Path(f'{log}.daemons')] * bool(daemons)
             for line in name.read_text().splitlines()]
    return lines, names


def executed(bench, lines):
    """When its process became sendmail."""
    beginning = f'execve("{bench.peer.submit[0]}"'
    return next(float(at) for pid, at, text in lines if pid == lines[0][0] and text.startswith(beginning))


def programs(lines, names, begin, main):
    """Adds to each call the program that makes it: the one that was executed last in its process."""
    running = dict(names)
    for pid, at, text in sorted(lines, key=lambda line: float(line[1])):
        if (program := re.match(r'execve\("([^"]+)"', text)) and ' = 0' in text:
            running[pid] = program[1].rpartition('/')[2]
        if float(at) >= begin and not text.startswith(('<...', '---', '+++')):
            yield float(at), pid, running.get(pid, running.get(main, '?')), text


def calls(bench):
    """Of the process that was executed, of its children that ended before, and of whom else the caller waits for."""
    lines, names = trace(bench)
    main = lines[0][0]
    begin = executed(bench, lines)
    end = next(float(at) for pid, at, text in lines if pid == main and text.startswith('exit_group'))
    ended = {pid for pid, at, text in lines if text.startswith(('exit_group', '+++ exited')) and float(at) <= end}
    made = [(pid, program) for at, pid, program, _ in programs(lines, names, begin, main) if at <= end]
    return {'calls': [sum(pid == main or pid in ended or program in bench.peer.waits_for for pid, program in made)],
            'store calls': [store_calls(bench)]}


def store_calls(bench):
    log = bench.root.top / 'strace.store'
    with open(bench.message) as message:
        subprocess.run(['strace', '-qq', '-o', str(log), *bench.store[:1], str(bench.root.path(bench.store[1]))],
                       stdin=message, check=True)
    return len(log.read_text().splitlines())


def by_eight(bench):
    with Relay(bench.lab, MESSAGES) as relay:
        before = bench.group.cpu()
        begin, end = bench.load(MESSAGES, 8)
        counted = relay.all_came()
        bench.until_quiet(2, 0.3)
        burst = (bench.group.cpu() - before) / counted['messages'] * 1e3
    return bench.store_load(MESSAGES, 8, 'store by eight', 'store CPU') | {
            'accepted': [MESSAGES / (end - begin) * 1e3],
            'by eight': [counted['messages'] / (counted['last'] - begin) * 1e3],
            'burst': [burst]}


def by_one(bench):
    with Relay(bench.lab, SLOW) as relay:
        begin, _ = bench.load(SLOW, 1)
        counted = relay.all_came()
    return bench.store_load(SLOW, 1, 'store by one') | {
            'by one': [counted['messages'] / (counted['last'] - begin) * 1e3]}


def far_away(bench):
    with Relay(bench.lab, MESSAGES, '-P', '-C', '-d', '20') as relay:
        begin, _ = bench.load(MESSAGES, 8)
        counted = relay.all_came()
    return {'far': [counted['messages'] / (counted['last'] - begin) * 1e3], 'far connections': [counted['at_once']]}


def starttls(bench):
    with Relay(bench.lab, SLOW) as relay:
        before = bench.group.cpu()
        bench.load(SLOW, 8)
        counted = relay.all_came()
        bench.until_quiet(2, 0.3)
    return {'tls': [(bench.group.cpu() - before) / counted['messages'] * 1e3]}


def large(bench):
    message = bench.lab.write_message(25 << 20, 'large')
    with Relay(bench.lab):
        (times, stored), peak = bench.turns(3, bench.peer.submit, bench.store, message=message)
        bench.until_quiet()
        return {'large': times, 'store large': stored, 'large memory': [max(peak, bench.group.peak()) / 2 ** 20]}


def backlog(bench):
    bench.fill(BACKLOG)
    with Relay(bench.lab, BACKLOG, '-P', '-C') as relay:
        before, begin = bench.group.cpu(), time.monotonic() * 1e3
        bench.peer.flush(bench.root)
        time.sleep(0.5)
        pss = bench.group.pss()
        counted = relay.all_came()
        used = bench.group.cpu() - before
    return {'backlog': [counted['messages'] / (counted['last'] - begin) * 1e3],
            'backlog CPU': [used / counted['messages'] * 1e3], 'backlog memory': [pss / 2 ** 20],
            'backlog connections': [counted['connections']]}


def stored(bench):
    bench.fill(STORED)
    look = [[str(bench.lab.tools / 'look'), bench.peer.queues[0]]] * (bench.peer.name in OWN)
    (times, *looked), _ = bench.turns(5, bench.peer.mailq, *look)
    with Relay(bench.lab, 10 ** 9, '-r') as relay:
        before = bench.group.cpu()
        bench.peer.flush(bench.root)
        took = bench.until_quiet(pause=1.5)
        return {'mailq': times, 'look': sum(looked, []), 'down': [took],
                'down CPU': [bench.group.cpu() - before], 'down connects': [relay.end()['connections']]}


def silent(bench):
    """While one relay is silent; and how long the mail for another one takes then, where there can be another."""
    bench.fill(100)
    with Relay(bench.lab, 10 ** 9, '-s') as relay, Relay(bench.lab, 1, port=SECOND_PORT) as second:
        bench.peer.flush(bench.root)
        time.sleep(3)
        result = {'silent processes': [len(bench.group.processes())]}
        if bench.peer.second_files:
            begin, _ = bench.load(1, 1, message=bench.lab.write_message(name='second', to='you@example.net'))
            counted = second.all_came()
            result['silent second'] = [(counted['last'] - begin) / 1e3] if counted['messages'] == 1 else []
        return result | {'silent': [relay.end()['at_once']]}


def idle(bench):
    def switches():
        return sum(int(n) for pid in bench.group.processes()
                   for n in re.findall(r'ctxt_switches:\t(\d+)', pathlib.Path(f'/proc/{pid}/status').read_text()))
    if bench.group.processes():
        bench.until_quiet(30, pause=12)   # and those have left who stay a while for the next caller
    before = switches()
    if bench.group.processes():
        time.sleep(10)
    return {'idle': [bench.group.pss() / 2 ** 20], 'idle processes': [len(bench.group.processes())],
            'idle wake-ups': [switches() - before]}


# In rounds, so that the machine's moods fall on all; and once, of those who have a queue.
ROUNDS = [submission, by_eight, by_one, far_away]
ONCE = [calls, starttls, large, idle]
QUEUE = [backlog, stored, silent]
FILES = {starttls: 'tls_files', silent: 'second_files'}   # what is not measured with the common ones
