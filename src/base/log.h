/* SPDX-License-Identifier: ISC
 *
 * base/log.h: one line an event, in the form that readers of Postfix's logs understand.  Only the top of a program
 * logs; what is below returns a problem.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <syslog.h>

#include "base/slice.h"

/*
 * Chooses where lines go: "syslog" (facility mail), "stderr", or a file that is appended to; a file that cannot be
 * opened means syslog.  ident is the program's name in the log ("salsa/smtp"); it must stay valid.  May be called
 * again.
 */
void log_open(const char *ident, const char *destination);

/*
 * Logs one line at LOG_INFO, LOG_WARNING or LOG_ERR.  Bytes that are not printable ASCII become \xHH, so that nobody's
 * words can look like another event (hazard L10).  A syslogd that hangs costs a process a second, and its lines.
 */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Logs every line of a text as one. */
void log_lines(int priority, struct slice text);

#endif
