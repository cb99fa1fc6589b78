# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Who is let in, by what, and who hears it: Postfix with Dovecot behind it.

# Joe's relay at HOST, with a secret of its own and what is on standard input.
given_joe_at() {
	local host=$1
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<"${secret:-secret}"
	{
		echo 'discover off'
		echo "relay submission://joe@$host:1587"
		cat
	} | configured
	dovecot_runs
}

given_joe() { given_joe_at "$(name_of static)"; }

# A command that prints the lines of its arguments, one a run.
given_a_command() {
	printf '%s\n' "$@" >$LAB/tokens
	chmod 644 $LAB/tokens
	rm -rf $LAB/runs
	install -d -o salsa $LAB/runs
	install /dev/stdin $LAB/command <<-COMMAND
	#!/bin/sh
	echo >>$LAB/runs/n
	sed -n "\$(wc -l <$LAB/runs/n)p" $LAB/tokens
	COMMAND
}

then_it_waits() {	# and nobody heard a secret
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_nothing_arrived
	expect_in_no_session auth=
}

the_strongest_mechanism_goes_first() {
	given_joe <<<'  password-file /run/lab/secret'
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
	expect_logged_in_by SCRAM-SHA-256
}

each_mechanism_lets_joe_in() {
	local mechanism n=0

	given_joe <<<'  password-file /run/lab/secret'
	cp "$CONF" $LAB/joe.conf
	for mechanism in SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN; do
		{ cat $LAB/joe.conf; echo "  auth $mechanism"; } | configured
		mail_to bob@example.net -odi
		n=$((n + 1))
		expect_count_at static $n
		expect_logged_in_by $mechanism
	done
}

a_wrong_password_is_no_reason_to_bounce_whatever_the_mechanism() {
	local mechanism

	secret=wrong given_joe <<<'  password-file /run/lab/secret'
	cp "$CONF" $LAB/joe.conf
	for mechanism in SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN; do
		{ cat $LAB/joe.conf; echo "  auth $mechanism"; } | configured
		salsa_forgets
		mail_to bob@example.net -odi || :
		expect_deferred_for 'said: 535'
		expect_nothing_arrived
		nothing_is_logged
	done
	expect_waiting 5
}

# What was known of the relay was known of other terms.
a_password_that_was_corrected_is_tried_with_the_next_configuration() {
	secret=wrong given_joe <<<'  password-file /run/lab/secret'
	salsad_runs
	mail_to bob@example.net -odi || :
	expect_deferred_for '535'
	echo secret >/run/lab/secret
	kill -HUP "$(pid_of_salsad)"
	expect_arrived_at static 'with ESMTPSA'
}

the_wrong_password_of_one_user_stops_no_other() {
	secret=wrong given_joe <<<'  password-file /run/lab/secret
  from alice@example.com'
	echo 'anna:{PLAIN}annas' >>$DOVECOT/users
	install -m 600 -o salsa /dev/stdin /run/lab/annas <<<annas
	cat >>"$CONF" <<-CONF
	relay submission://anna@$(name_of static):1587
	  password-file /run/lab/annas
	  from anna@example.com
	CONF
	mail_to bob@example.net -f alice@example.com -odi || :
	expect_deferred_for 'said: 535'
	mail_to bob@example.net -f anna@example.com -odi
	expect_arrived_at static 'with ESMTPSA'
	expect_waiting 1
}

a_token_lets_joe_in() {
	local mechanism n=0

	given_a_command "$(token 0)" "$(token 0 "$(printf '%700d' 7)")" "$(token 0)"
	for mechanism in OAUTHBEARER OAUTHBEARER XOAUTH2; do	# the second one is long
		given_joe <<<"  password-command $LAB/command
  auth $mechanism"
		mail_to bob@example.net -odi
		n=$((n + 1))
		expect_count_at static $n
		expect_logged_in_by $mechanism
	done
	expect_same "$(wc -l <$LAB/runs/n)" 3 'runs of the command'
}

