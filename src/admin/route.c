/* SPDX-License-Identifier: ISC */
#include "admin/route.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/owner.h"
#include "admin/show.h"
#include "base/clock.h"
#include "mail/recipients.h"
#include "relay/down.h"
#include "relay/link.h"
#include "relay/route.h"

/* What is known before any address is looked at. */
struct ways {
	const struct conf *conf;
	struct mailbox     sender;
	struct discovery   found;
	struct route       route;
	int                state;   /* the spool's state/ directory; -1: not for this user to see */
};

static int
usage(void)
{
	fprintf(stderr, "usage: salsa route [--from ADDRESS] [--] ADDRESS ...\n");
	return EX_USAGE;
}

static void
print_candidate(const struct candidate *c)
{
	show_host(c->host, c->port);
	printf("  cost %u, tls %s, %s", c->cost, tls_words[c->tls], c->origin);
}

/* Why it would be passed by for now, if it would. */
static void
print_hindrance(const struct candidate *c, int state)
{
	struct down    d;
	struct problem why;
	char           until[SHOW_TIME_LEN];

	if (down_read(&d, state, c->account, c->port, clock_now()))
		printf("\n     down, and left alone until %s: %s", show_time(until, d.until), d.why.text);
	else if (!link_may_open(c, &why))
		printf("\n     not by this user: %s", why.text);
}

static void
print_objection(const struct candidate *c, const char *word)
{
	printf(": not with its `%s'", word);
	if (c->own[0] != '\0')
		printf(" (`discovered %s' in line %u)", c->section->name, c->section->line);
}

/* Published, and for no mail of this host. */
static void
print_dropped(const struct discovery *d)
{
	for (size_t i = 0; i < d->ndropped; i++)
		printf("  -  %s: %s\n", d->dropped[i].host, d->dropped[i].words);
}

/* Returns how many relays would carry it. */
static size_t
print_ways(const struct ways *w, const char *recipient)
{
	size_t n = 0;

	printf("%s\n", recipient);
	for (size_t i = 0; i < w->route.ncandidates; i++) {
		const struct candidate *c = &w->route.candidate[i];
		const char             *objection = candidate_objects(c, w->sender.address, recipient);

		if (objection == NULL)
			printf("%3zu  ", ++n);
		else
			printf("  -  ");
		print_candidate(c);
		if (objection == NULL)
			print_hindrance(c, w->state);
		else
			print_objection(c, objection);
		putchar('\n');
	}
	print_dropped(&w->found);
	if (n == 0)
		printf("  -  no relay%s%s\n", w->route.ncandidates == 0 ? ": " : "",
		    w->route.ncandidates == 0 ? w->found.words : "");
	return n;
}

/* Who sends where nobody says: the user who calls, as with sendmail. */
static int
find_sender(struct ways *w, const char *from, struct problem *why)
{
	const struct passwd *user = getpwuid(getuid());
	char                 unnamed[32];
	int                  result;

	snprintf(unnamed, sizeof unnamed, "uid-%u", (unsigned)getuid());
	if (from != NULL)
		result = address_sender(&w->sender, SLICE(from), why);
	else
		result = address_of_login(&w->sender, SLICE(user != NULL ? user->pw_name : unnamed), why);
	return result == 0 ? address_complete(&w->sender, w->conf->mailname, why) : -1;
}

static int
find_recipients(struct recipients *r, const struct conf *conf, char **argument, struct problem *why)
{
	for (; *argument != NULL; argument++)
		if (recipients_add(r, SLICE(*argument), why) != 0)
			return -1;
	return recipients_complete(r, conf->mailname, why);
}

/* Asks anew, and remembers nothing: this is to change nothing. */
static int
explain(struct ways *w, const struct recipients *r)
{
	int code = EX_OK;

	owner_become_if_any(w->conf);
	discover(&w->found, w->conf, -1);
	route_make(&w->route, w->conf, &w->found);
	w->state = show_state(w->conf);
	for (size_t i = 0; i < r->nmailboxes; i++)
		if (print_ways(w, r->mailbox[i].address) == 0)
			code = EX_UNAVAILABLE;
	if (w->state >= 0)
		close(w->state);
	route_release(&w->route);
	return code;
}

static int
route_to(const struct conf *conf, const char *from, char **addresses)
{
	struct ways       w = { .conf = conf };
	struct recipients r = RECIPIENTS;
	struct problem    why;
	int               code = EX_NOUSER;

	if (find_sender(&w, from, &why) != 0 || find_recipients(&r, conf, addresses, &why) != 0)
		fprintf(stderr, "salsa: %s\n", why.text);
	else
		code = explain(&w, &r);
	recipients_release(&r);
	return code;
}

int
admin_route(int argc, char **argv)
{
	static const struct option options[] = { { "from", required_argument, NULL, 'f' }, { 0 } };
	const char                *from = NULL;
	struct conf                conf;
	int                        code = EX_CONFIG, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) == 'f')
		from = optarg;
	if (option != -1 || argv[optind] == NULL)
		return usage();
	conf_load(&conf, NULL);
	if (!show_faults(&conf))
		code = route_to(&conf, from, argv + optind);
	conf_release(&conf);
	return code;
}
