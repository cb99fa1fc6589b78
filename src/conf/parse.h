/* SPDX-License-Identifier: ISC
 *
 * conf/parse.h: the reader of the lines of salsa.conf(5).
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/conf.h"

/* Obeys each good line (conf/directive.h) and adds a fault for each bad one. */
void parse_text(struct conf *, struct slice text);

/* Adds a fault: "FILE:LINE: what; what was expected", or "FILE: ..." with a line of 0. */
void parse_fault(struct conf *, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
