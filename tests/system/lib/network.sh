# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The network: this namespace is the client; the namespace `world' is everything else, at the far end of one wire.

LAB=/run/lab

# Who is where in the world: a host's short name, its full name, its addresses.
HOSTS='
relay1     noc.tor.hookup.net      165.154.1.1    2001:db8:1:1::1
relay2     second.tor.hookup.net   165.154.1.2    2001:db8:1:1::2
odd        odd.tor.hookup.net      165.154.1.3    -
odd2       odd2.tor.hookup.net     165.154.1.4    -
secure     secure.tor.hookup.net   165.154.1.5    2001:db8:1:1::5
misnamed   misnamed.hookup.net     165.154.1.6    -
untrusted  untrusted.hookup.net    165.154.1.7    -
tlsless    tlsless.hookup.net      165.154.1.8    -
static     smtp.clear.net.nz       203.0.113.25   2001:db8:cafe::25
static2    smtp2.clear.net.nz      203.0.113.26   -
resolver1  ns1.hookup.net          192.0.2.53     2001:db8:53::53
resolver2  ns2.hookup.net          192.0.2.54     -
nsd        nsd.hookup.net          192.0.2.55     -
'

name_of() { awk -v who="$1" '$1 == who { print $2 }' <<<"$HOSTS"; }
address_of() { awk -v who="$1" '$1 == who { print $3 }' <<<"$HOSTS"; }
address6_of() { awk -v who="$1" '$1 == who && $4 != "-" { print $4 }' <<<"$HOSTS"; }
addresses_of() { address_of "$1"; address6_of "$1"; }
every_host() { awk 'NF { print $1 }' <<<"$HOSTS"; }

in_the_world() { nsenter --net=/run/netns/world "$@"; }

the_wire_is_laid() {
	local host address

	mkdir -p $LAB /run/netns
	sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	sysctl -qw net.unix.max_dgram_qlen=100	# a syslogd that is slow loses no line
	ip link set lo up
	ip netns add world
	in_the_world sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	in_the_world sysctl -qw net.unix.max_dgram_qlen=100 net.ipv4.icmp_ratelimit=0	# whoever is refused hears it each time
	ip link add wire type veth peer name wire netns world
	ip link set wire up
	{
		echo link set lo up
		echo link set wire up
		for host in $(every_host); do
			for address in $(addresses_of "$host"); do
				echo address add "$address" dev wire
			done
		done
		echo route add default dev wire
		echo route add ::/0 dev wire
	} | in_the_world ip -batch -
	the_gate_is_built
}

# What passes between client and world is counted, and some of it does not pass.
the_gate_is_built() {
	in_the_world nft -f - <<-'NFT'
	table inet gate {
		set closed  { type ipv4_addr; }
		set closed6 { type ipv6_addr; }
		set silent  { type ipv4_addr; }
		set silent6 { type ipv6_addr; }
		set calls   { type ipv4_addr; flags dynamic; counter; }
		set calls6  { type ipv6_addr; flags dynamic; counter; }
		chain arriving {
			type filter hook input priority 0;
			iifname lo accept
			tcp flags & (syn | ack) == syn update @calls { ip daddr }
			tcp flags & (syn | ack) == syn update @calls6 { ip6 daddr }
			ip daddr @silent drop
			ip6 daddr @silent6 drop
			ip daddr @closed meta l4proto tcp reject with tcp reset
			ip6 daddr @closed6 meta l4proto tcp reject with tcp reset
			ip daddr @closed reject
			ip6 daddr @closed6 reject
		}
	}
	NFT
}

gate() { in_the_world nft "$@"; }

mark() {	# SET HOST: adds the host's addresses to a set of the gate
	gate add element inet gate "$1" "{ $(address_of "$2") }"
	[ -z "$(address6_of "$2")" ] || gate add element inet gate "${1}6" "{ $(address6_of "$2") }"
}

goes_down() { local host; for host; do mark closed "$host"; done; }		# connections are refused, and cut
falls_silent() { local host; for host; do mark silent "$host"; done; }		# nothing answers any more
falls_silent_on_ipv6() { gate add element inet gate silent6 "{ $(address6_of "$1") }"; }

comes_back() {
	local host set

	for host; do
		for set in closed silent; do
			gate delete element inet gate $set "{ $(address_of "$host") }" 2>/dev/null || :
			[ -z "$(address6_of "$host")" ] ||
				gate delete element inet gate ${set}6 "{ $(address6_of "$host") }" 2>/dev/null || :
		done
	done
}

everyone_is_back() {
	gate -f - <<-'NFT'
	flush set inet gate closed
	flush set inet gate closed6
	flush set inet gate silent
	flush set inet gate silent6
	flush set inet gate calls
	flush set inet gate calls6
	NFT
}

# How many connections were tried to a host since the scenario began.
calls_to() {
	local address total=0 n

	for address in $(addresses_of "$1"); do
		n=$({ gate list set inet gate calls; gate list set inet gate calls6; } |
			tr ',' '\n' | sed -n "s/.*[ {]$address counter packets \([0-9]*\).*/\1/p")
		total=$((total + ${n:-0}))
	done
	echo $total
}

# The client has these addresses (ADDRESS/LENGTH) and no others.
client_has() {
	local address

	ip -6 route flush ::/0
	{
		echo address flush dev wire scope global
		for address; do
			case $address in
			*:*) echo address add "$address" dev wire nodad; echo route replace ::/0 dev wire ;;
			*) echo address add "$address" dev wire; echo route replace default dev wire ;;
			esac
		done
	} | ip -batch -
}
