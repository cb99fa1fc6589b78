/* SPDX-License-Identifier: ISC */
#include "admin/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/show.h"
#include "base/start.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "conf/text.h"
#include "ipc/packet.h"
#include "alias/aliases.h"

enum { MODE_BITS = 07777, TEXT_MAX = 1 << 20, ANYBODY = 65534 };

struct check {
	const struct conf *conf;
	size_t             nfaults;
	uid_t              uid;   /* of the user, and gid of the group, that own the spool; -1: there is none */
	gid_t              gid;
	char               setup[3 * PATH_MAX];   /* the command that makes all right */
};

/* One line a finding: where, what, and what to do. */
static void __attribute__((format(printf, 2, 3)))
fault(struct check *c, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	c->nfaults++;
}

/*
 * Whether a user can read a file, with all that stands in the way: the kernel is asked, as that user.  Whoever is not
 * root cannot ask that; it is true then, but in a private instance, which is his own.
 */
static bool
can_read(const struct check *c, uid_t uid, gid_t gid, const char *path)
{
	int   status = 0;
	pid_t pid;

	if (geteuid() != 0)
		return !c->conf->is_private || access(path, R_OK) == 0;
	if ((pid = fork()) == 0)
		_exit(start_as(uid, gid) == 0 && access(path, R_OK) != 0);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status == 0;
}

/* sendmail has its caller's rights alone. */
static void
check_readable(struct check *c, const char *path)
{
	if (!c->conf->is_private && access(path, F_OK) == 0 && !can_read(c, ANYBODY, ANYBODY, path))
		fault(c, "%s: not readable by all, so sendmail does not see it; chmod 644 it, and 755 its directory",
		    path);
}

static void
check_configuration(struct check *c)
{
	fputs(buf_text(&c->conf->faults), stdout);
	c->nfaults += c->conf->nfaults;
	check_readable(c, c->conf->file);
	check_readable(c, c->conf->aliases);
	if (!c->conf->discover && c->conf->nrelays == 0)
		fault(c, "%s: no relay, and discover is off; add a relay line", c->conf->file);
}

static void
find_setup(struct check *c)
{
	const char *spool = c->conf->spool;

	if (c->conf->is_private)
		snprintf(c->setup, sizeof c->setup, "mkdir -p %s/queue %s/corrupt %s/state", spool, spool, spool);
	else
		snprintf(c->setup, sizeof c->setup, "%.*s/setup", (int)(strrchr(path_drop, '/') - path_drop),
		    path_drop);
}

/* A private instance is its user's. */
static void
check_user(struct check *c)
{
	const struct passwd *user = getpwnam(salsa_user);
	const struct group  *group = getgrnam(salsa_user);

	c->uid = c->conf->is_private ? getuid() : user != NULL ? user->pw_uid : (uid_t)-1;
	c->gid = c->conf->is_private ? getgid() : group != NULL ? group->gr_gid : (gid_t)-1;
	if (c->uid == (uid_t)-1)
		fault(c, "user %s: missing; run %s", salsa_user, c->setup);
	if (c->gid == (gid_t)-1)
		fault(c, "group %s: missing; run %s", salsa_user, c->setup);
}

static void
note_hidden(const char *path)
{
	printf("note: %s: not for this user to examine; run `salsa check' as root\n", path);
}

