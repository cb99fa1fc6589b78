/* SPDX-License-Identifier: ISC */
#include "admin/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/execute.h"
#include "conf/paths.h"
#include "ipc/packet.h"

enum { ANSWER_MSEC = 10 * 1000 };

/* salsa-drop, which becomes a single pass. */
static int
start_pass(const struct conf *conf)
{
	int pair[2], error;

	if (packet_pair(pair) != 0)
		return -1;
	error = execute(path_drop, conf_instance(conf), (struct descriptors){ -1, pair[1], -1 }) > 0 ? 0 : errno;
	close(pair[1]);
	if (error == 0)
		return pair[0];
	close(pair[0]);
	errno = error;
	return -1;
}

/* "refused later|never STATUS TEXT"; without a word it is taken. */
static int
hear(int socket, struct problem *why)
{
	struct pollfd set = { .fd = socket, .events = POLLIN };
	char          text[PACKET_MAX] = "";
	struct slice  rest;
	int           unwanted = -1;

	if (poll(&set, 1, ANSWER_MSEC) > 0)
		(void)packet_receive(socket, text, sizeof text, &unwanted);
	if (unwanted >= 0)
		close(unwanted);
	rest = SLICE(text);
	if (!slice_equal(slice_word(&rest), SLICE("refused")))
		return 0;
	slice_word(&rest);
	slice_word(&rest);
	return problem_set(why, VERDICT_LATER, "4.3.0", "%.*s", SLICE_ARG(slice_trim(rest)));
}

int
ask_for_run(const struct conf *conf, struct problem *why)
{
	int socket = packet_connect(conf->socket), result;

	if (socket < 0)
		socket = start_pass(conf);
	if (socket < 0 || packet_send(socket, SLICE("run\tD"), -1) != 0)
		result = problem_set(why, VERDICT_LATER, "4.3.0", "nobody to ask for it: %s", strerror(errno));
	else
		result = hear(socket, why);
	if (socket >= 0)
		close(socket);
	return result;
}
