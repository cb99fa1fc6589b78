/* SPDX-License-Identifier: ISC */
#include "sendmail/envelope.h"

#include <limits.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "mail/command.h"
#include "mail/dsn.h"
#include "alias/expand.h"

enum { OCTETS_MAX = ENTRY_MAX_ENVELOPE - 4096 };   /* for the recipients: the rest is for the first lines */

static const char bad_value[] = "501 5.5.4 Bad value of a parameter";
static const char no_words[] = "553 5.6.7 An address beyond ASCII needs SMTPUTF8 with MAIL";

/* Each takes the value of a parameter; its slice is at NULL where there is none.  Returns NULL, or the refusal. */

static const char *
take_size(struct envelope *e, struct slice value)
{
	unsigned long long size;

	if (!slice_number(value, ULLONG_MAX, &size))
		return bad_value;
	return size > e->conf->max_size ? "552 5.3.4 Message size exceeds max-size" : NULL;
}

/* Both arrive as they are. */
static const char *
take_body(struct envelope *e, struct slice value)
{
	(void)e;
	return slice_same(value, SLICE("7BIT")) || slice_same(value, SLICE("8BITMIME")) ? NULL : bad_value;
}

/* RFC 4954, 5: who has proved to be who is of no use here, but it may be said. */
static const char *
take_auth(struct envelope *e, struct slice value)
{
	(void)e;
	return value.len > 0 ? NULL : bad_value;
}

static const char *
take_smtputf8(struct envelope *e, struct slice value)
{
	e->utf8 = true;
	return value.at == NULL ? NULL : bad_value;
}

static const char *
take_requiretls(struct envelope *e, struct slice value)
{
	e->message.entry.requiretls = true;
	return value.at == NULL ? NULL : bad_value;
}

/* A value that may be given once; NULL is none. */
static const char *
keep(char **field, char *value)
{
	if (value != NULL && *field == NULL) {
		*field = value;
		return NULL;
	}
	free(value);
	return bad_value;
}

static const char *
take_ret(struct envelope *e, struct slice value)
{
	const char *ret = dsn_ret(value);

	return keep(&e->message.entry.ret, ret != NULL ? xstrdup(ret) : NULL);
}

static const char *
take_envid(struct envelope *e, struct slice value)
{
	return keep(&e->message.entry.envid, dsn_is_envid(value) ? slice_dup(value) : NULL);
}

/* The one whose parameters are read. */
static struct recipient *
latest(struct envelope *e)
{
	return &e->message.entry.recipient[e->message.entry.nrecipients - 1];
}

static const char *
take_notify(struct envelope *e, struct slice value)
{
	struct buf  notify = BUF(64);
	bool        known = dsn_notify(value, &notify);
	const char *refusal = keep(&latest(e)->notify, known ? xstrdup(buf_text(&notify)) : NULL);

	buf_release(&notify);
	return refusal;
}

static const char *
take_orcpt(struct envelope *e, struct slice value)
{
	return keep(&latest(e)->orcpt, dsn_is_orcpt(value) ? slice_dup(value) : NULL);
}

struct known {
	const char *name;
	const char *(*take)(struct envelope *, struct slice value);
};

static const struct known of_mail[] = {
	{ "SIZE", take_size }, { "BODY", take_body }, { "AUTH", take_auth }, { "SMTPUTF8", take_smtputf8 },
	{ "RET", take_ret }, { "ENVID", take_envid }, { "REQUIRETLS", take_requiretls }, { NULL, NULL },
};

static const struct known of_rcpt[] = {
	{ "NOTIFY", take_notify }, { "ORCPT", take_orcpt }, { NULL, NULL },
};

static const char *
take_parameters(struct envelope *e, const struct known *known, struct slice rest)
{
	const char      *refusal = NULL;
	struct parameter p;

	while (refusal == NULL && command_parameter(&rest, &p)) {
		const struct known *k = known;

		while (k->name != NULL && !slice_same(p.name, SLICE(k->name)))
			k++;
		refusal = k->name != NULL ? k->take(e, p.value) : "555 5.5.4 Unknown parameter";
	}
	return refusal;
}

