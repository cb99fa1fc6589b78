/* SPDX-License-Identifier: ISC */
#include "mailq/locks.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "conf/text.h"

enum { LOCKS_MAX = 4 << 20 };

/* "7: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; the line of one that waits has "->" in the second place. */
static void
parse_line(struct locks *l, struct slice line)
{
	struct slice       kind, file;
	unsigned long long inode;

	slice_word(&line);
	kind = slice_word(&line);
	for (int skipped = 0; skipped < 3; skipped++)
		slice_word(&line);
	file = slice_word(&line);
	slice_cut(&file, ':');
	slice_cut(&file, ':');
	if (!slice_equal(kind, SLICE("FLOCK")) || !slice_number(file, ~0ull, &inode))
		return;
	l->inode = xreallocarray(l->inode, l->ninodes + 1, sizeof *l->inode);
	l->inode[l->ninodes++] = inode;
}

void
locks_parse(struct locks *l, struct slice text)
{
	*l = (struct locks){ 0 };
	while (text.len > 0)
		parse_line(l, slice_cut(&text, '\n'));
}

void
locks_read(struct locks *l)
{
	struct buf  text = BUF(LOCKS_MAX);
	struct stat st;

	(void)text_read("/proc/locks", &text, &st);   /* what could be read counts */
	locks_parse(l, buf_slice(&text));
	buf_release(&text);
}

bool
locks_have(const struct locks *l, unsigned long long inode)
{
	for (size_t i = 0; i < l->ninodes; i++)
		if (l->inode[i] == inode)
			return true;
	return false;
}

void
locks_release(struct locks *l)
{
	free(l->inode);
	*l = (struct locks){ 0 };
}
