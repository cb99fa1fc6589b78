/* SPDX-License-Identifier: ISC
 *
 * mailq(1): shows the queue.  It is installed set-group-ID, for the queue is readable by its group alone; it opens
 * what stands in the queue to read, and nothing else.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/start.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "mailq/list.h"

/*
 * root and the queue's group see all.  That group is the one that was gained by execution; where none was gained, the
 * kernel has decided already what can be read.
 */
static bool
sees_all(void)
{
	gid_t  queue = getegid();
	int    n = getgroups(0, NULL);
	gid_t *group;
	bool   member = getuid() == 0 || getgid() == queue;

	if (member || n <= 0)
		return member;
	group = xcalloc((size_t)n, sizeof *group);
	n = getgroups(n, group);
	for (int i = 0; i < n; i++)
		member = member || group[i] == queue;
	free(group);
	return member;
}

/*
 * A private instance is the caller's own affair and is served with the caller's own rights: the gained group goes
 * first, for good.
 */
static void
load(struct conf *c)
{
	const char *private = getenv("SALSA_CONF");

	if (private != NULL && private[0] == '\0')
		private = NULL;
	if (private != NULL && setresgid(getgid(), getgid(), getgid()) != 0)
		err(EX_OSERR, "cannot give up the group");
	conf_load(c, private);
	if (private == NULL || c->nfaults == 0)
		return;
	fputs(buf_text(&c->faults), stderr);
	exit(EX_CONFIG);
}

static const struct format *
format_of(int argc, char **argv)
{
	const struct format *format = &format_text;
	int                  option;

	while ((option = getopt(argc, argv, "A:jv")) != -1)
		switch (option) {
		case 'A': case 'v': break;   /* sendmail's: monitors say mailq -Ac */
		case 'j': format = &format_json; break;
		default:
			fputs("usage: mailq [-j]\n", stderr);
			exit(EX_USAGE);
		}
	return format;
}

int
main(int argc, char **argv)
{
	const struct format *format;
	struct conf          conf;
	struct spool         spool;
	struct problem       why;
	struct viewer        viewer;

	start_clean(STDERR_FILENO + 1);
	if (argc < 1)
		errx(EX_USAGE, "no arguments, not even a name");
	format = format_of(argc, argv);
	viewer = (struct viewer){ .uid = getuid(), .all = sees_all() };
	load(&conf);
	if (spool_open(&spool, conf.spool, &why) != 0)
		errx(EX_UNAVAILABLE, "%s; `salsa check' says what to do", why.text);
	if (list_queue(&spool, viewer, format, stdout, &why) != 0)
		errx(EX_UNAVAILABLE, "%s", why.text);
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE)   /* mailq | head has seen enough */
		err(EX_IOERR, "write the list");
	spool_close(&spool);
	conf_release(&conf);
	return EX_OK;
}
