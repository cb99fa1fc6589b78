/* SPDX-License-Identifier: ISC */
#include "smtp/auth.h"

#include <gsasl.h>
#include <stdlib.h>

#include "lib/unit.h"

/* What the relay's side, which is GNU SASL's, knows of its user and of its TLS session. */
static const char *password, *exporter, *unique;

static int
know(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	switch (property) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, property, password);
	case GSASL_CB_TLS_EXPORTER:
		return exporter != NULL ? gsasl_property_set(session, property, exporter) : GSASL_NO_CALLBACK;
	case GSASL_CB_TLS_UNIQUE:
		return unique != NULL ? gsasl_property_set(session, property, unique) : GSASL_NO_CALLBACK;
	case GSASL_VALIDATE_EXTERNAL:
		return GSASL_OK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* Both sides in turn, until the relay knows.  Returns what it knows: GSASL_OK when it lets the client in. */
static int
converse(struct auth *a, Gsasl_session *relay)
{
	struct buf     answer = BUF(1 << 16);
	struct problem why;
	char          *challenge;
	int            code = GSASL_NEEDS_MORE;

	if (!auth_speaks_first(a))
		ck_assert_int_eq(gsasl_step64(relay, "", &challenge), GSASL_NEEDS_MORE);
	else
		challenge = strdup("");
	while (code == GSASL_NEEDS_MORE) {
		buf_clear(&answer);
		if (auth_answer(a, SLICE(challenge), &answer, &why) != 0) {
			code = GSASL_AUTHENTICATION_ERROR;
			break;
		}
		gsasl_free(challenge);
		code = gsasl_step64(relay, buf_text(&answer), &challenge);
		if (code != GSASL_OK && code != GSASL_NEEDS_MORE)
			challenge = NULL;
	}
	if (code == GSASL_OK && *challenge != '\0')   /* RFC 4954, 4: the last word of the relay is a challenge, too */
		ck_assert_int_eq(auth_answer(a, SLICE(challenge), &answer, &why), 0);
	gsasl_free(challenge);
	buf_release(&answer);
	return code;
}

static int
log_in(const char *mechanism, const char *secret, const struct tls_binding *binding, bool *done)
{
	struct credentials mine = { "joe", secret, mechanism };
	struct slice       wanted = SLICE(mechanism);
	struct problem     why;
	Gsasl             *library;
	Gsasl_session     *relay;
	struct auth       *a = auth_start(mechanism, &wanted, &mine, binding, &why);
	int                code;

	ck_assert_msg(a != NULL, "%s", why.text);
	ck_assert_str_eq(auth_mechanism(a), mechanism);
	ck_assert_int_eq(gsasl_init(&library), GSASL_OK);
	gsasl_callback_set(library, know);
	ck_assert_int_eq(gsasl_server_start(library, mechanism, &relay), GSASL_OK);
	code = converse(a, relay);
	*done = auth_is_done(a);
	gsasl_finish(relay);
	gsasl_done(library);
	auth_free(a);
	return code;
}

static const struct tls_binding none, new_tls = { true, 4, "tls3" }, old_tls = { false, 4, "tls2" };
#define TLS3 "dGxzMw=="
#define TLS2 "dGxzMg=="

static const struct {
	const char               *mechanism;
	const struct tls_binding *binding;
	const char               *exporter, *unique;
	bool                      good;
} cases[] = {
	{ "PLAIN", &none, NULL, NULL, true },
	{ "LOGIN", &none, NULL, NULL, true },
	{ "CRAM-MD5", &none, NULL, NULL, true },
	{ "SCRAM-SHA-1", &none, NULL, NULL, true },
	{ "SCRAM-SHA-256", &none, NULL, NULL, true },
	{ "SCRAM-SHA-1-PLUS", &new_tls, TLS3, NULL, true },
	{ "SCRAM-SHA-256-PLUS", &new_tls, TLS3, NULL, true },
	{ "SCRAM-SHA-1-PLUS", &old_tls, NULL, TLS2, true },
	{ "SCRAM-SHA-256-PLUS", &old_tls, NULL, TLS2, true },
	/* Somebody between us and the relay has two TLS sessions. */
	{ "SCRAM-SHA-256-PLUS", &new_tls, TLS2, NULL, false },
	{ "SCRAM-SHA-256-PLUS", &old_tls, NULL, TLS3, false },
};

