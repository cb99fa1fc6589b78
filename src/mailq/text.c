/* SPDX-License-Identifier: ISC */
#include "mailq/format.h"

#include <string.h>

enum { REASON_WIDTH = 76 };

static const char row[] = "%-17s %8s %-19s %s\n", sender_row[] = "%-17s %8lld %19.19s %s\n";

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
	int padding = REASON_WIDTH - (int)strlen(reason);

	fprintf(out, "%*s(%s)\n", padding > 0 ? padding : 0, "", reason);
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
		fprintf(out, row, "", "", "", printable(address, r->address));
	}
}

static void
print_message(FILE *out, const struct shown *s, bool first)
{
	static const char *const mark[] = { "", "*", "!", "#", "" };
	char                     id[ENTRY_ID_LEN + 2], date[32], address[ENTRY_MAX_ADDRESS + 1];
	const char              *sender = s->entry != NULL ? s->entry->sender : "-";
	struct tm                arrived = { 0 };

	if (first)
		fprintf(out, row, "----Queue ID-----", "--Size--", "---Arrival Time----", "--Sender/Recipient------");
	else
		fputs("\n", out);
	snprintf(id, sizeof id, "%s%s", s->id, mark[s->state]);
	localtime_r(&s->arrived, &arrived);
	strftime(date, sizeof date, "%a %b %e %H:%M:%S", &arrived);
	fprintf(out, sender_row, id, (long long)s->size, date,
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
