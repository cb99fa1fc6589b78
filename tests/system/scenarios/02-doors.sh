# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# The ways into the queue: the submission socket, salsa-drop by hand, and none.

given_nobody_can_deliver() { goes_down relay1 relay2; }

the_socket_opens_to_everyone() {
	salsad_runs
	subject='by root' mail_to bob@example.net
	subject='by nobody' by=nobody mail_to bob@example.net
	expect_arrived_at relay1 'by root' 'from <root@www1.example.com>'
	expect_arrived_at relay1 'by nobody' 'from <nobody@www1.example.com>'
}

the_socket_opens_without_new_privileges() {
	salsad_runs
	by='nobody --no-new-privs' mail_to bob@example.net
	expect_arrived_at relay1 'from <nobody@www1.example.com>'
}

root_needs_no_daemon() {
	mail_to bob@example.net
	expect_arrived_at relay1
	expect_delivered
	expect_soon nobody_runs salsad
}

an_ordinary_user_needs_no_daemon() {
	by=nobody mail_to bob@example.net
	expect_arrived_at relay1 'from <nobody@www1.example.com>'
	expect_delivered
}

an_ordinary_user_cannot_touch_the_queue() {
	given_nobody_can_deliver
	mail_to bob@example.net -odq
	if as nobody ls "$SPOOL/queue" 2>/dev/null; then fail 'nobody lists the queue'; fi
	if as nobody touch "$SPOOL/queue/x" 2>/dev/null; then fail 'nobody writes to the queue'; fi
	if as nobody cat "$SPOOL"/queue/* 2>/dev/null; then fail 'nobody reads the queue'; fi
}

the_relay_programs_run_without_root() {
	misbehaves odd -W CONNECT:60
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	mail_to bob@example.net
	expect_soon eval '[ "$(calls_to odd)" -gt 0 ]'
	for program in salsad salsa-relay; do
		expect_same "$(ps -o user= -C $program | sort -u)" salsa "$program"
	done
}

# The answers of the DNS are not for root to read.
salsa_asks_no_network_as_root() {
	ip neigh add 165.154.15.99 lladdr 02:00:00:00:00:99 dev "$(ip -o route get 165.154.15.99 | sed 's/.* dev \([^ ]*\) .*/\1/')"
	configured <<<'resolver 165.154.15.99'
	for words in discover relays 'route bob@example.net' 'test smtp.example.net'; do
		# shellcheck disable=SC2086
		salsa $words &
		expect_soon eval '[ "$(ps -o user= -p $!)" = salsa ]'
		kill $!
		wait $! || :
	done
}

without_any_door_it_says_so_at_once() {
	within 10 expect_exit 75 as nobody --no-new-privs sendmail bob@example.net <<<'Subject: no door'
	expect_said salsad
	queue_is_empty || fail 'something was queued'
}

a_message_for_which_there_is_no_descriptor_may_be_tried_again() {
	salsad_runs
	mail_to bob@example.net
	expect_delivered
	as salsa prlimit --pid "$(pidof salsa-drop)" --nofile=6:64	# one for the caller, but none for the file
	expect_exit 75 mail_to bob@example.net
}

salsa_drop_runs_for_those_who_come() {
	salsad_runs
	nobody_runs salsa-drop || fail 'it runs for nobody'
	for _ in 1 2; do
		mail_to bob@example.net
		kill -KILL "$(pidof salsa-drop)"
		expect_soon nobody_runs salsa-drop
	done
	expect_delivered
	expect_count_at relay1 2
}

what_was_accepted_is_in_nobodys_hand() {
	mv "$LIBEXECDIR/salsa/salsa-drop" "$LIBEXECDIR/salsa/salsa-drop.real"
	install -m 755 /dev/stdin "$LIBEXECDIR/salsa/salsa-drop" <<-DROP
	#!/bin/sh
	exec strace -qq -o /dev/null -e trace=sendmsg -e inject=sendmsg:delay_exit=400000:when=1 $LIBEXECDIR/salsa/salsa-drop.real
	DROP
	mail_to bob@example.net -odq	# what tells us comes to nothing more for a while
	mv "$LIBEXECDIR/salsa/salsa-drop.real" "$LIBEXECDIR/salsa/salsa-drop"
	expect_exit 0 salsa queue hold --all
	expect is_held bob
}

without_a_spool_it_says_so_at_once() {
	mv "$SPOOL" "$SPOOL.away"
	within 10 expect_exit 75 mail_to bob@example.net
	mv "$SPOOL.away" "$SPOOL"
	expect_said "$SPOOL"
}

a_broken_configuration_still_queues() {
	configured <<<'relay what is this'
	mail_to bob@example.net -odq
	expect_waiting 1
	expect_exit 78 salsa check
	expect_said "$CONF:1: "
}

salsa_check_says_all_that_is_wrong_at_once() {
	configured <<-'CONF'
	nonsense yes
	retry soon
	tls verify
	CONF
	expect_exit 78 salsa check
	for line in 1 2 3; do expect_said "$CONF:$line: "; done
}

