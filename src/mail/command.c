/* SPDX-License-Identifier: ISC */
#include "mail/command.h"

struct command
command_read(struct slice line)
{
	struct command c;

	c.verb = slice_word(&line);
	c.argument = slice_trim(line);
	return c;
}

/* Octets up to the bracket that closes the path, inside which a quoted string may hold others; 0: none does. */
static size_t
bracketed_len(struct slice s)
{
	bool quoted = false;

	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] == '\\' && quoted)
			i++;
		else if (s.at[i] == '"')
			quoted = !quoted;
		else if (s.at[i] == '>' && !quoted)
			return i + 1;
	}
	return 0;
}

bool
command_path(struct slice *argument, const char *keyword, struct slice *path)
{
	struct slice rest = slice_from(*argument, strlen(keyword));

	if (!slice_same((struct slice){ argument->at, argument->len - rest.len }, SLICE(keyword)))
		return false;
	rest = slice_trim(rest);
	if (slice_begins(rest, SLICE("<"))) {
		*path = (struct slice){ rest.at, bracketed_len(rest) };
		rest = slice_from(rest, path->len);
	} else {
		*path = slice_word(&rest);
	}
	*argument = rest;
	return path->len > 0 && (rest.len == 0 || rest.at[0] == ' ');
}

bool
command_parameter(struct slice *rest, struct parameter *p)
{
	struct slice word = slice_word(rest);
	bool         has_value = word.len > 0 && memchr(word.at, '=', word.len) != NULL;

	p->name = slice_cut(&word, '=');
	p->value = has_value ? word : (struct slice){ NULL, 0 };
	return p->name.len > 0 || has_value;
}
