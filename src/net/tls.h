/* SPDX-License-Identifier: ISC
 *
 * net/tls.h: TLS 1.2 or later under a conversation (RFC 8446, RFC 3207, RFC 8314), and what a relay must prove in it:
 * its name by an authority, a fingerprint, or TLSA records (RFC 7672).  OpenSSL does the work.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>

#include "net/stream.h"

enum tls_proof {
	TLS_UNPROVED,         /* nothing: those who only listen are kept out */
	TLS_BY_NAME,          /* a chain to an authority, and the certificate is for host: RFC 9525, 6; no common name */
	TLS_BY_FINGERPRINT,   /* one certificate, or one key, whatever else is in the certificate */
	TLS_BY_TLSA,          /* RFC 7672, 3.1 */
};

/* Nothing here is owned; what does not count is NULL. */
struct tls_terms {
	const char         *host;          /* a name or an address; a name goes into SNI */
	unsigned            port;
	enum tls_proof      proof;
	bool                anonymous;     /* a relay without any certificate will do */
	const char         *authorities;   /* file or directory of those that count; NULL: the system's */
	const char         *fingerprint;   /* SHA-256 of certificate or public key in lower case hexadecimal digits */
	const char         *base;          /* the name that the TLSA records are for: it goes into SNI */
	const struct slice *record;        /* their data: usage (2 or 3), selector, matching type, and the rest */
	size_t              nrecords;
	const char         *cert, *key;    /* files of our own certificate and its key, in PEM */
};

/*
 * Shakes hands within the stream's deadline; from then on all that the stream carries is under TLS.  The stream must
 * have no input left from before.  The last session with a relay is resumed when it was made under these very terms.
 * Returns -1 with why (VERDICT_LATER: a relay's fault); then the stream is fit only to be closed.
 */
int tls_start(struct stream *, const struct tls_terms *, struct problem *why);

/* Whether the relay has shown no certificate at all. */
bool tls_is_anonymous(const struct stream *);
/* Whether a chain leads from the relay's certificate to an authority of the system, or to those of the terms. */
bool tls_is_trusted(const struct stream *);

/* For people and log readers: "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"; "" when it is in clear. */
void tls_describe(const struct stream *, char *text, size_t size);

/* Adds lines about the relay's certificate, for people: what it says, until when, and its fingerprints. */
void tls_certificate(const struct stream *, struct buf *);

/* What both ends of this TLS session alone can know: SASL binds itself to it. */
struct tls_binding {
	bool          exporter;   /* tls-exporter (RFC 9266), else tls-unique (RFC 5929, 3) */
	size_t        len;        /* 0: there is none */
	unsigned char at[64];
};
void tls_binding(const struct stream *, struct tls_binding *);

#endif
