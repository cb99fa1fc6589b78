/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

char *
buf_reserve(struct buf *b, size_t size)
{
	size_t room = b->room > 0 ? b->room : 64;

	if (b->full || size > b->max - b->len) {
		b->full = true;
		return NULL;
	}
	while (room < b->len + size + 1)   /* and the NUL */
		room *= 2;
	if (room > b->room) {
		b->at = xreallocarray(b->at, room, 1);
		b->room = room;
	}
	return b->at + b->len;
}

void
buf_end(struct buf *b, char *end)
{
	b->len = (size_t)(end - b->at);
	*end = '\0';
}

void
buf_add(struct buf *b, struct slice s)
{
	char *at = buf_reserve(b, s.len);

	if (at == NULL)
		return;
	if (s.len > 0)
		memcpy(at, s.at, s.len);
	buf_end(b, at + s.len);
}

void
buf_add_byte(struct buf *b, char c)
{
	buf_add(b, (struct slice){ &c, 1 });
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list arguments;
	char   *text;
	int     len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0) {
		b->full = true;
		return;
	}
	buf_add(b, (struct slice){ text, (size_t)len });
	free(text);
}

struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ buf_text(b), b->len };
}

const char *
buf_text(const struct buf *b)
{
	return b->at != NULL ? b->at : "";
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->at[len] = '\0';
}

void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
	b->full = false;
}

void
buf_release(struct buf *b)
{
	free(b->at);
	*b = BUF(b->max);
}
