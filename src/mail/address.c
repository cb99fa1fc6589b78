/* SPDX-License-Identifier: ISC */
#include "mail/address.h"

#include "base/buf.h"

/* What an address is made of; every other special character is a kind of its own. */
enum { END = 0, ATOM = 'a', QUOTED = '"', LITERAL = '[', STRAY = '?' };

struct token {
	char   kind;
	size_t begin, end;
};

/* Inside this file a parser returns what is wrong in a few words, or NULL. */

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322, 3.2.3, and RFC 6532, 3.2: atext. */
static bool
is_atext(char c)
{
	return is_alphanumeric(c) || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* The end of what the octet at begin opens and close closes; 0 when nothing does.  RFC 5322, 3.2.1: \ quotes. */
static size_t
closed_at(struct slice text, size_t begin, char close)
{
	size_t depth = 1;

	for (size_t i = begin + 1; i < text.len; i++)
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == close && --depth == 0)
			return i + 1;
		else if (text.at[i] == text.at[begin] && text.at[i] != close)
			depth++;
	return 0;
}

/* RFC 5322, 3.2.2: blanks, folding and comments; stops at a comment that is not closed. */
static size_t
skip_comments(struct slice text, size_t at)
{
	while (at < text.len) {
		size_t end = at + 1;

		if (text.at[at] == '(')
			end = closed_at(text, at, ')');
		else if (strchr(" \t\r\n", text.at[at]) == NULL || text.at[at] == '\0')
			break;
		if (end == 0)
			break;
		at = end;
	}
	return at;
}

static size_t
atom_end(struct slice text, size_t at)
{
	while (at < text.len && is_atext(text.at[at]))
		at++;
	return at;
}

static struct token
token_at(struct slice text, size_t at)
{
	struct token t = { .kind = STRAY, .begin = skip_comments(text, at) };
	char         c;

	t.end = t.begin;
	if (t.begin == text.len) {
		t.kind = END;
		return t;
	}
	c = text.at[t.begin];
	if (is_atext(c)) {
		t.kind = ATOM;
		t.end = atom_end(text, t.begin);
	} else if (c == '"' || c == '[') {
		t.end = closed_at(text, t.begin, c == '"' ? '"' : ']');
		t.kind = t.end > 0 ? c : STRAY;
	} else if (c != '\0' && strchr(".@<>:;,", c) != NULL) {
		t.kind = c;
		t.end = t.begin + 1;
	}
	return t;
}

static const char *
stray_fault(struct slice text, struct token t)
{
	switch (text.at[t.begin]) {
	case '"':
		return "a quote is not closed";
	case '(':
		return "a comment is not closed";
	case '[':
		return "a bracket is not closed";
	default:
		return "a character is out of place";
	}
}

/* RFC 5322, 3.2.4: what a quoted string stands for; a fold in it is its blank alone. */
static void
add_unquoted(struct buf *local, struct slice inside)
{
	for (size_t i = 0; i < inside.len; i++) {
		if (inside.at[i] == '\r' || inside.at[i] == '\n')
			continue;
		if (inside.at[i] == '\\' && i + 1 < inside.len)
			i++;
		buf_add_byte(local, inside.at[i]);
	}
}

/* RFC 5322, 4.4: words with dots between, blanks and comments around each.  Dots in odd places will be quoted. */
static const char *
read_local_part(struct slice text, size_t *at, struct buf *local)
{
	char before = '.';

	for (;;) {
		struct token t = token_at(text, *at);

		if (t.kind != ATOM && t.kind != QUOTED && t.kind != '.')
			break;
		if (t.kind != '.' && before != '.')
			return "there are blanks in it";
		if (t.kind == QUOTED)
			add_unquoted(local, (struct slice){ text.at + t.begin + 1, t.end - t.begin - 2 });
		else
			buf_add(local, (struct slice){ text.at + t.begin, t.end - t.begin });
		before = t.kind;
		*at = t.end;
	}
	if (local->full)
		return "it is too long";
	return local->len == 0 ? "there is no name in front of the domain" : NULL;
}

static bool
is_dot_atom(struct slice s)
{
	char before = '.';

	for (size_t i = 0; i < s.len; before = s.at[i++])
		if (!is_atext(s.at[i]) && (s.at[i] != '.' || before == '.'))
			return false;
	return before != '.';
}

/* RFC 5321, 4.1.2: Local-part. */
static void
add_local_part(struct buf *address, struct slice local)
{
	if (is_dot_atom(local)) {
		buf_add(address, local);
		return;
	}
	buf_add_byte(address, '"');
	for (size_t i = 0; i < local.len; i++) {
		if (local.at[i] == '"' || local.at[i] == '\\')
			buf_add_byte(address, '\\');
		buf_add_byte(address, local.at[i]);
	}
	buf_add_byte(address, '"');
}

