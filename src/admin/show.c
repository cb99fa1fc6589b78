/* SPDX-License-Identifier: ISC */
#include "admin/show.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static void
show_patterns(const char *word, const struct patterns *list)
{
	if (list->npatterns > 0)
		printf(", %s", word);
	for (size_t i = 0; i < list->npatterns; i++)
		printf(" %s", list->pattern[i]);
}

void
show_policy(const struct section *s)
{
	show_patterns("for", &s->for_);
	show_patterns("from", &s->from);
	show_patterns("refuse", &s->refuse);
}

bool
show_faults(const struct conf *conf)
{
	if (conf->nfaults > 0)
		fprintf(stderr, "salsa: faults in %s: no mail is sent; see `salsa check'\n", conf->file);
	return conf->nfaults > 0;
}

void
show_host(const char *host, unsigned port)
{
	printf(strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

const char *
show_time(char text[SHOW_TIME_LEN], time_t at)
{
	struct tm local;

	if (localtime_r(&at, &local) == NULL || strftime(text, SHOW_TIME_LEN, "%Y-%m-%d %H:%M:%S", &local) == 0)
		text[0] = '\0';
	return text;
}

int
show_state(const struct conf *conf)
{
	char path[PATH_MAX];
	int  fd;

	snprintf(path, sizeof path, "%s/state", conf->spool);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		fprintf(stderr, "salsa: which relays are down is not for this user to see\n");
	return fd;
}
