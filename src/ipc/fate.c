/* SPDX-License-Identifier: ISC */
#include "ipc/fate.h"

static const char *const outcome_word[] = {
	[OUTCOME_SENT] = "sent",
	[OUTCOME_LATER] = "later",
	[OUTCOME_NEVER] = "never",
};

static const char unreported[] = "unreported";   /* sent, to a relay that will not report success */

enum { OUTCOMES = sizeof outcome_word / sizeof *outcome_word, MAX_RECIPIENT = 1 << 20 };

void
fate_of_problem(struct fate *f, size_t recipient, const char *relay, const struct problem *why)
{
	f->recipient = recipient;
	f->outcome = why->verdict == VERDICT_NEVER ? OUTCOME_NEVER : OUTCOME_LATER;
	f->unreported = false;
	strlcpy(f->status, why->status, sizeof f->status);
	strlcpy(f->relay, relay, sizeof f->relay);
	strlcpy(f->text, why->text, sizeof f->text);
}

void
fate_format(const struct fate *f, struct buf *b)
{
	buf_addf(b, "fate %zu %s %s %s %s", f->recipient, f->unreported ? unreported : outcome_word[f->outcome],
	    f->status, f->relay, f->text);
}

static bool
parse_outcome(struct slice word, struct fate *f)
{
	f->unreported = slice_equal(word, SLICE(unreported));
	f->outcome = OUTCOME_SENT;
	for (int i = 0; i < OUTCOMES; i++)
		if (slice_equal(word, SLICE(outcome_word[i]))) {
			f->outcome = (enum outcome)i;
			return true;
		}
	return f->unreported;
}

bool
fate_parse(struct fate *f, struct slice line)
{
	struct slice       rest = line, status, relay;
	unsigned long long recipient;

	if (!slice_equal(slice_word(&rest), SLICE("fate")) ||
	    !slice_number(slice_word(&rest), MAX_RECIPIENT, &recipient) ||
	    !parse_outcome(slice_word(&rest), f))
		return false;
	status = slice_word(&rest);
	relay = slice_word(&rest);
	if (status.len == 0 || status.len >= sizeof f->status || relay.len == 0 || relay.len >= sizeof f->relay)
		return false;
	f->recipient = (size_t)recipient;
	printable_copy(f->status, sizeof f->status, status);
	printable_copy(f->relay, sizeof f->relay, relay);
	printable_copy(f->text, sizeof f->text, slice_trim(rest));
	return true;
}
