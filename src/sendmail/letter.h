/* SPDX-License-Identifier: ISC
 *
 * sendmail/letter.h: the one message of a command line: its envelope stands in the arguments and in its header.
 */
#ifndef SENDMAIL_LETTER_H
#define SENDMAIL_LETTER_H

#include "sendmail/message.h"
#include "sendmail/options.h"

/*
 * Reads descriptor 0 to its end and composes the entry.  Returns 0, or a code of sysexits.h with why; then nothing is
 * to be sent, and standard input was drained.  Where errors are to be mailed (-oem) and it was refused for good, the
 * message is there all the same, without recipients and as far as it could be composed: its sender; its header; and
 * all of it where it has a file.
 */
int letter_compose(struct message *, const struct options *, const struct conf *, struct problem *why);

#endif
