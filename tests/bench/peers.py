# SPDX-License-Identifier: ISC
"""The programs that are measured: how each is installed, set up, started and called.

Each lives in a root of its own (lab.Root).  The relay is port 2525 of 127.0.0.1; for STARTTLS it is port 2526 of
relay.example.com, and whoever can verifies that name against the system's authorities.
"""
import os
import time

from lab import SOURCE


class Peer:
    name = packages = ''
    files = {}                      # path: text
    tls_files = {}                  # instead, where the relay speaks TLS
    second_files = {}               # instead, where another relay, port 2527, has the mail for example.net
    submit = ['/usr/sbin/sendmail', '-t', '-i']
    queue = submit                  # the same, tried later
    mailq = ['/usr/bin/mailq']
    queues = []                     # where its messages lie
    opinions = []                   # what it remembers of relays
    waits_for = ()                  # programs, not its children, that the caller waits for
    has_queue = True
    syncs = True                    # before submit exits

    def prepare(self, root):
        """Once, after its packages are installed."""

    def start(self, root):
        """What has to run while mail is submitted; returns when it does."""

    def stop(self, root):
        root.kill_all()

    def hold(self, root):
        """What is submitted from now on waits for flush."""

    def flush(self, root):
        """Everything that waits is tried; may return at once."""

    def multiply(self, root, n):
        """Makes n of the one message that is held, where its files can be copied.  False where they cannot."""
        return False


class Salsa(Peer):
    name = 'salsa'
    submit = ['/usr/local/sbin/sendmail', '-t', '-i']
    queue = ['/usr/local/sbin/sendmail', '-odq', '-t', '-i']
    mailq = ['/usr/local/bin/mailq']
    queues, opinions = ['/usr/local/var/spool/salsa/queue'], ['/usr/local/var/spool/salsa/state']
    files = {'/usr/local/etc/salsa/salsa.conf': 'discover off\nrelay 127.0.0.1:2525\n'}
    tls_files = {'/usr/local/etc/salsa/salsa.conf': 'discover off\nrelay relay.example.com:2526\n  tls verify\n'}
    second_files = {'/usr/local/etc/salsa/salsa.conf': '''discover off
relay 127.0.0.1:2525
  refuse example.net
relay 127.0.0.1:2527
  for example.net
'''}
    waits_for = ('salsa-drop',)
    daemon = True

    def prepare(self, root):
        root.run(['sh', '-c', 'rm -rf /usr/local/var && ln -s ../../var /usr/local/var'])
        root.run(['make', '-s', '-C', str(SOURCE), '-o', 'all', 'install', f'BUILD={root.lab.build}'])

    def start(self, root):
        if self.daemon:
            root.run(['/usr/local/sbin/salsad'])
            self.flush(root)   # somebody has to come
            root.wait_for(lambda: root.runs('salsa-drop'))

    def flush(self, root):
        root.run(['/usr/local/sbin/sendmail', '-q'])

    def multiply(self, root, n):
        self.stop(root)
        model, = root.files_in(*self.queues[:1])
        entry = model.read_bytes()
        for i in range(n):
            root.copy(model, f'{model.name[:8]}{i:05X}F', entry)
        model.unlink()
        self.start(root)
        return True


class SalsaAlone(Salsa):
    """No daemon: salsa-drop is executed."""
    name = 'salsa, no daemon'
    daemon = False


