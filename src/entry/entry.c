/* SPDX-License-Identifier: ISC */
#include "entry/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/xalloc.h"

enum { CRC_DIGITS = 8, ANSWER_WIDTH = ENTRY_TAIL - CRC_DIGITS - 2 };
enum { READ_AHEAD = 1024 };   /* octets: the envelope of most messages */
enum { SIZE_UNKNOWN = -1 };

/* The numbers of a first line, behind their names.  Thousands of these lines are read at once: no printf, no scanf. */
enum { ENVELOPE_LEN, ENVELOPE_CRC, MESSAGE_LEN, MESSAGE_CRC, UID, ARRIVED, TRIES, NEXT, NNUMBERS };
static const struct field {
	const char *name;
	size_t      width;
	unsigned    base;
} field[NNUMBERS] = {
	{ "salsa 1 envelope ", 10, 10 }, { " ", CRC_DIGITS, 16 }, { " message ", 14, 10 }, { " ", CRC_DIGITS, 16 },
	{ " uid ", 10, 10 }, { " arrived ", 12, 10 }, { " tries ", 6, 10 }, { " next ", 12, 10 },
};
static const char flags[] = " flags ", check[] = "check ";

void
entry_add_recipient(struct entry *e, struct slice address)
{
	e->recipient = xreallocarray(e->recipient, e->nrecipients + 1, sizeof *e->recipient);
	e->recipient[e->nrecipients++] = (struct recipient){
		.address = slice_dup(address),
		.state = RECIPIENT_QUEUED,
		.answer = xstrdup(""),
	};
}

void
entry_release(struct entry *e)
{
	for (size_t i = 0; i < e->nrecipients; i++) {
		free(e->recipient[i].address);
		free(e->recipient[i].notify);
		free(e->recipient[i].orcpt);
		free(e->recipient[i].answer);
	}
	free(e->recipient);
	free(e->sender);
	free(e->ret);
	free(e->envid);
	*e = ENTRY;
}

size_t
entry_nqueued(const struct entry *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->nrecipients; i++)
		n += e->recipient[i].state == RECIPIENT_QUEUED;
	return n;
}

bool
entry_is_id(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= '0' && s.at[i] <= '9') && !(s.at[i] >= 'A' && s.at[i] <= 'F'))
			return false;
	return s.len == ENTRY_ID_LEN;
}

/* RFC 5321, 4.1.2, as far as it keeps a command whole; whether the address is a good one is its relay's to say. */
bool
entry_is_mailbox(struct slice s)
{
	bool   quoted = false;
	size_t at_sign = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && c == '@')
			at_sign = i;
		else if (!quoted && (c == ' ' || c == '<' || c == '>' || c == ',' || c == '\\'))
			return false;
	}
	return !quoted && at_sign > 0 && at_sign + 1 < s.len && s.len <= ENTRY_MAX_ADDRESS && !slice_has_control(s);
}

bool
entry_is_parameter(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] >= 127)
			return false;
	return s.len > 0 && s.len <= ENTRY_MAX_PARAMETER;
}

/* What is below zero is written as zero.  By a number that the compiler knows it does not have to divide. */
static void
put_number(char *at, size_t width, unsigned base, long long number)
{
	unsigned long long rest = number > 0 ? (unsigned long long)number : 0;

	for (; rest > 0 && width > 0; rest = base == 10 ? rest / 10 : rest / 16)
		at[--width] = "0123456789abcdef"[base == 10 ? rest % 10 : rest % 16];
	memset(at, '0', width);
}

static long long
take_number(const char *at, size_t width, unsigned base)
{
	unsigned long long number = 0;

	for (size_t i = 0; i < width; i++)
		number = number * base + (unsigned char)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
	return (long long)number;
}

static void
put_crc(char at[CRC_DIGITS + 2], uint32_t crc)
{
	put_number(at, CRC_DIGITS, 16, crc);
	memcpy(at + CRC_DIGITS, "\n", 2);
}

