# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# TLS levels, and who hears a password.

# The discovered relay is HOST, and what holds for it is on standard input.
given_found() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of "$1")."
	{ echo 'discovered *'; cat; } | configured
}

may_uses_tls_where_it_is_offered() {
	given_found secure <<<' tls may'
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTPS'
}

may_asks_no_certificate() {
	given_found untrusted <<<' tls may'
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
}

may_falls_back_to_clear() {
	given_found tlsless <<<' tls may'
	mail_to bob@example.net
	expect_arrived_at tlsless 'with ESMTP '
	expect_soon logged 'going on in clear'
}

none_does_not_even_try() {
	given_found secure <<<' tls none'
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTP '
}

then_it_waits() {	# and the reason speaks of TLS
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_exit 0 mailq
	grep -Eqi 'tls|certificate' <<<"$output" || fail "no word of TLS in: $output"
	expect_nothing_arrived
}

encrypt_refuses_a_relay_without_tls() { given_found relay1 <<<' tls encrypt'; then_it_waits; }
encrypt_refuses_a_failed_handshake() { given_found tlsless <<<' tls encrypt'; then_it_waits; }

encrypt_takes_any_certificate() {
	given_found untrusted <<<' tls encrypt'
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
}

verify_takes_the_right_certificate() {
	given_found secure <<<' tls verify'
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTPS'
}

verify_refuses_another_name() { given_found misnamed <<<' tls verify'; then_it_waits; }
verify_refuses_an_unknown_authority() { given_found untrusted <<<' tls verify'; then_it_waits; }

what_tls_forbids_the_next_relay_may_carry() {
	given_found misnamed <<-CONF
	 tls verify
	relay $(name_of static)
	CONF
	mail_to bob@example.net
	expect_arrived_at static
}

# A static relay at URL, for joe, who has a password.
given_joes_relay() {
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<"${secret:-secret}"
	{
		echo 'discover off'
		echo "relay $1"
		echo '  password-file /run/lab/secret'
		cat
	} | configured
}

joe_is_let_in_at_587() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
	expect_logged_in_by SCRAM-SHA-256
}

joe_is_let_in_at_465_by_login() {
	given_joes_relay "submissions://joe@$(name_of static)" </dev/null
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
	expect_logged_in_by LOGIN
}

a_wrong_password_is_no_reason_to_bounce() {
	secret=wrong given_joes_relay "submission://joe@$(name_of static)" </dev/null
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_nothing_arrived
	expect_deferred_for 535
}

no_password_without_tls() {
	given_joes_relay "smtp://joe@$(name_of relay1)" </dev/null
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_nothing_arrived
	expect_in_no_session auth=
}

no_password_for_another_name() {
	given_joes_relay "smtp://joe@$(name_of misnamed)" </dev/null
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_in_no_session auth=
}

less_than_verify_for_a_user_is_an_error() {
	given_joes_relay "submission://joe@$(name_of static)" <<<'  tls encrypt'
	expect_exit 78 salsa check
	expect_said "$CONF"
	expect_said verify
}

a_discovered_relay_hears_no_password() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of secure)."
	given_joes_relay "submission://joe@$(name_of static)" <<<'discovered *'
	sed -i '/^discover off/d' "$CONF"
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTPS'
	expect_in_no_session auth=
	expect_same "$(calls_to static)" 0
}

a_secret_that_others_can_read_is_not_used() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	chmod 644 /run/lab/secret
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_nothing_arrived
	expect_deferred_for /run/lab/secret
}

# A static relay at URL that is known by a fingerprint of its certificate, or of its key.
given_fingerprint() {
	configured <<-CONF
	discover off
	relay $1
	  tls-fingerprint $2
	CONF
}

a_fingerprint_proves_a_relay_that_no_authority_knows() {
	given_fingerprint "$(name_of untrusted)" "$(fingerprint 1 untrusted.pem)"
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
	expect_soon logged 'Verified TLS connection'
	given_fingerprint "$(name_of untrusted)" "$(fingerprint 0 untrusted.pem)"
	mail_to jane@example.net
	expect_arrived_at untrusted 'with ESMTPS' jane@example.net
}

another_fingerprint_is_refused_whoever_signed_it() {
	given_fingerprint "$(name_of secure)" "$(fingerprint 1 untrusted.pem)"
	then_it_waits
}

# A relay that knows its users by their certificates; ours is NAME's.
given_a_certificate_of() {
	install -m 640 -o root -g salsa $CERTIFICATES/"$1".pem /run/lab/own.pem
	configured <<-CONF
	discover off
	relay submission://$(name_of static2)
	  tls encrypt
	  tls-cert /run/lab/own.pem
	CONF
}

a_relay_that_demands_a_certificate_is_shown_ours() {
	given_a_certificate_of customer
	mail_to bob@example.net
	expect_arrived_at static2 'with ESMTPS'
}

a_certificate_that_the_relay_does_not_know_is_no_reason_to_bounce() {
	given_a_certificate_of stranger
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_nothing_arrived
}

a_key_that_others_can_read_is_not_used() {
	given_a_certificate_of customer
	chmod 644 /run/lab/own.pem
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_deferred_for '/run/lab/own.pem: open to all users'
	expect_in_no_session sender=
}

text_behind_the_reply_to_starttls_is_not_believed() {
	in_the_world python3 "$here/injector" "$(address_of odd)" &
	eventually listens odd
	given_found odd <<<' tls encrypt'
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_deferred_for 'injected in clear'
}

