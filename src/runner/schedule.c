/* SPDX-License-Identifier: ISC */
#include "runner/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ipc/packet.h"

enum { STEP_SECONDS = 5 };   /* a clock that is only a little off is not followed every second */

static bool
is_before(const struct due *a, const struct due *b)
{
	return a->at != b->at ? a->at < b->at : strcmp(a->id, b->id) < 0;
}

static void
swap(struct due *a, struct due *b)
{
	struct due kept = *a;

	*a = *b;
	*b = kept;
}

static void
rise(struct schedule *s, size_t i)
{
	for (; i > 0 && is_before(&s->due[i], &s->due[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&s->due[i], &s->due[(i - 1) / 2]);
}

static void
sink(struct schedule *s, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < s->ndue && is_before(&s->due[child + 1], &s->due[child]))
			child++;
		if (child >= s->ndue || !is_before(&s->due[child], &s->due[i]))
			return;
		swap(&s->due[i], &s->due[child]);
		i = child;
	}
}

void
schedule_add(struct schedule *s, const struct due *due)
{
	if (s->ndue == s->room) {
		s->room = s->room > 0 ? s->room * 2 : 16;
		s->due = xreallocarray(s->due, s->room, sizeof *s->due);
	}
	s->due[s->ndue] = *due;
	rise(s, s->ndue++);
}

void
schedule_put(struct schedule *s, const char *id, time_t at)
{
	struct due due = { .at = at, .caller = -1 };

	strlcpy(due.id, id, sizeof due.id);
	schedule_add(s, &due);
}

bool
schedule_take(struct schedule *s, time_t now, struct due *due)
{
	if (s->ndue == 0 || s->due[0].at > now)
		return false;
	*due = s->due[0];
	s->due[0] = s->due[--s->ndue];
	sink(s, 0);
	return true;
}

long
schedule_wait(const struct schedule *s, time_t now)
{
	if (s->ndue == 0)
		return -1;
	return s->due[0].at > now ? (long)(s->due[0].at - now) : 0;
}

/* From the bottom up it becomes one again. */
static void
make_heap(struct schedule *s)
{
	for (size_t i = s->ndue / 2; i > 0; i--)
		sink(s, i - 1);
}

void
schedule_drop(struct schedule *s, const char *id)
{
	for (size_t i = 0; i < s->ndue; i++)
		if (strcmp(s->due[i].id, id) == 0) {
			packet_end(s->due[i].caller);
			s->due[i] = s->due[--s->ndue];
			make_heap(s);
			return;
		}
}

void
schedule_hasten(struct schedule *s, time_t now)
{
	for (size_t i = 0; i < s->ndue; i++)
		s->due[i].at = now;
	make_heap(s);
}

void
schedule_put_off(struct schedule *s, time_t now, time_t until)
{
	if (s->ndue == 0 || s->due[0].at > now)
		return;
	for (size_t i = 0; i < s->ndue; i++)
		if (s->due[i].at <= now && s->due[i].caller < 0) {
			s->due[i].at = until;
			s->due[i].put_off = true;
		}
	make_heap(s);
}

void
schedule_recall(struct schedule *s, time_t now)
{
	for (size_t i = 0; i < s->ndue; i++)
		if (s->due[i].put_off && s->due[i].at > now)
			s->due[i].at = now;
	make_heap(s);
}

void
schedule_follow_clock(struct schedule *s, time_t lead, time_t latest)
{
	time_t step = lead - s->lead;

	if (step > -STEP_SECONDS && step < STEP_SECONDS)
		return;
	for (size_t i = 0; i < s->ndue; i++)
		s->due[i].at = s->due[i].at + step < latest ? s->due[i].at + step : latest;
	make_heap(s);   /* what has come together goes by age */
	s->lead = lead;
}

void
schedule_hasten_some(struct schedule *s, time_t now, bool (*wanted)(void *, const char *), void *argument)
{
	for (size_t i = 0; i < s->ndue; i++)
		if (wanted(argument, s->due[i].id) && s->due[i].at > now)
			s->due[i].at = now;
	make_heap(s);
}

void
schedule_release(struct schedule *s)
{
	for (size_t i = 0; i < s->ndue; i++)
		packet_end(s->due[i].caller);
	free(s->due);
	*s = SCHEDULE;
}
