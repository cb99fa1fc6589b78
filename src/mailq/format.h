/* SPDX-License-Identifier: ISC
 *
 * mailq/format.h: the two forms of the list.  They are Postfix's, octet for octet (postqueue -p with long queue IDs,
 * and postqueue -j), for that is what monitors parse.
 */
#ifndef MAILQ_FORMAT_H
#define MAILQ_FORMAT_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "entry/entry.h"

enum shown_state { SHOWN_DEFERRED, SHOWN_ACTIVE, SHOWN_HOLD, SHOWN_GIVEN_UP, SHOWN_CORRUPT };

/* What is shown of one message. */
struct shown {
	const char         *id;
	enum shown_state    state;
	time_t              arrived;
	off_t               size;      /* octets */
	const struct entry *entry;     /* its addresses and reasons; NULL: not for these eyes, or not to be read */
	const char         *trouble;   /* why it could not be read, or was not tried; NULL: it was */
};

struct format {
	void (*message)(FILE *, const struct shown *, bool first);
	void (*end)(FILE *, size_t messages, unsigned long long octets);
};

extern const struct format format_text, format_json;

#endif
