/* SPDX-License-Identifier: ISC */
#include "conf/parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/problem.h"
#include "base/xalloc.h"
#include "conf/value.h"

enum { WORDS_MAX = 256, COST_STATIC = 100, COST_DISCOVERED = 10, COST_MAX = 65535, SESSIONS_MAX = 64 };

struct words {
	struct slice at[WORDS_MAX];   /* the values, without the word that begins the line */
	size_t       n;
	struct slice all;             /* the same as they stand there, with what follows them */
	unsigned     line;
};

/* Puts values into their field of struct conf or struct section; false: not what was expected. */
typedef bool setter(void *field, const struct words *);

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
is_pattern(struct slice s)
{
	return s.len > 0 && !slice_equal(s, SLICE("!"));
}

static bool
set_patterns(void *field, const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!is_pattern(w->at[i]))
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
	return w->n == 1 && set_text(&s->name, w->at[0], w->at[0].len > 0 && w->at[0].at[0] != '!');
}

enum place { IN_FILE, IN_SECTION, OPENS };

static const struct directive {
	const char *word;
	enum place  place;
	size_t      most;     /* values; a setter that OPENS counts them itself */
	setter     *set;
	size_t      offset;   /* of its field */
	const char *expected;
} directives[] = {
#define CONF(field) offsetof(struct conf, field)
#define SECTION(field) offsetof(struct section, field)
	{ "mailname", IN_FILE, 1, set_host, CONF(mailname), "a host name" },
	{ "hostname", IN_FILE, 1, set_host, CONF(hostname), "a host name" },
	{ "discover", IN_FILE, 1, set_switch, CONF(discover), "on or off" },
	{ "address", IN_FILE, WORDS_MAX, set_addresses, 0, "IPv4 or IPv6 addresses" },
	{ "postmaster", IN_FILE, 1, set_mailbox, CONF(postmaster), "a mailbox LOCAL@HOST" },
	{ "relay", OPENS, 1, set_relay, 0,
	    "[smtp://|submission://|submissions://][USER@]HOST[:PORT], without a password" },
	{ "discovered", OPENS, 1, set_discovered, 0, "one pattern of host names, such as *.example.net" },
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
#undef CONF
#undef SECTION
};
enum { NDIRECTIVES = sizeof directives / sizeof *directives };

struct parser {
	struct conf    *conf;
	struct section *section;             /* the open one, or NULL */
	bool            in_relay;            /* it is a relay's */
	unsigned        line;
	unsigned        seen[NDIRECTIVES];   /* in which line of the file, or of the open section; 0: not yet */
};

const char *
parse_word(size_t index)
{
	return index < NDIRECTIVES ? directives[index].word : NULL;
}

void
parse_fault(struct conf *c, unsigned line, const char *format, ...)
{
	char    text[1024], printable[sizeof text];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	printable_copy(printable, sizeof printable, SLICE(text));
	if (line > 0)
		buf_addf(&c->faults, "%s:%u: %s\n", c->file, line, printable);
	else
		buf_addf(&c->faults, "%s: %s\n", c->file, printable);
	c->nfaults++;
}

static const struct directive *
directive_of(struct slice word)
{
	for (const struct directive *d = directives; d < directives + NDIRECTIVES; d++)
		if (slice_equal(word, SLICE(d->word)))
			return d;
	return NULL;
}

static void
fault_unknown(const struct parser *p, struct slice word)
{
	struct buf known = BUF(1024);

	for (const struct directive *d = directives; d < directives + NDIRECTIVES; d++)
		if (d->place != IN_SECTION || p->section != NULL)
			buf_addf(&known, "%s%s", known.len > 0 ? " " : "", d->word);
	parse_fault(p->conf, p->line, "unknown word \"%.*s\"; expected one of: %s", SLICE_ARG(word), buf_text(&known));
	buf_release(&known);
}

/* Takes the next word, bare or "quoted", off the front of a line.  Returns NULL, or what is wrong with it. */
static const char *
next_word(struct slice *line, struct slice *word)
{
	*word = SLICE("");
	if (line->at[0] == '"') {
		*line = slice_from(*line, 1);
		if (line->len == 0 || memchr(line->at, '"', line->len) == NULL)
			return "a quote is not closed; expected \"...\" on one line";
		*word = slice_cut(line, '"');
	} else {
		*word = slice_word(line);
	}
	if (slice_has_control(*word))
		return "a control character; expected printable text";
	return NULL;
}

