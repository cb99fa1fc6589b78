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
}

none_does_not_even_try() {
	given_found secure <<<' tls none'
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTP '
}

then_it_waits() {	# and the reason speaks of TLS
	mail_to bob@example.net -odi || :
	expect_same "$(waiting)" 1
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

then_who_logged_in() { grep -o 'sasl_method=[-A-Z0-9]*, sasl_username=[^,]*' $LAB/relays.log; }

joe_is_let_in_at_587() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
	expect_same "$(then_who_logged_in)" "sasl_method=SCRAM-SHA-256, sasl_username=joe"
}

joe_is_let_in_at_465_by_login() {
	given_joes_relay "submissions://joe@$(name_of static)" </dev/null
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
	expect_same "$(then_who_logged_in)" "sasl_method=LOGIN, sasl_username=joe"
}

a_wrong_password_is_no_reason_to_bounce() {
	secret=wrong given_joes_relay "submission://joe@$(name_of static)" </dev/null
	mail_to bob@example.net -odi || :
	expect_same "$(waiting)" 1
	expect_nothing_arrived
	logged 'status=deferred' | grep -q 535 || fail "the log does not say why: $(logged status=)"
}

no_password_without_tls() {
	given_joes_relay "smtp://joe@$(name_of relay1)" </dev/null
	mail_to bob@example.net -odi || :
	expect_same "$(waiting)" 1
	expect_nothing_arrived
	expect_same "$(grep -c 'auth=' $LAB/relays.log)" 0
}

no_password_for_another_name() {
	given_joes_relay "smtp://joe@$(name_of misnamed)" </dev/null
	mail_to bob@example.net -odi || :
	expect_same "$(waiting)" 1
	expect_same "$(grep -c 'auth=' $LAB/relays.log)" 0
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
	expect_same "$(grep -c 'auth=' $LAB/relays.log)" 0
	expect_same "$(calls_to static)" 0
}

a_secret_that_others_can_read_is_not_used() {
	given_joes_relay "submission://joe@$(name_of static)" </dev/null
	chmod 644 /run/lab/secret
	mail_to bob@example.net -odi || :
	expect_same "$(waiting)" 1
	expect_nothing_arrived
	logged 'status=deferred' | grep -q /run/lab/secret || fail "the log does not say why: $(logged status=)"
}
