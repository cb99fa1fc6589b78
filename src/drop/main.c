/* SPDX-License-Identifier: ISC
 *
 * salsa-drop: the only way into the queue.
 *
 * Behind the submission socket, as user salsa: descriptor 0 is the listening socket, 1 goes to salsad.
 * By hand, set-group-ID salsa: descriptor 1 is the socket of the sendmail that has an entry for the queue; salsa-drop
 * then becomes the runner that serves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "conf/paths.h"
#include "drop/caller.h"
#include "drop/serve.h"
#include "ipc/packet.h"

static bool
is_listening(int fd)
{
	int       listening = 0;
	socklen_t len = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

/* One pass of the runner, apart from the caller: it has its answer and must wait for nothing of ours. */
static int
become_runner(int notices)
{
	char *argv[] = { (char *)(uintptr_t)path_salsad, (char *)(uintptr_t)"-1", NULL };

	setsid();
	if (dup2(notices, STDIN_FILENO) != STDIN_FILENO || dup2(STDERR_FILENO, STDOUT_FILENO) != STDOUT_FILENO)
		return EX_OSERR;
	execv(path_salsad, argv);
	log_line(LOG_ERR, "cannot execute %s: %s; what is queued waits for a runner", path_salsad, strerror(errno));
	return EX_OSFILE;
}

static int
serve_one(const struct conf *conf, const struct spool *spool, uid_t uid)
{
	int            pair[2];
	struct usage   usage = { .by_hand = true };
	struct caller  c = { .socket = dup(STDOUT_FILENO), .uid = uid, .usage = &usage, .submission = SUBMISSION };
	struct notices notices;

	if (c.socket < 0 || packet_pair(pair) != 0)
		return EX_OSERR;
	notices = (struct notices){ .socket = pair[0] };
	caller_request(&c, conf, spool, &notices);
	if (c.is_coming)
		caller_accept(&c, conf, spool);
	callers_settle(&c, 1, spool, &notices);
	usage_release(&usage);
	return notices.said ? become_runner(pair[1]) : EX_UNAVAILABLE;   /* what was refused needs no runner */
}

/* The spool cannot be opened: the one who asks hears why, and what to do. */
static int
refuse_all(const struct problem *why)
{
	log_line(LOG_ERR, "%s", why->text);
	packet_sendf(STDOUT_FILENO, -1, "refused later %s %s", why->status, why->text);
	return EX_TEMPFAIL;
}

int
main(void)
{
	struct conf    conf;
	struct spool   spool;
	struct problem why;
	struct notices notices = { .socket = STDOUT_FILENO };

	start_clean(STDERR_FILENO + 1);
	conf_load(&conf, NULL);
	log_open("salsa/pickup", conf.log);
	if (spool_open(&spool, conf.spool, &why) != 0)
		return refuse_all(&why);
	if (!is_listening(STDIN_FILENO))
		return serve_one(&conf, &spool, getuid());
	if (getgid() != getegid())   /* gained by being executed: only its own caller's word counts */
		return EX_USAGE;
	fcntl(notices.socket, F_SETFL, O_NONBLOCK);
	return serve(&conf, &spool, STDIN_FILENO, &notices);
}
