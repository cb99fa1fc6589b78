/* SPDX-License-Identifier: ISC */
#include "sendmail/progress.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ipc/fate.h"
#include "ipc/packet.h"

/* The code of sysexits.h for a recipient who is refused for good; RFC 3463, 3.2. */
static int
code_of_status(const char *status)
{
	if (strcmp(status, "5.1.1") == 0)
		return EX_NOUSER;
	return strcmp(status, "5.1.2") == 0 ? EX_NOHOST : EX_UNAVAILABLE;
}

static void
take_fate(struct progress *p, const struct fate *f)
{
	static const char *const word[] = {
		[OUTCOME_SENT] = "sent", [OUTCOME_LATER] = "later", [OUTCOME_NEVER] = "never",
	};
	char shown[ENTRY_MAX_ADDRESS + 1];

	if (f->recipient >= p->entry->nrecipients)
		return;
	p->nfates++;
	printable_copy(shown, sizeof shown, SLICE(p->entry->recipient[f->recipient].address));
	if (p->verbose)
		dprintf(STDERR_FILENO, "%s: %s, relay %s: %s\n", shown, word[f->outcome], f->relay, f->text);
	if (f->outcome == OUTCOME_SENT) {
		p->entry->recipient[f->recipient].state = RECIPIENT_DONE;
	} else if (f->outcome == OUTCOME_NEVER) {
		problem_set(&p->refused, VERDICT_NEVER, f->status, "%s: %s", shown, f->text);
		p->never = code_of_status(f->status);
	} else {
		problem_set(&p->put_off, VERDICT_LATER, f->status, "%s: %s", shown, f->text);
		p->later = true;
	}
}

void
progress_follow(struct progress *p, int socket)
{
	char        text[PACKET_MAX], shown[PACKET_MAX];
	struct fate f;

	while (packet_await(socket, text, PROGRESS_MSEC) > 0) {
		struct slice rest = SLICE(text), word = slice_word(&rest);

		if (fate_parse(&f, SLICE(text)))
			take_fate(p, &f);
		else if (p->verbose && slice_equal(word, SLICE("trace"))) {
			printable_copy(shown, sizeof shown, slice_trim(rest));
			dprintf(STDERR_FILENO, "%s\n", shown);
		}
	}
}

void
progress_follow_relay(struct progress *p, int socket)
{
	char        text[PACKET_MAX];
	struct fate f;

	while (p->nfates < p->entry->nrecipients && packet_await(socket, text, PROGRESS_MSEC) > 0) {
		struct slice rest = SLICE(text);

		if (!slice_equal(slice_word(&rest), SLICE("-")))   /* of relays, as that one takes long */
			continue;
		if (!fate_parse(&f, slice_trim(rest)))
			return;
		take_fate(p, &f);
	}
}
