/* SPDX-License-Identifier: ISC
 *
 * conf/value.h: the values of salsa.conf(5).  Each function returns false for what it does not take, and then writes
 * nothing.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/slice.h"
#include "conf/conf.h"

bool value_seconds(struct slice, unsigned *seconds);           /* 30s 5m 4h 5d, or 0; at most 1000 days */
bool value_octets(struct slice, unsigned long long *octets);   /* 500K 50M 2G, or digits alone; at most 1000G */

bool value_is_host(struct slice);       /* RFC 1123, 2.1; underscores too, for they are met */
bool value_is_address(struct slice);    /* of IPv4 or IPv6, without brackets */
bool value_is_mailbox(struct slice);    /* LOCAL@HOST, one word */
bool value_is_path(struct slice);       /* from the root */
bool value_is_secret(struct slice);     /* a path, or a name without a slash */
bool value_is_pattern(struct slice);    /* something, with or without a '!' in front */
bool value_is_mechanism(struct slice);  /* of AUTH: one that smtp/auth.h knows, in capitals */
bool value_is_resolver(struct slice);   /* ADDRESS[@PORT] */

/* A SHA-256 as 64 hexadecimal digits of either case, with or without colons; becomes lower case and no colons. */
enum { FINGERPRINT_TEXT = 64 + 1 };
bool value_fingerprint(struct slice, char text[FINGERPRINT_TEXT]);

/*
 * Fills in name, user, port, tls and tls_at_start of a section from a URL of one of the registered services:
 * SERVICE://[USER@]HOST[:PORT], or HOST[:PORT] for smtp (RFC 6409, RFC 8314).  IPv6 addresses stand in brackets.  The
 * host may be in U-labels.
 */
bool value_relay(struct slice url, struct section *);

#endif
