/* SPDX-License-Identifier: ISC
 *
 * entry/entry.h: one message as one file: how it is written, and how it is believed.  Who writes or reads one need not
 * reach the queue: sendmail and salsa-relay do not link spool/.
 *
 *     salsa 1 envelope LENGTH CRC message LENGTH CRC uid UID arrived SECONDS tries N next SECONDS flags 8hwlr  check CRC
 *     from<TAB>alice@www1.example.com<TAB>ret=hdrs<TAB>envid=...
 *     Q<TAB>bob@example.net<TAB>notify=never<TAB>orcpt=...<TAB>      (spaces) what the last try came to      (spaces) CRC
 *
 *     the message: lines that end in CRLF, not dot-stuffed
 *
 * Three parts change in place, and none of them can be torn by a crash: the first line (ENTRY_FIRST_LINE octets at 0),
 * the state of a recipient (one octet), and a recipient's answer (ENTRY_TAIL octets at a multiple of ENTRY_TAIL, so
 * that they never lie across two sectors).  Each is under a checksum of its own, but for the state, whose values lie
 * apart; all the rest of the envelope is under one, and the message under one.  What does not agree is never sent.
 */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/problem.h"

enum {
	ENTRY_FIRST_LINE     = 192,
	ENTRY_TAIL           = 256,
	ENTRY_ID_LEN         = 14,
	ENTRY_LINE_MAX       = 998,       /* RFC 5322, 2.1.1: without its CRLF */
	ENTRY_MAX_RECIPIENTS = 5000,
	ENTRY_MAX_ADDRESS    = 320,       /* RFC 5321, 4.5.3.1: 64 + 1 + 255 */
	ENTRY_MAX_PARAMETER  = 500,       /* RFC 3461, 4.2: the longest, that of ORCPT */
	ENTRY_MAX_ENVELOPE   = 4 << 20,   /* octets */
};

/* One byte each.  Any two differ in two bits or more: a flipped bit makes none of them. */
enum recipient_state {
	RECIPIENT_QUEUED  = 'Q',   /* still to be delivered */
	RECIPIENT_DONE    = 'D',   /* a relay has accepted it */
	RECIPIENT_BOUNCED = 'X',   /* refused for good, and the sender was told */
};

struct recipient {
	char                *address;   /* owned; a mailbox of RFC 5321 without angle brackets */
	char                *notify;    /* owned; RFC 3461, 4.1: "NEVER" or a list of the others; NULL: not said */
	char                *orcpt;     /* owned; RFC 3461, 4.2: "TYPE;XTEXT"; NULL: not said */
	enum recipient_state state;
	char                *answer;    /* owned; what the last try came to: one printable line, "" before the first */
	off_t                at;        /* of its line in the file; of its tail: see entry_answer */
	off_t                tail;
};

struct entry {
	char              id[ENTRY_ID_LEN + 1];   /* "" until the message is accepted */
	uid_t             uid;                    /* who submitted it */
	time_t            arrived;                /* seconds since 1970 */
	unsigned          tries;
	time_t            next;                   /* not to be tried before */
	bool              eightbit;               /* the message has octets above 127 */
	bool              longlines;              /* it has lines of more than ENTRY_LINE_MAX octets */
	bool              held;                   /* 'h': not tried until somebody releases it */
	bool              given_up;               /* 'x' there: not tried, but returned to its sender; never held too */
	bool              warned;                 /* the sender knows that it is late */
	bool              requiretls;             /* RFC 8689: it goes under TLS that proves the relay, or not at all */
	bool              tls_waived;             /* 'n' there: RFC 8689, 3: rather without TLS than not at all */
	char             *sender;                 /* owned; "" is the null reverse-path, RFC 5321, 4.5.5 */
	char             *ret;                    /* owned; RFC 3461, 4.3: "FULL" or "HDRS"; NULL: not said */
	char             *envid;                  /* owned; RFC 3461, 4.4: xtext; NULL: not said */
	struct recipient *recipient;              /* owned */
	size_t            nrecipients;
	off_t             envelope_len;           /* octets before the message, the first line among them */
	uint32_t          envelope_crc;           /* of its unchanging part */
	off_t             message_len;
	uint32_t          message_crc;
};
#define ENTRY ((struct entry){ 0 })

void entry_add_recipient(struct entry *, struct slice address);   /* copies */
void entry_release(struct entry *);
size_t entry_nqueued(const struct entry *);                       /* recipients still to be delivered */

/*
 * Reads the envelope of a complete entry from the file's begin; the file's position does not matter and does not
 * move.  The message is not read: whoever reads it holds it against message_len and message_crc.
 * Returns -1 with why: VERDICT_NEVER where the file is not what it says (it is corrupt), VERDICT_LATER where it
 * could not be read.  Release the entry in either case.
 */
int entry_read(struct entry *, int fd, struct problem *why);

/* The same for a complete entry whose size, in octets, is known already. */
int entry_read_sized(struct entry *, int fd, off_t size, struct problem *why);

/* The same as entry_read for the first line alone: enough to know whose it is and when it is due. */
int entry_read_first_line(struct entry *, int fd, struct problem *why);

/* Reads the whole message and returns 0 when it agrees with message_len and message_crc; -1 as entry_read. */
int entry_verify_message(const struct entry *, int fd, struct problem *why);

/*
 * The same from memory: text is an entry's beginning, at least its first line or its envelope, and is not kept.  Its
 * length is not held against what the entry says of its own.
 */
int entry_parse_first_line(struct entry *, struct slice text, struct problem *why);
int entry_parse(struct entry *, struct slice text, struct problem *why);

/*
 * Reads up to room octets of the message from its octet offset on.  Returns how many, 0 at its end; -1 with why when
 * the file ends early or cannot be read.
 */
ssize_t entry_message(const struct entry *, int fd, off_t offset, char *at, size_t room, struct problem *why);

/* Writes the first line again from uid, arrived, tries, next and the flags: one write of one sector. */
int entry_rewrite(const struct entry *, int fd, struct problem *why);
/* Writes a recipient's state, then its answer: a crash in between repeats no delivery. */
int entry_settle(struct entry *, int fd, size_t recipient, enum recipient_state, const char *answer,
    struct problem *why);

/* The first line and the envelope as text; used by the writer (entry/writer.h). */
void entry_format_first_line(const struct entry *, char line[ENTRY_FIRST_LINE + 1]);
void entry_format_envelope(struct entry *, struct buf *);   /* fills in envelope_len, envelope_crc, and at and tail */

/* Whether a value can stand in a parameter of MAIL and RCPT: printable ASCII without a space (RFC 5321, 4.1.2). */
bool entry_is_parameter(struct slice);

/* Whether a mailbox can stand in MAIL and RCPT commands: its quotes close, nothing in it can end the command. */
bool entry_is_mailbox(struct slice);

/* An ID is ENTRY_ID_LEN capital hexadecimal digits: the time of its arrival first, so that names sort by age. */
bool entry_is_id(struct slice);

#endif
