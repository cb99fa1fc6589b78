/* SPDX-License-Identifier: ISC */
#include "mail/recode.h"

#include "lib/unit.h"
#include "mail/fold.h"

enum { ROOM = 4 << 20 };

#define MIME "MIME-Version: 1.0\r\n"
#define QP   "Content-Transfer-Encoding: quoted-printable\r\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define MIX  "Content-Type: multipart/mixed; boundary=b\r\n"

/* "@" in a case below stands for this. */
static void
add_long(struct buf *b)
{
	for (int i = 0; i < 1000; i++)
		buf_add_byte(b, 'x');
}

static void
expand(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '@')
			add_long(b);
		else
			buf_add_byte(b, *text);
}

/* Feeds text in pieces of size octets. */
static void
recode(struct slice text, size_t size, const char *charset, struct buf *out)
{
	struct recode r;

	recode_init(&r, charset);
	while (text.len > 0) {
		size_t n = text.len < size ? text.len : size;

		recode_add(&r, (struct slice){ text.at, n }, out);
		text = slice_from(text, n);
	}
	recode_end(&r, out);
	recode_release(&r);
	ck_assert(!out->full);
}

static void
assert_fits(struct slice text, size_t max)
{
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		ck_assert(slice_ends(line, SLICE("\r")));
		ck_assert_uint_le(line.len - 1, max);
		ck_assert_ptr_null(memchr(line.at, '\r', line.len - 1));
	}
}

static int
hex(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* A decoder of quoted-printable that forgives nothing. */
static void
decode(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		ck_assert(text.at[i] == '\r' || text.at[i] == '\n' || text.at[i] == '\t' ||
		    (text.at[i] >= ' ' && text.at[i] < 127));
		if (text.at[i] != '=') {
			buf_add_byte(out, text.at[i]);
			continue;
		}
		ck_assert_uint_lt(i + 2, text.len);
		if (text.at[i + 1] != '\r')
			buf_add_byte(out, (char)(hex(text.at[i + 1]) << 4 | hex(text.at[i + 2])));
		i += 2;
	}
}

