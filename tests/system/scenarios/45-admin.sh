# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# The queue in somebody's hand: runs of a part of it, `salsa queue', and what one user may have of it.

# Two messages that wait, alice's to bob and dave's to carol; with a daemon for whoever starts one first.
given_two_that_wait() {
	subject=first mail_to bob@example.net -odq -f alice@example.org
	subject=second mail_to carol@example.com -odq -f dave@example.org
}

then_only_this_arrives() { expect_arrived_at relay1 "$1"; expect_count_at relay1 1; }

# sendmail -qI, -qR, -qS and their opposites.
then_runs_serve_what_they_select() {
	expect_exit 0 sendmail -qf -qRnobody@ -v
	expect_said 'no message is selected'
	expect_exit 0 sendmail -v -qRBOB@ -qSalice
	expect_said '1 message to be tried now'
	then_only_this_arrives first
	expect waits carol
	sendmail -qf -q!I"$(id_of carol)"
	expect waits carol
	sendmail -qf -qSx@ -qSdave@
	expect_arrived_at relay1 second
	expect_delivered
}

a_run_serves_what_it_selects() {
	salsad_runs
	given_two_that_wait
	then_runs_serve_what_they_select
}

a_run_serves_what_it_selects_without_a_daemon() {
	given_two_that_wait
	then_runs_serve_what_they_select
}

# Whoever loops `sendmail -q' must not keep salsad busy, nor have it forget all the time who is down.
an_ordinary_user_has_a_run_now_and_then() {
	salsad_runs
	by=nobody subject=mine mail_to bob@example.net -odq
	given_two_that_wait
	expect_exit 0 as nobody sendmail -v -qR@example
	expect_said '1 message of yours to be tried now'	# of the others he learns nothing
	expect_delivered
	expect_exit 75 as nobody sendmail -q
	expect_said 'wait a little'
	expect_exit 0 sendmail -q
}

# Without a daemon he has runs of his own, but what is known of relays is everybody's.
what_is_known_of_relays_is_not_forgotten_for_everybody_all_the_time() {
	local found=$SPOOL/state/found

	install -o salsa -g salsa -m 660 /dev/null "$found"
	as nobody sendmail -qf
	expect [ ! -e "$found" ]
	install -o salsa -g salsa -m 660 /dev/null "$found"
	as nobody sendmail -qf
	expect [ -e "$found" ]
	sendmail -qf
	expect [ ! -e "$found" ]
}

what_is_held_waits_until_it_is_released() {
	salsad_runs
	given_two_that_wait
	expect_exit 0 salsa queue hold --to 'bob@example.net'
	expect_said ': held: from <alice@example.org> to <bob@example.net>,'
	expect is_held bob
	sendmail -qf
	then_only_this_arrives second
	expect_soon logged 'held by uid 0'
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	salsad_runs
	sendmail -qf
	expect is_held bob
	expect_exit 75 salsa queue retry "$(id_of bob)"
	expect_said 'it is held; release it'
	expect_exit 0 salsa queue release "$(id_of bob)"
	expect_arrived_at relay1 first
	expect_delivered
}

# Whose second wish within half a minute comes too soon.
what_a_member_of_the_group_releases_is_sent_too() {
	salsad_runs
	given_two_that_wait
	salsa queue hold --all
	sendmail -qf	# salsad has seen that they are held
	setpriv --reuid nobody --regid "$(id -g nobody)" --groups salsa salsa queue release "$(id_of bob)"
	expect_arrived_at relay1 first
	expect_exit 0 setpriv --reuid nobody --regid "$(id -g nobody)" --groups salsa salsa queue release --all
	expect_said 'done when the queue is next run'
	expect_delivered
}

without_a_daemon_what_is_released_is_sent_too() {
	given_two_that_wait
	expect_exit 0 salsa queue hold --all
	sendmail -qf
	expect_nothing_arrived
	expect_exit 0 salsa queue release --from '*.org' --to '*.net'
	then_only_this_arrives first
	expect is_held carol
}

a_retry_is_now_and_only_for_what_was_meant() {
	salsad_runs
	given_two_that_wait
	expect_exit 0 salsa queue retry --older 0 --from 'alice@*'
	then_only_this_arrives first
	expect waits carol
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	expect_exit 0 salsa queue retry --newer 1h
	expect_arrived_at relay1 second
}

what_is_removed_is_gone_and_nobody_hears_of_it() {
	salsad_runs
	given_two_that_wait
	expect_exit 64 salsa queue remove
	expect_exit 64 salsa queue remove bob@example.net
	expect_exit 69 salsa queue remove --to '*.example'
	expect_said 'nothing in the queue is selected'
	expect_exit 69 salsa queue remove 65A00000000000
	expect_said 'there is no such message'
	expect_waiting 2
	expect_exit 0 salsa queue remove "$(id_of bob)"
	expect_said ': removed: from <alice@example.org> to <bob@example.net>,'
	sendmail -qf
	then_only_this_arrives second
	expect_delivered
}

then_what_is_given_up_returns() {
	expect_exit 0 salsa queue bounce --to bob@example.net
	expect_arrived_at relay1 'to <alice@example.org>' 'given up by the administrator' 'Subject: first'
	expect_soon eval '! waits bob'
	expect_count_at relay1 1
	expect waits carol
}

what_is_given_up_returns_to_its_sender() {
	salsad_runs
	given_two_that_wait
	then_what_is_given_up_returns
}

without_a_daemon_what_is_given_up_returns_too() {
	given_two_that_wait
	then_what_is_given_up_returns
}

