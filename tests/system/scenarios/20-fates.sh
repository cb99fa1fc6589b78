# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What happens at a relay, and what follows for the message.

the_next_relay_serves_when_the_first_is_down() {
	goes_down relay1
	mail_to bob@example.net
	expect_arrived_at relay2
}

the_static_relay_serves_when_all_that_were_found_are_down() {
	configured <<<"relay $(name_of static)"
	goes_down relay1 relay2
	mail_to bob@example.net
	expect_arrived_at static
}

with_everything_down_the_message_waits() {
	goes_down relay1 relay2
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_exit 0 mailq
	expect_said bob@example.net
	expect_said refused
	comes_back relay1 relay2
	sendmail -q
	expect_arrived_at relay1
	expect_delivered
}

a_relay_that_is_known_to_be_down_costs_nothing() {
	local calls

	goes_down relay1
	mail_to bob@example.net -odi
	calls=$(calls_to relay1)
	[ "$calls" -gt 0 ] || fail 'relay1 was not tried'
	mail_to bob@example.net -odi
	expect_count_at relay2 2
	expect_same "$(calls_to relay1)" "$calls" 'calls to relay1'
}

a_connection_serves_more_than_one_message() {
	client_has 165.154.15.1/24
	salsad_runs
	for _ in {1..5}; do mail_to bob@example.net -odi; done
	expect_count_at relay1 5
	expect_same "$(calls_to relay1)" 1 'calls to relay1'
}

a_dead_ipv6_costs_little() {
	falls_silent_on_ipv6 relay1
	within 5 mail_to bob@example.net -odi
	expect_arrived_at relay1
}

a_silent_relay_is_passed_by_in_time() {
	configured <<<'connect-timeout 2s'
	falls_silent relay1
	within 8 mail_to bob@example.net -odi
	expect_arrived_at relay2
}

# The discovered relay is odd; what it does is the scenario's.  relay2 is next.
given_odd_is_preferred() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 $(name_of odd).
	154.165.in-addr.arpa. MX 20 $(name_of relay2).
	ZONE
}

whatever_goes_wrong_before_mail_is_the_relays_fault() {
	local how

	given_odd_is_preferred
	for how in '-Q CONNECT' '-f CONNECT' '-r CONNECT' '-q CONNECT' '-Q EHLO' '-q EHLO' '-f EHLO,HELO'; do
		salsa_forgets
		# shellcheck disable=SC2086
		misbehaves odd $how
		subject="after $how" mail_to bob@example.net -odi
		expect_arrived_at relay2 "after $how"
		misbehaves_no_more
	done
}

a_relay_that_breaks_off_before_the_end_is_passed_by() {
	local how

	given_odd_is_preferred
	for how in '-q MAIL' '-q RCPT' '-q DATA' '-Q MAIL' '-Q RCPT' '-Q DATA' '-r MAIL' '-r RCPT' '-r DATA'; do
		salsa_forgets
		# shellcheck disable=SC2086
		misbehaves odd $how
		subject="after $how" mail_to bob@example.net -odi
		expect_arrived_at relay2 "after $how"
		misbehaves_no_more
	done
}

a_relay_without_ehlo_takes_helo() {
	given_odd_is_preferred
	misbehaves odd -e
	mail_to bob@example.net -odi
	expect_delivered
	expect_count_at odd 1
}

eight_bits_are_declared() {	# RFC 6152
	given_odd_is_preferred
	misbehaves odd
	printf 'Subject: bits\n\ngr\303\274\303\237e\n' | sendmail -odi bob@example.net
	expect_arrived_at odd 'BODY=8BITMIME' bits
	mail_to bob@example.net -odi
	expect_count_at odd 2
	expect_same "$(grep -l BODY=8BITMIME "$ARRIVED"/odd/* | wc -l)" 1
}

a_silent_greeting_costs_only_its_own_message() {
	given_odd_is_preferred
	misbehaves odd -W CONNECT:60
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  for *.nz
	CONF
	salsad_runs
	subject=slow mail_to bob@example.net
	expect_soon eval '[ "$(calls_to odd)" -gt 0 ]'
	subject=quick mail_to bob@example.nz
	expect_arrived_at static quick
	expect_waiting 1
	pkill -x smtp-sink	# and its child for the caller: till now it had to be waited for
	expect_arrived_at relay2 slow
}

# Hazard R5.
a_connection_lost_after_the_final_dot_is_not_tried_elsewhere() {
	given_odd_is_preferred
	misbehaves odd -q .
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_count_at relay2 0
}

a_4xx_after_the_final_dot_goes_to_the_next() {
	given_odd_is_preferred
	misbehaves odd -r .
	mail_to bob@example.net -odi
	expect_arrived_at relay2
}

a_relay_whose_customer_we_are_not_is_passed_by() {
	client_has 198.51.100.7/24
	the_dns_says <<<"51.198.in-addr.arpa. MX 10 $(name_of relay1)."
	configured <<<"relay $(name_of static)"
	mail_to bob@example.net
	expect_arrived_at static
	expect_soon grep -q 'relay1.*554 5.7.1' $LAB/relays.log
}

a_5xx_to_mail_is_not_about_the_recipient() {
	given_odd_is_preferred
	misbehaves odd -f MAIL -B '550 you are not our customer'
	mail_to bob@example.net -odi
	expect_arrived_at relay2
}

