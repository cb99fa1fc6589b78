/* SPDX-License-Identifier: ISC */
#include "mail/utf8.h"

#include <stddef.h>

/* RFC 3629, 4: what may follow a first octet. */
static const struct { unsigned char first, last, more, low, high; } firsts[] = {
	{ 0x00, 0x7F, 0, 0, 0 },
	{ 0xC2, 0xDF, 1, 0x80, 0xBF },
	{ 0xE0, 0xE0, 2, 0xA0, 0xBF },
	{ 0xE1, 0xEC, 2, 0x80, 0xBF },
	{ 0xED, 0xED, 2, 0x80, 0x9F },
	{ 0xEE, 0xEF, 2, 0x80, 0xBF },
	{ 0xF0, 0xF0, 3, 0x90, 0xBF },
	{ 0xF1, 0xF3, 3, 0x80, 0xBF },
	{ 0xF4, 0xF4, 3, 0x80, 0x8F },
};

static void
begin(struct utf8 *u, unsigned char c)
{
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
		if (c >= firsts[i].first && c <= firsts[i].last) {
			u->more = firsts[i].more;
			u->low = firsts[i].low;
			u->high = firsts[i].high;
			return;
		}
	u->bad = true;
}

static void
go_on(struct utf8 *u, unsigned char c)
{
	u->bad = u->bad || c < u->low || c > u->high;
	u->more--;
	u->low = 0x80;
	u->high = 0xBF;
}

void
utf8_add(struct utf8 *u, struct slice s)
{
	for (size_t i = 0; i < s.len && !u->bad; i++)
		(u->more > 0 ? go_on : begin)(u, (unsigned char)s.at[i]);
}

bool
utf8_holds(const struct utf8 *u)
{
	return !u->bad && u->more == 0;
}

const char *
utf8_charset(const struct utf8 *u)
{
	return utf8_holds(u) ? "utf-8" : "unknown-8bit";
}
