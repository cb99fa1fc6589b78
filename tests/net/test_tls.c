/* SPDX-License-Identifier: ISC */
#include "net/tls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "net/authority.h"

static const char names[] = "DNS:relay.example.net,DNS:*.example.org,IP:192.0.2.1";

/* A relay that shakes hands, says 220, and reads until the end. */
static void
serve(int fd, int max_version)
{
	SSL *ssl = accept_tls(fd, max_version);
	char got[64];

	SSL_write(ssl, "220 hi\r\n", 8);
	while (SSL_read(ssl, got, sizeof got) > 0)
		continue;
	_exit(0);
}

/* A stream to a relay of that kind in a child process. */
static void
start_relay(struct stream *s, int max_version)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	signal(SIGPIPE, SIG_IGN);
	if (fork() == 0) {
		close(pair[0]);
		serve(pair[1], max_version);
	}
	close(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*s = STREAM;
	stream_open(s, pair[0]);
	stream_await(s, 20 * 1000, "the TLS handshake");
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
	struct stream  s;
	struct problem why = { .text = "" };
	char           words[64];
	int            rc;

	make_certificate(names, cases[_i].from, cases[_i].to);
	trust(cases[_i].trusted);
	start_relay(&s, TLS1_3_VERSION);
	rc = tls_start(&s, cases[_i].host, cases[_i].verify, &why);
	if (cases[_i].failed != NULL) {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(why.text, cases[_i].failed) != NULL, "%s", why.text);
		ck_assert_str_eq(why.status, "4.7.5");
	} else {
		ck_assert_msg(rc == 0, "%s", why.text);
		for (const char *c = "220 hi\r\n"; *c != '\0'; c++)
			ck_assert_int_eq(stream_byte(&s, &why), *c);
		stream_add(&s, SLICE("QUIT\r\n"));
		ck_assert_int_eq(stream_flush(&s, &why), 0);
		tls_describe(&s, words, sizeof words);
		ck_assert(slice_begins(SLICE(words), SLICE("TLSv1.3 TLS_")));
	}
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	stream_close(&s);
	while (wait(NULL) > 0)
		continue;
	release_certificate();
}
END_TEST

START_TEST(what_is_older_than_tls_1_2_is_refused)
{
	struct stream  s;
	struct problem why;

	make_certificate(names, -60, 3600);
	start_relay(&s, TLS1_1_VERSION);
	ck_assert_int_eq(tls_start(&s, "relay.example.net", false, &why), -1);
	ck_assert_str_eq(why.status, "4.7.0");
	stream_close(&s);
	while (wait(NULL) > 0)
		continue;
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
	struct stream  s = STREAM;
	struct problem why;
	int            pair[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	stream_open(&s, pair[0]);
	stream_await(&s, 50, "the TLS handshake");
	ck_assert_int_eq(send(pair[1], silences[_i].says, strlen(silences[_i].says), MSG_NOSIGNAL),
	    (ssize_t)strlen(silences[_i].says));
	if (!silences[_i].stays)
		shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(tls_start(&s, "relay.example.net", false, &why), -1);
	ck_assert_msg(strstr(why.text, silences[_i].failed) != NULL, "%s", why.text);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	stream_close(&s);
	close(pair[1]);
}
END_TEST

/* The relay's side of a binding, in plain. */
static size_t
bind_relay(SSL *ssl, unsigned char at[64])
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(ssl) == TLS1_2_VERSION)
		return SSL_get_peer_finished(ssl, at, 64);
	return SSL_export_keying_material(ssl, at, 32, label, strlen(label), NULL, 0, 0) == 1 ? 32 : 0;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

START_TEST(both_ends_of_a_session_have_one_binding_and_no_other_session_has_it)
{
	struct tls_binding ours, before = { 0 };
	struct problem     why;
	unsigned char      theirs[64];
	int                pair[2];

	signal(SIGPIPE, SIG_IGN);
	make_certificate(names, -60, 3600);
	trust(true);
	for (int i = 0; i < 2; i++) {
		struct stream s = STREAM;

		tls_binding(&s, &ours);
		ck_assert_uint_eq(ours.len, 0);
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		if (fork() == 0) {
			SSL   *ssl = accept_tls(pair[1], versions[_i]);
			size_t len = bind_relay(ssl, theirs);

			SSL_write(ssl, theirs, (int)len);
			_exit(0);
		}
		close(pair[1]);
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		stream_open(&s, pair[0]);
		stream_await(&s, 20 * 1000, "the TLS handshake");
		ck_assert_msg(tls_start(&s, "relay.example.net", true, &why) == 0, "%s", why.text);
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
	add_table(t, both_ends_of_a_session_have_one_binding_and_no_other_session_has_it, versions);
	add_table(t, R11_a_name_is_proved_or_tls_fails, cases);
	tcase_add_test(t, what_is_older_than_tls_1_2_is_refused);
	add_table(t, R10_a_relay_that_cannot_shake_hands_fails_in_time, silences);
}
