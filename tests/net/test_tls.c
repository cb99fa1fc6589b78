/* SPDX-License-Identifier: ISC */
#include "net/tls.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "net/authority.h"

static const char names[] = "DNS:relay.example.net,DNS:*.example.org,IP:192.0.2.1";

/* A relay that shakes hands, says 220, and reads until the end. */
static void
serve(int fd)
{
	SSL *ssl = accept_tls(fd);
	char got[64];

	SSL_write(ssl, "220 hi\r\n", 8);
	while (SSL_read(ssl, got, sizeof got) > 0)
		continue;
	_exit(0);
}

/* A stream to a relay in a child process. */
static void
start_relay(struct stream *s, void (*relay)(int fd))
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	signal(SIGPIPE, SIG_IGN);
	if (fork() == 0) {
		close(pair[0]);
		relay(pair[1]);
	}
	close(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*s = STREAM;
	stream_open(s, pair[0]);
	stream_await(s, 20 * 1000, "the TLS handshake");
}

static void
end_relay(struct stream *s)
{
	stream_close(s);
	while (wait(NULL) > 0)
		continue;
}

static void
expect_greeting(struct stream *s)
{
	struct problem why;

	for (const char *c = "220 hi\r\n"; *c != '\0'; c++)
		ck_assert_int_eq(stream_byte(s, &why), *c);
}

static const struct { const char *host; bool trusted, verify; long from, to; const char *failed; } cases[] = {
	{ "relay.example.net", true, true, -60, 3600, NULL },
	{ "RELAY.example.net", true, true, -60, 3600, NULL },
	{ "smtp.example.org", true, true, -60, 3600, NULL },
	{ "192.0.2.1", true, true, -60, 3600, NULL },
	{ "[192.0.2.1]", true, true, -60, 3600, NULL },
	{ "192.0.2.2", true, true, -60, 3600, "IP address mismatch" },
	{ "other.example.net", true, true, -60, 3600, "hostname mismatch" },
	{ "test", true, true, -60, 3600, "hostname mismatch" },   /* the subject's common name is no name */
	{ "a.b.example.org", true, true, -60, 3600, "hostname mismatch" },
	{ "relay.example.net", false, true, -60, 3600, "self-signed certificate" },
	{ "relay.example.net", true, true, -3600, -60, "certificate has expired" },
	{ "relay.example.net", true, true, 3600, 7200, "certificate is not yet valid" },
	/* Without verify TLS keeps out those who only listen. */
	{ "other.example.net", false, false, -3600, -60, NULL },
};

START_TEST(R11_a_name_is_proved_or_tls_fails)
{
	struct tls_terms terms = { .host = cases[_i].host, .proof = cases[_i].verify ? TLS_BY_NAME : TLS_UNPROVED };
	struct stream    s;
	struct problem   why = { .text = "" };
	char             words[64];
	int              rc;

	make_certificate(names, cases[_i].from, cases[_i].to);
	trust(cases[_i].trusted);
	relay_context(TLS1_3_VERSION, false);
	start_relay(&s, serve);
	rc = tls_start(&s, &terms, &why);
	if (cases[_i].failed != NULL) {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(why.text, cases[_i].failed) != NULL, "%s", why.text);
		ck_assert_str_eq(why.status, "4.7.5");
	} else {
		ck_assert_msg(rc == 0, "%s", why.text);
		expect_greeting(&s);
		stream_add(&s, SLICE("QUIT\r\n"));
		ck_assert_int_eq(stream_flush(&s, &why), 0);
		tls_describe(&s, words, sizeof words);
		ck_assert(slice_begins(SLICE(words), SLICE("TLSv1.3 with cipher TLS_")));
		ck_assert_int_eq(tls_is_trusted(&s), cases[_i].trusted);
	}
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	end_relay(&s);
	release_certificate();
}
END_TEST

/* One that names nothing but its subject; 2 1 0: the DNS knows the whole key of its authority. */
static const struct { enum tls_proof proof; const char *host, *failed; } subjects[] = {
	{ TLS_BY_NAME, "test", "hostname mismatch" },
	{ TLS_BY_TLSA, "test", NULL },
	{ TLS_BY_TLSA, "other", "ostname mismatch" },
};

