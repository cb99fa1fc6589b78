/* SPDX-License-Identifier: ISC */
#include "relay/state.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The case of a host's letters does not matter, but that of a user's behind the "@" does. */
void
state_name(char name[STATE_NAME_LEN], const char *kind, const char *host, unsigned port)
{
	struct buf text = BUF(STATE_NAME_LEN - sizeof ":65535");
	bool       is_user = false;

	buf_addf(&text, "%s.", kind);
	for (; *host != '\0'; host++) {
		unsigned char c = (unsigned char)*host;

		is_user = is_user || c == '@';
		c = is_user ? c : (unsigned char)tolower(c);
		if (islower(c) || isdigit(c) || strchr(".-:", c) != NULL)
			buf_add_byte(&text, (char)c);
		else
			buf_addf(&text, "=%02X", (unsigned)c);
	}
	snprintf(name, STATE_NAME_LEN, "%s:%u", buf_text(&text), port);
	buf_release(&text);
}

bool
state_read(int state, const char *name, struct buf *content)
{
	struct stat st;
	char        block[4096];
	ssize_t     n = -1;
	int         fd;

	if (state < 0)
		return false;
	fd = openat(state, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		do {
			size_t left = content->max - content->len;

			n = read(fd, block, left < sizeof block ? left : sizeof block);
			if (n > 0)
				buf_add(content, (struct slice){ block, (size_t)n });
		} while (n > 0);
	close(fd);
	return n >= 0;
}

/* Each process writes beside under a name of its own; what a crash leaves there salsad sweeps. */
void
state_write(int state, const char *name, struct slice content)
{
	char beside[NAME_MAX];
	int  fd;

	if (state < 0)
		return;
	snprintf(beside, sizeof beside, ".%s.%d", name, (int)getpid());
	fd = openat(state, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return;
	if (write(fd, content.at, content.len) != (ssize_t)content.len || renameat(state, beside, state, name) != 0)
		unlinkat(state, beside, 0);
	close(fd);
}

void
state_forget(int state, const char *name)
{
	if (state >= 0)
		unlinkat(state, name, 0);
}
