/* SPDX-License-Identifier: ISC */
#include "smtp/ehlo.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool
is_word(struct slice word, const char *keyword)
{
	return slice_same(word, SLICE(keyword));
}

static void
parse_auth(struct ehlo *e, struct slice words)
{
	struct slice word;

	while ((word = slice_word(&words)).len > 0) {
		size_t len = strlen(e->auth);

		snprintf(e->auth + len, sizeof e->auth - len, "%s%.*s", len > 0 ? " " : "", SLICE_ARG(word));
	}
}

static void
parse_line(struct ehlo *e, struct slice line)
{
	struct slice keyword = slice_word(&line);

	if (is_word(keyword, "STARTTLS"))
		e->starttls = true;
	else if (is_word(keyword, "PIPELINING"))
		e->pipelining = true;
	else if (is_word(keyword, "CHUNKING"))
		e->chunking = true;
	else if (is_word(keyword, "8BITMIME"))
		e->eightbitmime = true;
	else if (is_word(keyword, "DSN"))
		e->dsn = true;
	else if (is_word(keyword, "SMTPUTF8"))
		e->smtputf8 = true;
	else if (is_word(keyword, "REQUIRETLS"))
		e->requiretls = true;
	else if (is_word(keyword, "AUTH"))
		parse_auth(e, line);
	else if (is_word((struct slice){ keyword.at, keyword.len < 5 ? 0 : 5 }, "AUTH=")) {   /* before RFC 2554 */
		parse_auth(e, slice_from(keyword, 5));
		parse_auth(e, line);
	} else if (is_word(keyword, "SIZE")) {
		e->size_offered = true;
		slice_number(slice_word(&line), ULLONG_MAX, &e->size);
	}
}

/* The first line is a greeting, whatever it looks like. */
void
ehlo_parse(struct ehlo *e, struct slice lines)
{
	*e = (struct ehlo){ 0 };
	slice_cut(&lines, '\n');
	while (lines.len > 0)
		parse_line(e, slice_from(slice_cut(&lines, '\n'), 4));
}
