/* SPDX-License-Identifier: ISC */
#include "relay/link.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/ip.h"
#include "lib/responder.h"
#include "net/authority.h"

/* A relay that has a certificate for 127.0.0.1, says what it is told to, and notes what it hears. */
struct relay {
	unsigned port;
	pid_t    pid;
	char    *heard;   /* shared with its process */
};

enum { HEARD_MAX = 4096 };

static ssize_t
receive(SSL *ssl, int fd, char *at)
{
	return ssl != NULL ? SSL_read(ssl, at, 1) : read(fd, at, 1);
}

/* Says each reply and waits for a line after it; "" starts TLS. */
static void
serve(struct relay *r, int listener, const char *const *replies)
{
	int  fd = accept(listener, NULL, NULL);
	SSL *ssl = NULL;
	char c;

	for (; *replies != NULL; replies++) {
		if (**replies == '\0') {
			ssl = accept_tls(fd);
			strlcat(r->heard, "(TLS)", HEARD_MAX);
			continue;
		}
		if (ssl != NULL)
			SSL_write(ssl, *replies, (int)strlen(*replies));
		else
			(void)!send(fd, *replies, strlen(*replies), MSG_NOSIGNAL);
		if (replies[1] != NULL && *replies[1] == '\0')
			continue;   /* what comes next is the handshake */
		do {
			if (receive(ssl, fd, &c) != 1)
				_exit(0);
			strlcat(r->heard, (char[]){ c, '\0' }, HEARD_MAX);
		} while (c != '\n');
	}
	_exit(0);
}

static void
start_relay(struct relay *r, const char *const *replies)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t          len = sizeof address;
	int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	signal(SIGPIPE, SIG_IGN);
	r->heard = mmap(NULL, HEARD_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	r->port = ntohs(address.sin_port);
	relay_context(TLS1_3_VERSION, false);
	if ((r->pid = fork()) == 0)
		serve(r, fd, replies);
	close(fd);
}

#define IN_CLEAR "220 hi\r\n", "250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go\r\n", ""
#define NEEDS_TLS "EHLO www1.example.com\r\nSTARTTLS\r\n"

static const struct {
	const char *relay, *replies[12], *names;
	bool        trusted;
	const char *heard, *failed;   /* failed: NULL, or what the problem says */
} cases[] = {
	{ "submission://joe@127.0.0.1:%u\npassword-file %s\n",
	    { IN_CLEAR, "250-hi\r\n250 AUTH PLAIN\r\n", "235 2.7.0 welcome\r\n" }, "IP:127.0.0.1", true,
	    NEEDS_TLS "(TLS)EHLO www1.example.com\r\nAUTH PLAIN AGpvZQBzM2NyZXQ=\r\n", NULL },
	{ "submissions://joe@127.0.0.1:%u\npassword-file %s\n",
	    { "", "220 hi\r\n", "250-hi\r\n250 AUTH PLAIN\r\n", "235 2.7.0 welcome\r\n" }, "IP:127.0.0.1", true,
	    "(TLS)EHLO www1.example.com\r\nAUTH PLAIN AGpvZQBzM2NyZXQ=\r\n", NULL },

	/* R11: without proof of the name nothing is said. */
	{ "submission://joe@127.0.0.1:%u\npassword-file %s\n", { IN_CLEAR, "250-hi\r\n250 AUTH PLAIN\r\n" },
	    "DNS:relay.example.net", true, NEEDS_TLS, "IP address mismatch" },
	{ "submission://joe@127.0.0.1:%u\npassword-file %s\n", { IN_CLEAR, "250-hi\r\n250 AUTH PLAIN\r\n" },
	    "IP:127.0.0.1", false, NEEDS_TLS, "self-signed certificate" },
	{ "submission://joe@127.0.0.1:%u\npassword-file %s\n", { "220 hi\r\n", "250-hi\r\n250 AUTH PLAIN\r\n" },
	    "IP:127.0.0.1", true, "EHLO www1.example.com\r\n", "TLS is required, but was not offered" },
	{ "submission://joe@127.0.0.1:%u\npassword-file %s.missing\n",
	    { IN_CLEAR, "250-hi\r\n250 AUTH PLAIN\r\n", "250 ok\r\n" }, "IP:127.0.0.1", true,
	    NEEDS_TLS "(TLS)EHLO www1.example.com\r\n", "No such file" },

	/* Those that only listen are kept out without proof. */
	{ "smtp://127.0.0.1:%u\ntls encrypt\n", { IN_CLEAR, "250 hi\r\n" }, "DNS:relay.example.net", false,
	    NEEDS_TLS "(TLS)EHLO www1.example.com\r\n", NULL },
	{ "smtp://127.0.0.1:%u\n", { IN_CLEAR, "250 hi\r\n" }, "DNS:relay.example.net", false,
	    NEEDS_TLS "(TLS)EHLO www1.example.com\r\n", NULL },
	{ "smtp://127.0.0.1:%u\ntls none\n", { IN_CLEAR }, "IP:127.0.0.1", true, "EHLO www1.example.com\r\n", NULL },
};