static const struct { const char *in, *out; } cases[] = {
	{ "A: b\r\n\r\nx\r\n", "A: b\r\n" MIME TEXT QP "\r\nx\r\n" },
	{ "A: b\r\n", "A: b\r\n" },
	{ "A: b\r\n\r\n", "A: b\r\n" MIME TEXT QP "\r\n" },
	{ "A: b\r\n\r\ngr\xC3\xBC\xC3\x9F = -\r\n-x \r\n \t\r\n",
	    "A: b\r\n" MIME TEXT QP "\r\ngr=C3=BC=C3=9F =3D -\r\n=2Dx=20\r\n =09\r\n" },
	{ "mime-version: 1.0\r\nContent-type: text/html\r\nContent-Transfer-Encoding : 8BIT (yes)\r\nA: b\r\n\r\n<p>\r\n",
	    "mime-version: 1.0\r\nContent-type: text/html\r\nA: b\r\n" QP "\r\n<p>\r\n" },
	{ "Content-Type: text/html\r\n\r\nx\r\n", "Content-Type: text/html\r\n" MIME QP "\r\nx\r\n" },
	{ "Content-Transfer-Encoding:\r\n binary\r\n\r\n=\r\n", MIME TEXT QP "\r\n=3D\r\n" },

	/* What is encoded keeps its octets. */
	{ MIME "Content-Transfer-Encoding: base64\r\nA: b\r\n\r\n=-\xFF\r\n",
	    MIME "A: b\r\nContent-Transfer-Encoding: base64\r\n\r\n=-\xFF\r\n" },
	{ QP "\r\n=3D -\r\n", QP "\r\n=3D -\r\n" },
	{ "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n",
	    "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n" },
	{ "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n=\r\n",
	    "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n=\r\n" },

	/* What is signed or a message, too. */
	{ "DKIM-Signature: v=1\r\n\r\n=\r\n", "DKIM-Signature: v=1\r\n\r\n=\r\n" },
	{ "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n=\r\n", "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n=\r\n" },
	{ "Content-Type: Multipart/Signed; boundary=b\r\n\r\n--b\r\n\r\n=\r\n--b--\r\n",
	    "Content-Type: Multipart/Signed; boundary=b\r\n\r\n--b\r\n\r\n=\r\n--b--\r\n" },
	{ "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n=\r\n", "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n=\r\n" },
	{ "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\n=\r\n",
	    "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\n=\r\n" },

	/* Parts; what is in front of them, between and behind them is nobody's. */
	{ MIX "\r\n=\r\n--b\r\n\r\n=\r\n--b \r\nContent-Type: text/html\r\n\r\n==\r\n--b--\r\n=\r\n",
	    MIX "\r\n=\r\n--b\r\n" QP "\r\n=3D\r\n--b \r\nContent-Type: text/html\r\n" QP "\r\n=3D=3D\r\n--b--\r\n=\r\n" },
	{ "Content-Type: multipart/x; a=\"b\\\";boundary=c\"; (boundary=d)\r\n\tBoundary=\"b\\ b\"\r\n\r\n--b b\r\n\r\n=\r\n",
	    "Content-Type: multipart/x; a=\"b\\\";boundary=c\"; (boundary=d)\r\n\tBoundary=\"b\\ b\"\r\n\r\n--b b\r\n" QP
	    "\r\n=3D\r\n" },
	{ MIX "\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n--b\r\nA: b\r\n--b--\r\n",
	    MIX "\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n--b\r\nA: b\r\n--b--\r\n" },
	{ MIX "\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\nno field\r\n=\r\n--b--\r\n",
	    MIX "\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\nno field\r\n=\r\n--b--\r\n" },
	{ MIX "\r\n--b\r\n\r\n--bb\r\n--b-\r\n---b\r\n", MIX "\r\n--b\r\n" QP "\r\n=2D-bb\r\n=2D-b-\r\n=2D--b\r\n" },
	{ MIX "\r\n--b\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n=\r\n--d\r\nContent-Type: text/plain"
	    "\r\n\r\n=\r\n--d--\r\n=\r\n--b\r\n\r\n=\r\n--b--\r\n",
	    MIX "\r\n--b\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n=\r\n--d\r\nContent-Type: text/plain"
	    "\r\n" QP "\r\n=3D\r\n--d--\r\n=\r\n--b\r\n" QP "\r\n=3D\r\n--b--\r\n" },
	{ MIX "\r\n--b\r\nContent-Type: multipart/signed; boundary=d\r\n\r\n--d\r\n\r\n=\r\n--b\r\n\r\n=\r\n--b--\r\n",
	    MIX "\r\n--b\r\nContent-Type: multipart/signed; boundary=d\r\n\r\n--d\r\n\r\n=\r\n--b\r\n" QP "\r\n=3D\r\n--b--\r\n" },
	{ MIX "\r\n--b\r\n" MIX "\r\n--b\r\n\r\n=\r\n", MIX "\r\n--b\r\n" MIX "\r\n--b\r\n" QP "\r\n=3D\r\n" },

	/* What an entry never holds, and a damaged or forged one might. */
	{ "A: b\n\r=\n.\r\r\n", "A: b\r\n" MIME TEXT QP "\r\n=3D\r\n.\r\n\r\n" },
	{ "\r\n=", MIME TEXT QP "\r\n=3D\r\n" },
	{ " b\r\n\r\n=\r\n", " b\r\n\r\n=\r\n" },
};

START_TEST(what_has_no_encoding_becomes_quoted_printable_wherever_the_text_is_cut)
{
	struct slice in = SLICE(cases[_i].in);

	for (size_t size = 1; size <= in.len; size++) {
		struct buf out = BUF(ROOM);

		recode(in, size, "utf-8", &out);
		ck_assert_str_eq(buf_text(&out), cases[_i].out);
		buf_release(&out);
	}
}
END_TEST

/* Words of a length, and what stands between them. */
static const struct { size_t nwords, len; const char *word, *between; } bodies[] = {
	{ 1, 998, "x", "" }, { 1, 999, "x", "" }, { 1, 100000, "x", "" }, { 1, 100000, "-", "" }, { 1, 100000, " ", "" },
	{ 1, 100000, "\xC3\xBC", "" }, { 1, 3000, "=", "" }, { 20000, 5, "a", " " }, { 5000, 50, ".", " \r\n" },
	{ 300, 997, "\t", "\r\n" }, { 300, 998, " ", "\r\n" }, { 3, 999, "From ", "\r\n\r\n" },
};

