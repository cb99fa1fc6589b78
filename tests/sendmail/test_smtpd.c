/* SPDX-License-Identifier: ISC */
#include "sendmail/smtpd.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/unit.h"

/* A client's side of a conversation, and what came of it. */
struct talk {
	struct buf     replies;     /* "250 2.1.0|...": of each the code, and the status where there is one */
	struct buf     queued;      /* the messages: "<sender> RET=... to<...> NOTIFY=...:body;" */
	unsigned       nqueued;
	int            code;        /* what the outlet returns */
	struct problem why;
};

static char hostname[] = "www1.example.com", mailname[] = "mail.example.org", aliases[] = "/nonexistent/aliases";

/* Without a queue: so that the entry is whole as it is handed over. */
static struct conf conf = { .hostname = hostname, .mailname = mailname, .aliases = aliases, .max_size = 100000,
	.deliver = DELIVER_DIRECT };

static void
note(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		buf_addf(b, " %s=%s", name, value);
}

/* The body alone: date and ID are of the moment. */
static void
note_body(struct buf *b, const struct message *m)
{
	struct slice   text;
	struct problem why;
	const char    *body;

	ck_assert_int_eq(message_piece(m, m->entry.envelope_len, 1 << 17, &text, &why), 0);
	body = memmem(text.at, text.len, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(body);
	buf_add(b, slice_from(text, (size_t)(body - text.at) + 4));
}

static int
submit(void *argument, struct message *m, struct problem *why)
{
	struct talk   *k = argument;
	struct entry   e = ENTRY;
	struct problem ignored;

	ck_assert_int_eq(entry_read(&e, m->fd, &ignored), 0);   /* it can be believed */
	ck_assert_int_eq(entry_verify_message(&e, m->fd, &ignored), 0);
	*why = k->why;
	if (k->code != 0) {
		entry_release(&e);
		return k->code;
	}
	buf_addf(&k->queued, "<%s>", e.sender);
	note(&k->queued, "RET", e.ret);
	note(&k->queued, "ENVID", e.envid);
	buf_addf(&k->queued, "%s", e.requiretls ? " REQUIRETLS" : e.tls_waived ? " (TLS waived)" : "");
	for (size_t i = 0; i < e.nrecipients && i < 10; i++) {
		buf_addf(&k->queued, " <%s>", e.recipient[i].address);
		note(&k->queued, "NOTIFY", e.recipient[i].notify);
		note(&k->queued, "ORCPT", e.recipient[i].orcpt);
	}
	buf_addf(&k->queued, ":");
	note_body(&k->queued, m);
	buf_addf(&k->queued, ";");
	snprintf(m->entry.id, sizeof m->entry.id, "ID%u", ++k->nqueued);
	entry_release(&e);
	return 0;
}

static void
read_replies(struct talk *k, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		ck_assert_uint_le(line.len, 511);
		ck_assert(slice_ends(line, SLICE("\r")) && line.len > 4);
		if (line.at[3] == ' ')
			buf_addf(&k->replies, "%s%.*s", k->replies.len > 0 ? "|" : "",
			    line.len > 8 && line.at[5] == '.' ? 9 : 3, line.at);
	}
}

/* Says all of the input in pieces of at most size octets, and then no more. */
static void
say_in_pieces(int fd, struct slice input, size_t size)
{
	while (input.len > 0) {
		size_t n = input.len < size ? input.len : size;

		if (send(fd, input.at, n, MSG_NOSIGNAL) < 0)
			_exit(1);
		input = slice_from(input, n);
	}
	_exit(0);
}

/* Replies go to out. */
static void
converse(struct talk *k, struct slice input, size_t size, int out)
{
	const struct outlet outlet = { submit, k };
	int                 in[2];

	k->replies = k->queued = BUF(1 << 20);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, in), 0);
	if (fork() == 0) {
		close(in[0]);
		say_in_pieces(in[1], input, size);
	}
	close(in[1]);
	smtpd(&conf, &outlet, in[0], out, 10000);
	close(in[0]);
	while (wait(NULL) > 0)
		;
}

static void
talk(struct talk *k, struct slice input, size_t size)
{
	static char text[1 << 20];
	int         out = memfd_create("replies", MFD_CLOEXEC);
	ssize_t     n;

	converse(k, input, size, out);
	n = pread(out, text, sizeof text, 0);
	ck_assert_int_gt(n, 0);
	read_replies(k, (struct slice){ text, (size_t)n });
	close(out);
}

