/* SPDX-License-Identifier: ISC
 *
 * admin/route.h: `salsa route [--from ADDRESS] ADDRESS ...': the relays that would be tried for each address, in their
 * order, and those that would not be, with the reason.
 */
#ifndef ADMIN_ROUTE_H
#define ADMIN_ROUTE_H

/*
 * Returns EX_OK when there is a relay for each address, EX_UNAVAILABLE when one has none, EX_NOUSER for what is no
 * address, EX_CONFIG when faults in the configuration stop all mail, EX_USAGE.
 */
int admin_route(int argc, char **argv);

#endif
