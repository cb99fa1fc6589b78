/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

enum { LINE_MAX_LEN = 2048, PATIENCE_MSEC = 1000, SENDS = 3 };

static int         file = -1;   /* -1: syslog */
static int         syslogd = -1;
static int         patience = PATIENCE_MSEC;   /* with syslogd: 0 while it hangs, for all lines together */
static const char *name = "salsa";

void
log_open(const char *ident, const char *destination)
{
	if (file > STDERR_FILENO)
		close(file);
	if (syslogd >= 0)
		close(syslogd);
	name = ident;
	file = syslogd = -1;
	if (strcmp(destination, "stderr") == 0)
		file = STDERR_FILENO;
	else if (destination[0] == '/')
		file = open(destination, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
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
add_stamp(struct buf *line, int priority)
{
	char      date[32], host[65] = "localhost";
	struct tm now;
	time_t    seconds = clock_now();

	localtime_r(&seconds, &now);
	strftime(date, sizeof date, "%b %e %H:%M:%S", &now);
	if (file < 0) {
		buf_addf(line, "<%d>%s %s[%d]: ", LOG_MAIL | priority, date, name, (int)getpid());
		return;
	}
	gethostname(host, sizeof host - 1);
	host[strcspn(host, ".")] = '\0';
	buf_addf(line, "%s %s %s[%d]: ", date, host, name, (int)getpid());
}

static void
write_line(const struct buf *line)
{
	ssize_t n = write(file, line->at, line->len);

	(void)n;   /* a log that cannot be written has nobody to tell */
}

static int
connect_to_syslogd(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };
	int                fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Not by syslog(3): where syslogd hangs that waits without end, and all that log hang with it. */
static void
send_line(const struct buf *line)
{
	for (int i = 0; i < SENDS; i++) {
		struct pollfd set = { .fd = syslogd = syslogd >= 0 ? syslogd : connect_to_syslogd(), .events = POLLOUT };

		if (syslogd < 0)
			return;
		if (send(syslogd, line->at, line->len, MSG_NOSIGNAL) >= 0) {
			patience = PATIENCE_MSEC;
			return;
		}
		if (errno == EAGAIN && poll(&set, 1, patience) == 0) {
			patience = 0;
			return;
		}
		if (errno != EAGAIN) {   /* it is another one by now, or gone */
			close(syslogd);
			syslogd = -1;
		}
	}
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
	add_stamp(&line, priority);
	if (priority <= LOG_ERR)
		buf_add(&line, SLICE("error: "));
	else if (priority == LOG_WARNING)
		buf_add(&line, SLICE("warning: "));
	add_printable(&line, text);
	if (file < 0) {
		send_line(&line);
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