START_TEST(a_subject_is_a_name_for_records_of_the_dns_alone)
{
	unsigned char    octets[256] = { 2, 1, 0 }, *key_at = octets + 3;
	struct slice     record = { (const char *)octets, 0 };
	struct tls_terms terms = { .host = subjects[_i].host, .base = subjects[_i].host, .proof = subjects[_i].proof,
	    .record = &record, .nrecords = 1 };
	struct stream    s;
	struct problem   why = { .text = "" };
	int              rc;

	make_certificate(NULL, -60, 3600);
	trust(subjects[_i].proof == TLS_BY_NAME);
	record.len = 3 + (size_t)i2d_PUBKEY(key, &key_at);
	relay_context(TLS1_3_VERSION, false);
	start_relay(&s, serve);
	rc = tls_start(&s, &terms, &why);
	ck_assert_msg((rc == 0) == (subjects[_i].failed == NULL), "%s", why.text);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, subjects[_i].failed) != NULL, "%s", why.text);
	end_relay(&s);
	release_certificate();
}
END_TEST

static const struct { struct tls_terms terms; bool works; } anonymous[] = {
	{ { .host = "relay.example.net", .anonymous = true }, true },
	{ { .host = "relay.example.net" }, false },
	{ { .host = "relay.example.net", .proof = TLS_BY_NAME }, false },
	{ { .host = "relay.example.net", .proof = TLS_BY_FINGERPRINT, .fingerprint = "00" }, false },
	{ { .host = "relay.example.net", .proof = TLS_BY_TLSA, .base = "relay.example.net" }, false },
};

START_TEST(a_relay_without_certificate_proves_nothing)
{
	static const char record[3 + 32] = { 3, 1, 1 };
	struct slice      records[] = { { record, sizeof record } };
	struct tls_terms  terms = anonymous[_i].terms;
	struct stream     s;
	struct problem    why = { .text = "" };

	want_no_certificates();
	make_certificate(names, -60, 3600);
	trust(true);
	relay_context(TLS1_2_VERSION, false);
	start_relay(&s, serve);
	terms.record = records;
	terms.nrecords = terms.base != NULL;
	if (anonymous[_i].works) {
		ck_assert_msg(tls_start(&s, &terms, &why) == 0, "%s", why.text);
		expect_greeting(&s);
		ck_assert(tls_is_anonymous(&s) && !tls_is_trusted(&s));
	} else {
		ck_assert_int_eq(tls_start(&s, &terms, &why), -1);
		ck_assert_str_eq(why.text, "the relay shows no certificate");
	}
	end_relay(&s);
	release_certificate();
}
END_TEST

START_TEST(what_is_older_than_tls_1_2_is_refused)
{
	static const struct tls_terms any = { .host = "relay.example.net" };
	struct stream                 s;
	struct problem                why;

	make_certificate(names, -60, 3600);
	relay_context(TLS1_1_VERSION, false);
	start_relay(&s, serve);
	ck_assert_int_eq(tls_start(&s, &any, &why), -1);
	ck_assert_str_eq(why.status, "4.7.0");
	end_relay(&s);
	release_certificate();
}
END_TEST

static const struct { const char *says; bool stays; const char *failed; } silences[] = {
	{ "", true, "timed out waiting for the TLS handshake" },
	{ "", false, "closed by relay in the TLS handshake" },
	{ "500 what?\r\n", true, "TLS handshake: " },
	{ "250-injected\r\n250 AUTH PLAIN\r\n", true, "TLS handshake: " },
};

