/* SPDX-License-Identifier: ISC */
#include "sendmail/doors.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/fate.h"
#include "ipc/packet.h"

enum {
	ANSWER_MSEC = 30 * 1000,          /* a disk may be slow to sync */
	FATE_MSEC   = 60 * 60 * 1000,     /* for each word of a relay: it has shorter deadlines of its own */
};

static const char no_id[] = "-";   /* in the place of the ID of a message that is in no queue */

/* Why the doors so far did not open. */
static void
add_reason(struct buf *reasons, const char *door, const char *reason)
{
	buf_addf(reasons, "%s%s: %s", reasons->len > 0 ? "; " : "", door, reason);
}

static int
open_socket(const struct conf *conf, int entry, struct buf *reasons)
{
	int socket = packet_connect(conf->socket);

	(void)entry;
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
open_drop(const struct conf *conf, int entry, struct buf *reasons)
{
	const char *hindrance = drop_hindrance(conf);
	int         socket;

	if (hindrance != NULL) {
		add_reason(reasons, path_drop, hindrance);
		return -1;
	}
	socket = child_start(path_drop, conf_instance(conf), (struct descriptors){ entry, CHILD_SOCKET, -1 }, NULL);
	if (socket < 0)
		add_reason(reasons, path_drop, strerror(errno));
	return socket;
}

static const struct {
	const char *name;
	int       (*open)(const struct conf *, int entry, struct buf *reasons);
} doors[] = {
	{ "submission socket", open_socket },
	{ "salsa-drop", open_drop },
};

enum { DOORS = sizeof doors / sizeof *doors };

/* The next packet within milliseconds.  Returns its length, 0 at the end of the stream, -1 with errno. */
static ssize_t
next_packet(int socket, char text[PACKET_MAX], long milliseconds)
{
	struct timespec deadline = clock_deadline(milliseconds);
	struct pollfd   set = { .fd = socket, .events = POLLIN };
	int             ready, unwanted;
	ssize_t         n;

	while ((ready = poll(&set, 1, (int)clock_left(deadline))) < 0 && errno == EINTR)
		;
	if (ready <= 0) {
		errno = ready == 0 ? ETIMEDOUT : errno;
		return -1;
	}
	/* One who refuses before he has read us resets the connection; that is told first, and once. */
	if ((n = packet_receive(socket, text, PACKET_MAX, &unwanted)) < 0 && errno == ECONNRESET)
		n = packet_receive(socket, text, PACKET_MAX, &unwanted);
	packet_end(unwanted);
	return n;
}

/* Who hangs up before he has read us may have said why: that is no failure yet. */
static int
send_request(int socket, const char *request, int entry)
{
	if (packet_send(socket, SLICE(request), entry) == 0 || errno == EPIPE)
		return 0;
	return -1;
}

/*
 * Goes from door to door until one answers a request: returns the conversation, and the answer.  A door that closes
 * without a word has done nothing.  Returns -1 with why, VERDICT_LATER.
 */
static int
ask(const struct conf *conf, const char *request, int entry, char answer[PACKET_MAX], struct problem *why)
{
	struct buf reasons = BUF(sizeof why->text);

	for (int i = 0; i < DOORS; i++) {
		int     socket = doors[i].open(conf, entry, &reasons);
		bool    sent;
		int     error;
		ssize_t n;

		if (socket < 0)
			continue;
		sent = send_request(socket, request, entry) == 0;
		n = sent ? next_packet(socket, answer, ANSWER_MSEC) : -1;
		error = errno;
		if (n > 0) {
			buf_release(&reasons);
			return socket;
		}
		add_reason(&reasons, doors[i].name, n == 0 ? "closed without an answer" : strerror(error));
		close(socket);
		if (sent && n < 0 && error != ECONNRESET)   /* it may still take the message: another door would double it */
			break;
	}
	problem_set(why, VERDICT_LATER, "4.3.0", "no way into the queue: %s", buf_text(&reasons));
	buf_release(&reasons);
	return -1;
}

/* The code of sysexits.h for a recipient who is refused for good; RFC 3463, 3.2. */
static int
code_of_status(const char *status)
{
	if (strcmp(status, "5.1.1") == 0)
		return EX_NOUSER;
	return strcmp(status, "5.1.2") == 0 ? EX_NOHOST : EX_UNAVAILABLE;
}

/* What a door says that does not do what was asked. */
static int
refused(struct slice answer, struct problem *why)
{
	if (!packet_refusal(answer, why))
		problem_set(why, VERDICT_LATER, "4.3.0", "an answer that is not understood: %.*s", SLICE_ARG(answer));
	return why->verdict == VERDICT_NEVER ? EX_DATAERR : EX_TEMPFAIL;
}

/* What became of a message so far. */
struct news {
	const struct entry *entry;
	bool                verbose;
	size_t              nfates;
	bool                later;   /* somebody has not got it yet */
	int                 never;   /* code of sysexits.h: somebody never will */
	struct problem      why;     /* of the last that did not get it */
};

static void
take_fate(struct news *news, const struct fate *f)
{
	static const char *const word[] = {
		[OUTCOME_SENT] = "sent", [OUTCOME_LATER] = "later", [OUTCOME_NEVER] = "never",
	};

	char shown[ENTRY_MAX_ADDRESS + 1];

	if (f->recipient >= news->entry->nrecipients)
		return;
	news->nfates++;
	printable_copy(shown, sizeof shown, SLICE(news->entry->recipient[f->recipient].address));
	if (news->verbose)
		dprintf(STDERR_FILENO, "%s: %s, relay %s: %s\n", shown, word[f->outcome], f->relay, f->text);
	if (f->outcome == OUTCOME_SENT)
		return;
	problem_set(&news->why, f->outcome == OUTCOME_NEVER ? VERDICT_NEVER : VERDICT_LATER, f->status, "%s: %s",
	    shown, f->text);
	if (f->outcome == OUTCOME_NEVER)
		news->never = code_of_status(f->status);
	else
		news->later = true;
}

/* Hears all that there is to hear about a message. */
static void
follow(int socket, struct news *news)
{
	char        text[PACKET_MAX], shown[PACKET_MAX];
	struct fate f;

	while (next_packet(socket, text, FATE_MSEC) > 0) {
		struct slice rest = SLICE(text), word = slice_word(&rest);

		if (fate_parse(&f, SLICE(text)))
			take_fate(news, &f);
		else if (news->verbose && slice_equal(word, SLICE("trace"))) {
			printable_copy(shown, sizeof shown, slice_trim(rest));
			dprintf(STDERR_FILENO, "%s\n", shown);
		}
	}
}

/* What salsa-relay says of a message that has no ID (ipc/packet.h): a fate for each recipient, and no end. */
static void
follow_relay(int socket, struct news *news)
{
	char        text[PACKET_MAX];
	struct fate f;

	while (news->nfates < news->entry->nrecipients && next_packet(socket, text, FATE_MSEC) > 0) {
		struct slice rest = SLICE(text);

		if (!slice_equal(slice_word(&rest), SLICE(no_id)) || !fate_parse(&f, slice_trim(rest)))
			return;
		take_fate(news, &f);
	}
}

/* No queue: what the relay says is the result, and what was not said is for the caller to try again. */
static int
submit_directly(const struct conf *conf, const struct message *m, bool verbose, struct problem *why)
{
	struct news news = { .entry = &m->entry, .verbose = verbose };
	int         socket;

	socket = child_start(path_relay, conf_instance(conf), (struct descriptors){ CHILD_SOCKET, -1, -1 }, NULL);
	if (socket >= 0 && packet_sendf(socket, m->fd, "deliver %s", no_id) == 0)
		follow_relay(socket, &news);
	packet_end(socket);
	*why = news.why;
	if (news.nfates < m->entry.nrecipients) {
		problem_set(why, VERDICT_LATER, "4.3.0", "%s gave no answer; is it installed?", path_relay);
		return EX_TEMPFAIL;
	}
	return news.later ? EX_TEMPFAIL : news.never;
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
	struct news  news = { .entry = &m->entry, .verbose = verbose };
	char         answer[PACKET_MAX];
	struct slice rest;
	int          socket;

	if (deliver == DELIVER_DIRECT)
		return submit_directly(conf, m, verbose, why);
	socket = ask(conf, request_for(deliver, verbose), m->fd, answer, why);
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
		follow(socket, &news);
	close(socket);
	*why = news.why;
	return news.never;
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
		ssize_t      n = next_packet(socket, answer, wait ? FATE_MSEC : ANSWER_MSEC);
		struct slice rest = { answer, n > 0 ? (size_t)n : 0 };

		if (!slice_equal(slice_word(&rest), SLICE("selected")))
			return n;
		if (verbose)
			say_selected(slice_trim(rest));
	}
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
		int     socket = doors[i].open(conf, -1, &reasons);
		bool    sent;
		ssize_t n;

		if (socket < 0)
			continue;
		sent = packet_sendf(socket, -1, "run%s%s", wait ? " wait" : "", terms) == 0;
		n = hear_run(socket, answer, wait, verbose);
		close(socket);
		if (n > 0 && refused(SLICE(answer), why) != EX_TEMPFAIL)
			code = EX_DATAERR;
		else if (n > 0 && slice_begins(SLICE(why->status), SLICE("4.7.")))
			code = EX_TEMPFAIL;   /* it may not be now: another door is not for going round that */
		else if (n > 0)
			add_reason(&reasons, doors[i].name, why->text);
		else if (sent)
			code = 0;
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
