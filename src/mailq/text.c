/* SPDX-License-Identifier: ISC */
#include "mailq/format.h"

#include <string.h>

enum { REASON_WIDTH = 76, ADDRESS_AT = 47 };

/* There are many rows: what needs no printf has none. */
static void
print_blanks(FILE *out, size_t n)
{
	static const char blank[] = "                                                                            ";

	_Static_assert(sizeof blank - 1 == REASON_WIDTH, "as many as are wanted at most");
	fputs(blank + REASON_WIDTH - n, out);
}

/* An address as an operator's terminal may see it. */
static const char *
printable(char field[ENTRY_MAX_ADDRESS + 1], const char *address)
{
	printable_copy(field, ENTRY_MAX_ADDRESS + 1, SLICE(address));
	return field;
}

static void
print_reason(FILE *out, const char *reason)
{
	size_t len = strlen(reason);

	print_blanks(out, len < REASON_WIDTH ? REASON_WIDTH - len : 0);
	fputs("(", out);
	fputs(reason, out);
	fputs(")\n", out);
}

/* A reason is shown once for the recipients behind it that share it. */
static void
print_recipients(FILE *out, const struct entry *e)
{
	const char *reason = "";
	char        address[ENTRY_MAX_ADDRESS + 1];

	for (size_t i = 0; i < e->nrecipients; i++) {
		const struct recipient *r = &e->recipient[i];

		if (r->state != RECIPIENT_QUEUED)
			continue;
		if (strcmp(r->answer, reason) != 0) {
			reason = r->answer;
			print_reason(out, reason[0] != '\0' ? reason : "reason unavailable");
		}
		print_blanks(out, ADDRESS_AT);
		fputs(printable(address, r->address), out);
		fputs("\n", out);
	}
}

static void
print_message(FILE *out, const struct shown *s, bool first)
{
	static const char *const mark[] = { "", "*", "!", "#", "" };
	char                     id[ENTRY_ID_LEN + 2], date[32], address[ENTRY_MAX_ADDRESS + 1];
	const char              *sender = s->entry != NULL ? s->entry->sender : "-";
	struct tm                arrived = { 0 };

	fputs(first ? "----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------\n" : "\n", out);
	strlcpy(id, s->id, sizeof id);
	strlcat(id, mark[s->state], sizeof id);
	localtime_r(&s->arrived, &arrived);
	strftime(date, sizeof date, "%a %b %e %H:%M:%S", &arrived);
	fprintf(out, "%-17s %8lld %19.19s %s\n", id, (long long)s->size, date,
	    sender[0] != '\0' ? printable(address, sender) : "MAILER-DAEMON");
	if (s->trouble != NULL)
		print_reason(out, s->trouble);
	if (s->entry != NULL)
		print_recipients(out, s->entry);
}

static void
print_end(FILE *out, size_t messages, unsigned long long octets)
{
	if (messages == 0)
		fputs("Mail queue is empty\n", out);
	else
		fprintf(out, "\n-- %llu Kbytes in %zu Request%s.\n", octets / 1024, messages, messages == 1 ? "" : "s");
}

const struct format format_text = { print_message, print_end };
