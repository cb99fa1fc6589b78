/* SPDX-License-Identifier: ISC */
#include "relay/link.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "dns/address.h"
#include "net/dial.h"
#include "net/tls.h"
#include "relay/secret.h"

enum { LOOKUP_MS = 10 * 1000, HANDSHAKE_SECONDS = 120 };

enum { SESSIONS_MAX = 2 };   /* tried with one relay, each at an address of its own: hazard D8 */

/* OpenSSL takes 100 KiB of certificates; as text a name may be longer. */
enum { CERTIFICATE_TEXT = 256 << 10 };

static bool
is_full_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-')
			return false;
	return isalnum((unsigned char)*name) && strchr(name, '.') != NULL;
}

/* RFC 5321, 4.1.1.1 and 4.1.3: a client without a meaningful name gives its address, in brackets. */
static void
choose_hello(struct link *l, const char *hostname)
{
	struct sockaddr_storage own = { 0 };
	socklen_t               len = sizeof own;
	char                    ip[IP_TEXT];

	if (is_full_name(hostname)) {
		strlcpy(l->hello, hostname, sizeof l->hello);
		return;
	}
	getsockname(l->stream.fd, (struct sockaddr *)&own, &len);
	ip_format(&own, ip);
	snprintf(l->hello, sizeof l->hello, "[%s%s]", own.ss_family == AF_INET6 ? "IPv6:" : "", ip);
}

static int
find_addresses(const struct candidate *c, const struct conf *conf, struct host_addresses *found, struct problem *why)
{
	struct resolver resolver;

	*found = c->addresses;
	if (found->naddresses > 0)
		return 0;
	if (resolver_open(&resolver, conf->resolver, why) != 0)
		return -1;
	return dns_addresses(&resolver, c->host, clock_deadline(LOOKUP_MS), found, why);
}

/* For whoever watches: each line of text. */
static void
explain(const struct link *l, struct slice text)
{
	while (text.len > 0)
		stream_trace(&l->stream, "--", slice_cut(&text, '\n'));
}

static void
explain_addresses(const struct link *l, const struct host_addresses *list)
{
	struct buf line = BUF(512);
	char       ip[IP_TEXT];

	for (size_t i = 0; i < list->naddresses; i++) {
		ip_format(&list->address[i], ip);
		buf_addf(&line, "%s %s", i > 0 ? "," : "at", ip);
	}
	explain(l, buf_slice(&line));
	buf_release(&line);
}

static void
strike_out(struct host_addresses *list, const struct sockaddr_storage *address)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->naddresses; i++)
		if (!ip_same(&list->address[i], address))
			list->address[kept++] = list->address[i];
	list->naddresses = kept;
}

/* Strikes out the address that answers; where none does, all of them. */
static int
reach(struct link *l, const struct conf *conf, struct host_addresses *list, size_t *calls_left, struct problem *why)
{
	const struct candidate *c = &l->candidate;
	struct dialled          dialled;
	char                    ip[IP_TEXT];
	int                     rc;

	if (list->naddresses > *calls_left)
		list->naddresses = *calls_left;
	explain_addresses(l, list);
	strlcpy(l->peer, c->host, sizeof l->peer);
	stream_await(&l->stream, conf->connect_timeout_seconds * 1000L, "a connection");
	rc = dial(&dialled, c->host, list->address, list->naddresses, c->port, conf->connect_timeout_seconds, &l->stream,
	    why);
	*calls_left -= dialled.ncalled;
	if (rc != 0) {
		list->naddresses = 0;
		return -1;
	}
	strike_out(list, &dialled.address);
	ip_format(&dialled.address, ip);
	snprintf(l->peer, sizeof l->peer, "%.253s[%s]", c->host, ip);
	snprintf(l->relay, sizeof l->relay, "%.312s:%u", l->peer, c->port);
	explain(l, SLICE(l->relay));
	stream_open(&l->stream, dialled.fd);
	choose_hello(l, conf->hostname);
	session_init(&l->session, &l->stream, l->peer, l->hello, conf->reply_timeout_seconds);
	return 0;
}

/* record has room for what terms refer to. */
static struct tls_terms
terms_for(const struct link *l, enum tls_level level, struct slice record[LOOKUP_RECORDS_MAX])
{
	const struct section *s = l->candidate.section;
	struct tls_terms      terms = { .host = l->candidate.host, .port = l->candidate.port };

	if (s != NULL) {
		terms.authorities = s->tls_ca;
		terms.fingerprint = s->tls_fingerprint;
		terms.cert = s->tls_cert;
		terms.key = s->tls_key;
	}
	terms.anonymous = level == TLS_MAY;
	if (level == TLS_VERIFY)
		terms.proof = terms.fingerprint != NULL ? TLS_BY_FINGERPRINT : TLS_BY_NAME;
	if (level != TLS_DANE)
		return terms;
	terms.proof = TLS_BY_TLSA;
	terms.base = l->tlsa.base;
	terms.record = record;
	for (; terms.nrecords < l->tlsa.nrecords; terms.nrecords++)
		record[terms.nrecords] = tlsa_record(&l->tlsa, terms.nrecords);
	return terms;
}

