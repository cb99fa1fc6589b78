/* SPDX-License-Identifier: ISC */
#include "sendmail/doors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/packet.h"
#include "sendmail/progress.h"

enum {
	ANSWER_MSEC = 30 * 1000,   /* a disk may be slow to sync */
	THIN_DISK   = 1000,        /* octets a millisecond */
};

/* Why the doors so far did not open. */
static void
add_reason(struct buf *reasons, const char *door, const char *reason)
{
	buf_addf(reasons, "%s%s: %s", reasons->len > 0 ? "; " : "", door, reason);
}

static int
open_socket(const struct conf *conf, struct buf *reasons)
{
	int socket = packet_connect(conf->socket);

	if (socket >= 0)
		return socket;
	add_reason(reasons, conf->socket,
	    errno == ENOENT || errno == ECONNREFUSED ? "nobody listens, start salsad" : strerror(errno));
	return -1;
}

/* What keeps salsa-drop from its work, or NULL.  root, and a private instance, need not gain the queue's group. */
static const char *
drop_hindrance(const struct conf *conf)
{
	struct stat st;

	if (stat(path_drop, &st) != 0)
		return errno == ENOENT ? "not installed" : strerror(errno);
	if (access(path_drop, X_OK) != 0)
		return "may not be executed";
	if (conf->is_private || geteuid() == 0)
		return NULL;
	if (!(st.st_mode & S_ISGID))
		return "not set-group-ID, run setup beside it";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "cannot gain its group under NoNewPrivileges, start salsad";
	return NULL;
}

static int
open_drop(const struct conf *conf, struct buf *reasons)
{
	const char *hindrance = drop_hindrance(conf);
	int         socket;

	if (hindrance != NULL) {
		add_reason(reasons, path_drop, hindrance);
		return -1;
	}
	socket = child_start(path_drop, conf_instance(conf), (struct descriptors){ -1, CHILD_SOCKET, -1 }, NULL);
	if (socket < 0)
		add_reason(reasons, path_drop, strerror(errno));
	return socket;
}

static const struct {
	const char *name;
	int       (*open)(const struct conf *, struct buf *reasons);
} doors[] = {
	{ "submission socket", open_socket },
	{ "salsa-drop", open_drop },
};

enum { DOORS = sizeof doors / sizeof *doors };

/* Who hangs up before he has read all may have said why; who has not hung up hears that there is no more. */
static int
hear_why(int socket, int error)
{
	errno = error;
	if (error != EPIPE && error != ECONNRESET)
		return -1;
	shutdown(socket, SHUT_WR);
	return 0;
}

/*
 * The request, and the message behind it.  Returns -1 with errno where no answer will come; nobody can take a part.  How
 * much a socket holds is the administrator's to say (net.core.wmem_default).
 */
static int
send_request(int socket, const char *request, const struct message *m)
{
	char           line[64];
	struct slice   head = { line, (size_t)snprintf(line, sizeof line, "%s\n", request) }, piece;
	struct problem why;
	size_t         most = PACKET_DRAFT_MAX;
	off_t          at = 0;

	for (;;) {
		if (message_piece(m, at, most - head.len, &piece, &why) != 0)
			return -1;
		if (piece.len == 0)
			return 0;
		if (packet_send_parts(socket, head, piece, ANSWER_MSEC) == 0) {
			at += (off_t)piece.len;
			head.len = 0;
		} else if (errno != EMSGSIZE || (most /= 2) < PACKET_MAX) {
			return hear_why(socket, errno);
		}
	}
}

/*
 * Goes from door to door until one answers a request: returns the conversation, and the answer.  A door that closes
 * without a word has done nothing.  Returns -1 with why, VERDICT_LATER.
 */
static int
ask(const struct conf *conf, const char *request, const struct message *m, char answer[PACKET_MAX],
    struct problem *why)
{
	struct buf reasons = BUF(sizeof why->text);

	for (int i = 0; i < DOORS; i++) {
		int     socket = doors[i].open(conf, &reasons);
		bool    sent, hangs;
		int     error;
		ssize_t n;

		if (socket < 0)
			continue;
		sent = send_request(socket, request, m) == 0;
		n = sent ? packet_await(socket, answer, ANSWER_MSEC + m->entry.message_len / THIN_DISK) : -1;
		error = errno;
		if (n > 0) {
			buf_release(&reasons);
			return socket;
		}
		hangs = sent && n < 0 && error != ECONNRESET;
		add_reason(&reasons, doors[i].name, n == 0 ? "closed without an answer" :
		    hangs ? "no answer in time; it may take the message yet, and a second one would double it" : strerror(error));
		close(socket);
		if (hangs)   /* so would another door */
			break;
	}
	problem_set(why, VERDICT_LATER, "4.3.0", "no way into the queue: %s", buf_text(&reasons));
	buf_release(&reasons);
	return -1;
}

/* What a door says that does not do what was asked. */
static int
refused(struct slice answer, struct problem *why)
{
	if (!packet_refusal(answer, why))
		problem_set(why, VERDICT_LATER, "4.3.0", "an answer that is not understood: %.*s", SLICE_ARG(answer));
	return why->verdict == VERDICT_NEVER ? EX_DATAERR : EX_TEMPFAIL;
}

