/* SPDX-License-Identifier: ISC
 *
 * net/tls.h: TLS 1.2 or later under a conversation (RFC 8446, RFC 3207, RFC 8314), by OpenSSL and the system's
 * certificate authorities.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>

#include "net/stream.h"

/*
 * Shakes hands within the stream's deadline; from then on all that the stream carries is under TLS.  The stream must
 * have no input left from before.  host goes into SNI unless it is an address.  With verify the chain must end at an
 * authority of the system and the certificate must be for host, a name or an address (RFC 6125, 6.4; RFC 9525, 6).
 * Returns -1 with why (VERDICT_LATER: a relay's fault); then the stream is fit only to be closed.
 */
int tls_start(struct stream *, const char *host, bool verify, struct problem *why);

/* Version and cipher, for people: "TLSv1.3 TLS_AES_256_GCM_SHA384"; "" when the stream is in clear. */
void tls_describe(const struct stream *, char *text, size_t size);

/* What both ends of this TLS session alone can know: SASL binds itself to it. */
struct tls_binding {
	bool          exporter;   /* tls-exporter (RFC 9266), else tls-unique (RFC 5929, 3) */
	size_t        len;        /* 0: there is none */
	unsigned char at[64];
};
void tls_binding(const struct stream *, struct tls_binding *);

#endif
