/* SPDX-License-Identifier: ISC
 *
 * A file of the queue.  All checksums are 0 here, so that what is behind them is reached.  Laws: what is believed can
 * stand in commands and in the log, lies within the file, and can be settled and read again.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32.h"
#include "entry/entry.h"
#include "fuzz/fuzz.h"

uint32_t __wrap_crc32_add(uint32_t, struct slice);

uint32_t
__wrap_crc32_add(uint32_t crc, struct slice s)
{
	(void)crc, (void)s;
	return 0;
}

static void
hold_recipient(const struct recipient *r, const struct entry *e)
{
	law(entry_is_mailbox(SLICE(r->address)) && is_printable(r->answer));
	law(r->notify == NULL || entry_is_parameter(SLICE(r->notify)));
	law(r->orcpt == NULL || entry_is_parameter(SLICE(r->orcpt)));
	law(r->at >= ENTRY_FIRST_LINE && r->at < r->tail && r->tail % ENTRY_TAIL == 0);
	law(r->tail + ENTRY_TAIL <= e->envelope_len);
}

static void
hold(const struct entry *e)
{
	law(e->sender[0] == '\0' || entry_is_mailbox(SLICE(e->sender)));
	law(e->ret == NULL || entry_is_parameter(SLICE(e->ret)));
	law(e->envid == NULL || entry_is_parameter(SLICE(e->envid)));
	law(e->nrecipients > 0 && e->nrecipients <= ENTRY_MAX_RECIPIENTS && entry_nqueued(e) <= e->nrecipients);
	for (size_t i = 0; i < e->nrecipients; i++)
		hold_recipient(&e->recipient[i], e);
}

static void
hold_settled(struct entry *e, int fd)
{
	struct entry   again = ENTRY;
	struct problem why;

	law(entry_settle(e, fd, e->nrecipients - 1, RECIPIENT_DONE, "250 2.0.0 ok", &why) == 0);
	law(entry_read(&again, fd, &why) == 0);
	law(again.nrecipients == e->nrecipients);
	law(strcmp(again.recipient[e->nrecipients - 1].answer, "250 2.0.0 ok") == 0);
	entry_release(&again);
}

/* salsa-drop reads it from memory, before it is a file. */
static void
hold_in_memory(struct slice input)
{
	struct entry   e = ENTRY;
	struct problem why;

	law(entry_parse(&e, input, &why) == 0);
	hold(&e);
	entry_release(&e);
}

void
fuzz(struct slice input)
{
	struct entry   e = ENTRY;
	struct problem why;
	int            fd = memfd_create("entry", MFD_CLOEXEC);

	law(fd >= 0 && write(fd, input.at, input.len) == (ssize_t)input.len);
	if (entry_read(&e, fd, &why) != 0)
		law(is_problem(&why));
	else {
		hold(&e);
		hold_in_memory(input);
		if (entry_verify_message(&e, fd, &why) == 0)
			hold_settled(&e, fd);
	}
	entry_release(&e);
	close(fd);
}