static void
write_secret(char path[256])
{
	int fd;

	snprintf(path, 256, "%s.secret", getenv("SSL_CERT_FILE"));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "s3cret\n", 7), 7);
	close(fd);
}

static void
read_conf(struct conf *conf, const char *relay, unsigned port, const char *secret)
{
	struct buf text = BUF(4096);

	buf_add(&text, SLICE("hostname www1.example.com\nlog stderr\nreply-timeout 5s\nrelay "));
	buf_addf(&text, relay, port, secret);
	conf_parse(conf, buf_slice(&text));
	ck_assert_msg(conf->nfaults == 0, "%s", buf_text(&conf->faults));
	buf_release(&text);
}

START_TEST(a_session_is_as_safe_as_its_level_demands)
{
	static struct link l;
	struct relay       relay;
	struct conf        conf;
	struct discovery   none = { 0 };
	struct route       route;
	struct problem     why = { .text = "" };
	size_t             calls = 1;
	char               secret[256];
	int                rc;

	make_certificate(cases[_i].names, -60, 3600);
	trust(cases[_i].trusted);
	write_secret(secret);
	start_relay(&relay, cases[_i].replies);
	read_conf(&conf, cases[_i].relay, relay.port, secret);
	route_make(&route, &conf, &none);
	l = LINK;
	rc = link_open(&l, &route.candidate[0], &conf, &calls, &why);
	ck_assert_msg((rc == 0) == (cases[_i].failed == NULL), "%s", why.text);
	ck_assert_int_eq(link_leads_to(&l, &route.candidate[0]), rc == 0);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, cases[_i].failed) != NULL, "%s", why.text);
	link_drop(&l);
	waitpid(relay.pid, NULL, 0);
	ck_assert_str_eq(relay.heard, cases[_i].heard);
	route_release(&route);
	conf_release(&conf);
	release_certificate();
}
END_TEST

#define HELLO_TLS NEEDS_TLS "(TLS)EHLO www1.example.com\r\n"
#define STRIPPED "220 hi\r\n", "250 hi\r\n"
#define HELLO "EHLO www1.example.com\r\n"

/* What DNSSEC protects for the relay that is called relay.example.net: "%s" is the SHA-256 of its key. */
#define FITS "raw @ 52 030101%s; ad"
#define MISFIT "raw @ 52 03010100112233445566778899aabbccddeeff00112233445566778899aabbccddeeff; ad"
#define USELESS "raw @ 52 010101%s; ad"
#define NONE "soa 300 300; ad"