static void
talk_release(struct talk *k)
{
	buf_release(&k->replies);
	buf_release(&k->queued);
}

#define HELLO  "EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n"
#define HEARD  "220|250|250 2.1.0|250 2.1.5|"
#define H      "A: b\r\n\r\n"

static const struct { const char *input, *replies, *queued; } dialogues[] = {
	/* The usual ones: Symfony's, a plain one, one without a greeting. */
	{ "HELO [127.0.0.1]\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" H "hello\r\n.\r\nQUIT\r\n",
	    "220|250|250 2.1.0|250 2.1.5|354|250 2.0.0|221 2.0.0", "<a@x> <b@y>:hello\r\n;" },
	{ "mail from: a@x\r\nrcpt to: b@y\r\ndata\r\n" H ".\r\nquit\r\n",
	    "220|250 2.1.0|250 2.1.5|354|250 2.0.0|221 2.0.0", "<a@x> <b@y>:;" },
	{ HELLO "DATA\r\n" H "1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@z>\r\nDATA\r\n" H "2\r\n.\r\n",
	    HEARD "354|250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0", "<a@x> <b@y>:1\r\n;<> <c@z>:2\r\n;" },
	/* Bare names, a source route, a quoted local part, and the same recipient twice. */
	{ "HELO c\r\nMAIL FROM:<root>\r\nRCPT TO:<bob>\r\nRCPT TO:<@r:b@y>\r\nRCPT TO:<\"a > b\"@y>\r\n"
	    "RCPT TO:<b@Y>\r\nDATA\r\n" H
	    ".\r\n", "220|250|250 2.1.0|250 2.1.5|250 2.1.5|250 2.1.5|250 2.1.5|354|250 2.0.0",
	    "<root@mail.example.org> <bob@mail.example.org> <b@y> <\"a > b\"@y>:;" },

	/* Lines that end in LF. */
	{ "HELO c\nMAIL FROM:<a@x>\nRCPT TO:<b@y>\nDATA\nA: b\n\none\n..\n.\nQUIT\n",
	    "220|250|250 2.1.0|250 2.1.5|354|250 2.0.0|221 2.0.0", "<a@x> <b@y>:one\r\n.\r\n;" },
	{ "HELO c\nMAIL FROM:<a@x>\nRCPT TO:<b@y>\nDATA\nA: b\r\n\r\none\r\n.\r\nQUIT\n",
	    "220|250|250 2.1.0|250 2.1.5|354|250 2.0.0|221 2.0.0", "<a@x> <b@y>:one\r\n;" },
	/* Once a line has ended in CRLF, nothing but CRLF.CRLF ends a text. */
	{ HELLO "DATA\r\n" H "one\n.\nQUIT\r\n.\nx\r.\r\n\n.\r\n.\r.\r\n.\r\nQUIT\r\n", HEARD "354|250 2.0.0|221 2.0.0",
	    "<a@x> <b@y>:one\r\n.\r\nQUIT\r\n\r\nx\r\n.\r\n\r\n.\r\n\r\n.\r\n;" },
	{ HELLO "DATA\r\n" H "..\r\n...\r\n.a\r\nb.\r\n.\r\n", HEARD "354|250 2.0.0",
	    "<a@x> <b@y>:.\r\n..\r\na\r\nb.\r\n;" },

	/* The order of things. */
	{ "RCPT TO:<b@y>\r\nDATA\r\nBDAT 3\r\nabcMAIL FROM:<a@x>\r\nMAIL FROM:<b@x>\r\nDATA\r\n",
	    "220|503 5.5.1|503 5.5.1|503 5.5.1|250 2.1.0|503 5.5.1|503 5.5.1", "" },
	{ HELLO "RSET\r\nDATA\r\n", HEARD "250 2.0.0|503 5.5.1", "" },
	{ HELLO "EHLO d\r\nDATA\r\n", HEARD "250|503 5.5.1", "" },
	{ HELLO "NOOP\r\nVRFY b\r\nHELP\r\nDATA\r\n" H ".\r\n", HEARD "250 2.0.0|252 2.0.0|214 2.0.0|354|250 2.0.0",
	    "<a@x> <b@y>:;" },
	/* What is no command, or a bad one. */
	{ "\r\nXYZ\r\nMAILX FROM:<a@x>\r\nEHLO\r\nHELO \r\nNOOP\tx\r\nDATA now\r\n",
	    "220|500 5.5.1|500 5.5.1|500 5.5.1|501 5.5.4|501 5.5.4|500 5.5.2|501 5.5.4", "" },
	{ "MAIL\r\nMAIL FROM:\r\nMAIL TO:<a@x>\r\nMAIL FROM:<a@x\r\nMAIL FROM:<a@>\r\nMAIL FROM:<a@x>SIZE=1\r\n"
	    "MAIL FROM:<a@x,b@x>\r\n",
	    "220|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.1.7|501 5.5.4|501 5.1.7", "" },
	{ "MAIL FROM:<a@x>\r\nRCPT TO:<>\r\nRCPT TO:<b@y> X=1\r\nRCPT TO:<b c@y>\r\nRCPT TO:<b@y\r\nDATA\r\n",
	    "220|250 2.1.0|501 5.1.3|555 5.5.4|501 5.1.3|501 5.5.4|503 5.5.1", "" },

	/* Parameters. */
	{ "EHLO c\r\nMAIL FROM:<a@x> size=1000 BODY=8BITMIME AUTH=<> RET=hdrs ENVID=q+2Bz\r\n"
	    "RCPT TO:<b@y> NOTIFY=failure,success ORCPT=rfc822;o@y\r\nRCPT TO:<c@y> NOTIFY=NEVER\r\nDATA\r\n" H ".\r\n",
	    "220|250|250 2.1.0|250 2.1.5|250 2.1.5|354|250 2.0.0",
	    "<a@x> RET=HDRS ENVID=q+2Bz <b@y> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;o@y <c@y> NOTIFY=NEVER:;" },
	{ "EHLO c\r\nMAIL FROM:<a@x> requireTLS=1\r\nMAIL FROM:<a@x> requireTLS\r\nRCPT TO:<b@y>\r\nDATA\r\n" H ".\r\n"
	    "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" H ".\r\n",
	    "220|250|501 5.5.4|250 2.1.0|250 2.1.5|354|250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0",
	    "<a@x> REQUIRETLS <b@y>:;<a@x> <b@y>:;" },
	/* RFC 8689, 4.1: the parameter counts more than the field. */
	{ "EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nTLS-Required: No\r\n" H ".\r\n"
	    "MAIL FROM:<a@x> REQUIRETLS\r\nRCPT TO:<b@y>\r\nDATA\r\nTLS-Required: No\r\n" H ".\r\n"
	    "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" H ".\r\n",
	    "220|250|250 2.1.0|250 2.1.5|354|250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0",
	    "<a@x> (TLS waived) <b@y>:;<a@x> REQUIRETLS <b@y>:;<a@x> <b@y>:;" },
	{ "MAIL FROM:<a@x> SIZE=100001\r\nMAIL FROM:<a@x> SIZE=1k\r\nMAIL FROM:<a@x> SIZE\r\nMAIL FROM:<a@x> FOO=1\r\n"
	    "MAIL FROM:<a@x> BODY=BINARYMIME\r\nMAIL FROM:<a@x> RET=ALL\r\nMAIL FROM:<a@x> RET=FULL RET=FULL\r\n"
	    "MAIL FROM:<a@x> ENVID=a+b\r\nMAIL FROM:<a@x> SMTPUTF8=1\r\nMAIL FROM:<a@x> =\r\n",
	    "220|552 5.3.4|501 5.5.4|501 5.5.4|555 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|555 5.5.4", "" },
	{ "MAIL FROM:<a@x>\r\nRCPT TO:<b@y> NOTIFY=NEVER,DELAY\r\nRCPT TO:<b@y> ORCPT=b@y\r\nRCPT TO:<c@y>\r\n"
	    "DATA\r\n" H ".\r\n",
	    "220|250 2.1.0|501 5.5.4|501 5.5.4|250 2.1.5|354|250 2.0.0", "<a@x> <c@y>:;" },

	/* RFC 6531, 3.4. */
	{ "MAIL FROM:<\303\244@x>\r\nMAIL FROM:<a@x>\r\nRCPT TO:<\303\266@y>\r\nRSET\r\n"
	    "MAIL FROM:<\303\244@x> SMTPUTF8\r\nRCPT TO:<\303\266@y>\r\nDATA\r\n" H ".\r\nMAIL FROM:<\303\244@x>\r\n",
	    "220|553 5.6.7|250 2.1.0|553 5.6.7|250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0|553 5.6.7",
	    "<\303\244@x> <\303\266@y>:;" },

	/* RFC 3030. */
	{ HELLO "BDAT 13 LAST\r\n" H "one\r\nQUIT\r\n", HEARD "250 2.0.0|221 2.0.0", "<a@x> <b@y>:one\r\n;" },
	{ HELLO "BDAT 8\r\n" H "BDAT 5\r\n.\r\n.\rBDAT 1 last\r\n\nQUIT\r\n",
	    HEARD "250 2.0.0|250 2.0.0|250 2.0.0|221 2.0.0",
	    "<a@x> <b@y>:.\r\n.\r\n;" },
	{ HELLO "BDAT 9\r\n" H "xBDAT 0 LAST\r\nQUIT\r\n", HEARD "250 2.0.0|250 2.0.0|221 2.0.0",
	    "<a@x> <b@y>:x\r\n;" },
	{ HELLO "BDAT 0\r\nBDAT 9\r\n" H "xBDAT 0 LAST\r\n", HEARD "250 2.0.0|250 2.0.0|250 2.0.0",
	    "<a@x> <b@y>:x\r\n;" },
	{ HELLO "BDAT 3\r\nabcNOOP\r\nMAIL FROM:<c@x>\r\nRCPT TO:<c@y>\r\nDATA\r\nBDAT x\r\nXYZ\r\nBDAT 0 LAST\r\n",
	    HEARD "250 2.0.0|250 2.0.0|503 5.5.1|503 5.5.1|503 5.5.1|501 5.5.4|500 5.5.1|250 2.0.0",
	    "<a@x> <b@y>:abc\r\n;" },
	{ HELLO "BDAT 3\r\nabcRSET\r\nBDAT 5 LAST\r\nQUIT\nDATA\r\n",
	    HEARD "250 2.0.0|250 2.0.0|503 5.5.1|503 5.5.1", "" },
	{ HELLO "BDAT 3\r\nabcEHLO d\r\nMAIL FROM:<c@x>\r\nRCPT TO:<b@y>\r\nBDAT 9 LAST\r\n" H "d",
	    HEARD "250 2.0.0|250|250 2.1.0|250 2.1.5|250 2.0.0", "<c@x> <b@y>:d\r\n;" },
	{ HELLO "BDAT 3\r\nabcQUIT\r\nBDAT 0 LAST\r\n", HEARD "250 2.0.0|221 2.0.0", "" },
	{ HELLO "BDAT 3 LAST\r\nabcBDAT 3 LAST\r\nabcBDAT 3 FIRST\r\n", HEARD "250 2.0.0|503 5.5.1|501 5.5.4",
	    "<a@x> <b@y>:abc\r\n;" },
};

