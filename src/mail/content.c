/* SPDX-License-Identifier: ISC */
#include "mail/content.h"

#include <stdbool.h>
#include <string.h>

/* Takes a comment, blanks and folds off the front: RFC 5322, 3.2.2. */
static void
skip_space(struct slice *s)
{
	unsigned depth = 0;

	for (; s->len > 0; *s = slice_from(*s, 1)) {
		char c = s->at[0];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			*s = slice_from(*s, 1);
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
	}
}

/* RFC 2045, 5.1: a token, or nothing. */
static struct slice
take_token(struct slice *s)
{
	struct slice token;
	size_t       n = 0;

	skip_space(s);
	while (n < s->len && s->at[n] > ' ' && s->at[n] < 127 && strchr("()<>@,;:\\\"/[]?=", s->at[n]) == NULL)
		n++;
	token = (struct slice){ s->at, n };
	*s = slice_from(*s, n);
	return token;
}

static bool
take_char(struct slice *s, char c)
{
	skip_space(s);
	if (s->len == 0 || s->at[0] != c)
		return false;
	*s = slice_from(*s, 1);
	return true;
}

/* Copies a quoted string without its quotes; what does not fit counts in *len and is not copied. */
static void
copy_quoted(struct slice *s, char *at, size_t room, size_t *len)
{
	while (s->len > 0 && s->at[0] != '"') {
		if (s->at[0] == '\\' && s->len > 1)
			*s = slice_from(*s, 1);
		if (*len < room)
			at[*len] = s->at[0];
		*len += 1;
		*s = slice_from(*s, 1);
	}
	take_char(s, '"');
}

/* One parameter's value, as copy_quoted. */
static size_t
take_value(struct slice *s, char *at, size_t room)
{
	struct slice token;
	size_t       len = 0;

	if (take_char(s, '"')) {
		copy_quoted(s, at, room, &len);
		return len;
	}
	token = take_token(s);
	memcpy(at, token.at, token.len < room ? token.len : room);
	return token.len;
}

/* The first boundary among the parameters.  Returns whether it is one: RFC 2046, 5.1.1. */
static bool
find_boundary(struct content *c, struct slice parameters)
{
	while (take_char(&parameters, ';')) {
		struct slice name = take_token(&parameters);

		if (!take_char(&parameters, '='))
			return false;
		c->boundary_len = take_value(&parameters, c->boundary, BOUNDARY_MAX);
		if (slice_same(name, SLICE("boundary")))
			return c->boundary_len > 0 && c->boundary_len <= BOUNDARY_MAX &&
			    c->boundary[c->boundary_len - 1] != ' ';
	}
	return false;
}

static enum content_kind
kind_of(struct slice type, struct slice subtype)
{
	if (slice_same(type, SLICE("message")))
		return CONTENT_SEALED;
	if (!slice_same(type, SLICE("multipart")))
		return CONTENT_LEAF;
	if (slice_same(subtype, SLICE("signed")) || slice_same(subtype, SLICE("encrypted")))
		return CONTENT_SEALED;
	return slice_same(subtype, SLICE("digest")) ? CONTENT_DIGEST : CONTENT_MULTIPART;
}

void
content_read(struct content *c, struct slice text)
{
	struct slice type = take_token(&text), subtype = { text.at, 0 };

	*c = (struct content){ 0 };
	if (take_char(&text, '/'))
		subtype = take_token(&text);
	c->kind = kind_of(type, subtype);
	if ((c->kind == CONTENT_MULTIPART || c->kind == CONTENT_DIGEST) && !find_boundary(c, text))
		c->kind = CONTENT_SEALED;
}

enum content_encoding
content_encoding(struct slice text)
{
	static const char *const none[] = { "", "7bit", "8bit", "binary" };
	struct slice             name = take_token(&text);

	skip_space(&text);
	if (text.len > 0)
		return ENCODING_OTHER;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (slice_same(name, SLICE(none[i])))
			return ENCODING_NONE;
	return slice_same(name, SLICE("quoted-printable")) ? ENCODING_QUOTED : ENCODING_OTHER;
}
