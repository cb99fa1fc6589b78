/* SPDX-License-Identifier: ISC */
#include "conf/pattern.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
patterns_add(struct patterns *list, struct slice pattern)
{
	list->pattern = xreallocarray(list->pattern, list->npatterns + 1, sizeof *list->pattern);
	list->pattern[list->npatterns++] = slice_dup(pattern);
}

void
patterns_release(struct patterns *list)
{
	for (size_t i = 0; i < list->npatterns; i++)
		free(list->pattern[i]);
	free(list->pattern);
	*list = (struct patterns){ 0 };
}

/* A pattern with an '@' is held against whole, any other against domain. */
static bool
cover(const struct patterns *list, const char *whole, const char *domain)
{
	bool plain = false, matched = false;

	for (size_t i = 0; i < list->npatterns; i++) {
		bool        negated = list->pattern[i][0] == '!';
		const char *pattern = list->pattern[i] + negated;
		const char *name = strchr(pattern, '@') != NULL ? whole : domain;
		bool        matches = fnmatch(pattern, name, FNM_CASEFOLD) == 0;

		if (negated && matches)
			return false;
		plain = plain || !negated;
		matched = matched || matches;
	}
	return matched || (list->npatterns > 0 && !plain);
}

bool
patterns_cover(const struct patterns *list, const char *name)
{
	return cover(list, name, name);
}

bool
patterns_cover_mailbox(const struct patterns *list, const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');

	return cover(list, mailbox, at != NULL ? at + 1 : "");
}
