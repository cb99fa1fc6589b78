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
		nothing_is_logged
		given_a_relay_that_takes_workers_over "$attack"
		mail_to bob@example.net
		expect_soon logged 'it tried what no worker does'
		if logged 'hostile '; then fail "$attack did not kill it"; fi
		then_nothing_is_harmed $((n += 1))
		misbehaves_no_more
	done
}

# Whatever stands in the spool's directories, hazards F14, F17, L5: who can write there is the spool's owner.
given_plants() {	# DIRECTORY NAME: of each kind of thing that is no file of ours, NAME1 to NAME6
	echo precious >/tmp/victim
	chmod 600 /tmp/victim
	ln -s /tmp/victim "$SPOOL/$1/${2}1"
	mkfifo -m 660 "$SPOOL/$1/${2}2"
	mkdir -m 770 "$SPOOL/$1/${2}3"
	install -m 660 /dev/stdin "$SPOOL/$1/${2}4" <<<'a foreign file'
	ln "$SPOOL/$1/${2}4" "$SPOOL/$1/${2}5"
	ln -s /nowhere/at/all "$SPOOL/$1/${2}6"
	chown -h salsa:salsa "$SPOOL/$1/$2"[12356]
}

then_mail_gets_out() {
	mail_to carol@example.org -odq
	within 10 mail_to bob@example.net -odi
	sendmail -qf
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_arrived_at relay1 'to <carol@example.org>'
	within 10 expect_exit 0 mailq
	expect_same "$(cat /tmp/victim) $(stat -c '%a %U' /tmp/victim)" 'precious 600 root'
	[ ! -e /nowhere ] || fail 'something was made through a link'
}

what_is_planted_in_the_queue_harms_nothing() {
	given_plants queue 65A0000000000
	then_mail_gets_out
	salsad_runs
	then_mail_gets_out
}

what_is_planted_in_corrupt_harms_nothing() {
	given_plants corrupt 65A0000000000
	install -m 660 -o salsa -g salsa /dev/stdin "$SPOOL/queue/65A00000000001" <<<'no entry'
	install -m 660 -o salsa -g salsa /dev/stdin "$SPOOL/queue/65A00000000004" <<<'no entry'
	then_mail_gets_out
	expect_same "$(cat "$SPOOL/corrupt/65A00000000004")" 'a foreign file'
}

what_is_planted_in_state_harms_nothing() {
	local kind

	mail_to bob@example.net -odi
	for kind in 1 2 3 4 5 6; do
		rm -rf "$SPOOL/state"/*
		given_plants state x
		mv "$SPOOL/state/x$kind" "$SPOOL/state/found"
		then_mail_gets_out
	done
}

# Bait that group salsa alone can open.  Whoever has gained that group opens no file that his caller names.
given_bait() {
	install -d -m 775 -g salsa /tmp/bait
	install -m 640 -g salsa /dev/stdin /tmp/bait/file <<<'log /tmp/bait/log'
}

then_it_is_not_taken() {	# USER PROGRAM [ARGUMENT ...]
	local user=$1 bait=() name
	shift

	for name in SALSA_CONF HOME TMPDIR MAIL TZ TZDIR LOCPATH LANGUAGE NLSPATH HOSTALIASES RES_OPTIONS MALLOC_TRACE \
		LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GCONV_PATH GETCONF_DIR LISTEN_FDS LISTEN_PID OPENSSL_CONF SSL_CERT_FILE; do
		bait+=("$name=/tmp/bait/file")
	done
	timeout 10 strace -qq -f -u "$user" -e trace=%file -o /tmp/trace env -i "${bait[@]}" "$@" \
		</dev/null >/tmp/said 2>&1 || [ $? != 124 ] || fail "$user: $* did not end"
	if grep '"/tmp/bait.*) = [0-9]' /tmp/trace | grep -E 'open|creat|link|rename|mkdir|mknod|chmod|chown|truncate'; then
		fail "$user: $*: $(grep '"/tmp/bait.*) = [0-9]' /tmp/trace | head -1)"
	fi
}

then_no_option_takes_it() {	# PROGRAM
	local letter user

	for letter in {a..z} {A..Z} {0..9}; do
		then_it_is_not_taken nobody "$1" "-$letter/tmp/bait/file" "-$letter" /tmp/bait/file
	done
	for user in nobody daemon uid-54321; do
		then_it_is_not_taken $user "$1"
		then_it_is_not_taken $user "$1" -OQueueDirectory=/tmp/bait -oQ/tmp/bait -C/tmp/bait/file -X/tmp/bait/log root
	done
	expect_same "$(ls /tmp/bait)" file
}

# Hazard L1.
no_option_opens_a_file_with_privilege() {
	echo 'uid-54321:x:54321:54321::/:/bin/sh' >>/etc/passwd
	given_bait
	then_no_option_takes_it "$BINDIR/mailq"
	then_no_option_takes_it "$LIBEXECDIR/salsa/salsa-drop"
	then_no_option_takes_it "$SBINDIR/sendmail"
}

then_it_can_be_shown() {	# FILE
	if LC_ALL=C grep -qP '[^\x09\x0a\x20-\x7e]' "$1"; then fail "$1: $(cat -v "$1")"; fi
}

# Hazard L10; an address may hold C1 controls as UTF-8: RFC 6531, 3.3.
no_address_and_no_reply_reaches_a_log_or_a_terminal_as_it_is() {
	local address

	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	misbehaves odd -h $'odd \e[2J\e]0;title\a\x9b2J \xc2\x9b2J' -r RCPT
	for address in $'b\xc2\x9b2J@example.net' $'"b\e[2J"@example.net' $'b\xff@example.net' $'b\r\nX: y@example.net'; do
		mail_to "$address" -v -f $'"a\xc2\x9b"@example.org' >/tmp/said 2>&1 || :
		then_it_can_be_shown /tmp/said
	done
	mail_to bob@example.net -v >/tmp/said 2>&1 || :
	grep -q '<- 220 odd' /tmp/said || fail "$(cat -v /tmp/said)"
	then_it_can_be_shown /tmp/said
	mailq >/tmp/said
	then_it_can_be_shown /tmp/said
	mailq -j >/tmp/said
	then_it_can_be_shown /tmp/said
	then_it_can_be_shown "$MAIL_LOG"
}
