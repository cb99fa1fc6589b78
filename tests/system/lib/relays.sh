# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# The relays: one Postfix with a listener for each, that carries mail for its customers only; and, for what Postfix would
# never do, smtp-sink.  What arrives is one file a message in $ARRIVED/RELAY: the envelope, an empty line, the message.

ARRIVED=$LAB/arrived
POSTFIX=$LAB/postfix
CERTIFICATES=$LAB/certificates

OURS='165.154.0.0/16 [2001:db8:1::]/48'	# whom the relays of hookup.net know

the_relays_run() {
	mkdir -p $POSTFIX/queue/pid $ARRIVED
	chmod 1777 $ARRIVED
	install "$here/record" $LAB/record	# nobody runs it, who may not see where we are
	install -d -o postfix $POSTFIX/data
	(cd $POSTFIX/queue && install -d -o postfix active bounce corrupt defer deferred flush hold incoming maildrop \
		private public saved trace)
	the_certificates_are_made
	the_customer_has_a_password
	postfix_is_configured
	the_listeners_are_listed >$POSTFIX/master.cf
	in_the_world env MAIL_CONFIG=$POSTFIX /usr/lib/postfix/sbin/master -w
	eventually answers "$(address_of relay1)"
}

answers() { in_the_world bash -c "exec 3<>/dev/tcp/$1/${2:-25} && read -r -t 5 line <&3 && [ \"\${line:0:3}\" = 220 ]"; }

postfix_is_configured() {
	cat >$POSTFIX/main.cf <<-CF
	compatibility_level = 3.6
	queue_directory = $POSTFIX/queue
	data_directory = $POSTFIX/data
	maillog_file = $LAB/relays.log
	maillog_file_prefixes = $LAB
	inet_interfaces = all
	mydestination =
	local_recipient_maps =
	alias_maps =
	alias_database =
	mynetworks = $OURS
	smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
	smtpd_recipient_restrictions = check_recipient_access inline:{
	  { unknown@example.com = 550 5.1.1 no such user here }
	  { full@example.com = 452 4.2.2 mailbox full }
	  { later@example.com = 450 4.7.1 greylisted }
	  { nobody@example.org = 550 5.1.1 no such user here } }
	smtpd_peername_lookup = no
	disable_dns_lookups = yes
	smtpd_client_connection_count_limit = 0
	smtpd_client_connection_rate_limit = 0
	smtpd_error_sleep_time = 0
	smtpd_tls_cert_file = $CERTIFICATES/right.pem
	smtpd_tls_session_cache_database =
	cyrus_sasl_config_path = $POSTFIX
	smtpd_tls_auth_only = yes
	smtpd_tls_loglevel = 1
	message_size_limit = 1000000
	message_drop_headers =
	CF
}

listener() {	# HOST[:PORT] OPTION ...: a relay at each of its addresses
	local host=${1%:*} port=25 address
	case $1 in *:*) port=${1#*:} ;; esac
	shift
	for address in $(addresses_of "$host"); do
		case $address in *:*) address="[$address]" ;; esac
		printf '%s:%s inet n - n - - smtpd' "$address" "$port"
		printf '\n -o { %s }' "myhostname = $(name_of "$host")" "syslog_name = $host" "content_filter = record:$host" "$@"
		echo
	done
}

