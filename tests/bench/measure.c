/* SPDX-License-Identifier: ISC
 *
 * What one command costs its caller, side by side with others, and what many senders get through.
 *
 *     measure turns N INPUT COMMAND -- COMMAND ...     runs them in turn, N times each; a line a command:
 *                                                      "failed peak-KiB time time ..."
 *     measure load N SENDERS INPUT COMMAND             N runs, SENDERS at once: "begin end failed"
 *
 * A COMMAND whose first word is "in=DIRECTORY" runs below that root.  Times are wall time from fork to exit, in
 * milliseconds; begin and end are on the monotonic clock.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16 };

struct command {
	char  **argv;
	double *time;   /* of each run, in milliseconds */
	long    peak;   /* the most memory that one of its processes held, in KiB */
	int     failed;
};

static const char *input;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
become(char **argv)
{
	int from = open(input, O_RDONLY), to = open("/dev/null", O_WRONLY);

	if (strncmp(argv[0], "in=", 3) == 0) {
		if (chroot(argv[0] + 3) != 0 || chdir("/") != 0)
			err(1, "%s", argv[0]);
		argv++;
	}
	if (from < 0 || to < 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0)
		err(1, "%s", input);
	close(from);
	close(to);
	execv(argv[0], argv);
	err(127, "%s", argv[0]);
}

static pid_t
start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		become(argv);
	return pid;
}

static void
run(struct command *c, int turn)
{
	double        begin = now();
	pid_t         pid = start(c->argv);
	struct rusage usage;
	int           status;

	wait4(pid, &status, 0, &usage);
	c->time[turn] = now() - begin;
	c->failed += status != 0;
	if (usage.ru_maxrss > c->peak)
		c->peak = usage.ru_maxrss;
}

static void
report(const struct command *c, int n)
{
	printf("%d %ld", c->failed, c->peak);
	for (int turn = 0; turn < n; turn++)
		printf(" %.3f", c->time[turn]);
	putchar('\n');
}

static int
split(char **word, struct command command[COMMANDS_MAX])
{
	int n = 0;

	command[n++].argv = word;
	for (; *word != NULL; word++)
		if (strcmp(*word, "--") == 0 && n < COMMANDS_MAX) {
			*word = NULL;
			command[n++].argv = word + 1;
		}
	return n;
}

static void
turns(int n, char **words)
{
	struct command command[COMMANDS_MAX] = { 0 };
	int            ncommands = split(words, command);

	for (int i = 0; i < ncommands; i++)
		if ((command[i].time = calloc((size_t)n, sizeof(double))) == NULL)
			err(1, "calloc");
	for (int turn = 0; turn < n; turn++)
		for (int i = 0; i < ncommands; i++)
			run(&command[i], turn);
	for (int i = 0; i < ncommands; i++)
		report(&command[i], n);
}

static void
load(int n, int senders, char **argv)
{
	int    running = 0, ended = 0, failed = 0, status;
	double begin = now();

	while (ended < n) {
		for (; running < senders && ended + running < n; running++)
			start(argv);
		if (wait(&status) < 0)
			err(1, "wait");
		running--;
		ended++;
		failed += status != 0;
	}
	printf("%.3f %.3f %d\n", begin, now(), failed);
}

int
main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "turns") == 0) {
		input = argv[3];
		turns(atoi(argv[2]), argv + 4);
	} else if (argc > 5 && strcmp(argv[1], "load") == 0) {
		input = argv[4];
		load(atoi(argv[2]), atoi(argv[3]), argv + 5);
	} else {
		errx(64, "usage: measure turns N INPUT COMMAND [-- COMMAND ...] | load N SENDERS INPUT COMMAND");
	}
	return 0;
}