START_TEST(R10_a_relay_that_cannot_shake_hands_fails_in_time)
{
	static const struct tls_terms any = { .host = "relay.example.net" };
	struct stream                 s = STREAM;
	struct problem                why;
	int                           pair[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	stream_open(&s, pair[0]);
	stream_await(&s, 50, "the TLS handshake");
	ck_assert_int_eq(send(pair[1], silences[_i].says, strlen(silences[_i].says), MSG_NOSIGNAL),
	    (ssize_t)strlen(silences[_i].says));
	if (!silences[_i].stays)
		shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(tls_start(&s, &any, &why), -1);
	ck_assert_msg(strstr(why.text, silences[_i].failed) != NULL, "%s", why.text);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	stream_close(&s);
	close(pair[1]);
}
END_TEST

enum { UPDATES = 50000 };

/* Has octets for the other side to decipher, as fast as it can take them, and then one that says something. */
static void
flood(int fd)
{
	SSL  *ssl = accept_tls(fd);
	BIO  *made = BIO_new(BIO_s_mem());
	char *at;
	long  len, n;

	SSL_set0_wbio(ssl, made);
	for (int i = 0; i < UPDATES; i++) {
		SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
		SSL_do_handshake(ssl);
	}
	SSL_write(ssl, "2", 1);
	for (len = BIO_get_mem_data(made, &at); len > 0 && (n = write(fd, at, (size_t)len)) > 0; len -= n)
		at += n;
	_exit(0);
}

START_TEST(R2_a_relay_that_only_talks_tls_is_left_in_time)
{
	static const struct tls_terms any = { .host = "relay.example.net" };
	struct stream                 s;
	struct problem                why = { .text = "" };
	struct pollfd                 ready;

	make_certificate(names, -60, 3600);
	trust(false);
	relay_context(TLS1_3_VERSION, false);
	SSL_CTX_set_num_tickets(context, 0);
	start_relay(&s, flood);
	ck_assert_int_eq(tls_start(&s, &any, &why), 0);
	ready = (struct pollfd){ .fd = s.fd, .events = POLLIN };
	ck_assert_int_eq(poll(&ready, 1, 60 * 1000), 1);
	stream_await(&s, 50, "the greeting");
	ck_assert_int_eq(stream_byte(&s, &why), -1);
	ck_assert_str_eq(why.text, "timed out waiting for the greeting");
	end_relay(&s);
	release_certificate();
}
END_TEST

/* SHA-256 of the certificate or of its key, as a fingerprint and as the data of a TLSA record. */
static void
digest(bool of_key, char text[65], unsigned char octets[32])
{
	unsigned char *der = NULL;
	int            len = of_key ? i2d_PUBKEY(key, &der) : i2d_X509(certificate, &der);

	EVP_Digest(der, (size_t)len, octets, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
}

/* Names, dates and authorities do not count: the relay is called something else and its certificate is too old. */
static const struct {
	enum tls_proof proof;
	unsigned char  usage, selector;
	bool           wrong;           /* a bit of the digest is */
	const char    *failed;
} digests[] = {
	{ TLS_BY_FINGERPRINT, 0, 0, false, NULL },
	{ TLS_BY_FINGERPRINT, 0, 1, false, NULL },
	{ TLS_BY_FINGERPRINT, 0, 0, true, "has the fingerprint that is expected" },
	{ TLS_BY_FINGERPRINT, 0, 1, true, "has the fingerprint that is expected" },
	{ TLS_BY_TLSA, 3, 0, false, NULL },
	{ TLS_BY_TLSA, 3, 1, false, NULL },
	{ TLS_BY_TLSA, 3, 0, true, "no matching DANE TLSA records" },
	{ TLS_BY_TLSA, 3, 1, true, "no matching DANE TLSA records" },
	{ TLS_BY_TLSA, 2, 0, false, "certificate does not prove its name" },   /* it is under no other */
	{ TLS_BY_TLSA, 3, 7, false, "use the TLSA records" },
};

START_TEST(D1_a_digest_proves_a_relay_and_no_other)
{
	char             text[65];
	unsigned char    octets[3 + 32] = { digests[_i].usage, digests[_i].selector, 1 };
	struct slice     record = { (const char *)octets, sizeof octets };
	struct tls_terms terms = { .host = "other.example.com", .proof = digests[_i].proof, .fingerprint = text,
	    .base = "other.example.com", .record = &record, .nrecords = 1 };
	struct stream    s;
	struct problem   why = { .text = "" };
	int              rc;

	make_certificate(names, -3600, -60);
	trust(false);
	digest(digests[_i].selector == 1, text, octets + 3);
	octets[20] ^= digests[_i].wrong;
	text[40] = digests[_i].wrong ? text[40] == '0' ? '1' : '0' : text[40];
	relay_context(TLS1_3_VERSION, false);
	start_relay(&s, serve);
	rc = tls_start(&s, &terms, &why);
	ck_assert_msg((rc == 0) == (digests[_i].failed == NULL), "%s", why.text);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, digests[_i].failed) != NULL, "%s", why.text);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	end_relay(&s);
	release_certificate();
}
END_TEST

static const struct { bool directory, authority; const char *failed; } authorities[] = {
	{ false, true, NULL },
	{ false, false, "tls-ca: " },
	{ true, true, "self-signed certificate" },   /* one that nobody has hashed */
};