class Dma(Peer):
    name = packages = 'dma'
    queues = ['/var/spool/dma']
    files = {'/etc/dma/dma.conf': 'SMARTHOST 127.0.0.1\nPORT 2525\n', '/etc/dma/auth.conf': ''}
    # It can only be told a certificate's fingerprint: it verifies nothing.
    tls_files = {'/etc/dma/dma.conf': 'SMARTHOST relay.example.com\nPORT 2526\nSECURETRANSFER\nSTARTTLS\n'}
    mailq = ['/usr/sbin/dma', '-bp']
    submit = queue = ['/usr/sbin/dma', '-t', '-i']

    def prepare(self, root):
        root.write('/etc/cron.d/dma', '')

    def hold(self, root):
        root.write('/etc/dma/dma.conf', self.files['/etc/dma/dma.conf'] + 'DEFER\n')

    def flush(self, root):
        root.write('/etc/dma/dma.conf', self.files['/etc/dma/dma.conf'])
        root.run(['/usr/sbin/dma', '-q'], wait=False)

    def multiply(self, root, n):
        pair = [file for file in root.files_in(*self.queues) if file.name[0] in 'MQ']
        name, content = pair[0].name[1:], [file.read_bytes() for file in pair]
        for i in range(1, n):
            other = f'{i:x}.{name}'
            for file, text in zip(pair, content):
                root.copy(file, file.name[0] + other, text.replace(name.encode(), other.encode()))
        return True


class Nullmailer(Peer):
    name = packages = 'nullmailer'
    queues = ['/var/spool/nullmailer/queue']
    files = {
        '/etc/nullmailer/remotes': '127.0.0.1 smtp --port=2525\n',
        '/etc/nullmailer/allmailfrom': '',
    }
    tls_files = {'/etc/nullmailer/remotes': 'relay.example.com smtp --port=2526 --starttls\n'}

    def start(self, root):
        root.spawn(['/usr/sbin/nullmailer-send'], user='mail')

    def hold(self, root):
        root.kill_all()

    def flush(self, root):
        self.start(root)

    def multiply(self, root, n):
        model, = root.files_in(*self.queues)
        for i in range(1, n):
            root.copy(model, f'{model.name}{i}', model.read_bytes())
        return True


class Postfix(Peer):
    name = packages = 'postfix'
    queues = [f'/var/spool/postfix/{queue}' for queue in ('maildrop', 'incoming', 'active', 'deferred')]
    opinions = ['/var/spool/postfix/defer']
    files = {'/etc/postfix/main.cf': '''compatibility_level = 3.6
myhostname = www1.example.com
mydestination =
relayhost = [127.0.0.1]:2525
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_host_lookup = native
'''}
    tls_files = {'/etc/postfix/main.cf': files['/etc/postfix/main.cf'].replace(
        '[127.0.0.1]:2525', '[relay.example.com]:2526') + '''smtp_tls_security_level = secure
smtp_tls_secure_cert_match = nexthop
smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt
'''}
    second_files = {'/etc/postfix/main.cf': files['/etc/postfix/main.cf'] +
                    'transport_maps = inline:{example.net=smtp:[127.0.0.1]:2527}\n'}

    def prepare(self, root):
        root.run(['/usr/sbin/postconf', '-F', 'smtp/unix/chroot = n'])   # it reads /etc/hosts and the authorities

    def start(self, root):
        root.run(['/usr/sbin/postfix', 'start'])

    def stop(self, root):
        root.run(['/usr/sbin/postfix', 'stop'], check=False)
        root.kill_all()

    def hold(self, root):
        root.run(['/usr/sbin/postconf', '-e', 'defer_transports = smtp'])
        root.run(['/usr/sbin/postfix', 'reload'])

    def flush(self, root):
        root.run(['/usr/sbin/postconf', '-e', 'defer_transports ='])
        root.run(['/usr/sbin/postfix', 'reload'])
        root.run(['/usr/sbin/postqueue', '-f'])

    def multiply(self, root, n):
        self.stop(root)
        model, = root.files_in('/var/spool/postfix/deferred')
        content, later = model.read_bytes(), time.time() + 86400
        for i in range(1, n):
            copy = root.copy(model, f'{i:05X}', content)
            os.utime(copy, (later, later))   # when it is due; a name ends in the number of its file
            copy.rename(copy.with_name(f'{copy.name}{copy.stat().st_ino:X}'))
        root.run(['/usr/sbin/postsuper', '-s'])   # into the directories where they belong
        self.start(root)
        return True


