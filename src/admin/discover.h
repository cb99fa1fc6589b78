/* SPDX-License-Identifier: ISC
 *
 * admin/discover.h: `salsa discover [ADDRESS]': every name that is asked, every answer, and the relays that follow.
 */
#ifndef ADMIN_DISCOVER_H
#define ADMIN_DISCOVER_H

/* Returns EX_OK when there is a relay, EX_UNAVAILABLE when there is none, EX_USAGE. */
int admin_discover(int argc, char **argv);

#endif
