/* SPDX-License-Identifier: ISC */
#include "sendmail/letter.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "alias/expand.h"

/* A message on its way from the command line and standard input to an entry. */
struct draft {
	const struct options *options;
	const struct conf    *conf;
	struct identity       author;
	struct mailbox        sender;       /* the reverse-path; address "" is the null one */
	struct recipients     recipients;
	struct input          input;
	bool                  written;      /* the message has a file, whole or not */
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

static const char *
from_name(const struct draft *d)
{
	if (d->options->name != NULL)
		return d->options->name;
	return d->options->sender == NULL || d->sender.address[0] == '\0' ? d->author.name : "";
}

static char *
copy_of(const char *value)
{
	return value != NULL && value[0] != '\0' ? xstrdup(value) : NULL;
}

static int
fill_envelope(struct draft *d, struct entry *e, struct buf *warnings, struct problem *why)
{
	if (expand(&d->recipients, d->conf, warnings, why) != 0)
		return EX_DATAERR;
	if (d->recipients.nmailboxes == 0)
		return no_recipients(why, "no recipients in To, Cc or Bcc");
	e->ret = copy_of(d->options->ret);
	e->envid = copy_of(d->options->envid);
	for (size_t i = 0; i < d->recipients.nmailboxes; i++) {
		entry_add_recipient(e, SLICE(d->recipients.mailbox[i].address));
		e->recipient[i].notify = copy_of(d->options->notify);
	}
	return 0;
}

static struct letterhead
letterhead(const struct draft *d)
{
	return (struct letterhead){
		.conf = d->conf, .author = &d->author, .sender = &d->sender, .name = from_name(d),
	};
}

static int
draft_message(struct draft *d, struct message *m, struct problem *why)
{
	struct letterhead head;
	int               code;

	if ((code = take_arguments(d, why)) != 0 || (code = take_sender(d, why)) != 0)
		return code;
	head = letterhead(d);
	code = message_header(m, &head, &d->input, d->options->reads_recipients ? &d->recipients : NULL, why);
	if (code == 0)
		code = fill_envelope(d, &m->entry, &m->warnings, why);
	d->written = code == 0;
	return code == 0 ? message_write(m, &head, &d->input, why) : code;
}

/* As much of a message that was refused as can be had, for whoever is to get it back. */
static void
salvage(struct draft *d, struct message *m)
{
	struct letterhead head;
	struct problem    why;

	if (take_sender(d, &why) != 0 && address_of_login(&d->sender, SLICE(d->author.login), &why) == 0)
		address_complete(&d->sender, d->conf->mailname, &why);
	head = letterhead(d);
	if (!d->written && (m->header.len > 0 || message_header(m, &head, &d->input, NULL, &why) == 0) &&
	    message_write(m, &head, &d->input, &why) == 0)
		return;
	message_unwrite(m);
	free(m->entry.sender);
	m->entry.sender = xstrdup(d->sender.address);
}

int
letter_compose(struct message *m, const struct options *o, const struct conf *conf, struct problem *why)
{
	struct draft d = { .options = o, .conf = conf };
	int          code;

	identity_find(&d.author);
	input_init(&d.input, STDIN_FILENO, conf->max_size, !o->dot_is_text);
	m->entry.requiretls = o->requiretls;
	code = draft_message(&d, m, why);
	if (code != 0 && why->verdict == VERDICT_NEVER && options_mail_errors(o))
		salvage(&d, m);
	if (code != 0 && !d.input.at_end)
		input_drain(STDIN_FILENO);
	input_release(&d.input);
	recipients_release(&d.recipients);
	identity_release(&d.author);
	return code;
}