salsa_check_is_content_after_installation() {
	expect_exit 0 salsa check
	expect_exit 0 setpriv --reuid 54321 --regid 54321 --clear-groups salsa check
	expect_said 'uid-54321@www1.example.com'	# as sendmail calls him
	expect_said "what waits is tried again when \`sendmail -q' is called"
	salsad_runs
	expect_exit 0 salsa check
	case $output in *'what waits'*) fail 'salsad does that' ;; esac
}

# Whoever keeps secrets there closes it, and then nobody reads the configuration.
salsa_check_sees_a_directory_that_is_closed() {
	local code=0

	mkdir -p "${CONF%/*}" /run/closed
	configured <<-CONF
	relay submission://joe@$(name_of static)
	  password-file /run/closed/secret
	CONF
	install -m 640 -g salsa /dev/null /run/closed/secret
	expect_exit 0 salsa check
	chmod 700 /run/closed
	expect_exit 78 salsa check
	expect_said '/run/closed/secret: user salsa cannot read it'
	chmod 755 /run/closed
	chmod 700 "${CONF%/*}"
	output=$(salsa check) || code=$?
	chmod 755 "${CONF%/*}"
	expect_same $code 78
	expect_said "$CONF: not readable by all"
}

salsa_check_sees_wrong_modes() {
	chmod 755 "$SPOOL/queue"
	expect_exit 78 salsa check
	expect_said "$SPOOL/queue"
}

odi_waits_for_the_verdict() {
	mail_to bob@example.net -odi
	expect_count_at relay1 1
}

odi_says_what_became_of_it() {
	expect_exit 67 mail_to unknown@example.com -odi -f alice@example.org
	expect_said '5.1.1'
	expect_delivered	# the bounce, too
	given_nobody_can_deliver
	salsa_forgets
	expect_exit 0 mail_to bob@example.net -odi	# it is safe in the queue
	expect_waiting 1
}

deliver_foreground_is_odi() {
	configured <<<'deliver foreground'
	mail_to bob@example.net
	expect_count_at relay1 1
}

odq_waits_for_a_run() {
	salsad_runs
	mail_to bob@example.net -odq
	expect_waiting 1
	expect_same "$(calls_to relay1)" 0
	sendmail -q
	expect_arrived_at relay1
	expect_delivered
}

deliver_queue_is_odq() {
	configured <<<'deliver queue'
	mail_to bob@example.net
	expect_same "$(waiting) $(calls_to relay1)" '1 0'
}

qf_waits_until_the_run_is_done() {
	for _ in 1 2 3 4 5; do mail_to bob@example.net -odq; done
	sendmail -qf
	expect_count_at relay1 5
	expect_waiting 0
}

qf_waits_for_the_daemon_too() {
	salsad_runs
	mail_to bob@example.net -odq
	sendmail -qf
	expect_count_at relay1 1
}

everybody_may_ask_the_daemon_for_a_run() {
	salsad_runs
	mail_to bob@example.net -odq
	as nobody sendmail -q
	expect_arrived_at relay1
}

without_a_daemon_an_ordinary_user_serves_its_own_messages() {
	by=nobody mail_to bob@example.net -odq
	mail_to carol@example.net -odq
	as nobody sendmail -qf
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_waiting 1
}

one_pass_serves_what_is_due() {
	mail_to bob@example.net -odq
	sendmail -q
	expect_delivered
	expect_count_at relay1 1
}

deliver_direct_gives_the_relays_verdict() {
	configured <<<'deliver direct'
	mail_to bob@example.net
	expect_count_at relay1 1
	expect_exit 67 mail_to unknown@example.com
	expect_said 5.1.1
	expect_exit 75 mail_to later@example.com
	expect_said greylisted
	expect_waiting 0
	expect_count_at relay1 1
}

# sendmail has its verdict then, and may be gone before the relay is.
deliver_direct_takes_leave_of_a_relay_that_refuses() {
	configured <<<'deliver direct'
	for _ in {1..30}; do expect_exit 67 mail_to unknown@example.com; done
	expect_soon then_the_relay_heard_quit 30
}

then_the_relay_heard_quit() { [ "$(grep -c ' rcpt=0/1 .*quit=1 ' $LAB/relays.log)" = "$1" ]; }

deliver_direct_needs_neither_spool_nor_privilege() {
	configured <<<'deliver direct'
	by='nobody --no-new-privs' mail_to bob@example.net
	expect_count_at relay1 1
}

# Hazard F21: after a boot, too.
a_daemon_finds_what_was_queued_before() {
	mail_to bob@example.net -odq
	salsad_runs
	sendmail -q
	expect_delivered
}

q_with_an_interval_is_the_daemon() {
	sendmail -q15m
	expect_soon [ -S "$SOCKET" ]
	by='nobody --no-new-privs' mail_to bob@example.net
	expect_arrived_at relay1
}