class OpenSMTPD(Peer):
    name, packages = 'opensmtpd', 'opensmtpd'
    queues = ['/var/spool/smtpd/queue']
    opinions = ['/var/spool/smtpd/offline']
    files = {'/etc/smtpd.conf': '''action "out" relay host "smtp://127.0.0.1:2525"
match from local for any action "out"
'''}
    tls_files = {'/etc/smtpd.conf': files['/etc/smtpd.conf'].replace(
        'smtp://127.0.0.1:2525', 'smtp+tls://relay.example.com:2526')}
    waits_for = ('smtpd',)
    syncs = False

    def start(self, root):
        root.run(['/usr/sbin/smtpd'])
        root.wait_for(lambda: root.run(['/usr/sbin/smtpctl', 'show', 'status'], check=False).returncode == 0)

    def hold(self, root):
        root.run(['/usr/sbin/smtpctl', 'pause', 'mta'])

    def flush(self, root):
        root.run(['/usr/sbin/smtpctl', 'resume', 'mta'])
        root.run(['/usr/sbin/smtpctl', 'schedule', 'all'], check=False)


class Exim(Peer):
    name, packages = 'exim', 'exim4-daemon-light'
    queues = ['/var/spool/exim4/input']
    opinions = ['/var/spool/exim4/db', '/var/spool/exim4/msglog']
    queue = ['/usr/sbin/sendmail', '-odq', '-t', '-i']
    files = {'/etc/exim4/exim4.conf': '''primary_hostname = www1.example.com
queue_run_in_order = false
smtp_accept_max = 0
begin routers
relay:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = relay
begin transports
relay:
  driver = smtp
  port = 2525
  allow_localhost
  hosts_try_fastopen =
begin retry
* * F,2h,15m
'''}
    tls_files = {'/etc/exim4/exim4.conf': files['/etc/exim4/exim4.conf'].replace(
        '* 127.0.0.1', '* relay.example.com byname').replace('port = 2525', '''port = 2526
  hosts_require_tls = *
  tls_verify_hosts = *
  tls_verify_certificates = system''')}

    def start(self, root):
        root.run(['/usr/sbin/exim4', '-bdf', '-oX', '2599'], wait=False)

    def flush(self, root):
        root.run(['/usr/sbin/exim4', '-qff'], wait=False)

    def multiply(self, root, n):
        pair = root.files_in(*self.queues)
        name, content = pair[0].name[:-2], [file.read_bytes() for file in pair]
        for i in range(1, n):
            other = f'{name[:7]}{i:06d}{name[13:]}'
            for file, text in zip(pair, content):
                root.copy(file, other + file.name[-2:], text.replace(name.encode(), other.encode()))
        return True


class Msmtp(Peer):
    """No queue: it ends when the relay has the message."""
    name, packages = 'msmtp', 'msmtp msmtp-mta'
    files = {'/etc/msmtprc': '''account default
host 127.0.0.1
port 2525
tls off
from root@www1.example.com
syslog on
'''}
    tls_files = {'/etc/msmtprc': '''account default
host relay.example.com
port 2526
tls on
from root@www1.example.com
syslog on
'''}
    has_queue = syncs = False


class TlsRelay(Postfix):
    """Not measured: the distribution's Postfix, which passes on to port 2525 what comes in by TLS."""
    name = 'relay'
    files = {'/etc/postfix/main.cf': '''compatibility_level = 3.6
myhostname = relay.example.com
mydestination =
relayhost = [127.0.0.1]:2525
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = /etc/relay.pem
'''}

    def prepare(self, root):
        tools = root.lab.tools
        root.write('/etc/relay.pem', (tools / 'relay.key').read_text() + (tools / 'relay.crt').read_text())
        root.run(['/usr/sbin/postconf', '-MX', 'smtp/inet'], check=False)
        root.run(['/usr/sbin/postconf', '-M', '2526/inet=2526 inet n - n - - smtpd'])


ALL = [Salsa(), SalsaAlone(), Dma(), Nullmailer(), Postfix(), OpenSMTPD(), Exim(), Msmtp()]
OWN = [peer.name for peer in ALL if isinstance(peer, Salsa)]
