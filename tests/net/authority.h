/* SPDX-License-Identifier: ISC
 *
 * tests/net/authority.h: a relay's certificate, and who believes it.
 */
#ifndef NET_AUTHORITY_H
#define NET_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "lib/unit.h"

static EVP_PKEY *key;
static X509     *certificate;
static SSL_CTX  *context;

/* A certificate for some names (NULL: none) that is its own authority and called test; valid from then to then. */
static void
make_certificate(const char *alternatives, long from_seconds, long to_seconds)
{
	X509_NAME      *name = X509_NAME_new();
	X509_EXTENSION *names = NULL;

	key = EVP_EC_gen("P-256");
	certificate = X509_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from_seconds);
	X509_gmtime_adj(X509_getm_notAfter(certificate), to_seconds);
	X509_set_subject_name(certificate, name);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	if (alternatives != NULL)
		names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternatives);
	if (names != NULL)
		X509_add_ext(certificate, names, -1);
	X509_sign(certificate, key, EVP_sha256());
	X509_EXTENSION_free(names);
	X509_NAME_free(name);
}

/* The system's authorities, for this test: the certificate itself, or none.  Returns their file. */
static const char *
trust(bool it)
{
	static char path[256];
	FILE       *file;

	snprintf(path, sizeof path, "%s/ca.pem", unit_directory());
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	if (it)
		PEM_write_X509(file, certificate);
	fclose(file);
	setenv("SSL_CERT_FILE", path, 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	return path;
}

/* A system on which both sides use what needs no certificate, and nothing else; to be called before all of OpenSSL. */
static void
want_no_certificates(void)
{
	static const char conf[] = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
	    "CipherString = aNULL:@SECLEVEL=0\nMaxProtocol = TLSv1.2\n";
	static char path[256];
	FILE       *file;

	snprintf(path, sizeof path, "%s/openssl.cnf", unit_directory());
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(conf, file);
	fclose(file);
	setenv("OPENSSL_CONF", path, 1);
}

/* What the relay's sessions share: up to a version of TLS, and whether a client must show the same certificate. */
static void
relay_context(int max_version, bool demands)
{
	SSL_CTX_free(context);
	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(context, max_version);
	SSL_CTX_use_certificate(context, certificate);
	SSL_CTX_use_PrivateKey(context, key);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"relay", 5);
	SSL_CTX_set_default_verify_paths(context);
	if (demands)
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

/* The relay's side of a handshake, in a process that ends when it fails. */
static SSL *
accept_tls(int fd)
{
	SSL *ssl = SSL_new(context);

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	return ssl;
}

static void
release_certificate(void)
{
	EVP_PKEY_free(key);
	X509_free(certificate);
	SSL_CTX_free(context);
	context = NULL;
}

#endif
