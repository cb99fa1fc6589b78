/* SPDX-License-Identifier: ISC */
#include "admin/choice.h"

#include "base/clock.h"
#include "conf/value.h"

static int
add_age(bool *asked, time_t *moment, const char *value, struct problem *why)
{
	unsigned seconds;

	if (!value_seconds(SLICE(value), &seconds))
		return problem_set(why, VERDICT_NEVER, "5.5.4", "\"%s\" is no age; 5m, 4h and 5d are", value);
	*asked = true;
	*moment = clock_now() - (time_t)seconds;
	return 0;
}

int
choice_add(struct choice *c, int option, const char *value, struct problem *why)
{
	if (option == 'o')
		return add_age(&c->older, &c->older_than, value, why);
	if (option == 'n')
		return add_age(&c->newer, &c->newer_than, value, why);
	if (option == 'a')
		c->all = true;
	else if (value_is_pattern(SLICE(value)))
		patterns_add(option == 'f' ? &c->from : &c->to, SLICE(value));
	else
		return problem_set(why, VERDICT_NEVER, "5.5.4", "\"%s\" is no pattern; *.example.net is", value);
	return 0;
}

int
choice_ids(struct choice *c, char **id, int n, struct problem *why)
{
	for (int i = 0; i < n; i++)
		if (!entry_is_id(SLICE(id[i])))
			return problem_set(why, VERDICT_NEVER, "5.5.4", "\"%s\" is no ID of the queue; mailq prints them", id[i]);
	c->id = id;
	c->nids = (size_t)n;
	return 0;
}

void
choice_release(struct choice *c)
{
	patterns_release(&c->from);
	patterns_release(&c->to);
	*c = CHOICE;
}

/* Whether more is said than IDs and --all: that takes an envelope to see. */
static bool
asks_for_envelope(const struct choice *c)
{
	return c->from.npatterns > 0 || c->to.npatterns > 0 || c->older || c->newer;
}

bool
choice_is_made(const struct choice *c)
{
	return c->all || c->nids > 0 || asks_for_envelope(c);
}

static bool
is_named(const struct choice *c, const char *id)
{
	for (size_t i = 0; i < c->nids; i++)
		if (strcmp(c->id[i], id) == 0)
			return true;
	return c->nids == 0;
}

static bool
goes_to(const struct entry *e, const struct patterns *to)
{
	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED && patterns_cover_mailbox(to, e->recipient[i].address))
			return true;
	return false;
}

static bool
comes_from(const struct entry *e, const struct patterns *from)
{
	if (e->sender[0] == '\0')
		return patterns_cover(from, "<>");
	return patterns_cover_mailbox(from, e->sender);
}

bool
choice_covers(const struct choice *c, const char *id, const struct entry *e)
{
	if (!is_named(c, id))
		return false;
	if (e == NULL)
		return !asks_for_envelope(c);
	return (c->from.npatterns == 0 || comes_from(e, &c->from)) && (c->to.npatterns == 0 || goes_to(e, &c->to)) &&
	    (!c->older || e->arrived <= c->older_than) && (!c->newer || e->arrived > c->newer_than);
}
