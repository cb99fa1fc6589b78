/* SPDX-License-Identifier: ISC
 *
 * Lists of addresses.  Law: what is read as a mailbox can stand in a command, and is read as the same again.
 */
#include "entry/entry.h"
#include "fuzz/fuzz.h"
#include "mail/recipients.h"

static void
hold(struct mailbox *m)
{
	struct mailbox   again;
	struct addresses list;
	struct problem   why;

	if (address_complete(m, "host.example", &why) != 0) {
		law(is_problem(&why));
		return;
	}
	law(entry_is_mailbox(SLICE(m->address)));
	list = ADDRESSES(SLICE(m->address));
	law(address_next(&list, &again, &why) == 1);
	law(!again.bare && strcmp(again.address, m->address) == 0);
	law(address_next(&list, &again, &why) == 0);
}

void
fuzz(struct slice input)
{
	struct recipients r = RECIPIENTS;
	struct mailbox    m;
	struct problem    why;

	if (recipients_add(&r, input, &why) != 0)
		law(is_problem(&why));
	for (size_t i = 0; i < r.nmailboxes; i++)
		hold(&r.mailbox[i]);
	recipients_release(&r);
	if (address_sender(&m, input, &why) != 0)
		law(is_problem(&why));
	else if (m.address[0] != '\0')
		hold(&m);
	if (input.len > 0 && address_of_login(&m, input, &why) == 0)
		hold(&m);
}
