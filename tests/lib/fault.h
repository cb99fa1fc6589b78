/* SPDX-License-Identifier: ISC
 *
 * tests/lib/fault.h: makes the nth call of a system call fail.  The functions are listed in fault.c; the build wraps
 * each of them (ld --wrap).
 */
#ifndef LIB_FAULT_H
#define LIB_FAULT_H

#include <stdbool.h>

/* From now on the call with this number (0 is the next one) fails with error; -1: none fails. */
void fault_arm(int nth, int error);
/* Whether the armed call has come and failed.  Disarms. */
bool fault_fired(void);

#endif
