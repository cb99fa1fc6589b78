# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034
# What all who strike have in common: the relays, the messages, and the count of what arrived.

STRIKE=$top/$BUILD/tests/crash/strike
WHAT=/tmp/what		# what strike did
SAID=/tmp/said		# what a sendmail said
BODY=/tmp/body
HANGS=20		# seconds

# One relay that the DNS names takes everything, and one that is configured refuses all that it is to carry.
given_relays() {
	misbehaves odd
	misbehaves odd2 -f RCPT
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	configured <<-CONF
	relay $(name_of odd2)
	  for refused.example
	discovered *
	  refuse refused.example
	CONF
	given_body
}

# Three blocks of each program that reads or writes one.  What counts them stands where no scenario mounts anything.
given_body() {
	cp "$top/tests/crash/lib/tally" $LAB/
	for _ in {1..1400}; do
		echo '.All work and no play makes Jack a dull boy.  All work and no play makes Jack.'
	done >$BODY
	body=$(<$BODY)
}

message() { printf 'Subject: %s\n\n%s\nend of %s\n' "$1" "$body" "$1"; }	# SUBJECT

# What arrived: times[SUBJECT], and times[bounces].  Nothing came in pieces.
count_arrivals() {
	local subject n

	unset times
	declare -gA times=()
	while read -r subject n; do
		[ "$subject" != cut ] || fail "not whole: $n: $(tail -c 300 "$n")"
		times[$subject]=$n
	done < <(messages_at odd | xargs -r $LAB/tally $BODY)
}

nothing_runs() { ! pidof sendmail salsa-drop salsad salsa-relay; }

# The next run is the last: then nothing is left, in the spool or of a process.
expect_nothing_left() {
	timeout $HANGS sendmail -qf || fail "the next run does not end well: $?"
	expect_soon nothing_runs
	queue_is_empty || fail "left behind in the queue: $(ls -l "$SPOOL/queue"; mailq; tail -n 3 $MAIL_LOG)"
	[ -z "$(find "$SPOOL/corrupt" -type f)" ] || fail "set aside: $(ls -l "$SPOOL/corrupt"; tail -n 3 $MAIL_LOG)"
	[ -z "$(find "$SPOOL/state" -name '.*' -type f)" ] || fail "half-made: $(ls -Al "$SPOOL/state")"
}

# struck N OPTION ... PROGRAM COMMAND ...: sets $code, and $what: it is empty when there was nothing any more to strike.
struck() {
	: >$WHAT
	code=0
	"$STRIKE" -n "$1" -o $WHAT -t $HANGS "${@:2}" || code=$?
	what=$(<$WHAT)
	[ $code != 124 ] || fail "hangs: $what"
}

# at_each_point STEP COMMAND ...: COMMAND N for N = 1, 1 + STEP ... until there was nothing any more to strike.
at_each_point() {
	local n step=${STRIDE:-$1}
	shift

	for ((n = 1; ; n += step)); do
		"$@" $n
		[ -n "$what" ] || break
	done
	[ $n -gt 10 ] || fail "only $n points"
}

# What a sendmail came to, and what was struck meanwhile: codes, lines (that it said) and whats, by its message's subject.
given_submissions() { codes=() lines=() whats=(); }

take_down() {	# SUBJECT
	codes[$1]=$code
	lines[$1]=$(wc -l <$SAID)
	whats[$1]=$what
	[ "$code" != 124 ] || fail "hangs: $what; $(<$SAID)"
}

