# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016
# People's mailers, without the people.

# shellcheck source=tests/callers/lib/callers.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/callers.sh"

alice=alice@www1.example.com

# -oem -oi [-f ADDRESS] -- RECIPIENT ..., from a regular file.
mutt_arrives_whole() {
	as_alice mutt -F /dev/null -e 'set send_charset=utf-8' -s mutt -c carol@example.net \
		-b mallory@example.net -- bob@example.net <<<"$LETTER"
	expect_letter mutt $alice bob@example.net carol@example.net mallory@example.net
	expect_body "$LETTER"
}

mutt_asks_for_reports() {	# -N -R
	the_dns_says <<<"154.165.in-addr.arpa. MX 10 $(name_of odd)."
	misbehaves odd
	as_alice mutt -F /dev/null -e 'set dsn_notify=failure,delay; set dsn_return=hdrs; set use_envelope_from' \
		-e 'set from=alice@example.org' -s 'mutt dsn' -- bob@example.net <<<"$LETTER"
	expect_arrived_at odd 'mutt dsn' '<alice@example.org>' RET=HDRS '<bob@example.net> NOTIFY=FAILURE,DELAY'
}

mutt_attaches_a_file() {
	head -c 20000 /dev/urandom >$LAB/attached
	as_alice mutt -F /dev/null -s 'mutt attaches' -a $LAB/attached -- bob@example.net <<<'See there.'
	expect_letter 'mutt attaches' $alice bob@example.net
	body_of "$arrival" | sed -n '/base64/,$p' | sed 1,/^$/d | sed '/^$/,$d; /^--/,$d' | base64 -d | cmp - $LAB/attached
}

neomutt_arrives_whole() {
	as_alice neomutt -F /dev/null -e 'set send_charset=utf-8' -s neomutt -c carol@example.net \
		-b mallory@example.net -- bob@example.net <<<"$LETTER"
	expect_letter neomutt $alice bob@example.net carol@example.net mallory@example.net
	expect_body "$LETTER"
}

s_nail_arrives_whole() {	# -i -- RECIPIENT ...
	as_alice s-nail -:/ -S ttycharset=utf-8 -S sendcharsets=utf-8 -S mime-encoding=8b -s s-nail -c carol@example.net \
		-b mallory@example.net bob@example.net <<<"$LETTER"
	expect_letter s-nail $alice bob@example.net carol@example.net mallory@example.net
	expect_body "$LETTER"
}

bsd_mailx_arrives_whole() {	# -i -t, Bcc in the header
	as_alice bsd-mailx -n -s bsd-mailx -c carol@example.net -b mallory@example.net bob@example.net <<<"$HARMLESS"
	expect_letter bsd-mailx $alice bob@example.net carol@example.net mallory@example.net
	expect_body "$HARMLESS"
}

bsd_mailx_r_says_who_sends() {	# -f
	as_alice bsd-mailx -n -s 'bsd-mailx r' -r bounce@example.org bob@example.net <<<'Hello.'
	expect_letter 'bsd-mailx r' bounce@example.org bob@example.net
}

mailutils_closes_its_outputs() {	# -oi -f USER@HOST -t
	as_alice mail.mailutils -E 'set nodot' -s mailutils bob@example.net <<<"$LETTER"
	expect_letter mailutils $alice bob@example.net
	expect_body "$LETTER"
}

nmh_arrives_whole() {	# -t -i
	printf '%s\n' 'Path: Mail' >/home/alice/.mh_profile
	install -d -o alice /home/alice/Mail
	printf '%s\n' 'From: alice@example.org' 'To: bob@example.net' 'Cc: carol@example.net' 'Subject: nmh' '' "$LETTER" \
		>/home/alice/Mail/draft
	chown -R alice /home/alice
	as_alice /usr/bin/mh/send /home/alice/Mail/draft
	expect_letter nmh $alice bob@example.net carol@example.net
	expect_body "$LETTER"
}