the_listeners_are_listed() {
	local world='mynetworks = 0.0.0.0/0 [::]/0' tls='smtpd_tls_security_level = may' auth='smtpd_sasl_auth_enable = yes'

	listener relay1
	listener relay2 'debug_peer_list = 165.154.0.0/16 [2001:db8:1::]/48'	# writes down every command
	listener static "$world" "$tls"
	listener static2 "$world"
	listener static2:2525 "$world" 'smtpd_discard_ehlo_keywords = 8bitmime smtputf8'
	# Its users are known by their passwords alone.
	listener static:587 'mynetworks = 127.0.0.1' "$tls" "$auth" \
		'smtpd_relay_restrictions = permit_sasl_authenticated, reject'
	listener static:465 'mynetworks = 127.0.0.1' 'smtpd_tls_wrappermode = yes' "$auth" \
		'smtpd_sasl_mechanism_filter = login' \
		'smtpd_relay_restrictions = permit_sasl_authenticated, reject'
	# Its users are known by their certificates alone.
	listener static2:587 'mynetworks = 127.0.0.1' 'smtpd_tls_security_level = encrypt' 'smtpd_tls_req_ccert = yes' \
		"smtpd_tls_CAfile = $CERTIFICATES/unknown.pem" 'smtpd_tls_fingerprint_digest = sha256' \
		"relay_clientcerts = inline:{ { $(openssl x509 -in $CERTIFICATES/customer.pem -noout -fingerprint -sha256 |
			cut -d = -f 2) = customer } }" 'smtpd_relay_restrictions = permit_tls_clientcerts, reject'
	# One that asks Dovecot, which a scenario has to start: lib/dovecot.sh.
	listener static:1587 'mynetworks = 127.0.0.1' "$tls" "$auth" 'smtpd_sasl_type = dovecot' \
		"smtpd_sasl_path = unix:$LAB/dovecot/client" 'smtpd_relay_restrictions = permit_sasl_authenticated, reject'
	# Discovered ones with TLS: as it should be; with another host's name; of an authority that nobody knows; broken.
	listener secure "$tls" "$auth"
	listener misnamed "$world" "$tls" "$auth"
	listener untrusted "$world" "$tls" "smtpd_tls_cert_file = $CERTIFICATES/untrusted.pem"
	listener tlsless "$world" "$tls" 'smtpd_tls_protocols = TLSv1'
	cat <<-MASTER
	cleanup   unix n - n - 0 cleanup
	qmgr      unix n - n 300 1 qmgr
	rewrite   unix - - n - - trivial-rewrite
	bounce    unix - - n - 0 bounce
	defer     unix - - n - 0 bounce
	trace     unix - - n - 0 bounce
	error     unix - - n - - error
	retry     unix - - n - - error
	tlsmgr    unix - - n 1000? 1 tlsmgr
	anvil     unix - - n - 1 anvil
	postlog   unix-dgram n - n - 1 postlogd
	record    unix - n n - - pipe flags=q user=nobody null_sender=
	 argv=$LAB/record $ARRIVED/\${nexthop} \${sender} \${recipient}
	MASTER
}

# Certificates of an authority that this machine trusts, and of one that it does not know.
the_certificates_are_made() {
	local hash

	mkdir -p $CERTIFICATES
	authority trusted
	authority unknown
	certificate right trusted "DNS:$(name_of static),DNS:$(name_of secure)"
	certificate untrusted unknown "DNS:$(name_of untrusted)"
	certificate customer unknown 'DNS:www1.example.com'
	certificate stranger unknown 'DNS:www1.example.com'
	hash=$(openssl x509 -in $CERTIFICATES/trusted.pem -noout -hash)
	mkdir -p /etc/ssl/certs
	cp $CERTIFICATES/trusted.pem "/etc/ssl/certs/$hash.0"
}

a_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null; }

authority() {
	a_key >"$CERTIFICATES/$1.key"
	openssl req -x509 -key "$CERTIFICATES/$1.key" -subj "/CN=$1 authority" -days 2 -out "$CERTIFICATES/$1.pem"
}

certificate() {	# FILE AUTHORITY NAMES: key and certificate in one file
	a_key >"$CERTIFICATES/$1.key"
	openssl req -x509 -key "$CERTIFICATES/$1.key" -CA "$CERTIFICATES/$2.pem" -CAkey "$CERTIFICATES/$2.key" -days 2 \
		-subj "/CN=$1" -addext "subjectAltName=$3" -addext basicConstraints=CA:FALSE -out "$CERTIFICATES/$1.crt"
	cat "$CERTIFICATES/$1.key" "$CERTIFICATES/$1.crt" "$CERTIFICATES/$2.pem" >"$CERTIFICATES/$1.pem"
}