static const struct {
	const char *level, *tlsa, *replies[8];
	bool        unnamed;
	const char *heard, *words, *failed;   /* words: how those in the link begin */
} records[] = {
	{ "may", FITS, { IN_CLEAR, "250 hi\r\n" }, false, HELLO_TLS, "Verified: TLSv1.3 with cipher", NULL },
	{ "encrypt", FITS, { IN_CLEAR, "250 hi\r\n" }, false, HELLO_TLS, "Verified: ", NULL },
	{ "dane", FITS, { IN_CLEAR, "250 hi\r\n" }, false, HELLO_TLS, "Verified: ", NULL },
	{ "may", MISFIT, { IN_CLEAR, "250 hi\r\n" }, false, NEEDS_TLS, "", "no matching DANE TLSA records" },
	{ "encrypt", MISFIT, { IN_CLEAR, "250 hi\r\n" }, false, NEEDS_TLS, "", "no matching DANE TLSA records" },
	{ "dane", MISFIT, { IN_CLEAR, "250 hi\r\n" }, false, NEEDS_TLS, "", "no matching DANE TLSA records" },
	{ "may", FITS, { STRIPPED }, false, HELLO, "", "TLS is required, but was not offered" },
	{ "may", "rcode 2", { STRIPPED }, false, "", "", "look up the TLSA records at" },
	{ "dane", "rcode 2", { STRIPPED }, false, "", "", "look up the TLSA records at" },
	/* RFC 7672, 2.2: records that mail cannot use demand TLS, and prove nothing. */
	{ "may", USELESS, { IN_CLEAR, "250 hi\r\n" }, false, HELLO_TLS, "Untrusted: ", NULL },
	{ "may", USELESS, { STRIPPED }, false, HELLO, "", "TLS is required, but was not offered" },
	{ "dane", USELESS, { STRIPPED }, false, "", "", "`tls dane' demands TLSA records" },
	{ "may", NONE, { STRIPPED }, false, HELLO, "", NULL },
	{ "may", NONE, { IN_CLEAR, "250 hi\r\n" }, false, HELLO_TLS, "Untrusted: ", NULL },
	{ "dane", NONE, { STRIPPED }, false, "", "", "`tls dane' demands TLSA records" },
	/* A relay that anybody may have put into the DNS. */
	{ "may", FITS, { STRIPPED }, true, HELLO, "", NULL },
	{ "dane", FITS, { STRIPPED }, true, "", "", "DNSSEC does not protect how its name was found" },
	{ "none", FITS, { STRIPPED }, false, HELLO, "", NULL },
};

/* Answers for relay.example.net at a port; resolver becomes ADDRESS@PORT. */
static void
publish(const char *tlsa, unsigned port, char resolver[32])
{
	static char    name[64], say[256];
	char           digest[65];
	unsigned char *der = NULL, octets[32];
	int            len = i2d_PUBKEY(key, &der);

	EVP_Digest(der, (size_t)len, octets, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	for (int i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", octets[i]);
	snprintf(name, sizeof name, "tlsa:_%u._tcp.relay.example.net", port);
	snprintf(say, sizeof say, tlsa, digest);
	snprintf(resolver, 32, "127.0.0.1@%u", responder_start((const struct script[]){
	    { "a:relay.example.net", "a @ 300 192.0.2.1; ad" }, { "cname:relay.example.net", "ad" }, { name, say },
	}, 3));
}

/* Opens a link to a relay at 127.0.0.1 that is called relay.example.net. */
static int
open_as(struct link *l, const char *level, bool named, bool waived, const struct relay *relay, const char *resolver,
    struct problem *why)
{
	struct discovery none = { 0 };
	struct conf      conf;
	struct route     route;
	struct buf       text = BUF(4096);
	struct stream    watched;
	size_t           calls = 2;
	int              rc;

	buf_addf(&text, "hostname www1.example.com\nreply-timeout 5s\nresolver %s\n", resolver);
	buf_addf(&text, "relay relay.example.net:%u\ntls %s\n", relay->port, level);
	conf_parse(&conf, buf_slice(&text));
	route_make(&route, &conf, &none);
	route.candidate[0].named = named;
	if (waived)
		route_waive_tls(&route);
	route.candidate[0].addresses.naddresses = 1;
	ck_assert(ip_parse(&route.candidate[0].addresses.address[0], "127.0.0.1", 0));
	watched = l->stream;
	*l = LINK;
	l->stream.trace = watched.trace;
	l->stream.tracer = watched.tracer;
	rc = link_open(l, &route.candidate[0], &conf, &calls, why);
	route_release(&route);
	buf_release(&text);
	conf_release(&conf);
	return rc;
}

static int
open_named(struct link *l, const char *level, bool named, const struct relay *relay, const char *resolver,
    struct problem *why)
{
	return open_as(l, level, named, false, relay, resolver, why);
}

static void
end_relay(struct relay *relay)
{
	if (*relay->heard == '\0')
		kill(relay->pid, SIGKILL);   /* nobody called */
	waitpid(relay->pid, NULL, 0);
}

START_TEST(no_mail_without_what_dnssec_says_of_a_relay)
{
	static struct link l;
	struct relay       relay;
	struct problem     why = { .text = "" };
	char               resolver[32];
	int                rc;

	make_certificate("DNS:other.example.net", -60, 3600);
	trust(false);
	start_relay(&relay, records[_i].replies);
	publish(records[_i].tlsa, relay.port, resolver);
	rc = open_named(&l, records[_i].level, !records[_i].unnamed, &relay, resolver, &why);
	ck_assert_msg((rc == 0) == (records[_i].failed == NULL), "%s", why.text);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, records[_i].failed) != NULL, "%s", why.text);
	else
		ck_assert_msg(strncmp(l.tls, records[_i].words, strlen(records[_i].words)) == 0, "%s", l.tls);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	link_drop(&l);
	end_relay(&relay);
	ck_assert_str_eq(relay.heard, records[_i].heard);
	release_certificate();
}
END_TEST