START_TEST(authorities_that_are_named_count_instead_of_the_systems)
{
	char             path[256];
	struct tls_terms terms = { .host = "relay.example.net", .proof = TLS_BY_NAME, .authorities = path };
	struct stream    s;
	struct problem   why = { .text = "" };
	int              rc;

	make_certificate(names, -60, 3600);
	strlcpy(path, trust(authorities[_i].authority), sizeof path);
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	if (authorities[_i].directory)
		*strrchr(path, '/') = '\0';
	relay_context(TLS1_3_VERSION, false);
	start_relay(&s, serve);
	rc = tls_start(&s, &terms, &why);
	ck_assert_msg((rc == 0) == (authorities[_i].failed == NULL), "%s", why.text);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, authorities[_i].failed) != NULL, "%s", why.text);
	end_relay(&s);
	release_certificate();
}
END_TEST

/* Writes certificate and key into one file. */
static void
write_own(char path[256], mode_t mode, const EVP_CIPHER *cipher, bool other_key)
{
	EVP_PKEY *other = EVP_EC_gen("P-256");
	FILE     *file;

	snprintf(path, 256, "%s.own", getenv("SSL_CERT_FILE"));
	file = fopen(path, "w");
	PEM_write_X509(file, certificate);
	PEM_write_PrivateKey(file, other_key ? other : key, cipher, NULL, 0, NULL, "secret");
	fclose(file);
	chmod(path, mode);
	EVP_PKEY_free(other);
}

static const struct { mode_t mode; bool encrypted, other_key, shown; const char *failed; } own[] = {
	{ 0600, false, false, true, NULL },
	{ 0640, false, false, true, NULL },
	{ 0644, false, false, true, "open to all users: chmod o= it" },
	{ 0600, true, false, true, ".own: " },   /* nobody is there to be asked for the passphrase */
	{ 0600, false, true, true, "key values mismatch" },
	{ 0600, false, false, false, "" },
};

START_TEST(a_relay_that_asks_is_shown_our_certificate)
{
	char             path[256];
	struct tls_terms terms = { .host = "relay.example.net" };
	struct stream    s;
	struct problem   why = { .text = "" };
	int              rc;

	make_certificate(names, -60, 3600);
	trust(true);
	write_own(path, own[_i].mode, own[_i].encrypted ? EVP_aes_128_cbc() : NULL, own[_i].other_key);
	if (own[_i].shown)
		terms.cert = terms.key = path;
	relay_context(TLS1_3_VERSION, true);
	start_relay(&s, serve);
	rc = tls_start(&s, &terms, &why);
	if (rc == 0 && own[_i].failed != NULL)
		rc = stream_byte(&s, &why);   /* TLS 1.3: the relay looks at it after we are through */
	if (own[_i].failed == NULL)
		expect_greeting(&s);
	else
		ck_assert_int_eq(rc, -1);
	if (own[_i].failed != NULL)
		ck_assert_msg(strstr(why.text, own[_i].failed) != NULL, "%s", why.text);
	end_relay(&s);
	release_certificate();
}
END_TEST

static bool
is_resumed(const struct stream *s)
{
	char words[128];

	tls_describe(s, words, sizeof words);
	return slice_ends(SLICE(words), SLICE(", resumed"));
}

static const struct { struct tls_terms second; int version; bool resumed, works; } again[] = {
	{ { .host = "relay.example.net", .port = 25 }, TLS1_3_VERSION, true, true },
	{ { .host = "relay.example.net", .port = 25 }, TLS1_2_VERSION, true, true },
	{ { .host = "other.example.net", .port = 25 }, TLS1_3_VERSION, false, true },
	{ { .host = "relay.example.net", .port = 26 }, TLS1_3_VERSION, false, true },
	{ { .host = "relay.example.net", .port = 25, .cert = "/nonexistent" }, TLS1_3_VERSION, false, false },
	/* What was not proved then is not proved now. */
	{ { .host = "relay.example.net", .port = 25, .proof = TLS_BY_NAME }, TLS1_3_VERSION, false, false },
	{ { .host = "relay.example.net", .port = 25, .proof = TLS_BY_NAME }, TLS1_2_VERSION, false, false },
	{ { .host = "relay.example.net", .port = 25, .proof = TLS_BY_FINGERPRINT, .fingerprint = "00" }, TLS1_3_VERSION,
	    false, false },
};

START_TEST(a_session_is_resumed_under_the_same_terms_alone)
{
	static const struct tls_terms first = { .host = "relay.example.net", .port = 25 };
	struct stream                 s;
	struct problem                why;

	make_certificate(names, -60, 3600);
	trust(false);
	relay_context(again[_i].version, false);
	start_relay(&s, serve);
	ck_assert_int_eq(tls_start(&s, &first, &why), 0);
	expect_greeting(&s);
	ck_assert(!is_resumed(&s));
	end_relay(&s);
	start_relay(&s, serve);
	ck_assert_int_eq(tls_start(&s, &again[_i].second, &why), again[_i].works ? 0 : -1);
	ck_assert_int_eq(again[_i].works && is_resumed(&s), again[_i].resumed);
	end_relay(&s);
	release_certificate();
}
END_TEST

