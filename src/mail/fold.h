/* SPDX-License-Identifier: ISC
 *
 * mail/fold.h: where a line that is too long is parted (RFC 5322, 2.1.1 and 2.2.3).
 */
#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H

#include <stddef.h>

#include "base/slice.h"

enum { FOLD_LINE_MAX = 998 };   /* octets, without CRLF */

enum fold {
	FOLD_FIELD,   /* in front of its last blank, which then begins a line */
	FOLD_TEXT,    /* behind its last blank */
};

/*
 * How many octets of line, which has more than room, stay in front: at most room, at least one.  Where there is no
 * blank, as many as fit, in a field up to a comma where one is near; but no character of UTF-8 is parted, and no line
 * is made a delimiter of MIME's.
 */
size_t fold_at(struct slice line, size_t room, enum fold);

#endif
