/* SPDX-License-Identifier: ISC */
#include "mail/header.h"

enum { NAME_MAX_LEN = 900 };   /* with blanks behind it: a fold must find its place behind the colon (mail/fold.h) */

enum line { LINE_UNKNOWN, LINE_FIELD, LINE_FOLD, LINE_EMPTY, LINE_MBOX, LINE_BODY };

/* RFC 5322, 3.6.8: printable ASCII without the colon. */
static size_t
name_len(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.at[n] > ' ' && line.at[n] < 127 && line.at[n] != ':')
		n++;
	return n;
}

/* Where the colon of a field stands in its first line; 0 when the line is no field, line.len when it is too short. */
static size_t
colon_at(struct slice line)
{
	size_t at = name_len(line);

	if (at == 0)
		return 0;
	while (at < line.len && is_wsp(line.at[at]))
		at++;
	return at <= NAME_MAX_LEN && (at == line.len || line.at[at] == ':') ? at : 0;
}

static bool
is_mbox_line(struct slice line)
{
	return slice_begins(line, SLICE("From ")) || slice_begins(line, SLICE(">From "));
}

/* The first line with its end; 0 when that is not there. */
static size_t
line_len(struct slice text)
{
	const char *end = text.len > 0 ? memchr(text.at, '\n', text.len) : NULL;

	return end != NULL ? (size_t)(end - text.at) + 1 : 0;
}

static enum line
kind_of_line(struct slice text)
{
	size_t colon = colon_at(text);

	if (text.len == 0 || (text.len == 1 && text.at[0] == '\r'))
		return LINE_UNKNOWN;
	if (is_wsp(text.at[0]))
		return LINE_FOLD;
	if (text.at[0] == '\r')
		return LINE_EMPTY;
	if (colon > 0)
		return colon < text.len ? LINE_FIELD : LINE_UNKNOWN;
	return is_mbox_line(text) ? LINE_MBOX : LINE_BODY;
}

/* The header is over in front of line. */
static bool
over(struct header *h, enum line line)
{
	if (h->end == h->begin && line != LINE_EMPTY)
		h->begin = h->end = 0;   /* there is no field: a "From " line was text, too */
	h->body = h->end + (line == LINE_EMPTY ? 2 : 0);
	return true;
}

bool
header_find(struct header *h, struct slice text, bool is_all)
{
	for (;;) {
		struct slice rest = slice_from(text, h->end);
		enum line    line = kind_of_line(rest);
		size_t       len = line_len(rest);
		bool         is_first = h->end == h->begin;

		if (line == LINE_BODY || (line == LINE_FOLD && is_first) || (line == LINE_MBOX && !is_first) ||
		    (line == LINE_EMPTY && len > 0))
			return over(h, line);
		if (line == LINE_UNKNOWN || len == 0)
			return is_all && over(h, LINE_BODY);
		h->end += len;
		if (line == LINE_MBOX)
			h->begin = h->end;
	}
}

bool
header_next(struct slice *header, struct field *f)
{
	size_t len = line_len(*header), colon = colon_at(*header), more;

	if (len == 0 || colon == 0 || colon >= len)
		return false;
	while (len < header->len && is_wsp(header->at[len]) && (more = line_len(slice_from(*header, len))) > 0)
		len += more;
	f->whole = (struct slice){ header->at, len };
	f->name = (struct slice){ header->at, name_len(*header) };
	f->body = slice_from(f->whole, colon + 1);
	if (slice_ends(f->body, SLICE("\r\n")))
		f->body.len -= 2;
	*header = slice_from(*header, len);
	return true;
}

bool
header_waives_tls(struct slice header)
{
	struct field f;
	size_t       nfields = 0, nwaivers = 0;

	while (header_next(&header, &f))
		if (slice_same(f.name, SLICE("TLS-Required"))) {
			nfields++;
			nwaivers += slice_same(slice_trim(f.body), SLICE("No"));
		}
	return nfields == 1 && nwaivers == 1;
}