/* As Postfix has it, but that a name which anybody may have put into the DNS is never verified (hazard D14). */
static const char *
trust_in(const struct link *l)
{
	if (l->verified)
		return "Verified";
	if (tls_is_anonymous(&l->stream))
		return "Anonymous";
	return tls_is_trusted(&l->stream) ? "Trusted" : "Untrusted";
}

static void
explain_certificate(const struct link *l)
{
	struct buf text = BUF(CERTIFICATE_TEXT);

	if (l->stream.trace != NULL)
		tls_certificate(&l->stream, &text);
	explain(l, buf_slice(&text));
	buf_release(&text);
}

static int
shake_hands(struct link *l, enum tls_level level, struct problem *why)
{
	struct slice     record[LOOKUP_RECORDS_MAX];
	struct tls_terms terms = terms_for(l, level, record);
	const char      *trust;
	char             words[160];
	int              rc;

	session_await(&l->session, HANDSHAKE_SECONDS, "the TLS handshake");
	rc = tls_start(&l->stream, &terms, why);
	explain_certificate(l);
	if (rc != 0)
		return problem_prefix(why, l->peer);
	l->proved = terms.proof != TLS_UNPROVED;
	l->verified = l->proved && (terms.proof != TLS_BY_NAME || l->candidate.named);
	trust = trust_in(l);
	tls_describe(&l->stream, words, sizeof words);
	log_line(LOG_INFO, "%s TLS connection established to %s: %s", trust, l->relay, words);
	snprintf(l->tls, sizeof l->tls, "%s: %s", trust, words);
	explain(l, SLICE(l->tls));
	return 0;
}

/* RFC 3207, 4.2: after the handshake the session begins anew. */
static int
change_to_tls(struct link *l, enum tls_level level, struct problem *why)
{
	l->tls_failed = true;
	if (session_starttls(&l->session, why) != 0 || shake_hands(l, level, why) != 0)
		return -1;
	l->tls_failed = false;
	return session_hello(&l->session, why);
}

static int
say_auth(struct link *l, struct problem *why)
{
	const struct section *section = l->candidate.section;
	char                  secret[SECRET_MAX];
	struct credentials    mine = { section->user, NULL, section->mechanisms };
	int                   rc = 0;

	if (section_has_secret(section)) {
		rc = secret_read(section, secret, why);
		mine.secret = secret;
	}
	if (rc == 0)
		rc = session_auth(&l->session, &mine, why);
	explicit_bzero(secret, sizeof secret);
	return rc;
}

/*
 * A secret leaves only under TLS that proved the name it is configured for (hazard R11).  One that was refused may have
 * been a token whose time was over: a fresh one gets another try.
 */
static int
authenticate(struct link *l, struct problem *why)
{
	if (!l->proved)
		return problem_set(why, VERDICT_LATER, "4.3.5", "%s: AUTH needs `tls verify'", l->peer);
	if (say_auth(l, why) == 0)
		return 0;
	return l->session.reply.code == 535 && secret_renew(l->candidate.section) ? say_auth(l, why) : -1;
}

static bool
has_auth(const struct candidate *c)
{
	return c->section != NULL && section_authenticates(c->section);
}

static int
begin(struct link *l, enum tls_level level, struct problem *why)
{
	struct session *s = &l->session;
	bool            at_start = l->candidate.tls_at_start;

	if (at_start && shake_hands(l, level, why) != 0)
		return -1;
	if (session_greet(s, why) != 0 || session_hello(s, why) != 0)
		return -1;
	if (!at_start && (level > TLS_MAY || (level == TLS_MAY && s->ehlo.starttls)))
		return change_to_tls(l, level, why);
	return 0;
}

/* What a relay says to AUTH it would say at each of its addresses. */
static int
try_address(struct link *l, const struct conf *conf, enum tls_level level, struct host_addresses *list,
    size_t *calls_left, struct problem *why)
{
	int rc;

	l->proved = l->verified = l->works = false;
	l->tls[0] = '\0';
	strlcpy(l->relay, "none", sizeof l->relay);
	if (reach(l, conf, list, calls_left, why) != 0)
		return -1;
	l->open = true;
	rc = begin(l, level, why);
	if (rc == 0 && has_auth(&l->candidate)) {
		list->naddresses = 0;
		rc = authenticate(l, why);
	}
	if (rc == 0)   /* who was chosen, why, and how safe it is (hazard D1) */
		log_line(LOG_INFO, "%s: chosen for cost %u, %s; %s", l->relay, l->candidate.cost, l->candidate.origin,
		    l->tls[0] != '\0' ? l->tls : "in clear");
	else
		link_drop(l);
	return rc;
}

