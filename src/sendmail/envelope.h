/* SPDX-License-Identifier: ISC
 *
 * sendmail/envelope.h: who sends a message to whom, as MAIL and RCPT say it (RFC 5321, 4.1.1.2 and 4.1.1.3) with the
 * parameters of RFC 1870, RFC 3461, RFC 4954, RFC 6152, RFC 6531 and RFC 8689.
 */
#ifndef SENDMAIL_ENVELOPE_H
#define SENDMAIL_ENVELOPE_H

#include <stdbool.h>

#include "conf/conf.h"
#include "sendmail/message.h"

struct envelope {
	const struct conf *conf;      /* not owned */
	bool               begun;     /* MAIL was accepted */
	bool               utf8;      /* and with SMTPUTF8 */
	struct mailbox     sender;    /* address "" is the null reverse-path */
	struct message     message;   /* its entry has the recipients and all parameters */
	size_t             octets;    /* of the recipients, in the entry's file: at most so many */
};
#define ENVELOPE(c) ((struct envelope){ .conf = (c), .message = MESSAGE })

/* Each takes what stands behind the verb and returns the reply; what is refused changes nothing. */
const char *envelope_mail(struct envelope *, struct slice argument);
const char *envelope_rcpt(struct envelope *, struct slice argument);

void envelope_clear(struct envelope *);   /* no MAIL yet */

#endif