/* Splits the values of a line.  Returns NULL, or what is wrong with it. */
static const char *
split_values(struct slice line, struct words *w)
{
	const char *wrong = NULL;

	while (wrong == NULL) {
		line = slice_trim(line);
		if (line.len == 0 || line.at[0] == '#')
			return NULL;
		if (w->n == WORDS_MAX)
			return "too many values; expected at most 256";
		wrong = next_word(&line, &w->at[w->n++]);
	}
	return wrong;
}

/* In which line the open section says so; 0: it does not. */
static unsigned
line_of(const struct parser *p, const char *word)
{
	return p->seen[directive_of(SLICE(word)) - directives];
}

static void
drop(char **field)
{
	free(*field);
	*field = NULL;
}

static void
drop_auth(struct section *s)
{
	drop(&s->user);
	drop(&s->password_file);
	drop(&s->password_command);
	drop(&s->mechanisms);
}

static bool
names_external(const struct section *s)
{
	return s->mechanisms != NULL && strstr(s->mechanisms, "EXTERNAL") != NULL;
}

/*
 * Whoever can write the reverse zone chooses the name that a relay must prove: so the pattern has to end in a domain
 * that somebody answers for (hazard R11).
 */
static bool
is_open_to_all(const struct section *s)
{
	const char *tail = s->name;   /* behind the last wildcard */

	for (const char *c = s->name; *c != '\0'; c++)
		if (strchr("*?[]\\", *c) != NULL)
			tail = c + 1;
	return tail != s->name && (tail[0] != '.' || strchr(tail + 1, '.') == NULL);
}

/* What is wrong with what a section's lines say of AUTH, with the line it is in; NULL: nothing. */
static const char *
wrong_with_auth(const struct parser *p, const struct section *s, unsigned *line)
{
	*line = s->line;
	if (s->user != NULL && !section_has_secret(s) && !names_external(s))
		return "has no secret; expected password-file or password-command in this section";
	if (s->user != NULL && line_of(p, "discovered") == s->line && is_open_to_all(s))
		return "would be told to relays of any domain; expected a pattern such as *.example.net";
	*line = line_of(p, "password-command");
	if (s->password_file != NULL && s->password_command != NULL)
		return "has two secrets; expected either password-file or password-command";
	*line = *line > 0 ? *line : line_of(p, "password-file");
	if (s->user == NULL && section_has_secret(s))
		return "a secret without a user; expected user in this section";
	*line = line_of(p, "auth");
	if (s->user == NULL && s->mechanisms != NULL && strcmp(s->mechanisms, "EXTERNAL") != 0)
		return "auth without a user; expected user in this section, or EXTERNAL alone";
	return NULL;
}

static void
check_auth(struct parser *p, struct section *s)
{
	unsigned    line;
	const char *wrong;

	if (s->mechanisms != NULL && s->mechanisms[0] == '\0') {
		drop_auth(s);
		return;
	}
	if ((wrong = wrong_with_auth(p, s, &line)) == NULL)
		return;
	if (s->user != NULL)
		parse_fault(p->conf, line, "user %s %s", s->user, wrong);
	else
		parse_fault(p->conf, line, "%s", wrong);
	drop_auth(s);
}

/*
 * A secret goes only to a relay that TLS has proved, so a user demands verify; so does a fingerprint, which is such a
 * proof.  submissions:// has TLS from the start, and who shows a certificate wants it seen: neither can do without.
 */
static void
raise_tls(struct parser *p, struct section *s)
{
	bool           auth = section_authenticates(s), proof = auth || s->tls_fingerprint != NULL;
	enum tls_level least = proof ? TLS_VERIFY : s->tls_at_start || s->tls_cert != NULL ? TLS_ENCRYPT : TLS_NONE;

	if (s->tls >= least)
		return;
	if (line_of(p, "tls") > 0)
		parse_fault(p->conf, line_of(p, "tls"), "tls is too weak for a relay with %s; expected %s",
		    auth ? "a user" : proof ? "tls-fingerprint" : s->tls_at_start ? "submissions://" :
		    "tls-cert", proof ? "verify or dane" : "encrypt, verify or dane");
	s->tls = least;
}

