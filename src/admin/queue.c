/* SPDX-License-Identifier: ISC */
#include "admin/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/ask.h"
#include "admin/change.h"
#include "admin/choice.h"
#include "admin/message.h"
#include "admin/owner.h"
#include "admin/show.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "mailq/list.h"
#include "spool/settle.h"

/* One call of the program. */
struct work {
	const struct conf *conf;
	struct spool       spool;
	const struct verb *verb;
	struct choice      choice;
	bool               json, body;   /* -j, -b */
	uid_t              uid;          /* whose hand it is */
	size_t             nselected, ndone, ngone;
};

struct verb {
	const char *name, *options;
	int       (*run)(struct work *, struct problem *why);
	/* Changes one message, and returns what was done to it in a word; NULL with why. */
	const char *(*change)(struct claim *, struct problem *why);
	bool        wakes;   /* salsad has something to do then */
};

static int
usage(void)
{
	fputs("usage: salsa queue list [-j] [SELECTION]\n"
	      "       salsa queue show [-b] SELECTION\n"
	      "       salsa queue hold | release | retry | remove | bounce SELECTION\n"
	      "SELECTION: [--from PATTERN] [--to PATTERN] [--older AGE] [--newer AGE] [ID ...], or --all\n", stderr);
	return EX_USAGE;
}

static void
say_not(const char *id, const char *reason)
{
	fprintf(stderr, "salsa: %s: %s\n", id, reason);
}

/* Who named an ID is told that there is no such message; who said --all did not mean what was delivered meanwhile. */
static void
say_gone(struct work *w, const char *id)
{
	if (w->choice.nids == 0)
		return;
	say_not(id, "there is no such message");
	w->ngone++;
}