START_TEST(a_dialogue_is_what_the_rfcs_say_however_it_is_cut)
{
	static const size_t sizes[] = { 1, 7, 100000 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct talk k = { .code = 0 };

		talk(&k, SLICE(dialogues[_i].input), sizes[i]);
		ck_assert_str_eq(buf_text(&k.replies), dialogues[_i].replies);
		ck_assert_str_eq(buf_text(&k.queued), dialogues[_i].queued);
		talk_release(&k);
	}
}
END_TEST

static const char *const whole[] = {
	"HELO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n" H "one\r\n..\r\n.\r\n",
	"HELO c\nMAIL FROM:<a@x>\nRCPT TO:<b@y>\nDATA\nA: b\n\none\n..\n.\n",
	"EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 9\r\n" H "xBDAT 3 LAST\r\nyz\n",
	"EHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 9\r\n" H "xBDAT 0 LAST\r\n",
};

START_TEST(what_ends_before_its_end_is_not_queued)
{
	size_t len = strlen(whole[_i]);

	for (size_t cut = 0; cut <= len; cut++) {
		struct talk k = { .code = 0 };

		talk(&k, (struct slice){ whole[_i], cut }, len);
		ck_assert_uint_eq(k.nqueued, cut == len);
		talk_release(&k);
	}
}
END_TEST

