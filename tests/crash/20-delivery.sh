# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# A delivery comes to its end, whichever call of it is the last or fails: a message arrives at least once, and twice only
# where its relay has accepted it and that is not yet on the disk; so does its bounce (hazards F3, F6, F9 to F11).

# shellcheck source=tests/crash/lib/crash.sh
. "$top/tests/crash/lib/crash.sh"

# From the relay's 250, that salsad is yet to read, to its record; from a bounce that is durable, and from the 250 for it,
# to the removal of what it is about, and of itself.
a_killed_salsad_delivers_at_least_once() {
	given_relays
	given_entry
	at_each_point 4 delivered_under_strike salsad
	expect_few_twice 5 16
}

# From the relay's 250 to salsad's ear: a read, an opinion that goes, a packet.
a_killed_salsa_relay_delivers_at_least_once() {
	given_relays
	given_entry
	at_each_point 8 delivered_under_strike salsa-relay
	expect_few_twice 5 5
}

# A record that cannot be written, and a word that is not heard, repeat a delivery, too.
a_fault_of_salsad_delays_and_loses_nothing() {
	given_relays
	given_entry
	at_each_point 9 delivered_under_strike -f salsad
	expect_few_twice 8 8
}

a_fault_of_salsa_relay_delays_and_loses_nothing() {
	given_relays
	given_entry
	at_each_point 17 delivered_under_strike -f salsa-relay
	expect_few_twice 8 8
}
