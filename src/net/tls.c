/* SPDX-License-Identifier: ISC */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ip.h"

static int
tls_problem(const char *what, struct problem *why)
{
	char          words[256] = "no reason given";
	unsigned long code = ERR_peek_last_error();

	if (code != 0)
		strlcpy(words, ERR_reason_error_string(code) != NULL ? ERR_reason_error_string(code) : "unknown error",
		    sizeof words);
	ERR_clear_error();
	return problem_set(why, VERDICT_LATER, "4.7.0", "%s: %s", what, words);
}

/* One context a process, made when the first relay wants TLS; the authorities are read when a chain needs them. */
static SSL_CTX *
shared_context(void)
{
	static SSL_CTX *shared;

	if (shared != NULL || (shared = SSL_CTX_new(TLS_client_method())) == NULL)
		return shared;
	/* RFC 8996 forbids what is older. */
	SSL_CTX_set_min_proto_version(shared, TLS1_2_VERSION);
	/* A relay that closes without a goodbye has closed: SMTP has its own marks of completeness. */
	SSL_CTX_set_options(shared, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(shared, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_default_verify_paths(shared);
	return shared;
}

/*
 * What to do after an SSL call came back with result.  Returns 1 to call again (the socket is ready), 0 when the
 * other side has closed, -1 with why.
 */
static int
after(struct stream *s, int result, const char *what, struct problem *why)
{
	int error = errno;

	switch (SSL_get_error(s->peer, result)) {
	case SSL_ERROR_WANT_READ:
		return stream_poll(s, POLLIN, why) == 0 ? 1 : -1;
	case SSL_ERROR_WANT_WRITE:
		return stream_poll(s, POLLOUT, why) == 0 ? 1 : -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return error == 0 ? 0 : stream_lost(s, error, why);
	default:
		return tls_problem(what, why);
	}
}

static ssize_t
tls_read(struct stream *s, char *at, size_t room, struct problem *why)
{
	int n, next;

	do {
		ERR_clear_error();
		errno = 0;
		if ((n = SSL_read(s->peer, at, (int)room)) > 0)
			return n;
		next = after(s, n, "TLS read", why);
	} while (next > 0);
	return next;
}

static ssize_t
tls_write(struct stream *s, struct slice out, struct problem *why)
{
	int n, next;

	do {
		ERR_clear_error();
		errno = 0;
		if ((n = SSL_write(s->peer, out.at, (int)out.len)) > 0)
			return n;
		next = after(s, n, "TLS write", why);
	} while (next > 0);
	return next;
}

static void
tls_close(struct stream *s)
{
	ERR_clear_error();
	SSL_shutdown(s->peer);   /* says goodbye; the answer is not waited for */
	SSL_free(s->peer);
	s->peer = NULL;
	close(s->fd);
}

static const struct stream_back tls_back = { tls_read, tls_write, tls_close };

/* RFC 6066, 3: SNI holds a name, never an address.  RFC 9525, 6.3: a name is not compared to a part of a label. */
static bool
expect_peer(SSL *ssl, const char *host, bool verify)
{
	X509_VERIFY_PARAM      *expected = SSL_get0_param(ssl);
	struct sockaddr_storage ip;
	char                    literal[IP_TEXT];

	SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (ip_parse(&ip, host, 0)) {
		ip_format(&ip, literal);
		return X509_VERIFY_PARAM_set1_ip_asc(expected, literal) == 1;
	}
	X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(expected, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int
handshake(struct stream *s, bool verify, struct problem *why)
{
	int  result, next;
	long verdict;

	do {
		ERR_clear_error();
		errno = 0;
		if ((result = SSL_connect(s->peer)) == 1)
			return 0;
		next = after(s, result, "TLS handshake", why);
	} while (next > 0);
	verdict = SSL_get_verify_result(s->peer);
	if (verify && verdict != X509_V_OK)
		return problem_set(why, VERDICT_LATER, "4.7.5", "the relay's certificate does not prove its name: %s",
		    X509_verify_cert_error_string(verdict));
	if (next == 0)
		return problem_set(why, VERDICT_LATER, "4.7.0", "connection closed by relay in the TLS handshake");
	return -1;
}

int
tls_start(struct stream *s, const char *host, bool verify, struct problem *why)
{
	SSL *ssl = shared_context() != NULL ? SSL_new(shared_context()) : NULL;

	if (ssl == NULL)
		return tls_problem("start TLS", why);
	if (!expect_peer(ssl, host, verify) || SSL_set_fd(ssl, s->fd) != 1) {
		SSL_free(ssl);
		return tls_problem("start TLS", why);
	}
	s->peer = ssl;
	s->back = &tls_back;
	return handshake(s, verify, why);
}

void
tls_describe(const struct stream *s, char *text, size_t size)
{
	*text = '\0';
	if (s->back == &tls_back)
		snprintf(text, size, "%s %s", SSL_get_version(s->peer), SSL_get_cipher_name(s->peer));
}

/*
 * RFC 5929, 3.1: the first Finished message, which is the relay's where a session was resumed.  RFC 9266, 3.1 calls for
 * RFC 7627, without which that message can be another session's, too.
 */
static size_t
binding_unique(SSL *ssl, unsigned char *at, size_t room)
{
	size_t len;

	if (SSL_get_extms_support(ssl) != 1)
		return 0;
	len = SSL_session_reused(ssl) ? SSL_get_peer_finished(ssl, at, room) : SSL_get_finished(ssl, at, room);
	return len <= room ? len : 0;
}

void
tls_binding(const struct stream *s, struct tls_binding *b)
{
	static const char label[] = "EXPORTER-Channel-Binding";   /* RFC 9266, 2: 32 octets, no context */

	*b = (struct tls_binding){ 0 };
	if (s->back != &tls_back)
		return;
	b->exporter = SSL_version(s->peer) >= TLS1_3_VERSION;
	if (!b->exporter)
		b->len = binding_unique(s->peer, b->at, sizeof b->at);
	else if (SSL_export_keying_material(s->peer, b->at, 32, label, sizeof label - 1, NULL, 0, 0) == 1)
		b->len = 32;
}
