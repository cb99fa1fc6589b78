/* SPDX-License-Identifier: ISC */
#include "admin/relays.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/owner.h"
#include "admin/show.h"
#include "base/clock.h"
#include "base/json.h"
#include "relay/down.h"
#include "relay/route.h"

/* One relay and all that is known of it. */
struct known {
	const struct conf      *conf;
	const struct candidate *relay;
	bool                    failed;   /* down holds, and nobody has had an answer since */
	bool                    spared;   /* and it is left alone now */
	struct down             down;
	bool                    worked;   /* good holds */
	struct good             good;
};

static void
recall(struct known *k, const struct conf *conf, const struct candidate *c, int state)
{
	time_t now = clock_now();

	*k = (struct known){ .conf = conf, .relay = c };
	k->failed = down_recall(&k->down, state, c->account, c->port, now);
	k->spared = k->failed && k->down.until > now;
	k->worked = good_read(&k->good, state, c->account, c->port);
}

static void
print_origin(const struct known *k)
{
	const struct candidate *c = k->relay;

	if (c->own[0] != '\0')
		printf("    known by  %s, for %s\n", c->origin, c->own);
	else
		printf("    known by  %s:%u\n", k->conf->file, c->section->line);
}

static void
print_terms(const struct known *k)
{
	const struct candidate *c = k->relay;

	printf("    terms     cost %u, tls %s%s", c->cost, tls_words[c->tls],
	    c->tls_at_start ? " from the start" : "");
	if (c->section != NULL && c->section->user != NULL)
		printf(", user %s", c->section->user);
	if (c->section != NULL)
		show_policy(c->section);
	if (c->section != NULL && c->own[0] != '\0')
		printf(" (`discovered %s', %s:%u)", c->section->name, k->conf->file, c->section->line);
	putchar('\n');
}

static void
print_state(const struct known *k)
{
	char since[SHOW_TIME_LEN], until[SHOW_TIME_LEN];

	if (!k->failed) {
		printf("    state     %s\n", k->worked ? "up" : "nothing known");
		return;
	}
	printf("    state     down since %s, failed %u time%s; %s %s\n", show_time(since, k->down.since),
	    k->down.failures, k->down.failures == 1 ? "" : "s", k->spared ? "left alone until" : "to be tried since",
	    show_time(until, k->down.until));
	printf("              %s\n", k->down.why.text);
}

static void
print_relay(const struct known *k)
{
	char at[SHOW_TIME_LEN];

	show_host(k->relay->host, k->relay->port);
	putchar('\n');
	print_origin(k);
	print_terms(k);
	print_state(k);
	if (k->worked)
		printf("    answered  %s, %s\n", show_time(at, k->good.at), k->good.words);
	putchar('\n');
}

static void
member(const char *name, const char *text)
{
	printf(", \"%s\": ", name);
	json_string(stdout, text);
}

static void
member_patterns(const char *name, const struct patterns *list)
{
	printf(", \"%s\": [", name);
	for (size_t i = 0; i < list->npatterns; i++) {
		fputs(i > 0 ? ", " : "", stdout);
		json_string(stdout, list->pattern[i]);
	}
	putchar(']');
}

static void
object_section(const struct known *k)
{
	const struct section *s = k->relay->section;

	if (s == NULL)
		return;
	member("file", k->conf->file);
	printf(", \"line\": %u", s->line);
	if (s->user != NULL)
		member("user", s->user);
	member_patterns("for", &s->for_);
	member_patterns("from", &s->from);
	member_patterns("refuse", &s->refuse);
}

static void
object_state(const struct known *k)
{
	member("state", k->failed ? "down" : k->worked ? "up" : "unknown");
	if (k->failed) {
		printf(", \"since\": %lld, \"until\": %lld, \"failures\": %u", (long long)k->down.since,
		    (long long)k->down.until, k->down.failures);
		member("why", k->down.why.text);
	}
	if (k->worked) {
		printf(", \"answered\": %lld", (long long)k->good.at);
		member("answer", k->good.words);
	}
}

static void
print_object(const struct known *k)
{
	const struct candidate *c = k->relay;

	fputs("{\"host\": ", stdout);
	json_string(stdout, c->host);
	printf(", \"port\": %u, \"discovered\": %s", c->port, c->own[0] != '\0' ? "true" : "false");
	if (c->own[0] != '\0') {
		member("origin", c->origin);
		member("address", c->own);
	}
	printf(", \"cost\": %u", c->cost);
	member("tls", tls_words[c->tls]);
	object_section(k);
	object_state(k);
	fputs("}\n", stdout);
}

static int
print_all(const struct conf *conf, void (*print)(const struct known *))
{
	int              state = show_state(conf);
	struct discovery found;
	struct route     route;
	struct known     known;
	size_t           n;

	discover_known(&found, conf, state);
	route_make(&route, conf, &found);
	n = route.ncandidates;
	for (size_t i = 0; i < n; i++) {
		recall(&known, conf, &route.candidate[i], state);
		print(&known);
	}
	route_release(&route);
	if (state >= 0)
		close(state);
	if (found.nfound == 0 && conf->discover)
		fprintf(stderr, "salsa: nothing is discovered: %s\n", found.words);
	if (n == 0)
		fprintf(stderr, "salsa: no relay; name one with a `relay' line in %s\n", conf->file);
	return n > 0 ? EX_OK : EX_UNAVAILABLE;
}

int
admin_relays(int argc, char **argv)
{
	bool        json = argc == 2 && strcmp(argv[1], "-j") == 0;
	struct conf conf;
	int         code;

	if (argc > 1 && !json) {
		fprintf(stderr, "usage: salsa relays [-j]\n");
		return EX_USAGE;
	}
	conf_load(&conf, NULL);
	show_faults(&conf);
	owner_become_if_any(&conf);
	code = print_all(&conf, json ? print_object : print_relay);
	conf_release(&conf);
	return code;
}
