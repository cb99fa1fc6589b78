/* SPDX-License-Identifier: ISC */
#include "sendmail/identity.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"

enum { FULL_NAME_MAX = 256 };

/* The passwd entry that a variable of the environment names, if it is this uid's (hazard L13). */
static const struct passwd *
entry_named_by(const char *variable, uid_t uid)
{
	const char          *name = getenv(variable);
	const struct passwd *entry = name != NULL ? getpwnam(name) : NULL;

	return entry != NULL && entry->pw_uid == uid ? entry : NULL;
}

/* passwd(5): the first part of the GECOS field, where an & stands for the login name with a capital letter. */
static char *
full_name(struct slice gecos, const char *login)
{
	struct slice name = slice_cut(&gecos, ',');
	struct buf   full = BUF(FULL_NAME_MAX);
	char        *result;

	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] != '&') {
			buf_add_byte(&full, name.at[i]);
			continue;
		}
		buf_add_byte(&full, (char)toupper((unsigned char)login[0]));
		buf_add(&full, slice_from(SLICE(login), 1));
	}
	result = slice_dup(slice_trim(buf_slice(&full)));
	buf_release(&full);
	return result;
}

void
identity_find(struct identity *who)
{
	const struct passwd *entry;
	struct buf           unnamed = BUF(32);

	who->uid = getuid();
	if ((entry = entry_named_by("LOGNAME", who->uid)) == NULL && (entry = entry_named_by("USER", who->uid)) == NULL)
		entry = getpwuid(who->uid);
	if (entry != NULL && entry->pw_name[0] != '\0' && !slice_has_control(SLICE(entry->pw_name))) {
		who->login = xstrdup(entry->pw_name);
		who->name = full_name(SLICE(entry->pw_gecos != NULL ? entry->pw_gecos : ""), who->login);
		return;
	}
	buf_addf(&unnamed, "uid-%u", (unsigned)who->uid);
	who->login = slice_dup(buf_slice(&unnamed));
	who->name = xstrdup("");
	buf_release(&unnamed);
}

void
identity_release(struct identity *who)
{
	free(who->login);
	free(who->name);
}
