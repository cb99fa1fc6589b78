/* SPDX-License-Identifier: ISC
 *
 * A salsa-relay that a relay has taken over: linked from the same rooms, but where a session greets it obeys the words
 * of the greeting that name an attack, and logs what came of each.  It is never installed but by the scenario.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/paths.h"
#include "ipc/packet.h"
#include "smtp/session.h"

int __real_session_greet(struct session *, struct problem *);
int __wrap_session_greet(struct session *, struct problem *);

static bool
opens(const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", name[0] == '/' ? "" : path_spool, name);
	return open(path, flags, 0600) >= 0;
}

static bool read_queue(void) { return opens("queue", O_RDONLY | O_DIRECTORY); }
static bool write_queue(void) { return opens("queue/65A00000000000", O_WRONLY | O_CREAT); }
static bool write_beside(void) { return opens("state/../corrupt/x", O_WRONLY | O_CREAT); }
static bool write_tmp(void) { return opens("/tmp/hostile", O_WRONLY | O_CREAT); }
static bool read_shadow(void) { return opens("/etc/shadow", O_RDONLY); }
static bool submit(void) { return packet_connect(path_socket) >= 0; }
static bool make_process(void) { return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0; }
static bool trace_salsad(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0; }
static bool kill_salsad(void) { return kill(getppid(), SIGKILL) == 0; }

static bool
run_program(void)
{
	execl("/bin/sh", "sh", "-c", "echo done >/tmp/hostile", (char *)NULL);
	return false;
}

/* About recipients that there are not, and messages that it was not given. */
static bool
lie(void)
{
	static const char *const lies[] = {
		"fate 1 sent 2.0.0 none ok", "fate 4999 sent 2.0.0 none ok", "fate -1 sent 2.0.0 none ok", "fate 0 sent",
		"fate 0 lost 2.0.0 none ok", "done 65A00000000000", "done", "accepted 65A00000000000", "new ID", "run", "\n", "",
	};

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
		packet_send(STDIN_FILENO, SLICE(lies[i]), -1);
	errno = EPERM;
	return false;   /* what salsad believed is seen in the queue */
}

static const struct {
	const char *name;
	bool      (*attack)(void);
} attacks[] = {
	{ "read-queue", read_queue }, { "write-queue", write_queue }, { "write-beside", write_beside },
	{ "write-tmp", write_tmp }, { "read-shadow", read_shadow }, { "submit", submit }, { "lie", lie },
	{ "make-process", make_process }, { "trace-salsad", trace_salsad }, { "kill-salsad", kill_salsad },
	{ "run-program", run_program },
};

int
__wrap_session_greet(struct session *s, struct problem *why)
{
	int result = __real_session_greet(s, why);

	for (size_t i = 0; result == 0 && i < sizeof attacks / sizeof *attacks; i++)
		if (strstr(buf_text(&s->reply.lines), attacks[i].name) != NULL) {
			bool done = attacks[i].attack();

			log_line(LOG_INFO, "hostile %s: %s", attacks[i].name, done ? "done" : strerror(errno));
		}
	return result;
}
