/* SPDX-License-Identifier: ISC */
#include "conf/parse.h"

#include <stdarg.h>
#include <string.h>

#include "base/problem.h"
#include "conf/section.h"

struct parser {
	struct conf    *conf;
	struct lines    lines;     /* of the file, and of the open section */
	struct section *section;   /* the open one, or NULL */
	unsigned        line;
};

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

static void
fault_unknown(const struct parser *p, struct slice word)
{
	struct buf known = BUF(1024);

	for (const struct directive *d = directives; d->word != NULL; d++)
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

static void
close_section(struct parser *p)
{
	if (p->section != NULL && p->section->name != NULL)
		section_check(&p->lines, p->section);
	p->section = NULL;
}

static void
open_section(struct parser *p, const struct directive *d)
{
	struct conf *c = p->conf;

	p->lines.in_relay = slice_equal(SLICE(d->word), SLICE("relay"));
	p->section = p->lines.in_relay ? &c->relay[c->nrelays - 1] : &c->discovered[c->ndiscovered - 1];
	for (size_t i = 0; directives[i].word != NULL; i++)
		if (directives[i].place == IN_SECTION)
			p->lines.seen[i] = 0;
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
	p->lines.seen[d - directives] = p->line;
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
	else if (d->place != OPENS && p->lines.seen[d - directives] > 0)
		parse_fault(p->conf, p->line, "%s again; expected once, as in line %u", d->word,
		    p->lines.seen[d - directives]);
	else
		obey(p, d, &w);
}

void
parse_text(struct conf *c, struct slice text)
{
	struct parser p = { .conf = c, .lines.conf = c };

	while (text.len > 0) {
		p.line++;
		parse_line(&p, slice_cut(&text, '\n'));
	}
	close_section(&p);
}