salsa_test_tells_of_every_step_and_sends_nothing() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	expect_exit 0 salsa test "$(name_of static)"
	expect_said "-- at $(address6_of static), $(address_of static)"
	expect_said '<- 220 '
	expect_said '<- 250-STARTTLS'
	expect_said "-- for DNS:$(name_of static), DNS:$(name_of secure)"
	expect_said '-- issued by CN=trusted authority'
	expect_said '-- Verified: TLSv1.3 with cipher'
	expect_said '-> AUTH '
	expect_said '<- 235 '
	expect_said '-> RSET'
	expect_said 'yes: '
	[ "${output/$(printf '\0joe\0secret' | base64)/}" = "$output" ] || fail "the secret is in: $output"
	expect_soon grep -q 'auth=1 rset=1 quit=1' $LAB/relays.log
}

no_core_of_salsa_test_holds_a_secret() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	falls_silent static
	as salsa salsa test "$(name_of static)" >/dev/null &
	expect_soon then_its_memory_is_roots salsa
}

then_its_memory_is_roots() { [ "$(stat -c %U "/proc/$(pidof "$1")/mem")" = root ]; }	# and so would its core be

salsa_test_says_why_a_relay_is_none() {
	configured <<<'discover off'
	expect_exit 69 salsa test "submission://$(name_of static2):25"
	expect_said 'TLS is required, but was not offered'
	given_found misnamed <<<' tls verify'
	expect_exit 69 salsa test "$(name_of misnamed)"
	expect_said "MX 10 at 154.165.in-addr.arpa, tls verify"
	expect_said "-- for DNS:$(name_of static)"
	expect_said 'no: '
	expect_said 'hostname mismatch'
	goes_down misnamed
	expect_exit 69 salsa test "$(name_of misnamed)"
	expect_said 'Connection refused'
	expect_exit 64 salsa test a..b
}

salsa_test_says_which_secret_it_cannot_read() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	expect_exit 77 as nobody salsa test "$(name_of static)"
	expect_said /run/lab/secret
	expect_same "$(calls_to static)" 0
}

# Who is root by either of his IDs would run it as root.
salsa_test_runs_nothing_as_root() {
	configured <<-CONF
	discover off
	relay submission://joe@$(name_of static)
	  password-command id -un >>/tmp/who; echo secret
	CONF
	install -m 666 /dev/null /tmp/who
	expect_exit 0 salsa test "$(name_of static)"
	expect_same "$(cat /tmp/who)" salsa
	chown root "$SPOOL"
	expect_exit 78 salsa test "$(name_of static)"
	expect_said "$SPOOL belongs to root"
	mv "$SPOOL" "$SPOOL.away"
	expect_exit 78 salsa test "$(name_of static)"
	expect_said "$SPOOL: No such file or directory"
	expect_same "$(cat /tmp/who)" salsa
	mv "$SPOOL.away" "$SPOOL"
	chown salsa "$SPOOL"
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	chown root /run/lab/secret
	expect_exit 77 python3 -c 'import os, sys; os.setresuid(54321, 0, 0); os.execlp("salsa", "salsa", "test", sys.argv[1])' \
		"$(name_of static)"
}

salsa_test_gives_a_verdict_on_whatever_is_named() {
	configured <<<'discover off'
	expect_exit 64 salsa test $'\377.example'
	expect_exit 69 salsa test '[2001:db8::99]'
	expect_said '[2001:db8::99]:25, tls may'
	configured <<<'relay submission://[2001:db8::99]'
	expect_exit 69 salsa test '[2001:db8::99]'
	expect_said '[2001:db8::99]:587  relay in line 1, tls verify'
}

salsa_check_says_which_files_the_daemon_cannot_read() {
	given_a_certificate_of customer
	expect_exit 0 salsa check
	chown root:root /run/lab/own.pem
	expect_exit 78 salsa check
	expect_said '/run/lab/own.pem: user salsa cannot read it'
	install -m 640 -g daemon $CERTIFICATES/customer.pem /run/lab/own.pem
	expect_exit 78 salsa check
	expect_said '/run/lab/own.pem: others can read or write it'
	printf 'relay smtp.example.net\n tls verify\n tls-ca /run/lab/ca.pem\n' | configured
	install -m 600 $CERTIFICATES/customer.pem /run/lab/ca.pem
	expect_exit 78 salsa check
	expect_said '/run/lab/ca.pem: user salsa cannot read it'
}

what_must_stay_under_tls_goes_to_no_relay_that_cannot_promise_it() {
	given_found secure <<<' tls verify'
	mail_to bob@example.net -O RequireTLS=yes -odi || :
	expect_soon logged 'dsn=5.7.30, status=bounced'
	expect_soon grep -aqE '^salsa 1 .* flags .h..r' "$SPOOL"/queue/*	# the report is as private, and held
	expect_nothing_arrived
	expect_in_no_session client=
}

who_cannot_read_the_key_says_nothing_against_the_relay() {
	given_a_certificate_of customer
	expect_exit 77 as nobody salsa test "submission://$(name_of static2)"
	expect_said /run/lab/own.pem
	expect_same "$(calls_to static2)" 0
}

what_is_refused_at_once_comes_back_as_private_as_it_was() {
	given_found secure <<<' tls verify'
	echo 'Subject: x' | sendmail -O RequireTLS=yes -oem -odq 'a b@' || :
	expect_soon grep -aqE '^salsa 1 .* flags ....r' "$SPOOL"/queue/*
}