void
entry_format_first_line(const struct entry *e, char line[ENTRY_FIRST_LINE + 1])
{
	enum { CHECK_AT = ENTRY_FIRST_LINE - CRC_DIGITS - 1 };
	const long long number[NNUMBERS] = { e->envelope_len, e->envelope_crc, e->message_len, e->message_crc, e->uid,
		e->arrived, e->tries, e->next };
	const char      flag[] = { e->eightbit ? '8' : '-', e->held ? 'h' : e->given_up ? 'x' : '-',
		e->warned ? 'w' : '-', e->longlines ? 'l' : '-', e->requiretls ? 'r' : e->tls_waived ? 'n' : ' ' };
	char           *at = line;

	memset(line, ' ', ENTRY_FIRST_LINE);
	for (size_t i = 0; i < NNUMBERS; at += field[i++].width) {
		at = mempcpy(at, field[i].name, strlen(field[i].name));
		put_number(at, field[i].width, field[i].base, number[i]);
	}
	at = mempcpy(at, flags, strlen(flags));
	memcpy(at, flag, sizeof flag);
	memcpy(line + CHECK_AT - strlen(check), check, strlen(check));
	put_crc(line + CHECK_AT, crc32_add(0, (struct slice){ line, CHECK_AT }));
}

/* The checksum of the envelope but for the octets that change: text is the file from ENTRY_FIRST_LINE on. */
static uint32_t
envelope_crc(const struct entry *e, struct slice text)
{
	const char *file = text.at - ENTRY_FIRST_LINE;
	off_t       from = ENTRY_FIRST_LINE;
	uint32_t    crc = 0;

	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipient[i];

		crc = crc32_add(crc, (struct slice){ file + from, (size_t)(r->at - from) });
		crc = crc32_add(crc, (struct slice){ file + r->at + 1, (size_t)(r->tail - r->at - 1) });
		from = r->tail + ENTRY_TAIL;
	}
	return crc32_add(crc, (struct slice){ file + from, (size_t)(e->envelope_len - from) });
}

static void
format_tail(const struct recipient *r, char tail[ENTRY_TAIL + 1])
{
	uint32_t crc = crc32_add(0, SLICE(r->address));

	memset(tail, ' ', ANSWER_WIDTH + 1);
	memcpy(tail, r->answer, strnlen(r->answer, ANSWER_WIDTH));
	crc = crc32_add(crc, (struct slice){ tail, ANSWER_WIDTH });
	put_crc(tail + ANSWER_WIDTH + 1, crc);
}

static void
format_parameter(const char *name, const char *value, struct buf *b)
{
	if (value != NULL)
		buf_addf(b, "%s=%s\t", name, value);
}

static void
format_recipient(struct recipient *r, struct buf *b)
{
	char tail[ENTRY_TAIL + 1];

	r->at = (off_t)(ENTRY_FIRST_LINE + b->len);
	buf_addf(b, "%c\t%s\t", r->state, r->address);
	format_parameter("notify", r->notify, b);
	format_parameter("orcpt", r->orcpt, b);
	buf_add_byte(b, ' ');   /* the end of the parameters, even where the answer would begin at once */
	while ((ENTRY_FIRST_LINE + b->len) % ENTRY_TAIL != 0)
		buf_add_byte(b, ' ');
	r->tail = (off_t)(ENTRY_FIRST_LINE + b->len);
	format_tail(r, tail);
	buf_add(b, SLICE(tail));
}

void
entry_format_envelope(struct entry *e, struct buf *b)
{
	buf_addf(b, "from\t%s\t", e->sender);
	format_parameter("ret", e->ret, b);
	format_parameter("envid", e->envid, b);
	buf_add_byte(b, '\n');
	for (size_t i = 0; i < e->nrecipients && !b->full; i++)
		format_recipient(&e->recipient[i], b);
	buf_add_byte(b, '\n');
	if (b->full)
		return;
	e->envelope_len = (off_t)(ENTRY_FIRST_LINE + b->len);
	e->envelope_crc = envelope_crc(e, buf_slice(b));
}

