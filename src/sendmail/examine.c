/* SPDX-License-Identifier: ISC */
#include "sendmail/examine.h"

#include <stdio.h>
#include <sysexits.h>

#include "sendmail/expand.h"

enum { FAULTS_MAX = 1 << 20 };   /* octets */

static int
misused(struct problem *why, const char *text)
{
	problem_set(why, VERDICT_NEVER, "5.5.4", "%s", text);
	return EX_USAGE;
}

static int
tell(const struct conf *conf, int naliases, const struct buf *faults, struct problem *why)
{
	fputs(buf_text(faults), stderr);
	if (faults->len > 0) {
		problem_set(why, VERDICT_NEVER, "5.3.5", "faults in %s; what they spoil goes on as if it had no alias",
		    conf->aliases);
		return EX_DATAERR;
	}
	if (naliases < 0)
		printf("no aliases: %s does not exist\n", conf->aliases);
	else
		printf("%d alias%s in %s\n", naliases, naliases == 1 ? "" : "es", conf->aliases);
	return 0;
}

int
examine_aliases(const struct options *o, const struct conf *conf, struct problem *why)
{
	struct buf faults = BUF(FAULTS_MAX);
	int        code;

	if (o->narguments > 0)
		return misused(why, "aliases are rebuilt without arguments");
	code = tell(conf, expand_examine(conf, &faults), &faults, why);
	buf_release(&faults);
	return code;
}

/* Expands one recipient of an argument, and tells of it. */
static int
show(const struct conf *conf, const struct mailbox *m, struct recipients *all, struct buf *faults, struct problem *why)
{
	struct recipients one = RECIPIENTS;
	int               result = recipients_add_mailbox(&one, m, why);

	if (result == 0)
		result = expand(&one, conf, faults, why);
	for (size_t i = 0; i < one.nmailboxes && result == 0; i++) {
		printf("%s: %s\n", m->address, one.mailbox[i].address);
		result = recipients_add_mailbox(all, &one.mailbox[i], why);
	}
	recipients_release(&one);
	return result;
}

int
examine_recipients(const struct options *o, const struct conf *conf, struct recipients *all, struct problem *why)
{
	struct recipients asked = RECIPIENTS;
	struct buf        faults = BUF(FAULTS_MAX);
	int               result = 0;

	for (int i = 0; i < o->narguments && result == 0; i++)
		result = recipients_add(&asked, SLICE(o->argument[i]), why);
	if (result == 0 && asked.nmailboxes == 0)
		return misused(why, "-bv examines addresses; name them as arguments");
	for (size_t i = 0; i < asked.nmailboxes && result == 0; i++) {
		buf_clear(&faults);
		result = show(conf, &asked.mailbox[i], all, &faults, why);
		fputs(buf_text(&faults), stderr);
	}
	fflush(stdout);
	recipients_release(&asked);
	buf_release(&faults);
	return result == 0 ? 0 : EX_NOUSER;
}
