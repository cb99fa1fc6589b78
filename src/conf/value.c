/* SPDX-License-Identifier: ISC */
#include "conf/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { SECONDS_MAX = 1000 * 86400, HOST_MAX = 253, LABEL_MAX = 63 };

static const unsigned long long OCTETS_MAX = 1000ull << 30;

/* Splits the unit, one byte, off a number. */
static bool
number_and_unit(struct slice s, unsigned long long max, unsigned long long *number, char *unit)
{
	if (s.len < 2)
		return false;
	*unit = s.at[--s.len];
	return slice_number(s, max, number);
}

bool
value_seconds(struct slice s, unsigned *seconds)
{
	static const struct { char unit; unsigned seconds; } scale[] =
	    { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	unsigned long long number;
	char               unit;

	if (slice_equal(s, SLICE("0"))) {
		*seconds = 0;
		return true;
	}
	if (!number_and_unit(s, SECONDS_MAX, &number, &unit))
		return false;
	for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
		if (unit == scale[i].unit && number <= SECONDS_MAX / scale[i].seconds) {
			*seconds = (unsigned)number * scale[i].seconds;
			return true;
		}
	return false;
}

bool
value_octets(struct slice s, unsigned long long *octets)
{
	unsigned long long number, scale;
	char               unit;

	if (slice_number(s, OCTETS_MAX, octets))
		return true;
	if (!number_and_unit(s, OCTETS_MAX, &number, &unit))
		return false;
	scale = unit == 'K' ? 1 << 10 : unit == 'M' ? 1 << 20 : unit == 'G' ? 1 << 30 : 0;
	if (scale == 0 || number > OCTETS_MAX / scale)
		return false;
	*octets = number * scale;
	return true;
}

/* RFC 5890, 2.3.2.1: the letters of a U-label are not looked at here. */
static bool
is_label(struct slice s, bool any_letter)
{
	if (s.len == 0 || s.len > LABEL_MAX || s.at[0] == '-' || s.at[s.len - 1] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
		    c != '_' && !(any_letter && (unsigned char)c > 127))
			return false;
	}
	return true;
}

static bool
is_host(struct slice s, bool any_letter)
{
	if (s.len == 0 || s.len > HOST_MAX || s.at[s.len - 1] == '.')
		return false;
	while (s.len > 0)
		if (!is_label(slice_cut(&s, '.'), any_letter))
			return false;
	return true;
}

bool
value_is_host(struct slice s)
{
	return is_host(s, false);
}

bool
value_is_address(struct slice s)
{
	char          text[INET6_ADDRSTRLEN];
	unsigned char address[16];

	if (s.len >= sizeof text)
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Cuts at the last c: what follows it is returned and *front ends before it.  False: there is none. */
static bool
cut_last(struct slice *front, char c, struct slice *back)
{
	const char *at = front->len > 0 ? memrchr(front->at, c, front->len) : NULL;

	if (at == NULL)
		return false;
	*back = slice_from(*front, (size_t)(at - front->at) + 1);
	front->len = (size_t)(at - front->at);
	return true;
}

bool
value_is_mailbox(struct slice s)
{
	struct slice host;

	for (size_t i = 0; i < s.len; i++)
		if (strchr(" <>,;", s.at[i]) != NULL)   /* a NUL is found, too */
			return false;
	return !slice_has_control(s) && cut_last(&s, '@', &host) && s.len > 0 && value_is_host(host);
}

bool
value_is_path(struct slice s)
{
	return s.len > 0 && s.at[0] == '/' && !slice_has_control(s);
}

bool
value_is_secret(struct slice s)
{
	return value_is_path(s) || (s.len > 0 && s.at[0] != '.' && memchr(s.at, '/', s.len) == NULL);
}

bool
value_is_pattern(struct slice s)
{
	return s.len > 0 && !slice_equal(s, SLICE("!"));
}

bool
value_is_mechanism(struct slice s)
{
	static const char *const known[] = { "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1",
	    "CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2", "EXTERNAL" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_equal(s, SLICE(known[i])))
			return true;
	return false;
}

static bool
is_port(struct slice s, unsigned *port)
{
	unsigned long long number;

	if (!slice_number(s, 65535, &number) || number == 0)
		return false;
	*port = (unsigned)number;
	return true;
}

bool
value_is_resolver(struct slice s)
{
	struct slice port;
	unsigned     number;

	return (!cut_last(&s, '@', &port) || is_port(port, &number)) && value_is_address(s);
}

bool
value_fingerprint(struct slice s, char text[FINGERPRINT_TEXT])
{
	char   digits[FINGERPRINT_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == ':')
			continue;
		if (!isxdigit((unsigned char)s.at[i]) || n == FINGERPRINT_TEXT - 1)
			return false;
		digits[n++] = (char)tolower((unsigned char)s.at[i]);
	}
	if (n != FINGERPRINT_TEXT - 1)
		return false;
	digits[n] = '\0';
	memcpy(text, digits, sizeof digits);
	return true;
}

/* HOST[:PORT], [ADDRESS] or [ADDRESS]:PORT. */
static bool
host_and_port(struct slice s, struct slice *host, unsigned *port)
{
	bool         bracket = s.len > 0 && s.at[0] == '[';
	const char  *end;
	struct slice tail;

	s = slice_from(s, bracket);
	end = s.len > 0 ? memchr(s.at, bracket ? ']' : ':', s.len) : NULL;
	if (bracket && end == NULL)
		return false;
	*host = (struct slice){ s.at, end != NULL ? (size_t)(end - s.at) : s.len };
	tail = slice_from(s, host->len + bracket);
	return (bracket ? value_is_address(*host) : is_host(*host, true)) &&
	    (tail.len == 0 || (tail.at[0] == ':' && is_port(slice_from(tail, 1), port)));
}

static const struct service {
	const char    *prefix;
	unsigned       port;
	bool           tls_at_start;
	enum tls_level tls;
} services[] = {
	{ "smtp://", 25, false, TLS_MAY },
	{ "submission://", 587, false, TLS_VERIFY },
	{ "submissions://", 465, true, TLS_VERIFY },
};

/* Takes the service off the front of a URL. */
static const struct service *
service_of(struct slice *url)
{
	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		size_t len = strlen(services[i].prefix);

		if (url->len >= len && slice_same((struct slice){ url->at, len }, SLICE(services[i].prefix))) {
			*url = slice_from(*url, len);
			return &services[i];
		}
	}
	return &services[0];
}

bool
value_relay(struct slice url, struct section *s)
{
	const struct service *service = service_of(&url);
	unsigned              port = service->port;
	struct slice          user = url, host = url;
	bool                  has_user = cut_last(&user, '@', &host);

	/* A ':' would be a password, which does not belong into a file that all can read. */
	if (has_user && (user.len == 0 || slice_has_control(user) || memchr(user.at, ':', user.len) != NULL))
		return false;
	if (!host_and_port(host, &host, &port))
		return false;
	s->name = slice_dup(host);
	s->user = has_user ? slice_dup(user) : NULL;
	s->port = port;
	s->tls = service->tls;
	s->tls_at_start = service->tls_at_start;
	return true;
}
