/* SPDX-License-Identifier: ISC */
#include "relay/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/start.h"
#include "base/xalloc.h"
#include "base/command.h"

enum { COMMAND_MS = 30 * 1000, ANSWER_MS = COMMAND_MS + 5000, PAUSE_MS = 60 * 1000 };

/* Both ends are of one program: what passes between them are these. */
struct request {
	size_t place;   /* of the section: relays, then discovered ones */
	bool   renew;
};

struct answer {
	bool           good;   /* to a request for renewal: there is another secret */
	char           secret[SECRET_MAX];
	struct problem why;
};

/* What the last run of a command has brought, and when the next one may follow upon a failure or a refusal. */
struct kept {
	bool            known;
	struct timespec again, renewal;
	struct answer   answer;
};

static const struct conf *conf;
static int                keeper = -1;   /* the worker's end */
static bool               lost;

static const struct section *
section_at(size_t place)
{
	if (place < conf->nrelays)
		return &conf->relay[place];
	place -= conf->nrelays;
	return place < conf->ndiscovered ? &conf->discovered[place] : NULL;
}

static void
run(struct answer *a, const struct section *s, int asker)
{
	char           complaint[COMMAND_COMPLAINT_MAX];
	struct problem why;

	a->good = command_run(s->password_command, COMMAND_MS, asker, a->secret, SECRET_MAX, complaint, &why) == 0;
	if (a->good)
		return;
	explicit_bzero(a->secret, SECRET_MAX);
	problem_set(&a->why, VERDICT_LATER, "4.3.5", "password-command of %.255s: %s", s->name, why.text);
	log_line(LOG_WARNING, "%s%s%s", a->why.text, *complaint != '\0' ? "; it said: " : "", complaint);
}

static void
give(struct kept *k, const struct section *s, int asker)
{
	if (k->known && (k->answer.good || clock_left(k->again) > 0))
		return;
	run(&k->answer, s, asker);
	k->known = true;
	k->again = clock_deadline(PAUSE_MS);
}

/* A secret that is still the same would be refused again, and one refusal too many locks an account. */
static bool
renew(struct kept *k, const struct section *s, int asker)
{
	char refused[SECRET_MAX];
	bool differs;

	if (!k->known || clock_left(k->renewal) > 0)
		return false;
	k->renewal = clock_deadline(PAUSE_MS);
	memcpy(refused, k->answer.secret, sizeof refused);
	k->known = false;
	give(k, s, asker);
	differs = k->answer.good && strcmp(k->answer.secret, refused) != 0;
	explicit_bzero(refused, sizeof refused);
	return differs;
}

/* What a request is answered with; none is for what has no secret in it. */
static const struct answer *
answer_to(const struct request *q, struct kept *kept, int worker, struct answer *none)
{
	const struct section *s = section_at(q->place);

	if (s == NULL || s->password_command == NULL)
		return none;
	if (q->renew)
		none->good = renew(&kept[q->place], s, worker);
	else
		give(&kept[q->place], s, worker);
	return q->renew ? none : &kept[q->place].answer;
}

/* The worker's descriptors are not for those that are run here, and what is logged goes through an own one. */
static void
keep(int worker)
{
	struct kept   *kept = xcalloc(conf->nrelays + conf->ndiscovered, sizeof *kept);
	struct request q;
	int            nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_open("salsa/smtp", "stderr");   /* lets go of the worker's log */
	closelog();
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(worker, STDERR_FILENO + 1);
	closefrom(STDERR_FILENO + 2);
	worker = STDERR_FILENO + 1;
	log_open("salsa/smtp", conf->log);
	while (recv(worker, &q, sizeof q, 0) == sizeof q) {
		struct answer none = { 0 };

		(void)!send(worker, answer_to(&q, kept, worker, &none), sizeof none, MSG_NOSIGNAL);
	}
	_exit(0);
}

static bool
is_wanted(void)
{
	const struct section *s;

	for (size_t i = 0; (s = section_at(i)) != NULL; i++)
		if (s->password_command != NULL)
			return !start_is_privileged();
	return false;
}

void
keeper_start(const struct conf *c)
{
	int   pair[2];
	pid_t pid;

	conf = c;
	if (!is_wanted() || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	if ((pid = fork()) == 0)
		keep(pair[1]);
	close(pair[1]);
	if (pid > 0)
		keeper = pair[0];
	else
		close(pair[0]);
}

void
keeper_stop(void)
{
	if (keeper >= 0)
		close(keeper);
	keeper = -1;
}

static size_t
place_of(const struct section *s)
{
	size_t place = 0;

	while (section_at(place) != s)
		place++;
	return place;
}

/* Returns -1 with errno; then nothing is asked any more, for an answer that is late would be taken for another one. */
static int
ask(const struct section *s, bool renew_it, struct answer *a)
{
	struct request q = { place_of(s), renew_it };
	struct pollfd  ready = { .fd = keeper, .events = POLLIN };
	int            error;

	if (send(keeper, &q, sizeof q, MSG_NOSIGNAL) != sizeof q)
		error = errno;
	else if (poll(&ready, 1, ANSWER_MS) != 1)
		error = ETIMEDOUT;
	else if (recv(keeper, a, sizeof *a, 0) != sizeof *a)
		error = EPIPE;
	else
		return 0;
	keeper_stop();
	lost = true;
	errno = error;
	return -1;
}

int
keeper_secret(const struct section *s, char secret[SECRET_MAX], struct problem *why)
{
	struct answer a = { 0 };
	int           rc = -1;

	if (keeper < 0)
		return problem_set(why, VERDICT_LATER, "4.3.5", "password-command of %.255s: %s", s->name,
		    start_is_privileged() ? "it is run by salsad, and not for who runs the queue by hand" :
		    "who runs it is gone");
	if (ask(s, false, &a) != 0)
		problem_set(why, VERDICT_LATER, "4.3.5", "password-command of %.255s: who runs it is gone: %s", s->name,
		    strerror(errno));
	else if (!a.good)
		*why = a.why;
	else
		rc = strlcpy(secret, a.secret, SECRET_MAX) < SECRET_MAX ? 0 : -1;
	explicit_bzero(&a, sizeof a);
	return rc;
}

bool
keeper_renew(const struct section *s)
{
	struct answer a = { 0 };

	return keeper >= 0 && ask(s, true, &a) == 0 && a.good;
}

bool
keeper_is_lost(void)
{
	return lost;
}
