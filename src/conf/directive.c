/* SPDX-License-Identifier: ISC */
#include "conf/directive.h"

#include "base/xalloc.h"
#include "conf/conf.h"
#include "conf/value.h"

enum { COST_STATIC = 100, COST_DISCOVERED = 10, COST_MAX = 65535, SESSIONS_MAX = 64 };

static bool
set_text(char **field, struct slice value, bool good)
{
	if (!good || *field != NULL)
		return false;
	*field = slice_dup(value);
	return true;
}

static bool
set_host(void *field, const struct words *w)
{
	return set_text(field, w->at[0], value_is_host(w->at[0]));
}

static bool
set_path(void *field, const struct words *w)
{
	return set_text(field, w->at[0], value_is_path(w->at[0]));
}

static bool
set_mailbox(void *field, const struct words *w)
{
	return set_text(field, w->at[0], value_is_mailbox(w->at[0]));
}

static bool
set_user(void *field, const struct words *w)
{
	return set_text(field, w->at[0], w->at[0].len > 0);
}

static bool
set_secret(void *field, const struct words *w)
{
	return set_text(field, w->at[0], value_is_secret(w->at[0]));
}

/* One value is the command; of several none needs quoting here, for sh(1) has its own. */
static bool
set_command(void *field, const struct words *w)
{
	return set_text(field, w->n == 1 ? w->at[0] : w->all, w->at[0].len > 0);
}

/* "" is `off'. */
static bool
set_mechanisms(void *field, const struct words *w)
{
	struct buf names = BUF(512);
	bool       good = true;

	if (w->n == 1 && slice_equal(w->at[0], SLICE("off")))
		return set_text(field, SLICE(""), true);
	for (size_t i = 0; i < w->n; i++) {
		good = good && value_is_mechanism(w->at[i]);
		buf_addf(&names, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(w->at[i]));
	}
	good = set_text(field, buf_slice(&names), good && !names.full);
	buf_release(&names);
	return good;
}

static bool
set_resolver(void *field, const struct words *w)
{
	return set_text(field, w->at[0], value_is_resolver(w->at[0]));
}

static bool
set_log(void *field, const struct words *w)
{
	bool name = slice_equal(w->at[0], SLICE("syslog")) || slice_equal(w->at[0], SLICE("stderr"));

	return set_text(field, w->at[0], name || value_is_path(w->at[0]));
}

/* The place of value among names, or -1. */
static int
place_of(struct slice value, const char *const *name, int n)
{
	for (int i = 0; i < n; i++)
		if (slice_equal(value, SLICE(name[i])))
			return i;
	return -1;
}

static bool
set_switch(void *field, const struct words *w)
{
	static const char *const name[] = { "off", "on" };
	int                      place = place_of(w->at[0], name, 2);

	if (place >= 0)
		*(bool *)field = place == 1;
	return place >= 0;
}

static bool
set_deliver(void *field, const struct words *w)
{
	static const char *const name[] = { "background", "foreground", "queue", "direct" };
	int                      place = place_of(w->at[0], name, 4);

	if (place >= 0)
		*(enum deliver *)field = (enum deliver)place;
	return place >= 0;
}

const char *const tls_words[] = { "none", "may", "encrypt", "verify", "dane" };

/* A level that cannot be read was meant to protect: the strictest holds. */
static bool
set_tls(void *field, const struct words *w)
{
	int place = place_of(w->at[0], tls_words, sizeof tls_words / sizeof *tls_words);

	*(enum tls_level *)field = place >= 0 ? (enum tls_level)place : TLS_VERIFY;
	return place >= 0;
}

static bool
set_fingerprint(void *field, const struct words *w)
{
	char text[FINGERPRINT_TEXT];

	return value_fingerprint(w->at[0], text) && set_text(field, SLICE(text), true);
}

/* One that cannot be read was meant to protect. */
static bool
set_dnssec(void *field, const struct words *w)
{
	*(bool *)field = true;
	return slice_equal(w->at[0], SLICE("required"));
}

