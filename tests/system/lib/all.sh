# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The laboratory: everything that a scenario or the demonstration needs.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in expect network dns relays dovecot others salsa; do
	# shellcheck source=/dev/null
	. "$here/$part.sh"
done

the_lab_is_built() {
	the_wire_is_laid
	client_has 165.154.15.1/24 2001:db8:1:2::25/64
	the_dns_runs
	the_relays_run
	salsa_is_installed
}

everything_is_as_at_the_beginning() {
	everyone_is_back
	client_has 165.154.15.1/24 2001:db8:1:2::25/64
	the_dns_is_as_at_the_beginning
	nothing_has_arrived
	salsa_is_as_installed
	rm -rf $LAB/sanitizer
	mkdir -m 1777 $LAB/sanitizer	# where the sanitizers' build writes: lib/sanitizer.c
}
