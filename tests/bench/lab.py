# SPDX-License-Identifier: ISC
"""Roots for peers, what runs in them, and what it costs."""
import grp
import os
import pathlib
import pwd
import signal
import subprocess
import time

WORK = pathlib.Path(os.environ.get('BENCH_WORK', '/var/tmp/salsa-bench'))
HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
RELAY_NAME = 'relay.example.com'
BENCH = '/var/spool/bench'   # ours, beside the queues


class Failed(Exception):
    """A peer did not do what it was asked to."""


def shell(*argv, **more):
    return subprocess.run(argv, check=True, **more)


class Lab:
    """The tools, built; messages to send; an authority that vouches for the relay that speaks TLS."""

    def __init__(self):
        self.build = os.environ.get('BUILD', 'build')
        self.tools = WORK / 'tools'

    def build_tools(self):
        self.tools.mkdir(parents=True, exist_ok=True)
        for tool in ('measure', 'sink', 'store', 'nothing', 'look'):
            shell('cc', '-O2', '-Wall', '-Wextra', '-D_GNU_SOURCE', '-o', self.tools / tool, HERE / f'{tool}.c')

    def make_authority(self):
        """Two certificates: not every peer takes one that is its own authority."""
        def openssl(*words):
            shell('openssl', *words, cwd=self.tools, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        new = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30')
        openssl('req', '-x509', *new, '-subj', '/CN=bench', '-keyout', 'ca.key', '-out', 'ca.crt')
        openssl('req', *new, '-subj', f'/CN={RELAY_NAME}', '-keyout', 'relay.key', '-out', 'relay.csr')
        (self.tools / 'names').write_text(f'subjectAltName=DNS:{RELAY_NAME}\n')
        openssl('x509', '-req', '-in', 'relay.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial',
                '-days', '30', '-extfile', 'names', '-out', 'relay.crt')

    def write_message(self, size=2048, name='message', to='you@example.com'):
        line = 'The quick brown fox jumps over the lazy dog; 0123456789.\n'
        head = f'To: {to}\nFrom: me@www1.example.com\nSubject: a message\n\n'
        (WORK / name).write_text(head + (line * (size // len(line) + 1))[:size - len(head) - 1] + '\n')
        return str(WORK / name)

    def measure(self, *words, group=None):
        """What measure.c prints."""
        out = shell(str(self.tools / 'measure'), *map(str, words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    text=True, preexec_fn=group and group.join).stdout
        return [[float(x) for x in line.split()] for line in out.splitlines()]


class Group:
    """A control group: the CPU time of all that ever ran in it, and who runs in it now."""
    bases = map(pathlib.Path, ('/sys/fs/cgroup/cpuacct', '/sys/fs/cgroup'))
    base = next((path for path in bases if (path / 'cgroup.procs').exists()), None)

    def __init__(self, name):
        self.path = self.base / f'{WORK.name}-{name}'
        self.path.mkdir(exist_ok=True)

    @classmethod
    def remove_all(cls):
        """Whoever is in one of them is about to end."""
        for path in cls.base.glob(f'{WORK.name}-*'):
            end = time.monotonic() + 5
            while (path / 'cgroup.procs').read_text() and time.monotonic() < end:
                time.sleep(0.02)
            path.rmdir()

    def join(self):
        (self.path / 'cgroup.procs').write_text(str(os.getpid()))

    def cpu(self):
        """Seconds."""
        usage = self.path / 'cpuacct.usage'
        if usage.exists():
            return int(usage.read_text()) / 1e9
        return int((self.path / 'cpu.stat').read_text().split()[1]) / 1e6

    def processes(self):
        return [int(pid) for pid in (self.path / 'cgroup.procs').read_text().split()]

    def names(self):
        """Of the programs."""
        return {pid: pathlib.Path(f'/proc/{pid}/comm').read_text().strip() for pid in self.processes()}

    def _each(self, name, pattern):
        """What a file of /proc says of each process, where it says it: octets."""
        for pid in self.processes():
            try:
                text = pathlib.Path(f'/proc/{pid}/{name}').read_text()
            except OSError:
                continue
            yield from (int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith(pattern))

    def pss(self):
        """Octets that all of them hold, shared ones counted in parts."""
        return sum(self._each('smaps_rollup', 'Pss:'))

    def peak(self):
        """The most octets that one of those that live has ever held."""
        return max(self._each('status', 'VmHWM:'), default=0)

    def remove(self):
        self.path.rmdir()


class Root:
    """A peer's own file system: this machine's, with the peer's packages, on a disk."""

    def __init__(self, lab, peer):
        self.lab, self.peer = lab, peer
        self.top = WORK / peer.name.replace(',', '').replace(' ', '-')
        self.root = self.top / 'root'
        self.group = None

    def path(self, name):
        return self.root / name.lstrip('/')

    def mount(self):
        for part in ('upper', 'work', 'root'):
            (self.top / part).mkdir(parents=True, exist_ok=True)
        spool = self.top / 'spool'
        if not spool.exists():
            shell('cp', '-a', '/var/spool', str(spool))
        parts = f'lowerdir=/,upperdir={self.top}/upper,workdir={self.top}/work'
        shell('mount', '-t', 'overlay', 'salsa-bench', '-o', parts, str(self.root))
        # Queues are on the disk itself: an overlay takes no hint of what will be synced.
        shell('mount', '--bind', str(spool), str(self.path('/var/spool')))
        shell('mount', '-t', 'proc', 'proc', str(self.path('/proc')))
        shell('mount', '--rbind', '/dev', str(self.path('/dev')))
        shell('mount', '-t', 'tmpfs', '-o', 'mode=755', 'run', str(self.path('/run')))

    def write(self, name, text):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def install(self):
        """With the machine's network.  A package's daemon is not started."""
        self.write('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n')
        self.path('/usr/sbin/policy-rc.d').chmod(0o755)
        self.write('/etc/mailname', 'www1.example.com\n')
        self.write('/etc/hosts', f'127.0.0.1 localhost www1.example.com www1 {RELAY_NAME}\n')
        if self.peer.packages:
            self.run(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '-q',
                      '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confdef', *self.peer.packages.split()])
        self.path(BENCH).mkdir(exist_ok=True)
        self.write('/usr/local/share/ca-certificates/bench.crt', (self.lab.tools / 'ca.crt').read_text())
        self.run(['update-ca-certificates'])
        for name, text in self.peer.files.items():
            self.write(name, text)
        self.peer.prepare(self)

    def version(self):
        database = str(self.path('/var/lib/dpkg'))
        return shell('dpkg-query', '-W', '-f', '${Version}', '--admindir', database, self.peer.packages.split()[0],
                     stdout=subprocess.PIPE, text=True).stdout

    def _enter(self, user=None):
        def enter():
            if self.group is not None:
                self.group.join()
            os.chroot(self.root)
            os.chdir('/')
            if user:
                entry = pwd.getpwnam(user)
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
        return enter

    def spawn(self, argv, user=None, **more):
        environment = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'}
        quiet = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
        return subprocess.Popen(argv, preexec_fn=self._enter(user), env=environment, **(quiet | more))

    def run(self, argv, check=True, wait=True, **more):
        with (self.top / 'log').open('ab') as log:
            process = self.spawn(argv, **({'stdout': log, 'stderr': log} | more))
        if wait and process.wait() != 0 and check:
            last = (self.top / 'log').read_text(errors='replace').splitlines()[-1:]
            raise Failed(f'{" ".join(argv)}: exit {process.returncode}: {" ".join(last)}')
        return process

    def runs(self, program):
        return program in self.group.names().values()

    def wait_for(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failed('waited in vain')
            time.sleep(0.02)

    def files_in(self, *directories):
        return [file for directory in directories for file in self.path(directory).rglob('*') if file.is_file()]

    @staticmethod
    def copy(model, name, content):
        """A file as model is, beside it or where the name leads."""
        owner, path = model.stat(), model.parent / name
        path.write_bytes(content)
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(owner.st_mode & 0o7777)
        return path

    def empty_queue(self):
        """Aside, not removed: to make a file takes ext4 long where many have been removed in the last minutes."""
        aside = self.path(BENCH + '/aside')
        aside.mkdir(exist_ok=True)
        for file in self.files_in(*self.peer.queues, *self.peer.opinions):
            file.rename(aside / f'{time.monotonic_ns()}')

    def kill_all(self):
        while self.group and (pids := self.group.processes()):
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