/* Fills in *st; false, with the fault told, when there is nothing to look at. */
static bool
look(struct check *c, const char *path, bool may_be_link, const char *remedy, struct stat *st)
{
	if (fstatat(AT_FDCWD, path, st, may_be_link ? 0 : AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (errno == EACCES)
		note_hidden(path);
	else
		fault(c, "%s: %s; %s", path, strerror(errno), remedy);
	return false;
}

static void
check_directory(struct check *c, const char *name, mode_t mode)
{
	char        path[PATH_MAX], remedy[sizeof c->setup + sizeof "run "];
	struct stat st;

	snprintf(path, sizeof path, "%s%s", c->conf->spool, name);
	snprintf(remedy, sizeof remedy, "run %s", c->setup);
	if (!look(c, path, *name == '\0', remedy, &st))   /* an operator may have put the spool elsewhere */
		return;
	if (!S_ISDIR(st.st_mode))
		fault(c, "%s: not a directory; move it away and run %s", path, c->setup);
	else if (c->uid != (uid_t)-1 && st.st_uid != c->uid)
		fault(c, "%s: belongs to uid %u, not to %u; run %s", path, (unsigned)st.st_uid, (unsigned)c->uid,
		    c->setup);
	else if (c->conf->is_private)
		return;   /* whom it lets in is its user's business */
	else if (c->gid != (gid_t)-1 && st.st_gid != c->gid)
		fault(c, "%s: belongs to gid %u, not to %u; run %s", path, (unsigned)st.st_gid, (unsigned)c->gid,
		    c->setup);
	else if ((st.st_mode & MODE_BITS) != mode)
		fault(c, "%s: mode %04o, not %04o; run %s", path, (unsigned)st.st_mode & MODE_BITS, (unsigned)mode,
		    c->setup);
}

static void
check_program(struct check *c, const char *path, bool gains_group)
{
	struct stat st;

	if (!look(c, path, true, "install salsa again", &st))   /* its setup makes no programs */
		return;
	if (!S_ISREG(st.st_mode) || (st.st_mode & S_IXOTH) == 0)
		fault(c, "%s: not a program that all may run; install salsa again", path);
	else if (st.st_uid != 0 || (st.st_mode & (S_ISUID | S_IWGRP | S_IWOTH)) != 0)
		fault(c, "%s: not root's alone to write, or set-user-ID; %s%s", path, gains_group ? "run " : "",
		    gains_group ? c->setup : "install salsa again");
	else if (gains_group && ((st.st_mode & S_ISGID) == 0 || st.st_gid != c->gid))
		fault(c, "%s: not set-group-ID %s; run %s", path, salsa_user, c->setup);
}

static void
check_installation(struct check *c)
{
	check_directory(c, "", 0750);
	check_directory(c, "/queue", 02770);
	check_directory(c, "/corrupt", 02770);
	check_directory(c, "/state", 02770);
	if (c->conf->is_private)
		return;
	check_program(c, path_sendmail, false);
	check_program(c, path_drop, true);
	check_program(c, path_mailq, true);
	check_program(c, path_relay, false);
	check_program(c, path_salsad, false);
}

/* Whether the daemon can read a file, and where it is a secret nobody else. */
static void
check_access(struct check *c, const char *path, const struct stat *st, bool secret)
{
	bool foreign = (st->st_mode & S_IRWXG) != 0 && st->st_gid != c->gid && st->st_gid != 0;

	if (secret && ((st->st_mode & S_IRWXO) != 0 || foreign))
		fault(c, "%s: others can read or write it (mode %04o); chown root:%s and chmod 640 it", path,
		    (unsigned)st->st_mode & MODE_BITS, salsa_user);
	else if (!can_read(c, c->uid, c->gid, path))
		fault(c, "%s: user %s cannot read it; chown root:%s and chmod 640 it, and 755 its directory", path,
		    salsa_user, salsa_user);
}

static void
check_secret(struct check *c, const struct section *s)
{
	struct stat st;

	if (s->password_file == NULL || s->password_file[0] != '/')
		return;   /* a credential is there for the daemon alone */
	if (stat(s->password_file, &st) != 0) {
		if (errno == EACCES)
			note_hidden(s->password_file);
		else
			fault(c, "%s: %s; put the secret of %s there", s->password_file, strerror(errno), s->user);
		return;
	}
	if (!S_ISREG(st.st_mode))
		fault(c, "%s: not a regular file; put the secret of %s there", s->password_file, s->user);
	else
		check_access(c, s->password_file, &st, true);
}

static void
check_tls_files(struct check *c, const struct section *s)
{
	const char *path[] = { s->tls_ca, s->tls_cert, s->tls_key };
	struct stat st;

	for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
		if (path[i] == NULL)
			continue;
		if (stat(path[i], &st) == 0)
			check_access(c, path[i], &st, path[i] == s->tls_key);
		else if (errno == EACCES)
			note_hidden(path[i]);
		else
			fault(c, "%s: %s; put there what the section in line %u of %s names", path[i], strerror(errno),
			    s->line, c->conf->file);
	}
}

static void
check_secrets(struct check *c)
{
	for (size_t i = 0; i < c->conf->nrelays; i++) {
		check_secret(c, &c->conf->relay[i]);
		check_tls_files(c, &c->conf->relay[i]);
	}
	for (size_t i = 0; i < c->conf->ndiscovered; i++) {
		check_secret(c, &c->conf->discovered[i]);
		check_tls_files(c, &c->conf->discovered[i]);
	}
}

/* What is included, newaliases(8) examines. */
static void
check_aliases(struct check *c)
{
	const char    *path = c->conf->aliases, *wrong;
	struct buf     text = BUF(TEXT_MAX), faults = BUF(TEXT_MAX);
	struct aliases aliases = ALIASES;

	wrong = text_read_trusted(path, &text, c->conf->is_private ? getuid() : 0);
	if (wrong == NULL)
		aliases_parse(&aliases, buf_slice(&text), path, &faults);
	else if (errno != ENOENT)
		fault(c, "%s: %s; so nobody has an alias", path, wrong);
	for (struct slice rest = buf_slice(&faults), line; rest.len > 0; ) {
		line = slice_cut(&rest, '\n');
		fault(c, "%.*s", SLICE_ARG(line));
	}
	if (c->conf->postmaster == NULL && aliases_find(&aliases, "root") == NULL && aliases_find(&aliases, "*") == NULL)
		printf("note: %s: no alias for root; mail for it goes to root@%s\n", path, c->conf->mailname);
	aliases_release(&aliases);
	buf_release(&text);
	buf_release(&faults);
}

/* What may well be meant to be so. */
static void
note(const struct conf *conf)
{
	int door = packet_connect(conf->socket);

	if (door < 0)
		printf("note: %s: %s; no daemon takes mail there: sendmail starts %s itself, and what waits is tried "
		    "again when `sendmail -q' is called\n", conf->socket, strerror(errno), path_drop);
	else
		close(door);
	if (strchr(conf->hostname, '.') == NULL)
		printf("note: hostname %s: not a full name, which relays may refuse; set hostname\n", conf->hostname);
}

static void
print_relay(const struct section *s)
{
	show_host(s->name, s->port);
	printf("%s, cost %u, tls %s%s%s\n", s->tls_at_start ? " (TLS from the start)" : "", s->cost, tls_words[s->tls],
	    s->user != NULL ? ", user " : "", s->user != NULL ? s->user : "");
}

static void
print_settings(const struct conf *conf)
{
	const struct passwd *user = getpwuid(getuid());
	char                 unnamed[32];

	snprintf(unnamed, sizeof unnamed, "uid-%u", (unsigned)getuid());   /* as sendmail calls him */
	printf("configuration  %s%s\n", conf->file, access(conf->file, F_OK) == 0 ? "" : " (missing: defaults)");
	printf("sender         %s@%s\n", user != NULL ? user->pw_name : unnamed, conf->mailname);
	printf("mailname       %s\nhostname       %s\n", conf->mailname, conf->hostname);
	printf("spool          %s\naliases        %s\n", conf->spool, conf->aliases);
	printf("discover       %s\n", conf->discover ? "on" : "off");
	for (size_t i = 0; i < conf->nrelays; i++) {
		printf("relay          ");
		print_relay(&conf->relay[i]);
	}
	for (size_t i = 0; i < conf->ndiscovered; i++) {
		printf("discovered     ");
		print_relay(&conf->discovered[i]);
	}
}

int
admin_check(int argc, char **argv)
{
	struct conf  conf;
	struct check c = { .conf = &conf };

	if (argc != 1) {
		fprintf(stderr, "usage: salsa %s\n", argv[0]);
		return EX_USAGE;
	}
	conf_load(&conf, NULL);
	find_setup(&c);
	check_configuration(&c);
	check_user(&c);
	check_installation(&c);
	check_secrets(&c);
	check_aliases(&c);
	note(&conf);
	print_settings(&conf);
	conf_release(&conf);
	return c.nfaults == 0 ? EX_OK : EX_CONFIG;
}
