/* SPDX-License-Identifier: ISC */
#include "smtp/alabel.h"

#include <idn2.h>
#include <string.h>

#include "base/buf.h"

enum { MAILBOX_MAX = 1 << 10 };

/* UTS 46 maps letters to others before RFC 5891 has its say: a wide ">" becomes one that would end a command. */
static bool
is_host(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return *name != '\0' && name[strspn(name, good)] == '\0';
}

bool
alabel_host(const char *name, char host[ALABEL_HOST])
{
	char *made = NULL;
	bool  good;

	if (slice_is_ascii(SLICE(name)))
		return strlcpy(host, name, ALABEL_HOST) < ALABEL_HOST;
	good = idn2_to_ascii_8z(name, &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK && is_host(made) &&
	    strlcpy(host, made, ALABEL_HOST) < ALABEL_HOST;
	idn2_free(made);
	return good;
}

char *
alabel_mailbox(const char *mailbox)
{
	const char  *at = strrchr(mailbox, '@');
	struct buf   made = BUF(MAILBOX_MAX);
	struct slice local;
	char         host[ALABEL_HOST];

	if (at == NULL)
		return NULL;
	local = (struct slice){ mailbox, (size_t)(at - mailbox) };
	if (!slice_is_ascii(local) || slice_is_ascii(SLICE(at)) || !alabel_host(at + 1, host))
		return NULL;
	buf_addf(&made, "%.*s@%s", SLICE_ARG(local), host);
	if (!made.full)
		return made.at;
	buf_release(&made);
	return NULL;
}
