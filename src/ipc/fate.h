/* SPDX-License-Identifier: ISC
 *
 * ipc/fate.h: what became of one recipient in one try, as a line: from the worker to the runner, and on to a sendmail
 * that waits.
 */
#ifndef IPC_FATE_H
#define IPC_FATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/problem.h"

enum outcome { OUTCOME_SENT, OUTCOME_LATER, OUTCOME_NEVER };

struct fate {
	size_t       recipient;                    /* its place in the entry's envelope */
	enum outcome outcome;
	char         status[sizeof "5.999.999"];   /* RFC 3463, 2; "2.0.0" for what was sent */
	char         relay[320];                   /* "host[address]:port", or "none" */
	char         text[512];                    /* the relay's own words, or ours; one printable line */
	bool         unreported;                   /* OUTCOME_SENT, and the relay will not report success (RFC 3461) */
};

/* Of what was not sent. */
void fate_of_problem(struct fate *, size_t recipient, const char *relay, const struct problem *);

void fate_format(const struct fate *, struct buf *);   /* adds "fate RECIPIENT OUTCOME STATUS RELAY TEXT" */
/* Believes nothing: false when the line is not exactly a fate.  The text is made printable. */
bool fate_parse(struct fate *, struct slice line);

#endif
