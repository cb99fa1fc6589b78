/* SPDX-License-Identifier: ISC
 *
 * sendmail/smtpd.h: messages over SMTP on a pair of descriptors (RFC 5321), for programs that speak it to
 * `sendmail -bs', or to a socket behind which that stands.  With PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME
 * (RFC 6152), ENHANCEDSTATUSCODES (RFC 2034), DSN (RFC 3461), SMTPUTF8 (RFC 6531) and CHUNKING (RFC 3030).
 */
#ifndef SENDMAIL_SMTPD_H
#define SENDMAIL_SMTPD_H

#include "sendmail/message.h"

/* Where messages go: as doors_submit (sendmail/doors.h). */
struct outlet {
	int  (*submit)(void *argument, struct message *, struct problem *why);
	void  *argument;
};

/*
 * Serves one client until it says QUIT, is gone, only errs, or has neither said nor read anything for patience_msec.
 * 250 at the end of a message means that submit returned 0; a message whose end has not come is not submitted.
 */
void smtpd(const struct conf *, const struct outlet *, int in, int out, long patience_msec);

#endif