static const struct { const char *level, *tlsa; bool works; } uncertified[] = {
	{ "may", NONE, true }, { "encrypt", NONE, false }, { "verify", NONE, false }, { "dane", FITS, false },
	{ "may", FITS, false }, { "may", USELESS, false },
};

START_TEST(a_relay_without_certificate_is_anonymous_at_best)
{
	static struct link l;
	struct relay       relay;
	struct problem     why = { .text = "" };
	char               resolver[32];
	int                rc;

	want_no_certificates();
	make_certificate("DNS:relay.example.net", -60, 3600);
	trust(true);
	start_relay(&relay, (const char *[]){ IN_CLEAR, "250 hi\r\n", NULL });
	publish(uncertified[_i].tlsa, relay.port, resolver);
	rc = open_named(&l, uncertified[_i].level, true, &relay, resolver, &why);
	if (uncertified[_i].works) {
		ck_assert_msg(rc == 0, "%s", why.text);
		ck_assert_msg(slice_begins(SLICE(l.tls), SLICE("Anonymous: TLSv1.2 with cipher ")), "%s", l.tls);
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(why.text, "]: the relay shows no certificate") != NULL, "%s", why.text);
	}
	link_drop(&l);
	end_relay(&relay);
	ck_assert_str_eq(relay.heard, uncertified[_i].works ? HELLO_TLS : NEEDS_TLS "(TLS)");
	release_certificate();
}
END_TEST

/* RFC 8689, 4.2.2: what the DNS demands may be waived by a message, what is configured may not. */
static const struct { const char *level, *tlsa, *replies[8], *heard, *words, *failed; } waivers[] = {
	{ "may", MISFIT, { IN_CLEAR, "250 hi\r\n" }, HELLO_TLS, "Untrusted: ", NULL },
	{ "may", FITS, { STRIPPED }, HELLO, "", NULL },
	{ "may", "rcode 2", { STRIPPED }, HELLO, "", NULL },
	{ "encrypt", MISFIT, { IN_CLEAR, "250 hi\r\n" }, HELLO_TLS, "Untrusted: ", NULL },
	{ "encrypt", FITS, { STRIPPED }, HELLO, "", "TLS is required, but was not offered" },
	{ "verify", NONE, { IN_CLEAR, "250 hi\r\n" }, NEEDS_TLS, "", "certificate does not prove its name" },
	{ "dane", MISFIT, { IN_CLEAR, "250 hi\r\n" }, NEEDS_TLS, "", "no matching DANE TLSA records" },
	{ "dane", NONE, { STRIPPED }, "", "", "`tls dane' demands TLSA records" },
};

START_TEST(a_message_waives_what_the_dns_demands_and_nothing_else)
{
	static struct link l;
	struct relay       relay;
	struct candidate   strict;
	struct problem     why = { .text = "" };
	char               resolver[32];
	int                rc;

	make_certificate("DNS:other.example.net", -60, 3600);
	trust(false);
	start_relay(&relay, waivers[_i].replies);
	publish(waivers[_i].tlsa, relay.port, resolver);
	rc = open_as(&l, waivers[_i].level, true, true, &relay, resolver, &why);
	ck_assert_msg((rc == 0) == (waivers[_i].failed == NULL), "%s", why.text);
	if (rc != 0)
		ck_assert_msg(strstr(why.text, waivers[_i].failed) != NULL, "%s", why.text);
	else
		ck_assert_msg(strncmp(l.tls, waivers[_i].words, strlen(waivers[_i].words)) == 0, "%s", l.tls);
	strict = l.candidate;
	ck_assert_int_eq(link_leads_to(&l, &strict), rc == 0);
	strict.tls_waived = false;
	ck_assert(!link_leads_to(&l, &strict));   /* the session is good for its like alone */
	link_drop(&l);
	end_relay(&relay);
	ck_assert_str_eq(relay.heard, waivers[_i].heard);
	release_certificate();
}
END_TEST

