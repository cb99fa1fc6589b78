# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What goes in is what is read at the far end, whatever it is made of; a real Postfix takes it.

LAST=/tmp/expected	# the text that was given to sendmail

given_octets() { head -c "$1" /dev/zero | tr '\0' "${2:-x}"; }	# NUMBER [OCTET]

given_a_relay_without_8bitmime() {
	configured <<-CONF
	discover off
	relay $(address_of static2):2525
	CONF
}

given_text() {	# SUBJECT [FIELD ...]: from standard input, and kept to be compared
	local subject=$1
	shift
	cat >$LAST
	{ printf '%s\n' "Subject: $subject" "$@" ''; cat $LAST; } | sendmail -i bob@example.net
}

# then_is_read RELAY SUBJECT [PART ...]: what stands there is what was given, and every line fits.
then_is_read() {
	local relay=$1 subject=$2 file
	shift 2
	expect_arrived_at "$relay" "Subject: $subject"
	file=$(the_message_at "$relay" "Subject: $subject")
	"$here/decode" "$file" "$@" >/tmp/read
	cmp $LAST /tmp/read || fail "$subject: $(cmp $LAST /tmp/read 2>&1)"
	then_lines_fit "$file"
	expect_delivered
}

then_lines_fit() {	# FILE [LENGTH]
	expect_same "$(LC_ALL=C awk -v max="${2:-998}" 'length > max { print length }' "$1" | head -3)" '' 'lines too long'
}

then_untouched() {	# SUBJECT
	if grep -qi '^content-transfer-encoding' "$(the_message_at relay1 "Subject: $1")"; then fail "$1 was recoded"; fi
}

lines_that_fit_go_out_untouched() {
	{ given_octets 998; printf '\n.\n=\ngr\303\274n \n'; } | given_text fits
	then_is_read relay1 fits
	then_untouched fits
}

# Hazard R13.
a_line_that_does_not_fit_is_read_as_it_was() {
	local length

	for length in 999 1000 1998 100000 400000; do
		{ given_octets $length; printf '\n.\n= \n\nend\n'; } | given_text "long$length"
		then_is_read relay1 "long$length"
	done
	for octet in - . '=' ' '; do
		{ given_octets 5000 "$octet"; echo; given_octets 999 "$octet"; echo; } | given_text "octet$octet."
		then_is_read relay1 "octet$octet."
	done
	{ given_octets 5000; printf ' gr\303\274\303\237e\n'; } | given_text utf8
	then_is_read relay1 utf8
	expect_arrived_at relay1 'Subject: utf8' 'charset=utf-8' 'MIME-Version: 1.0'
	{ given_octets 5000; printf ' gr\374\337e\n'; } | given_text latin1
	then_is_read relay1 latin1
	expect_arrived_at relay1 'Subject: latin1' 'charset=unknown-8bit'
}

a_long_line_of_a_part_is_read_as_it_was() {
	local page

	page=$(printf '<html>%s caf\303\251 %s</html>' "$(given_octets 100000)" "$(given_octets 998 -)")
	sendmail -i bob@example.net <<-MAIL
	Subject: page
	MIME-Version: 1.0
	Content-Type: multipart/mixed; boundary="outer"

	nobody reads this
	--outer
	Content-Type: multipart/alternative; boundary=outer-inner

	--outer-inner
	Content-Type: text/plain; charset=utf-8
	Content-Transfer-Encoding: 8bit

	plain caf$(printf '\303\251')
	--outer-inner
	Content-Type: text/html; charset=utf-8

	$page
	--outer-inner--
	--outer
	Content-Type: application/octet-stream
	Content-Transfer-Encoding: base64

	$(given_octets 30000 | base64 -w 0)
	--outer--
	MAIL
	printf %s "$page" >$LAST
	then_is_read relay1 page 1 2
	printf 'plain caf\303\251' >$LAST
	then_is_read relay1 page 1 1
	given_octets 30000 >$LAST
	then_is_read relay1 page 2
}

what_is_signed_is_not_encoded() {
	local text

	text=$(for n in 1 2 3; do given_octets 600; printf ' '; done)
	printf '%s\n' 'Subject: signed' 'MIME-Version: 1.0' 'Content-Type: multipart/signed; boundary=b' '' \
		'--b' '' "caf$(printf '\303\251')=" "$text" '--b--' | sendmail -i bob@example.net
	expect_arrived_at relay1 'Subject: signed' "caf$(printf '\303\251')="
	then_lines_fit "$(the_message_at relay1 'Subject: signed')"
	then_untouched signed
}

