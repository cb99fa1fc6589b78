/* SPDX-License-Identifier: ISC */
#include "admin/ask.h"

#include <errno.h>
#include <string.h>

#include "conf/paths.h"
#include "ipc/child.h"
#include "ipc/packet.h"

enum { ANSWER_MSEC = 10 * 1000 };

int
ask_for_run(const struct conf *conf, struct problem *why)
{
	char    answer[PACKET_MAX];
	int     socket = packet_connect(conf->socket);
	ssize_t n = -1;

	if (socket < 0)   /* salsa-drop, which becomes a single pass */
		socket = child_start(path_drop, conf_instance(conf),
		    (struct descriptors){ -1, CHILD_SOCKET, -1 }, NULL);
	if (socket < 0 || packet_send(socket, SLICE("run\tD"), -1) != 0)
		problem_set(why, VERDICT_LATER, "4.3.0", "nobody to ask for it: %s", strerror(errno));
	else if ((n = packet_await(socket, answer, ANSWER_MSEC)) < 0)
		problem_set(why, VERDICT_LATER, "4.3.0", "no answer: %s", strerror(errno));
	else if (n > 0 && packet_refusal(SLICE(answer), why))   /* without a word it is taken */
		n = -1;
	packet_end(socket);
	return n < 0 ? -1 : 0;
}
