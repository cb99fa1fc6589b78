# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Which names are asked, and which answer counts.

a_relay_of_the_network_is_found() {
	mail_to bob@example.net
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_delivered
}

what_salsa_zone_prints_is_found() {
	local network name

	for network in 165.154.0.0/16 165.154.15.0/24 165.154.12.0/22 165.154.15.1; do
		the_dns_says < <(salsa zone $network "$(name_of relay2)" "$(name_of relay1)")
		expect_exit 0 salsa discover 165.154.15.1
		expect_same "$(grep -o 'MX [0-9]* [a-z]*[.][a-z.]*' <<<"$output" | sort -u)" \
			"$(printf 'MX %s\n' "10 $(name_of relay2)" "20 $(name_of relay1)")" $network
	done
	expect_exit 65 salsa zone 10.0.0.0/7 "$(name_of relay1)"
	expect_exit 65 salsa zone 127.0.0.0/16 "$(name_of relay1)"
	expect_exit 64 salsa zone 192.0.2.0/33 "$(name_of relay1)"
	for name in relay relay_1.example.net 192.0.2.1; do	# senders would pass over it
		expect_exit 65 salsa zone 192.0.2.0/24 $name
	done
}

the_addresss_own_zones_are_asked_and_none_above() {
	client_has 165.154.15.1/24
	mail_to bob@example.net
	expect_arrived_at relay1
	expect_same "$(questions | grep arpa | sort -u)" "$(printf '%s\n' 1.15.154.165.in-addr.arpa.\ MX \
		15.154.165.in-addr.arpa.\ MX 154.165.in-addr.arpa.\ MX | sort)"
}

a_smaller_network_has_the_last_word() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	15.154.165.in-addr.arpa. MX 10 $(name_of relay2).
	ZONE
	mail_to bob@example.net
	expect_arrived_at relay2
	expect_same "$(calls_to relay1)" 0
}

the_address_itself_has_the_last_word() {
	the_dns_says <<-ZONE
	15.154.165.in-addr.arpa. MX 10 $(name_of relay1).
	1.15.154.165.in-addr.arpa. MX 10 $(name_of relay2).
	ZONE
	mail_to bob@example.net
	expect_arrived_at relay2
}

ipv6_networks_are_asked_at_their_usual_borders() {
	local zone=8.b.d.0.1.0.0.2.ip6.arpa. host=5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0 name

	client_has 2001:db8:1:2::25/64
	the_client_asks "$(address6_of resolver1)"
	for name in $zone 1.0.0.0.$zone 0.0.1.0.0.0.$zone 2.0.0.0.1.0.0.0.$zone $host.$zone; do
		the_dns_says <<<"$name MX 10 $(name_of relay1)."
		salsa_forgets
		nobody_has_asked
		subject=$name mail_to bob@example.net
		expect_arrived_at relay1 "$name"
		expect_same "$(questions | grep arpa | sort -u | wc -l)" 5 'names asked'
	done
}

# Hazard D13.
the_address_that_the_kernel_would_use_comes_first() {
	client_has 198.51.100.7/24 165.154.15.1/24
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	51.198.in-addr.arpa. MX 10 $(name_of static2).
	ZONE
	ip route replace default dev wire src 165.154.15.1
	mail_to bob@example.net
	expect_arrived_at relay1
}

a_private_address_is_looked_up() {
	client_has 10.1.2.3/24
	the_dns_says <<<"1.10.in-addr.arpa. MX 10 $(name_of static2)."
	mail_to bob@example.net
	expect_arrived_at static2
}

the_public_side_of_a_nat_is_looked_up() {
	client_has 10.1.2.3/24
	the_dns_says <<<"113.0.203.in-addr.arpa. MX 10 $(name_of static2)."
	configured <<<'address 203.0.113.7'
	mail_to bob@example.net
	expect_arrived_at static2
}