eight_bits_reach_a_relay_that_takes_seven() {
	given_a_relay_without_8bitmime
	printf 'gr\303\274\303\237e = \n.\n' | given_text seven
	then_is_read static2 seven
	expect_same "$(LC_ALL=C grep -c '[^ -~	]' "$(the_message_at static2)")" 0 'lines with eight bits'
	printf 'ascii = \n.\n' | given_text ascii
	then_is_read static2 ascii
	expect_same "$(grep -ci '^content-transfer-encoding' "$(the_message_at static2 'Subject: ascii')")" 0
	given_text labelled 'MIME-Version: 1.0' 'Content-Type: text/html; charset=iso-8859-1' \
		'Content-Transfer-Encoding: 8bit' <<<$'<p>caf\351'
	then_is_read static2 labelled
	expect_arrived_at static2 'Subject: labelled' 'charset=iso-8859-1'
}

what_would_outgrow_the_relay_by_its_encoding_is_not_encoded() {	# 1000000 octets are what the relays take
	{ given_octets 400000 $'\374'; echo; } | given_text large
	expect_arrived_at relay1 'Subject: large'
	expect_same "$("$here/decode" "$(the_message_at relay1 'Subject: large')" | tr -d '\n' | cmp - $LAST 2>&1)" \
		'cmp: EOF on - after byte 400000, in line 1'
	then_lines_fit "$(the_message_at relay1 'Subject: large')"
}

an_octet_that_no_relay_takes_is_dropped_and_logged() {
	printf 'Subject: n\0ul\n\na\0b\n\0.\n\0\n' | sendmail -i bob@example.net
	printf 'ab\n.\n\n' >$LAST
	then_is_read relay1 nul
	expect_soon logged 'NUL octets were dropped'
}

a_cr_alone_is_a_line_end() {
	printf 'Subject: cr\n\none\rtwo\r\r\nthree\r' | sendmail -i bob@example.net
	printf 'one\ntwo\n\nthree\n' >$LAST
	then_is_read relay1 cr
}

what_a_lone_dot_cut_off_is_logged() {
	printf 'Subject: whole\n\nbefore\n.\n' | sendmail bob@example.net
	expect_arrived_at relay1 'Subject: whole'
	if logged 'lone dot'; then fail 'nothing was cut off'; fi
	printf 'Subject: cut2\n\nbefore\n.\nafter\n' | sendmail bob@example.net
	printf 'before\n' >$LAST
	then_is_read relay1 cut2
	expect_soon logged 'lone dot'
}

long_fields_are_read_as_they_were() {
	local word subject file

	word=$(given_octets 2000)
	subject=$(for n in {1..400}; do printf 'word%s ' "$n"; done)
	printf '%s\n' "Subject: $subject" 'X-Name: folded' '' text | sendmail bob@example.net
	printf '%s\n' "Subject: caf$(printf '\303\251') $word" 'X-Name: encoded' '' text | sendmail bob@example.net
	expect_arrived_at relay1 'X-Name: folded'
	expect_arrived_at relay1 'X-Name: encoded'
	file=$(the_message_at relay1 'X-Name: folded')
	then_lines_fit "$file"
	expect_same "$(perl -0777 -ne 's/\n(?=[ \t])//g; print $1 if /^Subject: (.*)$/m' "$file")" "$subject" folded
	file=$(the_message_at relay1 'X-Name: encoded')
	then_lines_fit "$file"
	expect_same "$(perl -MEncode -0777 -ne 's/\n(?=[ \t])//g; print encode("UTF-8", decode("MIME-Header", $1)) if /^Subject: (.*)$/m' \
		"$file")" "caf$(printf '\303\251') $word" encoded
}

php_8_mixes_line_ends() {
	printf '%s' $'To: bob@example.net\r\nSubject: php\r\nX-PHP-Originating-Script: 0:a.php\nFrom: alice@example.org\r\n' \
		$'Bcc: carol@example.net\r\n\r\none\ntwo\r\n.x\n' $'\r\n' >/tmp/php
	sendmail -t -i </tmp/php
	expect_arrived_at relay1 'to <bob@example.net>' 'Subject: php' 'From: alice@example.org' \
		'X-PHP-Originating-Script: 0:a.php'
	expect_arrived_at relay1 'to <carol@example.net>'
	printf 'one\ntwo\n.x\n\n' >$LAST
	then_is_read relay1 php
	if grep -qi -e ^bcc: -e carol <(sed 1,/^$/d "$(the_message_at relay1 'Subject: php')"); then fail 'Bcc left'; fi
	if grep -q $'\r' "$(the_message_at relay1 'Subject: php')"; then fail 'a CR stayed'; fi
}