/* RFC 2920, 3.2. */
START_TEST(a_group_of_commands_has_one_answer)
{
	struct talk k = { .code = 0 };
	int         out[2];
	char        packet[4096];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, out), 0);
	converse(&k, SLICE(HELLO "RCPT TO:<c@y>\r\nDATA\r\n" H ".\r\nQUIT\r\n"), 10000, out[0]);
	ck_assert_int_gt(read(out[1], packet, sizeof packet), 0);   /* the greeting */
	ck_assert_int_gt(read(out[1], packet, sizeof packet), 0);
	ck_assert_int_eq(read(out[1], packet, sizeof packet), -1);
	talk_release(&k);
}
END_TEST

static const struct { int code; enum verdict verdict; const char *status, *reply; } refusals[] = {
	{ EX_TEMPFAIL, VERDICT_LATER, "4.3.0", "451 4.3.0" },
	{ EX_TEMPFAIL, VERDICT_LATER, "4.3.1", "452 4.3.1" },
	{ EX_TEMPFAIL, VERDICT_NEVER, "5.1.1", "451 4.1.1" },   /* not for good for everybody */
	{ EX_DATAERR, VERDICT_NEVER, "5.3.4", "552 5.3.4" },
	{ EX_DATAERR, VERDICT_NEVER, "5.6.0", "554 5.6.0" },
	{ EX_NOUSER, VERDICT_NEVER, "5.1.1", "554 5.1.1" },
};

