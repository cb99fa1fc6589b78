/* SPDX-License-Identifier: ISC
 *
 * admin/test.h: salsa test: a session with a relay that sends nothing, and tells of every step.
 */
#ifndef ADMIN_TEST_H
#define ADMIN_TEST_H

int admin_test(int argc, char **argv);

#endif
