/* SPDX-License-Identifier: ISC */
#include "mailq/format.h"

#include "base/json.h"

static void
print_recipient(FILE *out, const struct recipient *r, const char *trouble)
{
	const char *reason = r->answer[0] != '\0' ? r->answer : trouble;

	fputs("{\"address\": ", out);
	json_string(out, r->address);
	if (reason != NULL) {
		fputs(", \"delay_reason\": ", out);
		json_string(out, reason);
	}
	fputs("}", out);
}

static void
print_recipients(FILE *out, const struct entry *e, const char *trouble)
{
	const char *between = "";

	for (size_t i = 0; i < e->nrecipients; i++)
		if (e->recipient[i].state == RECIPIENT_QUEUED) {
			fputs(between, out);
			print_recipient(out, &e->recipient[i], trouble);
			between = ", ";
		}
}

/* The null sender has a name here, so an empty one is one that is not shown. */
static void
print_message(FILE *out, const struct shown *s, bool first)
{
	static const char *const queue[] = { "deferred", "active", "hold", "deferred", "corrupt" };
	const char              *sender = "";

	(void)first;
	if (s->entry != NULL)
		sender = s->entry->sender[0] != '\0' ? s->entry->sender : "MAILER-DAEMON";
	fprintf(out, "{\"queue_name\": \"%s\", \"queue_id\": \"%s\", ", queue[s->state], s->id);
	fprintf(out, "\"arrival_time\": %lld, \"message_size\": %lld, \"forced_expire\": %s, \"sender\": ",
	    (long long)s->arrived, (long long)s->size, s->state == SHOWN_GIVEN_UP ? "true" : "false");
	json_string(out, sender);
	fputs(", \"recipients\": [", out);
	if (s->entry != NULL)
		print_recipients(out, s->entry, s->trouble);
	fputs("]}\n", out);
}

static void
print_end(FILE *out, size_t messages, unsigned long long octets)
{
	(void)out, (void)messages, (void)octets;
}

const struct format format_json = { print_message, print_end };