static void
add_body(struct buf *b, int i)
{
	for (size_t n = 0; n < bodies[i].nwords; n++) {
		size_t begin = b->len;

		while (b->len - begin < bodies[i].len)
			buf_add(b, SLICE(bodies[i].word));
		buf_add(b, SLICE(bodies[i].between));
	}
	buf_add(b, SLICE("\r\n"));
}

/* The text behind the header. */
static struct slice
body_of(const struct buf *message)
{
	return SLICE(strstr(buf_text(message), "\r\n\r\n") + 4);
}

START_TEST(what_is_decoded_is_what_was_encoded)
{
	static const size_t sizes[] = { 1, 7, 997, 998, 999, 32768, ROOM };
	struct buf          message = BUF(ROOM), first = BUF(ROOM), decoded = BUF(ROOM);

	buf_add(&message, SLICE("Subject: x\r\n\r\n"));
	add_body(&message, _i);
	recode(buf_slice(&message), ROOM, "utf-8", &first);
	assert_fits(buf_slice(&first), 76);
	decode(body_of(&first), &decoded);
	ck_assert_str_eq(buf_text(&decoded), body_of(&message).at);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf again = BUF(ROOM);

		recode(buf_slice(&message), sizes[i], "utf-8", &again);
		ck_assert_str_eq(buf_text(&again), buf_text(&first));
		buf_release(&again);
	}
	buf_release(&message);
	buf_release(&first);
	buf_release(&decoded);
}
END_TEST

START_TEST(what_may_not_be_encoded_is_parted_and_loses_nothing)
{
	struct buf  message = BUF(ROOM), out = BUF(ROOM);
	struct slice rest;
	const char *at;

	buf_add(&message, SLICE("DKIM-Signature: x\r\n\r\n"));
	add_body(&message, _i);
	recode(buf_slice(&message), 333, "utf-8", &out);
	assert_fits(buf_slice(&out), FOLD_LINE_MAX);
	at = message.at;
	for (rest = buf_slice(&out); rest.len > 0;) {   /* all that was added are line ends */
		if (slice_begins(rest, SLICE("\r\n")) && !slice_begins(SLICE(at), SLICE("\r\n"))) {
			rest = slice_from(rest, 2);
			continue;
		}
		ck_assert_int_eq(rest.at[0], *at++);
		rest = slice_from(rest, 1);
	}
	ck_assert_int_eq(*at, '\0');
	buf_release(&message);
	buf_release(&out);
}
END_TEST

static const char *const longs[] = {
	MIX "\r\n@\r\n--b\r\nX: @@@\r\nContent-Type: text/plain; x=@\r\n\r\n@@\r\n--b--\r\n@@\r\n",
	MIX "\r\n--b\r\nContent-Transfer-Encoding: @\r\n\r\n@\r\n--b--\r\n",
	MIX "\r\n--b\r\n@\r\n@: @\r\n @ @\r\n\r\n@\r\n--b--\r\n",
	MIX "\r\n--b\r\n" QP "\r\n@=3D@=3D=3D=3D=3D@ \r\n--b--\r\n",
	MIX "\r\n--b\r\nContent-Type: @@@@@@@@@@\r\n\r\n@\r\n--b--\r\n",
	"@@",
	"@: @\r\n @\r\n\r\n@@\r\n",
};

START_TEST(no_line_is_over_998_whatever_it_stands_in)
{
	struct buf message = BUF(ROOM), whole = BUF(ROOM);

	expand(&message, longs[_i]);
	recode(buf_slice(&message), ROOM, "utf-8", &whole);
	assert_fits(buf_slice(&whole), FOLD_LINE_MAX);
	for (size_t size = 1; size < 3000; size = size * 3 + 1) {
		struct buf parts = BUF(ROOM);

		recode(buf_slice(&message), size, "utf-8", &parts);
		ck_assert_str_eq(buf_text(&parts), buf_text(&whole));
		buf_release(&parts);
	}
	buf_release(&message);
	buf_release(&whole);
}
END_TEST

START_TEST(a_long_line_of_quoted_printable_goes_on_softly)
{
	struct buf message = BUF(ROOM), out = BUF(ROOM), before = BUF(ROOM), after = BUF(ROOM);

	buf_add(&message, SLICE(QP "\r\n"));
	for (int i = 0; i < 5000; i++)
		buf_add(&message, i % 7 == 0 ? SLICE("a") : SLICE("=C3"));
	buf_add(&message, SLICE("\r\n"));
	recode(buf_slice(&message), 100, "utf-8", &out);
	assert_fits(buf_slice(&out), FOLD_LINE_MAX);
	decode(body_of(&message), &before);
	decode(body_of(&out), &after);
	ck_assert_str_eq(buf_text(&before), buf_text(&after));
	buf_release(&message);
	buf_release(&out);
	buf_release(&before);
	buf_release(&after);
}
END_TEST