# submitted_under_strike OPTION ... PROGRAM N: one message, the next number its subject.
submitted_under_strike() {
	local n=${!#} subject=$((${#codes[@]} + 1))

	message $subject >/tmp/message
	struck "$n" "${@:1:$#-1}" setpriv --reuid nobody --regid nogroup --clear-groups \
		sendmail -i bob@example.net </tmp/message 2>$SAID
	take_down $subject
}

# The same through salsad, which is what is watched, up to its end; the sendmail waits for what the relay says.
submitted_to_struck_daemon() {
	local n=${!#} subject=$((${#codes[@]} + 1)) daemon

	message $subject >/tmp/message
	: >$WHAT
	rm -f "$SOCKET"
	"$STRIKE" -n "$n" -o $WHAT -t $HANGS "${@:1:$#-1}" salsad -d 2>/tmp/daemon &
	daemon=$!
	eventually socket_or_end $daemon
	code=0
	as nobody timeout $HANGS sendmail -odi -i bob@example.net </tmp/message 2>$SAID || code=$?
	what=$(<$WHAT)
	take_down $subject
	kill $daemon 2>/dev/null || :
	wait $daemon || [ $? != 124 ] || fail "salsad hangs: $what"
	queue_is_empty || timeout $HANGS sendmail -qf || :	# nothing is struck a second time
}

socket_or_end() { [ -S "$SOCKET" ] || ! kill -0 "$1"; }

# The laws of a submission, whatever was struck; some may have come twice.
expect_whole_or_nothing() {	# MOST: so many at most
	local n twice=()

	expect_nothing_left
	count_arrivals
	for n in "${!codes[@]}"; do
		expect_lawful "$n"
		[ "${times[$n]:-0}" -le 1 ] || twice+=("${whats[n]}")
	done
	[ ${#twice[@]} -le "$1" ] || fail "${#twice[@]} came twice: $(printf '%s; ' "${twice[@]}")"
}

expect_lawful() {	# SUBJECT
	local what=${whats[$1]} code=${codes[$1]} said=${lines[$1]} came=${times[$1]:-0}

	[ "$came" -le 2 ] || fail "came $came times: $what"
	case $code in
	0) [ "$came" != 0 ] || fail "told 0, and lost: $what"
		[ "$said" = 0 ] || fail "said $said lines, and 0: $what" ;;
	137) ;;
	6[4-9] | 7[0-8]) [ "$said" = 1 ] || fail "said $said lines: $what" ;;
	*) fail "exit code $code: $what" ;;
	esac
}

# One entry that waits in the queue: for somebody whom its relay takes, and somebody whom it refuses.
given_entry() {
	message waiting >/tmp/message
	sendmail -odq -f alice@example.net bob@example.net nobody@refused.example </tmp/message
	expect_soon nothing_runs
	entry=$(basename "$SPOOL"/queue/*)
	mv "$SPOOL/queue/$entry" /tmp/entry
	points=0 twice=() told_twice=()
}

# delivered_under_strike OPTION ... PROGRAM N: one run of the queue, and then another that nobody strikes.
delivered_under_strike() {
	local n=${!#}

	cp -p /tmp/entry "$SPOOL/queue/$entry"
	struck "$n" "${@:1:$#-1}" sendmail -qf 2>$SAID
	expect_nothing_left
	count_arrivals
	nothing_has_arrived
	points=$((points + 1))
	case ${times[waiting]:-0} in
	1) ;;
	2) twice+=("$what") ;;
	*) fail "arrived ${times[waiting]:-0} times: $what" ;;
	esac
	case ${times[bounces]:-0} in
	1) ;;
	2) told_twice+=("$what") ;;
	*) fail "bounced ${times[bounces]:-0} times: $what" ;;
	esac
}

expect_few_twice() {	# NUMBER NUMBER: of messages, of bounces
	[ ${#twice[@]} -le "$1" ] || fail "${#twice[@]} came twice: $(printf '%s; ' "${twice[@]}")"
	[ ${#told_twice[@]} -le "$2" ] || fail "${#told_twice[@]} bounced twice: $(printf '%s; ' "${told_twice[@]}")"
}

SENDERS=32 EACH=63
SEED=4711

# send_many SENDER: the messages of one, and what was said of each, in /tmp/crowd/SENDER.
send_many() {
	local i code

	for ((i = 1; i <= EACH; i++)); do
		code=0
		message "$1.$i" | as nobody sendmail -i bob@example.net || code=$?
		echo "$1.$i $code"
	done >"/tmp/crowd/$1" 2>/dev/null
}

# Every so often one of those who run is no more, and somebody starts another.
kill_and_start() {
	local programs=(salsad salsa-drop salsa-relay) program

	set +euE
	exec 2>/dev/null
	RANDOM=$SEED
	renice -n -15 $BASHPID >/dev/null
	while sleep 0.0$((RANDOM % 50 + 10)); do
		case $((RANDOM % 4)) in
		0) salsad -1 & ;;
		1) salsad & ;;
		esac
		program=${programs[RANDOM % 3]}
		kill -KILL "$(pgrep -nx $program)" && echo $program >>/tmp/killed
	done
}
