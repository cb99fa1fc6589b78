/* SPDX-License-Identifier: ISC */
#include "mail/quoted.h"

enum { LINE = 76 };

static bool
is_plain(char c, size_t column)
{
	return (c > ' ' && c < 127 && c != '=' && (c != '-' || column > 0)) || c == ' ' || c == '\t';
}

/* RFC 2045, 6.7 (3): a blank at the end of a line may get lost on the way. */
static bool
is_last_blank(struct slice text, size_t i, bool is_end)
{
	return is_end && i + 1 == text.len && (text.at[i] == ' ' || text.at[i] == '\t');
}

void
quoted_add(struct buf *out, size_t *column, struct slice text, bool is_end)
{
	for (size_t i = 0; i < text.len; i++) {
		if (*column + strlen("=XX") > LINE - strlen("=")) {
			buf_add(out, SLICE("=\r\n"));
			*column = 0;
		}
		if (is_plain(text.at[i], *column) && !is_last_blank(text, i, is_end)) {
			buf_add_byte(out, text.at[i]);
			*column += 1;
		} else {
			buf_addf(out, "=%02X", (unsigned char)text.at[i]);
			*column += strlen("=XX");
		}
	}
	if (is_end) {
		buf_add(out, SLICE("\r\n"));
		*column = 0;
	}
}
