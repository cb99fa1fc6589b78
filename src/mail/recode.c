/* SPDX-License-Identifier: ISC */
#include "mail/recode.h"

#include "mail/fold.h"
#include "mail/quoted.h"

static void
clear_header(struct recode_header *h)
{
	buf_clear(&h->type);
	buf_clear(&h->encoding);
	buf_clear(&h->held);
	*h = (struct recode_header){ .type = h->type, .encoding = h->encoding, .held = h->held };
}

void
recode_init(struct recode *r, const char *charset)
{
	*r = (struct recode){
		.charset = charset,
		.line = BUF(FOLD_LINE_MAX),
		.header = {
			.type = BUF(RECODE_FIELD_MAX), .encoding = BUF(RECODE_FIELD_MAX), .held = BUF(RECODE_FIELD_MAX),
		},
	};
}

void
recode_release(struct recode *r)
{
	buf_release(&r->line);
	buf_release(&r->header.type);
	buf_release(&r->header.encoding);
	buf_release(&r->header.held);
}

/*
 * Boundaries.  RFC 2046, 5.1.1: a delimiter is two hyphens and the boundary, two more at the last one, and blanks.
 */

/* Whether line is a delimiter of a multipart; *is_last: its last one. */
static bool
is_delimiter(const struct content *multipart, struct slice line, bool *is_last)
{
	struct slice boundary = { multipart->boundary, multipart->boundary_len };

	if (!slice_begins(line, SLICE("--")) || !slice_begins(slice_from(line, 2), boundary))
		return false;
	line = slice_from(line, 2 + boundary.len);
	*is_last = slice_begins(line, SLICE("--"));
	return slice_trim(slice_from(line, *is_last ? 2 : 0)).len == 0;
}

/* The innermost multipart that a line delimits ends what is within it: RFC 2046, 5.1.2. */
static bool
delimits(struct recode *r, struct slice line)
{
	bool is_last;

	for (size_t depth = r->depth; depth > 0; depth--) {
		if (!is_delimiter(&r->within[depth - 1], line, &is_last))
			continue;
		r->depth = is_last ? depth - 1 : depth;
		r->place = is_last ? RECODE_KEPT : RECODE_HEADER;
		r->is_part = true;
		return true;
	}
	return false;
}

/* The header of an entity. */

static bool
is_encoded_already(const struct recode *r, enum content_encoding *encoding)
{
	*encoding = content_encoding(buf_slice(&r->header.encoding));
	return *encoding != ENCODING_NONE || r->header.encoding.full;
}

static bool
may_not_change(const struct recode *r)
{
	const struct recode_header *h = &r->header;

	return r->charset == NULL || h->ntypes > 1 || h->nencodings > 1 || h->type.full || (!r->is_part && h->is_signed);
}

/* What becomes of what follows the header; a multipart is entered. */
static enum recode_place
place_of_body(struct recode *r)
{
	enum content_encoding encoding;
	struct content        c;
	bool                  is_in_digest = r->depth > 0 && r->within[r->depth - 1].kind == CONTENT_DIGEST;

	content_read(&c, buf_slice(&r->header.type));
	if (may_not_change(r) || c.kind == CONTENT_SEALED || (r->header.ntypes == 0 && is_in_digest))
		return RECODE_KEPT;
	if (is_encoded_already(r, &encoding))
		return encoding == ENCODING_QUOTED && c.kind == CONTENT_LEAF ? RECODE_QUOTED : RECODE_KEPT;
	if (c.kind == CONTENT_LEAF)
		return RECODE_ENCODED;
	if (r->depth < RECODE_DEPTH_MAX)
		r->within[r->depth++] = c;
	return RECODE_KEPT;   /* what stands in front of the first part is for nobody: RFC 2046, 5.1.1 */
}

/* RFC 2045, 4: without its version a message has no MIME, and text without a type is ASCII. */
static void
add_encoding(const struct recode *r, struct buf *out)
{
	if (!r->is_part && !r->header.has_version)
		buf_add(out, SLICE("MIME-Version: 1.0\r\n"));
	if (!r->is_part && r->header.ntypes == 0)
		buf_addf(out, "Content-Type: text/plain; charset=%s\r\n", r->charset);
	buf_add(out, SLICE("Content-Transfer-Encoding: quoted-printable\r\n"));
}

static void
end_header(struct recode *r, enum recode_place place, struct buf *out)
{
	r->place = place;
	if (place == RECODE_ENCODED)
		add_encoding(r, out);
	else
		buf_add(out, buf_slice(&r->header.held));
	clear_header(&r->header);
}

/* Signatures over the octets of the body: RFC 6376, 3.4; RFC 8617. */
static bool
is_signature(struct slice name)
{
	return slice_same(name, SLICE("DKIM-Signature")) || slice_same(name, SLICE("ARC-Message-Signature")) ||
	    slice_same(name, SLICE("DomainKey-Signature"));
}

static void
begin_field(struct recode_header *h, struct slice name)
{
	h->nfields++;
	h->field = FIELD_OTHER;
	if (slice_same(name, SLICE("Content-Type")))
		h->ntypes++, h->field = FIELD_TYPE;
	else if (slice_same(name, SLICE("Content-Transfer-Encoding")))
		h->nencodings++, h->field = FIELD_ENCODING;
	else if (slice_same(name, SLICE("MIME-Version")))
		h->has_version = true;
	h->is_signed = h->is_signed || is_signature(name);
}

