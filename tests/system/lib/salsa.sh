# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
# salsa, installed for real: where ./configure says, with its user, its spool and its modes.

top=$(cd "$here/../../.." && pwd)
setting() { sed -n "s/^$1 *= *//p" "$top/config.mk"; }

BINDIR=$(setting BINDIR) SBINDIR=$(setting SBINDIR) LIBEXECDIR=$(setting LIBEXECDIR)
CONF=$(setting SYSCONFDIR)/salsa/salsa.conf
SPOOL=$(setting LOCALSTATEDIR)/spool/salsa
SOCKET=$(setting RUNSTATEDIR)/salsa/submit
MAIL_LOG=$LAB/mail.log
PATH=$SBINDIR:$BINDIR:$PATH

salsa_is_installed() {
	make -s -C "$top" -o all install BUILD="$BUILD" >$LAB/install.log 2>&1 || { cat $LAB/install.log >&2; return 1; }
	echo www1.example.com >/etc/mailname
	echo www1.example.com >/etc/hostname
	printf '127.0.0.1 localhost\n165.154.15.1 www1.example.com www1\n' >/etc/hosts
	hostname www1.example.com
	rm -f "$CONF" /etc/aliases
	cp -a "$SPOOL" $LAB/spool
	[ ! -d "${SOCKET%/*}" ] || cp -a "${SOCKET%/*}" $LAB/run
	"$here/syslogd" $MAIL_LOG &
	eventually [ -S /dev/log ]
}

salsa_is_as_installed() {
	rm -rf "$SPOOL" "${SOCKET%/*}" "$CONF" /etc/aliases
	cp -a $LAB/spool "$SPOOL"
	[ ! -d $LAB/run ] || cp -a $LAB/run "${SOCKET%/*}"
	nothing_is_logged
}

# Opinions may be deleted at any time: what was found, and who is down.
salsa_forgets() { find "$SPOOL/state" -type f -delete; }

configured() { mkdir -p "${CONF%/*}"; cat >"$CONF"; }

# The daemon; every scenario starts it itself, after it has written its configuration.
salsad_runs() {
	salsad
	eventually [ -S "$SOCKET" ] || fail 'salsad opened no socket'
}

# The oldest of the name that lives: a program that it starts is called the same for a moment.
pid_of_salsad() { pgrep -o -r D,R,S,T -x salsad; }

# mail_to RECIPIENT [OPTION ...]: a small message, by=root and with the scenario's name as its subject, or other ones.
mail_to() {
	local to=$1
	shift
	printf 'Subject: %s\n\nHello.\n' "${subject:-$scenario}" | ${by:+as $by} sendmail "$@" "$to"
}

as() {	# USER [OPTION OF setpriv ...] COMMAND ...
	local user=$1
	shift
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
}

the_queue_is_small() {	# OPTION of tmpfs
	mount -t tmpfs -o "$1,mode=$(stat -c %a "$SPOOL/queue"),uid=$(id -u salsa),gid=$(id -g salsa)" small "$SPOOL/queue"
}

id_of() { mailq -j | sed -n "s/.*\"queue_id\": \"\([0-9A-F]*\)\".*$1.*/\1/p"; }	# TEXT of its line
waits() { mailq -j | grep -q "$1"; }
is_held() { mailq | grep -q "^$(id_of "$1")!"; }
waiting() { mailq -j | grep -c .; }
so_many_wait() { [ "$(waiting)" = "$1" ]; }
expect_waiting() { eventually so_many_wait "$1" || expect_same "$(waiting)" "$1" 'messages that wait'; }	# NUMBER
queue_is_empty() { [ -z "$(find "$SPOOL/queue" -type f)" ]; }
expect_delivered() { eventually queue_is_empty || fail "still in the queue: $(mailq)"; }

# Whole lines of the log with this text: what is not there has not been said.
logged() {
	"$here/syslogd"
	grep -F -- "$1" $MAIL_LOG
}
nothing_is_logged() {
	"$here/syslogd"
	: >$MAIL_LOG
}
deferred_for() { logged status=deferred | grep -qi -- "$1"; }
expect_deferred_for() { eventually deferred_for "$1" || fail "no word of $1 in: $(logged status=)"; }
nobody_runs() { ! pidof "$1"; }
activate() { "$here/activate" "$@"; }
