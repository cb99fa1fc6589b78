/* SPDX-License-Identifier: ISC
 *
 * conf/section.h: what the lines of a section say together, and must not say.
 */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "conf/conf.h"
#include "conf/directive.h"

/* Where the section's lines are. */
struct lines {
	struct conf *conf;                   /* for faults */
	bool         in_relay;               /* it is a relay's */
	unsigned     seen[DIRECTIVES_MAX];   /* in which line each directive stands; 0: in none */
};

/*
 * Adds a fault for each contradiction.  What a section must not be (a user without TLS that proves the relay's name) it
 * is not afterwards, whatever the lines said.
 */
void section_check(const struct lines *, struct section *);

#endif