static const struct { const char *body, *charset; } charsets[] = {
	{ "x", "utf-8" }, { "\xC3\xBC", "utf-8" }, { "\xF0\x9F\x98\x80 \xEF\xBF\xBD", "utf-8" }, { "\xFC", "unknown-8bit" },
	{ "\xC3", "unknown-8bit" }, { "\xC0\xAF", "unknown-8bit" }, { "\xED\xA0\x80", "unknown-8bit" },
	{ "\xF4\x90\x80\x80", "unknown-8bit" }, { "\x80", "unknown-8bit" }, { "\xC3 \xBC", "unknown-8bit" },
};

START_TEST(what_the_charset_is_shows_at_the_end)
{
	struct recode r;
	struct buf    out = BUF(ROOM);

	recode_init(&r, "guess");
	recode_add(&r, SLICE("\r\n"), &out);
	recode_add(&r, SLICE(charsets[_i].body), &out);
	recode_end(&r, &out);
	ck_assert_str_eq(utf8_charset(&r.utf8), charsets[_i].charset);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "charset=guess\r\n"));
	recode_release(&r);
	buf_release(&out);
}
END_TEST

/* Numbers that are the same at every run. */
static unsigned
draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % below;
}

START_TEST(no_text_at_all_gives_a_long_line_or_a_lone_cr_or_lf)
{
	static const char *const words[] = {
		"\r", "\n", "\r\n", "\r\n\r\n", "--b", "--c", "--", "\r\n--b\r\n", "\r\n--c--\r\n", ":", " ", "=", "\xC3", "@",
		"Content-Type: multipart/mixed; boundary=", "Content-Transfer-Encoding: ", "8bit", "base64", "b\r\n", "\"c\"\r\n",
		"(", "\\", "message/rfc822", "DKIM-Signature: x\r\n", "",
	};
	unsigned seed = (unsigned)_i;

	for (int n = 0; n < 300; n++) {
		struct buf text = BUF(ROOM), whole = BUF(ROOM), parts = BUF(ROOM);

		for (unsigned i = draw(&seed, 40); i > 0; i--)
			expand(&text, words[draw(&seed, sizeof words / sizeof *words)]);
		recode(buf_slice(&text), ROOM, "utf-8", &whole);
		recode(buf_slice(&text), 1 + draw(&seed, 50), "utf-8", &parts);
		assert_fits(buf_slice(&whole), FOLD_LINE_MAX);
		ck_assert_str_eq(buf_text(&parts), buf_text(&whole));
		buf_release(&text);
		buf_release(&whole);
		buf_release(&parts);
	}
}
END_TEST

START_TEST(what_comes_out_has_room)
{
	struct recode r;
	struct buf    text = BUF(ROOM), out = BUF(RECODE_ROOM(1 << 15));

	recode_init(&r, "utf-8");
	recode_add(&r, SLICE("\r\n"), &out);
	while (text.len < 1 << 15)
		buf_add_byte(&text, '\xFC');
	for (int i = 0; i < 10; i++) {
		buf_clear(&out);
		recode_add(&r, buf_slice(&text), &out);
		ck_assert(!out.full);
	}
	recode_release(&r);
	buf_release(&text);
	buf_release(&out);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, what_has_no_encoding_becomes_quoted_printable_wherever_the_text_is_cut, cases);
	add_table(t, what_is_decoded_is_what_was_encoded, bodies);
	add_table(t, what_may_not_be_encoded_is_parted_and_loses_nothing, bodies);
	add_table(t, no_line_is_over_998_whatever_it_stands_in, longs);
	tcase_add_test(t, a_long_line_of_quoted_printable_goes_on_softly);
	add_table(t, what_the_charset_is_shows_at_the_end, charsets);
	tcase_add_loop_test(t, no_text_at_all_gives_a_long_line_or_a_lone_cr_or_lf, 0, 20);
	tcase_add_test(t, what_comes_out_has_room);
}
