/* SPDX-License-Identifier: ISC */
#include "mail/recipients.h"

#include <stdlib.h>

#include "base/xalloc.h"

static int
append(struct recipients *r, const struct mailbox *m, struct problem *why)
{
	if (r->nmailboxes == RECIPIENTS_MAX)
		return problem_set(why, VERDICT_NEVER, "5.5.3", "more than %d recipients: send to fewer at once",
		    RECIPIENTS_MAX);
	if ((r->nmailboxes & (r->nmailboxes - 1)) == 0)   /* 0, 1, 2, 4, 8, ...: it is full */
		r->mailbox = xreallocarray(r->mailbox, r->nmailboxes > 0 ? r->nmailboxes * 2 : 1, sizeof *m);
	r->mailbox[r->nmailboxes++] = *m;
	return 0;
}

int
recipients_add(struct recipients *r, struct slice list, struct problem *why)
{
	struct addresses reading = ADDRESSES(list);
	struct mailbox   m;
	int              n;

	while ((n = address_next(&reading, &m, why)) == 1)
		if (recipients_add_mailbox(r, &m, why) != 0)
			return -1;
	return n;
}

static bool
is_among_first(const struct recipients *r, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (address_same(r->mailbox[i].address, address))
			return true;
	return false;
}

int
recipients_add_mailbox(struct recipients *r, const struct mailbox *m, struct problem *why)
{
	return is_among_first(r, r->nmailboxes, m->address) ? 0 : append(r, m, why);
}

int
recipients_complete(struct recipients *r, const char *domain, struct problem *why)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->nmailboxes; i++) {
		if (address_complete(&r->mailbox[i], domain, why) != 0)
			return -1;
		if (!is_among_first(r, kept, r->mailbox[i].address))
			r->mailbox[kept++] = r->mailbox[i];
	}
	r->nmailboxes = kept;
	return 0;
}

void
recipients_release(struct recipients *r)
{
	free(r->mailbox);
	*r = RECIPIENTS;
}
