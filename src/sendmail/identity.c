/* SPDX-License-Identifier: ISC */
#include "sendmail/identity.h"

#include <ctype.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/command.h"
#include "base/xalloc.h"
#include "conf/text.h"

enum { FULL_NAME_MAX = 256, PASSWD_MAX = 1 << 20, PASSWD_LINE_MAX = 4096, NAME_SERVICE_MSEC = 5000 };

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

/* Which of several names of a uid is the caller's: the one it goes by, if the environment tells the truth (hazard L13). */
static int
preference(const char *login)
{
	static const char *const variable[] = { "LOGNAME", "USER" };
	int                      last = sizeof variable / sizeof *variable;

	for (int i = 0; i < last; i++) {
		const char *name = getenv(variable[i]);

		if (name != NULL && strcmp(name, login) == 0)
			return last - i;
	}
	return 0;
}

/* Takes entry if it is better than what is known.  A name that begins with + or - is an order of NIS. */
static void
consider(struct identity *who, int *known, const struct passwd *entry)
{
	struct slice login = SLICE(entry->pw_name);

	if (entry->pw_uid != who->uid || login.len == 0 || strchr("+-", login.at[0]) != NULL ||
	    slice_has_control(login) || preference(login.at) <= *known)
		return;
	*known = preference(login.at);
	identity_release(who);
	who->login = slice_dup(login);
	who->name = full_name(SLICE(entry->pw_gecos != NULL ? entry->pw_gecos : ""), who->login);
}

/* Lines as in passwd(5). */
static void
look_in(struct identity *who, int *known, struct slice lines)
{
	FILE                *file = lines.len > 0 ? fmemopen((char *)(uintptr_t)lines.at, lines.len, "r") : NULL;
	const struct passwd *entry;

	while (file != NULL && (entry = fgetpwent(file)) != NULL)
		consider(who, known, entry);
	if (file != NULL)
		fclose(file);
}

static void
look_in_passwd(struct identity *who, int *known)
{
	struct buf  content = BUF(PASSWD_MAX);
	struct stat st;

	if (text_read("/etc/passwd", &content, &st) == 0)
		look_in(who, known, buf_slice(&content));
	buf_release(&content);
}

/*
 * What knows of users elsewhere (LDAP, systemd-homed ...) is code and daemons of others, which may take for ever: in a
 * process of their own, and for so long (hazard L13).
 */
static void
ask_name_service(struct identity *who, int *known)
{
	char           command[64], complaint[COMMAND_COMPLAINT_MAX], line[PASSWD_LINE_MAX];
	struct problem why;

	snprintf(command, sizeof command, "PATH=/usr/bin:/bin exec getent passwd %u", (unsigned)who->uid);
	if (command_run(command, NAME_SERVICE_MSEC, -1, line, sizeof line, complaint, &why) == 0)
		look_in(who, known, SLICE(line));
}

/* The file first: most callers stand there, and all else takes longer than the rest of our work. */
void
identity_find(struct identity *who)
{
	struct buf unnamed = BUF(32);
	int        known = -1;

	*who = (struct identity){ .uid = getuid() };
	look_in_passwd(who, &known);
	if (known < 0)
		ask_name_service(who, &known);
	if (known >= 0)
		return;
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