/* RFC 8689, 4.2.1: what must stay under TLS goes only where that proves something, and to who will hold on to it. */
static const struct { const char *level; bool unnamed, offered; const char *words; bool keeps_tls; } names[] = {
	{ "verify", false, true, "Verified: ", true },
	{ "verify", false, false, "Verified: ", false },
	{ "verify", true, true, "Trusted: ", false },
	{ "encrypt", true, true, "Trusted: ", false },
	{ "may", true, true, "Trusted: ", false },
	{ "none", false, true, "", false },
};

START_TEST(D14_a_name_that_proves_nothing_is_never_verified)
{
	static const char *const replies[][6] = {
		{ IN_CLEAR, "250 hi\r\n" }, { IN_CLEAR, "250-hi\r\n250 REQUIRETLS\r\n" },
	};
	static struct link       l;
	struct relay             relay;
	struct problem           why = { .text = "" };
	char                     resolver[32];

	make_certificate("DNS:relay.example.net", -60, 3600);
	trust(true);
	start_relay(&relay, replies[names[_i].offered]);
	publish(NONE, relay.port, resolver);
	ck_assert_msg(open_named(&l, names[_i].level, !names[_i].unnamed, &relay, resolver, &why) == 0, "%s", why.text);
	ck_assert_msg(strncmp(l.tls, names[_i].words, strlen(names[_i].words)) == 0, "%s", l.tls);
	ck_assert_int_eq(link_keeps_tls(&l, &why), names[_i].keeps_tls);
	if (!names[_i].keeps_tls)
		ck_assert_str_eq(why.status, "5.7.30");
	link_drop(&l);
	end_relay(&relay);
	release_certificate();
}
END_TEST

