/* SPDX-License-Identifier: ISC
 *
 * conf/directive.h: the directives of salsa.conf(5) in one table, and what each one does with its values.
 */
#ifndef CONF_DIRECTIVE_H
#define CONF_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum { WORDS_MAX = 256, DIRECTIVES_MAX = 64 };

struct words {
	struct slice at[WORDS_MAX];   /* the values, without the word that begins the line */
	size_t       n;
	struct slice all;             /* the same as they stand there, with what follows them */
	unsigned     line;
};

enum place { IN_FILE, IN_SECTION, OPENS };

struct directive {
	const char *word;
	enum place  place;
	size_t      most;       /* values; one that OPENS counts them itself */
	/* Puts values into their field of struct conf or struct section; false: not what was expected. */
	bool      (*set)(void *field, const struct words *);
	size_t      offset;     /* of its field */
	const char *expected;   /* for people */
};

/* Behind the last one is one without a word. */
extern const struct directive directives[DIRECTIVES_MAX];

const struct directive *directive_of(struct slice word);   /* NULL: there is none */

#endif
