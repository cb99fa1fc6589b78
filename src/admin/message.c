/* SPDX-License-Identifier: ISC */
#include "admin/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/show.h"
#include "entry/entry.h"
#include "mailq/locks.h"

static const char *
state_of(const struct entry *e, const struct stat *st)
{
	struct locks locks;
	bool         locked;

	locks_read(&locks);
	locked = locks_have(&locks, st->st_ino);
	locks_release(&locks);
	if (locked)
		return "being delivered";
	return e->held ? "held" : e->given_up ? "given up, to be returned" : "waiting";
}

static void
print_recipient(const struct recipient *r)
{
	char address[ENTRY_MAX_ADDRESS + 1];

	printable_copy(address, sizeof address, SLICE(r->address));
	printf("Recipient: <%s> %s%s%s\n", address,
	    r->state == RECIPIENT_DONE ? "delivered" : r->state == RECIPIENT_BOUNCED ? "returned" : "waiting",
	    r->answer[0] != '\0' ? ": " : "", r->answer);
}

static void
print_envelope(const struct entry *e, const char *id, const struct stat *st)
{
	char sender[ENTRY_MAX_ADDRESS + 1], arrived[SHOW_TIME_LEN], next[SHOW_TIME_LEN];

	printable_copy(sender, sizeof sender, SLICE(e->sender));
	printf("ID:        %s\nState:     %s\n", id, state_of(e, st));
	printf("Arrived:   %s from uid %u\n", show_time(arrived, e->arrived), (unsigned)e->uid);
	printf("Tries:     %u, the next at %s\n", e->tries, show_time(next, e->next));
	printf("Size:      %lld octets\nSender:    <%s>\n", (long long)e->message_len, sender);
	for (size_t i = 0; i < e->nrecipients; i++)
		print_recipient(&e->recipient[i]);
	putchar('\n');
}

/* C0 and C1, the latter as UTF-8 has them, move cursors and rename windows. */
static void
print_octet(unsigned char c, unsigned char before, bool terminal)
{
	bool steers = (c < ' ' && c != '\n' && c != '\t') || c == 127 || (before == 0xC2 && c >= 0x80 && c < 0xA0);

	if (c != '\r')
		putchar(terminal && steers ? '?' : c);
}

/* The header ends with the first empty line. */
static int
print_message(const struct entry *e, int fd, bool body, struct problem *why)
{
	char          block[16384];
	unsigned char before = '\n';
	bool          terminal = isatty(STDOUT_FILENO), in_header = true;
	ssize_t       n = 0;

	for (off_t at = 0; (in_header || body) && (n = entry_message(e, fd, at, block, sizeof block, why)) > 0; at += n)
		for (ssize_t i = 0; i < n && (in_header || body); i++) {
			unsigned char c = (unsigned char)block[i];

			in_header = in_header && !(c == '\r' && before == '\n');
			if (in_header || body)
				print_octet(c, before, terminal);
			before = c;
		}
	return n < 0 ? -1 : 0;
}

int
message_show(const struct spool *spool, const char *id, bool body, struct problem *why)
{
	struct entry e = ENTRY;
	struct stat  st;
	int          fd = spool_open_entry(spool, id), result;

	if (fd < 0 || fstat(fd, &st) != 0)
		result = problem_set(why, VERDICT_LATER, "4.3.0", "%s",
		    errno == ENOENT ? "there is no such message" : strerror(errno));
	else if ((result = entry_read(&e, fd, why)) == 0) {
		print_envelope(&e, id, &st);
		result = print_message(&e, fd, body, why);
	}
	if (fd >= 0)
		close(fd);
	entry_release(&e);
	return result;
}
