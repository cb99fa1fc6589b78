/* SPDX-License-Identifier: ISC */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/start.h"
#include "base/xalloc.h"
#include "conf/hostname.h"
#include "conf/parse.h"
#include "conf/paths.h"
#include "conf/text.h"

enum { FILE_MAX = 1 << 20, FAULTS_MAX = 64 << 10, HOUR = 3600, DAY = 86400 };

static void
start(struct conf *c, char *file, bool is_private)
{
	*c = (struct conf){
		.file = file,
		.is_private = is_private,
		.discover = true,
		.deliver = DELIVER_BACKGROUND,
		.retry_first_seconds = 300,
		.retry_longest_seconds = 4 * HOUR,
		.warn_seconds = 4 * HOUR,
		.expire_seconds = 5 * DAY,
		.sessions = 4,
		.connect_timeout_seconds = 30,
		.reply_timeout_seconds = 300,
		.max_size = 50 << 20,
		.faults = BUF(FAULTS_MAX),
	};
}

static void
section_release(struct section *s)
{
	char *text[] = { s->name, s->tls_ca, s->tls_fingerprint, s->tls_cert, s->tls_key, s->user, s->password_file,
	    s->password_command, s->mechanisms };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		free(text[i]);
	patterns_release(&s->for_);
	patterns_release(&s->from);
	patterns_release(&s->refuse);
}

/* A section whose first line is bad has no name and holds for nothing. */
static void
drop_nameless(struct section *section, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (section[i].name != NULL)
			section[kept++] = section[i];
		else
			section_release(&section[i]);
	*n = kept;
}

static void
text_default(char **field, const char *text)
{
	if (*field == NULL)
		*field = xstrdup(text);
}

static char *
private_socket(const char *spool)
{
	char *path;

	if (asprintf(&path, "%s/submit", spool) < 0)
		return xstrdup("");
	return path;
}

static void
finish(struct conf *c)
{
	drop_nameless(c->relay, &c->nrelays);
	drop_nameless(c->discovered, &c->ndiscovered);
	if (c->hostname == NULL)
		c->hostname = hostname_full();
	if (c->mailname == NULL)
		c->mailname = hostname_mail();
	text_default(&c->mailname, c->hostname);
	text_default(&c->aliases, path_aliases);
	/*
	 * What a private instance was to have as its spool nobody knows then, and the system's would send its mail.  There
	 * is none in the file, and whoever fails to open it says which file it was.
	 */
	text_default(&c->spool, c->is_private && c->nfaults > 0 ? c->file : path_spool);
	text_default(&c->log, "syslog");
	c->socket = c->is_private ? private_socket(c->spool) : xstrdup(path_socket);
}

/* Whoever can write the file can choose where mail and secrets go (hazard L14). */
static bool
others_can_write(const struct stat *st)
{
	return (st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0);
}

static const char *
words_for(int error)
{
	switch (error) {
	case EINVAL: return "not a regular file";
	case EFBIG: return "larger than 1 MiB";
	default: return strerror(error);
	}
}

static void
read_file(struct conf *c)
{
	struct buf  content = BUF(FILE_MAX);
	struct stat st;

	if (text_read(c->file, &content, &st) != 0) {
		if (c->is_private || errno != ENOENT)
			parse_fault(c, 0, "%s; expected a configuration file", words_for(errno));
	} else if (others_can_write(&st)) {
		parse_fault(c, 0, "others than its owner can write it (mode %04o); expected 0644, nothing in it holds",
		    (unsigned)st.st_mode & 07777);
	} else {
		parse_text(c, buf_slice(&content));
	}
	buf_release(&content);
}

/* The file that was named, as an absolute path: programs change their directory and read it again. */
static char *
absolute(const char *file)
{
	char *path = realpath(file, NULL);

	return path != NULL ? path : xstrdup(file);
}

void
conf_load(struct conf *c, const char *named)
{
	if (named == NULL && !start_is_privileged())
		named = getenv("SALSA_CONF");
	if (named != NULL && named[0] == '\0')
		named = NULL;
	start(c, named != NULL ? absolute(named) : xstrdup(path_conf), named != NULL);
	read_file(c);
	finish(c);
	if (c->is_private && access(c->spool, W_OK | X_OK) != 0)
		parse_fault(c, 0, "spool %s: %s; expected a directory that you may write", c->spool, strerror(errno));
}

void
conf_parse(struct conf *c, struct slice text)
{
	start(c, xstrdup(path_conf), false);
	parse_text(c, text);
	finish(c);
}

static void
sections_release(struct section *section, size_t n)
{
	for (size_t i = 0; i < n; i++)
		section_release(&section[i]);
	free(section);
}

void
conf_release(struct conf *c)
{
	char *text[] = { c->file, c->mailname, c->hostname, c->postmaster, c->aliases, c->spool, c->socket, c->resolver,
	    c->log };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		free(text[i]);
	for (size_t i = 0; i < c->naddresses; i++)
		free(c->address[i]);
	free(c->address);
	sections_release(c->relay, c->nrelays);
	sections_release(c->discovered, c->ndiscovered);
	buf_release(&c->faults);
	*c = (struct conf){ 0 };
}

const char *
conf_instance(const struct conf *c)
{
	return c->is_private ? c->file : NULL;
}

const struct section *
conf_discovered(const struct conf *c, const char *host)
{
	for (size_t i = 0; i < c->ndiscovered; i++) {
		struct patterns name = { &c->discovered[i].name, 1 };

		if (patterns_cover(&name, host))
			return &c->discovered[i];
	}
	return NULL;
}

bool
section_has_secret(const struct section *s)
{
	return s->password_file != NULL || s->password_command != NULL;
}

bool
section_authenticates(const struct section *s)
{
	return s->user != NULL || s->mechanisms != NULL;
}
