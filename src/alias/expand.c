/* SPDX-License-Identifier: ISC */
#include "alias/expand.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "conf/text.h"
#include "alias/aliases.h"

enum {
	FILE_MAX  = 1 << 20,   /* octets */
	DEPTH_MAX = 32,        /* of aliases that lead to aliases or files */
};

enum state { UNTOUCHED, OPEN, DONE, SPOILT };   /* the last: something in it stands for each name that leads here */

/* One expansion under way. */
struct expansion {
	const struct conf *conf;
	struct aliases     aliases;
	enum state        *state;    /* of each alias; owned */
	struct recipients  to;       /* what came of it */
	struct buf        *faults;
	struct problem    *why;
};

/* Who is expanded at the moment, and from where the list comes that is read. */
struct place {
	const struct mailbox *name;
	const char           *file;
	unsigned              line;
	unsigned              depth;
	bool                 *spoilt;   /* of the alias */
	const struct place   *outer;    /* whose list includes this file; NULL: it is the aliases' own */
};

static int expand_mailbox(struct expansion *, const struct mailbox *, unsigned depth);

static const char *
domain_of(const struct mailbox *m)
{
	return m->bare ? "localhost" : strrchr(m->address, '@') + 1;
}

static bool
is_domain(const struct mailbox *m, const char *domain)
{
	return slice_same(SLICE(domain_of(m)), SLICE(domain));
}

static bool
is_of_host(const struct expansion *e, const struct mailbox *m)
{
	return is_domain(m, "localhost") || is_domain(m, e->conf->hostname);
}

/* NAME@localhost means nothing to a relay: it is a bare name (RFC 6761, 6.3). */
static int
send_on(struct expansion *e, const struct mailbox *m)
{
	struct mailbox to = *m;

	if (!to.bare && is_domain(m, "localhost")) {
		*strrchr(to.address, '@') = '\0';
		to.bare = true;
	}
	if (address_complete(&to, e->conf->mailname, e->why) != 0)
		return -1;
	return recipients_add_mailbox(&e->to, &to, e->why);
}

/*
 * A name without an alias.  The postmaster, who may have one, speaks for names of this host; a mailname that is not the
 * host's own name is a domain with users of its own.
 */
static int
send_unknown(struct expansion *e, const struct mailbox *m, unsigned depth)
{
	struct mailbox postmaster = { 0 };

	if (e->conf->postmaster == NULL || !is_of_host(e, m) || address_same(m->address, e->conf->postmaster))
		return send_on(e, m);
	strlcpy(postmaster.address, e->conf->postmaster, sizeof postmaster.address);
	return expand_mailbox(e, &postmaster, depth + 1);
}

/* What is of no use stands for the name. */
static int
stand_in(struct expansion *e, const struct place *p, const char *what)
{
	buf_addf(e->faults, "%s:%u: %s\n", p->file, p->line, what);
	*p->spoilt = true;
	return send_unknown(e, p->name, p->depth);
}

/* Adds the content of a file that may say where mail goes; returns what is wrong with it in a few words, or NULL. */
static const char *
read_file(const struct expansion *e, const char *path, struct buf *text)
{
	return text_read_trusted(path, text, e->conf->is_private ? getuid() : 0);
}

static int expand_value(struct expansion *, const struct place *, const struct value *);

/* Returns how many values there are, or -1. */
static int
expand_list(struct expansion *e, const struct place *p, struct slice list)
{
	struct value   v;
	struct problem wrong;
	int            n = 0, found, result = 0;

	while (result == 0 && (found = aliases_value(&list, &v, &wrong)) != 0) {
		n++;
		result = found > 0 ? expand_value(e, p, &v) : stand_in(e, p, wrong.text);
	}
	return result == 0 ? n : -1;
}

static int
expand_lines(struct expansion *e, struct place *p, struct slice text)
{
	int n = 0, more = 0;

	for (p->line = 1; text.len > 0 && more >= 0; p->line++) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));

		more = line.len > 0 && line.at[0] != '#' ? expand_list(e, p, line) : 0;
		n += more;
	}
	return more >= 0 ? n : -1;
}

/* Two that include each other twice would be read for ever, however few may stand in one another. */
static const char *
read_include(const struct expansion *e, const struct place *p, const char *path, struct buf *text)
{
	if (p->depth >= DEPTH_MAX)
		return "too many files that include files";
	for (const struct place *around = p; around->outer != NULL; around = around->outer)
		if (strcmp(around->file, path) == 0)
			return "it includes itself";
	return read_file(e, path, text);
}