static int
corrupt(struct problem *why, const char *what)
{
	return problem_set(why, VERDICT_NEVER, "5.3.0", "queue file is damaged: %s", what);
}

/* Returns how many octets there were, at most len; one that cannot be read now may be read later. */
static ssize_t
read_some(int fd, char *at, size_t len, off_t offset, struct problem *why)
{
	ssize_t n;

	while ((n = pread(fd, at, len, offset)) < 0 && errno == EINTR)
		;
	return n >= 0 ? n : problem_set(why, VERDICT_LATER, "4.3.0", "read queue file: %s", strerror(errno));
}

/* Reads exactly len octets.  A file that ends early is damaged. */
static int
read_exactly(int fd, char *at, size_t len, off_t offset, struct problem *why)
{
	while (len > 0) {
		ssize_t n = read_some(fd, at, len, offset, why);

		if (n < 0)
			return -1;
		if (n == 0)
			return corrupt(why, "it ends early");
		at += n, len -= (size_t)n, offset += n;
	}
	return 0;
}

/* A line that is not to the octet what we would write is no first line: whatever was taken for digits. */
static int
parse_first_line(struct entry *e, const char *line, struct problem *why)
{
	char         again[ENTRY_FIRST_LINE + 1];
	const char  *flag = line;
	long long    number[NNUMBERS];

	for (size_t i = 0; i < NNUMBERS; flag += field[i++].width) {
		flag += strlen(field[i].name);
		number[i] = take_number(flag, field[i].width, field[i].base);
	}
	flag += strlen(flags);
	e->envelope_len = number[ENVELOPE_LEN], e->envelope_crc = (uint32_t)number[ENVELOPE_CRC];
	e->message_len = number[MESSAGE_LEN], e->message_crc = (uint32_t)number[MESSAGE_CRC];
	e->uid = (uid_t)number[UID], e->tries = (unsigned)number[TRIES];
	e->arrived = number[ARRIVED], e->next = number[NEXT];
	e->eightbit = flag[0] == '8', e->held = flag[1] == 'h', e->given_up = flag[1] == 'x';
	e->warned = flag[2] == 'w', e->longlines = flag[3] == 'l';
	e->requiretls = flag[4] == 'r', e->tls_waived = flag[4] == 'n';
	entry_format_first_line(e, again);
	if (memcmp(line, again, ENTRY_FIRST_LINE) != 0)
		return corrupt(why, "its first line");
	if (e->envelope_len <= ENTRY_FIRST_LINE || e->envelope_len > ENTRY_MAX_ENVELOPE)
		return corrupt(why, "the length of its envelope");
	return 0;
}

int
entry_parse_first_line(struct entry *e, struct slice text, struct problem *why)
{
	return text.len >= ENTRY_FIRST_LINE ? parse_first_line(e, text.at, why) : corrupt(why, "it ends early");
}

/* line is the file's beginning, as it was read; a size that is not known is asked for now, when the line is there. */
static int
take_first_line(struct entry *e, int fd, off_t size, const char *line, struct problem *why)
{
	struct stat st = { .st_size = size };

	if (parse_first_line(e, line, why) != 0)
		return -1;
	if (size == SIZE_UNKNOWN && fstat(fd, &st) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "read queue file: %s", strerror(errno));
	if (st.st_size != e->envelope_len + e->message_len)
		return corrupt(why, "its length");
	return 0;
}

int
entry_read_first_line(struct entry *e, int fd, struct problem *why)
{
	char line[ENTRY_FIRST_LINE];

	if (read_exactly(fd, line, sizeof line, 0, why) != 0)
		return -1;
	return take_first_line(e, fd, SIZE_UNKNOWN, line, why);
}