an_unknown_recipient_bounces_and_the_others_do_not() {
	subject=original mail_to unknown@example.com -f alice@example.org bob@example.net
	expect_arrived_at relay1 'to <bob@example.net>' original
	expect_arrived_at relay1 'from <>' 'to <alice@example.org>' 'multipart/report' 'report-type=delivery-status' \
		'Reporting-MTA: dns; www1.example.com' 'Final-Recipient: rfc822; unknown@example.com' 'Action: failed' \
		'Status: 5.1.1' 'Diagnostic-Code: smtp; 550 5.1.1' 'Subject: original'
	expect_delivered
	expect_count_at relay1 2
	[ -z "$(the_message_at relay1 'from <>' 'Final-Recipient: rfc822; bob@example.net')" ] || fail 'bob was named'
}

the_next_relay_is_not_asked_about_an_unknown_recipient() {
	mail_to unknown@example.com -f alice@example.org -odi || :
	expect_arrived_at relay1 'to <alice@example.org>'
	expect_same "$(calls_to relay2)" 0
}

a_refusal_for_good_by_the_last_one_bounces() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	configured <<-CONF
	relay $(name_of static)
	  for *.org
	CONF
	misbehaves odd -f RCPT -B '554 5.7.1 no'
	mail_to bob@example.net -f alice@example.org
	expect_arrived_at static 'to <alice@example.org>' 'Status: 5.7.1'
	expect_delivered
}

a_null_sender_is_never_told() {
	mail_to unknown@example.com -f '<>' -odi || :
	mail_to unknown@example.com -f '' -odi || :
	expect_same "$(mailq -j | grep -c '"hold"')" 2
	expect_nothing_arrived
}

a_bounce_that_cannot_return_goes_to_the_postmaster() {
	configured <<<'postmaster ops@example.net'
	mail_to unknown@example.com -f nobody@example.org
	expect_arrived_at relay1 'from <>' 'to <ops@example.net>'
	expect_delivered
}

a_bounce_that_nobody_takes_is_held() {
	mail_to unknown@example.com -f nobody@example.org
	expect_soon then_a_bounce_is_held
	expect_nothing_arrived
}

then_a_bounce_is_held() { mailq -j | grep -q '"queue_name": "hold".*nobody@example.org'; }

a_4xx_for_a_recipient_waits() {
	mail_to later@example.com -odi -f alice@example.org bob@example.net || :
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_waiting 1
	expect_exit 0 mailq
	expect_said later@example.com
	expect_said 'greylisted'
	case $output in *bob@example.net*) fail 'bob is delivered, but mailq shows him' ;; esac
	expect_count_at relay1 1
	expect_soon grep -q 'relay2.*450 4.7.1' $LAB/relays.log
}

a_full_mailbox_waits() {
	mail_to full@example.com -f alice@example.org -odi || :
	expect_waiting 1
	expect_nothing_arrived
}

what_is_too_large_for_every_relay_bounces() {
	head -c 1500000 /dev/zero | tr '\0' x | fold -w 70 | sendmail -f alice@example.org bob@example.net
	expect_arrived_at relay1 'to <alice@example.org>' 'Status: 5.3.4'
	expect_count_at relay1 1
}

the_cheaper_relay_is_tried_first() {
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	CONF
	mail_to bob@example.net
	expect_arrived_at static
	expect_same "$(calls_to relay1)" 0
}

a_relay_carries_what_it_is_for() {
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  for  *.nz !*.ac.nz
	relay $(name_of static2)
	  cost 6
	  from *@example.org
	CONF
	subject=one mail_to bob@clear.net.nz
	subject=two mail_to bob@otago.ac.nz
	subject=three mail_to bob@example.net -f alice@example.org
	expect_arrived_at static one
	expect_arrived_at relay1 two
	expect_arrived_at static2 three
	expect_count_at static 1
}

the_recipients_of_one_message_may_part() {
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  for  *.nz
	CONF
	mail_to bob@clear.net.nz carol@example.net
	expect_arrived_at static 'to <bob@clear.net.nz>'
	expect_arrived_at relay1 'to <carol@example.net>'
	expect_delivered
}

a_found_relay_that_is_refused_is_not_used() {
	configured <<-CONF
	relay $(name_of static)
	discovered *
	  refuse *
	CONF
	mail_to bob@example.net
	expect_arrived_at static
	expect_same "$(calls_to relay1) $(calls_to relay2)" '0 0'
}

the_first_matching_discovered_section_holds() {
	configured <<-CONF
	discovered noc.*
	  refuse *
	discovered *.hookup.net
	discovered *
	  refuse *
	CONF
	mail_to bob@example.net
	expect_arrived_at relay2
	expect_same "$(calls_to relay1)" 0
}

the_pause_between_tries_is_as_configured() {
	configured <<<'retry 1s 2s'
	goes_down relay1 relay2
	salsad_runs
	mail_to bob@example.net -odi || :
	comes_back relay1 relay2
	salsa_forgets
	expect_arrived_at relay1
}

a_message_that_expires_bounces() {
	configured <<-CONF
	retry 1s 1s
	expire 3s
	relay $(name_of static)
	  for *.org
	CONF
	goes_down relay1 relay2
	salsad_runs
	mail_to bob@example.net -f alice@example.org
	expect_arrived_at static 'to <alice@example.org>' 'Action: failed' 'Status: 4.4.'
	expect_delivered
}

the_sender_hears_that_a_message_is_late() {
	configured <<-CONF
	retry 1s 1s
	warn 2s
	relay $(name_of static)
	  for *.org
	CONF
	goes_down relay1 relay2
	salsad_runs
	mail_to bob@example.net -f alice@example.org
	expect_arrived_at static 'to <alice@example.org>' 'Action: delayed'
	expect_waiting 1
	comes_back relay1
	salsa_forgets
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_delivered
	expect_count_at static 1
}
