# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What DNSSEC says of a relay, and what it does not: TLSA records (RFC 7672), and `dnssec required'.

# HOST is the relay that is discovered, its TLSA records are the rest; the configuration is on standard input.
given_signed() {
	local host=$1 record
	shift
	{
		echo "154.165.in-addr.arpa. MX 10 $(name_of "$host")."
		for record; do echo "_25._tcp.$(name_of "$host"). $record"; done
	} | the_dns_says_and_signs
	configured
}

# A relay that the DNS alone can prove, and a secret for it.
given_static_dane() {
	install -m 600 -o salsa /dev/stdin /run/lab/secret <<<secret
	configured <<-CONF
	discover off
	relay submission://joe@$(name_of static)
	  password-file /run/lab/secret
	  tls dane
	CONF
}

then_it_waits() {	# and the log says TEXT
	mail_to bob@example.net -odi || :
	expect_waiting 1
	expect_deferred_for "$1"
	expect_nothing_arrived
}

a_certificate_that_the_dns_names_needs_no_authority() {
	given_signed untrusted "$(tlsa 3 1 untrusted.pem)" </dev/null
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
	expect_soon logged "Verified TLS connection established to $(name_of untrusted)[$(address_of untrusted)]:25: TLSv1.3 "
	expect_exit 0 salsa relays
	expect_said '(Verified: TLSv1.3 '
}

a_certificate_that_the_dns_does_not_name_is_refused() {
	given_signed untrusted "$(tlsa 3 1 right.pem)" </dev/null
	then_it_waits 'no matching DANE TLSA records'
}

# RFC 8689, 4.2.2: a message that is about broken TLS goes out all the same, and takes no other one with it.
a_message_that_waives_tls_goes_where_the_dns_would_not_let_it() {
	given_signed untrusted "$(tlsa 3 1 right.pem)" </dev/null
	printf 'TLS-Required: No\n\nYour TLSA record is wrong.\n' | sendmail bob@example.net
	expect_arrived_at untrusted 'with ESMTPS' 'TLS-Required: No'
	then_nothing_else_goes
}

then_nothing_else_goes() {	# to anybody
	mail_to jane@example.net -odi || :
	expect_waiting 1
	expect_same "$(count_at untrusted)" 1
}

# Those that the DNS holds up have marked the relay as down.
a_message_that_waives_tls_waits_for_none_that_does_not() {
	given_signed untrusted "$(tlsa 3 1 right.pem)" </dev/null
	mail_to jane@example.net -odi || :
	expect_same "$(waiting)" 1
	printf 'TLS-Required: No\n\nYour TLSA record is wrong.\n' | sendmail -odi bob@example.net
	expect_arrived_at untrusted 'with ESMTPS' 'TLS-Required: No'
	expect_same "$(waiting)" 1
	expect_same "$(count_at untrusted)" 1
}

an_authority_that_the_dns_names_counts() {
	given_signed untrusted "$(tlsa 2 0 unknown.pem)" </dev/null
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
	expect_soon logged 'Verified TLS connection'
}

an_authority_proves_no_other_name() {
	given_signed misnamed "$(tlsa 2 0 trusted.pem)" </dev/null
	then_it_waits 'mismatch'
}

one_of_two_records_is_enough() {
	given_signed untrusted "$(tlsa 3 1 right.pem)" "$(tlsa 3 1 untrusted.pem)" </dev/null
	mail_to bob@example.net
	expect_arrived_at untrusted 'with ESMTPS'
}

nothing_is_sent_where_starttls_was_stripped() {
	given_signed relay1 "$(tlsa 3 1 right.pem)" </dev/null
	then_it_waits 'TLS is required, but was not offered'
}

forged_records_stop_the_mail() {
	forged='/TLSA.*3 1 1/s/3 1 1 ..../3 1 1 0000/' given_signed relay1 "$(tlsa 3 1 right.pem)" </dev/null
	then_it_waits 'look up the TLSA records'
}

records_that_nobody_signed_say_nothing() {
	unsigned=hookup.net given_signed relay1 "$(tlsa 3 1 right.pem)" </dev/null
	mail_to bob@example.net
	expect_arrived_at relay1 'with ESMTP '
}

a_static_relay_proves_itself_by_the_dns() {
	echo "_587._tcp.$(name_of static). $(tlsa 3 1 right.pem)" | the_dns_says_and_signs
	given_static_dane
	mail_to bob@example.net
	expect_arrived_at static 'with ESMTPSA'
}

no_password_without_the_record_that_dane_demands() {
	the_dns_says_and_signs </dev/null
	given_static_dane
	then_it_waits 'demands TLSA records'
	expect_same "$(calls_to static)" 0
}

where_dnssec_is_required_signed_relays_are_used() {
	given_signed relay1 <<-CONF
	discovered *
	  dnssec required
	CONF
	mail_to bob@example.net
	expect_arrived_at relay1
}

where_dnssec_is_required_no_other_is_used() {
	unsigned=in-addr.arpa given_signed relay1 <<-CONF
	discovered *
	  dnssec required
	CONF
	then_it_waits 'dnssec required'
	expect_exit 69 salsa discover
	expect_said 'DNSSEC does not protect'
	expect_same "$(calls_to relay1)" 0
}

a_name_from_an_unsigned_zone_is_trusted_at_best() {
	unsigned=in-addr.arpa given_signed secure <<-CONF
	discovered *
	  tls verify
	CONF
	mail_to bob@example.net
	expect_arrived_at secure 'with ESMTPS'
	expect_soon logged 'Trusted TLS connection'
	logged Verified && fail 'a name that nobody signed proves nothing'
	return 0
}
