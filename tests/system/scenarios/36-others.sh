# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2086,SC2154
# Relays of other makes than Postfix.

# Exim is the relay at URL, and what else holds for it is on standard input.
given_exim() {
	exim_runs
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<secret
	{
		echo 'discover off'
		echo "relay $1"
		cat
	} | configured
}

given_joe_at_exim() { given_exim "submission://joe@$(name_of odd)" <<<'  password-file /run/lab/secret'; }

then_exim_takes_mail() {	# HOW: what it notes of who was let in
	mail_to bob@example.net
	expect_arrived_at exim 'with esmtpsa' 'Envelope-to: bob@example.net'
	expect_soon grep -q -- "$1" $EXIM/log/main
}

exim_lets_joe_in_at_587() {
	given_joe_at_exim
	then_exim_takes_mail 'A=plain:joe'
}

exim_lets_joe_in_at_465_by_login() {
	given_exim "submissions://joe@$(name_of odd)" <<-CONF
	  password-file /run/lab/secret
	  auth LOGIN
	CONF
	then_exim_takes_mail 'A=login:joe'
}

# RFC 4422, appendix A: no secret is said, the certificate of the TLS session says it all.
exim_knows_the_customer_by_his_certificate() {
	install -m 640 -o root -g salsa $CERTIFICATES/customer.pem /run/lab/own.pem
	given_exim "submission://www1.example.com@$(name_of odd)" <<-CONF
	  auth EXTERNAL
	  tls-cert /run/lab/own.pem
	CONF
	then_exim_takes_mail 'A=external:www1.example.com'
}

a_certificate_of_another_is_no_reason_to_bounce() {
	install -m 640 -o root -g salsa $CERTIFICATES/customer.pem /run/lab/own.pem
	given_exim "submission://joe@$(name_of odd)" <<-CONF
	  auth EXTERNAL
	  tls-cert /run/lab/own.pem
	CONF
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_soon logged 'said: 535'
	expect_nothing_arrived
}

what_exim_refuses_comes_back_and_what_it_defers_waits() {
	given_joe_at_exim
	printf 'Subject: x\n\nHello.\n' | sendmail bob@example.net unknown@example.net later@example.net
	expect_arrived_at exim 'Envelope-to: bob@example.net'
	expect_arrived_at exim 'Return-path: <>' '550 5.1.1 no such user here'
	expect_soon waits later@example.net
	expect_waiting 1
	expect_deferred_for 'to=<later@example.net>.*dsn=4.7.1'
}

exim_tells_what_it_was_asked_to_tell() {
	given_joe_at_exim
	mail_to bob@example.net -N success -V q7
	expect_arrived_at exim 'Return-path: <>' 'Original-Envelope-ID: q7' 'Action: delivered'
}

opensmtpd_takes_some_refuses_some_and_defers_some() {
	opensmtpd_runs
	printf 'discover off\nrelay %s\n' "$(name_of odd)" | configured
	printf 'Subject: x\n\nHello.\n' | sendmail bob@example.net unknown@example.net later@example.net
	expect_arrived_at static2 '(OpenSMTPD)' 'to <bob@example.net>'
	expect_arrived_at static2 'from <>' 'unknown@example.net' 'Action: failed'
	expect_soon waits later@example.net
	expect_waiting 1
}
