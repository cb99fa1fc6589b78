/* SPDX-License-Identifier: ISC */
#include "runner/select.h"

#include <strings.h>

static bool
contains(const char *text, struct slice part)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + part.len <= len; i++)
		if (strncasecmp(text + i, part.at, part.len) == 0)
			return true;
	return false;
}

static bool
in_id(const struct entry *e, struct slice text, time_t now)
{
	(void)now;
	return contains(e->id, text);
}

static bool
in_recipient(const struct entry *e, struct slice text, time_t now)
{
	(void)now;
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED && contains(e->recipient[i].address, text))
			return true;
	return false;
}

static bool
in_sender(const struct entry *e, struct slice text, time_t now)
{
	(void)now;
	return contains(e->sender, text);
}

static bool
is_due(const struct entry *e, struct slice text, time_t now)
{
	(void)text;
	return e->next <= now;
}

static const struct kind {
	char   letter;
	bool (*holds)(const struct entry *, struct slice text, time_t now);
} kinds[] = {
	{ 'I', in_id },
	{ 'R', in_recipient },
	{ 'S', in_sender },
	{ 'D', is_due },
};

/* Whether one of the terms of this kind holds, or there is none. */
static bool
kind_covers(const struct kind *kind, struct slice terms, const struct entry *e, time_t now)
{
	bool asked = false;

	while (terms.len > 0) {
		struct slice term = slice_cut(&terms, '\t');
		bool         negated = term.len > 0 && term.at[0] == '!';

		term = slice_from(term, negated);
		if (term.len == 0 || term.at[0] != kind->letter)
			continue;
		if (kind->holds(e, slice_from(term, 1), now) != negated)
			return true;
		asked = true;
	}
	return !asked;
}

bool
select_covers(struct slice terms, const struct entry *e, time_t now)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!kind_covers(&kinds[i], terms, e, now))
			return false;
	return true;
}
