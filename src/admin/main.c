/* SPDX-License-Identifier: ISC
 *
 * admin/main.c: salsa(8), the administrator's tool: it shows what the other programs would do.  Nothing depends on it.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/check.h"
#include "admin/discover.h"
#include "admin/queue.h"
#include "admin/relays.h"
#include "admin/route.h"
#include "admin/test.h"
#include "admin/zone.h"
#include "base/start.h"

static const struct subcommand {
	const char *name;
	int       (*run)(int argc, char **argv);   /* argv[0] is the subcommand; returns the exit code */
	const char *arguments, *purpose;
} subcommands[] = {
	{ "check", admin_check, "", "tell what is wrong with configuration and installation" },
	{ "discover", admin_discover, "[ADDRESS]", "look for relays, and say what was asked and answered" },
	{ "queue", admin_queue, "VERB [SELECTION]", "list, show, hold, release, retry, remove or bounce messages" },
	{ "relays", admin_relays, "[-j]", "tell what is known of every relay" },
	{ "route", admin_route, "[--from ADDRESS] ADDRESS ...", "tell by which relays mail to an address would go" },
	{ "test", admin_test, "RELAY", "begin a session with a relay, and tell of every step; nothing is sent" },
	{ "zone", admin_zone, "NETWORK HOST ...", "print the records by which a network publishes its relays" },
};

enum { NSUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static int
usage(void)
{
	for (size_t i = 0; i < NSUBCOMMANDS; i++)
		fprintf(stderr, "%s salsa %-8s %-29s %s\n", i == 0 ? "usage:" : "      ", subcommands[i].name,
		    subcommands[i].arguments, subcommands[i].purpose);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	int code = -1;

	start_clean(STDERR_FILENO + 1);
	prctl(PR_SET_DUMPABLE, 0);   /* `salsa test' reads secrets (hazard R11) */
	for (size_t i = 0; argc > 1 && i < NSUBCOMMANDS; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			code = subcommands[i].run(argc - 1, argv + 1);
	if (code < 0)
		return usage();
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)   /* salsa queue list | head has seen enough */
		err(EX_IOERR, "write the answer");
	return code;
}
