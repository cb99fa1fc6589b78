# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What a sender hears of mail that is refused, late, or handed on; and what follows where nobody can hear it.

# The report at RELAY with TEXT ..., as a parser reads it, in $output.
then_a_report_at() {
	expect_arrived_at "$@"
	expect_exit 0 "$here/report" "$(the_message_at "$@")"
}

# There is one relay, and it is odd; but what is for alice@example.org goes by another one.
given_odd_is_all() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	configured <<-CONF
	relay $(name_of static)
	  cost 5
	  for  *.org
	CONF
	misbehaves odd "$@"
}

a_parser_reads_what_was_refused_and_why() {
	subject='Quarterly figures' mail_to unknown@example.com -f alice@example.org -V QQ314159
	then_a_report_at relay1 'to <alice@example.org>'
	expect_said 'text/plain message/delivery-status text/rfc822-headers'
	expect_said 'Original-Envelope-Id: QQ314159'
	expect_said 'Reporting-MTA: dns; www1.example.com'
	expect_said 'Final-Recipient: rfc822; unknown@example.com'
	expect_said 'Action: failed'
	expect_said 'Status: 5.1.1'
	expect_said "Remote-MTA: dns; $(name_of relay1)"
	expect_said 'Diagnostic-Code: smtp; 550 5.1.1 <unknown@example.com>: Recipient address rejected: no such user'
	expect_arrived_at relay1 '"Quarterly figures":' 'It could not be delivered to:' \
		'Is the address spelled as it should be?'
}

a_large_message_comes_back_as_its_header() {
	local size want

	configured <<<'max-size 2M'
	for size in 100000 600000; do
		{ printf 'Subject: %s octets\n\n' $size; head -c $size /dev/zero | tr '\0' x | fold -w 70; } |
			sendmail -f alice@example.org -R full unknown@example.com
		want=message/rfc822
		[ $size = 100000 ] || want=text/rfc822-headers
		then_a_report_at relay1 'to <alice@example.org>' "Subject: $size octets"
		expect_said "text/plain message/delivery-status $want"
	done
}

# RFC 3461, 5.2.2.
success_is_reported_where_the_relay_does_not() {
	given_odd_is_all -N
	mail_to bob@example.net -f alice@example.org -N success
	then_a_report_at static 'to <alice@example.org>'
	expect_said 'Action: relayed'
	expect_said 'Status: 2.'
	expect_said 'Final-Recipient: rfc822; bob@example.net'
	expect_delivered
	expect_count_at odd 1
}

success_is_left_to_a_relay_that_reports_it() {
	mail_to bob@example.net -f alice@example.org -N success
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_delivered
	if logged notification; then fail 'a report of our own'; fi
}

# RFC 6533.
an_address_beyond_ascii_is_reported_as_it_is() {
	given_odd_is_all
	mail_to "$(printf 'jos\303\251@example.net')" -f alice@example.org
	then_a_report_at static 'to <alice@example.org>'
	expect_said 'text/plain message/global-delivery-status text/rfc822-headers'
	expect_said "$(printf 'Final-Recipient: utf-8; jos\303\251@example.net')"
	expect_said 'Status: 5.6.7'
}