/* What is said and cannot count would be believed to protect. */
static void
check_proof(struct parser *p, struct section *s)
{
	if (s->tls_fingerprint != NULL && s->tls != TLS_VERIFY)
		parse_fault(p->conf, line_of(p, "tls-fingerprint"),
		    "a fingerprint and tls dane; expected one of them in a section");
	if (s->tls_ca != NULL && (s->tls != TLS_VERIFY || s->tls_fingerprint != NULL))
		parse_fault(p->conf, line_of(p, "tls-ca"),
		    "tls-ca where no authority counts; expected tls verify, and no tls-fingerprint, in this section");
	if (s->tls_key != NULL && s->tls_cert == NULL)
		parse_fault(p->conf, line_of(p, "tls-key"),
		    "a key without a certificate; expected tls-cert in this section");
	if (s->tls_cert != NULL && s->tls_key == NULL)
		s->tls_key = xstrdup(s->tls_cert);
	if (s->dnssec && p->in_relay)
		parse_fault(p->conf, line_of(p, "dnssec"),
		    "dnssec for a relay that is not discovered; expected below a discovered line, or tls dane");
}

/* Holds what a section's lines say together. */
static void
check_section(struct parser *p, struct section *s)
{
	raise_tls(p, s);
	check_proof(p, s);
	check_auth(p, s);
}

static void
close_section(struct parser *p)
{
	if (p->section != NULL && p->section->name != NULL)
		check_section(p, p->section);
	p->section = NULL;
}

static void
open_section(struct parser *p, const struct directive *d)
{
	struct conf *c = p->conf;

	p->in_relay = d->set == set_relay;
	p->section = p->in_relay ? &c->relay[c->nrelays - 1] : &c->discovered[c->ndiscovered - 1];
	for (size_t i = 0; i < NDIRECTIVES; i++)
		if (directives[i].place == IN_SECTION)
			p->seen[i] = 0;
}

static void
obey(struct parser *p, const struct directive *d, const struct words *w)
{
	char *base = d->place == IN_SECTION ? (char *)p->section : (char *)p->conf;
	bool  good;

	if (d->place == OPENS)
		close_section(p);
	good = d->place == OPENS || (w->n > 0 && w->n <= d->most);
	good = good && d->set(base + d->offset, w);
	if (d->place == OPENS)
		open_section(p, d);
	p->seen[d - directives] = p->line;
	if (good)
		return;
	if (w->n == 0)
		parse_fault(p->conf, p->line, "%s has no value; expected %s", d->word, d->expected);
	else if (w->n > d->most)
		parse_fault(p->conf, p->line, "%s has too many values; expected %s", d->word, d->expected);
	else
		parse_fault(p->conf, p->line, "bad value for %s; expected %s", d->word, d->expected);
}

static void
parse_line(struct parser *p, struct slice line)
{
	struct words            w;
	struct slice            word;
	const char             *wrong;
	const struct directive *d;

	line = slice_trim(line);
	if (line.len == 0 || line.at[0] == '#')
		return;
	w.n = 0;
	w.line = p->line;
	wrong = next_word(&line, &word);
	w.all = slice_trim(line);
	d = directive_of(word);
	if (wrong == NULL)
		wrong = split_values(line, &w);
	if (wrong != NULL) {
		parse_fault(p->conf, p->line, "%s", wrong);
		if (d != NULL && d->place == OPENS)
			close_section(p);
		return;
	}
	if (d == NULL)
		fault_unknown(p, word);
	else if (d->place == IN_SECTION && p->section == NULL)
		parse_fault(p->conf, p->line, "%s outside a section; expected below a relay or discovered line",
		    d->word);
	else if (d->place != OPENS && p->seen[d - directives] > 0)
		parse_fault(p->conf, p->line, "%s again; expected once, as in line %u", d->word,
		    p->seen[d - directives]);
	else
		obey(p, d, &w);
}

void
parse_text(struct conf *c, struct slice text)
{
	struct parser p = { .conf = c };

	while (text.len > 0) {
		p.line++;
		parse_line(&p, slice_cut(&text, '\n'));
	}
	close_section(&p);
}
