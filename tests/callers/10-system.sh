# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016
# What a system starts by itself, and what root reads: cron and its kin, monitors of disks and logs.

# shellcheck source=tests/callers/lib/callers.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/callers.sh"

given_a_job_prints_the_letter() {	# cat $LAB/letter; and no other jobs are here
	find /etc/cron.d /var/spool/cron -type f ! -name .SEQ -delete
	printf '%s\n' "$LETTER" >$LAB/letter
}

# -FCronDaemon -i -B8BITMIME -oem.  What is due @reboot runs as soon as cron does, and goes the way of all other jobs.
given_cron_runs_at_boot() {
	rm -f /run/crond.reboot
	cron
}

cron_mails_what_a_job_printed() {
	given_a_job_prints_the_letter
	echo "@reboot root cat $LAB/letter" >/etc/cron.d/letter
	echo "@reboot cat $LAB/letter" | crontab -u alice -
	salsad_runs
	given_cron_runs_at_boot
	expect_letter 'Cron <root@www1> cat /run/lab/letter' root@www1.example.com root@www1.example.com
	expect_field 'From: root@www1.example.com (Cron Daemon)'
	expect_field 'To: root@www1.example.com'
	expect_body "$LETTER"
	expect_letter 'Cron <alice@www1> cat /run/lab/letter' alice@www1.example.com alice@www1.example.com
	expect_body "$LETTER"
}

cron_mails_where_mailto_says() {
	given_a_job_prints_the_letter
	printf '%s\n' 'MAILTO=bob@example.net,carol@example.net' "@reboot cat $LAB/letter" | crontab -u alice -
	given_cron_runs_at_boot
	expect_letter 'Cron <alice@www1> cat /run/lab/letter' alice@www1.example.com bob@example.net carol@example.net
}

anacron_mails_what_a_job_printed() {	# -FAnacron -odi, without -i
	printf '%s\n' "$HARMLESS" >$LAB/harmless
	printf '%s\n' 'SHELL=/bin/sh' "PATH=$PATH" 'MAILTO=bob@example.net' "1 0 daily cat $LAB/harmless" >$LAB/anacrontab
	mkdir -p $LAB/anacron
	anacron -f -n -d -t $LAB/anacrontab -S $LAB/anacron
	expect_letter "Anacron job 'daily' on www1" root@www1.example.com bob@example.net
	expect_body "$HARMLESS"
}

at_mails_what_a_job_printed() {
	given_a_job_prints_the_letter
	salsad_runs
	atd
	echo cat $LAB/letter | as_alice at now
	expect_letter 'Output from your job' alice@www1.example.com alice@www1.example.com
	expect_body "$LETTER"
}

at_m_mails_though_nothing_was_printed() {
	given_a_job_prints_the_letter
	atd
	echo true | as_alice at -m now
	expect_letter 'Output from your job' alice@www1.example.com alice@www1.example.com
	[ -z "$(body_of "$arrival")" ] || fail "$(body_of "$arrival")"
}

sudo_mails_as_the_calling_user() {	# -t
	printf '%s\n' 'Defaults mailto="bob@example.net", mail_no_perms, !authenticate' 'alice ALL = /usr/bin/false' \
		>/etc/sudoers.d/mail
	expect_exit 1 as_alice sudo -n /usr/bin/true
	expect_letter '*** SECURITY information for www1.example.com ***' alice@www1.example.com bob@example.net
	expect_field 'From: alice@www1.example.com'
	body_of "$arrival" | grep -q 'alice : .* COMMAND=/usr/bin/true' || fail "$(body_of "$arrival")"
}

mdadm_sends_its_test() {	# -t, by popen
	echo 'ARRAY /dev/md0 UUID=01234567:89abcdef:01234567:89abcdef' >/etc/mdadm/mdadm.conf
	mdadm --monitor --test --oneshot --mail=bob@example.net /dev/md0
	expect_letter 'TestMessage event on /dev/md0:www1' root@www1.example.com bob@example.net
	expect_field 'From: mdadm monitoring <root@www1.example.com>'
	body_of "$arrival" | grep -q 'A TestMessage event' || fail "$(body_of "$arrival")"
}

logwatch_mails_its_report() {	# -t
	date '+%b %e %T www1 kernel: Out of memory: Killed process 1 (one)' >/var/log/kern.log
	logwatch --output mail --mailto bob@example.net --service kernel --range today --detail high
	expect_letter 'Logwatch for www1' root@www1.example.com bob@example.net
	body_of "$arrival" | grep -q 'Logwatch End' || fail "$(body_of "$arrival")"
}

logcheck_mails_what_it_did_not_expect() {	# mime-construct: -oi
	echo 'Nov 21 12:00:00 www1 odd[1]: something that no rule knows' >$LAB/odd.log
	install -d -o logcheck /run/lock/logcheck
	(cd / && as logcheck env -i PATH="$PATH" HOME=/var/lib/logcheck logcheck -l $LAB/odd.log -m bob@example.net -t)
	expect_letter 'www1.example.com 20' logcheck@www1.example.com bob@example.net
	body_of "$arrival" | grep -q 'something that no rule knows' || fail "$(body_of "$arrival")"
}

fail2ban_mails_what_it_banned() {	# -f SENDER TO, without -i
	mkdir -p /run/fail2ban
	cat >/etc/fail2ban/jail.local <<-JAIL
	[DEFAULT]
	backend = polling
	[door]
	enabled = true
	filter = door
	logpath = $LAB/door.log
	action = sendmail[name=door, dest=bob@example.net, sender=fail2ban@example.org]
	JAIL
	rm -f /etc/fail2ban/jail.d/*
	printf '%s\n' '[Definition]' 'failregex = ^ refused <HOST> ' >/etc/fail2ban/filter.d/door.conf
	: >$LAB/door.log
	fail2ban-client -x start
	for i in {1..5}; do date "+%F %T refused 192.0.2.66 ($i)"; done >>$LAB/door.log
	expect_letter '[Fail2Ban] door: banned 192.0.2.66 from www1.example.com' fail2ban@example.org bob@example.net
	expect_field 'From: Fail2Ban <fail2ban@example.org>'
	body_of "$arrival" | grep -q 'The IP 192.0.2.66 has just been banned by Fail2Ban after' || fail "$(body_of "$arrival")"
}