static bool
is_gone(struct work *w, const char *id)
{
	if (faccessat(w->spool.queue, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return false;
	say_gone(w, id);
	return true;
}

/* Reads an envelope without the lock.  Returns false where there is none; *e is then empty. */
static bool
read_envelope(const struct work *w, const char *id, struct entry *e)
{
	struct problem why;
	int            fd = spool_open_entry(&w->spool, id);
	bool           legible = fd >= 0 && entry_read(e, fd, &why) == 0;

	if (fd >= 0)
		close(fd);
	if (!legible)
		entry_release(e);
	return legible;
}

static bool
is_selected(const struct work *w, const char *id)
{
	struct entry e = ENTRY;
	bool         legible = read_envelope(w, id, &e);
	bool         selected = choice_covers(&w->choice, id, legible ? &e : NULL);

	entry_release(&e);
	return selected;
}

/* What it was is on the screen and in the log: after a removal nothing else tells. */
static void
say_done(const struct work *w, const struct entry *e, const char *what)
{
	char   first[ENTRY_MAX_ADDRESS + 1], sender[ENTRY_MAX_ADDRESS + 1], more[32] = "";
	size_t others = e->nrecipients - 1;

	printable_copy(sender, sizeof sender, SLICE(e->sender));
	printable_copy(first, sizeof first, SLICE(e->recipient[0].address));
	if (others > 0)
		snprintf(more, sizeof more, " and %zu more", others);
	printf("%s: %s: from <%s> to <%s>%s, %lld octets\n", e->id, what, sender, first, more, (long long)e->message_len);
	log_line(LOG_INFO, "%s: %s by uid %u: from=<%s>, to=<%s>%s", e->id, what, (unsigned)w->uid, e->sender,
	    e->recipient[0].address, more);
}

/* What was selected without the lock may have been delivered in part since. */
static void
change_claimed(struct work *w, struct claim *c)
{
	struct problem why;
	const char    *what;

	if (!choice_covers(&w->choice, c->entry.id, &c->entry))
		return;
	w->nselected++;
	what = w->verb->change(c, &why);
	if (what == NULL) {
		say_not(c->entry.id, why.text);
		return;
	}
	say_done(w, &c->entry, what);
	w->ndone++;
}

static void
say_set_aside(const struct work *w, const char *id, const struct problem *why)
{
	fprintf(stderr, "salsa: %s: %s; it was set aside, %s/corrupt has it\n", id, why->text, w->spool.path);
	log_line(LOG_ERR, "%s: set aside by uid %u in %s/corrupt: %s", id, (unsigned)w->uid, w->spool.path, why->text);
}

static void
change(struct work *w, const char *id)
{
	struct claim   c;
	struct problem why;
	enum claimed   claimed;

	if (!is_selected(w, id))
		return;
	claimed = claim_take(&c, &w->spool, id, &why);
	if (claimed == CLAIM_OK) {
		change_claimed(w, &c);
	} else if (claimed == CLAIM_GONE) {
		say_gone(w, id);
	} else if (claimed == CLAIM_CORRUPT) {
		say_set_aside(w, id, &why);
	} else {
		say_not(id, claimed == CLAIM_BUSY ? "it is being delivered just now; nothing was changed, try again" :
		    why.text);
	}
	w->nselected += claimed != CLAIM_OK && claimed != CLAIM_GONE;
	claim_release(&c);
}

/* Calls visit for the IDs that were given or, where none was, for all. */
static int
each(struct work *w, void (*visit)(struct work *, const char *id), struct problem *why)
{
	char (*id)[ENTRY_ID_LEN + 1];
	size_t n;

	for (size_t i = 0; i < w->choice.nids; i++)
		if (!is_gone(w, w->choice.id[i]))
			visit(w, w->choice.id[i]);
	if (w->choice.nids > 0)
		return 0;
	if (spool_list(&w->spool, &id, &n, why) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		visit(w, id[i]);
	free(id);
	return 0;
}

static int
change_all(struct work *w, struct problem *why)
{
	struct problem deaf;

	if (each(w, change, why) != 0)
		return -1;
	if (w->verb->wakes && w->ndone > 0 && ask_for_run(w->conf, &deaf) != 0)
		fprintf(stderr, "salsa: done when the queue is next run: %s\n", deaf.text);
	return 0;
}

static bool
is_listed(void *argument, const char *id, const struct entry *e)
{
	struct work *w = argument;
	bool         selected = choice_covers(&w->choice, id, e);

	w->nselected += selected;
	w->ndone += selected;
	return selected;
}

static int
list(struct work *w, struct problem *why)
{
	struct viewer viewer = { .uid = w->uid, .all = true, .wants = is_listed, .argument = w };

	for (size_t i = 0; i < w->choice.nids; i++)
		is_gone(w, w->choice.id[i]);
	if (!choice_is_made(&w->choice)) {
		w->nselected = w->ndone = 1;   /* an empty queue is an answer */
		viewer.wants = NULL;
	}
	return list_queue(&w->spool, viewer, w->json ? &format_json : &format_text, stdout, why);
}

static void
show_one(struct work *w, const char *id)
{
	struct problem why;

	if (!is_selected(w, id))
		return;
	if (w->nselected++ > 0)
		putchar('\n');
	if (message_show(&w->spool, id, w->body, &why) == 0)
		w->ndone++;
	else
		say_not(id, why.text);
}

static int
show_all(struct work *w, struct problem *why)
{
	return each(w, show_one, why);
}

static const struct verb verbs[] = {
	{ "list", "j", list, NULL, false },
	{ "show", "b", show_all, NULL, false },
	{ "hold", "", change_all, change_hold, false },
	{ "release", "", change_all, change_release, true },
	{ "retry", "", change_all, change_retry, true },
	{ "remove", "", change_all, change_remove, false },
	{ "bounce", "", change_all, change_bounce, true },
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (name != NULL && strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Returns -1 with why, whose text is empty where the usage says all. */
static int
read_arguments(struct work *w, int argc, char **argv, struct problem *why)
{
	static const struct option long_options[] = {
		{ "from", required_argument, NULL, 'f' }, { "to", required_argument, NULL, 't' },
		{ "older", required_argument, NULL, 'o' }, { "newer", required_argument, NULL, 'n' },
		{ "all", no_argument, NULL, 'a' }, { 0 },
	};
	int option;

	why->text[0] = '\0';
	while ((option = getopt_long(argc, argv, w->verb->options, long_options, NULL)) != -1) {
		w->json = w->json || option == 'j';
		w->body = w->body || option == 'b';
		if (option == '?' || (strchr("jb", option) == NULL && choice_add(&w->choice, option, optarg, why) != 0))
			return -1;
	}
	if (choice_ids(&w->choice, argv + optind, argc - optind, why) != 0)
		return -1;
	if (w->verb->run != list && !choice_is_made(&w->choice))
		return problem_set(why, VERDICT_NEVER, "5.5.4", "%s what? name IDs, a selection, or --all", w->verb->name);
	return 0;
}

/* root has the rights of the spool's owner and no others here; who else may not write the queue is told so. */
static int
enter(struct work *w, struct problem *why)
{
	char path[PATH_MAX];

	w->uid = getuid();
	if (owner_become(w->conf, why) != 0)
		return EX_UNAVAILABLE;
	log_open("salsa/queue", w->conf->log);
	snprintf(path, sizeof path, "%s/queue", w->conf->spool);
	if (access(path, R_OK | W_OK | X_OK) != 0 && errno == EACCES) {
		problem_set(why, VERDICT_NEVER, "5.7.0",
		    "the queue is for root and its group to see and to change; mailq lists your own messages");
		return EX_NOPERM;
	}
	return spool_open(&w->spool, w->conf->spool, why) == 0 ? EX_OK : EX_UNAVAILABLE;
}

static int
judge(const struct work *w, struct problem *why)
{
	why->text[0] = '\0';   /* what was not done was said message by message */
	if (w->ndone < w->nselected)
		return EX_TEMPFAIL;
	if (w->nselected == 0 && w->ngone == 0)
		problem_set(why, VERDICT_NEVER, "5.5.4", "nothing in the queue is selected");
	return w->nselected > 0 && w->ngone == 0 ? EX_OK : EX_UNAVAILABLE;
}

/* A private instance with faults may be none: its queue would be the system's then. */
static bool
is_usable(const struct conf *conf)
{
	if (!conf->is_private) {
		show_faults(conf);
		return true;
	}
	fputs(buf_text(&conf->faults), stderr);
	return conf->nfaults == 0;
}

static int
run(struct work *w, struct problem *why)
{
	int code = is_usable(w->conf) ? enter(w, why) : EX_CONFIG;

	if (code != EX_OK)
		return code;
	if (w->verb->run(w, why) != 0)
		code = EX_UNAVAILABLE;
	else
		code = judge(w, why);
	spool_close(&w->spool);
	return code;
}

int
admin_queue(int argc, char **argv)
{
	struct work    w = { .verb = find_verb(argv[1]), .choice = CHOICE };
	struct problem why;
	struct conf    conf;
	int            code = EX_USAGE;

	if (w.verb == NULL)
		return usage();
	conf_load(&conf, NULL);
	w.conf = &conf;
	if (read_arguments(&w, argc - 1, argv + 1, &why) == 0)
		code = run(&w, &why);
	if (code != EX_OK && why.text[0] != '\0')
		fprintf(stderr, "salsa: %s\n", why.text);
	else if (code == EX_USAGE)
		usage();
	choice_release(&w.choice);
	conf_release(&conf);
	return code;
}
