/* SPDX-License-Identifier: ISC */
#include "mailq/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "entry/entry.h"
#include "mailq/locks.h"

enum { PATIENCE_SECONDS = 60 };   /* after which one asks why what is due has not been tried */

struct list {
	const struct spool  *spool;
	const struct format *format;
	FILE                *out;
	struct viewer        viewer;
	struct locks         locks;
	size_t               nshown;
	unsigned long long   octets;
};

/* The first eight digits of an ID are the second of its arrival. */
static time_t
arrival_of(const char *id)
{
	char digits[9];

	strlcpy(digits, id, sizeof digits);
	return (time_t)strtoul(digits, NULL, 16);
}

/* The first line may change while it is read; what is damaged is so the second time, too. */
static int
read_entry(struct entry *e, int fd, off_t size, struct problem *why)
{
	*e = ENTRY;
	if (entry_read_sized(e, fd, size, why) == 0)
		return 0;
	entry_release(e);
	return entry_read_sized(e, fd, size, why);
}

/* What waits while all relays are down has no answer, for nobody has asked for one (runner/deliver.h). */
static bool
is_put_off(const struct entry *e)
{
	return e->tries == 0 && clock_now() - e->next > PATIENCE_SECONDS;
}

/* Fills in what a viewer may see of an entry that could be read. */
static void
see(struct shown *s, const struct entry *e, struct viewer viewer, bool locked)
{
	s->state = locked ? SHOWN_ACTIVE : e->held ? SHOWN_HOLD : e->given_up ? SHOWN_GIVEN_UP : SHOWN_DEFERRED;
	s->arrived = e->arrived;
	s->size = e->message_len;
	s->entry = viewer.all || viewer.uid == e->uid ? e : NULL;
	if (s->state == SHOWN_DEFERRED && s->entry != NULL && is_put_off(e))
		s->trouble = "not tried yet; see salsa relays and salsa check";
}

static bool
is_wanted(const struct list *l, const char *id, const struct entry *e)
{
	return l->viewer.wants == NULL || l->viewer.wants(l->viewer.argument, id, e);
}

static void
show(struct list *l, const struct shown *s)
{
	l->format->message(l->out, s, l->nshown == 0);
	l->nshown++;
	l->octets += (unsigned long long)s->size;
}

static void
show_file(struct list *l, struct shown s, int fd, const struct stat *st)
{
	struct entry   e = ENTRY;
	struct problem why;
	bool           legible = read_entry(&e, fd, st->st_size, &why) == 0;

	s.size = st->st_size;
	if (legible) {
		see(&s, &e, l->viewer, locks_have(&l->locks, st->st_ino));
	} else {
		s.trouble = why.text;
		s.state = why.verdict == VERDICT_NEVER ? SHOWN_CORRUPT : SHOWN_DEFERRED;
	}
	if (is_wanted(l, s.id, legible ? &e : NULL))
		show(l, &s);
	entry_release(&e);
}

static void
show_trouble(struct list *l, struct shown *s, enum shown_state state, const char *trouble)
{
	s->state = state;
	s->trouble = trouble;
	if (is_wanted(l, s->id, NULL))
		show(l, s);
}

/* Passes over what has vanished meanwhile, and what nobody has accepted yet: its mode says so (spool/submit.h). */
static void
show_id(struct list *l, const char *id)
{
	struct shown s = { .id = id, .arrived = arrival_of(id) };
	struct stat  st;
	int          fd = spool_open_entry(l->spool, id);

	if (fd < 0 && errno != ENOENT)
		show_trouble(l, &s, errno == ELOOP ? SHOWN_CORRUPT : SHOWN_DEFERRED, strerror(errno));
	else if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		show_trouble(l, &s, SHOWN_CORRUPT, "not a regular file");
	else if (fd >= 0 && st.st_nlink > 0 && (st.st_mode & S_IWGRP) != 0)
		show_file(l, s, fd, &st);
	if (fd >= 0)
		close(fd);
}

int
list_queue(const struct spool *spool, struct viewer viewer, const struct format *format, FILE *out, struct problem *why)
{
	struct list l = { .spool = spool, .format = format, .out = out, .viewer = viewer };
	char      (*id)[ENTRY_ID_LEN + 1];
	size_t      n;
	int         result = spool_list(spool, &id, &n, why);

	if (result == 0) {
		locks_read(&l.locks);
		for (size_t i = 0; i < n && !ferror(out); i++)
			show_id(&l, id[i]);
		if (l.nshown > 0 || viewer.wants == NULL)
			format->end(out, l.nshown, l.octets);
	}
	locks_release(&l.locks);
	free(id);
	return result;
}
