# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2086,SC2154
# Relays of other makes, at the host `odd'.  Their packages cannot be installed beside Postfix: contrib/install-deps
# unpacks them into $ASIDE.

ASIDE=/var/lib/salsa-lab
EXIM=$LAB/exim

# has_aside PROGRAM USER ...: it is there, and so are the users that it was built for; all of it is thrown away.
has_aside() {
	local program=$1 user

	[ -x "$ASIDE$program" ] || skip "$ASIDE$program is missing; contrib/install-deps unpacks it"
	shift
	for user; do
		getent passwd "$user" >/dev/null || useradd --system --user-group --no-create-home "$user"
	done
}

# Knows joe by his password, and the customer by his certificate; tells of what it delivers where NOTIFY wants it.
exim_runs() {
	has_aside /usr/sbin/exim4 Debian-exim
	[ -f $CERTIFICATES/exim.pem ] || certificate exim trusted "DNS:$(name_of odd)"
	install -d -o Debian-exim $EXIM $EXIM/spool $EXIM/log
	install -m 640 -o root -g Debian-exim $CERTIFICATES/exim.pem $CERTIFICATES/unknown.pem $EXIM
	exim_is_configured
	in_the_world $ASIDE/usr/sbin/exim4 -C $EXIM/conf -bdf &
	eventually answers "$(address_of odd)" 587
}

exim_is_configured() {
	cat >$EXIM/conf <<-CONF
	primary_hostname = $(name_of odd)
	local_interfaces = $(address_of odd)
	daemon_smtp_ports = 587 : 465
	tls_on_connect_ports = 465
	exim_path = $ASIDE/usr/sbin/exim4
	spool_directory = $EXIM/spool
	log_file_path = $EXIM/log/%s
	pid_file_path = $EXIM/pid
	keep_environment =
	host_lookup =
	rfc1413_query_timeout = 0s
	deliver_drop_privilege
	dsn_advertise_hosts = *
	tls_advertise_hosts = *
	tls_certificate = $EXIM/exim.pem
	tls_privatekey = $EXIM/exim.pem
	tls_try_verify_hosts = *
	tls_verify_certificates = $EXIM/unknown.pem
	auth_advertise_hosts = \${if eq {\$tls_in_cipher}{} {}{*}}
	acl_smtp_rcpt = recipient
	begin acl
	recipient:
	  deny local_parts = unknown
	    message = 550 5.1.1 no such user here
	  defer local_parts = later
	    message = 451 4.7.1 greylisted
	  accept authenticated = *
	  deny message = 550 5.7.1 who are you?
	begin routers
	all:
	  driver = accept
	  transport = record
	begin transports
	record:
	  driver = appendfile
	  directory = $ARRIVED/exim
	  maildir_format
	  return_path_add
	  envelope_to_add
	  user = Debian-exim
	begin authenticators
	plain:
	  driver = plaintext
	  public_name = PLAIN
	  server_prompts = :
	  server_condition = \${if and {{eq {\$auth2}{joe}} {eq {\$auth3}{secret}}}}
	  server_set_id = \$auth2
	login:
	  driver = plaintext
	  public_name = LOGIN
	  server_prompts = <| Username: | Password:
	  server_condition = \${if and {{eq {\$auth1}{joe}} {eq {\$auth2}{secret}}}}
	  server_set_id = \$auth1
	external:
	  driver = external
	  public_name = EXTERNAL
	  server_advertise_condition = \$tls_in_certificate_verified
	  server_param2 = \${certextract {subj_altname,dns}{\$tls_in_peercert}}
	  server_condition = \${if inlisti {\$auth1}{\$auth2}}
	  server_set_id = \$auth1
	CONF
}

# In clear, for everybody, and on to static2: in Debian 12 each STARTTLS of it fails.
opensmtpd_runs() {
	has_aside /usr/sbin/smtpd opensmtpd opensmtpq
	cat >$LAB/smtpd.conf <<-CONF
	filter "grey" phase rcpt-to match rcpt-to { "later@example.net" } reject "451 4.7.1 greylisted"
	listen on $(address_of odd) filter "grey" hostname $(name_of odd)
	action "forward" relay host "smtp://$(address_of static2)"
	match from any for rcpt-to { "unknown@example.net" } reject
	match from any for any action "forward"
	CONF
	mkdir -p /var/lib/opensmtpd/empty
	in_the_world $ASIDE/usr/sbin/smtpd -d -f $LAB/smtpd.conf &
	eventually answers "$(address_of odd)"
}
