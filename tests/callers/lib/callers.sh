# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# What the callers have in common: alice, who sends; a text that is easily damaged; and how an arrival is compared.

# What contrib/install-deps installs when it is told `callers'.
CALLERS='alpine anacron at atd bsd-mailx cron emacs fail2ban-client git logcheck logwatch mail.mailutils mdadm mutt
neomutt node php procmail ruby s-nail sudo swaks /usr/bin/mh/send /usr/lib/git-core/git-send-email
/usr/lib/nagios/plugins/check_mailq'

for caller in $CALLERS; do
	command -v "$caller" >/dev/null || fail "$caller is missing: contrib/install-deps callers"
done

id alice >/dev/null 2>&1 || useradd --create-home --comment 'Alice Liddell' --shell /bin/bash alice

as_alice() {	# COMMAND ...: at home, in UTF-8, the letter in $LETTER
	as alice env -i --chdir=/home/alice HOME=/home/alice USER=alice LOGNAME=alice SHELL=/bin/bash TERM=dumb \
		LC_ALL=C.UTF-8 PATH="$PATH" LETTER="$LETTER" "$@"
}

# Dots where SMTP and sendmail have a use for them, a line as of a mailbox, eight bits, blanks at ends, empty lines.
DOTTED=$'first\n.\n..\n.leading\nafter the dots'
HARMLESS=$'From the start\n>From here\n\n\tgr\303\274\303\237e  \n\n-- \nlast'
LETTER=$DOTTED$'\n'$HARMLESS

body_of() { sed 1,/^$/d "$1" | sed 1,/^$/d; }
header_of() { sed 1,/^$/d "$1" | sed '/^$/,$d'; }
envelope_of() { sed '/^$/,$d' "$1"; }

# The message that has this subject arrived once, with this envelope: a sender, then recipients in any order.
# $arrival is its file from then on; salsa has nothing left to do, and no line of it ends in CR.
expect_letter() {	# SUBJECT SENDER RECIPIENT ...
	local subject=$1 sender=$2
	shift 2
	expect_arrived_at relay1 "Subject: $subject"
	expect_delivered
	expect_same "$(grep -lFe "Subject: $subject" "$ARRIVED"/relay1/* | wc -l)" 1 'messages with this subject'
	arrival=$(the_message_at relay1 "Subject: $subject")
	expect_same "$(envelope_of "$arrival" | sort)" "$({ echo "from <$sender>"; printf 'to <%s>\n' "$@"; } | sort)"
	if grep -q $'\r' "$arrival"; then fail 'a line ends in CR CR LF'; fi
	if header_of "$arrival" | grep -i '^bcc'; then fail 'Bcc left the host'; fi
}

expect_body() {	# TEXT: without its last line end
	expect_same "$(body_of "$arrival"; echo end)" "$1"$'\nend' 'the body'
}
expect_field() { header_of "$arrival" | grep -qxF -- "$1" || fail "no '$1' in: $(header_of "$arrival")"; }