the_daemon_reads_its_configuration_again_and_says_all_that_is_wrong() {
	salsad_runs
	configured <<-CONF
	warn soon
	colour green
	CONF
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged "$CONF:1: bad value for warn"
	expect_soon logged "$CONF:2: unknown word"
	configured <<<'warn 4h'
	kill -HUP "$(pid_of_salsad)"
	# shellcheck disable=SC2016  # it is asked anew each time
	expect_soon eval '[ "$(grep -c "read $CONF again" $MAIL_LOG)" = 2 ]'
	mail_to bob@example.net
	expect_arrived_at relay1
}

the_daemon_leaves_when_it_is_told() {
	salsad_runs
	mail_to bob@example.net -odi
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	expect_soon nobody_runs salsa-relay
	expect_soon nobody_runs salsa-drop
	expect_exit 0 mail_to bob@example.net	# by the other door
	expect_count_at relay1 2
}

while_the_daemon_finishes_a_delivery_its_door_is_open() {
	misbehaves odd -W CONNECT:60
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	salsad_runs
	mail_to bob@example.net
	expect_soon eval '[ "$(calls_to odd)" -gt 0 ]'
	kill "$(pid_of_salsad)"
	expect_soon grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$(pid_of_salsad)/status"	# it has heard of that
	for _ in 1 2; do
		within 10 expect_exit 0 as nobody --no-new-privs sendmail bob@example.net <<<'Subject: late'
		kill -KILL "$(pidof salsa-drop)"
	done
	expect_same "$(waiting)" 3
	pkill -KILL -x salsa-relay
	expect_soon nobody_runs salsad
}

there_is_one_daemon_for_a_spool() {
	local code=0

	salsad_runs
	timeout 5 salsad || code=$?
	[ $code != 0 ] && [ $code != 124 ] || fail "the second one ended with $code"
	mail_to bob@example.net
	expect_arrived_at relay1
}

# Its salsa-drop would use the new one, and it the old one.
the_daemon_leaves_a_spool_that_is_not_configured_any_more() {
	salsad_runs
	cp -a "$SPOOL" /tmp/spool
	configured <<<'spool /tmp/spool'
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged "error: the spool is /tmp/spool now: salsad leaves $SPOOL, and has to be started again"
	expect_soon nobody_runs salsad
	mail_to bob@example.net
	expect_arrived_at relay1
}

a_private_daemon_finds_its_configuration_again() {
	mkdir -p /tmp/private/{queue,corrupt,state}
	echo 'spool /tmp/private' >/tmp/private/conf
	chown -R nobody /tmp/private
	(cd /tmp/private && SALSA_CONF=conf as nobody salsad)
	expect_soon [ -S /tmp/private/submit ]
	kill -HUP "$(pid_of_salsad)"
	expect_soon logged 'read /tmp/private/conf again'
	if logged 'expected a configuration file'; then fail 'it looked elsewhere'; fi
}

a_socket_that_is_handed_over_is_served() {	# as systemd does
	activate "$SOCKET" salsad &
	expect_soon [ -S "$SOCKET" ]
	by='nobody --no-new-privs' mail_to bob@example.net
	expect_arrived_at relay1
}

a_socket_that_a_service_manager_keeps_is_not_taken_away() {
	local manager

	"$here/activate" "$SOCKET" sleep 1000 &
	manager=$!
	expect_soon grep -q "$SOCKET\$" /proc/net/unix
	expect_exit 75 salsad
	expect_said "$SOCKET is a service manager's"
	expect_same "$(grep -c " 00010000 .*$SOCKET\$" /proc/net/unix)" 1	# that listen
	kill $manager
	wait $manager || :
	salsad_runs
	mail_to bob@example.net
	expect_arrived_at relay1
}

callers_are_not_held_by_what_they_started() {
	given_nobody_can_deliver
	falls_silent relay1 relay2
	within 10 eval 'output=$(mail_to bob@example.net 2>&1)'
}

a_private_instance_needs_no_root() {
	install -d -o nobody /tmp/private
	as nobody tee /tmp/private/conf >/dev/null <<-CONF
	spool /tmp/private/spool
	mailname private.example.com
	CONF
	as nobody mkdir -p /tmp/private/spool/queue /tmp/private/spool/corrupt /tmp/private/spool/state
	by='nobody env SALSA_CONF=/tmp/private/conf' mail_to bob@example.net
	expect_arrived_at relay1 'from <nobody@private.example.com>'
}

privileged_programs_ignore_salsa_conf() {
	given_nobody_can_deliver
	mail_to bob@example.net -odq
	as nobody tee /tmp/evil.conf >/dev/null <<<'log /tmp/evil.log'
	as nobody env SALSA_CONF=/tmp/evil.conf "$LIBEXECDIR/salsa/salsa-drop" </dev/null || :
	[ ! -e /tmp/evil.log ] || fail 'salsa-drop wrote where the caller said'
}