a_token_whose_time_is_over_is_asked_for_anew() {
	client_has 165.154.15.1/24	# one address to call
	given_a_command "$(token -3600)" "$(token 0)"
	given_joe <<<"  password-command $LAB/command
  auth XOAUTH2"
	mail_to bob@example.net -odi
	expect_arrived_at static 'with ESMTPSA'
	expect_same "$(wc -l <$LAB/runs/n)" 2 'runs of the command'
	expect_same "$(calls_to static)" 1 'calls to the relay'
}

what_the_relay_has_against_a_token_is_told() {
	given_a_command "$(token -3600)" "$(token -3600)"
	given_joe <<<"  password-command $LAB/command
  auth OAUTHBEARER"
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_deferred_for '535.*because of.*invalid_token'
	expect_same "$(grep -cF "$(head -n 1 $LAB/tokens)" $MAIL_LOG)" 0
}

a_secret_of_a_command_stands_nowhere() {
	local process place

	given_a_command secret
	given_joe <<<"  password-command echo secret >&2; $LAB/command"
	salsad_runs
	mail_to bob@example.net -odi
	expect_arrived_at static 'with ESMTPSA'
	expect_soon pidof salsa-relay	# it keeps the session, and the keeper the secret
	for process in $(pidof salsa-relay); do
		expect_same "$(stat -c %U "/proc/$process/mem")" root 'who reads its memory, and its core'
		for place in cmdline environ; do
			expect_same "$(grep -c secret "/proc/$process/$place")" 0
		done
	done
	expect_same "$(grep -c secret $MAIL_LOG)" 0
	grep -rq secret "$SPOOL" && fail "$(grep -r secret "$SPOOL")"
	:
}

# Whoever it was that ended the process in which it ran: a worker that is busy must not go on without one for ever.
a_command_is_run_again_by_another_worker() {
	given_joe <<-'CONF'
	  password-command [ -e /run/lab/runs/over ] || { touch /run/lab/runs/over; kill -9 $PPID; }; echo secret
	CONF
	rm -rf $LAB/runs
	install -d -o salsa $LAB/runs
	salsad_runs
	mail_to bob@example.net -odi || :
	expect_soon logged 'who runs it is gone'
	mail_to carol@example.net -odi
	expect_arrived_at static 'to <carol@example.net>'
}

a_command_that_fails_is_no_reason_to_bounce() {
	given_joe <<-'CONF'
	  password-command echo secret; printf 'no \033[1mkey\n' >&2; exit 3
	CONF
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_deferred_for 'password-command of smtp.clear.net.nz: it ended with exit code 3'
	expect_soon logged 'it said: no \x1B[1mkey'
	expect_same "$(grep -c 'secret' $MAIL_LOG)" 0
	expect_same "$(calls_to static)" 0
}

where_a_command_fails_the_next_relay_serves() {
	given_joe <<-CONF
	  password-command false
	relay $(name_of static2)
	CONF
	mail_to bob@example.net -odi
	expect_arrived_at static2
}

who_runs_the_queue_by_hand_runs_no_command() {
	given_a_command secret
	given_joe <<<"  password-command $LAB/command"
	by=nobody mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_same "$(cat $LAB/runs/n 2>/dev/null | wc -l)" 0 'runs of the command'
	sendmail -q
	expect_arrived_at static 'with ESMTPSA'
}

a_credential_of_systemd_is_a_secret() {
	given_joe <<<'  password-file joe.secret'
	install -d -m 700 -o salsa $LAB/credentials
	install -m 400 -o salsa /dev/stdin $LAB/credentials/joe.secret <<<secret
	CREDENTIALS_DIRECTORY=$LAB/credentials salsad_runs
	mail_to bob@example.net -odi
	expect_arrived_at static 'with ESMTPSA'
}

