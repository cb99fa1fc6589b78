/* SPDX-License-Identifier: ISC */
#include "sendmail/message.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/xalloc.h"
#include "entry/received.h"
#include "entry/writer.h"
#include "mail/dsn.h"

_Static_assert((int)ADDRESS_MAX == (int)ENTRY_MAX_ADDRESS, "what is parsed can be queued");
_Static_assert((int)RECIPIENTS_MAX == (int)ENTRY_MAX_RECIPIENTS, "what is parsed can be queued");
_Static_assert((int)DSN_MAX_ORCPT == (int)ENTRY_MAX_PARAMETER, "what is parsed can be queued");

enum { MEMORY_MAX = 1 << 20 };   /* a larger entry goes from memory to the disk */

/*
 * RFC 5322, 3.6.4: the same for nobody else, ever: the time and 64 random bits.  Not by arc4random(3): libbsd's ends the
 * program, without a word, where there is no memory for its state.
 */
static int
add_message_id(struct buf *id, const char *hostname, struct problem *why)
{
	struct tm now;
	time_t    seconds = clock_now();
	char      stamp[32];
	unsigned  random[2];

	if (getentropy(random, sizeof random) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.0", "choose a Message-ID: %s", strerror(errno));
	gmtime_r(&seconds, &now);
	strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &now);
	buf_addf(id, "%s.%08x%08x@%s", stamp, random[0], random[1], hostname);
	return 0;
}

/* Who From says it is where the caller does not say: the sender or, for the null one, the user who calls. */
static int
from_mailbox(const struct letterhead *l, struct mailbox *from, struct problem *why)
{
	*from = *l->sender;
	if (from->address[0] != '\0')
		return 0;
	if (address_of_login(from, SLICE(l->author->login), why) != 0)
		return -1;
	return address_complete(from, l->conf->mailname, why);
}

static int
compose(struct message *m, const struct letterhead *l, struct slice fields, struct recipients *to, struct problem *why)
{
	struct mailbox  from;
	struct buf      date = BUF(64), id = BUF(512);
	struct composer c = { .mailname = l->conf->mailname, .name = l->name, .from = from.address };
	int             result;

	if (add_message_id(&id, l->conf->hostname, why) != 0)
		return EX_TEMPFAIL;
	date_format(&date, clock_now());
	c.date = buf_text(&date);
	c.message_id = buf_text(&id);
	result = from_mailbox(l, &from, why);
	if (result == 0)
		result = compose_header(&c, fields, to, &m->header, why);
	buf_release(&date);
	buf_release(&id);
	return result == 0 ? 0 : EX_DATAERR;
}

int
message_header(struct message *m, const struct letterhead *l, struct input *in, struct recipients *to,
    struct problem *why)
{
	struct header h;
	struct slice  fields;
	int           code = input_header(in, &h, why);

	if (code != 0) {
		buf_release(&m->header);
		return code;
	}
	fields = slice_from((struct slice){ in->text.at, h.end }, h.begin);
	m->entry.tls_waived = header_waives_tls(fields);
	code = compose(m, l, fields, to, why);
	if (code == 0)
		input_body(in, &h);
	else
		buf_release(&m->header);
	return code;
}

/* Puts what was written so far on the disk, behind the same descriptor.  Where that cannot be it stays in memory. */
static void
spill(int fd, off_t size)
{
	int   file = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	off_t done = 0;

	if (file < 0)
		return;
	while (done < size && sendfile(file, fd, &done, (size_t)(size - done)) > 0)
		;
	if (done == size)
		dup3(file, fd, O_CLOEXEC);
	close(file);
}

static int
write_body(struct input *in, struct writer *w, struct problem *why)
{
	bool in_memory = true;
	int  code = 0;

	for (;;) {
		writer_add(w, buf_slice(&in->text));
		buf_clear(&in->text);
		if (in->at_end || w->failed || code != 0)
			return code;
		if (in_memory && w->written > MEMORY_MAX) {
			spill(w->fd, w->written);
			in_memory = false;
		}
		code = input_more(in, why);
	}
}

static int
write_entry(struct message *m, const struct letterhead *l, struct input *in, struct problem *why)
{
	struct writer w;
	struct buf    received = BUF(1024);
	int           code;

	writer_start(&w, m->fd, &m->entry);
	w.draft = l->conf->deliver != DELIVER_DIRECT;
	if (!w.draft)   /* else it is salsa-drop's word */
		received_format(&received, l->conf->hostname, l->author->uid, "-", m->entry.arrived);
	writer_add(&w, buf_slice(&received));
	writer_add(&w, buf_slice(&m->header));
	code = write_body(in, &w, why);
	if (code == 0 && writer_finish(&w, why) != 0)
		code = EX_TEMPFAIL;
	writer_release(&w);
	buf_release(&received);
	return code;
}

/* What the caller sees in the log alone: it had no say in it. */
static void
warn_of_losses(struct message *m, const struct input *in)
{
	if (in->wire.cut)
		buf_addf(&m->warnings, "from=<%s>: a line with a lone dot ended the message, what followed was dropped; "
		    "sendmail -i keeps it\n", m->entry.sender);
	if (in->wire.had_nul)
		buf_addf(&m->warnings, "from=<%s>: NUL octets were dropped\n", m->entry.sender);
}

int
message_write(struct message *m, const struct letterhead *l, struct input *in, struct problem *why)
{
	int code;

	m->entry.uid = l->author->uid;
	m->entry.arrived = m->entry.next = clock_now();
	free(m->entry.sender);
	m->entry.sender = xstrdup(l->sender->address);
	m->fd = memfd_create("salsa-message", MFD_CLOEXEC);
	if (m->fd < 0) {
		problem_set(why, VERDICT_LATER, "4.3.0", "make a file in memory: %s", strerror(errno));
		return EX_TEMPFAIL;
	}
	code = write_entry(m, l, in, why);
	if (code == 0)
		warn_of_losses(m, in);
	return code;
}

void
message_forget_file(struct message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

void
message_release(struct message *m)
{
	message_forget_file(m);
	entry_release(&m->entry);
	buf_release(&m->warnings);
	buf_release(&m->header);
	*m = MESSAGE;
}
