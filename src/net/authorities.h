/* SPDX-License-Identifier: ISC
 *
 * net/authorities.h: the system's certificate authorities, and how little of them is read.
 */
#ifndef NET_AUTHORITIES_H
#define NET_AUTHORITIES_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* Those that count for this context: OpenSSL's, which its environment variables replace. */
void authorities_use_system(SSL_CTX *);

/*
 * Whether a directory has under their hashes (openssl-rehash(1)) all authorities that a file has: the file lies in it,
 * as Debian's and Alpine's do, which are made from the directory; and there are as many hashes as it has certificates:
 * to the file somebody may have added one.
 */
bool authorities_are_indexed(const char *file, const char *directory);

#endif
