/* SPDX-License-Identifier: ISC */
#include "smtp/auth.h"

#include <gsasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { TOKEN_MAX = 16 << 10 };

/* RFC 4954, 4: beside the command an answer must fit into 512 octets, which are 360 before base64. */
enum { BESIDE_MAX = 360, AROUND_SECRET = 64 };

/* RFC 5802, 5.1: how often a relay may have the secret hashed.  It takes a second for a million times. */
enum { ITERATIONS_MAX = 10 * 1000 * 1000 };

static void add_bearer(struct buf *, const struct credentials *);
static void add_xoauth2(struct buf *, const struct credentials *);

static const struct mechanism {
	const char *name;
	bool        speaks_first, binds, needs_secret;
	void (*add_token)(struct buf *, const struct credentials *);   /* its answer; NULL: GNU SASL knows better */
	const char *dismay;   /* answers a challenge that means no, in base64 */
} known[] = {
	{ "SCRAM-SHA-256-PLUS", true, true, true, NULL, NULL },
	{ "SCRAM-SHA-1-PLUS", true, true, true, NULL, NULL },
	{ "SCRAM-SHA-256", true, false, true, NULL, NULL },
	{ "SCRAM-SHA-1", true, false, true, NULL, NULL },
	{ "CRAM-MD5", false, false, true, NULL, NULL },
	{ "PLAIN", true, false, true, NULL, NULL },
	{ "LOGIN", false, false, true, NULL, NULL },   /* the relay asks, and its words do not matter */
	{ "OAUTHBEARER", true, false, true, add_bearer, "AQ==" },
	{ "XOAUTH2", true, false, true, add_xoauth2, "" },
	{ "EXTERNAL", true, false, false, NULL, NULL },
};

struct auth {
	const struct mechanism   *mechanism;
	const struct credentials *mine;
	Gsasl                    *library;
	Gsasl_session            *session;
	bool                      done, token_said;
	char                      refusal[160];
};

static bool
is_among(const char *words, struct slice name)
{
	struct slice rest = SLICE(words), word;

	while ((word = slice_word(&rest)).len > 0)
		if (slice_same(word, name))
			return true;
	return false;
}

static const struct mechanism *
mechanism_of(struct slice name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_equal(name, SLICE(known[i].name)))
			return &known[i];
	return NULL;
}

static const struct mechanism *
choose(const char *offered, struct slice *wanted, const struct credentials *mine, bool can_bind)
{
	struct slice name;

	while ((name = slice_word(wanted)).len > 0) {
		const struct mechanism *m = mechanism_of(name);

		if (m != NULL && is_among(offered, name) && (!m->binds || can_bind) &&
		    (!m->needs_secret || mine->secret != NULL))
			return m;
	}
	return NULL;
}

static int
auth_problem(int code, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.7.0", "authentication: %s", gsasl_strerror(code));
}

static int
set_property(struct auth *a, Gsasl_property property, const char *value)
{
	return value != NULL ? gsasl_property_set(a->session, property, value) : GSASL_OK;
}

/* RFC 9266, 3: tls-exporter belongs to TLS 1.3; RFC 5929, 3: tls-unique to what was before it. */
static int
set_binding(struct auth *a, const struct tls_binding *binding)
{
	char  *text;
	size_t len;
	int    code = gsasl_base64_to((const char *)binding->at, binding->len, &text, &len);

	if (code != GSASL_OK)
		return code;
	code = set_property(a, binding->exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, text);
	gsasl_free(text);
	return code;
}

static int
open_session(struct auth *a, const struct tls_binding *binding)
{
	int code;

	if ((code = gsasl_init(&a->library)) != GSASL_OK)
		return code;
	if (a->mechanism->add_token != NULL)
		return GSASL_OK;
	if ((code = gsasl_client_start(a->library, a->mechanism->name, &a->session)) != GSASL_OK)
		return code;
	if (a->mechanism->binds && (code = set_binding(a, binding)) != GSASL_OK)
		return code;
	if (!a->mechanism->needs_secret)
		return set_property(a, GSASL_AUTHZID, a->mine->user);
	code = set_property(a, GSASL_AUTHID, a->mine->user);
	return code == GSASL_OK ? set_property(a, GSASL_PASSWORD, a->mine->secret) : code;
}

struct auth *
auth_start(const char *offered, struct slice *wanted, const struct credentials *mine,
    const struct tls_binding *binding, struct problem *why)
{
	struct slice            asked = *wanted;
	const struct mechanism *m = choose(offered, wanted, mine, binding->len > 0);
	struct auth            *a;
	int                     code;

	if (m == NULL) {
		problem_set(why, VERDICT_LATER, "4.7.0", "the relay offers no AUTH mechanism that is wanted here: it "
		    "has \"%s\", and wanted is \"%.*s\"", offered, SLICE_ARG(asked));
		return NULL;
	}
	a = xcalloc(1, sizeof *a);
	a->mechanism = m;
	a->mine = mine;
	if ((code = open_session(a, binding)) == GSASL_OK)
		return a;
	auth_problem(code, why);
	auth_free(a);
	return NULL;
}

