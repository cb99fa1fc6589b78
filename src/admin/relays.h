/* SPDX-License-Identifier: ISC
 *
 * admin/relays.h: `salsa relays [-j]': every relay that is published or configured, from where it is known, what it
 * costs and carries, how it is protected, and how it fared.
 */
#ifndef ADMIN_RELAYS_H
#define ADMIN_RELAYS_H

/* Returns EX_OK when there is a relay, EX_UNAVAILABLE when there is none, EX_USAGE. */
int admin_relays(int argc, char **argv);

#endif