/* Listens at another address of the same relay, where something answers that is no good, and ends. */
static pid_t
start_sick(unsigned port, const char *says)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
	int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	pid_t              pid;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	if ((pid = fork()) == 0) {
		int call = accept(fd, NULL, NULL);

		(void)!send(call, says, strlen(says), MSG_NOSIGNAL);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void
has_two_addresses(struct candidate *c, const char *first, const char *second)
{
	ck_assert(ip_parse(&c->addresses.address[0], first, 0) && ip_parse(&c->addresses.address[1], second, 0));
	c->addresses.naddresses = 2;
}

static void
all_is_over(struct route *route, struct conf *conf)
{
	while (wait(NULL) > 0)
		continue;
	route_release(route);
	conf_release(conf);
	release_certificate();
}

static const struct { const char *says, *section; size_t calls; bool works; } sick[] = {
	{ "", "tls verify\n", 4, true },
	{ "421 4.3.2 busy\r\n", "tls verify\n", 4, true },
	{ "554 5.7.1 not you\r\n", "tls verify\n", 4, true },
	{ "220 hi\r\n250 no STARTTLS\r\n", "tls verify\n", 4, true },
	{ "220 hi\r\n250-hi\r\n250 STARTTLS\r\n220 go\r\nwhat?\r\n", "tls verify\n", 4, true },
	{ "220 hi\r\n250-hi\r\n250 STARTTLS\r\n454 no key\r\n", "tls may\n", 4, true },
	{ "421 4.3.2 busy\r\n", "tls verify\n", 1, false },
};

/* RFC 5321, 5.1: each of the addresses, until one works; hazard D8: two of them at most. */
START_TEST(another_address_is_tried_where_one_is_no_good)
{
	static const char *const replies[] = { IN_CLEAR, "250 hi\r\n", NULL };
	static struct link       l;
	struct relay             relay;
	struct conf              conf;
	struct discovery         none = { 0 };
	struct route             route;
	struct problem           why = { .text = "" };
	size_t                   calls = sick[_i].calls;
	char                     section[64];
	int                      rc;

	make_certificate("DNS:relay.example.net", -60, 3600);
	trust(true);
	start_relay(&relay, replies);
	start_sick(relay.port, sick[_i].says);
	snprintf(section, sizeof section, "smtp://relay.example.net:%%u\n%s", sick[_i].section);
	read_conf(&conf, section, relay.port, "");
	route_make(&route, &conf, &none);
	route.candidate[0].named = false;
	has_two_addresses(&route.candidate[0], "127.0.0.2", "127.0.0.1");
	l = LINK;
	rc = link_open(&l, &route.candidate[0], &conf, &calls, &why);
	ck_assert_msg((rc == 0) == sick[_i].works, "%s", why.text);
	ck_assert_uint_eq(calls, sick[_i].calls - (sick[_i].works ? 2 : 1));
	ck_assert(rc != 0 || strncmp(l.tls, "Trusted: ", 9) == 0);
	link_drop(&l);
	kill(relay.pid, SIGKILL);
	all_is_over(&route, &conf);
}
END_TEST

START_TEST(no_other_address_is_asked_about_a_wrong_password)
{
	static const char *const replies[] = { IN_CLEAR, "250-hi\r\n250 AUTH PLAIN\r\n", "535 5.7.8 no\r\n", NULL };
	static struct link       l;
	struct relay             relay;
	struct conf              conf;
	struct discovery         none = { 0 };
	struct route             route;
	struct problem           why = { .text = "" };
	size_t                   calls = 4;
	char                     secret[256];
	pid_t                    other;

	make_certificate("DNS:relay.example.net", -60, 3600);
	trust(true);
	write_secret(secret);
	start_relay(&relay, replies);
	other = start_sick(relay.port, "");
	read_conf(&conf, "submission://joe@relay.example.net:%u\npassword-file %s\n", relay.port, secret);
	route_make(&route, &conf, &none);
	has_two_addresses(&route.candidate[0], "127.0.0.1", "127.0.0.2");
	l = LINK;
	ck_assert_int_eq(link_open(&l, &route.candidate[0], &conf, &calls, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "535"));
	ck_assert_uint_eq(calls, 3);
	kill(other, SIGKILL);
	all_is_over(&route, &conf);
}
END_TEST

static void
look_for_fingerprint(void *argument, const char *direction, struct slice line)
{
	*(unsigned *)argument += strcmp(direction, "--") == 0 && slice_begins(line, SLICE("tls-fingerprint "));
}

/* Who hosts others has the names of all of them in one certificate. */
START_TEST(a_certificate_of_many_names_is_told_all_the_same)
{
	static const char *const replies[] = { IN_CLEAR, "250 hi\r\n", NULL };
	static struct link       l;
	struct relay             relay;
	struct problem           why = { .text = "" };
	struct buf               many = BUF(64 << 10);
	char                     resolver[32];
	unsigned                 nprints = 0;

	for (unsigned i = 0; i < 500; i++)
		buf_addf(&many, "%sDNS:mail.customer-%u.example.net", i > 0 ? "," : "", i);
	make_certificate(buf_text(&many), -60, 3600);
	trust(false);
	start_relay(&relay, replies);
	publish(NONE, relay.port, resolver);
	l.stream.trace = look_for_fingerprint;
	l.stream.tracer = &nprints;
	ck_assert_msg(open_named(&l, "may", true, &relay, resolver, &why) == 0, "%s", why.text);
	ck_assert_uint_eq(nprints, 2);
	link_drop(&l);
	end_relay(&relay);
	release_certificate();
	buf_release(&many);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, no_other_address_is_asked_about_a_wrong_password);
	add_table(t, another_address_is_tried_where_one_is_no_good, sick);
	tcase_add_test(t, a_certificate_of_many_names_is_told_all_the_same);
	add_table(t, no_mail_without_what_dnssec_says_of_a_relay, records);
	add_table(t, a_relay_without_certificate_is_anonymous_at_best, uncertified);
	add_table(t, a_message_waives_what_the_dns_demands_and_nothing_else, waivers);
	add_table(t, D14_a_name_that_proves_nothing_is_never_verified, names);
	add_table(t, a_session_is_as_safe_as_its_level_demands, cases);
}