/* No queue: what the relay says is the result, and what was not said is for the caller to try again. */
static int
submit_directly(const struct conf *conf, struct message *m, bool verbose, struct problem *why)
{
	struct progress progress = { .entry = &m->entry, .verbose = verbose };
	int             socket;

	socket = child_start(path_relay, conf_instance(conf), (struct descriptors){ CHILD_SOCKET, -1, -1 }, NULL);
	if (socket >= 0 && packet_sendf(socket, m->fd, "deliver -") == 0)
		progress_follow_relay(&progress, socket);
	packet_end(socket);
	*why = progress.later ? progress.put_off : progress.refused;
	if (progress.nfates < m->entry.nrecipients) {
		problem_set(why, VERDICT_LATER, "4.3.0", "%s gave no answer; is it installed?", path_relay);
		return EX_TEMPFAIL;
	}
	return progress.later ? EX_TEMPFAIL : progress.never;
}

static const char *
request_for(enum deliver deliver, bool verbose)
{
	if (deliver == DELIVER_QUEUE)
		return "submit queue";
	if (verbose)
		return "submit verbose";
	return deliver == DELIVER_FOREGROUND ? "submit foreground" : "submit background";
}

int
doors_submit(const struct conf *conf, struct message *m, enum deliver deliver, bool verbose,
    struct problem *why)
{
	struct progress progress = { .entry = &m->entry, .verbose = verbose };
	char            answer[PACKET_MAX];
	struct slice    rest;
	int             socket;

	if (deliver == DELIVER_DIRECT)
		return submit_directly(conf, m, verbose, why);
	socket = ask(conf, request_for(deliver, verbose), m, answer, why);
	if (socket < 0)
		return EX_TEMPFAIL;
	rest = SLICE(answer);
	if (!slice_equal(slice_word(&rest), SLICE("accepted"))) {
		close(socket);
		return refused(SLICE(answer), why);
	}
	printable_copy(m->entry.id, sizeof m->entry.id, slice_trim(rest));
	if (verbose)
		dprintf(STDERR_FILENO, "queued as %s\n", m->entry.id);
	if (deliver != DELIVER_QUEUE && (verbose || deliver == DELIVER_FOREGROUND))
		progress_follow(&progress, socket);
	close(socket);
	*why = progress.refused;
	return progress.never;
}

/* Others than root hear only of their own messages: what they may know of. */
static void
say_selected(struct slice number)
{
	const char        *whose = getuid() == 0 ? "" : " of yours";
	unsigned long long n;

	if (!slice_number(number, SIZE_MAX, &n))
		return;
	if (n == 0)
		dprintf(STDERR_FILENO, "no message%s is selected\n", whose);
	else
		dprintf(STDERR_FILENO, "%llu message%s%s to be tried now\n", n, n == 1 ? "" : "s", whose);
}

/* What a door says to a run, but for how many it has selected; 0: it has taken it. */
static ssize_t
hear_run(int socket, char answer[PACKET_MAX], bool wait, bool verbose)
{
	for (;;) {
		ssize_t      n = packet_await(socket, answer, wait ? PROGRESS_MSEC : ANSWER_MSEC);
		struct slice rest = { answer, n > 0 ? (size_t)n : 0 };

		if (!slice_equal(slice_word(&rest), SLICE("selected")))
			return n;
		if (verbose)
			say_selected(slice_trim(rest));
	}
}

/* The request is there, and another door would not make it two. */
static int
run_hangs(struct problem *why)
{
	problem_set(why, VERDICT_LATER, "4.3.0", "no answer in time: salsad is at it yet, or hangs");
	return EX_TEMPFAIL;
}

/* Nobody answers a run but by its end, so the first door that takes the request without a word is the one. */
int
doors_run(const struct conf *conf, const char *terms, bool wait, bool verbose, struct problem *why)
{
	struct buf reasons = BUF(sizeof why->text);
	char       answer[PACKET_MAX];
	int        code = -1;

	wait = wait || verbose;
	for (int i = 0; i < DOORS && code < 0; i++) {
		int     socket = doors[i].open(conf, &reasons);
		bool    taken;
		ssize_t n;

		if (socket < 0)
			continue;
		taken = packet_sendf(socket, -1, "run%s%s", wait ? " wait" : "", terms) == 0;
		n = hear_run(socket, answer, wait, verbose);
		taken = taken && (n >= 0 || errno != ECONNRESET);   /* else a salsad that leaves has not read it */
		close(socket);
		if (n > 0 && refused(SLICE(answer), why) != EX_TEMPFAIL)
			code = EX_DATAERR;
		else if (n > 0 && slice_begins(SLICE(why->status), SLICE("4.7.")))
			code = EX_TEMPFAIL;   /* it may not be now: another door is not for going round that */
		else if (n > 0)
			add_reason(&reasons, doors[i].name, why->text);
		else if (taken)
			code = n == 0 ? 0 : run_hangs(why);
		else
			add_reason(&reasons, doors[i].name, "closed without an answer");
	}
	if (code < 0) {
		problem_set(why, VERDICT_LATER, "4.3.0", "nobody to run the queue: %s", buf_text(&reasons));
		code = EX_TEMPFAIL;
	}
	buf_release(&reasons);
	return code;
}
