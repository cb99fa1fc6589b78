/* SPDX-License-Identifier: ISC
 *
 * mail/recode.h: a message becomes one that every relay can take: no line is over 998 octets (RFC 5321, 4.5.3.1.6) and,
 * where that can be, no octet of the body is over 127 (RFC 6152, 3), and what is read at the far end is what it was.
 *
 * Every part that has no encoding yet becomes quoted-printable (RFC 2045, 6.7), in multiparts within multiparts, too.
 * What must not be encoded (messages in messages, what is signed) or is encoded already keeps its octets; lines that
 * are too long are parted there, at a blank if there is one.  Memory does not grow with the message.
 */
#ifndef MAIL_RECODE_H
#define MAIL_RECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "mail/content.h"
#include "mail/utf8.h"

enum {
	RECODE_FIELD_MAX = 8 << 10,   /* octets of a field of MIME; one that has more means nothing */
	RECODE_DEPTH_MAX = 10,        /* multiparts in one another; what is deeper keeps its octets */
};

/* The most that comes out for n octets that go in, with what waited before them. */
#define RECODE_ROOM(n) (4 * (n) + 4 * RECODE_FIELD_MAX)

enum recode_place { RECODE_HEADER, RECODE_ENCODED, RECODE_QUOTED, RECODE_KEPT };

/* The header of an entity, as far as it was seen. */
struct recode_header {
	size_t     nfields;
	bool       has_version;      /* MIME-Version */
	bool       is_signed;
	unsigned   ntypes, nencodings;
	struct buf type, encoding;   /* the bodies of these fields */
	struct buf held;             /* Content-Transfer-Encoding as it came: it may go out or not */
	enum { FIELD_OTHER, FIELD_TYPE, FIELD_ENCODING } field;   /* the one that is being read */
};

struct recode {
	const char          *charset;   /* of a text that has no MIME at all; NULL: nothing is encoded */
	struct utf8          utf8;      /* whether it is UTF-8, known at the end */
	enum recode_place    place;
	struct recode_header header;
	struct content       within[RECODE_DEPTH_MAX];   /* the multiparts around */
	size_t               depth;
	bool                 is_part;   /* the header is a part's */
	struct buf           line;      /* what has come of the line */
	bool                 middle;    /* the begin of the line has gone out already */
	bool                 after_cr;
	size_t               column;    /* of the line that goes out encoded */
};

/*
 * charset is not copied; "utf-8" is a good guess, of which utf8_charset(&r->utf8) says at the end whether it held.
 * With NULL every line that is too long is parted, and that is all.
 */
void recode_init(struct recode *, const char *charset);
void recode_release(struct recode *);

void recode_add(struct recode *, struct slice, struct buf *out);   /* any number of pieces, cut anywhere */
void recode_end(struct recode *, struct buf *out);

#endif
