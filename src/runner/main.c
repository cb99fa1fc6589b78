/* SPDX-License-Identifier: ISC
 *
 * salsad: the queue runner, salsad(8).  A daemon holds a lock on queue/: one a spool.  Single passes have locks of
 * their own, see is_ours_to_run().
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "conf/paths.h"
#include "ipc/packet.h"
#include "runner/opinions.h"
#include "runner/runner.h"

enum { FIRST_FROM_SYSTEMD = 3, BACKLOG = 512 };   /* sd_listen_fds(3) */

struct options {
	bool one_pass, foreground;
};

static void
usage(void)
{
	errx(EX_USAGE, "usage: salsad [-1d] [-C file]");
}

static struct options
read_options(int argc, char **argv)
{
	struct options o = { 0 };
	int            letter;

	while ((letter = getopt(argc, argv, "1C:d")) != -1)
		switch (letter) {
		case '1': o.one_pass = true; break;
		case 'd': o.foreground = true; break;
		case 'C':
			if (getuid() != 0)
				errx(EX_NOPERM, "-C is for root; SALSA_CONF in the environment is for the others");
			setenv("SALSA_CONF", optarg, 1);
			break;
		default: usage();
		}
	if (optind != argc)
		usage();
	return o;
}

/* Whether a service manager listens for us and has passed its socket on. */
static bool
is_activated(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	return pid != NULL && n != NULL && strcmp(n, "1") == 0 && strtonum(pid, 1, INT32_MAX, NULL) == getpid();
}

/* /run is empty after a boot.  Only root can help that, and only before it becomes somebody else. */
static void
make_run_directory(const struct conf *conf, const struct stat *spool)
{
	char  path[PATH_MAX];
	char *slash;

	if (conf->is_private)
		return;
	strlcpy(path, conf->socket, sizeof path);
	slash = strrchr(path, '/');
	if (slash == NULL)
		return;
	*slash = '\0';
	if (mkdir(path, 0755) == 0 && (chmod(path, 0755) != 0 || lchown(path, spool->st_uid, spool->st_gid) != 0))
		warn("%s", path);
}

/*
 * Nothing of salsa runs as root: it becomes the one to whom the spool belongs.  Callers of sendmail may be set-user-ID
 * programs: who is root by one of his two IDs is root.
 */
static void
give_up_root(const struct conf *conf)
{
	struct stat spool;

	if (getuid() != 0 && geteuid() != 0)
		return;
	if (stat(conf->spool, &spool) != 0)
		err(EX_CONFIG, "%s (salsa/setup in libexec makes it)", conf->spool);
	if (spool.st_uid == 0)
		errx(EX_CONFIG, "%s belongs to root; it is to belong to user %s", conf->spool, salsa_user);
	make_run_directory(conf, &spool);
	if (start_as(spool.st_uid, spool.st_gid) != 0)
		err(EX_OSERR, "give up root");
}

/* Whether this user is the one of the spool; others serve their own messages, by the group that they were given. */
static bool
owns_spool(const struct conf *conf)
{
	struct stat spool;

	return stat(conf->spool, &spool) == 0 && spool.st_uid == getuid();
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int                fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
		errx(EX_CONFIG, "%s: too long a name for a socket", path);
	/* What stands there is a dead one's: the queue's lock is ours. */
	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0666) != 0 ||
	    listen(fd, BACKLOG) != 0)
		err(EX_OSERR, "listen at %s", path);
	return fd;
}

/* Whether a service manager, who is root, listens there and starts a salsad when somebody comes. */
static bool
is_managed(const char *path)
{
	int          fd = packet_connect(path);
	struct ucred peer;
	socklen_t    len = sizeof peer;
	bool         managed = fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.uid != getuid();

	packet_end(fd);
	return managed;
}

static bool
lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* With a service manager there is a salsad only while something waits: it may have been elsewhere the last time. */
static void
watch_network(struct runner *r)
{
	struct problem why;

	if (network_watch(&r->network, &why) != 0) {
		log_line(LOG_DEBUG, "%s", why.text);
	} else if (opinions_move(r->spool, r->network.place)) {
		opinions_forget(r->spool);
		flush_ask(&r->flush, true);
	}
}

