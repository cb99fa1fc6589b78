# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# The drop-in: what goes in as a caller gives it, and what comes out at a relay.

to_and_cc_and_bcc_are_recipients_and_bcc_stays_here() {
	sendmail -t <<-'MAIL'
	From: alice@example.org
	To: Bob <bob@example.net>, "Carol, of (Sales)" <carol@example.net>
	Cc: friends: dave@example.net, erin@example.net (Erin);
	Bcc: mallory@example.net
	Subject: hidden

	Hello.
	MAIL
	for who in bob carol dave erin mallory; do
		expect_arrived_at relay1 "to <$who@example.net>" hidden
	done
	if sed 1,/^$/d "$ARRIVED"/relay1/* | grep -i -e ^bcc: -e mallory; then
		fail 'Bcc left the host'
	fi
}

resent_fields_replace_the_others() {
	sendmail -t <<-'MAIL'
	From: alice@example.org
	To: bob@example.net
	Resent-From: carol@example.org
	Resent-To: dave@example.net
	Resent-Bcc: erin@example.net
	Subject: resent

	Hello.
	MAIL
	expect_arrived_at relay1 'to <dave@example.net>' resent
	expect_arrived_at relay1 'to <erin@example.net>'
	expect_delivered
	[ -z "$(the_message_at relay1 'to <bob@example.net>')" ] || fail 'bob got it again'
	if grep -i resent-bcc "$ARRIVED"/relay1/*; then fail 'Resent-Bcc left the host'; fi
}

bare_names_are_completed_in_envelope_and_header() {
	sendmail -t -f alice <<-'MAIL'
	From: Alice <alice>
	To: bob, carol@example.net
	Subject: bare

	Hello.
	MAIL
	expect_arrived_at relay1 'from <alice@www1.example.com>' 'to <bob@www1.example.com>' '<alice@www1.example.com>' bare
}

mailname_is_what_completes_them() {
	configured <<<'mailname mail.example.org'
	mail_to bob
	expect_arrived_at relay1 'to <bob@mail.example.org>' 'from <root@mail.example.org>'
}

what_is_missing_is_added_once() {
	local message

	mail_to bob@example.net
	expect_arrived_at relay1
	message=$(the_message_at relay1)
	for field in Date Message-I[Dd] From; do
		expect_same "$(sed 1,/^$/d "$message" | grep -c "^$field: ")" 1 "$field"
	done
	expect_same "$(grep -c '^Received: ' "$message")" 2 'Received: ours and the other one'
	grep -q '^From: .*root@www1.example.com' "$message" || fail "$(grep ^From: "$message")"
}

what_is_there_is_left_alone() {
	sendmail bob@example.net <<-'MAIL'
	Message-ID: <mine@example.org>
	Date: Thu, 01 Jan 1998 00:00:00 +0000
	From: =?utf-8?q?Al=C3=ADce?= <alice@example.org>
	X-Folded: one
	  two   three
	Subject: kept

	Hello.
	MAIL
	expect_arrived_at relay1 kept 'Message-ID: <mine@example.org>' 'Date: Thu, 01 Jan 1998 00:00:00 +0000' \
		'From: =?utf-8?q?Al=C3=ADce?= <alice@example.org>' '  two   three'
	expect_same "$(grep -ci '^message-id:' "$(the_message_at relay1)")" 1
}

a_body_arrives_as_it_was() {
	printf '%s\n' '.' '..' '.leading' 'trailing   ' '	tab' 'From someone' '' '' 'RCPT TO:<x@example.net>' '.' 'end' >/tmp/body
	{ printf 'Subject: octets\n\n'; cat /tmp/body; } | sendmail -i bob@example.net
	expect_arrived_at relay1 octets
	expect_delivered
	expect_same "$(sed 1,/^$/d "$(the_message_at relay1)" | sed 1,/^$/d)" "$(cat /tmp/body)"
}

no_line_end_can_end_the_message() {
	printf 'Subject: smuggled\r\n\r\none\r.\rtwo\n.\r\nthree\r\n.\nQUIT\r.\r\n' | sendmail -oi bob@example.net
	expect_arrived_at relay1 smuggled QUIT
	expect_delivered
	expect_count_at relay1 1
}

a_lone_dot_ends_the_message_without_i() {
	printf 'Subject: ended\n\nbefore\n.\nafter\n' | sendmail bob@example.net
	expect_arrived_at relay1 ended before
	if grep after "$(the_message_at relay1)"; then fail 'the dot did not end it'; fi
}

a_last_line_without_an_end_is_kept() {
	printf 'Subject: open\n\nlast words' | sendmail bob@example.net
	expect_arrived_at relay1 open 'last words'
}

eight_bits_arrive() {
	printf 'Subject: bits\n\ngr\303\274\303\237e \377\n' | sendmail bob@example.net
	expect_arrived_at relay1 "$(printf 'gr\303\274\303\237e \377')"
}

f_and_r_say_who_sends() {
	subject=one mail_to bob@example.net -f alice@example.org
	subject=two mail_to bob@example.net -r carol@example.org
	subject=three mail_to bob@example.net -f ''
	subject=four mail_to bob@example.net -f '<>'
	expect_arrived_at relay1 one 'from <alice@example.org>'
	expect_arrived_at relay1 two 'from <carol@example.org>'
	expect_arrived_at relay1 three 'from <>'
	expect_arrived_at relay1 four 'from <>'
}

F_gives_the_full_name() {
	mail_to bob@example.net -F 'Alice, of "Sales"'
	expect_arrived_at relay1 'From: "Alice, of \"Sales\"" <root@www1.example.com>'
}

what_follows_two_dashes_is_an_address() {
	mail_to bob@example.net -oi --
	expect_arrived_at relay1 'to <bob@example.net>'
}

options_that_callers_use_are_understood() {
	printf 'Subject: old\n\nHello.\n' | sendmail -bm -oem -oi -odb -oo -om -B8BITMIME -N never -R hdrs -h 5 -U bob@example.net
	expect_arrived_at relay1 old
}

unknown_letters_are_refused_in_one_line() {
	expect_exit 64 sendmail -k bob@example.net </dev/null
	expect_same "$(wc -l <<<"$output")" 1 "$output"
	expect_exit 64 sendmail -bz </dev/null
	expect_soon eval 'logged "exit 64: -bz" | grep -q " salsa/sendmail\["'
}

no_recipient_is_an_error() {
	expect_exit 64 sendmail </dev/null
	expect_exit 64 sendmail -t <<<'Subject: nobody'
	expect_same "$(wc -l <<<"$output")" 1 "$output"
	queue_is_empty || fail 'something was queued'
}

a_bad_address_is_refused_before_anything_is_queued() {
	expect_exit 65 mail_to 'bob@exa mple..net'
	expect_exit 65 mail_to $'bob@example.net>\r\nRCPT TO:<eve@example.net'
	queue_is_empty || fail 'something was queued'
}

no_input_is_an_error() {
	expect_exit 66 bash -c 'sendmail bob@example.net <&-'
	queue_is_empty || fail 'something was queued'
}

C_is_for_root_alone() {
	echo 'mailname other.example.com' >/etc/salsa-other.conf
	expect_exit 0 mail_to bob -C /etc/salsa-other.conf
	expect_exit 77 as nobody sendmail -C /etc/salsa-other.conf bob@example.net </dev/null
}

v_shows_the_dialogue() {
	expect_exit 0 mail_to bob@example.net -v
	expect_said 'MAIL FROM'
	expect_said '250 2.0.0'
	expect_arrived_at relay1
}

newaliases_is_content() {
	expect_exit 0 newaliases
	expect_exit 0 sendmail -bi
}

a_large_message_passes() {
	{ printf 'Subject: large\n\n'; head -c 900000 /dev/zero | tr '\0' x | fold -w 70; } | sendmail bob@example.net
	expect_arrived_at relay1 large
	expect_delivered
}

what_is_larger_than_max_size_is_refused() {
	configured <<<'max-size 100K'
	head -c 200000 /dev/zero | tr '\0' x | fold -w 70 >/tmp/large
	code=0
	sendmail bob@example.net </tmp/large || code=$?
	case $code in 65 | 69) ;; *) fail "exit code $code" ;; esac
	queue_is_empty || fail 'something was queued'
}
