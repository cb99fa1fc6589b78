/* SPDX-License-Identifier: ISC */
#include "admin/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/packet.h"

enum { ANSWER_MSEC = 10 * 1000 };

/* Without a word it is taken. */
static int
hear(int socket, struct problem *why)
{
	struct pollfd set = { .fd = socket, .events = POLLIN };
	char          text[PACKET_MAX] = "";
	int           unwanted = -1;

	if (poll(&set, 1, ANSWER_MSEC) > 0)
		(void)packet_receive(socket, text, sizeof text, &unwanted);
	packet_end(unwanted);
	return packet_refusal(SLICE(text), why) ? -1 : 0;
}

int
ask_for_run(const struct conf *conf, struct problem *why)
{
	int socket = packet_connect(conf->socket), result;

	if (socket < 0)   /* salsa-drop, which becomes a single pass */
		socket = child_start(path_drop, conf_instance(conf),
		    (struct descriptors){ -1, CHILD_SOCKET, -1 }, NULL);
	if (socket < 0 || packet_send(socket, SLICE("run\tD"), -1) != 0)
		result = problem_set(why, VERDICT_LATER, "4.3.0", "nobody to ask for it: %s", strerror(errno));
	else
		result = hear(socket, why);
	packet_end(socket);
	return result;
}
