# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# make install, as packages and administrators use it.

what_is_installed_below_a_destdir() {
	local name

	make -s -C "$top" -o all install BUILD="$BUILD" DESTDIR=/tmp/destdir
	for name in "$SBINDIR"/{sendmail,salsad,salsa} "$BINDIR"/{mailq,newaliases} \
		"$LIBEXECDIR"/salsa/{salsa-drop,salsa-relay,setup} "$CONF.example"; do
		[ -e "/tmp/destdir$name" ] || [ -L "/tmp/destdir$name" ] || fail "no $name"
	done
	[ ! -e "/tmp/destdir$SPOOL" ] || fail 'setup has run'
	for name in sendmail.8 salsad.8 salsa.8 salsa.conf.5 mailq.1; do
		[ -n "$(find /tmp/destdir -path "*/man?/$name*")" ] || fail "no page $name"
	done
	expect_same "$(find /tmp/destdir -name 'salsad.s*' | wc -l)" 2 units
}

# A second installation changes nothing, and uninstall takes away what the first one brought, but no mail.
what_was_installed_is_taken_away_again() {
	mail_to bob@example.net -odq
	ln -sf ../sbin/other /usr/lib/sendmail	# another mailer came since
	printf 'another\n' >"$BINDIR/mailq.another"
	mv -f "$BINDIR/mailq.another" "$BINDIR/mailq"
	expect_exit 0 make -s -C "$top" uninstall BUILD="$BUILD"
	expect_same "$output" "$SPOOL stays, with what is in it"
	expect_same "$(find "$SBINDIR" "$BINDIR" "$LIBEXECDIR" "$(setting MANDIR)" "${BINDIR%/*}"/lib/{systemd,sysusers.d,tmpfiles.d} \
		-name '*salsa*')" ''
	for name in "$SBINDIR/sendmail" "$BINDIR/newaliases" "${CONF%/*}" "$LIBEXECDIR/salsa"; do
		if [ -e "$name" ] || [ -L "$name" ]; then fail "$name is still there"; fi
	done
	expect_same "$(cat "$BINDIR/mailq") $(readlink /usr/lib/sendmail)" 'another ../sbin/other'
	expect_same "$(find "$SPOOL/queue" -type f | wc -l)" 1
	make -s -C "$top" -o all install BUILD="$BUILD"
	"$SBINDIR/sendmail" -q
	expect_arrived_at relay1
}

given_nobody_sends_all_the_time() {
	while [ ! -e /tmp/enough ]; do
		as nobody sendmail -odq bob@example.net <<<'Subject: x' 2>>/tmp/refused || echo "exit $?" >>/tmp/refused
	done
}

# There is no daemon, and so no other way than the one program that is set-group-ID.
while_salsa_is_installed_anew_nobody_is_refused() {
	: >/tmp/refused
	given_nobody_sends_all_the_time &
	for _ in 1 2 3 4 5; do make -s -C "$top" -o all install BUILD="$BUILD"; done
	touch /tmp/enough
	wait $!
	expect_same "$(sort -u /tmp/refused)" ''
	expect [ "$(waiting)" -gt 10 ]
}

what_is_below_a_destdir_is_taken_away_alone() {
	make -s -C "$top" -o all install BUILD="$BUILD" DESTDIR=/tmp/destdir
	(cd /tmp/destdir && find . ! -type d -exec ls -ln --time-style=+ {} +) >/tmp/once
	make -s -C "$top" -o all install BUILD="$BUILD" DESTDIR=/tmp/destdir
	(cd /tmp/destdir && find . ! -type d -exec ls -ln --time-style=+ {} +) >/tmp/twice
	cmp /tmp/once /tmp/twice || fail 'the second time it is another one'
	expect_exit 0 make -s -C "$top" uninstall BUILD="$BUILD" DESTDIR=/tmp/destdir
	expect_same "$(find /tmp/destdir ! -type d)" ''
	expect [ -x "$SBINDIR/sendmail" ]
}

# Below /usr/local that is /usr/local/etc.
a_page_says_where_things_are() {
	cd "$top" || fail 'no source'
	contrib/install install "$BUILD" /tmp/destdir /opt/bin /opt/sbin /opt/libexec /opt/etc /opt/var /opt/run /opt/man salsa
	for name in /opt/etc/salsa/salsa.conf /opt/var/spool/salsa/queue /opt/run/salsa/submit; do
		grep -q "Pa $name\$" /tmp/destdir/opt/man/man8/salsad.8 || fail "nothing of $name"
	done
	if grep -rnE '(^|[^t])/(etc|var/spool|run)/salsa' /tmp/destdir/opt/man; then fail 'that is elsewhere'; fi
	grep -q '^#spool  */opt/var/spool/salsa$' /tmp/destdir/opt/etc/salsa/salsa.conf.example || fail 'no spool'
}

each_line_of_the_example_is_a_good_one() {
	sed -n 's/^#\([a-z]\|  \)/\1/p' "$CONF.example" >"$CONF"
	expect_exit 78 salsa check	# the files that it names are not there
	expect_same "$(grep "^$CONF:" <<<"$output")" ''
	expect [ "$(grep -c '^relay ' <<<"$output")" = 4 ]
}

# As dh_auto_configure(1) and dpkg-buildflags(1) have it.
what_a_packager_passes_is_understood() {
	mkdir /tmp/tree
	cp -r "$top"/{configure,Makefile,src} /tmp/tree
	cd /tmp/tree || fail 'no tree'
	# shellcheck disable=SC2016
	CPPFLAGS='-Wdate-time -D_FORTIFY_SOURCE=2' expect_exit 0 ./configure --build=x86_64-linux-gnu --prefix=/usr \
		'--includedir=${prefix}/include' '--mandir=${prefix}/share/man' '--libexecdir=${exec_prefix}/lib' --program-prefix= --runstatedir=/run
	expect_same "$(sed -n 's/^\(MANDIR\|LIBEXECDIR\) *= //p' config.mk | xargs)" '/usr/lib /usr/share/man'
	expect_exit 0 make -s build/base.a
	./configure --prefix=/usr/ >/dev/null
	expect_same "$(sed -n 's/^\(SYSCONFDIR\|BINDIR\) *= //p' config.mk | xargs)" '/usr/bin /etc'
	for option in --prefix=install --sysconfdir=~/etc '--runstatedir run'; do	# programs look for each other there
		# shellcheck disable=SC2086
		expect_exit 64 ./configure $option
		expect_said 'not an absolute path'
	done
}

setup_has_nothing_to_do_twice() {
	expect_exit 0 "$LIBEXECDIR/salsa/setup"
	expect_same "$output" ''
}

setup_mends_what_is_wrong() {
	chmod 777 "$SPOOL/queue"
	rm -rf "$SPOOL/state"
	chmod 755 "$LIBEXECDIR/salsa/salsa-drop"
	"$LIBEXECDIR/salsa/setup"
	expect_exit 0 salsa check
	by=nobody mail_to bob@example.net
	expect_arrived_at relay1
}

# An operator has put it on another file system.
a_spool_may_be_a_link_to_where_it_is() {
	mkdir /srv/mail
	mv "$SPOOL" /srv/mail/salsa
	ln -s /srv/mail/salsa "$SPOOL"
	rmdir "$SPOOL/state"
	expect_exit 0 "$LIBEXECDIR/salsa/setup"
	expect_exit 0 salsa check
	by=nobody mail_to bob@example.net
	expect_arrived_at relay1
	expect_delivered
}

a_program_that_is_missing_is_nothing_that_setup_could_mend() {
	expect_exit 78 unshare --mount sh -c "mount -t tmpfs none '$LIBEXECDIR/salsa' && '$SBINDIR/salsa' check"
	expect_said "$LIBEXECDIR/salsa/salsa-relay: No such file or directory; install salsa again"
	expect_exit 78 unshare --mount sh -c "mount --bind /dev/null '$SBINDIR/sendmail' && '$SBINDIR/salsa' check"
	expect_said "$SBINDIR/sendmail: not a program"	# another mailer took it with it
	chmod 777 "$LIBEXECDIR"/salsa/salsa-{relay,drop}
	expect_exit 78 salsa check
	expect_said "$LIBEXECDIR/salsa/salsa-relay: not root's alone to write, or set-user-ID; install salsa again"
	chmod 755 "$LIBEXECDIR/salsa/salsa-relay"
	"$LIBEXECDIR/salsa/setup"
	expect_exit 0 salsa check
}

setup_is_for_root() {
	expect_exit 77 as nobody "$LIBEXECDIR/salsa/setup"
}

# Hazard L3.
no_program_is_set_user_id() {
	expect_same "$(find "$LIBEXECDIR/salsa" "$BINDIR/mailq" "$SBINDIR"/{sendmail,salsad,salsa} -perm -4000)" ''
	expect_same "$(find "$LIBEXECDIR/salsa" "$BINDIR/mailq" "$SBINDIR"/{sendmail,salsad,salsa} -perm -2000 -printf '%f ')" \
		'salsa-drop mailq '
}

# systemd.exec(5), DynamicUser=: a user without a name is another one for each connection, and the queue is shared out
# by users.
all_who_come_over_smtp_are_one_user() {
	grep -qx 'User=salsa-smtp' "${BINDIR%/*}/lib/systemd/system/salsa-smtp@.service" || fail 'each is another one'
}

# salsad.service, salsa-smtp@.service: what is not among SystemCallFilter is death.
the_units_allow_what_their_programs_call() {
	local units=$top/contrib/systemd

	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze, which knows the sets of calls'
	activate "$SOCKET" "$here/filtered" "$units/salsad.service" setpriv --reuid salsa --regid salsa --clear-groups salsad -d &
	expect_soon [ -S "$SOCKET" ]
	mail_to bob@example.net
	expect_arrived_at relay1
	if logged 'was killed'; then fail 'a worker was killed'; fi
	if logged 'cannot lock myself in'; then fail 'a worker has no sandbox'; fi
	printf '%s\r\n' 'HELO www1' 'MAIL FROM:<alice@example.com>' 'RCPT TO:<bob@example.net>' DATA 'Subject: said' '' . QUIT |
		"$here/filtered" "$units/salsa-smtp@.service" setpriv --reuid nobody --regid nogroup --clear-groups sendmail -bs
	expect_arrived_at relay1 'Subject: said'
}
