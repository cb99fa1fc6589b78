/* SPDX-License-Identifier: ISC */
#include "mail/fold.h"

#include <stdbool.h>

/* The longest that begins as a boundary does: RFC 2046, 5.1.1. */
enum { DELIMITER_MAX = 72 };

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
	for (at = room; at > 1 && at + DELIMITER_MAX > room; at--)
		if ((line.at[at] & 0xC0) != 0x80 && line.at[at] != '-')
			return at;
	return room;
}
