# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# SMTP on standard input, as clients speak it, and what RFC 3461 and RFC 6531 add to a message on its whole way.

given_a_local_port() {
	salsad_runs
	"$here/inetd" 25 setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --no-new-privs sendmail -bs &
	eventually given_it_answers || fail 'nobody listens on port 25'
}

given_it_answers() { swaks --server 127.0.0.1 --quit-after banner; }

# relay2 writes down every command.
given_the_relay_writes_down_commands() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of relay2)."
}

then_the_relay_heard() { eventually grep -q -- "$1" $LAB/relays.log || fail "the relay did not hear: $1"; }

a_caller_speaks_smtp_to_bs() {
	expect_exit 0 sendmail -bs -i <<-'SMTP'
	EHLO [127.0.0.1]
	MAIL FROM:<alice@example.org>
	RCPT TO:<bob@example.net>
	RCPT TO:<carol@example.net>
	DATA
	From: alice@example.org
	To: bob@example.net
	Bcc: carol@example.net
	Subject: over bs

	Hello.
	..
	.
	QUIT
	SMTP
	expect_said '250 2.0.0 Ok: queued as '
	expect_said '221 2.0.0'
	expect_arrived_at relay1 'from <alice@example.org>' 'to <carol@example.net>' 'over bs'
	expect_same "$(sed 1,/^$/d "$(the_message_at relay1 'over bs')" | sed 1,/^$/d)" $'Hello.\n.'
	if grep -i '^bcc:' "$(the_message_at relay1 'over bs')"; then fail 'Bcc left the host'; fi
}

deliver_queue_holds_for_bs_too() {
	configured <<<'deliver queue'
	sendmail -bs <<-'SMTP'
	MAIL FROM:<alice@example.org>
	RCPT TO:<bob@example.net>
	DATA
	Subject: later

	.
	SMTP
	expect_soon nobody_runs salsa-drop
	expect_soon nobody_runs salsad
	expect_same "$(waiting) $(calls_to relay1)" '1 0'
}

given_a_message_over_bs() {
	local reply=
	printf '%s\n' 'MAIL FROM:<alice@example.org>' 'RCPT TO:<bob@example.net>' DATA 'Subject: x' '' . >&"${COPROC[1]}"
	until [[ $reply = '250 2.0.0'* ]]; do read -r reply <&"${COPROC[0]}"; done
}

# Without a daemon each is given to a process of its own; who may have 64 of them is not stopped at the 64th.
many_messages_over_bs_leave_no_dead_processes() {
	coproc sendmail -bs -odq
	for _ in 1 2 3 4 5; do given_a_message_over_bs; done
	expect_soon nobody_runs salsa-drop
	expect_soon nobody_runs salsad
	given_a_message_over_bs
	[ "$(ps -o pid= --ppid "$COPROC_PID" | wc -l)" -le 1 ] || fail "$(ps --ppid "$COPROC_PID")"
}

bs_says_so_when_nothing_can_be_queued() {
	expect_exit 0 as nobody --no-new-privs sendmail -bs <<-'SMTP'
	MAIL FROM:<alice@example.org>
	RCPT TO:<bob@example.net>
	DATA
	Subject: no door

	.
	SMTP
	expect_said '451 4.3.0'
	queue_is_empty || fail 'something was queued'
}

bs_refuses_what_is_larger_than_max_size() {
	configured <<<'max-size 100K'
	{
		printf 'MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n\r\n'
		head -c 200000 /dev/zero | tr '\0' x | fold -w 70 | sed 's/$/\r/'
		printf '\r\n.\r\nQUIT\r\n'
	} >/tmp/large
	expect_exit 0 sendmail -bs </tmp/large
	expect_said '552 5.3.4'
	queue_is_empty || fail 'something was queued'
}

bs_ends_with_its_client_and_queues_nothing_half() {
	expect_exit 0 sendmail -bs < <(printf 'MAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\nhalf\r\n.')
	expect_exit 0 sendmail -bs < <(printf 'MAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.net>\r\nBDAT 9\r\nhalf')
	queue_is_empty || fail 'something was queued'
}

a_large_message_passes_bs() {
	{
		printf 'MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\nSubject: large\r\n\r\n'
		head -c 900000 /dev/zero | tr '\0' x | fold -w 70 | sed 's/$/\r/'
		printf '\r\n.\r\nQUIT\r\n'
	} | sendmail -bs
	expect_arrived_at relay1 large
}

swaks_sends_through_the_port() {
	given_a_local_port
	swaks --server 127.0.0.1 --helo here.example.com --from alice@example.org --to bob@example.net,carol@example.net \
		--header 'Subject: from swaks' --body 'Hello.' || fail 'swaks was refused'
	expect_arrived_at relay1 'from <alice@example.org>' 'to <carol@example.net>' 'from swaks' Hello.
	PATIENCE=60 expect_delivered
}