START_TEST(nothing_is_promised_that_no_door_has_taken)
{
	struct talk k = { .code = refusals[_i].code };
	char        expected[128];

	problem_set(&k.why, refusals[_i].verdict, refusals[_i].status, "%0500d", 0);
	snprintf(expected, sizeof expected, HEARD "354|%s|250 2.0.0", refusals[_i].reply);
	talk(&k, SLICE(HELLO "DATA\r\n" H ".\r\nNOOP\r\n"), 10000);
	ck_assert_str_eq(buf_text(&k.replies), expected);
	talk_release(&k);
}
END_TEST

static void
add_many(struct buf *b, size_t n, const char *line)
{
	while (n-- > 0)
		buf_add(b, SLICE(line));
}

/* What is too large is read to its end: what follows is no command, and the next message is as good as any. */
START_TEST(a_message_that_is_too_large_is_refused_and_the_next_is_not)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(1 << 20);

	buf_add(&input, SLICE(HELLO "DATA\r\n" H));
	add_many(&input, 11000, "QUIT RSET\r\n");
	buf_addf(&input, ".\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 110000\r\n");
	add_many(&input, 10000, "QUIT RSET\r\n");
	buf_addf(&input, "BDAT 3 LAST\r\nabcMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 3 LAST\r\nabcQUIT\r\n");
	talk(&k, buf_slice(&input), 4000);
	ck_assert_str_eq(buf_text(&k.replies), HEARD "354|552 5.3.4|250 2.1.0|250 2.1.5|552 5.3.4|503 5.5.1|250 2.1.0|250 2.1.5|"
	    "250 2.0.0|221 2.0.0");
	ck_assert_str_eq(buf_text(&k.queued), "<a@x> <b@y>:abc\r\n;");
	talk_release(&k);
	buf_release(&input);
}
END_TEST

START_TEST(a_line_has_a_largest_length)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(1 << 20);

	add_many(&input, 5000, "MAIL FROM:<a@x> ");
	buf_addf(&input, "\r\nNOOP ");
	add_many(&input, 2000, "x");
	buf_addf(&input, "\r\nQUIT\r\n");
	talk(&k, buf_slice(&input), 100);
	ck_assert_str_eq(buf_text(&k.replies), "220|500 5.5.2|250 2.0.0|221 2.0.0");
	talk_release(&k);
	buf_release(&input);
}
END_TEST

START_TEST(there_are_only_so_many_recipients)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(1 << 20);

	buf_addf(&input, "MAIL FROM:<a@x>\r\n");
	for (int i = 0; i <= ENTRY_MAX_RECIPIENTS; i++)
		buf_addf(&input, "RCPT TO:<b%d@y>\r\n", i);
	buf_addf(&input, "RCPT TO:<b0@y>\r\nDATA\r\n" H ".\r\n");   /* he is there */
	talk(&k, buf_slice(&input), 10000);
	ck_assert(slice_ends(buf_slice(&k.replies), SLICE("|250 2.1.5|452 4.5.3|250 2.1.5|354|250 2.0.0")));
	ck_assert_uint_eq(k.nqueued, 1);
	talk_release(&k);
	buf_release(&input);
}
END_TEST