the_callers_credentials_are_not_used() {
	given_joe <<<'  password-file joe.secret'
	install -d -m 755 $LAB/credentials
	install -m 600 -o nobody /dev/stdin $LAB/credentials/joe.secret <<<secret
	export CREDENTIALS_DIRECTORY=$LAB/credentials
	by=nobody then_it_waits
}

auth_off_says_nothing() {
	given_joe <<-CONF
	  password-file /run/lab/secret
	  auth off
	CONF
	mail_to bob@example.net -odi || :
	expect_in_no_session auth=
}

a_discovered_relay_that_is_named_hears_its_password() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of secure)."
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<secret
	configured <<-CONF
	discovered *.tor.hookup.net
	  user joe
	  password-file /run/lab/secret
	CONF
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTPSA'
}

a_discovered_relay_of_the_same_address_hears_no_password() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 evil.example.org.
	evil.example.org. A $(address_of static)
	ZONE
	given_joe <<<'  password-file /run/lab/secret'
	sed -i '/^discover off/d' "$CONF"
	mail_to bob@example.net
	expect_arrived_at static
	expect_in_no_session auth=
}

a_discovered_relay_with_the_same_certificate_hears_no_password() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of misnamed)."
	given_joe <<<'  password-file /run/lab/secret'
	sed -i '/^discover off/d' "$CONF"
	mail_to bob@example.net
	expect_arrived_at misnamed 'with ESMTPS '
	expect_in_no_session auth=
}

a_discovered_relay_that_bears_the_name_alone_hears_no_password() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of misnamed)."
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<secret
	configured <<-CONF
	discovered *.hookup.net
	  user joe
	  password-file /run/lab/secret
	CONF
	then_it_waits
}

# The name is another's now: by a CNAME, by an address.
a_name_that_leads_elsewhere_takes_no_password_there() {
	the_dns_says <<-ZONE
	mail.clear.net.nz. CNAME $(name_of static).
	smtps.clear.net.nz. A $(address_of static)
	ZONE
	given_joe_at mail.clear.net.nz <<-CONF
	  password-file /run/lab/secret
	relay submission://joe@smtps.clear.net.nz:1587
	  password-file /run/lab/secret
	CONF
	then_it_waits
	[ "$(calls_to static)" -gt 0 ] || fail 'the relay was not even called'
}

starttls_that_is_stripped_leaves_no_password_in_clear() {
	given_joe <<<'  password-file /run/lab/secret'
	sed -i 's/submission:\(.*\):1587/smtp:\1:2525/' "$CONF"
	sed -i "s/$(name_of static)/$(name_of static2)/" "$CONF"
	then_it_waits
	expect_deferred_for 'TLS is required, but was not offered'
}

# Whoever sits on the wire puts words behind the reply to STARTTLS, and would be happy with a password in clear.
words_behind_starttls_are_not_obeyed() {
	install /dev/stdin $LAB/injector <<-'INJECTOR'
	#!/usr/bin/perl
	syswrite(STDOUT, "220 hi\r\n");
	<STDIN>;
	syswrite(STDOUT, "250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
	<STDIN>;
	syswrite(STDOUT, "220 go\r\n250-hi\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n");
	open(HEARD, '>>', '/run/lab/heard');
	print HEARD <STDIN>;
	INJECTOR
	given_joe <<<'  password-file /run/lab/secret'
	sed -i "s/^relay .*/relay submission:\/\/joe@127.0.0.1:2587/" "$CONF"
	"$here/inetd" 2587 $LAB/injector &
	expect_soon bash -c 'ss -Htln src 127.0.0.1:2587 | grep -q .'
	: >$LAB/heard
	then_it_waits
	expect_same "$(wc -c <$LAB/heard)" 0
	expect_deferred_for 'injected in clear'
}

a_domain_in_other_letters_reaches_a_relay_that_knows_ascii_alone() {
	configured <<-CONF
	discover off
	relay $(name_of static2):2525
	CONF
	mail_to "bob@b$(printf '\303\274')cher.example" -odi
	expect_arrived_at static2 'to <bob@xn--bcher-kva.example>'
}
