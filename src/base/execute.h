/* SPDX-License-Identifier: ISC
 *
 * base/execute.h: starting another of our programs with no more than it needs.
 */
#ifndef BASE_EXECUTE_H
#define BASE_EXECUTE_H

#include <sys/types.h>

/* The descriptors that become a program's 0, 1 and 2; -1: /dev/null. */
struct descriptors {
	int input, output, error;
};

/*
 * Executes path in a process of its own, with these descriptors and an environment of PATH, TZ and, unless we are
 * privileged (base/start.h), CREDENTIALS_DIRECTORY (systemd.exec(5)) alone.  instance names the configuration file of a
 * private instance (SALSA_CONF), which must not gain privilege, nor may we from then on; NULL: the system's.  Returns its
 * process ID, or -1 with errno.
 */
pid_t execute(const char *path, const char *instance, struct descriptors);

#endif
