/* SPDX-License-Identifier: ISC
 *
 * net/certificate.h: what a relay's certificate says (RFC 5280), for people and for those who know it beforehand.
 */
#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "base/buf.h"

enum { CERTIFICATE_DIGEST = 2 * 32 + 1 };

/*
 * SHA-256 of the certificate, and of its public key as TLSA records with selector 1 have it (RFC 6698, 2.1.2), in
 * hexadecimal digits.  False when it has none.
 */
bool certificate_digests(const X509 *, char whole[CERTIFICATE_DIGEST], char key[CERTIFICATE_DIGEST]);

/* Adds lines: subject, issuer, names, dates and digests.  They are the relay's words: not all need be printable. */
void certificate_explain(X509 *, struct buf *);

#endif
