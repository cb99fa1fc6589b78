# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016
# Whatever its caller leaves it, the message is safe, or one line and the right code say that it is not, at once.

SEND="$SBINDIR/sendmail bob@example.net"
sent=0

given_both_ways() {	# COMMAND ...: through salsa-drop by hand, then through the daemon
	"$@"
	salsad_runs
	"$@"
}

given_message() { printf 'Subject: number %s.\n\nHello.\n' $((sent += 1)) >/tmp/message; }

# then_it_gets_out COMMAND ...: which starts sendmail, here as nobody.
then_it_gets_out() {
	given_message
	within 10 expect_exit 0 as nobody "$@" </tmp/message
	expect_same "$output" '' "$*"
	expect_arrived_at relay1 "Subject: number $sent."
	expect_delivered
}

then_one_line_is_said() {	# CODE COMMAND ...: and nothing is queued
	local code=$1
	shift
	given_message
	within 10 expect_exit "$code" "$@" </tmp/message
	expect_same "$(wc -l <<<"$output")" 1 "$output"
	expect_said 'sendmail: '
	expect queue_is_empty
}

no_new_privileges_leave_the_daemon() {
	then_one_line_is_said 75 as nobody --no-new-privs $SEND
	expect_said 'start salsad'
	salsad_runs
	then_it_gets_out --no-new-privs $SEND
}

then_uid_54321_is() {	# LOGIN
	given_message
	within 10 expect_exit 0 setpriv --reuid 54321 --regid 54321 --clear-groups $SEND </tmp/message
	expect_arrived_at relay1 "Subject: number $sent." "from <$1@www1.example.com>"
}

a_uid_without_a_name_is_somebody() { given_both_ways then_uid_54321_is uid-54321; }

a_uid_that_the_name_service_knows_has_its_name() {
	mkdir -p /var/lib/extrausers
	echo 'leo:x:54321:54321:Leo Example,,,:/:/bin/sh' >/var/lib/extrausers/passwd
	sed -i 's/^passwd:.*/passwd: files extrausers/' /etc/nsswitch.conf
	expect_same "$(id -nu 54321)" leo
	given_both_ways then_uid_54321_is leo
	expect_arrived_at relay1 'From: Leo Example <leo@'
}

then_an_empty_environment_is_enough() {
	then_it_gets_out env -i $SEND
	then_it_gets_out env -u HOME $SEND
}

an_empty_environment_is_enough() {
	given_both_ways then_an_empty_environment_is_enough
	expect_arrived_at relay1 'from <nobody@www1.example.com>'
}

# Hazard L13.
who_calls_is_the_kernels_word() {
	given_both_ways then_it_gets_out env USER=root LOGNAME=daemon NAME=Eve EMAIL=eve@evil.example.com \
		HOSTNAME=evil.example.com MAILNAME=evil.example.com HOME=/nowhere TMPDIR=/nowhere $SEND
	expect_same "$(grep -rlF 'from <nobody@www1.example.com>' "$ARRIVED"/relay1 | wc -l)" 2
	if grep -rqi evil "$ARRIVED"/relay1; then fail 'the environment was believed'; fi
}

then_closed_descriptors_do_no_harm() {
	local closed

	for closed in '>&-' '2>&-' '>&- 2>&-'; do
		then_it_gets_out bash -c "exec $SEND $closed"
	done
	for closed in '<&-' '<&- >&-' '<&- 2>&-' '<&- >&- 2>&-'; do
		expect_exit 66 as nobody bash -c "exec $SEND $closed"
		expect queue_is_empty
	done
}

# Hazard L4.
closed_descriptors_lose_nothing() { given_both_ways then_closed_descriptors_do_no_harm; }

then_inherited_pipes_close() {
	given_message
	# The substitution ends when nobody has its pipe open any more; the relay says nothing meanwhile.
	within 10 eval 'output=$(as nobody '"$SEND"' </tmp/message 9>&1 8>&1)'
}

an_inherited_pipe_closes_when_sendmail_exits() {
	falls_silent relay1 relay2
	given_both_ways then_inherited_pipes_close
}

then_modes_do_not_follow_the_umask() {	# UMASK
	local umask=$1

	goes_down relay1 relay2
	given_message
	expect_exit 0 as nobody bash -c "umask $umask; exec $SEND" </tmp/message
	expect_same "$(stat -c %a "$SPOOL"/queue/* | sort -u)" 660 "umask $umask"
	comes_back relay1 relay2
	sendmail -q
	expect_arrived_at relay1 "Subject: number $sent."
	expect_delivered
}

no_umask_opens_or_closes_the_spool() {
	for umask in 0 777; do then_modes_do_not_follow_the_umask $umask; done
	salsad_runs
	for umask in 0 777; do then_modes_do_not_follow_the_umask $umask; done
}

