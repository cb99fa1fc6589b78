/* SPDX-License-Identifier: ISC
 *
 * conf/conf.h: salsa.conf(5), read and checked.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "conf/pattern.h"

/* In order: from TLS_ENCRYPT on no mail goes in clear, from TLS_VERIFY on none goes to who does not prove himself. */
enum tls_level { TLS_NONE, TLS_MAY, TLS_ENCRYPT, TLS_VERIFY, TLS_DANE };

extern const char *const tls_words[];   /* by level, as the configuration has them */

enum deliver { DELIVER_BACKGROUND, DELIVER_FOREGROUND, DELIVER_QUEUE, DELIVER_DIRECT };

/*
 * A `relay' or `discovered' section.  Strings are owned.  One that authenticates (see below) has TLS_VERIFY or more: a
 * secret goes only to a relay whose name TLS has proved (hazard R11).  It comes from one place.
 */
struct section {
	char           *name;            /* relay: HOST of its URL; discovered: the pattern of names it holds for */
	unsigned        port;            /* relay: from its URL; discovered: 25 */
	bool            tls_at_start;    /* submissions:// */
	enum tls_level  tls;
	char           *tls_ca;          /* file or directory of the authorities that count; NULL: the system's */
	char           *tls_fingerprint; /* 64 hexadecimal digits, in lower case: what proves the relay; NULL: none */
	char           *tls_cert;        /* file of our own certificate; NULL: none */
	char           *tls_key;         /* file of its key; never NULL where there is a tls_cert */
	bool            dnssec;          /* discovered: used only when DNSSEC authenticated all that led to it */
	char           *user;            /* NULL: none; with one there is a secret, or `auth EXTERNAL' */
	char           *password_file;   /* a path, or the name of a systemd credential; NULL: none */
	char           *password_command;   /* for sh(1); NULL: none */
	char           *mechanisms;      /* of AUTH, with blanks between, the best first; NULL: salsa chooses */
	unsigned        cost;            /* lower is tried first */
	struct patterns for_, from, refuse;
	unsigned        line;            /* of the configuration file, where the section begins */
};

struct conf {
	char            *file;                 /* the file that was read, or would have been; an absolute path */
	bool             is_private;           /* named by SALSA_CONF or -C: another instance than the system's */
	char            *mailname;             /* completes bare addresses */
	char            *hostname;             /* said in EHLO */
	bool             discover;
	char           **address;              /* extra addresses to look under, as text, each a valid one */
	size_t           naddresses;
	char            *postmaster;           /* NULL: none */
	struct section  *relay;                /* in the order of the file */
	size_t           nrelays;
	struct section  *discovered;           /* in the order of the file: the first that matches holds */
	size_t           ndiscovered;
	char            *aliases;
	char            *spool;
	char            *socket;               /* for submission: the system's, or SPOOL/submit when is_private */
	enum deliver     deliver;
	unsigned         retry_first_seconds, retry_longest_seconds;
	unsigned         warn_seconds;         /* 0: never */
	unsigned         expire_seconds;
	unsigned         sessions;
	unsigned         connect_timeout_seconds;
	unsigned         reply_timeout_seconds;
	unsigned long long max_size;           /* octets of one message */
	char            *resolver;             /* ADDRESS[@PORT]; NULL: /etc/resolv.conf */
	char            *log;                  /* "syslog", "stderr", or an absolute path */

	size_t           nfaults;
	struct buf       faults;               /* a line "FILE:LINE: what; what was expected\n" for each; LINE is left
	                                          out where it is about the whole file */
};

/*
 * Reads the configuration, with defaults for what it does not say.
 *
 * named is the file that -C gave, or NULL.  Without it SALSA_CONF of the environment counts, unless the program is
 * privileged (base/start.h), else the system's file, which may be missing.  The conf is always usable: a bad line is
 * a fault and leaves the default, so that a broken file still queues.  Release it with conf_release.
 */
void conf_load(struct conf *, const char *named);
void conf_release(struct conf *);

/* The same from text that is in memory already, as if it were the system's file.  For tests and fuzzing. */
void conf_parse(struct conf *, struct slice text);

/* What other programs are told of a private instance: its configuration file; NULL for the system's. */
const char *conf_instance(const struct conf *);

/* The first `discovered' section whose pattern covers host; NULL when there is none. */
const struct section *conf_discovered(const struct conf *, const char *host);

bool section_authenticates(const struct section *);   /* says AUTH */
bool section_has_secret(const struct section *);      /* and has something to say that nobody else may hear */

#endif
