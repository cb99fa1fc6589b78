/* SPDX-License-Identifier: ISC
 *
 * A worker's words on a recipient.  Law: what is believed is printable, and is the same when it is passed on.
 */
#include "fuzz/fuzz.h"
#include "ipc/fate.h"

void
fuzz(struct slice input)
{
	struct fate fate, again;
	struct buf  line = BUF(4096);

	if (!fate_parse(&fate, input))
		return;
	law(is_printable(fate.status) && is_printable(fate.relay) && is_printable(fate.text));
	law(fate.outcome == OUTCOME_SENT || fate.outcome == OUTCOME_LATER || fate.outcome == OUTCOME_NEVER);
	fate_format(&fate, &line);
	law(!line.full && fate_parse(&again, buf_slice(&line)));
	law(again.recipient == fate.recipient && again.outcome == fate.outcome);
	law(strcmp(again.status, fate.status) == 0 && strcmp(again.relay, fate.relay) == 0);
	law(slice_equal(SLICE(again.text), slice_trim(SLICE(fate.text))));
	buf_release(&line);
}
