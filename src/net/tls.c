/* SPDX-License-Identifier: ISC */
#include "net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip.h"
#include "net/authorities.h"
#include "net/certificate.h"

enum { SESSIONS_MAX = 8, TERMS_MAX = 32 << 10, HEAD = 3 };

/* The last session with each relay; what it may be resumed for is in its context, see digest_terms(). */
static SSL_SESSION *kept[SESSIONS_MAX];

static int
tls_problem(const char *what, struct problem *why)
{
	unsigned long code = ERR_peek_error();
	const char   *words = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

	problem_set(why, VERDICT_LATER, "4.7.0", "%s: %s", what, code == 0 ? "no reason given" :
	    words != NULL ? words : "unknown error");
	ERR_clear_error();
	return -1;
}

/* The place of the session that was made in a context; NULL: there is none. */
static SSL_SESSION **
place_of(const unsigned char *context, size_t len)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		unsigned             n;
		const unsigned char *other = kept[i] != NULL ? SSL_SESSION_get0_id_context(kept[i], &n) : NULL;

		if (other != NULL && n == len && memcmp(other, context, len) == 0)
			return &kept[i];
	}
	return NULL;
}

/* OpenSSL's callback: 1 takes the session. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	static size_t        next;
	unsigned             len;
	const unsigned char *context = SSL_SESSION_get0_id_context(session, &len);
	SSL_SESSION        **place = place_of(context, len);

	(void)ssl;
	if (place == NULL)
		place = &kept[next++ % SESSIONS_MAX];
	SSL_SESSION_free(*place);
	*place = session;
	return 1;
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
	SSL_CTX_clear_mode(shared, SSL_MODE_AUTO_RETRY);   /* what says nothing ends no wait, but each piece asks the clock */
	authorities_use_system(shared);
	SSL_CTX_dane_enable(shared);
	SSL_CTX_set_session_cache_mode(shared, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(shared, keep_session);
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

static bool
set_host(SSL *ssl, const char *host)
{
	struct sockaddr_storage ip;
	char                    literal[IP_TEXT];

	if (!ip_parse(&ip, host, 0))
		return SSL_set1_host(ssl, host) == 1;
	ip_format(&ip, literal);
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), literal) == 1;
}

/* Those that count instead of the system's; a directory gives what it is asked for, a file is read whole. */
static bool
set_authorities(SSL *ssl, const char *path)
{
	X509_STORE *store = X509_STORE_new();
	struct stat st;
	bool        directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	if (store != NULL && (directory ? X509_STORE_load_path(store, path) : X509_STORE_load_file(store, path)) == 1 &&
	    SSL_set0_verify_cert_store(ssl, store) == 1)
		return true;
	X509_STORE_free(store);
	return false;
}

/*
 * RFC 7672, 3.1.1: of a relay whose own certificate or key is named (usage 3) neither name nor dates count.  3.2.2: one
 * under a named authority (usage 2) may have the name of the records or that by which we know it.
 */
static bool
set_records(SSL *ssl, const struct tls_terms *t)
{
	size_t n = 0;

	if (SSL_dane_enable(ssl, t->base) != 1 || SSL_add1_host(ssl, t->host) != 1)
		return false;
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < t->nrecords; i++) {
		const uint8_t *octet = (const uint8_t *)t->record[i].at;

		n += t->record[i].len > HEAD && SSL_dane_tlsa_add(ssl, octet[0], octet[1], octet[2], octet + HEAD,
		    t->record[i].len - HEAD) == 1;
	}
	return n > 0;   /* of those that are none OpenSSL takes none, and without any it proves nothing */
}

static bool
is_checked_by_openssl(enum tls_proof proof)
{
	return proof == TLS_BY_NAME || proof == TLS_BY_TLSA;
}

/*
 * RFC 9525, 6.3: a name is not compared to a part of a label, nor to a common name; RFC 7672, 3.2.3 compares it to that
 * of a certificate that has no other name.
 */
