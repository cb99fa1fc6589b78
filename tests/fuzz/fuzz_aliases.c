/* SPDX-License-Identifier: ISC
 *
 * The file of aliases.  Laws: its faults are lines, every alias is found by its name, and no value is a command or a
 * file to write.
 */
#include "alias/aliases.h"
#include "entry/entry.h"
#include "fuzz/fuzz.h"

static void
hold_value(struct value *v)
{
	struct problem why;

	if (v->kind == VALUE_INCLUDE)
		law(v->file.len > 0 && v->file.at[0] == '/' && !slice_has_control(v->file));
	else if (address_complete(&v->mailbox, "host.example", &why) == 0)
		law(entry_is_mailbox(SLICE(v->mailbox.address)));
}

static void
hold(const struct aliases *all, const struct alias *one)
{
	struct slice   list = SLICE(one->values);
	struct value   v;
	struct problem why;
	int            result;

	law(aliases_find(all, one->name) == one);
	while ((result = aliases_value(&list, &v, &why)) != 0)
		if (result > 0)
			hold_value(&v);
		else
			law(is_problem(&why));
}

void
fuzz(struct slice input)
{
	struct aliases a = ALIASES;
	struct buf     faults = BUF(1 << 20);
	struct slice   rest;

	aliases_parse(&a, input, "/etc/aliases", &faults);
	for (size_t i = 0; i < a.naliases; i++)
		hold(&a, &a.alias[i]);
	for (rest = buf_slice(&faults); rest.len > 0; )
		law(!slice_has_control(slice_cut(&rest, '\n')));
	aliases_release(&a);
	buf_release(&faults);
}
