# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Many who send at once, many who run the queue at once, and somebody who kills them all the time (hazards F3, F17, F20).

# shellcheck source=tests/crash/lib/crash.sh
. "$top/tests/crash/lib/crash.sh"

a_crowd_loses_nothing_when_runners_are_killed() {
	local i senders=() killer subject code again=0 killed

	given_relays
	body='Hello.'
	echo "$body" >$BODY
	mkdir /tmp/crowd
	: >/tmp/killed
	kill_and_start &
	killer=$!
	for ((i = 1; i <= SENDERS; i++)); do send_many $i & senders+=($!); done
	wait "${senders[@]}"
	kill $killer
	pkill -TERM -x salsad || :
	expect_soon nobody_runs salsad
	expect_nothing_left
	count_arrivals
	while read -r subject code; do
		[ "$code" != 0 ] || [ "${times[$subject]:-0}" != 0 ] || fail "told 0, and lost: $subject"
		[ "${times[$subject]:-0}" -le 1 ] || again=$((again + times[$subject] - 1))
	done < <(cat /tmp/crowd/[0-9]*)
	killed=$(wc -l </tmp/killed)
	[ "$killed" -gt 10 ] || fail "only $killed were killed"
	[ $again -le "$killed" ] || fail "$again arrived again, and $killed were killed"
}
