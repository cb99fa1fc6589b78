/* SPDX-License-Identifier: ISC */
#include "smtp/auth.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct mechanism {
	const char *name;
	bool        speaks_first;
};

/* The strongest first. */
static const struct mechanism known[] = {
	{ "PLAIN", true },
	{ "LOGIN", false },   /* draft-murchison-sasl-login: the relay asks, and its words do not matter */
};

struct auth {
	const struct mechanism *mechanism;
	Gsasl                  *library;
	Gsasl_session          *session;
	bool                    done;
};

static bool
is_offered(const char *offered, const char *name)
{
	struct slice rest = SLICE(offered), word;

	while ((word = slice_word(&rest)).len > 0)
		if (slice_same(word, SLICE(name)))
			return true;
	return false;
}

static const struct mechanism *
choose(const char *offered)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (is_offered(offered, known[i].name))
			return &known[i];
	return NULL;
}

static int
auth_problem(int code, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.7.0", "authentication: %s", gsasl_strerror(code));
}

struct auth *
auth_start(const char *offered, const char *user, const char *secret, struct problem *why)
{
	const struct mechanism *m = choose(offered);
	struct auth            *a;
	int                     code;

	if (m == NULL) {
		problem_set(why, VERDICT_LATER, "4.7.0", "the relay offers no AUTH mechanism that is known here, but "
		    "\"%s\"", offered);
		return NULL;
	}
	a = xcalloc(1, sizeof *a);
	a->mechanism = m;
	if ((code = gsasl_init(&a->library)) != GSASL_OK ||
	    (code = gsasl_client_start(a->library, m->name, &a->session)) != GSASL_OK ||
	    (code = gsasl_property_set(a->session, GSASL_AUTHID, user)) != GSASL_OK ||
	    (code = gsasl_property_set(a->session, GSASL_PASSWORD, secret)) != GSASL_OK) {
		auth_problem(code, why);
		auth_free(a);
		return NULL;
	}
	return a;
}

void
auth_free(struct auth *a)
{
	if (a->session != NULL)
		gsasl_finish(a->session);
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
	return a->mechanism->speaks_first;
}

bool
auth_is_done(const struct auth *a)
{
	return a->done;
}

int
auth_answer(struct auth *a, struct slice challenge, struct buf *answer, struct problem *why)
{
	char *text = slice_dup(challenge), *out = NULL;
	int   code = gsasl_step64(a->session, text, &out);

	free(text);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
		return auth_problem(code, why);
	a->done = code == GSASL_OK;
	buf_add(answer, SLICE(out));
	explicit_bzero(out, strlen(out));
	gsasl_free(out);
	return 0;
}
