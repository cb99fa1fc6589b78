/* SPDX-License-Identifier: ISC
 *
 * base/buf.h: owned bytes, capped.  The cap is chosen where the buf is declared; what does not fit sets full, which
 * stays set, so ten adds need one check.  at[len] is NUL once anything was added; an empty buf has no memory.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct buf {
	char   *at;
	size_t  len, room;
	size_t  max;    /* never grows past this */
	bool    full;   /* sticky: something did not fit */
};
#define BUF(limit) ((struct buf){ .max = (limit) })

void buf_add(struct buf *, struct slice);
void buf_add_byte(struct buf *, char);
void buf_addf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for size bytes, for an owner who writes them there himself; NULL where they do not fit.  The buf ends at end. */
char *buf_reserve(struct buf *, size_t size);
void buf_end(struct buf *, char *end);

struct slice buf_slice(const struct buf *);   /* until the buf is next changed */
const char *buf_text(const struct buf *);     /* as a C string, "" when empty; until the buf is next changed */

void buf_cut(struct buf *, size_t len);       /* drops all but the first len bytes */
void buf_clear(struct buf *);                 /* empty and not full, its memory kept */
void buf_release(struct buf *);               /* frees; the buf is empty again */

#endif