/* Some relays ask in plain words, which are no base64. */
START_TEST(login_answers_whatever_it_is_asked)
{
	static const struct credentials mine = { "joe", "s3cret", "LOGIN" };
	struct slice   wanted = SLICE("LOGIN");
	struct buf     answer = BUF(256);
	struct problem why;
	struct auth   *a = auth_start("LOGIN", &wanted, &mine, &none, &why);

	ck_assert_int_eq(auth_answer(a, SLICE("Username:"), &answer, &why), 0);
	ck_assert_str_eq(buf_text(&answer), "am9l");
	buf_clear(&answer);
	ck_assert_int_eq(auth_answer(a, SLICE("Password:"), &answer, &why), 0);
	ck_assert_str_eq(buf_text(&answer), "czNjcmV0");
	ck_assert(auth_is_done(a));
	auth_free(a);
	buf_release(&answer);
}
END_TEST

START_TEST(who_has_the_secret_is_let_in_over_its_own_tls_session_alone)
{
	bool done;
	int  code;

	password = "s3cret";
	exporter = cases[_i].exporter;
	unique = cases[_i].unique;
	code = log_in(cases[_i].mechanism, "s3cret", cases[_i].binding, &done);
	ck_assert_msg((code == GSASL_OK) == cases[_i].good, "%s", gsasl_strerror(code));
	ck_assert_int_eq(done, cases[_i].good);
}
END_TEST

START_TEST(who_has_another_secret_is_not_let_in)
{
	bool done;

	password = "other";
	exporter = cases[_i].exporter;
	unique = cases[_i].unique;
	ck_assert_int_ne(log_in(cases[_i].mechanism, "s3cret", cases[_i].binding, &done), GSASL_OK);
}
END_TEST

static const struct {
	const char               *offered, *wanted;
	const struct tls_binding *binding;
	const char               *chosen;
} choices[] = {
	{ "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", NULL, &none, "SCRAM-SHA-256" },
	{ "LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH EXTERNAL", NULL, &none, "PLAIN" },
	{ "login", NULL, &none, "LOGIN" },
	{ "SCRAM-SHA-256 SCRAM-SHA-1-PLUS", NULL, &new_tls, "SCRAM-SHA-1-PLUS" },
	{ "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", NULL, &none, "SCRAM-SHA-256" },
	{ "SCRAM-SHA-256-PLUS", NULL, &none, NULL },
	{ "SCRAM-SHA-256 PLAIN LOGIN", "LOGIN PLAIN", &none, "LOGIN" },
	{ "PLAIN XOAUTH2 OAUTHBEARER", "OAUTHBEARER XOAUTH2", &none, "OAUTHBEARER" },
	{ "EXTERNAL PLAIN", "EXTERNAL", &none, "EXTERNAL" },
	{ "GSSAPI NTLM ANONYMOUS DIGEST-MD5 PLAINX XPLAIN", NULL, &none, NULL },
	{ "", NULL, &none, NULL },
};

START_TEST(the_strongest_that_is_offered_is_chosen_of_those_that_are_wanted)
{
	struct credentials mine = { "joe", "s3cret", choices[_i].wanted };
	struct slice       wanted = SLICE(choices[_i].wanted != NULL ? choices[_i].wanted : AUTH_STRONGEST_FIRST);
	struct problem     why;
	struct auth       *a = auth_start(choices[_i].offered, &wanted, &mine, choices[_i].binding, &why);

	if (choices[_i].chosen == NULL) {
		ck_assert_ptr_null(a);
		ck_assert_ptr_nonnull(strstr(why.text, "offers no AUTH mechanism"));
		return;
	}
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(auth_mechanism(a), choices[_i].chosen);
	auth_free(a);
}
END_TEST

