/* SPDX-License-Identifier: ISC
 *
 * base/slice.h: bytes that somebody else owns.  Input is bytes, not C strings: parsers take a slice and return slices
 * of it, so nothing is copied and a NUL is a byte like any other.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *at;
	size_t      len;
};

/* The bytes of a C string, without its NUL. */
static inline struct slice
SLICE(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

/* WSP of RFC 5234, B.1: what may stand between words of a line, and begins one that goes on. */
static inline bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* For printf's "%.*s".  It evaluates s twice: no call that changes anything. */
#define SLICE_ARG(s) (int)(s).len, (s).at

bool slice_equal(struct slice, struct slice);
bool slice_same(struct slice, struct slice);     /* ASCII letters of either case are the same */
bool slice_begins(struct slice, struct slice prefix);
bool slice_ends(struct slice, struct slice suffix);

struct slice slice_from(struct slice, size_t start);   /* what follows the first start bytes; empty past the end */
struct slice slice_trim(struct slice);                 /* without blanks (SP, HT, CR, LF) at either end */

/* Takes all up to the first c off the front of *rest and returns it; c itself is dropped.  Without a c that is all. */
struct slice slice_cut(struct slice *rest, char c);
/* Takes the next word off the front of *rest: blanks before it are skipped; empty at the end. */
struct slice slice_word(struct slice *rest);

size_t slice_line_len(struct slice);   /* how many octets stand before the first CR or LF; all where there is none */

/* A whole number in decimal digits alone, at most max.  Returns false, *number untouched, for anything else. */
bool slice_number(struct slice, unsigned long long max, unsigned long long *number);

/* Whether a byte below 32 or DEL is in it: what must never reach a line of a file, a log or a dialogue. */
bool slice_has_control(struct slice);
bool slice_is_ascii(struct slice);   /* no octet above 127 */

char *slice_dup(struct slice);   /* as a C string, owned by the caller; ends at the slice's length */

#endif
