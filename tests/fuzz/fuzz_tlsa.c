/* SPDX-License-Identifier: ISC
 *
 * TLSA records from a name server to OpenSSL (RFC 6698, RFC 7672).  Laws: what counts as a record is whole and of a kind
 * that mail can use, what is no answer is never taken for "there is none", and no record makes TLS begin without a proof.
 */
#include "dns/message.h"
#include "dns/tlsa.h"
#include "fuzz/fuzz.h"
#include "net/tls.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { ID = 0x6162 };

static struct slice answer;
static bool         trouble;

void __wrap_lookup_all(const struct resolver *, struct lookup *, size_t, struct timespec, bool (*)(const void *),
    const void *);

/* The host is where it should be; of its records the input tells. */
void
__wrap_lookup_all(const struct resolver *r, struct lookup *l, size_t n, struct timespec deadline,
    bool (*enough)(const void *), const void *argument)
{
	(void)r, (void)n, (void)deadline, (void)enough, (void)argument;
	message_begin(l, true);
	if (l->type != LOOKUP_TLSA) {
		l->outcome = LOOKUP_NO_DATA;
		l->secure = true;
	} else if (message_read(l, ID, (const uint8_t *)answer.at, answer.len) != MESSAGE_DONE) {
		l->outcome = LOOKUP_TROUBLE;
	}
	trouble = l->outcome == LOOKUP_TROUBLE;
}

/* Nobody is at the other end: what is of interest happens before the first octet. */
static void
begin_tls(const struct tls_terms *terms)
{
	struct stream  s = STREAM;
	struct problem why;
	int            pair[2];

	law(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	close(pair[1]);
	stream_open(&s, pair[0]);
	stream_await(&s, 1000, "nobody");
	law(tls_start(&s, terms, &why) == -1 && is_problem(&why));
	stream_close(&s);
}

static void
hold_usable(const struct tlsa *t)
{
	struct slice     record[LOOKUP_RECORDS_MAX];
	struct tls_terms terms = {
		.host = "relay.example.net", .port = 25, .proof = TLS_BY_TLSA, .base = t->base, .record = record,
		.nrecords = t->nrecords,
	};

	law(t->nrecords > 0 && t->nrecords <= LOOKUP_RECORDS_MAX);
	for (size_t i = 0; i < t->nrecords; i++) {
		record[i] = tlsa_record(t, i);
		law(record[i].len > 3 && record[i].at >= (const char *)t->raw.octet &&
		    record[i].at + record[i].len <= (const char *)t->raw.octet + sizeof t->raw.octet);
		law((record[i].at[0] == 2 || record[i].at[0] == 3) && (uint8_t)record[i].at[1] <= 1);
	}
	begin_tls(&terms);
}

void
fuzz(struct slice input)
{
	const struct resolver r = { .trusted = true };
	struct tlsa           t;
	struct problem        why;

	signal(SIGPIPE, SIG_IGN);
	answer = input;
	if (dns_tlsa(&r, "relay.example.net", 25, clock_deadline(1000), &t, &why) != 0)
		law(trouble && is_problem(&why));
	else {
		law(!trouble && is_printable(t.words));
		if (t.outcome == TLSA_USABLE)
			hold_usable(&t);
	}
}
