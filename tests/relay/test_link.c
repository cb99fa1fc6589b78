/* SPDX-License-Identifier: ISC */
#include "relay/link.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

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
			ssl = accept_tls(fd, TLS1_3_VERSION);
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

void
tests(TCase *t)
{
	add_table(t, a_session_is_as_safe_as_its_level_demands, cases);
}
