# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Relays that hang (hazards R1 to R6): each costs the message in its hand a deadline, one session, and no other anything.

# The first choice of mail to *.example.net does this; mail to others goes to the static relay.
given_a_relay_that_is() {	# HOW
	configured <<-CONF
	discover off
	sessions 2
	reply-timeout 4s
	relay $(name_of odd)
	  cost 1
	  for example.net
	relay $(name_of static2)
	  cost 2
	CONF
	in_the_world "$here/hang" "$1" "$(address_of odd)" &
	eventually listens odd
	salsad_runs
}

# Four messages for it and two sessions: it is called once, all go by the next one, and what is not for it goes at once.
given_messages_pass_it_by() {	# HOW
	local i

	given_a_relay_that_is "$1"
	for i in 1 2 3 4; do subject="slow $i" mail_to bob@example.net; done
	subject=quick mail_to bob@example.org
	for i in 1 2 3 4; do expect_arrived_at static2 "slow $i"; done
	expect_arrived_at static2 quick
	expect_delivered
	expect_same "$(count_at static2)" 5
	expect_same "$(calls_to odd)" 1 'calls to odd'
}

R2_a_silent_relay_is_passed_by() { given_messages_pass_it_by silent; }
R2_a_relay_that_drips_is_passed_by() { given_messages_pass_it_by drip; }
R2_a_relay_that_falls_mute_is_passed_by() { given_messages_pass_it_by mute; }
R3_a_relay_that_does_not_end_is_passed_by() { given_messages_pass_it_by endless; }
R3_a_relay_with_a_line_of_ten_megabytes_is_passed_by() { given_messages_pass_it_by long; }
R6_a_relay_that_answers_out_of_turn_is_passed_by() { given_messages_pass_it_by early; }

R2_a_relay_that_does_not_read_is_passed_by() {
	given_a_relay_that_is deaf
	head -c 8000000 /dev/zero | tr '\0' x | fold -w 70 | sendmail bob@example.net
	subject=quick mail_to bob@example.org
	expect_arrived_at static2 quick
	expect_soon logged 'status='
}

# Long before it is known to be slow, and though it has a message for each session and many more.
a_crowd_for_a_silent_relay_holds_up_nobody_else() {
	local i

	given_a_relay_that_is silent
	sed -i /reply-timeout/d "$CONF"
	sed -i "/cost 2/i\\  for example.org" "$CONF"
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged ' again'
	for i in {1..20}; do subject="nr $i" mail_to bob@example.net; done
	expect_soon eval '[ "$(calls_to odd)" = 1 ]'
	for i in 1 2 3; do
		subject="quick $i" mail_to bob@example.org
		expect_arrived_at static2 "quick $i"
	done
	expect_waiting 20
	expect_same "$(calls_to odd)" 1 'calls to odd'
	if logged status=deferred; then fail 'deferred before anybody knows'; fi
}

# What others wait for is news for those alone who wait for it.
what_a_relay_has_put_off_is_not_tried_when_another_one_is_heard_of() {
	local i

	given_a_relay_that_is silent
	mail_to later@example.com
	expect_soon logged status=deferred
	for i in {1..6}; do subject="nr $i" mail_to bob@example.net; done
	for i in {1..6}; do expect_arrived_at static2 "nr $i"; done
	expect_waiting 1
	expect_same "$(logged 'to=<later@example.com>' | wc -l)" 1 'tries'
}

# Who has a session goes on while others are being opened, each of which takes long.
a_relay_that_is_slow_to_greet_gets_its_mail_all_the_time() {
	local i

	configured <<-CONF
	discover off
	relay $(name_of odd)
	CONF
	misbehaves odd -W connect:2 -w 1
	for i in {1..12}; do subject="nr $i" mail_to bob@example.net -odq; done
	salsad_runs
	sendmail -q
	expect_count_at odd 12
	expect_delivered
	misbehaves_no_more
}

# With the deadlines of RFC 5321, minutes long, a relay that hangs keeps its one session, and no message but one.
a_hung_relay_keeps_one_session_and_nobody_else() {
	given_a_relay_that_is silent
	sed -i '/reply-timeout/d; s/sessions 2/sessions 1/' "$CONF"
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged ' again'
	subject='the one that waits' mail_to bob@example.net
	expect_soon eval '[ "$(calls_to odd)" = 1 ]'
	for i in 1 2 3; do subject="nr $i" mail_to bob@example.net; done
	subject=quick mail_to bob@example.org
	expect_arrived_at static2 quick
	for i in 1 2 3; do expect_arrived_at static2 "nr $i"; done
	expect_waiting 1
	expect_same "$(calls_to odd)" 1 'calls to odd'
	expect_exit 0 salsa relays
	expect_said 'still waiting for the greeting'
}

# No answer to the call itself: the longest wait for that is three times as long.
a_relay_that_cannot_be_reached_keeps_one_session_and_nobody_else() {
	given_a_relay_that_is silent
	sed -i 's/sessions 2/sessions 1/' "$CONF"
	falls_silent odd
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged ' again'
	subject='the one that waits' mail_to bob@example.net
	expect_soon eval '[ "$(calls_to odd)" -gt 0 ]'
	subject=quick mail_to bob@example.org
	expect_arrived_at static2 quick
	expect_waiting 1
	expect_exit 0 salsa relays
	expect_said 'still waiting for a connection'
}

# cron's `sendmail -q', while a pass waits for a relay: hazard F20.
runs_that_are_asked_for_do_not_pile_up() {
	local i

	configured <<-CONF
	discover off
	relay $(name_of odd)
	CONF
	in_the_world "$here/hang" silent "$(address_of odd)" &
	eventually listens odd
	mail_to bob@example.net -odq
	expect_soon eval 'nobody_runs salsa-drop && nobody_runs salsad'	# a pass with another wish may wait beside those
	for i in {1..8}; do sendmail -q; done
	expect_soon eval '[ "$(calls_to odd)" -gt 0 ]'
	expect_soon eval 'nobody_runs salsa-drop && [ "$(pgrep -c -r R,S -x salsad)" -le 2 ]'	# the ended ones have nobody to bury them
	expect_same "$(calls_to odd)" 1 'calls to odd'
}

# The kernel drops a descriptor where a process has as many as it may: salsad must not wait for what cannot come.
a_worker_whose_message_got_lost_says_so() {
	expect_exit 0 timeout 10 perl -MSocket -e '
		socketpair(my $salsad, my $worker, AF_UNIX, SOCK_SEQPACKET, 0) or die;
		if (!fork) { open(STDIN, "<&", $worker); exec @ARGV; }
		close($worker);
		send($salsad, "deliver 6B02B95095F105", 0);
		recv($salsad, my $answer, 2048, 0);
		print $answer;' "$LIBEXECDIR/salsa/salsa-relay"
	expect_same "$output" '6B02B95095F105 done'
}
