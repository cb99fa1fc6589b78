/* SPDX-License-Identifier: ISC */
#include "sendmail/message.h"

#include <errno.h>
#include <fcntl.h>
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
#include "mail/compose.h"
#include "sendmail/expand.h"
#include "sendmail/identity.h"
#include "sendmail/input.h"

_Static_assert((int)ADDRESS_MAX == (int)ENTRY_MAX_ADDRESS, "what is parsed can be queued");
_Static_assert((int)RECIPIENTS_MAX == (int)ENTRY_MAX_RECIPIENTS, "what is parsed can be queued");

enum { MEMORY_MAX = 1 << 20 };   /* a larger entry goes from memory to the disk */

/* A message on its way from the command line and standard input to an entry. */
struct draft {
	const struct options *options;
	const struct conf    *conf;
	struct identity       author;
	struct mailbox        sender;       /* the reverse-path; address "" is the null one */
	struct recipients     recipients;
	struct input          input;
	struct buf            header;       /* composed */
	struct buf           *warnings;     /* of the message */
};

static int
no_recipients(struct problem *why, const char *text)
{
	problem_set(why, VERDICT_NEVER, "5.5.4", "%s", text);
	return EX_USAGE;
}

static int
take_arguments(struct draft *d, struct problem *why)
{
	const struct options *o = d->options;

	for (int i = 0; i < o->narguments; i++) {
		if (slice_trim(SLICE(o->argument[i])).len == 0)
			return no_recipients(why, "an empty recipient");
		if (recipients_add(&d->recipients, SLICE(o->argument[i]), why) != 0)
			return EX_DATAERR;
	}
	if (d->recipients.nmailboxes == 0 && !o->reads_recipients)
		return no_recipients(why, "no recipients; name them as arguments, or give -t for those of the header");
	return 0;
}

static int
take_sender(struct draft *d, struct problem *why)
{
	const char *given = d->options->sender;
	int         result;

	if (given != NULL)
		result = address_sender(&d->sender, SLICE(given), why);
	else
		result = address_of_login(&d->sender, SLICE(d->author.login), why);
	if (result == 0)
		result = address_complete(&d->sender, d->conf->mailname, why);
	return result == 0 ? 0 : EX_DATAERR;
}

/* RFC 5322, 3.6.4: the same for nobody else, ever: the time and 64 random bits. */
static void
add_message_id(struct buf *id, const char *hostname)
{
	struct tm now;
	time_t    seconds = clock_now();
	char      stamp[32];

	gmtime_r(&seconds, &now);
	strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &now);
	buf_addf(id, "%s.%08x%08x@%s", stamp, arc4random(), arc4random(), hostname);
}

/* Who From says it is where the caller does not say: the sender or, for the null one, the user who calls. */
static int
from_mailbox(const struct draft *d, struct mailbox *from, struct problem *why)
{
	*from = d->sender;
	if (from->address[0] != '\0')
		return 0;
	if (address_of_login(from, SLICE(d->author.login), why) != 0)
		return -1;
	return address_complete(from, d->conf->mailname, why);
}

static const char *
from_name(const struct draft *d)
{
	if (d->options->name != NULL)
		return d->options->name;
	return d->options->sender == NULL || d->sender.address[0] == '\0' ? d->author.name : "";
}

static int
compose(struct draft *d, struct slice fields, struct problem *why)
{
	struct mailbox  from;
	struct buf      date = BUF(64), id = BUF(512);
	struct composer c = { .mailname = d->conf->mailname, .name = from_name(d), .from = from.address };
	int             result = from_mailbox(d, &from, why);

	date_format(&date, clock_now());
	add_message_id(&id, d->conf->hostname);
	c.date = buf_text(&date);
	c.message_id = buf_text(&id);
	if (d->options->reads_recipients && result == 0)
		result = compose_header(&c, fields, &d->recipients, &d->header, why);
	else if (result == 0)
		result = compose_header(&c, fields, NULL, &d->header, why);
	buf_release(&date);
	buf_release(&id);
	return result == 0 ? 0 : EX_DATAERR;
}

static int
take_header(struct draft *d, struct problem *why)
{
	struct header h;
	int           code = input_header(&d->input, &h, why);

	if (code == 0)
		code = compose(d, (struct slice){ d->input.text.at + h.begin, h.end - h.begin }, why);
	if (code == 0 && expand(&d->recipients, d->conf, d->warnings, why) != 0)
		code = EX_DATAERR;
	if (code == 0 && d->recipients.nmailboxes == 0)
		return no_recipients(why, "no recipients in To, Cc or Bcc");
	if (code == 0)
		input_body(&d->input, &h);
	return code;
}

static void
fill_envelope(const struct draft *d, struct entry *e)
{
	e->uid = d->author.uid;
	e->arrived = e->next = clock_now();
	e->sender = xstrdup(d->sender.address);
	for (size_t i = 0; i < d->recipients.nmailboxes; i++)
		entry_add_recipient(e, SLICE(d->recipients.mailbox[i].address));
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
write_entry(struct draft *d, struct message *m, struct problem *why)
{
	struct writer w;
	struct buf    received = BUF(1024);
	int           code;

	fill_envelope(d, &m->entry);
	writer_start(&w, m->fd, &m->entry);
	if (d->conf->deliver == DELIVER_DIRECT)   /* else it is salsa-drop's word */
		received_format(&received, d->conf->hostname, d->author.uid, "-", m->entry.arrived);
	writer_add(&w, buf_slice(&received));
	writer_add(&w, buf_slice(&d->header));
	code = write_body(&d->input, &w, why);
	if (code == 0 && writer_finish(&w, why) != 0)
		code = EX_TEMPFAIL;
	writer_release(&w);
	buf_release(&received);
	return code;
}

static void
warn_of_losses(struct draft *d)
{
	if (d->input.wire.cut)
		buf_addf(d->warnings, "from=<%s>: a line with a lone dot ended the message, what followed was dropped; "
		    "sendmail -i keeps it\n", d->sender.address);
	if (d->input.wire.had_nul)
		buf_addf(d->warnings, "from=<%s>: NUL octets were dropped\n", d->sender.address);
}

static int
draft_message(struct draft *d, struct message *m, struct problem *why)
{
	int code;

	if ((code = take_arguments(d, why)) != 0 || (code = take_sender(d, why)) != 0 ||
	    (code = take_header(d, why)) != 0)
		return code;
	m->fd = memfd_create("salsa-message", MFD_CLOEXEC);
	if (m->fd >= 0)
		return write_entry(d, m, why);
	problem_set(why, VERDICT_LATER, "4.3.0", "make a file in memory: %s", strerror(errno));
	return EX_TEMPFAIL;
}

int
message_compose(struct message *m, const struct options *o, const struct conf *conf, struct problem *why)
{
	struct draft d = { .options = o, .conf = conf, .header = BUF(COMPOSE_MAX), .warnings = &m->warnings };
	int          code;

	identity_find(&d.author);
	input_init(&d.input, STDIN_FILENO, conf->max_size, !o->dot_is_text);
	code = draft_message(&d, m, why);
	if (code != 0 && !d.input.at_end)
		input_drain(STDIN_FILENO);
	if (code == 0)
		warn_of_losses(&d);
	input_release(&d.input);
	recipients_release(&d.recipients);
	buf_release(&d.header);
	identity_release(&d.author);
	return code;
}

void
message_release(struct message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	entry_release(&m->entry);
	buf_release(&m->warnings);
	*m = MESSAGE;
}