text_without_a_header_is_text() {
	printf 'hello\nsecond\n' | sendmail bob@example.net
	expect_arrived_at relay1 hello
	printf 'hello\nsecond\n' >$LAST
	"$here/decode" "$(the_message_at relay1)" | cmp - $LAST || fail 'not what was given'
}

a_line_that_is_no_field_begins_the_text() {
	printf 'Subject: ends\nno field\nX-A: b\n' | sendmail bob@example.net
	printf 'no field\nX-A: b\n' >$LAST
	then_is_read relay1 ends
}

what_belongs_to_mailboxes_stays_here() {
	printf '%s\n' 'From alice Mon Jan  1 10:00:00 2001' '>From bob Mon Jan  1 10:00:00 2001' 'Return-Path: <eve@example.com>' \
		'Subject: mailbox' 'Content-Length: 5' 'Status: RO' '' 'From here' '>From there' | sendmail bob@example.net
	expect_arrived_at relay1 'Subject: mailbox' 'Status: RO' 'from <root@www1.example.com>'
	printf 'From here\n>From there\n' >$LAST
	then_is_read relay1 mailbox
	if sed 1,/^$/d "$(the_message_at relay1)" | sed '/^$/q' | grep -i -e ^return-path -e ^content-length -e 'Jan  1'; then
		fail 'a field of the mailbox left'
	fi
}

blanks_before_a_colon_are_allowed() {
	printf 'To : bob@example.net\nSubject : blank\n\ntext\n' | sendmail -t
	expect_arrived_at relay1 'to <bob@example.net>' 'Subject'
}

a_resent_date_alone_names_nobody() {
	printf 'Resent-Date: Thu, 1 Jan 1998 00:00:00 +0000\nTo: bob@example.net\nSubject: resent\n\ntext\n' | sendmail -t
	expect_arrived_at relay1 'to <bob@example.net>' 'Subject: resent'
}

a_name_is_nothing_but_a_name() {
	mail_to bob@example.net -F $'J\303\266rg, "x" <eve@example.com>'
	expect_arrived_at relay1 'From: =?utf-8?Q?J=C3=B6rg=2C=20=22x=22=20=3Ceve=40example=2Ecom=3E?= <root@www1.example.com>'
	expect_exit 65 mail_to bob@example.net -F $'Joe\nBcc: eve@example.com'
	queue_is_empty || fail 'something was queued'
}

fifty_hops_are_a_loop() {
	local hops

	hops=$(for n in {1..50}; do printf 'Received: from a by b; D%s\\n' "$n"; done)
	expect_exit 65 eval "printf '${hops}Subject: loop\\n\\ntext\\n' | sendmail bob@example.net"
	expect_said 'mail loop'
	queue_is_empty || fail 'something was queued'
}

two_thousand_recipients_get_it() {
	local to

	to=$(printf 'user%s@example.net, ' {1..2000})
	printf 'To: %s\nSubject: many\n\ntext\n' "${to%, }" | sendmail -t -odi
	expect_delivered
	eventually eval '[ "$(cat $ARRIVED/relay1/* | grep -c "^to <user")" = 2000 ]' ||
		fail "$(cat $ARRIVED/relay1/* | grep -c '^to <user') recipients"
	then_lines_fit "$(the_message_at relay1 'Subject: many')"
}

then_needs_at_most() {	# KIBIBYTES PROGRAM ...: that many were resident at most, of each
	local limit=$1 program pid peak
	shift
	for program; do
		expect pidof "$program"
		for pid in $(pidof "$program"); do
			peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status")
			echo "$program: $peak KiB"
			[ "$peak" -le "$limit" ] || fail "$program has needed $peak KiB"
		done
	done
}

memory_does_not_grow_with_the_message() {
	local sender room=1

	case $BUILD in *sanitized*) room=4 ;; esac	# for the sanitizers' own
	misbehaves odd
	kill -STOP $misbehaving	# until all have been looked at
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	salsad_runs
	{ printf 'Subject: 25 MiB\n\n'; given_octets 26214400; } | sendmail -odi bob@example.net &
	sender=$!
	expect_soon logged 'queue active'
	then_needs_at_most $((4096 * room)) sendmail salsad salsa-drop
	kill -CONT $misbehaving
	wait $sender
	expect_count_at odd 1
	then_needs_at_most $((16384 * room)) salsa-relay
	expect_same "$(tail -n +2 "$(messages_at odd)" | sed '1,/^$/d' | perl -MMIME::QuotedPrint -0777 -ne 'print decode_qp $_' | tr -d '\n' | wc -c)" 26214400
}
