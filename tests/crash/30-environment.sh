# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Real disks that are really full, and what a signal leaves (hazards F7 to F9, F12, F13).

# shellcheck source=tests/crash/lib/crash.sh
. "$top/tests/crash/lib/crash.sh"

given_disk() {	# DIRECTORY SIZE: an empty one
	mount -t tmpfs -o "size=$2,mode=$(stat -c %a "$1"),uid=$(stat -c %u "$1"),gid=$(stat -c %g "$1")" small "$1"
}

given_full_disk() {	# DIRECTORY
	given_disk "$1" 1m
	head -c 1m /dev/zero >"$1/.full" 2>/dev/null || :
}

a_disk_of_any_size_takes_all_or_says_that_it_is_full() {
	local size

	given_relays
	given_submissions
	given_disk "$SPOOL/queue" 4k
	for ((size = 4; size <= 320; size += 4)); do
		mount -o remount,size=${size}k "$SPOOL/queue"
		what="$size KiB"
		message $size >/tmp/message
		code=0
		timeout $HANGS sendmail -odi bob@example.net </tmp/message 2>$SAID || code=$?
		take_down $size
	done
	expect_same "${codes[4]}" 75 'the smallest disk'
	expect_same "${codes[320]}" 0 'the largest disk'
	expect_whole_or_nothing 0
}

a_limit_of_file_size_of_the_daemon_is_said() {
	local size

	given_relays
	given_submissions
	for size in 1 60 100 110 200; do
		bash -c "ulimit -f $size; exec salsad"
		expect_soon [ -S "$SOCKET" ]
		what="$size KiB"
		message $size >/tmp/message
		code=0
		as nobody timeout $HANGS sendmail -i bob@example.net </tmp/message 2>$SAID || code=$?
		take_down $size
		kill "$(pid_of_salsad)"
		expect_soon nobody_runs salsad
	done
	expect_same "${codes[1]}" 75
	expect_same "${codes[200]}" 0
	expect_whole_or_nothing 0
}

# Hazard F9: what cannot be bounced stays until it can.
a_full_disk_delays_a_bounce_and_loses_nothing() {
	given_relays
	message waiting >/tmp/message
	sendmail -odq -f alice@example.net nobody@refused.example </tmp/message
	expect_soon nothing_runs
	mv "$SPOOL"/queue/* /run
	given_disk "$SPOOL/queue" 1m
	mv /run/[0-9A-F]* "$SPOOL/queue"
	head -c 1m /dev/zero >"$SPOOL/queue/.full" 2>/dev/null || :
	sendmail -qf
	expect_waiting 1
	expect_nothing_arrived
	rm "$SPOOL/queue/.full"
	expect_nothing_left
	count_arrivals
	expect_same "${times[bounces]}" 1
}

no_disk_but_the_spools_is_needed() {
	given_relays
	mkdir -p /var/tmp
	given_full_disk /var/tmp
	given_full_disk "$SPOOL/state"
	body=$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body$body
	echo "$body" >$BODY
	message large | as nobody sendmail -i bob@example.net
	expect_delivered
	count_arrivals
	expect_same "${times[large]}" 1
}

# then_a_signal_leaves_nothing: while sendmail waits for the rest of its input.
then_a_signal_leaves_nothing() {
	local signal sending code

	for signal in HUP INT QUIT TERM; do
		mkfifo /tmp/input
		setpriv --reuid nobody --regid nogroup --clear-groups env --default-signal \
			sendmail -i bob@example.net </tmp/input &
		sending=$!
		exec 7>/tmp/input
		rm /tmp/input
		printf 'Subject: half\n\n%s' "${body:0:60000}" >&7
		expect_soon pgrep -x sendmail
		kill -$signal $sending
		code=0
		wait $sending || code=$?
		exec 7>&-
		expect_same $code $((128 + $(kill -l $signal))) "$signal"
		expect nobody_runs sendmail
		expect queue_is_empty
	done
}

# Hazards F7 and L12.
a_signal_while_reading_leaves_nothing() {
	given_relays
	then_a_signal_leaves_nothing
	salsad_runs
	then_a_signal_leaves_nothing
	expect_nothing_arrived
}

IGNORE='$SIG{$_} = "IGNORE" for qw(CHLD PIPE HUP INT QUIT ALRM USR1 XFSZ XCPU);'
BLOCK='use POSIX; sigprocmask(SIG_BLOCK, do { my $s = POSIX::SigSet->new; $s->fillset; $s });'

# then_the_runner_serves COMMAND ...: which starts it.
then_the_runner_serves() {
	"$@"
	expect_soon [ -S "$SOCKET" ]
	mail_to bob@example.net -odi
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
}

a_runner_copes_with_what_it_was_left() {
	local left

	given_relays
	for left in '<&-' '>&- 2>&-' '<&- 2>&-' '<&- >&- 2>&-'; do
		then_the_runner_serves bash -c "exec salsad $left"
	done
	for left in "$IGNORE" "$BLOCK" "$IGNORE $BLOCK"; do
		then_the_runner_serves perl -e "$left exec @ARGV" salsad
	done
	expect_nothing_left
	expect_same "$(count_at odd)" 7
}
