# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Who takes my mail, at what cost, under which policy, and how do I fall back: the questions that come up where a host
# may choose among relays; and what is remembered of them.

# What one who moves between networks asks first: the provider's relay carries what nothing better does.
the_providers_relay_carries_mail() {
	configured <<-CONF
	discover off
	relay $(name_of static)
	CONF
	mail_to bob@example.net
	expect_arrived_at static
	expect_same "$(calls_to relay1)" 0
}

# The operator of the rack publishes one for his addresses; the provider's stays as the way back.
the_rack_operators_relay_comes_before_the_providers() {
	configured <<<"relay $(name_of static)"
	mail_to bob@example.net -odi
	expect_arrived_at relay1
	goes_down relay1 relay2
	subject=back mail_to bob@example.net -odi
	expect_arrived_at static back
	expect_count_at relay1 1
}

better_terms_for_some_countries_are_taken_for_those_alone() {
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  for  *.nz *.au !*.ac.nz
	CONF
	mail_to a@clear.net.nz b@otago.ac.nz c@example.com.au d@example.net
	expect_arrived_at static 'to <a@clear.net.nz>' 'to <c@example.com.au>'
	expect_arrived_at relay1 'to <b@otago.ac.nz>' 'to <d@example.net>'
	expect_delivered
	expect_same "$(count_at static) $(count_at relay1)" '1 1'
}

one_that_charges_more_is_used_when_all_others_fail() {
	configured <<-CONF
	relay $(name_of static)
	  cost 500
	CONF
	mail_to bob@example.net -odi
	goes_down relay1
	mail_to bob@example.net -odi
	expect_count_at relay1 1
	expect_count_at relay2 1
	expect_count_at static 0
	goes_down relay2
	mail_to bob@example.net -odi
	expect_arrived_at static
}

one_that_charges_more_is_left_when_a_cheaper_one_is_back() {
	configured <<-CONF
	discover off
	relay $(name_of static2)
	relay $(name_of static)
	  cost 500
	CONF
	goes_down static2
	mail_to bob@example.net -odi
	expect_count_at static 1
	comes_back static2
	given_the_pause_is_over static2
	mail_to bob@example.net -odi
	expect_count_at static2 1
	expect_count_at static 1
}

# No wait for the clock: the pause is written as one that has ended.
given_the_pause_is_over() {
	sed -i "s/until [0-9]*/until $(date +%s)/" "$SPOOL/state/down.$(name_of "$1"):25"
}

one_that_will_not_take_this_sender_leaves_him_to_the_next() {
	the_dns_says <<-ZONE
	154.165.in-addr.arpa. MX 10 $(name_of odd).
	154.165.in-addr.arpa. MX 20 $(name_of relay2).
	ZONE
	misbehaves odd -f MAIL -B '550 5.7.1 sender not allowed'
	mail_to bob@example.net -f alice@example.org -odi
	expect_arrived_at relay2 'from <alice@example.org>'
	expect_waiting 0
}

one_for_other_senders_is_not_even_asked() {
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  from *@example.org !eve@*
	CONF
	mail_to bob@example.net -f eve@example.org -odi
	expect_arrived_at relay1
	expect_same "$(calls_to static)" 0
	mail_to bob@example.net -f alice@example.org -odi
	expect_arrived_at static
}

# The preferred relay is cut off in the middle of a run: what it has taken is not sent again, the rest goes by the next.
# Those that were sent whole and not answered, 16 at most, have to wait, for nobody knows whether they were accepted: they
# and no others may come twice.
the_preferred_one_cut_off_in_a_run_loses_nothing_and_doubles_nothing() {
	local i twice=0

	configured <<<'sessions 1'
	for i in {1..100}; do
		{ printf 'Subject: nr %s.\n\n' $i; seq 6000; } | sendmail -odq bob@example.net   # large: there is time to cut it off
	done
	salsad_runs
	sendmail -q
	expect_soon logged 'status=sent'
	goes_down relay1
	expect_soon then_so_many_are_at 1 relay2
	comes_back relay1
	expect_soon then_at_most_wait 16
	sendmail -q
	expect_delivered
	expect_soon then_each_has_arrived 100
	for i in {1..100}; do
		[ "$(grep -rlxF "Subject: nr $i." "$ARRIVED" | wc -l)" = 1 ] || twice=$((twice + 1))
	done
	expect [ $twice -le "$(grep -c 'whether it was accepted is not known' $MAIL_LOG)" ]
}
then_at_most_wait() { [ "$(waiting)" -le "$1" ]; }
then_so_many_are_at() { [ "$(count_at "$2")" -ge "$1" ]; }
then_each_has_arrived() { [ "$(grep -rhxF "$(printf 'Subject: nr %s.\n' {1..100})" "$ARRIVED" | sort -u | wc -l)" = "$1" ]; }

