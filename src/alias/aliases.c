/* SPDX-License-Identifier: ISC */
#include "alias/aliases.h"

#include <stdlib.h>
#include <strings.h>

#include "base/xalloc.h"
#include "conf/value.h"

/* A file that is being read. */
struct reading {
	struct aliases *aliases;
	const char     *file;
	struct buf     *faults;
	struct buf      text;     /* of the alias that is being read, all its lines; empty: none is */
	unsigned        begin;    /* its first line */
};

/* Takes all up to the first c that is outside quotes and comments off the front of *rest, as slice_cut does. */
static struct slice
cut_unquoted(struct slice *rest, char c)
{
	struct slice taken = *rest;
	bool         quoted = false;
	size_t       depth = 0, at = 0;

	for (; at < rest->len; at++) {
		char here = rest->at[at];

		if (here == '\\')
			at++;
		else if (here == '"' && depth == 0)
			quoted = !quoted;
		else if (here == '(' && !quoted)
			depth++;
		else if (here == ')' && !quoted && depth > 0)
			depth--;
		else if (here == c && !quoted && depth == 0)
			break;
	}
	taken.len = at < rest->len ? at : rest->len;   /* the last octet may be a backslash */
	*rest = slice_from(*rest, at + 1);
	return taken;
}

static void
append(struct aliases *all, const struct alias *a)
{
	if ((all->naliases & (all->naliases - 1)) == 0)   /* 0, 1, 2, 4, 8, ...: it is full */
		all->alias = xreallocarray(all->alias, all->naliases > 0 ? all->naliases * 2 : 1, sizeof *a);
	all->alias[all->naliases++] = *a;
}

static void
fault(const struct reading *r, unsigned line, const char *what)
{
	buf_addf(r->faults, "%s:%u: %s\n", r->file, line, what);
}

/* What is wrong with the name of an alias, or NULL. */
static const char *
read_name(struct slice text, struct mailbox *name)
{
	struct addresses list = ADDRESSES(text);
	struct mailbox   second;
	struct problem   why;

	if (address_next(&list, name, &why) != 1 || address_next(&list, &second, &why) != 0)
		return "the name of an alias is one word, or quoted";
	return name->bare ? NULL : "the name of an alias has no domain";
}

/* What was read so far is one alias. */
static void
finish(struct reading *r)
{
	struct slice   values = buf_slice(&r->text), name = cut_unquoted(&values, ':');
	struct mailbox m;
	const char    *wrong;

	if (r->text.len == 0)
		return;
	if (name.len == r->text.len)
		wrong = "no colon behind the name of an alias";
	else if (memchr(r->text.at, '\0', r->text.len) != NULL)
		wrong = "a NUL octet";
	else
		wrong = read_name(name, &m);
	if (wrong != NULL)
		fault(r, r->begin, wrong);
	else
		append(r->aliases, &(struct alias){ xstrdup(m.address), slice_dup(values), r->begin });
	buf_clear(&r->text);
}

static void
read_line(struct reading *r, struct slice line, unsigned number)
{
	struct slice text = slice_trim(line);

	if (text.len == 0 || text.at[0] == '#')
		return;
	if (!is_wsp(line.at[0])) {
		finish(r);
		r->begin = number;
	} else if (r->text.len == 0) {
		fault(r, number, "a line that continues none; the name of an alias begins its line");
		return;
	}
	buf_add(&r->text, line);
	buf_add_byte(&r->text, '\n');
}

static int
compare(const void *one, const void *other)
{
	const struct alias *a = one, *b = other;
	int                 order = strcasecmp(a->name, b->name);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void
release(struct alias *a)
{
	free(a->name);
	free(a->values);
}

/* Of aliases with the same name the first in the file holds. */
static void
drop_duplicates(struct reading *r)
{
	struct aliases *all = r->aliases;
	size_t          kept = 0;

	for (size_t i = 0; i < all->naliases; i++)
		if (kept > 0 && strcasecmp(all->alias[i].name, all->alias[kept - 1].name) == 0) {
			buf_addf(r->faults, "%s:%u: %s has an alias in line %u already\n", r->file, all->alias[i].line,
			    all->alias[i].name, all->alias[kept - 1].line);
			release(&all->alias[i]);
		} else {
			all->alias[kept++] = all->alias[i];
		}
	all->naliases = kept;
}

void
aliases_parse(struct aliases *all, struct slice text, const char *file, struct buf *faults)
{
	struct reading r = { .aliases = all, .file = file, .faults = faults, .text = BUF(text.len + 1) };

	*all = ALIASES;
	for (unsigned number = 1; text.len > 0; number++)
		read_line(&r, slice_cut(&text, '\n'), number);
	finish(&r);
	buf_release(&r.text);
	if (all->naliases > 0)
		qsort(all->alias, all->naliases, sizeof *all->alias, compare);
	drop_duplicates(&r);
}

void
aliases_release(struct aliases *all)
{
	for (size_t i = 0; i < all->naliases; i++)
		release(&all->alias[i]);
	free(all->alias);
	*all = ALIASES;
}

static int
compare_name(const void *name, const void *alias)
{
	return strcasecmp(name, ((const struct alias *)alias)->name);
}

struct alias *
aliases_find(const struct aliases *all, const char *name)
{
	if (all->naliases == 0)
		return NULL;
	return bsearch(name, all->alias, all->naliases, sizeof *all->alias, compare_name);
}

/* What a value in quotes says, where it is no local part: "|command", "/file", ":include:/file". */
static struct slice
unquoted(struct slice value)
{
	struct slice inside = { value.at + 1, value.len - 2 };

	if (value.len > 2 && value.at[0] == '"' && value.at[value.len - 1] == '"' && memchr("|/:", inside.at[0], 3) != NULL)
		return inside;
	return value;
}

static int
refuse(struct problem *why, struct slice value, const char *what)
{
	return problem_set(why, VERDICT_NEVER, "5.1.3", "%.*s: %s", value.len < 200 ? (int)value.len : 200, value.at, what);
}

static int
read_mailbox(struct slice text, struct mailbox *m, struct problem *why)
{
	struct addresses list = ADDRESSES(text);
	struct mailbox   second;
	int              n = address_next(&list, m, why);

	if (n < 0)
		return -1;
	if (n == 0 || address_next(&list, &second, why) != 0)
		return refuse(why, text, "not one address; there is a comma between one and the next");
	return 1;
}

static int
read_value(struct slice text, struct value *v, struct problem *why)
{
	static const char include[] = ":include:";
	struct slice      value = unquoted(text);

	*v = (struct value){ .kind = VALUE_MAILBOX };
	if (value.at[0] == '|')
		return refuse(why, value, "a command, and nothing is run for a recipient; name an address");
	if (value.at[0] == '/')
		return refuse(why, value, "a file, and nothing is written for a recipient; name an address");
	if (value.len > strlen(include) && strncasecmp(value.at, include, strlen(include)) == 0) {
		v->kind = VALUE_INCLUDE;
		v->file = slice_trim(slice_from(value, strlen(include)));
		return value_is_path(v->file) ? 1 : refuse(why, value, "not an absolute path");
	}
	if (value.at[0] != '\\')
		return read_mailbox(value, &v->mailbox, why);
	v->kind = VALUE_LAST;
	return read_mailbox(slice_from(value, 1), &v->mailbox, why);
}

int
aliases_value(struct slice *list, struct value *v, struct problem *why)
{
	while (list->len > 0) {
		struct slice text = slice_trim(cut_unquoted(list, ','));

		if (text.len > 0)
			return read_value(text, v, why);
	}
	return 0;
}
