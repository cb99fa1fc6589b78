/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

enum { LINE_MAX_LEN = 2048 };

static int         file = -1;   /* -1: syslog */
static const char *name = "salsa";

void
log_open(const char *ident, const char *destination)
{
	if (file > STDERR_FILENO)
		close(file);
	name = ident;
	file = -1;
	if (strcmp(destination, "stderr") == 0)
		file = STDERR_FILENO;
	else if (destination[0] == '/')
		file = open(destination, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (file < 0)
		openlog(ident, LOG_PID, LOG_MAIL);
}

static void
add_printable(struct buf *line, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 127)
			buf_add_byte(line, (char)c);
		else
			buf_addf(line, "\\x%02X", c);
	}
}

/* A line of a file looks as syslogd writes it: the log's readers need not know the difference. */
static void
add_stamp(struct buf *line)
{
	char      date[32], host[65] = "localhost";
	struct tm now;
	time_t    seconds = clock_now();

	gethostname(host, sizeof host - 1);
	host[strcspn(host, ".")] = '\0';
	localtime_r(&seconds, &now);
	strftime(date, sizeof date, "%b %e %H:%M:%S", &now);
	buf_addf(line, "%s %s %s[%d]: ", date, host, name, (int)getpid());
}

static void
write_line(const struct buf *line)
{
	ssize_t n = write(file, line->at, line->len);

	(void)n;   /* a log that cannot be written has nobody to tell */
}

void
log_line(int priority, const char *format, ...)
{
	char       text[LINE_MAX_LEN / 2];
	struct buf line = BUF(LINE_MAX_LEN * 4);
	va_list    arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (file >= 0)
		add_stamp(&line);
	if (priority <= LOG_ERR)
		buf_add(&line, SLICE("error: "));
	else if (priority == LOG_WARNING)
		buf_add(&line, SLICE("warning: "));
	add_printable(&line, text);
	if (file < 0) {
		syslog(priority, "%s", buf_text(&line));
	} else {
		buf_add_byte(&line, '\n');
		write_line(&line);
	}
	buf_release(&line);
}

void
log_lines(int priority, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		log_line(priority, "%.*s", SLICE_ARG(line));
	}
}
