/* SPDX-License-Identifier: ISC */
#include "base/slice.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"

bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool
slice_same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

bool
slice_begins(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_equal((struct slice){ s.at, prefix.len }, prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_equal(slice_from(s, s.len - suffix.len), suffix);
}

struct slice
slice_from(struct slice s, size_t start)
{
	if (start > s.len)
		start = s.len;
	return start == 0 ? s : (struct slice){ s.at + start, s.len - start };   /* nothing may be at NULL */
}

static bool
is_blank(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = slice_from(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct slice
slice_cut(struct slice *rest, char c)
{
	struct slice first = *rest;
	const char  *end = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;

	if (end == NULL) {
		*rest = slice_from(*rest, rest->len);
		return first;
	}
	first.len = (size_t)(end - rest->at);
	*rest = slice_from(*rest, first.len + 1);
	return first;
}

struct slice
slice_word(struct slice *rest)
{
	struct slice word = slice_trim(*rest);
	size_t       len = 0;

	while (len < word.len && !is_blank(word.at[len]))
		len++;
	*rest = slice_from(word, len);
	word.len = len;
	return word;
}

size_t
slice_line_len(struct slice s)
{
	size_t len = 0;

	while (len < s.len && s.at[len] != '\r' && s.at[len] != '\n')
		len++;
	return len;
}

bool
slice_number(struct slice s, unsigned long long max, unsigned long long *number)
{
	unsigned long long sum = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.at[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

bool
slice_has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 127)
			return true;
	return false;
}

/* Messages of many megabytes pass here: eight octets a step. */
bool
slice_is_ascii(struct slice s)
{
	uint64_t eight, all = 0;

	for (; s.len >= sizeof eight; s = slice_from(s, sizeof eight)) {
		memcpy(&eight, s.at, sizeof eight);
		all |= eight;
	}
	for (size_t i = 0; i < s.len; i++)
		all |= (unsigned char)s.at[i];
	return (all & 0x8080808080808080u) == 0;
}

char *
slice_dup(struct slice s)
{
	char *copy = xmalloc(s.len + 1);

	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	return copy;
}
