/* SPDX-License-Identifier: ISC
 *
 * mail/content.h: what the fields of MIME say of an entity, as far as its encoding depends on it (RFC 2045, 5 and 6).
 */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

#include <stddef.h>

#include "base/slice.h"

enum { BOUNDARY_MAX = 70 };   /* RFC 2046, 5.1.1 */

enum content_kind {
	CONTENT_LEAF,        /* text, images, all that has no entities in it; also what says nothing */
	CONTENT_MULTIPART,
	CONTENT_DIGEST,      /* the same, but its parts are messages where they say nothing: RFC 2046, 5.1.5 */
	CONTENT_SEALED,      /* not to be changed (RFC 1847, 2.1), or not to be encoded (RFC 2046, 5.2) */
};

struct content {
	enum content_kind kind;
	char              boundary[BOUNDARY_MAX + 1];   /* of a multipart */
	size_t            boundary_len;
};

/* Reads the body of a Content-Type field.  A multipart without a boundary that can be used is sealed. */
void content_read(struct content *, struct slice type);

enum content_encoding {
	ENCODING_NONE,     /* 7bit, 8bit, binary */
	ENCODING_QUOTED,   /* quoted-printable */
	ENCODING_OTHER,
};

/* Reads the body of a Content-Transfer-Encoding field; nothing is 7bit. */
enum content_encoding content_encoding(struct slice encoding);

#endif
