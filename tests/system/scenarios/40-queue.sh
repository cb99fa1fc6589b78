# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What waits, who may see it, and what the log says.

mailq_speaks_as_postfix_does() {
	expect_exit 0 mailq
	expect_same "$output" 'Mail queue is empty'
	mail_to bob@example.net -odq -f alice@example.org
	expect_soon then_nobody_has_it_in_hand
	expect_exit 0 mailq
	expect_said '----Queue ID-----'
	expect_said alice@example.org
	expect_said bob@example.net
	expect_said 'in 1 Request.'
	expect_same "$(sendmail -bp)" "$output"
}
then_nobody_has_it_in_hand() { ! mailq | grep -q '^[0-9A-F]*\*'; }

mailq_j_prints_an_object_a_line() {
	mail_to bob@example.net -odq -f alice@example.org
	mail_to carol@example.net -odq -f alice@example.org
	expect_same "$(mailq -j | wc -l)" 2
	mailq -j | perl -MJSON::PP -ne 'decode_json($_)->{recipients}[0]{address} =~ /^(bob|carol)\@example\.net$/ or die'
}

others_see_that_something_waits_but_not_whose() {
	mail_to bob@example.net -odq -f alice@example.org
	subject=mine by=nobody mail_to carol@example.net -odq
	expect_exit 0 as nobody mailq
	case $output in *bob@* | *alice@*) fail "nobody sees: $output" ;; esac
	expect_said carol@example.net
	expect_said 'in 2 Requests.'
	expect_same "$(as nobody mailq -j | wc -l)" 2
	case $(as nobody mailq -j) in *bob@* | *alice@*) fail 'nobody sees in JSON' ;; esac
}

the_queue_is_text_that_an_operator_can_read() {
	mail_to bob@example.net -odq -f alice@example.org
	grep -aq 'bob@example.net' "$SPOOL"/queue/*
	expect_same "$(stat -c '%a %G' "$SPOOL"/queue/*)" '660 salsa'
	expect_same "$(basename "$SPOOL"/queue/* | tr -d 0-9A-F)" ''
}

a_damaged_entry_is_set_aside_and_blocks_nobody() {
	mail_to bob@example.net -odq
	mail_to carol@example.net -odq
	sed -i 's/Hello\./Hullo./' "$(grep -l bob@ "$SPOOL"/queue/*)"
	sendmail -qf
	expect_arrived_at relay1 'to <carol@example.net>'
	expect_count_at relay1 1
	expect_same "$(find "$SPOOL/corrupt" -type f | wc -l)" 1
	queue_is_empty || fail "$(mailq)"
}

an_abandoned_entry_is_swept() {
	install -m 640 -o salsa -g salsa /dev/stdin "$SPOOL/queue/65A00000000000" <<<'half an ent'
	sendmail -qf
	queue_is_empty || fail 'it is still there'
}

opinions_may_be_deleted_at_any_time() {
	mail_to bob@example.net -odi
	rm -rf "$SPOOL"/state/*
	mail_to bob@example.net -odi
	printf '\377garbage\n' | tee "$SPOOL"/state/* >/dev/null
	mail_to bob@example.net -odi
	expect_count_at relay1 3
}

a_killed_runner_loses_nothing() {
	local i

	salsad_runs
	for i in {1..20}; do subject="nr $i." mail_to bob@example.net; done
	kill -KILL "$(pid_of_salsad)"
	expect_soon nobody_runs salsa-drop
	sendmail -qf
	for i in {1..20}; do expect_arrived_at relay1 "nr $i."; done
	expect_delivered
}

many_messages_at_once_all_arrive() {
	local i sending=()

	salsad_runs
	for i in {1..50}; do subject="nr $i." mail_to bob@example.net & sending+=($!); done
	wait "${sending[@]}"
	expect_delivered
	expect_count_at relay1 50
}

many_messages_at_once_all_arrive_without_a_daemon() {
	local i sending=()

	for i in {1..50}; do subject="nr $i." mail_to bob@example.net & sending+=($!); done
	wait "${sending[@]}"
	expect_delivered
	expect_count_at relay1 50
}

# One pass waits for a silent relay; what comes meanwhile does not.
without_a_daemon_a_silent_relay_holds_up_nobody_else() {
	misbehaves odd -W CONNECT:60
	configured <<-CONF
	discover off
	relay $(name_of odd)
	  for *.net
	relay $(name_of static)
	  for *.nz
	CONF
	subject=slow mail_to bob@example.net
	expect_soon pgrep -x salsa-relay
	subject=quick mail_to bob@example.nz
	expect_arrived_at static quick
}

the_log_reads_as_postfixs_does() {
	goes_down relay2
	mail_to bob@example.net -f alice@example.org -odi
	expect_arrived_at relay1
	eventually grep -Eq ' salsa/[a-z]+\[[0-9]+\]: [0-9A-F]{14}: to=<bob@example\.net>, relay=noc\.tor\.hookup\.net\[[0-9a-f.:]+\]:25, delay=[0-9.]+, .*dsn=2\.0\.0, status=sent \(' \
		$MAIL_LOG || fail "$(logged status=)"
}

# Hazard D1: whoever reads the log can tell why a relay was given the mail.
the_log_says_why_a_relay_was_chosen() {
	mail_to bob@example.net -odi
	expect_arrived_at relay1
	expect_soon logged "chosen for cost 10, MX 10 at 154.165.in-addr.arpa; in clear"
}

log_readers_count() {
	mail_to bob@example.net -f alice@example.org -odi
	mail_to unknown@example.com -f alice@example.org -odi || :
	mail_to later@example.com -f alice@example.org -odi || :
	expect_arrived_at relay1 'from <>'
	eventually eval '[ $(logged status=sent | wc -l) -ge 2 ]'
	pflogsumm --syslog-name=salsa $MAIL_LOG >/tmp/summary
	grep -Eq '^ +2 +delivered' /tmp/summary || fail "$(grep -A 12 'Grand Totals' /tmp/summary)"
	grep -Eq '^ +1 +bounced' /tmp/summary || fail "$(grep -A 12 'Grand Totals' /tmp/summary)"
	grep -Eq '^ +[1-9][0-9]* +deferred' /tmp/summary || fail "$(grep -A 12 'Grand Totals' /tmp/summary)"
}