/* An answer is printable, for it is shown, and ends before the spaces that fill its field. */
static bool
parse_tail(struct recipient *r, struct slice tail)
{
	struct slice answer = { tail.at, ANSWER_WIDTH };
	char         again[ENTRY_TAIL + 1];

	while (answer.len > 0 && answer.at[answer.len - 1] == ' ')
		answer.len--;
	free(r->answer);
	r->answer = slice_dup(answer);
	format_tail(r, again);
	return slice_is_ascii(answer) && !slice_has_control(answer) && memcmp(tail.at, again, ENTRY_TAIL) == 0;
}

struct parameter {
	const char *name;
	char      **value;
};

/* Takes "name=value<TAB>" off the front of *rest, for one of two names, each at most once. */
static bool
parse_parameter(struct slice *rest, const struct parameter known[2])
{
	struct slice value = slice_cut(rest, '\t'), name = slice_cut(&value, '=');

	for (int i = 0; i < 2; i++)
		if (slice_equal(name, SLICE(known[i].name)) && *known[i].value == NULL && entry_is_parameter(value)) {
			*known[i].value = slice_dup(value);
			return true;
		}
	return false;
}

/* Parameters go on until end. */
static bool
parse_parameters(struct slice *rest, const struct parameter known[2], char end)
{
	while (rest->len > 0 && rest->at[0] != end)
		if (!parse_parameter(rest, known))
			return false;
	return rest->len > 0;
}

/* Takes one recipient off the front of *rest, which ends where the envelope ends; begin is the file's first octet. */
static bool
parse_recipient(struct entry *e, struct slice *rest, const char *begin)
{
	off_t             at = rest->at - begin;
	struct slice      state = slice_cut(rest, '\t'), address = slice_cut(rest, '\t');
	struct recipient *r;

	if (state.len != 1 || !entry_is_mailbox(address) || e->nrecipients == ENTRY_MAX_RECIPIENTS)
		return false;
	entry_add_recipient(e, address);
	r = &e->recipient[e->nrecipients - 1];
	r->state = (unsigned char)state.at[0];
	if ((r->state != RECIPIENT_QUEUED && r->state != RECIPIENT_DONE && r->state != RECIPIENT_BOUNCED) ||
	    !parse_parameters(rest, (struct parameter[]){ { "notify", &r->notify }, { "orcpt", &r->orcpt } }, ' '))
		return false;
	r->at = at;
	r->tail = (rest->at - begin) / ENTRY_TAIL * ENTRY_TAIL + ENTRY_TAIL;
	if ((size_t)(r->tail + ENTRY_TAIL - (rest->at - begin)) > rest->len)
		return false;
	*rest = slice_from(*rest, (size_t)(r->tail + ENTRY_TAIL - (rest->at - begin)));
	return parse_tail(r, (struct slice){ begin + r->tail, ENTRY_TAIL });
}

static int
parse_sender(struct entry *e, struct slice *rest, struct problem *why)
{
	struct slice word = slice_cut(rest, '\t'), sender = slice_cut(rest, '\t');

	if (!slice_equal(word, SLICE("from")) || (sender.len > 0 && !entry_is_mailbox(sender)) ||
	    !parse_parameters(rest, (struct parameter[]){ { "ret", &e->ret }, { "envid", &e->envid } }, '\n'))
		return corrupt(why, "its sender");
	e->sender = slice_dup(sender);
	*rest = slice_from(*rest, 1);
	return 0;
}

static int
parse_envelope(struct entry *e, struct slice text, struct problem *why)
{
	const char  *begin = text.at - ENTRY_FIRST_LINE;
	struct slice rest = text;

	if (parse_sender(e, &rest, why) != 0)
		return -1;
	while (rest.len > 1)
		if (!parse_recipient(e, &rest, begin))
			return corrupt(why, "a recipient");
	if (rest.len != 1 || rest.at[0] != '\n' || e->nrecipients == 0)
		return corrupt(why, "its envelope");
	if (envelope_crc(e, text) != e->envelope_crc)
		return corrupt(why, "its envelope's checksum");
	return 0;
}