/* RFC 5321, 5.1: where one address answers and is no good another one may be, as where one family has its own relay. */
static int
try_level(struct link *l, const struct conf *conf, enum tls_level level, size_t *calls_left, struct problem *why)
{
	struct host_addresses list;

	if (find_addresses(&l->candidate, conf, &list, why) != 0)
		return -1;
	for (unsigned i = 1; try_address(l, conf, level, &list, calls_left, why) != 0; i++) {
		if (i == SESSIONS_MAX || list.naddresses == 0 || *calls_left == 0)
			return -1;
		log_line(LOG_WARNING, "%s; trying another address", why->text);
		explain(l, SLICE(why->text));
	}
	return 0;
}

/*
 * RFC 7672, 2.2: what DNSSEC says of a relay's TLS holds whatever the configuration asks for, as long as that does not
 * say how the relay proves itself and the message (RFC 8689, 4.2.2) does not waive it.  Nothing is asked about a relay
 * whose name proves nothing or is not of the DNS.
 */
static int
choose_level(struct link *l, const struct conf *conf, struct problem *why)
{
	const struct candidate *c = &l->candidate;
	struct resolver         resolver;

	l->level = c->tls;
	l->tlsa = (struct tlsa){ 0 };
	if (c->tls == TLS_NONE || c->tls == TLS_VERIFY)
		return 0;
	if (c->tls_waived && c->tls != TLS_DANE)
		strlcpy(l->tlsa.words, "the message asks for no more TLS than is configured (TLS-Required: No)",
		    sizeof l->tlsa.words);
	else if (!c->named || (c->addresses.naddresses == 0 && dns_is_local(c->host)))
		strlcpy(l->tlsa.words, "DNSSEC does not protect how its name was found", sizeof l->tlsa.words);
	else if (resolver_open(&resolver, conf->resolver, why) != 0 ||
	    dns_tlsa(&resolver, c->host, c->port, clock_deadline(LOOKUP_MS), &l->tlsa, why) != 0)
		return -1;
	explain(l, SLICE(l->tlsa.words));
	if (l->tlsa.outcome == TLSA_USABLE)
		l->level = TLS_DANE;
	else if (c->tls == TLS_DANE)
		return problem_set(why, VERDICT_LATER, "4.7.5", "%.100s: `tls dane' demands TLSA records that DNSSEC "
		    "protects: %s", c->host, l->tlsa.words);
	else if (l->tlsa.outcome == TLSA_UNUSABLE)
		l->level = TLS_ENCRYPT;
	return 0;
}

int
link_open(struct link *l, const struct candidate *c, const struct conf *conf, size_t *calls_left,
    struct problem *why)
{
	l->candidate = *c;
	l->tls_failed = false;
	strlcpy(l->relay, "none", sizeof l->relay);
	if (choose_level(l, conf, why) != 0)
		return -1;
	if (try_level(l, conf, l->level, calls_left, why) == 0)
		return 0;
	if (!l->tls_failed || l->level != TLS_MAY || has_auth(c) || *calls_left == 0)
		return -1;
	log_line(LOG_WARNING, "%s: TLS failed, going on in clear as level `may' allows: %s", l->relay, why->text);
	explain(l, SLICE("TLS failed, going on in clear as level `may' allows:"));
	explain(l, SLICE(why->text));
	return try_level(l, conf, TLS_NONE, calls_left, why);
}

static bool
can_read(const char *word, const char *path, struct problem *why)
{
	if (path == NULL || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return true;
	problem_set(why, VERDICT_LATER, "4.3.5", "%s %s: %s", word, path, strerror(errno));
	return false;
}

bool
link_may_open(const struct candidate *c, struct problem *why)
{
	const struct section *s = c->section;
	char                  secret[SECRET_MAX];
	bool                  may;

	if (s != NULL && (!can_read("tls-key", s->tls_key, why) || !can_read("tls-cert", s->tls_cert, why) ||
	    !can_read("tls-ca", s->tls_ca, why)))
		return false;
	if (!has_auth(c) || !section_has_secret(s))
		return true;
	may = secret_read(s, secret, why) == 0;
	explicit_bzero(secret, sizeof secret);
	return may;
}

bool
link_keeps_tls(const struct link *l, struct problem *why)
{
	if (l->verified && l->session.ehlo.requiretls)
		return true;
	problem_set(why, VERDICT_NEVER, "5.7.30", "%s: the message must stay under TLS (REQUIRETLS), and %s", l->peer,
	    l->verified ? "the relay does not offer that" : "TLS has not proved this relay");
	return false;
}

bool
link_leads_to(const struct link *l, const struct candidate *c)
{
	return l->open && l->candidate.port == c->port && l->candidate.section == c->section &&
	    l->candidate.tls_at_start == c->tls_at_start && l->candidate.tls == c->tls &&
	    l->candidate.named == c->named && (!l->candidate.tls_waived || c->tls_waived) &&
	    strcasecmp(l->candidate.host, c->host) == 0;
}

void
link_quit(struct link *l)
{
	if (l->open)
		session_quit(&l->session);
	link_drop(l);
}

void
link_drop(struct link *l)
{
	if (!l->open)
		return;
	stream_close(&l->stream);
	session_release(&l->session);
	l->open = false;
}