/* GNU SASL frees its copy as it is. */
static void
wipe_secret(struct auth *a)
{
	const char *copy = gsasl_property_fast(a->session, GSASL_PASSWORD);

	if (copy != NULL)
		explicit_bzero((void *)(uintptr_t)copy, strlen(copy));
}

void
auth_free(struct auth *a)
{
	if (a->session != NULL) {
		wipe_secret(a);
		gsasl_finish(a->session);
	}
	if (a->library != NULL)
		gsasl_done(a->library);
	free(a);
}

const char *
auth_mechanism(const struct auth *a)
{
	return a->mechanism->name;
}

bool
auth_speaks_first(const struct auth *a)
{
	const struct credentials *c = a->mine;
	size_t                    len = (c->user != NULL ? strlen(c->user) : 0) + AROUND_SECRET;

	if (c->secret != NULL)
		len += strlen(c->secret);
	return a->mechanism->speaks_first && len <= BESIDE_MAX;
}

bool
auth_is_done(const struct auth *a)
{
	return a->done;
}

const char *
auth_refusal(const struct auth *a)
{
	return a->refusal;
}

/* RFC 5801, 4: "=" and "," mean something in a name. */
static void
add_bearer(struct buf *out, const struct credentials *mine)
{
	buf_add(out, SLICE("n,a="));
	for (const char *c = mine->user; *c != '\0'; c++)
		if (*c == '=' || *c == ',')
			buf_addf(out, "=%02X", (unsigned)*c);
		else
			buf_add_byte(out, *c);
	buf_addf(out, ",\001auth=Bearer %s\001\001", mine->secret);
}

static void
add_xoauth2(struct buf *out, const struct credentials *mine)
{
	buf_addf(out, "user=%s\001auth=Bearer %s\001\001", mine->user, mine->secret);
}

static int
say_token(struct auth *a, struct buf *answer, struct problem *why)
{
	struct buf plain = BUF(TOKEN_MAX);
	char      *text;
	size_t     len;
	int        code;

	a->mechanism->add_token(&plain, a->mine);
	code = plain.full ? GSASL_MALLOC_ERROR : gsasl_base64_to(plain.at, plain.len, &text, &len);
	explicit_bzero(plain.at, plain.room);
	buf_release(&plain);
	if (code != GSASL_OK)
		return auth_problem(code, why);
	buf_add(answer, (struct slice){ text, len });
	explicit_bzero(text, len);
	gsasl_free(text);
	a->done = a->token_said = true;
	return 0;
}

/* RFC 7628, 3.2.3: a challenge behind the token says what is wrong with it; it is answered, and then the relay ends. */
static int
take_refusal(struct auth *a, struct slice challenge, struct buf *answer)
{
	char  *text;
	size_t len;

	a->done = false;
	if (gsasl_base64_from(challenge.at, challenge.len, &text, &len) == GSASL_OK) {
		printable_copy(a->refusal, sizeof a->refusal, (struct slice){ text, len });
		gsasl_free(text);
	}
	buf_add(answer, SLICE(a->mechanism->dismay));
	return 0;
}

/* No deadline ends the counting.  Of other mechanisms than SCRAM no challenge looks like that. */
static int
check_iterations(struct slice challenge, struct problem *why)
{
	unsigned long long ignored;
	struct slice       rest, attribute;
	char              *text;
	size_t             len;
	int                rc = 0;

	if (gsasl_base64_from(challenge.at, challenge.len, &text, &len) != GSASL_OK)
		return 0;   /* and GNU SASL will say so */
	for (rest = (struct slice){ text, len }; rc == 0 && rest.len > 0; ) {
		attribute = slice_cut(&rest, ',');
		if (slice_begins(attribute, SLICE("i=")) &&
		    !slice_number(slice_from(attribute, 2), ITERATIONS_MAX, &ignored))
			rc = problem_set(why, VERDICT_LATER, "4.7.0", "authentication: the relay wants the secret "
			    "hashed too often: %.*s", SLICE_ARG(attribute));
	}
	gsasl_free(text);
	return rc;
}

/* RFC 4954, 4: an answer without a single octet is "=" beside the command, and an empty line below it. */
static int
step(struct auth *a, struct slice challenge, struct buf *answer, struct problem *why)
{
	bool  beside = answer->len > 0;
	char *text, *out = NULL;
	int   code;

	if (check_iterations(challenge, why) != 0)
		return -1;
	text = slice_dup(slice_same(SLICE(a->mechanism->name), SLICE("LOGIN")) ? SLICE("") : challenge);
	code = gsasl_step64(a->session, text, &out);
	free(text);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return auth_problem(code, why);
	a->done = code == GSASL_OK;
	buf_add(answer, SLICE(beside && *out == '\0' ? "=" : out));
	explicit_bzero(out, strlen(out));
	gsasl_free(out);
	return 0;
}

int
auth_answer(struct auth *a, struct slice challenge, struct buf *answer, struct problem *why)
{
	if (a->token_said)
		return take_refusal(a, challenge, answer);
	return a->mechanism->add_token != NULL ? say_token(a, answer, why) : step(a, challenge, answer, why);
}
