/* SPDX-License-Identifier: ISC
 *
 * mail/utf8.h: whether octets are UTF-8 (RFC 3629, 4): no overlong form, no surrogate, nothing above U+10FFFF.
 */
#ifndef MAIL_UTF8_H
#define MAIL_UTF8_H

#include <stdbool.h>

#include "base/slice.h"

struct utf8 {
	unsigned      more;        /* octets that the character begun still needs */
	unsigned char low, high;   /* the next one is between these */
	bool          bad;         /* sticky: it is something else */
};
#define UTF8 ((struct utf8){ 0 })

void utf8_add(struct utf8 *, struct slice);   /* any number of pieces, cut anywhere */
bool utf8_holds(const struct utf8 *);         /* all so far is UTF-8, and ends with a character */

/* What RFC 1428, 3 and RFC 2047 call such text: "utf-8", or "unknown-8bit". */
const char *utf8_charset(const struct utf8 *);

#endif
