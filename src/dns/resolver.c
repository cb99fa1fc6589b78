/* SPDX-License-Identifier: ISC */
#include "dns/resolver.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/ip.h"

enum { DNS_PORT = 53, RESOLV_CONF_MAX = 64 << 10 };

static const char resolv_conf[] = "/etc/resolv.conf";

static bool
add_server(struct resolver *r, struct slice address, unsigned port)
{
	char text[IP_TEXT];

	if (r->nservers == RESOLVER_MAX_SERVERS || address.len >= sizeof text)
		return false;
	memcpy(text, address.at, address.len);
	text[address.len] = '\0';
	if (!ip_parse(&r->server[r->nservers], text, port))
		return false;
	r->nservers++;
	return true;
}

static bool
all_are_local(const struct resolver *r)
{
	for (size_t i = 0; i < r->nservers; i++)
		if (ip_kind(&r->server[i]) != IP_LOOPBACK)
			return false;
	return true;
}

static void
read_options(struct resolver *r, struct slice line)
{
	struct slice word;

	while ((word = slice_word(&line)).len > 0)
		if (slice_equal(word, SLICE("trust-ad")))
			r->trusted = true;
}

void
resolver_parse(struct resolver *r, struct slice text)
{
	*r = (struct resolver){ 0 };
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n'), keyword = slice_word(&line);

		if (slice_equal(keyword, SLICE("nameserver")))
			add_server(r, slice_word(&line), DNS_PORT);
		else if (slice_equal(keyword, SLICE("options")))
			read_options(r, line);
	}
	if (r->nservers == 0)
		add_server(r, SLICE("127.0.0.1"), DNS_PORT);
	if (all_are_local(r))
		r->trusted = true;
}

static void
read_file(struct buf *content, const char *path)
{
	int     fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char    block[4096];
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, block, sizeof block)) > 0)
		buf_add(content, (struct slice){ block, (size_t)n });
	close(fd);
}

static int
parse_named(struct resolver *r, const char *named, struct problem *why)
{
	struct slice       port_text = SLICE(named), address = slice_cut(&port_text, '@');
	unsigned long long port = DNS_PORT;

	*r = (struct resolver){ 0 };
	if ((strchr(named, '@') != NULL && !slice_number(port_text, 65535, &port)) || port == 0 ||
	    !add_server(r, address, (unsigned)port))
		return problem_set(why, VERDICT_LATER, "4.3.5", "resolver %s: not of the form ADDRESS[@PORT]", named);
	r->trusted = all_are_local(r);
	return 0;
}

int
resolver_open(struct resolver *r, const char *named, struct problem *why)
{
	struct buf content = BUF(RESOLV_CONF_MAX);

	if (named != NULL)
		return parse_named(r, named, why);
	read_file(&content, resolv_conf);
	resolver_parse(r, buf_slice(&content));
	buf_release(&content);
	return 0;
}

void
resolver_format(const struct resolver *r, struct buf *text)
{
	for (size_t i = 0; i < r->nservers; i++) {
		char     address[IP_TEXT];
		unsigned port = ntohs(((const struct sockaddr_in *)&r->server[i])->sin_port);   /* as in sockaddr_in6 */

		ip_format(&r->server[i], address);
		buf_addf(text, "%s%s@%u", i > 0 ? " " : "", address, port);
	}
}