START_TEST(a_certificate_is_told_to_people)
{
	static const struct tls_terms any = { .host = "relay.example.net" };
	struct buf                    text = BUF(4096);
	char                          print[65];
	unsigned char                 octets[32];
	struct stream                 s;
	struct problem                why;

	make_certificate(names, -60, 3600);
	trust(false);
	relay_context(TLS1_3_VERSION, false);
	start_relay(&s, serve);
	ck_assert_int_eq(tls_start(&s, &any, &why), 0);
	tls_certificate(&s, &text);
	ck_assert_msg(slice_begins(buf_slice(&text), SLICE("certificate of CN=test\nissued by CN=test\nfor "
	    "DNS:relay.example.net, DNS:*.example.org, IP Address:192.0.2.1\nvalid from ")), "%s", buf_text(&text));
	digest(true, print, octets);
	ck_assert_ptr_nonnull(strcasestr(buf_text(&text), print));
	buf_release(&text);
	end_relay(&s);
	release_certificate();
}
END_TEST

/* The relay's side of a binding, in plain. */
static size_t
bind_relay(SSL *ssl, unsigned char at[64])
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(ssl) == TLS1_2_VERSION)
		return SSL_session_reused(ssl) ? SSL_get_finished(ssl, at, 64) : SSL_get_peer_finished(ssl, at, 64);
	return SSL_export_keying_material(ssl, at, 32, label, strlen(label), NULL, 0, 0) == 1 ? 32 : 0;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

START_TEST(both_ends_of_a_session_have_one_binding_and_no_other_session_has_it)
{
	static const struct tls_terms named = { .host = "relay.example.net", .proof = TLS_BY_NAME };
	struct tls_binding ours, before = { 0 };
	struct problem     why;
	unsigned char      theirs[64];
	int                pair[2];

	signal(SIGPIPE, SIG_IGN);
	make_certificate(names, -60, 3600);
	trust(true);
	relay_context(versions[_i], false);
	for (int i = 0; i < 2; i++) {
		struct stream s = STREAM;

		tls_binding(&s, &ours);
		ck_assert_uint_eq(ours.len, 0);
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		if (fork() == 0) {
			SSL   *ssl = accept_tls(pair[1]);
			size_t len = bind_relay(ssl, theirs);

			SSL_write(ssl, theirs, (int)len);
			_exit(0);
		}
		close(pair[1]);
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		stream_open(&s, pair[0]);
		stream_await(&s, 20 * 1000, "the TLS handshake");
		ck_assert_msg(tls_start(&s, &named, &why) == 0, "%s", why.text);
		tls_binding(&s, &ours);
		ck_assert_int_eq(ours.exporter, versions[_i] == TLS1_3_VERSION);
		ck_assert_uint_gt(ours.len, 0);
		for (size_t j = 0; j < ours.len; j++)
			ck_assert_int_eq(stream_byte(&s, &why), ours.at[j]);
		ck_assert_int_ne(memcmp(&ours, &before, sizeof ours), 0);
		before = ours;
		stream_close(&s);
	}
	release_certificate();
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, R2_a_relay_that_only_talks_tls_is_left_in_time);
	add_table(t, D1_a_digest_proves_a_relay_and_no_other, digests);
	add_table(t, authorities_that_are_named_count_instead_of_the_systems, authorities);
	add_table(t, a_relay_that_asks_is_shown_our_certificate, own);
	add_table(t, a_session_is_resumed_under_the_same_terms_alone, again);
	tcase_add_test(t, a_certificate_is_told_to_people);
	add_table(t, both_ends_of_a_session_have_one_binding_and_no_other_session_has_it, versions);
	add_table(t, R11_a_name_is_proved_or_tls_fails, cases);
	add_table(t, a_subject_is_a_name_for_records_of_the_dns_alone, subjects);
	add_table(t, a_relay_without_certificate_proves_nothing, anonymous);
	tcase_add_test(t, what_is_older_than_tls_1_2_is_refused);
	add_table(t, R10_a_relay_that_cannot_shake_hands_fails_in_time, silences);
}