static int
expand_include(struct expansion *e, const struct place *p, const char *path)
{
	struct buf   text = BUF(FILE_MAX), what = BUF(PATH_MAX + 128);
	struct place inside = { .name = p->name, .file = path, .depth = p->depth + 1, .spoilt = p->spoilt, .outer = p };
	const char  *wrong = read_include(e, p, path, &text);
	int          n = wrong == NULL ? expand_lines(e, &inside, buf_slice(&text)) : 0;

	if (n == 0) {
		buf_addf(&what, ":include:%s: %s", path, wrong != NULL ? wrong : "nobody is in it");
		n = stand_in(e, p, buf_text(&what));
	}
	buf_release(&text);
	buf_release(&what);
	return n < 0 ? -1 : 0;
}

static int
expand_value(struct expansion *e, const struct place *p, const struct value *v)
{
	char *path;
	int   result;

	if (v->kind == VALUE_MAILBOX)
		return expand_mailbox(e, &v->mailbox, p->depth + 1);
	if (v->kind == VALUE_LAST)
		return send_on(e, &v->mailbox);
	path = slice_dup(v->file);
	result = expand_include(e, p, path);
	free(path);
	return result;
}

/* The alias of a local name, its own or the one for all; NULL when there is none. */
static const struct alias *
alias_of(const struct expansion *e, const struct mailbox *m)
{
	const struct alias *a;
	char               *name = xstrdup(m->address);

	if (!m->bare)
		*strrchr(name, '@') = '\0';
	a = aliases_find(&e->aliases, name);
	free(name);
	return a == NULL && is_of_host(e, m) ? aliases_find(&e->aliases, "*") : a;
}

static int
expand_alias(struct expansion *e, const struct mailbox *m, const struct alias *a, unsigned depth)
{
	enum state  *state = &e->state[a - e->aliases.alias];
	bool         spoilt = false;
	struct place p = { .name = m, .file = e->conf->aliases, .line = a->line, .depth = depth, .spoilt = &spoilt };
	int          n;

	if (*state == DONE)   /* whoever it stands for is there already */
		return 0;
	if (*state == SPOILT)
		return send_unknown(e, m, depth);
	if (*state == OPEN)
		return send_on(e, m);
	if (depth >= DEPTH_MAX) {
		buf_addf(e->faults, "%s:%u: too many aliases that lead to aliases\n", p.file, p.line);
		return send_on(e, m);
	}
	*state = OPEN;
	n = expand_list(e, &p, SLICE(a->values));
	if (n == 0)
		n = stand_in(e, &p, "an alias for nobody");
	*state = spoilt ? SPOILT : DONE;
	return n < 0 ? -1 : 0;
}

static bool
is_local(const struct expansion *e, const struct mailbox *m)
{
	return is_of_host(e, m) || is_domain(m, e->conf->mailname);
}

static int
expand_mailbox(struct expansion *e, const struct mailbox *m, unsigned depth)
{
	const struct alias *a;

	if (!is_local(e, m))
		return send_on(e, m);
	a = alias_of(e, m);
	return a != NULL ? expand_alias(e, m, a, depth) : send_unknown(e, m, depth);
}

/* Returns whether there is a file. */
static bool
start(struct expansion *e)
{
	struct buf  text = BUF(FILE_MAX);
	const char *wrong = read_file(e, e->conf->aliases, &text);
	bool        missing = wrong != NULL && errno == ENOENT;

	if (wrong == NULL)
		aliases_parse(&e->aliases, buf_slice(&text), e->conf->aliases, e->faults);
	else if (!missing)
		buf_addf(e->faults, "%s: %s\n", e->conf->aliases, wrong);
	e->state = xcalloc(e->aliases.naliases + 1, sizeof *e->state);
	buf_release(&text);
	return !missing;
}

static void
end(struct expansion *e)
{
	free(e->state);
	aliases_release(&e->aliases);
	recipients_release(&e->to);
}

int
expand(struct recipients *r, const struct conf *conf, struct buf *faults, struct problem *why)
{
	struct expansion  e = { .conf = conf, .faults = faults, .why = why };
	struct recipients before = *r;
	int               result = 0;
	size_t            i = 0;

	while (i < r->nmailboxes && !is_local(&e, &r->mailbox[i]))
		i++;
	if (i < r->nmailboxes)
		start(&e);
	for (i = 0; i < r->nmailboxes && result == 0; i++)
		result = expand_mailbox(&e, &r->mailbox[i], 0);
	if (result == 0) {
		*r = e.to;
		e.to = before;
	}
	end(&e);
	return result;
}

int
expand_examine(const struct conf *conf, struct buf *faults)
{
	struct problem   why;
	struct expansion e = { .conf = conf, .faults = faults, .why = &why };
	int              n = start(&e) ? (int)e.aliases.naliases : -1;

	for (int i = 0; i < n; i++) {
		struct mailbox name = { .bare = true };

		strlcpy(name.address, e.aliases.alias[i].name, sizeof name.address);
		if (expand_alias(&e, &name, &e.aliases.alias[i], 0) != 0)
			buf_addf(faults, "%s:%u: %s\n", conf->aliases, e.aliases.alias[i].line, why.text);
		e.to.nmailboxes = 0;
	}
	end(&e);
	return n;
}