# Hazard D7; loops are in tests/dns/test_lookup.c.
a_classless_delegation_is_followed() {	# RFC 2317
	the_dns_says <<-ZONE
	1.15.154.165.in-addr.arpa. CNAME 1.0-63.15.154.165.in-addr.arpa.
	1.0-63.15.154.165.in-addr.arpa. MX 10 $(name_of relay2).
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	ZONE
	mail_to bob@example.net
	expect_arrived_at relay2
}

a_null_mx_means_no_relay_here() {	# RFC 7505
	the_dns_says <<-ZONE
	15.154.165.in-addr.arpa. MX 0 .
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	ZONE
	configured <<<"relay $(name_of static)"
	mail_to bob@example.net
	expect_arrived_at static
	expect_same "$(calls_to relay1)" 0
}

no_data_is_climbed_over() {
	the_dns_says <<-ZONE
	1.15.154.165.in-addr.arpa. PTR www1.example.com.
	15.154.165.in-addr.arpa. TXT nothing
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	ZONE
	mail_to bob@example.net
	expect_arrived_at relay1
}

a_broken_zone_is_climbed_over() {
	the_dns_says <<-ZONE
	15.154.165.in-addr.arpa. NS nowhere.invalid.
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	ZONE
	expect_same "$(drill MX 15.154.165.in-addr.arpa | grep -c SERVFAIL)" 1
	mail_to bob@example.net
	expect_arrived_at relay1
}

a_silent_zone_is_climbed_over_in_time() {
	the_resolver_ignores 15.154.165.in-addr.arpa
	within 12 mail_to bob@example.net -odi
	expect_arrived_at relay1
}

trouble_is_not_taken_for_a_no() {
	the_dns_says <<<'15.154.165.in-addr.arpa. NS nowhere.invalid.'
	mail_to bob@example.net -odi || :
	expect_waiting 1
	the_dns_says <<<"15.154.165.in-addr.arpa. MX 10 $(name_of relay1)."
	sendmail -q
	expect_arrived_at relay1
}

the_preferred_relay_is_tried_first() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 20 $(name_of relay1).
	154.165.in-addr.arpa. MX 10 $(name_of relay2).
	ZONE
	mail_to bob@example.net
	expect_arrived_at relay2
	expect_same "$(calls_to relay1)" 0
}

equals_share_the_load() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	154.165.in-addr.arpa. MX 10 $(name_of relay2).
	ZONE
	for _ in {1..40}; do	# with one in 2^40 the test is wrong
		mail_to bob@example.net -odi
		[ "$(count_at relay1)" = 0 ] || [ "$(count_at relay2)" = 0 ] || return 0
	done
	fail "arrived: $(what_arrived)"
}

# Hazard D10.
this_host_is_no_relay_of_its_own() {
	smtp-sink -u nobody "inet:165.154.15.1:25" 10 &
	the_dns_says <<-ZONE
	www1.example.com. A 165.154.15.1
	154.165.in-addr.arpa. MX 10 www1.example.com.
	ZONE
	configured <<<"relay $(name_of static)"
	mail_to bob@example.net
	expect_arrived_at static
	expect_delivered
}

# Hazard D10.
a_relay_at_a_loopback_address_is_none() {
	the_dns_says <<-ZONE
	looped.example.com. A 127.0.0.1
	154.165.in-addr.arpa. MX 10 looped.example.com.
	ZONE
	smtp-sink -u nobody "inet:127.0.0.1:25" 10 &
	configured <<<"relay $(name_of static)"
	mail_to bob@example.net
	expect_arrived_at static
}

a_truncated_answer_is_asked_for_again_over_tcp() {
	local i

	the_dns_says < <(
		echo "154.165.in-addr.arpa. MX 10 $(name_of relay1)."
		for i in {1..40}; do echo "154.165.in-addr.arpa. MX 90 a-long-name-of-a-host-$i.example.com."; done
	)
	mail_to bob@example.net
	expect_arrived_at relay1
	[ "$(calls_to resolver1)" -gt 0 ] || fail 'no question over TCP'
}

a_silent_resolver_is_replaced_by_the_next() {
	falls_silent resolver1
	within 12 mail_to bob@example.net -odi
	expect_arrived_at relay1
}

