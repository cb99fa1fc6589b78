/* SPDX-License-Identifier: ISC
 *
 * admin/check.h: `salsa check': everything that is wrong with the configuration and the installation, at once, and the
 * settings that are in effect.
 */
#ifndef ADMIN_CHECK_H
#define ADMIN_CHECK_H

/* argv[0] is the subcommand.  Returns EX_OK when all is right, EX_CONFIG when not, EX_USAGE. */
int admin_check(int argc, char **argv);

#endif
