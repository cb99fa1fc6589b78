/* SPDX-License-Identifier: ISC
 *
 * A client of `sendmail -bs' that says anything.  Laws: every message that it queues can be believed, and is in wire
 * form; replies are lines with a code.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "sendmail/smtpd.h"

static char hostname[] = "www1.example.com", mailname[] = "mail.example.org", aliases[] = "/nonexistent/aliases";

/* Without a queue: so that the entry is whole as it is handed over. */
static struct conf conf = { .hostname = hostname, .mailname = mailname, .aliases = aliases, .max_size = 100000,
	.deliver = DELIVER_DIRECT };

static void
hold_wire_form(const struct entry *e, int fd)
{
	char           text[4096], before = '\n';
	struct problem why;
	ssize_t        n;

	for (off_t at = 0; (n = entry_message(e, fd, at, text, sizeof text, &why)) != 0; at += n) {
		law(n > 0);
		for (ssize_t i = 0; i < n; before = text[i++])
			law((before == '\r') == (text[i] == '\n') && text[i] != '\0');
	}
	law(before == '\n');
}

static int
submit(void *argument, struct message *m, struct problem *why)
{
	struct entry e = ENTRY;

	(void)argument;
	law(entry_read(&e, m->fd, why) == 0);
	law(entry_verify_message(&e, m->fd, why) == 0);
	hold_wire_form(&e, m->fd);
	entry_release(&e);
	strlcpy(m->entry.id, "65A00000000000", sizeof m->entry.id);
	return 0;
}

static void
hold_replies(int fd)
{
	static char  text[4 << 20];
	ssize_t      n = pread(fd, text, sizeof text, 0);
	struct slice rest = { text, n > 0 ? (size_t)n : 0 }, line;

	law(rest.len == 0 || slice_ends(rest, SLICE("\r\n")));
	while (rest.len > 0) {
		line = slice_cut(&rest, '\n');
		law(slice_ends(line, SLICE("\r")) && line.len >= 5);
		line.len--;
		law(!slice_has_control(line) && slice_is_ascii(line));
		law(line.at[0] >= '2' && line.at[0] <= '5' && (line.at[3] == ' ' || line.at[3] == '-'));
	}
}

void
fuzz(struct slice input)
{
	const struct outlet outlet = { .submit = submit };
	int                 in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);

	law(in >= 0 && out >= 0 && write(in, input.at, input.len) == (ssize_t)input.len && lseek(in, 0, SEEK_SET) == 0);
	smtpd(&conf, &outlet, in, out, 1000);
	hold_replies(out);
	close(in);
	close(out);
}