static int
run_daemon(struct runner *r, const struct options *o, bool activated)
{
	if (r->own_only)
		errx(EX_NOPERM, "the daemon is for root or user %s to start", salsa_user);
	if (!activated && is_managed(r->conf->socket))   /* before the lock: it may start one for this very look */
		errx(EX_TEMPFAIL, "%s is a service manager's: have that start salsad", r->conf->socket);
	if (!lock(r->spool->queue))
		errx(EX_TEMPFAIL, "a runner is already at work in %s", r->spool->path);
	r->is_daemon = true;
	r->may_idle_out = activated;
	r->listener = activated ? FIRST_FROM_SYSTEMD : listen_at(r->conf->socket);
	fcntl(r->listener, F_SETFD, FD_CLOEXEC);
	if (!o->foreground && !activated && daemon(0, 0) != 0)
		err(EX_OSERR, "become a daemon");
	watch_network(r);
	log_line(LOG_INFO, "started; spool %s, socket %s", r->spool->path, r->conf->socket);
	scan_queue(r);
	runner_run(r);
	log_line(LOG_INFO, "stopped");
	/* Who left a spool that is configured no more is started again, for the new one: Restart=on-failure. */
	return strcmp(r->conf->spool, r->spool->path) == 0 ? EXIT_SUCCESS : EX_TEMPFAIL;
}

/* The daemon does not know of what salsa-drop put there by hand.  Returns whether there is one to tell. */
static bool
tell_daemon(const struct conf *conf)
{
	int  fd = packet_connect(conf->socket);
	bool told;

	if (fd < 0)
		return false;
	told = packet_sendf(fd, -1, "scan") == 0;
	close(fd);
	return told;
}

/* A lock among single passes; an ordinary user has one of his own, for he serves his own messages. */
static int
open_lock(const struct runner *r, const char *name)
{
	char path[64];

	if (r->own_only)
		snprintf(path, sizeof path, "../state/%s.%u", name, (unsigned)getuid());
	else
		snprintf(path, sizeof path, "../state/%s", name);
	return openat(r->spool->queue, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Waits until fd is locked.  A signal that tells us to leave ends it: false. */
static bool
wait_for_lock(int fd)
{
	sigset_t none, blocked;
	int      result;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &blocked);
	result = flock(fd, LOCK_EX);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	return result == 0;
}

/*
 * At most one pass works and one waits (hazard F20).  Whoever finds that one waits may leave: what he brought is in
 * the queue already, and the waiting one looks there only after it has let go of its place.  So it is among those who
 * bring the wish that all be tried now; who brings another wish, or has somebody waiting for the end, has to stay.
 */
static bool
is_ours_to_run(const struct runner *r)
{
	bool stays = r->run.asked && (r->run.terms[0] != '\0' || r->run.nwaiters > 0), ours;
	int  working = open_lock(r, "working"), waiting = open_lock(r, r->run.asked && !stays ? "asking" : "waiting");

	if (working < 0 || waiting < 0)   /* locks bound what we cost; what is right hangs on those of the entries */
		return true;
	ours = (stays ? wait_for_lock(waiting) : lock(waiting)) && wait_for_lock(working);
	close(waiting);
	return ours;
}

/* salsa-drop becomes a runner with what it has to say on descriptor 0. */
static bool
has_notices(int fd)
{
	int       type;
	socklen_t len = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static int
run_once(struct runner *r)
{
	if (has_notices(STDIN_FILENO)) {
		r->notices = STDIN_FILENO;
		runner_notices(r);
		runner_run(r);   /* what a caller waits for is served at once: its entry has a lock too */
	}
	if ((!r->run.asked && tell_daemon(r->conf)) || !is_ours_to_run(r))
		return EXIT_SUCCESS;
	scan_queue(r);
	runner_run(r);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static struct runner runner;   /* large */
	struct conf          conf;
	struct spool         spool;
	struct problem       why;
	struct options       o;
	bool                 activated = is_activated();
	int                  result;

	start_clean(activated ? FIRST_FROM_SYSTEMD + 1 : FIRST_FROM_SYSTEMD);
	o = read_options(argc, argv);
	conf_load(&conf, NULL);
	log_open("salsa/qmgr", conf.log);
	give_up_root(&conf);
	log_lines(LOG_ERR, buf_slice(&conf.faults));
	if (spool_open(&spool, conf.spool, &why) != 0)
		errx(EX_TEMPFAIL, "%s", why.text);
	runner_init(&runner, &conf, &spool);
	runner.own_only = !owns_spool(&conf);
	result = o.one_pass ? run_once(&runner) : run_daemon(&runner, &o, activated);
	runner_release(&runner);
	spool_close(&spool);
	conf_release(&conf);
	return result;
}
