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

a_program_that_is_missing_is_nothing_that_setup_could_mend() {
	expect_exit 78 unshare --mount sh -c "mount -t tmpfs none '$LIBEXECDIR/salsa' && '$SBINDIR/salsa' check"
	expect_said "$LIBEXECDIR/salsa/salsa-relay: No such file or directory; install salsa again"
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
