/* SPDX-License-Identifier: ISC
 *
 * sendmail(8): what every program of a Unix system calls to send mail.  It runs with its caller's rights and no other,
 * composes an entry of the queue, and hands it to whoever may put it there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/start.h"
#include "base/xalloc.h"
#include "conf/paths.h"
#include "sendmail/doors.h"
#include "sendmail/examine.h"
#include "sendmail/input.h"
#include "sendmail/letter.h"
#include "sendmail/options.h"
#include "sendmail/returned.h"
#include "sendmail/smtpd.h"

static const char usage[] =
    "usage: sendmail [-itv] [-F name] [-f sender] [-odb | -odi | -odq] [--] [recipient ...]\n"
    "       sendmail -bp | -bs | -bi | -bd | -bt\n"
    "       sendmail [-v] -q[f] [-q[!]I id | -q[!]R recipient | -q[!]S sender ...]\n"
    "       sendmail -bv [-f sender] [--] address ...\n"
    "A message is read from standard input.  See sendmail(8).\n";

enum { SMTP_IDLE_MSEC = 5 * 60 * 1000 };   /* RFC 5321, 4.5.3.2.7 */

static int
no_input(struct problem *why)
{
	problem_set(why, VERDICT_NEVER, "5.6.0", "standard input is closed; nothing was sent");
	return EX_NOINPUT;
}

/*
 * -oem: one who is refused at once has nothing but his message to remember it by; it goes back to him as mail.  What is
 * in the queue is salsad's to return, and what may be tried again is its caller's.
 */
static int
mail_back(const struct options *o, const struct conf *conf, const struct message *m, int code, struct problem *why)
{
	struct problem reason = *why, trouble;

	if (returned_send(conf, m, &reason, &trouble) != 0) {
		problem_set(why, reason.verdict, reason.status, "%.300s; it could not be mailed back: %s", reason.text,
		    trouble.text);
		return code;
	}
	problem_set(why, reason.verdict, reason.status, "%.400s; it was mailed back", reason.text);
	if (o->errors == ERRORS_MAIL)
		return code;
	log_line(LOG_WARNING, "uid %u: %s", (unsigned)getuid(), why->text);
	return 0;
}

static bool
is_to_mail(const struct options *o, const struct message *m, int code, const struct problem *why)
{
	return options_mail_errors(o) && code != 0 && code != EX_TEMPFAIL &&
	    why->verdict == VERDICT_NEVER && m->entry.id[0] == '\0';
}

/* Without a queue there is no choice. */
static enum deliver
choose_deliver(const struct options *o, const struct conf *conf)
{
	return o->chooses_deliver && conf->deliver != DELIVER_DIRECT ? o->deliver : conf->deliver;
}

static int
send_message(const struct options *o, const struct conf *conf, bool has_input, struct problem *why)
{
	struct message m = MESSAGE;
	int            code;

	if (!has_input)
		return no_input(why);
	code = letter_compose(&m, o, conf, why);
	log_lines(LOG_WARNING, buf_slice(&m.warnings));
	if (code == 0)
		code = doors_submit(conf, &m, choose_deliver(o, conf), o->verbose, why);
	if (is_to_mail(o, &m, code, why))
		code = mail_back(o, conf, &m, code, why);
	message_release(&m);
	return code;
}

/* Where messages that came over SMTP go. */
struct way {
	const struct conf *conf;
	enum deliver       deliver;
};

/*
 * The client hears why it was refused; so does the log.  Whoever was executed for the messages before is buried: a
 * session may have more of them than a user may have processes.
 */
static int
submit(void *argument, struct message *m, struct problem *why)
{
	const struct way *way = argument;
	int               code;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	code = doors_submit(way->conf, m, way->deliver, false, why);
	log_lines(LOG_WARNING, buf_slice(&m->warnings));
	if (code != 0)
		log_line(LOG_WARNING, "uid %u: over SMTP: %s", (unsigned)getuid(), why->text);
	return code;
}

/* 250 means queued: whoever talks SMTP does not wait for a relay, unless there is no queue. */
static int
serve_smtp(const struct options *o, const struct conf *conf, bool has_input, struct problem *why)
{
	struct way    way = { .conf = conf, .deliver = choose_deliver(o, conf) };
	struct outlet outlet = { .submit = submit, .argument = &way };

	if (!has_input)
		return no_input(why);
	if (way.deliver == DELIVER_FOREGROUND)
		way.deliver = DELIVER_BACKGROUND;
	smtpd(conf, &outlet, STDIN_FILENO, STDOUT_FILENO, SMTP_IDLE_MSEC);
	return 0;
}

