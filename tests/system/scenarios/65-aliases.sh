# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Local names: to whom they lead, what a broken file costs (nothing), and what is told without sending anything.

given_aliases() { cat >/etc/aliases; chmod 644 /etc/aliases; }

# called NAME [OPTION ...]: sendmail by another name.
called() (exec -a "$@")

roots_mail_goes_where_its_alias_says() {
	given_aliases <<<'root: ops@example.net'
	mail_to root
	expect_arrived_at relay1 'to <ops@example.net>' 'Hello.'
	printf 'To: root\nSubject: header\n\nHello.\n' | as nobody sendmail -t
	expect_arrived_at relay1 'to <ops@example.net>' 'To: root@www1.example.com' header
	expect_delivered
	expect_count_at relay1 2
}

lists_catch_all_and_included_files() {
	printf '# people\nbob@example.net,\tcarol@example.net\ndave\n' >/etc/people
	chmod 644 /etc/people
	given_aliases <<-'ALIASES'
	# comment
	Staff: :include:/etc/people,
	    erin@example.net
	dave:   dave@example.net, bob@example.net
	*:      rest@example.net
	ALIASES
	subject=list mail_to staff
	for who in bob carol dave erin; do
		expect_arrived_at relay1 "to <$who@example.net>" list
	done
	subject=rest mail_to whoever
	expect_arrived_at relay1 'to <rest@example.net>' rest
	expect_delivered
	if grep -h '^to <' "$ARRIVED"/relay1/* | grep -e staff -e www1; then fail 'a local name left the host'; fi
}

a_name_that_leads_to_itself_is_sent_on() {
	given_aliases <<-'ALIASES'
	root: root, ops@example.net
	a:    b
	b:    a
	ALIASES
	mail_to root
	mail_to a
	expect_arrived_at relay1 'to <root@www1.example.com>'
	expect_arrived_at relay1 'to <ops@example.net>'
	expect_arrived_at relay1 'to <a@www1.example.com>'
}

names_without_an_alias_are_the_postmasters() {
	configured <<<'postmaster post@example.net'
	given_aliases <<<'root: ops@example.net'
	mail_to bob
	expect_arrived_at relay1 'to <post@example.net>'
}

a_broken_aliases_file_loses_nothing() {
	given_aliases <<-'ALIASES'
	root: |/usr/bin/procmail
	bob ops@example.net
	ALIASES
	mail_to root
	expect_arrived_at relay1 'to <root@www1.example.com>'
	expect logged '/etc/aliases:1: |/usr/bin/procmail: a command'
	chmod 666 /etc/aliases
	subject=writable mail_to bob
	expect_arrived_at relay1 'to <bob@www1.example.com>' writable
	expect logged '/etc/aliases: others than its owner can write it'
	expect_exit 78 salsa check
	expect_said '/etc/aliases: others than its owner can write it'
	chmod 600 /etc/aliases
	subject=unreadable by=nobody mail_to carol
	expect_arrived_at relay1 'to <carol@www1.example.com>' unreadable
	expect_delivered
}

a_command_in_an_included_file_is_not_run() {
	printf '%s\n' '"|/bin/touch /tmp/ran"' '/tmp/ran' 'ops@example.net' >/etc/people
	given_aliases <<<'root: :include:/etc/people'
	chmod 644 /etc/people
	mail_to root
	expect_arrived_at relay1 'to <ops@example.net>'
	expect_arrived_at relay1 'to <root@www1.example.com>'
	[ ! -e /tmp/ran ] || fail 'it ran'
}

an_included_file_that_others_can_write_is_not_believed() {
	echo evil@example.net >/tmp/people
	chown nobody /tmp/people
	given_aliases <<<'root: :include:/tmp/people'
	mail_to root
	expect_arrived_at relay1 'to <root@www1.example.com>'
	expect logged ':include:/tmp/people: it does not belong to root'
}

newaliases_says_what_it_found() {
	expect_exit 0 newaliases
	expect_same "$output" 'no aliases: /etc/aliases does not exist'
	printf 'root: ops@example.net\nbob: root\n' | given_aliases
	for command in newaliases 'sendmail -bi' 'sendmail -I' 'newaliases -v'; do
		expect_exit 0 $command
		expect_same "$output" '2 aliases in /etc/aliases'
	done
	expect_exit 64 newaliases bob
	printf 'root: ops@example.net\nbob\nroot: x, y z\ncarol: /dev/null\n' | given_aliases
	expect_exit 65 newaliases
	expect_said '/etc/aliases:2: no colon'
	expect_said '/etc/aliases:3: root has an alias in line 1 already'
	expect_said '/etc/aliases:4: /dev/null: a file'
}

check_notes_that_root_has_no_alias() {
	local code

	for aliases in '' 'bob: root' 'ROOT ops@example.net'; do
		given_aliases <<<"$aliases"
		code=0
		output=$(salsa check) || code=$?
		expect_said 'no alias for root'
	done
	expect_same $code 78
	expect_said '/etc/aliases:1: no colon'
	given_aliases <<<'ROOT: ops@example.net'
	expect_exit 0 salsa check
	case $output in *'no alias for root'*) fail "$output" ;; esac
}

bv_tells_to_whom_and_by_which_relay() {
	configured <<-CONF
	relay smtp://$(name_of static)
	    for *.example.org
	relay smtp://$(name_of static2)
	    refuse *.example.org
	    cost 200
	CONF
	given_aliases <<<'root: ops@example.net, dev@www.example.org'
	expect_exit 0 sendmail -bv root bob@example.net </dev/null
	expect_said 'root: ops@example.net'
	expect_said 'root: dev@www.example.org'
	expect_said "
ops@example.net
  1  $(name_of relay1):25  cost 10, tls may, MX 10 at 154.165.in-addr.arpa
  2  $(name_of relay2):25  cost 10, tls may, MX 20 at 154.165.in-addr.arpa
  -  $(name_of static):25  cost 100, tls may, relay in line 1: not with its \`for'
  3  $(name_of static2):25  cost 200, tls may, relay in line 3
"
	expect_said "
dev@www.example.org
  1  $(name_of relay1):25  cost 10, tls may, MX 10 at 154.165.in-addr.arpa
  2  $(name_of relay2):25  cost 10, tls may, MX 20 at 154.165.in-addr.arpa
  3  $(name_of static):25  cost 100, tls may, relay in line 1
  -  $(name_of static2):25  cost 200, tls may, relay in line 3: not with its \`refuse'
bob@example.net
"
	expect_exit 67 sendmail -bv 'bob@'
	expect_exit 64 sendmail -bv
	expect_nothing_arrived
	queue_is_empty || fail 'something was queued'
}

bv_knows_the_sender() {
	configured <<-CONF
	discover off
	relay smtp://$(name_of static)
	    from *@example.org
	CONF
	expect_exit 0 sendmail -bv -f alice@example.org bob@example.net
	expect_exit 69 sendmail -bv bob@example.net
	expect_said "not with its \`from'"
	expect_exit 69 as nobody sendmail -bv -f '' bob@example.net
}

bv_says_who_is_down() {
	goes_down relay1
	salsad_runs
	expect_exit 0 mail_to bob@example.net
	expect_soon then_somebody_is_down
	expect_exit 0 sendmail -bv bob@example.net
	expect_said 'left alone until'
}
then_somebody_is_down() { [ -n "$(find "$SPOOL/state" -name 'down.*')" ]; }

without_any_relay_bv_says_so() {
	configured <<<'discover off'
	expect_exit 69 sendmail -bv bob@example.net
	expect_said 'no relay'
	configured <<<'nonsense'
	expect_exit 78 sendmail -bv bob@example.net
}

bv_does_not_read_its_input() {
	given_aliases <<<'root: ops@example.net'
	{ sendmail -bv root >/tmp/told; cat >/tmp/left; } <<<'still here'
	expect_same "$(cat /tmp/left)" 'still here'
	expect grep -q '^root: ops@example.net$' /tmp/told
}

bt_shows_the_discovery() {
	expect_exit 0 sendmail -bt </dev/null
	expect_said '154.165.in-addr.arpa'
	expect_said "$(name_of relay1):25"
}

other_names_and_modes_are_obeyed() {
	local sendmail

	sendmail=$(command -v sendmail)
	for name in hoststat purgestat /usr/bin/hoststat; do
		expect_exit 0 called $name "$sendmail"
		expect_same "$output" ''
	done
	expect_exit 0 sendmail -bh
	expect_exit 0 sendmail -bH
	expect_exit 64 sendmail -bS
	expect_exit 64 sendmail -M x
	expect_exit 0 sendmail -d0.1
	expect_same "$output" 'salsa 0.1'
	expect_exit 0 sendmail --version
	expect_same "$output" 'salsa 0.1'
	mail_to bob@example.net -odq
	expect_nothing_arrived
	expect_exit 0 called runq "$sendmail"
	expect_arrived_at relay1 'to <bob@example.net>'
}

a_selected_run_is_a_run() {
	mail_to bob@example.net -odq
	expect_exit 0 sendmail -qRexample.net -qf
	expect_arrived_at relay1 'to <bob@example.net>'
}

quiet_errors_are_a_status_alone() {
	expect_exit 65 sendmail -oeq 'bob@' </dev/null
	expect_same "$output" ''
	expect_exit 65 sendmail -oem 'bob@' </dev/null
	expect_said 'address bob@'
}