static unsigned
name_rules(enum tls_proof proof)
{
	return X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	    (proof == TLS_BY_TLSA ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
}

static int
set_proof(SSL *ssl, const struct tls_terms *t, struct problem *why)
{
	const char             *name = t->proof == TLS_BY_TLSA ? t->base : t->host;
	struct sockaddr_storage ip;

	SSL_set_verify(ssl, is_checked_by_openssl(t->proof) ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	SSL_set_hostflags(ssl, name_rules(t->proof));
	/* RFC 6066, 3: SNI holds a name, never an address. */
	if (!ip_parse(&ip, name, 0) && SSL_set_tlsext_host_name(ssl, name) != 1)
		return tls_problem("start TLS", why);
	if (t->proof == TLS_BY_NAME && !set_host(ssl, t->host))
		return tls_problem("start TLS", why);
	if (t->proof == TLS_BY_TLSA && !set_records(ssl, t))
		return tls_problem("use the TLSA records", why);
	if (t->authorities == NULL || set_authorities(ssl, t->authorities))
		return 0;
	tls_problem(t->authorities, why);
	return problem_prefix(why, "tls-ca");
}

/* Nobody is there to be asked. */
static int
no_passphrase(char *at, int room, int writing, void *argument)
{
	(void)at, (void)room, (void)writing, (void)argument;
	return -1;
}

/* Looks at the open file, not at its name, which may point elsewhere by the time it is read. */
static EVP_PKEY *
read_key(const char *path, struct problem *why)
{
	int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE       *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	EVP_PKEY   *key = NULL;
	struct stat st;

	if (file == NULL || fstat(fd, &st) != 0)
		problem_set(why, VERDICT_LATER, "4.3.5", "tls-key %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (st.st_mode & S_IRWXO) != 0)
		problem_set(why, VERDICT_LATER, "4.3.5", "tls-key %s: %s", path,
		    S_ISREG(st.st_mode) ? "open to all users: chmod o= it" : "not a regular file");
	else if ((key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL)) == NULL)
		tls_problem(path, why);
	if (file != NULL)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	return key;
}

/* Our own certificate, for a relay that asks. */
static int
set_certificate(SSL *ssl, const struct tls_terms *t, struct problem *why)
{
	EVP_PKEY *key;
	bool      fits;

	if (t->cert == NULL)
		return 0;
	if (SSL_use_certificate_chain_file(ssl, t->cert) != 1) {
		tls_problem(t->cert, why);
		return problem_prefix(why, "tls-cert");
	}
	if ((key = read_key(t->key, why)) == NULL)
		return -1;
	fits = SSL_use_PrivateKey(ssl, key) == 1;
	EVP_PKEY_free(key);
	return fits ? 0 : tls_problem(t->key, why);
}

/* All that a session may depend on. */
static bool
digest_terms(const struct tls_terms *t, unsigned char digest[SSL_MAX_SID_CTX_LENGTH])
{
	const char *text[] = { t->host, t->authorities, t->fingerprint, t->base, t->cert, t->key };
	struct buf  all = BUF(TERMS_MAX);
	bool        whole;

	buf_addf(&all, "%u %d", t->port, (int)t->proof);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		buf_addf(&all, "\n%s", text[i] != NULL ? text[i] : "");
	for (size_t i = 0; i < t->nrecords; i++) {
		buf_addf(&all, "\n%zu ", t->record[i].len);
		buf_add(&all, t->record[i]);
	}
	whole = !all.full && EVP_Digest(all.at, all.len, digest, NULL, EVP_sha256(), NULL) == 1;
	buf_release(&all);
	return whole;
}

/*
 * Resumes the last session under the same terms, once (RFC 8446, C.4).  In another context OpenSSL itself refuses to:
 * what a relay did not have to prove then, it has not proved now.
 */
static void
resume(SSL *ssl, const struct tls_terms *t)
{
	unsigned char digest[SSL_MAX_SID_CTX_LENGTH];
	SSL_SESSION **place;

	if (!digest_terms(t, digest) || SSL_set_session_id_context(ssl, digest, sizeof digest) != 1)
		return;
	if ((place = place_of(digest, sizeof digest)) == NULL)
		return;
	SSL_set_session(ssl, *place);
	SSL_SESSION_free(*place);
	*place = NULL;
}

static int
shake_hands(struct stream *s, struct problem *why)
{
	int result, next;

	do {
		ERR_clear_error();
		errno = 0;
		if ((result = SSL_connect(s->peer)) == 1)
			return 0;
		next = after(s, result, "TLS handshake", why);
	} while (next > 0);
	if (next == 0)
		problem_set(why, VERDICT_LATER, "4.7.0", "connection closed by relay in the TLS handshake");
	return -1;
}

static int
check_fingerprint(const SSL *ssl, const char *wanted, struct problem *why)
{
	const X509 *certificate = SSL_get0_peer_certificate(ssl);
	char        whole[CERTIFICATE_DIGEST], key[CERTIFICATE_DIGEST];

	if (certificate == NULL || !certificate_digests(certificate, whole, key))
		return problem_set(why, VERDICT_LATER, "4.7.5", "the relay's certificate has no fingerprint");
	if (strcasecmp(wanted, whole) == 0 || strcasecmp(wanted, key) == 0)
		return 0;
	return problem_set(why, VERDICT_LATER, "4.7.5", "neither the relay's certificate (%s) nor its key (%s) has the "
	    "fingerprint that is expected", whole, key);
}

static int
handshake(struct stream *s, const struct tls_terms *t, struct problem *why)
{
	int  rc = shake_hands(s, why);
	long verdict = SSL_get_verify_result(s->peer);

	if (is_checked_by_openssl(t->proof) && verdict != X509_V_OK)
		return problem_set(why, VERDICT_LATER, "4.7.5", "the relay's certificate does not prove its name: %s",
		    X509_verify_cert_error_string(verdict));
	if (rc == 0 && !t->anonymous && tls_is_anonymous(s))
		return problem_set(why, VERDICT_LATER, "4.7.5", "the relay shows no certificate");
	if (rc == 0 && t->proof == TLS_BY_FINGERPRINT)
		return check_fingerprint(s->peer, t->fingerprint, why);
	return rc;
}

int
tls_start(struct stream *s, const struct tls_terms *t, struct problem *why)
{
	SSL *ssl;

	ERR_clear_error();
	if (shared_context() == NULL || (ssl = SSL_new(shared_context())) == NULL)
		return tls_problem("start TLS", why);
	if (set_proof(ssl, t, why) != 0 || set_certificate(ssl, t, why) != 0) {
		SSL_free(ssl);
		return -1;
	}
	if (SSL_set_fd(ssl, s->fd) != 1) {
		SSL_free(ssl);
		return tls_problem("start TLS", why);
	}
	resume(ssl, t);
	s->peer = ssl;
	s->back = &tls_back;
	return handshake(s, t, why);
}

/* RFC 5246, A.5: some cipher suites know no certificate; a system's openssl.cnf may allow them. */
bool
tls_is_anonymous(const struct stream *s)
{
	return s->back == &tls_back && SSL_get0_peer_certificate(s->peer) == NULL;
}

/* Of no certificate OpenSSL has nothing bad to say, either. */
bool
tls_is_trusted(const struct stream *s)
{
	return s->back == &tls_back && !tls_is_anonymous(s) && SSL_get_verify_result(s->peer) == X509_V_OK;
}

void
tls_describe(const struct stream *s, char *text, size_t size)
{
	int used, of;

	*text = '\0';
	if (s->back != &tls_back)
		return;
	used = SSL_CIPHER_get_bits(SSL_get_current_cipher(s->peer), &of);
	snprintf(text, size, "%s with cipher %s (%d/%d bits)%s", SSL_get_version(s->peer), SSL_get_cipher_name(s->peer),
	    used, of, SSL_session_reused(s->peer) ? ", resumed" : "");
}

void
tls_certificate(const struct stream *s, struct buf *text)
{
	/* The chain is there also where it proved nothing and the handshake failed. */
	STACK_OF(X509) *chain = s->back == &tls_back ? SSL_get_peer_cert_chain(s->peer) : NULL;

	if (sk_X509_num(chain) > 0)
		certificate_explain(sk_X509_value(chain, 0), text);
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