# SHA-256 of a certificate (0) or of its key (1), as TLSA records number them.
fingerprint() {	# SELECTOR FILE
	local file=$CERTIFICATES/$2

	if [ "$1" = 0 ]; then
		openssl x509 -in "$file" -outform DER
	else
		openssl x509 -in "$file" -pubkey -noout | openssl pkey -pubin -outform DER
	fi | sha256sum | cut -d ' ' -f 1
}

the_customer_has_a_password() {
	printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' 'mech_list: PLAIN LOGIN' >$POSTFIX/smtpd.conf
	echo -n secret | saslpasswd2 -p -c -u "$(name_of static)" joe
	echo -n secret | saslpasswd2 -p -c -u "$(name_of secure)" joe
	chown postfix /etc/sasldb2
}

# misbehaves HOST OPTION ...: smtp-sink(1) with these options is all that answers there.
misbehaves() {
	local host=$1
	shift
	mkdir -p "$ARRIVED/$host"
	chmod 1777 "$ARRIVED/$host"
	in_the_world smtp-sink -u nobody -h "$(name_of "$host")" -d "$ARRIVED/$host/%s." "$@" \
		"inet:$(address_of "$host"):25" 100 >/dev/null 2>&1 &
	misbehaving=$!
	eventually listens "$host"
}

misbehaves_no_more() {
	kill $misbehaving
	wait $misbehaving || :
}

listens() { in_the_world ss -Htln src "$(address_of "$1"):25" | grep -q .; }

# Whatever was said to them is heard, and whatever they took has arrived.
the_relays_are_idle() {
	in_the_world ss -Htna | awk '$1 == "CLOSE-WAIT" || $2 > 0 { exit 1 }' &&
		[ -z "$(find $POSTFIX/queue/{incoming,active} -type f -perm -100)" ]	# those that are complete
}

nothing_has_arrived() {	# nor is on its way
	expect_soon the_relays_are_idle
	find $ARRIVED -type f -delete
	: >$LAB/relays.log
}

sessions_are_over() {
	awk '/: connect from/ { open[$5] = 1 } /: disconnect from/ { delete open[$5] } END { exit length(open) > 0 }' $LAB/relays.log
}
# What the relays wrote down of this scenario's sessions, when all of them are over, has nothing of this.
expect_in_no_session() {
	local mark=$BASHPID.$RANDOM

	MAIL_CONFIG=$POSTFIX postlog -t mark $mark	# behind all that was said by now
	expect_soon grep -q "mark.* $mark\$" $LAB/relays.log
	expect_soon sessions_are_over
	if awk '/: connect from/ { begun[$5] = 1 } begun[$5]' $LAB/relays.log | grep -e "$1"; then fail "the relays write of $1"; fi
}

then_logged_in_by() { grep -q "sasl_method=$1, sasl_username=joe" $LAB/relays.log; }
expect_logged_in_by() {	# MECHANISM, for joe
	eventually then_logged_in_by "$1" || fail "by $1? $(grep -o 'sasl_method=.*' $LAB/relays.log)"
}

messages_at() { find "$ARRIVED/$1" -type f ! -name '.*' 2>/dev/null; }
count_at() { messages_at "$1" | wc -l; }

# the_message_at RELAY TEXT ...: the file of a message that arrived there and has all of these texts.
the_message_at() {
	local relay=$1 file text
	shift
	for file in $(messages_at "$relay"); do
		for text; do
			grep -qF -- "$text" "$file" || continue 2
		done
		echo "$file"
		return
	done
	return 1
}

expect_arrived_at() { eventually the_message_at "$@" || fail "did not arrive at $1: ${*:2} (arrived: $(what_arrived))"; }
expect_count_at() {	# RELAY NUMBER
	eventually has_arrived "$2" "$1" || expect_same "$(count_at "$1")" "$2" "messages at $1"
}
has_arrived() { [ "$(count_at "$2")" = "$1" ]; }
expect_nothing_arrived() { [ -z "$(find $ARRIVED -type f)" ] || fail "arrived: $(what_arrived)"; }
what_arrived() { (cd $ARRIVED && grep -rm1 '^Subject:' . | tr '\n' ' '); }