/* Looks at a line of the header, as far as it fits into r->line.  A line that is no field ends it. */
static void
begin_header_line(struct recode *r, struct buf *out)
{
	struct slice rest = buf_slice(&r->line), name = slice_cut(&rest, ':');

	if (r->line.len == 0)
		end_header(r, place_of_body(r), out);
	else if (!is_wsp(name.at[0]) && name.len < r->line.len)
		begin_field(&r->header, slice_trim(name));
	else if (!is_wsp(name.at[0]) || r->header.nfields == 0)
		end_header(r, RECODE_KEPT, out);
}

/* What counts in a field; its name does not. */
static void
note_field(struct recode *r, struct slice text)
{
	if (!r->middle && text.len > 0 && !is_wsp(text.at[0]))
		slice_cut(&text, ':');
	if (r->header.field == FIELD_TYPE)
		buf_add(&r->header.type, text);
	else if (r->header.field == FIELD_ENCODING)
		buf_add(&r->header.encoding, text);
}

/* Lines. */

static void
begin_line(struct recode *r, struct buf *out)
{
	bool in_header = r->place == RECODE_HEADER;

	if (delimits(r, buf_slice(&r->line))) {
		if (in_header)   /* of a part without a body */
			end_header(r, r->place, out);
	} else if (in_header) {
		begin_header_line(r, out);
	}
}

/* What goes out of a line that is not encoded here; whether the encoding that a part names holds is not known yet. */
static void
put(struct recode *r, struct slice text, const char *end, struct buf *out)
{
	bool held = r->place == RECODE_HEADER && r->header.field == FIELD_ENCODING;

	if (r->place == RECODE_HEADER)
		note_field(r, text);
	buf_add(held ? &r->header.held : out, text);
	buf_add(held ? &r->header.held : out, SLICE(end));
}

/* RFC 2045, 6.7 (5): in quoted-printable a line goes on behind "=".  No "=XX" is parted. */
static size_t
quoted_at(struct slice line, size_t room)
{
	for (size_t at = room; at > room - strlen("XX"); at--)
		if (line.at[at - 1] == '=')
			return at - 1;
	return room;
}

/* Puts out some of a line that is full and goes on: what stays is the begin of the next one. */
static void
part_line(struct recode *r, struct buf *out)
{
	enum { ROOM = 988 };   /* a multiple of four: base64 stays in groups */
	char         copy[FOLD_LINE_MAX];
	struct slice line = { copy, r->line.len };
	bool         is_field = r->place == RECODE_HEADER;
	size_t       at;

	memcpy(copy, r->line.at, line.len);
	if (r->place == RECODE_QUOTED)
		at = quoted_at(line, ROOM);
	else
		at = fold_at(line, ROOM, is_field ? FOLD_FIELD : FOLD_TEXT);
	put(r, (struct slice){ copy, at }, r->place == RECODE_QUOTED ? "=\r\n" : "\r\n", out);
	buf_clear(&r->line);
	if (is_field && !is_wsp(copy[at]))
		buf_add_byte(&r->line, ' ');
	buf_add(&r->line, slice_from(line, at));
}

static void
encode(struct recode *r, bool is_end, struct buf *out)
{
	utf8_add(&r->utf8, buf_slice(&r->line));
	quoted_add(out, &r->column, buf_slice(&r->line), is_end);
	buf_clear(&r->line);
}

/* The line is full, and goes on. */
static void
make_room(struct recode *r, struct buf *out)
{
	if (!r->middle)
		begin_line(r, out);
	if (r->place == RECODE_ENCODED)
		encode(r, false, out);
	else
		part_line(r, out);
	r->middle = true;
}

static void
end_line(struct recode *r, struct buf *out)
{
	if (!r->middle)
		begin_line(r, out);
	if (r->place == RECODE_ENCODED)
		encode(r, true, out);
	else
		put(r, buf_slice(&r->line), "\r\n", out);
	buf_clear(&r->line);
	r->middle = false;
}

static void
add_text(struct recode *r, struct slice text, struct buf *out)
{
	while (text.len > 0) {
		size_t n;

		if (r->line.len == FOLD_LINE_MAX)
			make_room(r, out);
		n = FOLD_LINE_MAX - r->line.len < text.len ? FOLD_LINE_MAX - r->line.len : text.len;
		buf_add(&r->line, (struct slice){ text.at, n });
		text = slice_from(text, n);
	}
}

void
recode_add(struct recode *r, struct slice in, struct buf *out)
{
	while (in.len > 0) {
		size_t len = slice_line_len(in);
		char   end;

		if (len > 0) {
			add_text(r, (struct slice){ in.at, len }, out);
			r->after_cr = false;
			in = slice_from(in, len);
			continue;
		}
		end = in.at[0];
		if (end == '\r' || !r->after_cr)
			end_line(r, out);
		r->after_cr = end == '\r';
		in = slice_from(in, 1);
	}
}

void
recode_end(struct recode *r, struct buf *out)
{
	if (r->line.len > 0 || r->middle)
		end_line(r, out);
	if (r->place == RECODE_HEADER)
		end_header(r, RECODE_KEPT, out);
}
