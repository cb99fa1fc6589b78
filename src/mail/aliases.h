/* SPDX-License-Identifier: ISC
 *
 * mail/aliases.h: the file of aliases, as Sendmail and Postfix know it:
 *
 *     # comment
 *     name: value, value,
 *         value                 (a line that begins with a blank continues the one before)
 *
 * A name is a local part, whatever its case; `*' stands for every name that has no alias.  A value is an address, a
 * local name, \NAME (which is not looked up again), or :include:/FILE, a file of values.  Commands (|) and files (/)
 * are refused: nothing is ever run or written for a recipient.
 */
#ifndef MAIL_ALIASES_H
#define MAIL_ALIASES_H

#include "base/buf.h"
#include "mail/address.h"

struct alias {
	char    *name;     /* owned; the local part as RFC 5321 writes it */
	char    *values;   /* owned; a list for aliases_value, not yet examined */
	unsigned line;     /* where it begins */
};

struct aliases {
	struct alias *alias;   /* owned; sorted by name */
	size_t        naliases;
};
#define ALIASES ((struct aliases){ 0 })

/*
 * Reads the text of a file.  A line that is no alias, or one of a name that has one already, is left out and adds a
 * fault, "FILE:LINE: what\n".  Release the aliases.
 */
void aliases_parse(struct aliases *, struct slice text, const char *file, struct buf *faults);
void aliases_release(struct aliases *);

/* The alias of this very name; NULL when there is none. */
struct alias *aliases_find(const struct aliases *, const char *name);

enum value_kind {
	VALUE_MAILBOX,   /* an address or a local name */
	VALUE_LAST,      /* \NAME */
	VALUE_INCLUDE,
};

struct value {
	enum value_kind kind;
	struct mailbox  mailbox;
	struct slice    file;      /* VALUE_INCLUDE: an absolute path, inside the list */
};

/*
 * Takes the next value off the front of a list.  Returns 1, 0 at the end, or -1 with why (VERDICT_NEVER, the value by
 * name) when it is none; the list goes on behind it.
 */
int aliases_value(struct slice *list, struct value *, struct problem *why);

#endif