emacs_arrives_whole() {	# -oi -f ADDRESS -oep -odi -t
	as_alice emacs --batch -Q -l sendmail --eval '(setq mail-interactive t mail-specify-envelope-from t
		mail-envelope-from (quote header) coding-system-for-write (quote utf-8))' --eval '
		(with-temp-buffer
		  (insert "To: bob@example.net\nBcc: mallory@example.net\nFrom: alice@example.org\nSubject: emacs\n"
		    mail-header-separator "\n" (decode-coding-string (getenv "LETTER") (quote utf-8)) "\n")
		  (sendmail-send-it))'
	expect_letter emacs alice@example.org bob@example.net mallory@example.net
	expect_body "$LETTER"
}

emacs_message_mode_hears_of_a_failure() {	# -oi -f ADDRESS -t
	expect_exit 255 as_alice emacs --batch -Q -l message --eval '(setq message-interactive t
		message-confirm-send nil message-send-mail-function (quote message-send-mail-with-sendmail))' --eval '
		(with-temp-buffer
		  (insert "To: bob@exa mple..net\nFrom: alice@example.org\nSubject: emacs fails\n" mail-header-separator "\nHello.\n")
		  (message-send-mail-with-sendmail))'
	expect_said 'failed with exit value 65'
	queue_is_empty || fail 'something was queued'
}

git_send_email_arrives_whole() {	# -i RECIPIENT ...
	as_alice git init -q /home/alice/work
	as_alice bash -c 'cd work && git config user.name Alice && git config user.email alice@example.org &&
		printf "%s\n" "$LETTER" >letter && git add letter && git commit -qm "git" && git format-patch -q -1 --root'
	as_alice bash -c 'cd work && git send-email --quiet --confirm=never --8bit-encoding=UTF-8 --suppress-cc=all \
		--transfer-encoding=8bit --to bob@example.net --bcc mallory@example.net \
		--envelope-sender bounce@example.org 0001-git.patch'
	expect_letter '[PATCH] git' bounce@example.org bob@example.net mallory@example.net
	expect_same "$(body_of "$arrival" | sed -n 's/^+\([^+]\)/\1/p; s/^+$//p')" "$LETTER"
}

procmail_forwards() {	# -oi RECIPIENT
	printf '%s\n' ':0' '! bob@example.net' >/home/alice/.procmailrc
	chown alice /home/alice/.procmailrc
	printf '%s\n' 'From: carol@example.org' 'Subject: procmail' '' "$LETTER" | as_alice procmail
	expect_letter procmail $alice bob@example.net
	expect_body "$LETTER"$'\n'	# as a mailbox has it
}

given_there_are_terminals() {
	mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
	ln -sf pts/ptmx /dev/ptmx
}

alpine_speaks_smtp_by_bs() {	# -bs -odb -oem
	given_there_are_terminals
	printf '%s\n' last-version-used=6.26 'default-fcc=""' >/home/alice/.pinerc
	chown alice /home/alice/.pinerc
	mkfifo $LAB/keys
	as_alice env TERM=xterm script -qfec \
		"alpine -url 'mailto:bob@example.net?cc=carol@example.net&subject=alpine&body=Hello.'" /home/alice/screen <$LAB/keys >/dev/null &
	exec 9>$LAB/keys
	expect_soon grep -aq 'Hello\.' /home/alice/screen
	printf '\030' >&9
	expect_soon grep -aq 'Send message' /home/alice/screen
	printf y >&9
	expect_letter alpine $alice bob@example.net carol@example.net
	expect_body Hello.
}

swaks_speaks_smtp_by_bs() {
	as_alice swaks --pipe 'sendmail -bs' --from alice@example.org --to bob@example.net,carol@example.net \
		--h-Subject swaks --body "$LETTER" >/dev/null
	expect_letter swaks alice@example.org bob@example.net carol@example.net
	expect_body "$LETTER"$'\n'
}