# Hazard R16: a thousand are held already, and one comes that nobody takes and nobody can be told of.
no_more_is_held_than_a_thousand() {
	local held id

	mail_to unknown@example.com -f '<>' -odi || :
	held=$(echo "$SPOOL"/queue/*)
	expect test -f "$held"
	for id in {1001..1999}; do cp -p "$held" "$SPOOL/queue/6B0200000$id${id:3}"; done
	salsad_runs
	mail_to unknown@example.com -f '<>' -odi || :
	expect_soon logged 'too much is held already'
	expect_soon then_so_many_are_held 1000
	rm "$held"
	expect_soon then_there_is_room
}

then_so_many_are_held() { [ "$(find "$SPOOL/queue" -type f | wc -l)" = "$1" ]; }

then_there_is_room() {
	mail_to unknown@example.com -f '<>' -odi || :
	logged ': held: ' | tail -n +2 | grep -q .
}

# -oem and its like.  What is wrong, and the code of sysexits.h that says so.
given_a_letter() { printf 'To: bob@example.net\nBcc: mallory@example.net\nSubject: %s\n\nDear Bob.\n' "$1"; }

what_is_refused_at_once_is_mailed_back() {
	expect_exit 65 sendmail -oem -f alice@example.org 'unclosed"@example.net' <<<"$(given_a_letter one)"
	expect_said 'it was mailed back'
	then_a_report_at relay1 'to <alice@example.org>' 'Subject: one'
	expect_said 'text/plain message/rfc822'
	expect_arrived_at relay1 'from <>' 'unclosed"@example.net: ' 'Dear Bob.'
	expect_exit 64 sendmail -oew -f alice@example.org <<<"$(given_a_letter two)"
	expect_arrived_at relay1 'to <alice@example.org>' 'no recipients' 'Subject: two' 'Dear Bob.'
	expect_exit 65 sendmail -t -em <<<"$(given_a_letter three | sed 's/^To: .*/To: bob@@/')"
	expect_arrived_at relay1 'to <root@www1.example.com>' 'Subject: three' 'Dear Bob.'
	expect_exit 65 sendmail -oem -f 'no sender@' bob@example.net <<<"$(given_a_letter four)"
	expect_arrived_at relay1 'to <root@www1.example.com>' 'Subject: four' 'Dear Bob.'
	expect_delivered
	expect_count_at relay1 4
	if grep -r mallory "$ARRIVED"; then fail 'Bcc left the host'; fi
}

what_is_mailed_back_goes_by_the_aliases() {
	echo 'root: ops@example.org' >/etc/aliases
	expect_exit 65 as nobody sendmail -oem -f root '<' <<<"$(given_a_letter alias)"
	expect_arrived_at relay1 'to <ops@example.org>' 'Dear Bob.'
}

# Whether that is seen with the first octets that are read, or only when the header is composed already.
what_is_too_large_is_mailed_back_as_its_header() {
	local max

	{ given_a_letter large; head -c 150000 /dev/zero | tr '\0' x | fold -w 70; } >/tmp/large
	for max in 20480 102400; do
		configured <<<"max-size $max"
		expect_exit 65 sendmail -oem -f alice@example.org bob@example.net </tmp/large
		then_a_report_at relay1 'to <alice@example.org>' "larger than max-size, $max" 'Subject: large'
		expect_said 'text/plain text/rfc822-headers'
	done
	expect_count_at relay1 2
}

what_would_be_too_large_with_a_report_around_it_is_mailed_back_as_its_header() {
	configured <<<'max-size 100K'
	{ given_a_letter almost; head -c 99000 /dev/zero | tr '\0' x | fold -w 70; } >/tmp/large
	expect_exit 65 sendmail -oem -f alice@example.org '<' </tmp/large
	then_a_report_at relay1 'to <alice@example.org>' 'address <' 'Subject: almost'
	expect_said 'text/plain text/rfc822-headers'
}

oee_leaves_it_to_the_mail_alone() {
	expect_exit 0 sendmail -oee -f alice@example.org '<' <<<"$(given_a_letter berknet)"
	expect_same "$output" ''
	expect_arrived_at relay1 'to <alice@example.org>' 'Dear Bob.'
}

oep_prints_and_oeq_says_nothing() {
	expect_exit 65 sendmail -oep '<' <<<"$(given_a_letter print)"
	expect_said 'address <'
	expect_exit 65 sendmail -oeq '<' <<<"$(given_a_letter quiet)"
	expect_same "$output" ''
	expect_nothing_arrived
	queue_is_empty || fail 'something was queued'
}

what_cannot_be_mailed_back_is_said() {
	local option

	expect_exit 65 sendmail -oee -f '' '<' <<<"$(given_a_letter nobody)"
	expect_said 'address <'
	expect_said 'it could not be mailed back: it has no sender'
	for option in -oem -oee; do
		expect_exit 65 as nobody --no-new-privs sendmail $option '<' <<<"$(given_a_letter door)"
		expect_said 'it could not be mailed back: no way into the queue'
	done
	expect_nothing_arrived
}

what_may_be_tried_again_is_not_mailed_back() {
	goes_down relay1 relay2
	expect_exit 0 sendmail -oem -odi bob@example.net <<<"$(given_a_letter later)"
	expect_waiting 1
	mail_to unknown@example.com -f alice@example.org -oem -odq	# queued is queued
	expect_waiting 2
}

what_reached_somebody_is_mailed_back_with_those_whom_it_did_not_reach() {
	configured <<<'deliver direct'
	expect_exit 67 sendmail -oem -f alice@example.org bob@example.net unknown@example.com <<<"$(given_a_letter partly)"
	expect_arrived_at relay1 'to <bob@example.net>'
	expect_arrived_at relay1 'to <alice@example.org>' '5.1.1' 'Subject: partly' 'Your message was sent, but not to' \
		'    unknown@example.com'
}

what_a_relay_refuses_is_told_once() {
	expect_exit 67 mail_to unknown@example.com -f alice@example.org -oem -odi
	expect_arrived_at relay1 'to <alice@example.org>' 'Status: 5.1.1'
	expect_delivered
	expect_count_at relay1 1
}