# Hazard F16: 1,000 messages, two relays that refuse, and every process that there may be: one call for each address.
F16_a_thousand_messages_call_a_dead_relay_once() {
	local i

	client_has 165.154.15.1/24
	goes_down relay1 relay2
	mail_to bob@example.net -odq	# due in minutes; for whoever tries again soon, five seconds after he has come
	configured <<<'retry 4s 4s'
	for i in {2..1000}; do
		printf -v i '%014X' "$i"
		cp -p "$SPOOL"/queue/[0-9A-F]* "$SPOOL/$i"
	done
	mv "$SPOOL"/0* "$SPOOL/queue"
	salsad_runs
	within 5 sendmail -qf
	[ "$(logged status=deferred | wc -l)" -lt 100 ] || fail 'each message went to a worker'
	expect_waiting 1000
	expect_same "$(calls_to relay1) $(calls_to relay2)" '1 1' 'calls to relay1 and relay2'

	# The pause ends: one call again, whatever waits.
	given_the_pause_is_over relay1
	given_the_pause_is_over relay2
	expect_soon then_it_was_called 2 relay2
	mail_to bob@example.net -odi || :
	expect_same "$(calls_to relay1) $(calls_to relay2)" '2 2' 'calls to relay1 and relay2'

	# The first success lets everything go.
	comes_back relay1
	given_the_pause_is_over relay1
	PATIENCE=60 expect_delivered
	expect_count_at relay1 1001
}
then_it_was_called() { [ "$(calls_to "$2")" -ge "$1" ]; }

a_change_of_the_network_makes_everything_due() {
	client_has
	ip addr flush dev wire scope global
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q "no relay"'
	client_has 165.154.15.1/24
	expect_arrived_at relay1
	expect_delivered
	expect_soon logged 'the network has changed'
}

# With systemd salsad is not there while nothing waits, and what it knew of relays stays.
a_change_of_the_network_is_noticed_when_salsad_comes_back() {
	the_dns_says </dev/null
	configured <<<"relay $(name_of static)"
	goes_down static
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q refused'
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	comes_back static
	client_has 165.154.15.9/24
	salsad_runs
	expect_arrived_at static
}

# At boot the resolver may come after salsad, with the directory that resolv.conf is a link into.
a_resolver_that_comes_with_the_network_is_asked() {
	rm -rf $LAB/late
	ln -sf $LAB/late/resolv.conf /etc/resolv.conf
	client_has
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q "no relay"'
	mkdir $LAB/late
	the_client_asks "$(address_of resolver1)"
	client_has 165.154.15.1/24
	expect_arrived_at relay1
	rm /etc/resolv.conf
}

a_relay_that_is_found_at_last_makes_everything_due() {
	the_dns_says </dev/null
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q "no relay"'
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of relay1)."
	sed -i 's/^until .*/until 1/' "$SPOOL/state/found"	# as when the time of that `no' is over
	mail_to alice@example.net
	expect_arrived_at relay1 'to <alice@example.net>'
	expect_arrived_at relay1 'to <bob@example.net>'
}

a_new_configuration_makes_everything_due() {
	goes_down relay1 relay2
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q refused'
	configured <<<"relay $(name_of static)"
	kill -HUP "$(pid_of_salsad)"
	expect_arrived_at static
}

a_network_that_is_only_talked_of_has_not_changed() {
	local i

	goes_down relay1 relay2
	client_has 165.154.15.1/24
	salsad_runs
	mail_to bob@example.net -odi || :
	for i in {1..20}; do
		ip route add 198.51.100.$i/32 dev wire
		ip address add 127.0.0.$((i + 1))/8 dev lo
		ip address change 165.154.15.1/24 dev wire valid_lft 1000$i preferred_lft 1000$i
	done
	the_dns_says </dev/null
	client_has 165.154.15.1/24 198.51.100.7/24	# this is a change, and the first that is heard of
	expect_soon logged 'the network has changed'
	expect_same "$(logged 'the network has changed' | wc -l)" 1
}

