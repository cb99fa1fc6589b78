/* SPDX-License-Identifier: ISC */
#include "mail/phrase.h"

#include "mail/utf8.h"

enum { ENCODED_MAX = 75 };   /* RFC 2047, 2: with the charset and all that stands around */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322, 3.2.3: words of atext, with single blanks between. */
static bool
is_words(struct slice text)
{
	char before = ' ';

	for (size_t i = 0; i < text.len; before = text.at[i++])
		if (!is_plain(text.at[i]) && (text.at[i] != ' ' || before == ' ') &&
		    (text.at[i] == '\0' || strchr("!#$%&'*+-/^_`{|}~", text.at[i]) == NULL))
			return false;
	return before != ' ';
}

static bool
is_printable(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < ' ' || text.at[i] >= 127)
			return false;
	return true;
}

static void
add_quoted(struct buf *out, struct slice text)
{
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"' || text.at[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, text.at[i]);
	}
	buf_add_byte(out, '"');
}

/* RFC 3629, 3: the octets of the first character, for it may not be parted. */
static size_t
character_len(struct slice text)
{
	size_t n = 1;

	while (n < text.len && n < 4 && (text.at[n] & 0xC0) == 0x80)
		n++;
	return n;
}

/* RFC 2047, 5 (3): letters and digits stand for themselves.  Returns how many octets were added. */
static size_t
add_encoded_character(struct buf *out, struct slice character)
{
	if (character.len == 1 && is_plain(character.at[0])) {
		buf_add(out, character);
		return 1;
	}
	for (size_t i = 0; i < character.len; i++)
		buf_addf(out, "=%02X", (unsigned char)character.at[i]);
	return 3 * character.len;
}

void
phrase_encode(struct buf *out, struct slice text)
{
	struct utf8 utf8 = UTF8;
	size_t      used = 0, room;

	utf8_add(&utf8, text);
	room = ENCODED_MAX - strlen("=?" "?Q?" "?=") - strlen(utf8_charset(&utf8));
	buf_addf(out, "=?%s?Q?", utf8_charset(&utf8));
	while (text.len > 0) {
		struct slice character = { text.at, character_len(text) };

		if (used + 3 * character.len > room) {
			buf_addf(out, "?=\r\n =?%s?Q?", utf8_charset(&utf8));
			used = 0;
		}
		used += add_encoded_character(out, character);
		text = slice_from(text, character.len);
	}
	buf_add(out, SLICE("?="));
}

void
phrase_add(struct buf *out, struct slice text)
{
	if (!is_printable(text))
		phrase_encode(out, text);
	else if (is_words(text))
		buf_add(out, text);
	else
		add_quoted(out, text);
}
