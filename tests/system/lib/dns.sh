# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The DNS: nsd holds every zone there is, in one; unbound is the client's resolver, and writes down what it is asked.

DNS=$LAB/dns

ask() { in_the_world drill -Q "$@" 2>/dev/null; }

nsd_runs() {
	cat >$DNS/nsd.conf <<-CONF
	server:
		ip-address: $(address_of nsd)
		username: ""
		chroot: ""
		database: ""
		zonesdir: "$DNS"
		zonelistfile: "$DNS/zone.list"
		xfrdfile: ""
		pidfile: "$DNS/nsd.pid"
		logfile: "$DNS/nsd.log"
		server-count: 1
		rrl-ratelimit: 0
	remote-control:
		control-enable: yes
		control-interface: $DNS/nsd.control
	zone:
		name: "."
		zonefile: "zone"
	CONF
	in_the_world nsd -c $DNS/nsd.conf
}

unbound_runs() {
	cat >$DNS/unbound.conf <<-CONF
	server:
		interface: $(address_of resolver1)
		interface: $(address6_of resolver1)
		interface: $(address_of resolver2)
		access-control: 0.0.0.0/0 allow
		access-control: ::/0 allow
		username: ""
		chroot: ""
		directory: "$DNS"
		pidfile: "$DNS/unbound.pid"
		logfile: "$DNS/questions"
		use-syslog: no
		log-queries: yes
		module-config: "iterator"
		rrset-roundrobin: no
		max-udp-size: 512
		do-not-query-localhost: no
		unblock-lan-zones: yes
		insecure-lan-zones: yes
		$(printf 'local-zone: "%s." nodefault\n\t' 2.0.192.in-addr.arpa 100.51.198.in-addr.arpa \
			113.0.203.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa)
	remote-control:
		control-enable: yes
		control-interface: $DNS/unbound.control
		control-use-cert: no
	stub-zone:
		name: "."
		stub-addr: $(address_of nsd)
	CONF
	in_the_world unbound -c $DNS/unbound.conf
}

resolver() { unbound-control -q -c $DNS/unbound.conf "$@" >/dev/null; }

the_dns_runs() {
	mkdir -p $DNS
	write_zone 1 </dev/null
	nsd_runs
	unbound_runs
	eventually the_zone_is 1
	eventually resolver status
}

write_zone() {	# SERIAL: the hosts of the world, and the records on standard input
	local host address

	{
		echo '$TTL 300'
		echo ". 300 SOA ns. hostmaster. $1 3600 600 86400 300"
		echo ". NS ns."
		echo "ns. A $(address_of nsd)"
		for host in $(every_host); do
			echo "$(name_of "$host"). A $(address_of "$host")"
			for address in $(address6_of "$host"); do
				echo "$(name_of "$host"). AAAA $address"
			done
		done
		cat
	} >$DNS/zone.new
	mv $DNS/zone.new $DNS/zone
	echo "$1" >$DNS/serial
}

the_zone_is() { ask SOA . "@$(address_of nsd)" | grep -q " $1 3600"; }

# The same, signed.  What $forged, a command of sed, changes is changed after that, and bogus.
the_dns_says_and_signs() {
	local serial

	serial=$(($(cat $DNS/serial) + 1))
	write_zone $serial
	[ -f $DNS/key.key ] || (cd $DNS && ldns-keygen -k -a ECDSAP256SHA256 . >$DNS/key.name &&
		mv "$(cat $DNS/key.name).key" key.key && mv "$(cat $DNS/key.name).private" key.private)
	ldns-signzone -o . -f $DNS/zone.signed $DNS/zone $DNS/key
	sed -i "${forged:-}" $DNS/zone.signed
	mv $DNS/zone.signed $DNS/zone
	nsd-control -c $DNS/nsd.conf reload >/dev/null
	eventually the_zone_is $serial
	the_client_validates
}

# The client's own resolver, which believes what is signed, but for what lies below $unsigned.
the_client_validates() {
	cat >$DNS/validator.conf <<-CONF
	server:
		interface: 127.0.0.1
		username: ""
		chroot: ""
		directory: "$DNS"
		pidfile: "$DNS/validator.pid"
		logfile: "$DNS/validator.log"
		use-syslog: no
		val-log-level: 2
		module-config: "validator iterator"
		trust-anchor-file: "$DNS/key.key"
		domain-insecure: "${unsigned:-nothing.invalid}"
		do-not-query-localhost: no
	stub-zone:
		name: "."
		stub-addr: $(address_of nsd)
	CONF
	unbound -c $DNS/validator.conf
	the_client_asks 127.0.0.1
	eventually drill -Q SOA . @127.0.0.1
}

tlsa() { echo "TLSA $1 $2 1 $(fingerprint "$2" "$3")"; }	# USAGE SELECTOR FILE

# From now on the DNS says this, beside the hosts' addresses, and nobody remembers anything else.
the_dns_says() {
	local serial

	serial=$(($(cat $DNS/serial) + 1))
	write_zone $serial
	nsd-control -c $DNS/nsd.conf reload >/dev/null
	eventually the_zone_is $serial
	the_resolver_forgets
}

the_resolver_forgets() {	# all that it was told, too
	resolver reload
	eventually resolver status
}

# Questions about a name and all below it are dropped.
the_resolver_ignores() { resolver local_zone "$1" deny; }

the_client_asks() { printf 'nameserver %s\n' "$@" >/etc/resolv.conf; }	# ADDRESS ...

the_dns_is_as_at_the_beginning() {
	the_client_asks "$(address_of resolver1)" "$(address_of resolver2)"

	the_dns_says <<-'ZONE'
	154.165.in-addr.arpa. MX 10 noc.tor.hookup.net.
	154.165.in-addr.arpa. MX 20 second.tor.hookup.net.
	ZONE
	nobody_has_asked
}

nobody_has_asked() { : >$DNS/questions; }

# What the client asked since: one line a question, "NAME. TYPE".
questions() { sed -n 's/.* info: [0-9a-f.:]* \([^ ]*\) \([A-Z]*\) IN$/\1 \2/p' $DNS/questions; }
times_asked() { questions | grep -cixF -- "$1"; }