static const char *
begin(struct envelope *e, struct slice argument)
{
	struct problem why;
	struct slice   path;
	const char    *refusal;

	if (!command_path(&argument, "FROM:", &path))
		return "501 5.5.4 Syntax: MAIL FROM:<address>";
	if (address_sender(&e->sender, path, &why) != 0 || address_complete(&e->sender, e->conf->mailname, &why) != 0)
		return "501 5.1.7 Bad sender address";
	refusal = take_parameters(e, of_mail, argument);
	return refusal == NULL && !e->utf8 && !slice_is_ascii(SLICE(e->sender.address)) ? no_words : refusal;
}

const char *
envelope_mail(struct envelope *e, struct slice argument)
{
	const char *refusal;

	if (e->begun)
		return "503 5.5.1 There is a sender already";
	refusal = begin(e, argument);
	if (refusal != NULL)
		envelope_clear(e);
	e->begun = refusal == NULL;
	return refusal != NULL ? refusal : "250 2.1.0 Ok";
}

static bool
read_recipient(struct mailbox *m, struct slice path)
{
	struct problem why;

	return address_sender(m, path, &why) == 0 && m->address[0] != '\0';
}

static bool
is_there(const struct entry *e, const char *address)
{
	for (size_t i = 0; i < e->nrecipients; i++)
		if (address_same(e->recipient[i].address, address))
			return true;
	return false;
}

/* How long its line in the entry's file is, at most. */
static size_t
line_len(const struct recipient *r)
{
	return strlen(r->address) + (r->notify != NULL ? strlen(r->notify) : 0) +
	    (r->orcpt != NULL ? strlen(r->orcpt) : 0) + 32 + 2 * ENTRY_TAIL;
}

static void
drop_latest(struct entry *e)
{
	struct recipient *r = &e->recipient[--e->nrecipients];

	free(r->address);
	free(r->notify);
	free(r->orcpt);
	free(r->answer);
}

/* The parameters are read into a recipient of the entry, which stays when all is well. */
static const char *
add(struct envelope *e, const char *address, struct slice parameters)
{
	struct entry *entry = &e->message.entry;
	bool          again = is_there(entry, address);
	const char   *refusal;
	size_t        len;

	entry_add_recipient(entry, SLICE(address));
	refusal = take_parameters(e, of_rcpt, parameters);
	len = line_len(latest(e));
	if (refusal == NULL && !again &&
	    (entry->nrecipients > ENTRY_MAX_RECIPIENTS || e->octets + len > OCTETS_MAX))
		refusal = "452 4.5.3 Too many recipients";
	if (refusal != NULL || again)
		drop_latest(entry);
	else
		e->octets += len;
	return refusal;
}

/* A recipient is whoever the aliases say, each with its parameters; all of them, or none. */
static const char *
add_all(struct envelope *e, const struct mailbox *m, struct slice parameters)
{
	struct recipients to = RECIPIENTS;
	struct problem    why;
	const char       *refusal = NULL;
	size_t            before = e->message.entry.nrecipients, octets = e->octets;

	if (recipients_add_mailbox(&to, m, &why) != 0 || expand(&to, e->conf, &e->message.warnings, &why) != 0)
		refusal = "452 4.5.3 Too many recipients";
	for (size_t i = 0; i < to.nmailboxes && refusal == NULL; i++)
		refusal = add(e, to.mailbox[i].address, parameters);
	recipients_release(&to);
	while (refusal != NULL && e->message.entry.nrecipients > before)
		drop_latest(&e->message.entry);
	if (refusal != NULL)
		e->octets = octets;
	return refusal;
}

const char *
envelope_rcpt(struct envelope *e, struct slice argument)
{
	struct mailbox m;
	struct slice   path;
	const char    *refusal;

	if (!e->begun)
		return "503 5.5.1 MAIL comes first";
	if (!command_path(&argument, "TO:", &path))
		return "501 5.5.4 Syntax: RCPT TO:<address>";
	if (!read_recipient(&m, path))
		return "501 5.1.3 Bad recipient address";
	if (!e->utf8 && !slice_is_ascii(SLICE(m.address)))
		return no_words;
	refusal = add_all(e, &m, argument);
	return refusal != NULL ? refusal : "250 2.1.5 Ok";
}

void
envelope_clear(struct envelope *e)
{
	message_release(&e->message);
	*e = ENVELOPE(e->conf);
}
