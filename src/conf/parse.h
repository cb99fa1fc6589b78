/* SPDX-License-Identifier: ISC
 *
 * conf/parse.h: the directives of salsa.conf(5), one table, and the reader of its lines.
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/conf.h"

/*
 * Obeys each good line and adds a fault for each bad one.  What a section must not be (a user without TLS that proves
 * the relay's name) it is not afterwards, whatever the lines said.
 */
void parse_text(struct conf *, struct slice text);

/* Adds a fault: "FILE:LINE: what; what was expected", or "FILE: ..." with a line of 0. */
void parse_fault(struct conf *, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The words that begin a line, in the table's order; NULL past the last. */
const char *parse_word(size_t index);

#endif
