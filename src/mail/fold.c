/* SPDX-License-Identifier: ISC */
#include "mail/fold.h"

#include <stdbool.h>
#include <string.h>

/* The longest delimiter, but for the two hyphens behind the last one: RFC 2046, 5.1.1. */
enum { DELIMITER_MAX = 72 };

/* Blanks may follow a delimiter.  What is no delimiter as it stands must not leave one in front when it is parted. */
static bool
may_delimit(struct slice line, size_t at)
{
	struct slice front = slice_trim((struct slice){ line.at, at });

	return line.at[0] == '-' && slice_begins(front, SLICE("--")) && front.len <= DELIMITER_MAX + strlen("--");
}

/* RFC 5322, 4.5.8: blanks may stand between a field's name and its colon, and what is parted there is no field. */
static bool
is_before_colon(struct slice line, size_t at)
{
	while (at < line.len && is_wsp(line.at[at]))
		at++;
	return at < line.len && line.at[at] == ':';
}

static bool
may_part(struct slice line, size_t at, enum fold how)
{
	if (may_delimit(line, at))
		return false;
	if (how == FOLD_FIELD)
		return is_wsp(line.at[at]) && !is_wsp(line.at[at - 1]) && !is_before_colon(line, at);
	return is_wsp(line.at[at - 1]) && line.at[at] != '-';
}

size_t
fold_at(struct slice line, size_t room, enum fold how)
{
	size_t at = room;

	while (at > 1 && !may_part(line, at, how))
		at--;
	if (at > 1)
		return at;
	for (at = room; how == FOLD_FIELD && at > 1 && at + DELIMITER_MAX > room; at--)
		if (line.at[at - 1] == ',')   /* of a list of addresses: RFC 5322, 3.4 */
			return at;
	for (at = room; at > 1 && at + DELIMITER_MAX > room; at--)
		if ((line.at[at] & 0xC0) != 0x80 && line.at[at] != '-' && !may_delimit(line, at))
			return at;
	/* Nothing but blanks behind what may delimit: part that. */
	return may_delimit(line, room) ? slice_trim((struct slice){ line.at, room }).len - 1 : room;
}
