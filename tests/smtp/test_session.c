/* SPDX-License-Identifier: ISC */
#include "smtp/session.h"

#include "smtp/script.h"

#define HELLO "<220 hi\n>EHLO www1.example.com\n<250-hi\n"

/* salsa greets, says hello, and, where the table asks for it, STARTTLS and AUTH; failed is what its problem says. */
static const struct { const char *dialogue; bool starttls, auth; const char *failed, *status, *mechanisms; } cases[] = {
	{ "<220 hi\n>EHLO www1.example.com\n<250 hi\n", false, false, NULL, NULL, NULL },
	{ "<220-hi\n<220 there\n>EHLO www1.example.com\n<250 hi\n", false, false, NULL, NULL, NULL },

	/* R7: whatever goes wrong before MAIL is about the relay, and may pass. */
	{ "<554 5.7.1 go away\n", false, false, "said: 554 5.7.1 go away (in reply to connection)", "4.7.1", NULL },
	{ "<421 4.3.2 closing\n", false, false, "said: 421", "4.3.2", NULL },
	{ "<354 go on\n", false, false, "said: 354", "4.0.0", NULL },
	{ "!", false, false, "relay[192.0.2.1]: timed out waiting for the greeting", "4.4.2", NULL },
	{ "", false, false, "relay[192.0.2.1]: connection closed by relay, waiting for the greeting", "4.4.2", NULL },
	{ "<SSH-2.0-OpenSSH\n", false, false, "not an SMTP reply", "4.5.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<451 no\n", false, false, "in reply to EHLO command", "4.3.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<354 no\n", false, false, "in reply to EHLO command", "4.0.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n", false, false, "by relay, waiting for the reply to EHLO", "4.4.2", NULL },

	/* RFC 5321, 3.2: a relay that does not know EHLO is asked with HELO. */
	{ "<220 hi\n>EHLO www1.example.com\n<500 what?\n>HELO www1.example.com\n<250 hi\n", false, false, NULL, NULL,
	    NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<502 what?\n>HELO www1.example.com\n<550 no\n", false, false,
	    "said: 550 no (in reply to HELO command)", "4.0.0", NULL },

	{ HELLO "<250 STARTTLS\n>STARTTLS\n<220 go\n", true, false, NULL, NULL, NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250 hi\n", true, false, "TLS is required, but was not offered", "4.7.0",
	    NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 STARTTLS\n>STARTTLS\n<454 4.7.0 no key\n", true, false,
	    "said: 454 4.7.0 no key (in reply to STARTTLS command)", "4.7.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 STARTTLS\n>STARTTLS\n<501 5.5.4 no\n", true, false,
	    "in reply to STARTTLS command", "4.5.4", NULL },

	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH LOGIN PLAIN\n"
	    ">AUTH PLAIN AGpvZQBzM2NyZXQ=\n<235 2.7.0 welcome\n", false, true, NULL, NULL, NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH login\n>AUTH LOGIN\n<334 VXNlcm5hbWU6\n>am9l\n"
	    "<334 UGFzc3dvcmQ6\n>czNjcmV0\n<235 2.7.0 welcome\n", false, true, NULL, NULL, NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250 hi\n", false, true, "offers no AUTH mechanism", "4.7.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n"
	    "<535 5.7.8 wrong\n", false, true, "said: 535 5.7.8 wrong (in reply to AUTH command)", "4.7.8", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH LOGIN\n>AUTH LOGIN\n<235 2.7.0 so soon?\n", false, true,
	    "did not end as LOGIN ends", "4.7.0", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n"
	    "<334 bW9yZQ==\n", false, true, "", "4.", NULL },
	{ "<220 hi\n>EHLO www1.example.com\n<250-hi\n<250 AUTH CRAM-MD5\n>AUTH CRAM-MD5\n<334 ***\n", false, true,
	    "relay[192.0.2.1]: authentication", "4.7.0", NULL },

	/* RFC 4954, 6: a relay that means the mechanism is asked with another one; for a wrong secret it is not. */
	{ HELLO "<250 AUTH LOGIN PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n<504 5.5.4 what?\n>AUTH LOGIN\n"
	    "<334 VXNlcm5hbWU6\n>am9l\n<334 UGFzc3dvcmQ6\n>czNjcmV0\n<235 2.7.0 welcome\n", false, true, NULL, NULL,
	    NULL },
	{ HELLO "<250 AUTH LOGIN PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n<534 5.7.9 too weak\n"
	    ">AUTH LOGIN\n<535 5.7.8 no\n", false, true, "said: 535 5.7.8 no", "4.7.8", NULL },
	{ HELLO "<250 AUTH PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n<534 5.7.9 too weak\n", false, true,
	    "said: 534 5.7.9 too weak", "4.7.9", NULL },
	{ HELLO "<250 AUTH LOGIN PLAIN\n>AUTH PLAIN AGpvZQBzM2NyZXQ=\n<535 5.7.8 wrong\n", false, true,
	    "said: 535 5.7.8 wrong", "4.7.8", NULL },

	/* RFC 7628, 3.2.3, and what XOAUTH2's providers say: the challenge that means no is answered, and told. */
	{ HELLO "<250 AUTH PLAIN OAUTHBEARER\n>AUTH OAUTHBEARER bixhPWpvZSwBYXV0aD1CZWFyZXIgczNjcmV0AQE=\n"
	    "<235 2.7.0 ok\n", false, true, NULL, NULL, "OAUTHBEARER XOAUTH2" },
	{ HELLO "<250 AUTH OAUTHBEARER\n>AUTH OAUTHBEARER bixhPWpvZSwBYXV0aD1CZWFyZXIgczNjcmV0AQE=\n"
	    "<334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\n>AQ==\n<535 5.7.8 no\n", false, true,
	    "said: 535 5.7.8 no (in reply to AUTH command), because of {\"status\":\"invalid_token\"}", "4.7.8",
	    "OAUTHBEARER" },
	{ HELLO "<250 AUTH XOAUTH2 PLAIN\n>AUTH XOAUTH2 dXNlcj1qb2UBYXV0aD1CZWFyZXIgczNjcmV0AQE=\n"
	    "<334 eyJzdGF0dXMiOiI0MDEifQ==\n>\n<535 5.7.8 no\n", false, true, ", because of {\"status\":\"401\"}", "4.7.8",
	    "XOAUTH2" },
	{ HELLO "<250 AUTH XOAUTH2\n>AUTH XOAUTH2 dXNlcj1qb2UBYXV0aD1CZWFyZXIgczNjcmV0AQE=\n"
	    "<334 eyJzdGF0dXMiOiI0MDEifQ==\n>\n<235 2.7.0 ok\n", false, true, "did not end as XOAUTH2 ends", "4.7.0",
	    "XOAUTH2" },
};