/* Becomes path, in the caller's own environment.  Returns only with why. */
static int
become(const char *path, const struct conf *conf, char **arguments, int narguments, struct problem *why)
{
	char **argv = xcalloc((size_t)narguments + 2, sizeof *argv);

	argv[0] = (char *)(uintptr_t)path;
	for (int i = 0; i < narguments; i++)
		argv[i + 1] = arguments[i];
	if (conf->is_private)
		setenv("SALSA_CONF", conf->file, 1);
	execv(path, argv);
	problem_set(why, VERDICT_LATER, "4.3.0", "cannot execute %s: %s", path, strerror(errno));
	free(argv);
	return EX_UNAVAILABLE;
}

/* -bv: to whom the recipients expand, and then by which relays: the network is not for sendmail to ask. */
static int
verify(const struct options *o, const struct conf *conf, struct problem *why)
{
	struct recipients r = RECIPIENTS;
	const char       *words[] = { "route", "--from", o->sender, "--" };
	char            **argv;
	int               code = examine_recipients(o, conf, &r, why), n = 0;

	argv = xcalloc(r.nmailboxes + 4, sizeof *argv);
	for (int i = 0; i < 4; i++)
		if (o->sender != NULL || (i != 1 && i != 2))
			argv[n++] = (char *)(uintptr_t)words[i];
	for (size_t i = 0; i < r.nmailboxes; i++)
		argv[n++] = r.mailbox[i].address;
	if (code == 0)
		code = become(path_salsa, conf, argv, n, why);
	free(argv);
	recipients_release(&r);
	return code;
}

static int
obey(const struct options *o, const struct conf *conf, bool has_input, struct problem *why)
{
	static char  in_foreground[] = "-d";
	static char *foreground[] = { in_foreground };
	static char  of_salsa[] = "discover";
	static char *discover[] = { of_salsa };

	switch (o->mode) {
	case MODE_MESSAGE:
		return send_message(o, conf, has_input, why);
	case MODE_SMTP:
		return serve_smtp(o, conf, has_input, why);
	case MODE_MAILQ:
		return become(path_mailq, conf, o->argument, o->narguments, why);
	case MODE_NEWALIASES:
		return examine_aliases(o, conf, why);
	case MODE_VERIFY:
		return verify(o, conf, why);
	case MODE_DISCOVER:
		return become(path_salsa, conf, discover, 1, why);
	case MODE_RUN:
	case MODE_RUN_WAIT:
		return doors_run(conf, o->terms, o->mode == MODE_RUN_WAIT, o->verbose, why);
	case MODE_DAEMON:
		return become(path_salsad, conf, NULL, 0, why);
	case MODE_FOREGROUND:
		return become(path_salsad, conf, foreground, 1, why);
	case MODE_VERSION:
		printf("salsa %s\n", salsa_version);
		return 0;
	case MODE_HELP:
		fputs(usage, stdout);
		return 0;
	case MODE_NOTHING:
		return 0;
	}
	return EX_SOFTWARE;
}

static int
read_arguments(struct options *o, int argc, char **argv, struct problem *why)
{
	int code = options_read(o, argc, argv, why);

	if (code == 0 && o->conf_file != NULL && getuid() != 0) {
		problem_set(why, VERDICT_NEVER, "5.7.0", "-C is for root; others name their own in SALSA_CONF");
		code = EX_NOPERM;
	}
	if (code != 0)
		input_drain(STDIN_FILENO);
	return code;
}

/* The one place that tells anybody. */
static int
report(int code, const struct options *o, const struct problem *why)
{
	if (code != 0) {
		if (o->errors != ERRORS_QUIET)
			fprintf(stderr, "sendmail: %s\n", why->text);
		log_line(LOG_WARNING, "uid %u: exit %d: %s", (unsigned)getuid(), code, why->text);
	}
	return code;
}

int
main(int argc, char **argv)
{
	bool           has_input = start_clean(STDERR_FILENO + 1);
	struct options o;
	struct conf    conf;
	struct problem why = { 0 };
	int            code;

	log_open("salsa/sendmail", "syslog");   /* until the configuration is read */
	code = read_arguments(&o, argc, argv, &why);
	if (code != 0)
		return report(code, &o, &why);
	conf_load(&conf, o.conf_file);
	log_open(o.ident != NULL ? o.ident : "salsa/sendmail", conf.log);
	log_lines(LOG_WARNING, buf_slice(&conf.faults));   /* the administrator's affair: they stop no message */
	code = report(obey(&o, &conf, has_input, &why), &o, &why);
	conf_release(&conf);
	return code;
}
