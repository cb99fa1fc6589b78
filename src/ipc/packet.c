/* SPDX-License-Identifier: ISC */
#include "ipc/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

int
packet_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

/* Room for one descriptor and no more: what else somebody sends is closed by the kernel. */
union control {
	struct cmsghdr header;
	char           room[CMSG_SPACE(sizeof(int))];
};

static void
attach(struct msghdr *message, union control *control, int fd)
{
	message->msg_control = control;
	message->msg_controllen = CMSG_LEN(sizeof fd);
	control->header.cmsg_level = SOL_SOCKET;
	control->header.cmsg_type = SCM_RIGHTS;
	control->header.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control->header), &fd, sizeof fd);
}

int
packet_send(int socket, struct slice text, int fd)
{
	struct iovec  part = { (void *)(uintptr_t)text.at, text.len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t       n;

	if (fd >= 0)
		attach(&message, &control, fd);
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int
packet_send_parts(int socket, struct slice first, struct slice second, long milliseconds)
{
	struct timespec deadline = clock_deadline(milliseconds);
	struct iovec    part[] = {
		{ (void *)(uintptr_t)first.at, first.len }, { (void *)(uintptr_t)second.at, second.len },
	};
	struct msghdr   message = { .msg_iov = part, .msg_iovlen = 2 };
	struct pollfd   set = { .fd = socket, .events = POLLOUT };

	while (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		if (errno == EAGAIN && poll(&set, 1, (int)clock_left(deadline)) <= 0 && clock_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int
packet_sendf(int socket, int fd, const char *format, ...)
{
	char    text[PACKET_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return packet_send(socket, SLICE(text), fd);
}

static int
attached(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int             fd = -1;

	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

ssize_t
packet_receive(int socket, char *at, size_t room, int *fd)
{
	union control control;
	struct iovec  part = { at, room - 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof *fd),
	};
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	*fd = attached(&message);
	at[n] = '\0';
	if ((message.msg_flags & MSG_TRUNC) == 0)
		return n;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = EMSGSIZE;
	return -1;
}

ssize_t
packet_receive_octets(int socket, char *at, size_t room)
{
	ssize_t n;

	do
		n = recv(socket, at, room - 1, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n > (ssize_t)room - 1) {
		errno = EMSGSIZE;
		n = -1;
	}
	if (n >= 0)
		at[n] = '\0';
	return n;
}

/* So many wait at the door that there is no room: wait for it, but not for ever. */
static int
connect_patiently(int fd, const struct sockaddr_un *address)
{
	const struct timeval patience = { .tv_sec = PACKET_CONNECT_SECONDS };

	fcntl(fd, F_SETFL, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return connect(fd, (const struct sockaddr *)address, sizeof *address);
}

int
packet_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int                fd, error;

	if (strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (errno == EAGAIN && connect_patiently(fd, &address) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

ssize_t
packet_await(int socket, char text[PACKET_MAX], long milliseconds)
{
	struct timespec deadline = clock_deadline(milliseconds);
	struct pollfd   set = { .fd = socket, .events = POLLIN };
	int             ready;
	ssize_t         n;

	while ((ready = poll(&set, 1, (int)clock_left(deadline))) < 0 && errno == EINTR)
		;
	if (ready <= 0) {
		errno = ready == 0 ? ETIMEDOUT : errno;
		return -1;
	}
	/* One who refuses before he has read us resets the connection; that is told first, and once. */
	if ((n = packet_receive_octets(socket, text, PACKET_MAX)) < 0 && errno == ECONNRESET &&
	    (n = packet_receive_octets(socket, text, PACKET_MAX)) == 0) {
		errno = ECONNRESET;
		n = -1;
	}
	return n;
}

bool
packet_refusal(struct slice text, struct problem *why)
{
	struct slice word = slice_word(&text), verdict = slice_word(&text), status = slice_word(&text);
	char         code[sizeof why->status];

	if (!slice_equal(word, SLICE("refused")))
		return false;
	printable_copy(code, sizeof code, status);
	problem_set(why, slice_equal(verdict, SLICE("never")) ? VERDICT_NEVER : VERDICT_LATER, code, "%.*s",
	    SLICE_ARG(slice_trim(text)));
	return true;
}

void
packet_end(int socket)
{
	if (socket >= 0)
		close(socket);
}
