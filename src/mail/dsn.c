/* SPDX-License-Identifier: ISC */
#include "mail/dsn.h"

static const char *const events[] = { "SUCCESS", "FAILURE", "DELAY" };

enum { EVENTS = sizeof events / sizeof *events };

/* A bit for each event; 0 where a word is none of them. */
static unsigned
read_events(struct slice list)
{
	unsigned wanted = 0;

	for (;;) {
		bool         is_last = list.len == 0 || memchr(list.at, ',', list.len) == NULL;
		struct slice word = slice_cut(&list, ',');
		int          i = 0;

		while (i < EVENTS && !slice_same(word, SLICE(events[i])))
			i++;
		if (i == EVENTS)
			return 0;
		wanted |= 1u << i;
		if (is_last)
			return wanted;
	}
}

bool
dsn_notify(struct slice list, struct buf *out)
{
	unsigned    wanted = read_events(list);
	const char *before = "";

	if (slice_same(list, SLICE("NEVER"))) {
		buf_add(out, SLICE("NEVER"));
		return true;
	}
	for (int i = 0; i < EVENTS; i++)
		if (wanted & 1u << i) {
			buf_addf(out, "%s%s", before, events[i]);
			before = ",";
		}
	return wanted != 0;
}

const char *
dsn_ret(struct slice s)
{
	if (slice_same(s, SLICE("FULL")))
		return "FULL";
	return slice_same(s, SLICE("HDRS")) ? "HDRS" : NULL;
}

/* The value of a capital hexadecimal digit, -1 for anything else. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
is_encoded(struct slice s)
{
	return s.len >= 3 && s.at[0] == '+' && digit(s.at[1]) >= 0 && digit(s.at[2]) >= 0;
}

static bool
is_xchar(char c)
{
	return c > ' ' && c < 127 && c != '+' && c != '=';
}

static bool
is_xtext(struct slice s)
{
	if (s.len == 0)
		return false;
	while (s.len > 0 && (is_xchar(s.at[0]) || is_encoded(s)))
		s = slice_from(s, s.at[0] == '+' ? 3 : 1);
	return s.len == 0;
}

bool
dsn_is_envid(struct slice s)
{
	return s.len <= DSN_MAX_ENVID && is_xtext(s);
}

bool
dsn_is_orcpt(struct slice s)
{
	struct slice rest = s, type = slice_cut(&rest, ';');

	if (s.len > DSN_MAX_ORCPT || type.len == 0 || !is_xtext(rest))
		return false;
	for (size_t i = 0; i < type.len; i++)
		if (!is_xchar(type.at[i]))
			return false;
	return true;
}

void
dsn_encode(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_addf(out, is_xchar(text.at[i]) ? "%c" : "+%02X", (unsigned char)text.at[i]);
}

void
dsn_decode(struct buf *out, struct slice s)
{
	while (s.len > 0) {
		bool encoded = is_encoded(s);

		buf_add_byte(out, encoded ? (char)(digit(s.at[1]) << 4 | digit(s.at[2])) : s.at[0]);
		s = slice_from(s, encoded ? 3 : 1);
	}
}

bool
dsn_wants(const char *notify, const char *event)
{
	struct slice list = SLICE(notify != NULL ? notify : "FAILURE,DELAY");

	while (list.len > 0)
		if (slice_same(slice_cut(&list, ','), SLICE(event)))
			return true;
	return false;
}