START_TEST(recipients_are_bounded_in_octets_too)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(4 << 20), orcpt = BUF(500);

	while (orcpt.len < 480)
		buf_add_byte(&orcpt, 'x');
	buf_addf(&input, "MAIL FROM:<a@x>\r\n");
	for (int i = 0; i < ENTRY_MAX_RECIPIENTS; i++)
		buf_addf(&input, "RCPT TO:<b%d@y> ORCPT=rfc822;%s\r\n", i, buf_text(&orcpt));
	buf_addf(&input, "DATA\r\n" H ".\r\n");
	talk(&k, buf_slice(&input), 10000);
	ck_assert(slice_ends(buf_slice(&k.replies), SLICE("|452 4.5.3|354|250 2.0.0")));
	ck_assert_uint_eq(k.nqueued, 1);   /* what was accepted fits */
	talk_release(&k);
	buf_release(&input);
	buf_release(&orcpt);
}
END_TEST

START_TEST(a_client_that_only_errs_is_shown_the_door)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(1 << 20);

	add_many(&input, 100, "XYZ\r\n");
	buf_addf(&input, HELLO "DATA\r\n" H ".\r\n");
	talk(&k, buf_slice(&input), 10000);
	ck_assert(slice_ends(buf_slice(&k.replies), SLICE("|500 5.5.1|421 4.7.0")));
	ck_assert_uint_eq(k.nqueued, 0);
	talk_release(&k);
	buf_release(&input);
}
END_TEST

START_TEST(bad_recipients_cost_the_good_ones_nothing)
{
	struct talk k = { .code = 0 };
	struct buf  input = BUF(1 << 20);

	buf_addf(&input, "MAIL FROM:<a@b>\r\n");
	add_many(&input, 100, "RCPT TO:<bad@@x>\r\n");
	buf_addf(&input, "RCPT TO:<good@x>\r\nDATA\r\n" H ".\r\n");
	talk(&k, buf_slice(&input), 10000);
	ck_assert(slice_ends(buf_slice(&k.replies), SLICE("|501 5.1.3|250 2.1.5|354|250 2.0.0")));
	ck_assert_uint_eq(k.nqueued, 1);
	talk_release(&k);
	buf_release(&input);
}
END_TEST

static const char *const silences[] = { "", "EHLO c\r\n", "NOO", HELLO "DATA\r\n" H "x\r\n.\r", HELLO "BDAT 9\r\n" H };

START_TEST(a_client_that_says_nothing_is_left)
{
	struct talk         k = { .replies = BUF(1024) };
	const struct outlet outlet = { submit, &k };
	int                 in[2], out[2];
	char                text[4096];
	ssize_t             n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
	ck_assert_int_ge(write(in[1], silences[_i], strlen(silences[_i])), 0);
	smtpd(&conf, &outlet, in[0], out[0], 20);
	n = read(out[1], text, sizeof text);
	ck_assert_int_gt(n, 0);
	read_replies(&k, (struct slice){ text, (size_t)n });
	ck_assert(slice_ends(buf_slice(&k.replies), SLICE("|421 4.4.2")));
	ck_assert_uint_eq(k.nqueued, 0);
	buf_release(&k.replies);
}
END_TEST

/* The pipe has always room for some more, up to the end, but not for all that is to be said at once. */
START_TEST(a_client_that_does_not_listen_is_left)
{
	struct talk         k = { .code = 0 };
	const struct outlet outlet = { submit, &k };
	int                 in[2], out[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	if (fork() == 0) {
		close(in[0]);
		for (;;)
			if (write(in[1], "NOOP\r\n", 6) < 0)
				_exit(0);
	}
	close(in[1]);
	smtpd(&conf, &outlet, in[0], out[1], 20);
	close(in[0]);
	while (wait(NULL) > 0)
		;
}
END_TEST

void
tests(TCase *t)
{
	tcase_set_timeout(t, 60);
	add_table(t, a_dialogue_is_what_the_rfcs_say_however_it_is_cut, dialogues);
	add_table(t, what_ends_before_its_end_is_not_queued, whole);
	tcase_add_test(t, a_group_of_commands_has_one_answer);
	add_table(t, nothing_is_promised_that_no_door_has_taken, refusals);
	tcase_add_test(t, a_message_that_is_too_large_is_refused_and_the_next_is_not);
	tcase_add_test(t, a_line_has_a_largest_length);
	tcase_add_test(t, there_are_only_so_many_recipients);
	tcase_add_test(t, recipients_are_bounded_in_octets_too);
	tcase_add_test(t, a_client_that_only_errs_is_shown_the_door);
	tcase_add_test(t, bad_recipients_cost_the_good_ones_nothing);
	add_table(t, a_client_that_says_nothing_is_left, silences);
	tcase_add_test(t, a_client_that_does_not_listen_is_left);
}