static bool
is_domain_text(struct slice s, const char *also)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_alphanumeric(s.at[i]) && (unsigned char)s.at[i] < 0x80 &&
		    (s.at[i] == '\0' || strchr(also, s.at[i]) == NULL))
			return false;
	return s.len > 0;
}

/* RFC 5321, 4.1.3: what is between the brackets must not be able to end the command it will stand in. */
static const char *
read_literal(struct slice text, struct token t, struct buf *address)
{
	struct slice inside = slice_trim((struct slice){ text.at + t.begin + 1, t.end - t.begin - 2 });

	if (!is_domain_text(inside, ".:-"))
		return "its address in brackets is none";
	buf_addf(address, "[%.*s]", SLICE_ARG(inside));
	return NULL;
}

static const char *
read_domain(struct slice text, size_t *at, struct buf *address)
{
	struct token t = token_at(text, *at);

	if (t.kind == LITERAL) {
		*at = t.end;
		return read_literal(text, t, address);
	}
	for (;; t = token_at(text, t.end)) {
		struct slice label = { text.at + t.begin, t.end - t.begin };

		if (t.kind != ATOM || !is_domain_text(label, "-_"))
			return "its domain is none";
		buf_add(address, label);
		*at = t.end;
		t = token_at(text, t.end);
		if (t.kind != '.')
			return NULL;
		*at = t.end;
		if (token_at(text, t.end).kind != ATOM)   /* as a zone file writes it; the wire knows none at the end */
			return NULL;
		buf_add_byte(address, '.');
	}
}

static const char *
mailbox_set(struct mailbox *m, const struct buf *address)
{
	if (address->full)
		return "it is too long";
	if (slice_has_control(buf_slice(address)))
		return "it holds a control character";
	strlcpy(m->address, buf_text(address), sizeof m->address);
	return NULL;
}

/* RFC 5322, 3.4.1: addr-spec, or a local part alone. */
static const char *
read_addr_spec(struct slice text, size_t *at, struct mailbox *m)
{
	struct buf   local = BUF(ADDRESS_MAX), address = BUF(ADDRESS_MAX);
	const char  *fault = read_local_part(text, at, &local);
	struct token t = token_at(text, *at);

	m->end = *at;
	m->bare = t.kind != '@';
	if (fault == NULL)
		add_local_part(&address, buf_slice(&local));
	if (fault == NULL && !m->bare) {
		buf_add_byte(&address, '@');
		*at = t.end;
		fault = read_domain(text, at, &address);
	}
	if (fault == NULL)
		fault = mailbox_set(m, &address);
	buf_release(&local);
	buf_release(&address);
	return fault;
}

/* RFC 5321, Appendix C: a source route is accepted and ignored. */
static const char *
skip_route(struct slice text, size_t *at)
{
	struct token t = token_at(text, *at);

	if (t.kind != '@')
		return NULL;
	while (t.kind == '@' || t.kind == ',' || t.kind == '.' || t.kind == ATOM || t.kind == LITERAL)
		t = token_at(text, t.end);
	*at = t.end;
	return t.kind == ':' ? NULL : "its route does not end";
}

static const char *
read_angle_addr(struct slice text, size_t *at, struct mailbox *m)
{
	const char  *fault = skip_route(text, at);
	struct token t;

	if (fault == NULL)
		fault = read_addr_spec(text, at, m);
	if (fault != NULL)
		return fault;
	t = token_at(text, *at);
	*at = t.end;
	return t.kind == '>' ? NULL : "a bracket is not closed";
}

/* The token that says what the text before it was: a name in front of '<', else an address. */
static struct token
delimiter(struct slice text, size_t at)
{
	struct token t = token_at(text, at);

	while (t.kind == ATOM || t.kind == QUOTED || t.kind == LITERAL || t.kind == '.' || t.kind == '@')
		t = token_at(text, t.end);
	return t;
}

/* \NAME was "no alias" for Sendmail, and is NAME for RFC 821, 4.1.2: a \ says nothing of a letter. */
static size_t
skip_backslash(struct slice text, size_t at)
{
	size_t begin = skip_comments(text, at);

	return begin + 1 < text.len && text.at[begin] == '\\' && is_atext(text.at[begin + 1]) ? begin + 1 : at;
}

