/* SPDX-License-Identifier: ISC
 *
 * admin/zone.h: `salsa zone NETWORK HOST ...': the records by which an operator publishes relays for a network.
 */
#ifndef ADMIN_ZONE_H
#define ADMIN_ZONE_H

/* Prints lines of a zone file (RFC 1035, 5.1).  Returns EX_OK, EX_DATAERR for what no sender would ask for, EX_USAGE. */
int admin_zone(int argc, char **argv);

#endif