static bool
set_number(unsigned *field, struct slice value, unsigned least, unsigned most)
{
	unsigned long long number;

	if (!slice_number(value, most, &number) || number < least)
		return false;
	*field = (unsigned)number;
	return true;
}

static bool
set_cost(void *field, const struct words *w)
{
	return set_number(field, w->at[0], 0, COST_MAX);
}

static bool
set_sessions(void *field, const struct words *w)
{
	return set_number(field, w->at[0], 1, SESSIONS_MAX);
}

static bool
set_warn(void *field, const struct words *w)
{
	return value_seconds(w->at[0], field);
}

static bool
set_pause(void *field, const struct words *w)
{
	unsigned seconds;

	if (!value_seconds(w->at[0], &seconds) || seconds == 0)
		return false;
	*(unsigned *)field = seconds;
	return true;
}

static bool
set_retry(void *field, const struct words *w)
{
	struct conf *c = field;
	unsigned     first, longest;

	if (w->n != 2 || !value_seconds(w->at[0], &first) || !value_seconds(w->at[1], &longest))
		return false;
	if (first == 0 || first > longest)
		return false;
	c->retry_first_seconds = first;
	c->retry_longest_seconds = longest;
	return true;
}

static bool
set_size(void *field, const struct words *w)
{
	unsigned long long octets;

	if (!value_octets(w->at[0], &octets) || octets == 0)
		return false;
	*(unsigned long long *)field = octets;
	return true;
}

static bool
set_addresses(void *field, const struct words *w)
{
	struct conf *c = field;

	for (size_t i = 0; i < w->n; i++)
		if (!value_is_address(w->at[i]))
			return false;
	c->address = xcalloc(w->n, sizeof *c->address);
	while (c->naddresses < w->n) {
		c->address[c->naddresses] = slice_dup(w->at[c->naddresses]);
		c->naddresses++;
	}
	return true;
}

static bool
set_patterns(void *field, const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!value_is_pattern(w->at[i]))
			return false;
	for (size_t i = 0; i < w->n; i++)
		patterns_add(field, w->at[i]);
	return true;
}

static struct section *
add_section(struct section **array, size_t *n, unsigned line)
{
	struct section *s;

	*array = xreallocarray(*array, *n + 1, sizeof **array);
	s = &(*array)[(*n)++];
	*s = (struct section){ .line = line };
	return s;
}

/* A section is opened by a bad line, too (without a name, and dropped later): what follows belongs to no other. */
static bool
set_relay(void *field, const struct words *w)
{
	struct conf    *c = field;
	struct section *s = add_section(&c->relay, &c->nrelays, w->line);

	s->cost = COST_STATIC;
	return w->n == 1 && value_relay(w->at[0], s);
}

static bool
set_discovered(void *field, const struct words *w)
{
	struct conf    *c = field;
	struct section *s = add_section(&c->discovered, &c->ndiscovered, w->line);

	s->cost = COST_DISCOVERED;
	s->port = 25;
	s->tls = TLS_MAY;
	/* The DNS has names in ASCII: a pattern in other letters would hold for none, and nobody would know. */
	return w->n == 1 && set_text(&s->name, w->at[0], w->at[0].len > 0 && w->at[0].at[0] != '!' &&
	    slice_is_ascii(w->at[0]));
}

#define CONF(field) offsetof(struct conf, field)
#define SECTION(field) offsetof(struct section, field)