int
entry_parse(struct entry *e, struct slice text, struct problem *why)
{
	if (entry_parse_first_line(e, text, why) != 0)
		return -1;
	if (text.len < (size_t)e->envelope_len)
		return corrupt(why, "it ends early");
	text.len = (size_t)e->envelope_len;
	return parse_envelope(e, slice_from(text, ENTRY_FIRST_LINE), why);
}

int
entry_read(struct entry *e, int fd, struct problem *why)
{
	return entry_read_sized(e, fd, SIZE_UNKNOWN, why);
}

int
entry_read_sized(struct entry *e, int fd, off_t size, struct problem *why)
{
	char    begin[READ_AHEAD], *envelope;
	size_t  known, len;
	ssize_t n;
	int     result;

	if ((n = read_some(fd, begin, sizeof begin, 0, why)) < 0)
		return -1;
	if (n < ENTRY_FIRST_LINE)
		return corrupt(why, "it ends early");
	if (take_first_line(e, fd, size, begin, why) != 0)
		return -1;
	len = (size_t)e->envelope_len;
	known = (size_t)n < len ? (size_t)n : len;
	envelope = xmalloc(len);
	memcpy(envelope, begin, known);
	result = read_exactly(fd, envelope + known, len - known, (off_t)known, why);
	if (result == 0)
		result = parse_envelope(e, (struct slice){ envelope + ENTRY_FIRST_LINE, len - ENTRY_FIRST_LINE }, why);
	free(envelope);
	return result;
}

ssize_t
entry_message(const struct entry *e, int fd, off_t offset, char *at, size_t room, struct problem *why)
{
	off_t left = e->message_len - offset;

	if (left < (off_t)room)
		room = left > 0 ? (size_t)left : 0;
	if (read_exactly(fd, at, room, e->envelope_len + offset, why) != 0)
		return -1;
	return (ssize_t)room;
}

int
entry_verify_message(const struct entry *e, int fd, struct problem *why)
{
	char     block[16384];
	uint32_t crc = 0;
	ssize_t  n;

	for (off_t offset = 0; (n = entry_message(e, fd, offset, block, sizeof block, why)) != 0; offset += n) {
		if (n < 0)
			return -1;
		crc = crc32_add(crc, (struct slice){ block, (size_t)n });
	}
	return crc == e->message_crc ? 0 : corrupt(why, "its message's checksum");
}

static int
write_at(int fd, struct slice s, off_t offset, struct problem *why)
{
	ssize_t n;

	do
		n = pwrite(fd, s.at, s.len, offset);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)s.len)
		return problem_set(why, VERDICT_LATER, "4.3.0", "write queue file: %s",
		    n < 0 ? strerror(errno) : "short write");
	return 0;
}

int
entry_rewrite(const struct entry *e, int fd, struct problem *why)
{
	char line[ENTRY_FIRST_LINE + 1];

	entry_format_first_line(e, line);
	return write_at(fd, (struct slice){ line, ENTRY_FIRST_LINE }, 0, why);
}

int
entry_settle(struct entry *e, int fd, size_t recipient, enum recipient_state state, const char *answer,
    struct problem *why)
{
	struct recipient *r = &e->recipient[recipient];
	char              tail[ENTRY_TAIL + 1], octet = (char)state, *old = r->answer;

	if (r->state != state && write_at(fd, (struct slice){ &octet, 1 }, r->at, why) != 0)
		return -1;
	r->state = state;
	r->answer = xmalloc(ANSWER_WIDTH + 1);
	printable_copy(r->answer, ANSWER_WIDTH + 1, SLICE(answer));
	free(old);   /* not before: answer may be the old one */
	format_tail(r, tail);
	return write_at(fd, (struct slice){ tail, ENTRY_TAIL }, r->tail, why);
}
