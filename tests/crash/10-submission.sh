# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# A submission arrives whole or not at all, whichever call is the last or fails; one that was told 0 arrives (hazard F2).

# shellcheck source=tests/crash/lib/crash.sh
. "$top/tests/crash/lib/crash.sh"

a_killed_sendmail_sends_all_or_nothing() {
	given_relays
	given_submissions
	at_each_point 1 submitted_under_strike sendmail
	salsad_runs
	at_each_point 1 submitted_under_strike sendmail
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	expect_whole_or_nothing 0
}

a_killed_salsa_drop_queues_all_or_nothing() {
	given_relays
	given_submissions
	at_each_point 1 submitted_under_strike salsa-drop
	expect_whole_or_nothing 0
}

# There is another door still: what is complete when its caller has not been told comes twice, over four calls, which
# both rounds may meet.
a_killed_salsa_drop_behind_its_socket_queues_all_or_nothing() {
	given_relays
	given_submissions
	at_each_point 11 submitted_to_struck_daemon salsa-drop
	at_each_point 1 submitted_to_struck_daemon -a accept4 salsa-drop
	expect_whole_or_nothing 8
}

a_killed_salsad_has_queued_all_or_nothing() {
	given_relays
	given_submissions
	at_each_point 7 submitted_to_struck_daemon salsad
	expect_whole_or_nothing 8
}

a_fault_of_sendmail_is_said_in_one_line() {
	given_relays
	given_submissions
	at_each_point 3 submitted_under_strike -f sendmail
	salsad_runs
	at_each_point 3 submitted_under_strike -f sendmail
	kill "$(pid_of_salsad)"
	expect_soon nobody_runs salsad
	expect_whole_or_nothing 0
}

a_fault_of_salsa_drop_is_said_in_one_line() {
	given_relays
	given_submissions
	at_each_point 3 submitted_under_strike -f salsa-drop
	expect_whole_or_nothing 0
}

a_fault_of_salsa_drop_behind_its_socket_holds_up_nobody() {
	given_relays
	given_submissions
	at_each_point 19 submitted_to_struck_daemon -f salsa-drop
	at_each_point 5 submitted_to_struck_daemon -f -a accept4 salsa-drop
	expect_whole_or_nothing 4
}

a_fault_of_salsad_holds_up_nobody() {
	given_relays
	given_submissions
	at_each_point 13 submitted_to_struck_daemon -f salsad
	expect_whole_or_nothing 4
}
