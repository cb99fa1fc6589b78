/* SPDX-License-Identifier: ISC */
#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool
digest_text(const unsigned char *at, size_t len, char text[CERTIFICATE_DIGEST])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned      n;

	return EVP_Digest(at, len, digest, &n, EVP_sha256(), NULL) == 1 &&
	    OPENSSL_buf2hexstr_ex(text, CERTIFICATE_DIGEST, NULL, digest, n, '\0') == 1;
}

bool
certificate_digests(const X509 *certificate, char whole[CERTIFICATE_DIGEST], char key[CERTIFICATE_DIGEST])
{
	unsigned char *der = NULL, *key_der = NULL;
	int            len = i2d_X509(certificate, &der);
	int            key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key_der);
	bool           done;

	done = len > 0 && key_len > 0 && digest_text(der, (size_t)len, whole) &&
	    digest_text(key_der, (size_t)key_len, key);
	OPENSSL_free(der);
	OPENSSL_free(key_der);
	return done;
}

/* Names and dates, as OpenSSL prints them. */
static void
print_certificate(BIO *out, X509 *certificate)
{
	X509_EXTENSION *names = NULL;
	int             place = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);

	if (place >= 0)
		names = X509_get_ext(certificate, place);
	BIO_puts(out, "certificate of ");
	X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
	BIO_puts(out, "\nissued by ");
	X509_NAME_print_ex(out, X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253);
	BIO_puts(out, "\nfor ");
	if (names == NULL || X509V3_EXT_print(out, names, 0, 0) != 1)
		BIO_puts(out, "no name");
	BIO_puts(out, "\nvalid from ");
	ASN1_TIME_print(out, X509_get0_notBefore(certificate));
	BIO_puts(out, " until ");
	ASN1_TIME_print(out, X509_get0_notAfter(certificate));
	BIO_puts(out, "\n");
}

void
certificate_explain(X509 *certificate, struct buf *text)
{
	BIO  *out = BIO_new(BIO_s_mem());
	char  whole[CERTIFICATE_DIGEST], key[CERTIFICATE_DIGEST], *at;
	long  len;

	if (out == NULL)
		return;
	print_certificate(out, certificate);
	len = BIO_get_mem_data(out, &at);
	buf_add(text, (struct slice){ at, len > 0 ? (size_t)len : 0 });
	BIO_free(out);
	if (certificate_digests(certificate, whole, key))
		buf_addf(text, "tls-fingerprint %s (of the key)\ntls-fingerprint %s (of the certificate)\n", key,
		    whole);
	ERR_clear_error();
}