a_message_in_a_workers_hand_is_left_alone() {
	misbehaves odd -W CONNECT:60
	configured <<-CONF
	discover off
	relay $(name_of odd)
	CONF
	salsad_runs
	mail_to bob@example.net
	expect_soon pgrep -x salsa-relay
	for verb in hold remove bounce; do
		expect_exit 75 salsa queue $verb --all
		expect_said 'it is being delivered just now; nothing was changed'
	done
	expect_exit 0 salsa queue show --all
	expect_said 'being delivered'
}

the_queue_is_listed_and_shown_in_part() {
	given_two_that_wait
	expect_same "$(salsa queue list)" "$(mailq)"
	expect_same "$(salsa queue list -j)" "$(mailq -j)"
	expect_same "$(salsa queue list --from 'dave@*' -j | grep -c carol@)" 1
	expect_exit 0 salsa queue list --to 'bob@*'
	expect_said 'in 1 Request.'
	expect_exit 69 salsa queue list --older 1h
	expect_exit 0 salsa queue show "$(id_of bob)"
	expect_said 'Sender:    <alice@example.org>'
	expect_said 'Recipient: <bob@example.net> waiting'
	expect_said 'Subject: first'
	case $output in *Hello.*) fail 'the body was not asked for' ;; esac
	expect_exit 0 salsa queue show -b "$(id_of bob)"
	expect_said Hello.
}

# Of several the others are done, as with rm(1).
what_is_not_there_is_said_and_the_rest_is_done() {
	local gone=65A00000000000 bob

	given_two_that_wait
	bob=$(id_of bob)
	for verb in list show hold remove; do
		expect_exit 69 salsa queue $verb $gone "$bob"
		expect_said "salsa: $gone: there is no such message"
		expect_said "$bob"
		case $output in *'nothing in the queue'*) fail 'one was selected' ;; esac
	done
	expect_waiting 1
	expect_exit 69 salsa queue show "$bob"
}

what_is_damaged_is_said_to_be_set_aside() {
	local bob

	given_two_that_wait
	bob=$(id_of bob)
	printf X | dd of="$SPOOL/queue/$bob" bs=1 seek=100 conv=notrunc status=none
	expect_exit 75 salsa queue remove "$bob"
	expect_said "salsa: $bob: "
	expect_said "it was set aside, $SPOOL/corrupt has it"
	expect [ -e "$SPOOL/corrupt/$bob" ]
	expect_soon logged "$bob: set aside by uid 0"
}

# A file name with a slip in it would otherwise mean the queue of the system.
what_is_wrong_with_a_private_configuration_saves_the_queue() {
	given_two_that_wait
	for verb in list show hold remove; do
		expect_exit 78 env SALSA_CONF=/etc/salsa/none salsa queue $verb --all
		expect_said '/etc/salsa/none: No such file or directory'
	done
	expect_waiting 2
	! is_held bob || fail 'one was held'
}

faults_that_stop_all_mail_are_said_beside_what_was_done() {
	given_two_that_wait
	configured <<<'relais smtp.example.net'
	expect_exit 0 salsa queue retry --all
	expect_said "faults in $CONF: no mail is sent"
}

# Somebody saves a message on a disk that is full, and then removes it.
what_could_not_be_written_was_not_shown() {
	given_two_that_wait
	for verb in 'queue show -b --all' 'queue list' 'discover' 'zone 165.154.0.0/16 noc.example.net'; do
		# shellcheck disable=SC2016
		expect_exit 74 sh -c 'salsa $* >/dev/full' - $verb
		expect_said 'No space left on device'
	done
	expect_exit 0 sh -c 'salsa queue show -b --all | head -n 1'
}

# Hazard L10.
a_message_that_is_shown_cannot_steer_a_terminal() {
	mount -t devpts -o ptmxmode=666 pts /dev/pts
	ln -sf pts/ptmx /dev/ptmx
	printf 'Subject: x\n\nred \033[31m\302\233 red\n' | sendmail -odq bob@example.net
	expect_exit 0 script -qec "salsa queue show -b --all" /dev/null
	expect_said 'red ?[31m'
	case $output in *$'\033'* | *$'\302\233'*) fail 'it could' ;; esac
	salsa queue show -b --all | grep -q $'red \033\[31m\302\233 red'	# octet for octet to a file
}

# Hazards L6 and L7.
only_root_and_the_group_touch_the_queue() {
	given_two_that_wait
	for verb in list hold remove show bounce; do
		expect_exit 77 as nobody salsa queue $verb --all
		expect_said 'mailq lists your own messages'
	done
	expect_waiting 2
	expect_exit 0 setpriv --reuid nobody --regid "$(id -g nobody)" --groups salsa salsa queue hold --all
	expect is_held bob
}

given_half_a_megabyte_of() { as "$1" sendmail -odq bob@example.net </tmp/half_a_megabyte; }	# USER

then_there_is_room_for_others() {
	local n=0

	while given_half_a_megabyte_of nobody 2>/tmp/refused; do
		n=$((n + 1))
		[ $n -lt 40 ] || fail 'nobody has it all'
	done
	[ $n -gt 10 ] || fail "only $n: $(cat /tmp/refused)"
	expect_exit 75 given_half_a_megabyte_of nobody
	expect_said 'as many as one user may have'
	expect given_half_a_megabyte_of daemon
	mail_to bob@example.net -odq
}

# Hazard L8: a part of the room for him, as much for the others, and a reserve for root.
one_user_cannot_fill_the_queue_for_the_others() {
	the_queue_is_small size=20m
	head -c 500000 /dev/zero | tr '\0' x | fold -w 70 >/tmp/half_a_megabyte
	then_there_is_room_for_others
	find "$SPOOL/queue" -type f -delete
	salsad_runs
	then_there_is_room_for_others
}