START_TEST(a_certificate_needs_no_secret_and_a_password_does)
{
	struct credentials mine = { NULL, NULL, NULL };
	struct slice       wanted = SLICE("PLAIN EXTERNAL");
	struct buf         line = BUF(100);
	struct problem     why;
	struct auth       *a = auth_start("PLAIN EXTERNAL", &wanted, &mine, &none, &why);

	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(auth_mechanism(a), "EXTERNAL");
	buf_add(&line, SLICE("AUTH EXTERNAL "));
	ck_assert_int_eq(auth_answer(a, SLICE(""), &line, &why), 0);
	ck_assert_str_eq(buf_text(&line), "AUTH EXTERNAL =");
	ck_assert(auth_is_done(a));
	auth_free(a);
	buf_release(&line);
}
END_TEST

/* RFC 4954, 4: 512 octets with the command. */
START_TEST(a_long_token_waits_to_be_asked_for)
{
	char               token[2000];
	struct credentials mine = { "joe@example.com", token, NULL };
	struct problem     why;

	for (size_t len = 1; len < sizeof token - 1; len += 37) {
		struct slice wanted = SLICE("OAUTHBEARER");
		struct buf   line = BUF(8192);
		struct auth *a = auth_start("OAUTHBEARER", &wanted, &mine, &none, &why);

		memset(token, 'x', len);
		token[len] = '\0';
		buf_add(&line, SLICE("AUTH OAUTHBEARER "));
		ck_assert_int_eq(auth_answer(a, SLICE(""), &line, &why), 0);
		ck_assert(!auth_speaks_first(a) || line.len <= 510);
		ck_assert(auth_speaks_first(a) || len > 250);
		auth_free(a);
		buf_release(&line);
	}
}
END_TEST

/* A relay that wants the secret hashed four thousand million times: an hour that no deadline ends. */
START_TEST(no_relay_keeps_a_worker_counting)
{
	static const char  begin[] = "r=", end[] = ",s=c2FsdHNhbHQ=,i=4000000000";
	struct credentials mine = { "joe", "s3cret", NULL };
	struct slice       wanted = SLICE("SCRAM-SHA-256");
	struct buf         first = BUF(1024), challenge = BUF(1024), answer = BUF(1024);
	struct problem     why = { .text = "" };
	struct auth       *a = auth_start("SCRAM-SHA-256", &wanted, &mine, &none, &why);
	char              *text;
	size_t             len;

	ck_assert_int_eq(auth_answer(a, SLICE(""), &first, &why), 0);
	ck_assert_int_eq(gsasl_base64_from(first.at, first.len, &text, &len), GSASL_OK);
	buf_addf(&challenge, "%s%.*snonce%s", begin, (int)(len - 11), text + 11, end);   /* behind "n,,n=joe,r=" */
	gsasl_free(text);
	ck_assert_int_eq(gsasl_base64_to(challenge.at, challenge.len, &text, &len), GSASL_OK);
	ck_assert_int_eq(auth_answer(a, SLICE(text), &answer, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "4000000000"));
	gsasl_free(text);
	auth_free(a);
	buf_release(&first);
	buf_release(&challenge);
	buf_release(&answer);
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, login_answers_whatever_it_is_asked);
	tcase_add_test(t, no_relay_keeps_a_worker_counting);
	add_table(t, who_has_the_secret_is_let_in_over_its_own_tls_session_alone, cases);
	add_table(t, who_has_another_secret_is_not_let_in, cases);
	add_table(t, the_strongest_that_is_offered_is_chosen_of_those_that_are_wanted, choices);
	tcase_add_test(t, a_certificate_needs_no_secret_and_a_password_does);
	tcase_add_test(t, a_long_token_waits_to_be_asked_for);
}