const struct directive directives[DIRECTIVES_MAX] = {
	{ "mailname", IN_FILE, 1, set_host, CONF(mailname), "a host name" },
	{ "hostname", IN_FILE, 1, set_host, CONF(hostname), "a host name" },
	{ "discover", IN_FILE, 1, set_switch, CONF(discover), "on or off" },
	{ "address", IN_FILE, WORDS_MAX, set_addresses, 0, "IPv4 or IPv6 addresses" },
	{ "postmaster", IN_FILE, 1, set_mailbox, CONF(postmaster), "a mailbox LOCAL@HOST" },
	{ "relay", OPENS, 1, set_relay, 0,
	    "[smtp://|submission://|submissions://][USER@]HOST[:PORT], without a password; IPv6 in brackets" },
	{ "discovered", OPENS, 1, set_discovered, 0, "one pattern of host names in ASCII, such as *.example.net" },
	{ "tls", IN_SECTION, 1, set_tls, SECTION(tls), "none, may, encrypt, verify or dane" },
	{ "tls-ca", IN_SECTION, 1, set_path, SECTION(tls_ca), "the absolute path of a file or directory" },
	{ "tls-fingerprint", IN_SECTION, 1, set_fingerprint, SECTION(tls_fingerprint),
	    "a SHA-256 in 64 hexadecimal digits, with or without colons" },
	{ "tls-cert", IN_SECTION, 1, set_path, SECTION(tls_cert), "an absolute path" },
	{ "tls-key", IN_SECTION, 1, set_path, SECTION(tls_key), "an absolute path" },
	{ "dnssec", IN_SECTION, 1, set_dnssec, SECTION(dnssec), "required" },
	{ "cost", IN_SECTION, 1, set_cost, SECTION(cost), "a number from 0 to 65535" },
	{ "for", IN_SECTION, WORDS_MAX, set_patterns, SECTION(for_), "patterns of recipients' domains" },
	{ "from", IN_SECTION, WORDS_MAX, set_patterns, SECTION(from), "patterns of senders' domains" },
	{ "refuse", IN_SECTION, WORDS_MAX, set_patterns, SECTION(refuse), "patterns of recipients' domains" },
	{ "user", IN_SECTION, 1, set_user, SECTION(user), "a user name, here or in the relay's address" },
	{ "password-file", IN_SECTION, 1, set_secret, SECTION(password_file),
	    "an absolute path, or the name of a systemd credential" },
	{ "password-command", IN_SECTION, WORDS_MAX, set_command, SECTION(password_command), "a command for sh(1)" },
	{ "auth", IN_SECTION, 16, set_mechanisms, SECTION(mechanisms), "off, or some of SCRAM-SHA-256-PLUS "
	    "SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN OAUTHBEARER XOAUTH2 EXTERNAL" },
	{ "aliases", IN_FILE, 1, set_path, CONF(aliases), "an absolute path" },
	{ "spool", IN_FILE, 1, set_path, CONF(spool), "an absolute path" },
	{ "deliver", IN_FILE, 1, set_deliver, CONF(deliver), "background, foreground, queue or direct" },
	{ "retry", IN_FILE, 2, set_retry, 0, "two durations, the first and the longest pause, such as 5m 4h" },
	{ "warn", IN_FILE, 1, set_warn, CONF(warn_seconds), "a duration such as 4h, or 0" },
	{ "expire", IN_FILE, 1, set_pause, CONF(expire_seconds), "a duration such as 5d" },
	{ "sessions", IN_FILE, 1, set_sessions, CONF(sessions), "a number from 1 to 64" },
	{ "connect-timeout", IN_FILE, 1, set_pause, CONF(connect_timeout_seconds), "a duration such as 30s" },
	{ "reply-timeout", IN_FILE, 1, set_pause, CONF(reply_timeout_seconds), "a duration such as 5m" },
	{ "max-size", IN_FILE, 1, set_size, CONF(max_size), "a size such as 50M" },
	{ "resolver", IN_FILE, 1, set_resolver, CONF(resolver), "ADDRESS[@PORT]" },
	{ "log", IN_FILE, 1, set_log, CONF(log), "syslog, stderr or an absolute path" },
};

const struct directive *
directive_of(struct slice word)
{
	for (const struct directive *d = directives; d->word != NULL; d++)
		if (slice_equal(word, SLICE(d->word)))
			return d;
	return NULL;
}