# Containers that come and go: what is looked at is the last state of many, and none is missed.
a_network_that_changes_all_the_time_does_not_make_salsad_busy() {
	local begin before i

	client_has
	salsad_runs
	mail_to bob@example.net
	expect_soon eval 'mailq | grep -q "no relay"'
	before=$(then_it_was_awake)
	begin=$SECONDS
	for i in {1..60}; do
		ip link add inside type veth peer name outside
		ip link set inside up
		ip link set outside up
		ip route add 198.51.100.$i/32 dev inside
		ip link delete inside
	done
	[ $(($(then_it_was_awake) - before)) -le $((5 * (SECONDS - begin + 4))) ] ||
		fail "awake $(($(then_it_was_awake) - before)) times in $((SECONDS - begin)) s"
	client_has 165.154.15.1/24
	expect_arrived_at relay1
}
then_it_was_awake() { awk '/^voluntary/ { print $2 }' "/proc/$(pid_of_salsad)/status"; }

salsa_relays_tells_all_that_is_known() {
	configured <<-CONF
	relay submission://joe@$(name_of static)
	  password-file /etc/salsa/secret
	  cost 5
	  for *.nz !*.ac.nz
	discovered second.*
	  cost 30
	  refuse *.example
	CONF
	client_has 165.154.15.1/24
	goes_down relay1
	mail_to bob@example.net -odi
	expect_soon [ -e "$SPOOL/state/good.$(name_of relay2):25" ]
	expect_exit 0 salsa relays
	expect_same "$(sed 's/[0-9]\{4\}-[0-9-]* [0-9:]*/TIME/g; s/Ok: .*queued as [^ ]*/Ok: queued as ID/; s/\[2001[^;]*; //' <<<"$output")" \
"$(name_of static):587
    known by  $CONF:1
    terms     cost 5, tls verify, user joe, for *.nz !*.ac.nz
    state     nothing known

$(name_of relay1):25
    known by  MX 10 at 154.165.in-addr.arpa, for 165.154.15.1
    terms     cost 10, tls may
    state     down since TIME, failed 1 time; left alone until TIME
              connect to $(name_of relay1) port 25: [165.154.1.1]: Connection refused

$(name_of relay2):25
    known by  MX 20 at 154.165.in-addr.arpa, for 165.154.15.1
    terms     cost 30, tls may, refuse *.example (\`discovered second.*', $CONF:5)
    state     up
    answered  TIME, 250 2.0.0 Ok: queued as ID (in clear)"
	expect_same "$(salsa relays -j | perl -MJSON::PP -ne \
		'$r = decode_json($_); print join(" ", map { $_ // "-" } @$r{qw(host port cost tls state failures)}), "\n"')" \
"$(name_of static) 587 5 verify unknown -
$(name_of relay1) 25 10 may down 1
$(name_of relay2) 25 30 may up -"
	expect_exit 64 salsa relays -x
}

salsa_relays_says_so_where_there_is_none() {
	configured <<<'discover off'
	expect_exit 69 salsa relays
	expect_said 'no relay'
}

salsa_route_says_why_not() {
	the_dns_says <<-ZONE
	www1.example.com. A 165.154.15.1
	154.165.in-addr.arpa. MX 10 $(name_of relay1).
	154.165.in-addr.arpa. MX 10 $(name_of relay2).
	154.165.in-addr.arpa. MX 50 www1.example.com.
	ZONE
	configured <<-CONF
	relay $(name_of static)
	  from *@example.org
	discovered second.*
	  refuse *.nz
	CONF
	goes_down relay1
	mail_to bob@example.net -odi
	goes_down relay1 relay2
	mail_to bob@example.net -odi || :
	expect_exit 0 salsa route bob@example.nz
	expect_said "$(name_of relay1):25  cost 10, tls may, MX 10 at 154.165.in-addr.arpa"
	expect_said 'down, and left alone until'
	expect_said "  -  $(name_of relay2):25  cost 10, tls may, MX 10 at 154.165.in-addr.arpa: not with its \`refuse' (\`discovered second.*' in line 3)"
	expect_said "  -  $(name_of static):25  cost 100, tls may, relay in line 1: not with its \`from'"
	expect_said '  -  www1.example.com: this host itself'
	expect_exit 0 salsa route --from=alice@example.org bob@example.nz
	expect_said "  2  $(name_of static):25"
	expect_exit 64 salsa route --form alice@example.org bob@example.nz
	expect_exit 0 salsa route -- -bob@example.nz
}
