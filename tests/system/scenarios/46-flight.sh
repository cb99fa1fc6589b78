# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Several messages in flight over one connection (RFC 2920, RFC 3030): each of them has its own fate.

given_one_connection_to() {	# RELAY
	configured <<-CONF
	discover off
	sessions 1
	relay $(name_of "$1")
	CONF
}

given_messages() {	# FIRST LAST [RECIPIENT]: the text has a line of one dot
	local i
	for ((i = $1; i <= $2; i++)); do
		printf 'Subject: nr %d.\n\nbefore\n.\nbehind\n' "$i" | sendmail -i -odq -f alice@example.org "${3:-bob@example.net}"
	done
}

# then_each_arrived RELAY FIRST LAST: once, and whole.
then_each_arrived() {
	local i
	for ((i = $2; i <= $3; i++)); do
		expect_arrived_at "$1" "Subject: nr $i." behind
		expect_same "$(grep -lF "Subject: nr $i." $(messages_at "$1") | wc -l)" 1 "copies of nr $i"
	done
}

many_messages_fly_over_one_connection() {
	given_one_connection_to relay2
	given_messages 1 24
	sendmail -qf
	then_each_arrived relay2 1 24
	queue_is_empty || fail "$(mailq)"
	expect_same "$(grep -c ': BDAT [0-9]* LAST' $LAB/relays.log)" 24 'messages sent with BDAT'
	expect_soon then_a_session_has_ended
	expect_same "$(grep -c ': disconnect from .* bdat=' $LAB/relays.log)" 1 sessions
}

then_a_session_has_ended() { grep -q ': disconnect from .* bdat=24 ' $LAB/relays.log; }

# What is refused is refused in its place: 501, or 550 to RCPT and 554 to BDAT, and the others go on.
one_that_is_refused_in_flight_stops_no_other() {
	given_one_connection_to relay2
	given_messages 1 10
	given_messages 11 11 unknown@example.com
	given_messages 12 15
	given_messages 16 16 later@example.com
	given_messages 17 24
	sendmail -qf
	then_each_arrived relay2 1 10
	then_each_arrived relay2 12 15
	then_each_arrived relay2 17 24
	expect_arrived_at relay2 'from <>' 'unknown@example.com'
	expect_same "$(mailq -j | grep -c later@example.com)" 1 'messages that wait'
	expect_same "$(waiting)" 1 'messages that wait'
	expect_count_at relay2 23
}

a_relay_without_chunking_hears_the_next_envelope_behind_the_dot() {
	given_one_connection_to odd
	misbehaves odd
	given_messages 1 20
	sendmail -qf
	then_each_arrived odd 1 20
	queue_is_empty || fail "$(mailq)"
	misbehaves_no_more
}

a_relay_without_pipelining_takes_one_step_after_the_other() {
	given_one_connection_to odd
	misbehaves odd -p
	given_messages 1 5
	sendmail -qf
	then_each_arrived odd 1 5
	misbehaves_no_more
}

# Whatever was in flight: what the relay took is gone from the queue, or is sent again; nothing is lost.
workers_that_are_killed_in_flight_lose_nothing() {
	local i

	given_one_connection_to relay2
	given_messages 1 64	# 24, and twice as many as one worker may have in its hand
	sendmail -qf &
	for i in 1 2 3; do
		expect_soon then_at_least $((i * 8)) relay2
		pkill -KILL -x salsa-relay || :
	done
	wait $! || :
	eventually nobody_runs salsad
	[ -z "$(logged 'hand a message to a worker')" ] || fail 'messages wait for a worker that is dead'
	sendmail -qf
	expect_delivered
	for ((i = 1; i <= 64; i++)); do expect_arrived_at relay2 "Subject: nr $i."; done
}

then_at_least() { [ "$(count_at "$2")" -ge "$1" ]; }

# A relay that hangs holds one message a session until it has shown that it takes any.
a_hanging_relay_holds_no_more_than_its_sessions() {
	configured <<-CONF
	discover off
	sessions 3
	relay $(name_of odd)
	CONF
	misbehaves odd -W DATA:60
	for _ in {1..20}; do mail_to bob@example.net -odq; done	# before the relay has had time to count as slow
	salsad_runs
	sendmail -q
	expect_soon then_all_sessions_are_busy
	expect_same "$(logged '(queue active)' | wc -l)" 3 'messages in the hands of workers'
	expect_same "$(waiting)" 20
}

then_all_sessions_are_busy() { [ "$(logged '(queue active)' | wc -l)" -ge 3 ]; }