a_resolver_that_refuses_is_replaced_by_the_next() {
	goes_down resolver1
	within 5 mail_to bob@example.net -odi
	expect_arrived_at relay1
}

without_any_resolver_the_static_relay_serves() {
	falls_silent resolver1 resolver2
	configured <<<"relay $(address_of static2)"
	within 14 mail_to bob@example.net -odi
	expect_arrived_at static2
}

twenty_messages_ask_once() {
	mail_to bob@example.net -odi
	expect_same "$(questions | sort -u | grep -cxe '154.165.in-addr.arpa. MX' -e "$(name_of relay1). A")" 2
	nobody_has_asked
	for _ in {2..20}; do mail_to bob@example.net -odi; done
	expect_count_at relay1 20
	expect_same "$(questions)" ''
}

# Hazard D12.
another_network_is_asked_at_once() {
	mail_to bob@example.net
	expect_arrived_at relay1
	client_has 198.51.100.7/24
	the_dns_says <<<"51.198.in-addr.arpa. MX 10 $(name_of static2)."
	mail_to bob@example.net
	expect_arrived_at static2
}

# Hazard D12: an interface that was taken down keeps its address.
a_network_that_was_left_is_not_asked() {
	the_dns_says <<<"51.198.in-addr.arpa. MX 10 $(name_of static2)."
	ip link add left type veth peer name far
	trap 'ip link delete left' EXIT
	ip address add 198.51.100.7/24 dev left
	expect_exit 69 salsa discover
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q "no relay"'
	ip link set left up
	expect_arrived_at static2
	expect_soon logged 'the network has changed'
}

another_resolver_is_asked_at_once() {
	mail_to bob@example.net -odi
	nobody_has_asked
	the_client_asks "$(address_of resolver2)"
	mail_to bob@example.net -odi
	expect_count_at relay1 2
	expect [ "$(times_asked '154.165.in-addr.arpa. MX')" -gt 0 ]
}

the_configured_resolver_is_asked() {
	the_client_asks 192.0.2.99
	configured <<<"resolver $(address_of resolver2)@53"
	within 5 mail_to bob@example.net -odi
	expect_arrived_at relay1
}

# Not every system has it in /etc/hosts; the DNS that says it is not believed.
localhost_is_this_host() {	# RFC 6761, 6.3
	cp /etc/hosts $LAB/hosts
	trap 'cp $LAB/hosts /etc/hosts' EXIT
	echo '165.154.15.1 www1.example.com www1' >/etc/hosts
	smtp-sink -u nobody "inet:127.0.0.1:2525" 10 &
	configured <<<'relay localhost:2525'
	the_dns_says </dev/null
	mail_to bob@example.net
	expect_delivered
}

discovery_can_be_turned_off() {
	configured <<-CONF
	discover off
	relay $(name_of static)
	CONF
	mail_to bob@example.net
	expect_arrived_at static
	expect_same "$(questions | grep -c arpa)" 0
}

salsa_discover_says_what_it_asked_and_what_it_heard() {
	the_dns_says <<-ZONE
	15.154.165.in-addr.arpa. PTR nothing.example.com.
	154.165.in-addr.arpa. 1234 MX 20 $(name_of relay1).
	154.165.in-addr.arpa. 1234 MX 10 $(name_of relay2).
	ZONE
	expect_exit 0 salsa discover
	for words in 1.15.154.165.in-addr.arpa 15.154.165.in-addr.arpa 154.165.in-addr.arpa 1234 \
		"$(name_of relay1)" "$(name_of relay2)"; do
		expect_said "$words"
	done
	[ "$(grep -o '[a-z0-9]*\.tor\.hookup\.net' <<<"$output" | tail -n 2 | tr '\n' ' ')" = \
		"$(name_of relay2) $(name_of relay1) " ] || fail "the order is wrong in: $output"
}

salsa_discover_explains_another_address() {
	the_dns_says <<<"51.198.in-addr.arpa. MX 10 $(name_of static2)."
	expect_exit 0 salsa discover 198.51.100.9
	expect_said 100.51.198.in-addr.arpa
	expect_said "$(name_of static2)"
}