static const char *
read_mailbox(struct addresses *list, struct mailbox *m)
{
	struct token t;
	const char  *fault;

	list->at = m->begin = skip_backslash(list->text, list->at);
	t = delimiter(list->text, list->at);
	if (t.kind == STRAY)
		return stray_fault(list->text, t);
	if (t.kind == '<') {
		list->at = t.end;
		fault = read_angle_addr(list->text, &list->at, m);
	} else {
		fault = read_addr_spec(list->text, &list->at, m);
	}
	if (fault != NULL)
		return fault;
	t = token_at(list->text, list->at);
	if (t.kind == STRAY)
		return stray_fault(list->text, t);
	return t.kind == END || t.kind == ',' || t.kind == ';' ? NULL : "there is text behind it";
}

/* RFC 5322, 3.4: whether a group begins here; its colon. */
static bool
begins_group(struct slice text, size_t at, struct token *colon)
{
	*colon = token_at(text, at);
	if (colon->kind != ATOM && colon->kind != QUOTED)
		return false;
	while (colon->kind == ATOM || colon->kind == QUOTED || colon->kind == '.')
		*colon = token_at(text, colon->end);
	return colon->kind == ':';
}

/* Goes to where the next address begins.  Returns false at the end. */
static bool
find_mailbox(struct addresses *list)
{
	for (;;) {
		struct token t = token_at(list->text, list->at), colon;

		if (t.kind == END)
			return false;   /* of a group as well: "undisclosed-recipients:" is seen without its ';' */
		if (t.kind == ';' && list->in_group) {
			list->in_group = false;
		} else if (!list->in_group && begins_group(list->text, list->at, &colon)) {
			list->in_group = true;
			t = colon;
		} else if (t.kind != ',') {
			return true;
		}
		list->at = t.end;
	}
}

/* For people: the address that begins at begin, up to the comma behind it. */
static struct slice
named(struct slice text, size_t begin)
{
	struct token t = token_at(text, begin);

	while (t.kind != END && t.kind != ',' && t.kind != STRAY)
		t = token_at(text, t.end);
	return slice_trim((struct slice){ text.at + begin, (t.kind == STRAY ? text.len : t.begin) - begin });
}

static int
refuse(struct problem *why, const char *status, struct slice address, const char *fault)
{
	return problem_set(why, VERDICT_NEVER, status, "address %.*s: %s", address.len < 200 ? (int)address.len : 200,
	    address.at, fault);
}

int
address_next(struct addresses *list, struct mailbox *m, struct problem *why)
{
	const char *fault;
	size_t      begin;

	if (!find_mailbox(list))
		return 0;
	begin = list->at;
	fault = read_mailbox(list, m);
	return fault == NULL ? 1 : refuse(why, "5.1.3", named(list->text, begin), fault);
}

int
address_sender(struct mailbox *m, struct slice text, struct problem *why)
{
	struct addresses list = ADDRESSES(slice_trim(text));
	struct mailbox   second;
	int              n;

	*m = (struct mailbox){ 0 };
	if (list.text.len == 0 || slice_equal(list.text, SLICE("<>")))
		return 0;
	n = address_next(&list, m, why);
	if (n == 1 && !list.in_group && address_next(&list, &second, why) == 0)
		return 0;
	if (n < 0)
		strlcpy(why->status, "5.1.7", sizeof why->status);
	else
		refuse(why, "5.1.7", list.text, "a sender is one address");
	return -1;
}

int
address_of_login(struct mailbox *m, struct slice login, struct problem *why)
{
	struct buf  address = BUF(ADDRESS_MAX);
	const char *fault;

	*m = (struct mailbox){ .bare = true };
	add_local_part(&address, login);
	fault = mailbox_set(m, &address);
	buf_release(&address);
	return fault == NULL ? 0 : refuse(why, "5.1.7", login, fault);
}

int
address_complete(struct mailbox *m, const char *domain, struct problem *why)
{
	size_t len = strlen(m->address);

	if (!m->bare)
		return 0;
	if (len + 1 + strlen(domain) > ADDRESS_MAX)
		return refuse(why, "5.1.3", SLICE(m->address), "it is too long");
	m->address[len] = '@';
	strlcpy(m->address + len + 1, domain, sizeof m->address - len - 1);
	m->bare = false;
	return 0;
}

bool
address_same(const char *a, const char *b)
{
	const char *a_domain = strrchr(a, '@'), *b_domain = strrchr(b, '@');

	if (a_domain == NULL || b_domain == NULL || a_domain - a != b_domain - b)
		return strcmp(a, b) == 0;
	return memcmp(a, b, (size_t)(a_domain - a)) == 0 && slice_same(SLICE(a_domain), SLICE(b_domain));
}
