/* SPDX-License-Identifier: ISC
 *
 * mail/command.h: the parts of a line that an SMTP client says (RFC 5321, 4.1.1).
 */
#ifndef MAIL_COMMAND_H
#define MAIL_COMMAND_H

#include <stdbool.h>

#include "base/slice.h"

struct command {
	struct slice verb;
	struct slice argument;   /* without blanks around it */
};

/* line is without its end. */
struct command command_read(struct slice line);

/*
 * Takes "FROM:<a@example.com>" off the front of an argument, for the keyword "FROM:"; path is with its brackets.  A
 * path without brackets, and blanks in front of it, are forgiven.  Returns false when there is none.
 */
bool command_path(struct slice *argument, const char *keyword, struct slice *path);

/* NAME=VALUE behind a path; a parameter without '=' has the value at NULL. */
struct parameter {
	struct slice name, value;
};

/* Takes the next one off the front of *rest; false at the end. */
bool command_parameter(struct slice *rest, struct parameter *);

#endif
