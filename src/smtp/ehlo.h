/* SPDX-License-Identifier: ISC
 *
 * smtp/ehlo.h: what a relay offers (RFC 5321, 4.1.1.1).
 */
#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include <stdbool.h>

#include "base/slice.h"

struct ehlo {
	bool               starttls;       /* RFC 3207 */
	bool               pipelining;     /* RFC 2920 */
	bool               eightbitmime;   /* RFC 6152 */
	bool               dsn;            /* RFC 3461 */
	bool               smtputf8;       /* RFC 6531 */
	bool               requiretls;     /* RFC 8689 */
	bool               size_offered;   /* RFC 1870 */
	unsigned long long size;           /* the largest message, in octets; 0: no limit is known */
	char               auth[512];      /* RFC 4954: the mechanisms, with a blank between; "": none */
};

/* Reads the lines of a 250 reply to EHLO ("250-SIZE 10240000\n...").  What is not known is passed over. */
void ehlo_parse(struct ehlo *, struct slice lines);

#endif
