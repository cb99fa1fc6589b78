/* SPDX-License-Identifier: ISC
 *
 * sendmail/options.h: what the command line of sendmail(8) asks for.  Options end at the first recipient, for behind it
 * they may be an attacker's words.
 */
#ifndef SENDMAIL_OPTIONS_H
#define SENDMAIL_OPTIONS_H

#include <stdbool.h>

#include "base/problem.h"
#include "conf/conf.h"
#include "mail/dsn.h"

enum mode {
	MODE_MESSAGE,      /* -bm: a message from standard input */
	MODE_SMTP,         /* -bs: messages over SMTP */
	MODE_MAILQ,        /* -bp, mailq */
	MODE_NEWALIASES,   /* -bi, newaliases */
	MODE_VERIFY,       /* -bv */
	MODE_DISCOVER,     /* -bt */
	MODE_RUN,          /* -q, runq */
	MODE_RUN_WAIT,     /* -qf */
	MODE_DAEMON,       /* -bd, -q15m */
	MODE_FOREGROUND,   /* -bD */
	MODE_VERSION,      /* -d0.1, --version */
	MODE_HELP,         /* --help */
	MODE_NOTHING,      /* -bh, -bH, hoststat, purgestat: nothing is known of hosts, nothing need be purged */
};

/* -oe: how an error is told of.  The exit status tells of it in any case but the last. */
enum errors {
	ERRORS_PRINT,         /* p: on standard error */
	ERRORS_QUIET,         /* q: not at all */
	ERRORS_MAIL,          /* m, w: on standard error, and the message goes back to its sender */
	ERRORS_MAIL_OR_ELSE,  /* e: it goes back; where that cannot be, as p */
};

enum { OPTIONS_MAX_TERMS = 1024 };

struct options {
	enum mode    mode;
	const char  *conf_file;          /* -C; NULL: not given, as all below */
	const char  *ident;              /* -L */
	const char  *sender;             /* -f, -r; "" is the null reverse-path */
	const char  *name;               /* -F */
	const char  *ret;                /* -R: RFC 3461, 4.3 */
	char         notify[sizeof "SUCCESS,FAILURE,DELAY"];   /* -N: RFC 3461, 4.1; "": not given */
	char         envid[DSN_MAX_ENVID + 1];                 /* -V, as xtext; "": not given */
	char         terms[OPTIONS_MAX_TERMS];                 /* -qI, -qR, -qS: as they stand in a "run" packet */
	bool         says_version;       /* -d0.1 */
	bool         reads_recipients;   /* -t */
	bool         dot_is_text;        /* -i, -oi */
	bool         verbose;            /* -v */
	bool         requiretls;         /* -O RequireTLS=yes: RFC 8689 */
	enum errors  errors;             /* -oe */
	bool         chooses_deliver;    /* -odX: deliver is set */
	enum deliver deliver;
	char       **argument;           /* recipients, or what mailq is given; not owned, NULL at the end */
	int          narguments;
};

bool options_mail_errors(const struct options *);   /* a message that is refused goes back to its sender */

/* Returns 0, or a code of sysexits.h with why.  argv must stay. */
int options_read(struct options *, int argc, char **argv, struct problem *why);

#endif
