# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What a worker can do that a relay has taken over (tests/hostile), and what others can do to the spool.

# The discovered relay takes over whoever calls it; what it makes him do stands in its greeting.
given_a_relay_that_takes_workers_over() {	# ATTACK ...
	[ -e "$top/$BUILD/hostile" ] || fail "\`make $BUILD/hostile' builds what is missing"
	mount --bind "$top/$BUILD/hostile" "$LIBEXECDIR/salsa/salsa-relay"
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	misbehaves odd -h "odd $*" -r MAIL
}

then_nothing_is_harmed() {	# MESSAGES: that are still in the queue, and whole
	expect_same "$(find "$SPOOL/queue" "$SPOOL/corrupt" -type f -printf '%m\n' | sort | uniq -c | xargs)" "$1 660"
	expect_same "$(mailq -j | grep -c @example)" "$1"
	[ ! -e /tmp/hostile ] || fail 'a worker wrote a file'
	pidof salsad >/dev/null || fail 'salsad is gone'
}

a_worker_that_was_taken_over_harms_nothing() {
	local attacks='read-queue write-queue write-beside write-tmp read-shadow submit lie' attack

	# shellcheck disable=SC2086
	given_a_relay_that_takes_workers_over $attacks
	salsad_runs
	subject=other mail_to carol@example.org -odq
	subject=taken mail_to bob@example.net
	for attack in $attacks; do expect_soon logged "hostile $attack: "; done
	if logged hostile | grep ': done'; then fail "$(logged hostile)"; fi
	expect_soon logged 'ended in the middle of it'
	then_nothing_is_harmed 2
}

what_no_worker_does_kills_it_and_is_said() {
	local attack n=0

	salsad_runs
	for attack in make-process trace-salsad kill-salsad run-program; do
		: >$MAIL_LOG
		given_a_relay_that_takes_workers_over "$attack"
		mail_to bob@example.net
		expect_soon logged 'it tried what no worker does'
		if logged 'hostile '; then fail "$attack did not kill it"; fi
		then_nothing_is_harmed $((n += 1))
		misbehaves_no_more
	done
}