# Hazard F10.
few_descriptors_are_enough() {	# though more names than that are asked in the DNS at once
	client_has 165.154.{15,16,17}.1/24 2001:db8:1:{2,3,4}::25/64
	given_both_ways then_it_gets_out bash -c "ulimit -n 16; exec $SEND 11>&1 12>&1 13>&1 14>&1 15>&1"
}

then_a_limit_of_file_size_is_said() {
	local size

	for size in 0 1 100; do
		then_one_line_is_said 75 as nobody bash -c "ulimit -f $size
			{ cat; head -c 300000 /dev/zero | tr '\0' x | fold; } | { $SEND; exit \$?; }"
		expect_said 'File too large'
	done
	then_it_gets_out bash -c "ulimit -f 100; exec $SEND"
}

a_limit_of_file_size_kills_nobody() { given_both_ways then_a_limit_of_file_size_is_said; }

IGNORE='$SIG{$_} = "IGNORE" for qw(CHLD PIPE TERM HUP INT QUIT ALRM USR1 XFSZ XCPU);'
BLOCK='use POSIX; sigprocmask(SIG_BLOCK, do { my $s = POSIX::SigSet->new; $s->fillset; $s });'

then_signals_do_no_harm() {
	local how

	for how in "$IGNORE" "$BLOCK" "$IGNORE $BLOCK"; do
		then_it_gets_out perl -e "$how exec @ARGV" $SEND
		then_it_gets_out perl -e "$how exec @ARGV" "${SEND% *}" -odi "${SEND#* }"
	done
}

signals_that_are_ignored_or_blocked_do_no_harm() { given_both_ways then_signals_do_no_harm; }

then_sent_as() {	# REAL EFFECTIVE: user IDs, as a set-user-ID program and what it calls have them
	given_message
	expect_exit 0 python3 -c 'import os, sys; os.setresuid(*map(int, sys.argv[1:3]), 0); os.execv(sys.argv[3], sys.argv[3:])' \
		"$@" $SEND </tmp/message
}

who_is_root_by_one_id_alone_leaves_nothing_running_as_root() {
	misbehaves odd -W CONNECT:60
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	for ids in '54321 0' '0 54321'; do
		then_sent_as $ids
		expect_soon pidof salsa-relay
		for program in salsad salsa-relay; do
			expect_same "$(ps -o ruser=,user= -C $program | sort -u | xargs)" 'salsa salsa' "$program, uids $ids"
		done
		pkill -x 'salsad|salsa-relay'
		expect_soon nobody_runs salsa-relay
		salsa_forgets
	done
}

given_syslogd_hangs() {	# with as much unread as it may have
	python3 -c '
import socket, time
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/run/hung")
full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
full.connect("/run/hung")
full.setblocking(False)
try:
    while True: full.send(b"x")
except BlockingIOError: open("/run/full", "w")
time.sleep(120)' &
	eventually [ -e /run/full ]
	chmod 666 /run/hung
	mount --bind /run/hung /dev/log
}

then_nobody_waits_for_the_log() {
	for subject in one two; do
		within 10 expect_exit 0 mail_to bob@example.net
		expect_arrived_at relay1 "Subject: $subject"
	done
	expect_delivered
	within 10 expect_exit 64 sendmail
	nothing_has_arrived
}

a_syslogd_that_hangs_holds_up_nobody() {
	given_syslogd_hangs
	given_both_ways then_nobody_waits_for_the_log
}

a_directory_that_is_gone_is_not_missed() {
	given_both_ways then_it_gets_out bash -c "cd \$(mktemp -d) && rmdir \"\$PWD\" && exec $SEND"
}

a_program_without_a_name_is_refused() {
	then_one_line_is_said 64 python3 -c '
import ctypes, sys
none = (ctypes.c_char_p * 1)(None)
ctypes.CDLL(None).execve(sys.argv[1].encode(), none, none)' "${SEND% *}"
}

then_the_disk_is_full() {
	then_one_line_is_said 75 as nobody $SEND
	expect_said 'the disk of'
	given_message
	within 10 expect_exit 75 $SEND </tmp/message
	expect_same "$(wc -l <<<"$output")" 1 "$output"
	expect queue_is_empty
}

a_full_disk_is_said_at_once() {
	the_queue_is_small size=4k
	head -c 4096 /dev/zero >"$SPOOL/queue/.full"
	queue_is_empty() { [ -z "$(find "$SPOOL/queue" -type f ! -name .full)" ]; }
	given_both_ways then_the_disk_is_full
}

a_disk_that_holds_no_more_files_says_so_at_once() {
	the_queue_is_small size=100m,nr_inodes=1
	given_both_ways then_the_disk_is_full
}