/* No secret is shown, in whatever form it is sent. */
static const char *const forms[] = { "s3cret", "czNjcmV0", "AGpvZQBzM2NyZXQ=", "czNjcmV0AQE=" };

static struct buf seen;   /* by whoever watches */

static void
watch(void *tracer, const char *direction, struct slice line)
{
	(void)tracer;
	buf_addf(&seen, "%s %.*s\n", direction, SLICE_ARG(line));
}

static int
converse(struct session *s, int i, struct problem *why)
{
	if (session_greet(s, why) != 0 || session_hello(s, why) != 0)
		return -1;
	if (cases[i].starttls && session_starttls(s, why) != 0)
		return -1;
	return cases[i].auth ? session_auth(s, &(struct credentials){ "joe", "s3cret", cases[i].mechanisms }, why) : 0;
}

START_TEST(R7_what_fails_before_mail_is_the_relay)
{
	struct script  script;
	struct stream  stream;
	struct session session;
	struct problem why = { .text = "" };
	int            rc;

	seen = BUF(1 << 16);
	script_open(&script, &stream, cases[_i].dialogue);
	stream.trace = watch;
	session_init(&session, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	rc = converse(&session, _i, &why);
	ck_assert_int_eq(rc, cases[_i].failed == NULL ? 0 : -1);
	if (rc == 0) {
		ck_assert_uint_eq(script.rest.len, 0);
	} else {
		ck_assert_int_eq(why.verdict, VERDICT_LATER);
		ck_assert_msg(strstr(why.text, cases[_i].failed) != NULL, "%s", why.text);
		ck_assert(slice_begins(SLICE(why.status), SLICE(cases[_i].status)));
		ck_assert_ptr_null(strstr(why.text, "s3cret"));
	}
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)   /* R11 */
		ck_assert_ptr_null(strstr(buf_text(&seen), forms[i]));
	if (cases[_i].auth && strstr(cases[_i].dialogue, "AUTH PLAIN A") != NULL)
		ck_assert_ptr_nonnull(strstr(buf_text(&seen), "-> AUTH PLAIN ****\n"));
	session_release(&session);
	script_end(&script, &stream);
	buf_release(&seen);
}
END_TEST

START_TEST(R9_text_behind_the_reply_to_starttls_is_not_believed)
{
	struct script  script;
	struct stream  stream;
	struct session session;
	struct problem why;

	script_open(&script, &stream, "<250-hi\n<250 STARTTLS\n<<220 go\r");
	session_init(&session, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	ck_assert_int_eq(session_hello(&session, &why), 0);
	script.rest = (struct slice){ NULL, 0 };
	buf_clear(&script.line);
	buf_add(&script.line, SLICE("220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n"));
	script.line_at = 0;
	ck_assert_int_eq(session_starttls(&session, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "injected"));
	session_release(&session);
	script_end(&script, &stream);
}
END_TEST

START_TEST(starttls_forgets_what_was_offered_in_clear)
{
	struct script  script;
	struct stream  stream;
	struct session session;
	struct problem why;

	script_open(&script, &stream, "<250-hi\n<250-AUTH PLAIN\n<250-PIPELINING\n<250 STARTTLS\n<220 go\n");
	session_init(&session, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	ck_assert_int_eq(session_hello(&session, &why), 0);
	ck_assert_str_eq(session.ehlo.auth, "PLAIN");
	ck_assert_int_eq(session_starttls(&session, &why), 0);
	ck_assert_str_eq(session.ehlo.auth, "");
	ck_assert(!session.ehlo.pipelining && !session.ehlo.starttls);
	session_release(&session);
	script_end(&script, &stream);
}
END_TEST

START_TEST(quit_survives_whatever_comes_back)
{
	static const char *const dialogues[] = { ">QUIT\n<221 bye\n", ">QUIT\n", ">QUIT\n!", ">QUIT\n<bye\n" };
	struct script            script;
	struct stream            stream;
	struct session           session;

	script_open(&script, &stream, dialogues[_i]);
	session_init(&session, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	session_quit(&session);
	ck_assert_str_eq(buf_text(&script.all), "QUIT\r\n");
	session_release(&session);
	script_end(&script, &stream);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, R7_what_fails_before_mail_is_the_relay, cases);
	tcase_add_test(t, R9_text_behind_the_reply_to_starttls_is_not_believed);
	tcase_add_test(t, starttls_forgets_what_was_offered_in_clear);
	tcase_add_loop_test(t, quit_survives_whatever_comes_back, 0, 4);
}