swaks_sends_pipelined_to_bs() {
	swaks --pipe 'sendmail -bs' --pipeline --from alice@example.org --to bob@example.net \
		--header 'Subject: piped' || fail 'swaks was refused'
	expect_arrived_at relay1 piped
}

smtp_source_sends_many_at_once() {
	given_a_local_port
	smtp-source -s 5 -m 40 -l 20000 -f alice@example.org -t bob@example.net -S 'many' inet:127.0.0.1:25 ||
		fail 'smtp-source was refused'
	expect_count_at relay1 40
}

smtplib_sends_through_the_port() {
	given_a_local_port
	/usr/bin/python3 - <<-'PYTHON' || fail 'smtplib was refused'
	import smtplib
	from email.message import EmailMessage
	m = EmailMessage()
	m["From"], m["To"], m["Subject"] = "alice@example.org", "bob@example.net", "from smtplib"
	m.set_content("Gr\u00fc\u00dfe.\n.\nEnd.\n", cte="8bit")
	with smtplib.SMTP("localhost") as s:
	    assert s.ehlo()[0] == 250 and s.has_extn("chunking") and s.has_extn("dsn")
	    assert s.send_message(m, mail_options=["BODY=8BITMIME"]) == {}
	    try:
	        s.sendmail("alice@example.org", ["<>"], "Subject: refused\n\n")
	        raise SystemExit(1)
	    except smtplib.SMTPRecipientsRefused:
	        pass
	    s.sendmail("alice@example.org", ["bob@example.net"], "Subject: second\n\n..dots\n")
	PYTHON
	expect_arrived_at relay1 'from smtplib' "$(printf 'Gr\303\274\303\237e.')" End.
	expect_arrived_at relay1 second ..dots
	expect_count_at relay1 2
}

what_bs_hears_of_notifications_a_relay_hears() {
	given_the_relay_writes_down_commands
	expect_exit 0 sendmail -bs <<-'SMTP'
	EHLO here.example.com
	MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ+2B1
	RCPT TO:<bob@example.net> NOTIFY=failure,success ORCPT=rfc822;robert@example.net
	RCPT TO:<carol@example.net> NOTIFY=NEVER
	DATA
	Subject: wishes

	.
	SMTP
	expect_arrived_at relay2 wishes
	then_the_relay_heard 'RET=HDRS ENVID=QQ+2B1'
	then_the_relay_heard 'RCPT TO:<bob@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;robert@example.net'
	then_the_relay_heard 'RCPT TO:<carol@example.net> NOTIFY=NEVER'
}

what_a_command_line_says_of_notifications_a_relay_hears() {
	given_the_relay_writes_down_commands
	mail_to bob@example.net -f alice@example.org -N delay,failure -R full -V 'a b+c'
	expect_arrived_at relay2
	then_the_relay_heard 'RET=FULL ENVID=a+20b+2Bc'
	then_the_relay_heard 'RCPT TO:<bob@example.net> NOTIFY=FAILURE,DELAY'
	expect_exit 64 mail_to bob@example.net -R some
}

a_relay_without_dsn_gets_the_message_all_the_same() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	misbehaves odd -N
	mail_to bob@example.net -f alice@example.org -N never -R full -V id
	expect_delivered
	expect_count_at odd 1
	if grep -E 'RET=|ENVID=|NOTIFY=' "$ARRIVED"/odd/*; then fail 'a relay heard what it had not offered'; fi
}

N_never_means_that_nobody_is_told() {
	mail_to unknown@example.com -f alice@example.org -N never
	expect_delivered
	eventually logged 'status=bounced' || fail 'the refusal was not logged'
	expect_nothing_arrived
}

R_full_returns_the_message() {
	subject=original mail_to unknown@example.com -f alice@example.org -R full -V QQ314159
	expect_arrived_at relay1 'from <>' 'to <alice@example.org>' 'Content-Type: message/rfc822' 'Subject: original' Hello. \
		'Original-Envelope-Id: QQ314159'
}

an_address_beyond_ascii_arrives() {
	given_the_relay_writes_down_commands
	expect_exit 0 sendmail -bs <<-SMTP
	EHLO here.example.com
	MAIL FROM:<alice@example.org> SMTPUTF8
	RCPT TO:<$(printf 'j\303\266rg')@example.net>
	DATA
	Subject: utf8

	.
	SMTP
	expect_arrived_at relay2 utf8 "$(printf 'to <j\303\266rg@example.net>')"
	then_the_relay_heard 'MAIL FROM:.* SMTPUTF8'
}

an_ascii_address_never_asks_for_smtputf8() {
	given_the_relay_writes_down_commands
	mail_to bob@example.net
	expect_arrived_at relay2
	expect_in_no_session 'MAIL FROM:.* SMTPUTF8'
}

an_address_beyond_ascii_bounces_where_no_relay_has_words_for_it() {
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	misbehaves odd
	mail_to "$(printf 'j\303\266rg')@example.net" -f alice@example.org bob@example.net
	expect_arrived_at odd 'Status: 5.6.7'
	expect_delivered
	expect_count_at odd 2
}
