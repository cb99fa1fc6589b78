/* SPDX-License-Identifier: ISC */
#include "admin/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "admin/owner.h"
#include "admin/show.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/value.h"
#include "relay/attempt.h"
#include "relay/discover.h"
#include "relay/keeper.h"
#include "relay/link.h"
#include "relay/route.h"
#include "smtp/alabel.h"

enum { RSET_SECONDS = 60 };

/* What a relay says is made harmless to a terminal. */
static void
print_line(void *unused, const char *direction, struct slice line)
{
	char text[1024];

	(void)unused;
	printable_copy(text, sizeof text, line);
	printf("  %s %s\n", direction, text);
}

static void
print_terms(const struct candidate *c)
{
	show_host(c->host, c->port);
	if (c->tls_at_start)
		printf(" (TLS from the start)");
	if (c->section == NULL || c->section->line > 0)
		printf("  %s", c->origin);
	printf(", tls %s\n", tls_words[c->tls]);
}

/* The last step that leaves no trace. */
static int
say_rset(struct link *l, struct problem *why)
{
	session_say(&l->session, "RSET");
	session_await(&l->session, RSET_SECONDS, "the reply to RSET");
	return session_hear(&l->session, "RSET command", REPLY_YES, why);
}

static int
test_candidate(const struct candidate *c, const struct conf *conf)
{
	static struct link l;
	const char        *user = c->section != NULL ? c->section->user : NULL;
	struct problem     why;
	size_t             calls = ATTEMPT_MAX_CALLS;

	l = LINK;
	l.stream.trace = print_line;
	print_terms(c);
	if (!link_may_open(c, &why)) {
		printf("no: this user cannot use what the relay asks for: %s\n", why.text);
		return EX_NOPERM;
	}
	if (link_open(&l, c, conf, &calls, &why) != 0 || say_rset(&l, &why) != 0) {
		link_drop(&l);
		printf("no: %s (%s)\n", why.text, why.status);
		return EX_UNAVAILABLE;
	}
	link_quit(&l);
	printf("yes: %s would take mail%s%s, %s%s\n", l.relay, user != NULL ? " of user " : "",
	    user != NULL ? user : "", l.tls[0] != '\0' ? "under TLS: " : "in clear", l.tls);
	return EX_OK;
}

/* RELAY: a name, NAME:PORT, or a URL, which also tells the service. */
static bool
is_meant(const struct candidate *c, const char *relay, const struct section *url)
{
	char host[ALABEL_HOST];

	if (!alabel_host(url->name, host) || strcasecmp(c->host, host) != 0)
		return false;
	if (strcmp(url->name, relay) == 0 || (relay[0] == '[' && relay[strlen(relay) - 1] == ']'))
		return true;   /* without a port: all of that name */
	return c->port == url->port && c->tls_at_start == url->tls_at_start;
}

/* Returns how many candidates of the route were meant; the worst result goes to *code. */
static size_t
test_meant(const struct conf *conf, const struct discovery *d, const char *relay, const struct section *url, int *code)
{
	struct route route = ROUTE;
	size_t       n = 0;

	route_make(&route, conf, d);
	for (size_t i = 0; i < route.ncandidates; i++) {
		int result;

		if (!is_meant(&route.candidate[i], relay, url))
			continue;
		if (n++ > 0)
			putchar('\n');
		if ((result = test_candidate(&route.candidate[i], conf)) != EX_OK)
			*code = result;
	}
	route_release(&route);
	return n;
}

/* A relay that nobody has configured, as if a line without more had. */
static int
test_stranger(const struct conf *conf, const char *relay, struct section *url)
{
	static const struct discovery none;
	struct conf                   only = *conf;
	int                           code = EX_OK;

	printf("note: %s is neither configured nor discovered\n", relay);
	if (url->user != NULL)
		printf("note: no secret of user %s is known: there is no AUTH\n", url->user);
	free(url->user);
	url->user = NULL;
	only.relay = url;
	only.nrelays = 1;
	test_meant(&only, &none, relay, url, &code);
	return code;
}

static int
test_relay(const struct conf *conf, const char *relay, struct section *url)
{
	struct discovery *found = xcalloc(1, sizeof *found);
	int               code = EX_OK;

	keeper_start(conf);
	if (test_meant(conf, found, relay, url, &code) == 0) {
		struct conf discovered = *conf;

		discovered.nrelays = 0;
		discover(found, conf, -1);
		if (test_meant(&discovered, found, relay, url, &code) == 0)
			code = test_stranger(conf, relay, url);
	}
	keeper_stop();
	free(found);
	return code;
}

int
admin_test(int argc, char **argv)
{
	struct section url = { 0 };
	struct conf    conf;
	struct problem why;
	char           host[ALABEL_HOST];
	int            code = EX_CONFIG;

	if (argc != 2 || !value_relay(SLICE(argv[1]), &url) || !alabel_host(url.name, host)) {
		fprintf(stderr, "usage: salsa test [smtp://|submission://|submissions://]HOST[:PORT]\n");
		return EX_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open("salsa", "/dev/null");   /* what is worth knowing is printed */
	conf_load(&conf, NULL);
	if (!show_faults(&conf)) {
		if (owner_become(&conf, &why) == 0)   /* root could read secrets that the daemon cannot */
			code = test_relay(&conf, argv[1], &url);
		else
			fprintf(stderr, "salsa: %s\n", why.text);
	}
	conf_release(&conf);
	free(url.name);
	free(url.user);
	return code;
}
