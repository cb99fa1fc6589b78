/* SPDX-License-Identifier: ISC
 *
 * runner/report.h: the text of a delivery status notification: for people, for programs (RFC 3464; RFC 6533 where an
 * address is beyond ASCII), and of the message as much as its sender wants back (RFC 3461, 4.3).
 */
#ifndef RUNNER_REPORT_H
#define RUNNER_REPORT_H

#include "conf/conf.h"
#include "entry/entry.h"

/* RFC 3464, 2.3.3: what is told of a recipient.  The greater one gives the report its subject. */
enum action { ACTION_NONE, ACTION_RELAYED, ACTION_DELAYED, ACTION_FAILED };

/* Nothing is owned. */
struct report {
	const struct conf  *conf;
	const struct entry *about;    /* the message, with its recipients' answers */
	const struct entry *report;   /* the one to be written: its ID, uid, time and recipients */
	const enum action  *action;   /* for each recipient of about */
	struct slice        header;   /* of the message, as much of it as is known; whole lines */
	bool                whole;    /* all of the message follows the report's text */
};

/*
 * Whether all of the message is to be returned: it failed, its sender asked for that, it is not so large that the report
 * would share its fate, and it need not stay under TLS (RFC 8689, 5).
 */
bool report_returns_all(const struct entry *about, const enum action *);

/* For the log, in Postfix's words: "non-delivery", "delay" or "delivery status". */
const char *report_kind(const struct entry *about, const enum action *);

/* Adds the report, up to where the message has to follow; report_end ends it then, and without a message, too. */
void report_begin(const struct report *, struct buf *);
void report_end(const struct report *, struct buf *);

#endif
