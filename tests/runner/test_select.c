/* SPDX-License-Identifier: ISC */
#include "runner/select.h"

#include "lib/unit.h"

enum { NOW = 1000 };

/* alice's message to bob, who waits, and to carol, who has it; it was due at NOW. */
static const struct { const char *terms; bool covers; } cases[] = {
	{ "", true },
	{ "\tI65F0C1", true },
	{ "\tI65f0c1", true },
	{ "\tI10", true },
	{ "\tI11", false },
	{ "\tI65F0C1B20000101", false },   /* longer than the ID */
	{ "\tI", true },
	{ "\t!I10", false },
	{ "\t!I11", true },
	{ "\tRbob@", true },
	{ "\tREXAMPLE.net", true },
	{ "\tRcarol", false },
	{ "\t!Rcarol", true },
	{ "\t!Rbob", false },
	{ "\tSalice", true },
	{ "\tSbob", false },
	{ "\t!Sbob", true },
	/* one of a letter, and that for each letter */
	{ "\tRdan\tRbob", true },
	{ "\tRdan\tReve", false },
	{ "\tRbob\tSbob", false },
	{ "\tRbob\tSalice\tI65F", true },
	{ "\tRbob\t!Salice", false },
	{ "\t!Rdan\t!Rbob", true },
	{ "\tD", true },
	{ "\t!D", false },
	{ "\tD\tRdan", false },
	{ "Ibob\tR", false },
	{ "\t\t!\t", true },
};

START_TEST(terms_select_what_sendmails_options_say)
{
	struct entry e = ENTRY;

	strlcpy(e.id, "65F0C1B2000010", sizeof e.id);
	e.sender = slice_dup(SLICE("Alice@www1.example.com"));
	entry_add_recipient(&e, SLICE("bob@example.net"));
	entry_add_recipient(&e, SLICE("carol@example.net"));
	e.recipient[1].state = RECIPIENT_DONE;
	e.next = NOW;
	ck_assert_int_eq(select_covers(SLICE(cases[_i].terms), &e, NOW), cases[_i].covers);
	e.next = NOW + 1;
	ck_assert(!select_covers(SLICE("\tD"), &e, NOW));
	entry_release(&e);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, terms_select_what_sendmails_options_say, cases);
}
