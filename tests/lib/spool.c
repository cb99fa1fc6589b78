/* SPDX-License-Identifier: ISC */
#include "lib/spool.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "entry/writer.h"
#include "lib/unit.h"
#include "spool/submit.h"

static char path[128];

static const char *
below(const char *name)
{
	static char joined[192];

	snprintf(joined, sizeof joined, "%s/%s", path, name);
	return joined;
}

void
spool_make(struct spool *s)
{
	struct problem why;

	strlcpy(path, unit_directory(), sizeof path);
	ck_assert_int_eq(mkdir(below("queue"), 0700), 0);
	ck_assert_int_eq(mkdir(below("corrupt"), 0700), 0);
	ck_assert_int_eq(mkdir(below("state"), 0700), 0);
	ck_assert_int_eq(spool_open(s, path, &why), 0);
}

const char *
spool_put(const struct spool *s, const char *sender, const char *recipients)
{
	static struct submission sub;
	struct entry             e = ENTRY;
	struct slice             rest = SLICE(recipients);
	struct writer            w;
	struct problem           why;

	e.sender = xstrdup(sender);
	e.arrived = e.next = clock_now();
	while (rest.len > 0)
		entry_add_recipient(&e, slice_cut(&rest, ','));
	ck_assert_int_eq(submit_create(s, &sub, &why), 0);
	writer_start(&w, sub.fd, &e);
	writer_add(&w, SLICE("Subject: x\r\nX-Long: kept\r\n\r\nhello\r\n"));
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	entry_release(&e);
	ck_assert_int_eq(submit_complete(s, &sub, &why), 0);
	submit_close(&sub);
	return sub.id;
}

struct slice
spool_compose(const char *sender, struct slice message)
{
	struct entry   e = ENTRY;
	struct writer  w;
	struct problem why;
	int            fd = memfd_create("entry", 0);
	static char   *text;
	size_t         len;

	e.sender = xstrdup(sender);
	e.uid = 0;              /* claimed; */
	e.arrived = 1;          /* none of it is believed */
	e.held = true;
	entry_add_recipient(&e, SLICE("bob@example.net"));
	writer_start(&w, fd, &e);
	writer_add(&w, message);
	ck_assert_int_eq(writer_finish(&w, &why), 0);
	writer_release(&w);
	len = (size_t)(e.envelope_len + e.message_len);
	free(text);
	text = xmalloc(len);
	ck_assert_int_eq(pread(fd, text, len, 0), (ssize_t)len);
	close(fd);
	entry_release(&e);
	return (struct slice){ text, len };
}

int
spool_count(const struct spool *s, const char *directory)
{
	DIR           *d = opendir(below(directory));
	struct dirent *name;
	int            n = 0;

	(void)s;
	ck_assert_ptr_nonnull(d);
	while ((name = readdir(d)) != NULL)
		n += name->d_name[0] != '.';
	closedir(d);
	return n;
}
