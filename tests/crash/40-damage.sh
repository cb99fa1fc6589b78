# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What is not as it was written is set aside and never sent, and nobody waits for it (hazards F4, F18).

# shellcheck source=tests/crash/lib/crash.sh
. "$top/tests/crash/lib/crash.sh"

GOOD='65A00000000000 65A00000000300 65A00000000301 65A00000000302 65A0000FFFFFFF'

# Damaged ones in thousands, and sound ones before, among and behind them.
given_damage() {
	local name

	mail_to bob@example.net -odq
	expect_soon nothing_runs	# it would sweep what is half written
	mv "$SPOOL"/queue/* /tmp/entry
	damaged=$("$top/tests/crash/lib/damage" /tmp/entry "$SPOOL/queue")
	for name in $GOOD; do cp -pf /tmp/entry "$SPOOL/queue/$name"; done
	damaged=$((damaged - 3))
}

then_it_does_not_crash() {	# COMMAND ...
	local code=0

	"$@" >/tmp/output 2>&1 || code=$?
	[ $code -lt 128 ] || fail "exit code $code: $*: $(tail -n 3 /tmp/output)"
}

no_damage_crashes_or_is_sent_or_holds_up_anybody() {
	local all

	given_relays
	given_damage
	then_it_does_not_crash mailq
	then_it_does_not_crash mailq -j
	then_it_does_not_crash as nobody mailq
	then_it_does_not_crash salsa check
	within $HANGS expect_exit 0 sendmail -qf
	expect_count_at odd 5
	expect_same "$(find "$SPOOL/corrupt" -type f | wc -l)" $damaged 'set aside'
	queue_is_empty || fail "$(find "$SPOOL/queue" -type f | wc -l) are still in the queue"
	all=$(cat $(messages_at odd) | grep -c 'Hello\.')
	expect_same "$all" 5
}

# A daemon has it all before it, and somebody comes with a new message.
a_new_message_does_not_wait_for_a_damaged_queue() {
	given_relays
	given_damage
	salsad_runs
	within 10 mail_to carol@example.net -odi
	expect_count_at odd 1
	sendmail -q
	expect_soon queue_is_empty
	expect_count_at odd 6
	expect_same "$(find "$SPOOL/corrupt" -type f | wc -l)" $damaged 'set aside'
	expect_exit 0 pidof salsad
}
