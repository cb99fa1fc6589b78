/* SPDX-License-Identifier: ISC
 *
 * base/command.h: the first line that a command prints, in bounded time and memory.
 */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <stddef.h>

#include "base/problem.h"

enum { COMMAND_OUTPUT_MAX = 64 << 10, COMMAND_COMPLAINT_MAX = 256 };

/*
 * Runs command by sh(1), without input, in a session of its own, and copies the first line of its output into line
 * (size octets with its NUL).  complaint becomes the first line of its error output, which may be empty.  Both are as
 * they came.  A command that takes longer than that, prints more than COMMAND_OUTPUT_MAX, or runs for nobody any more,
 * for the other end of the socket asker (-1: none) is closed, is killed with its process group.  Returns -1 with why,
 * also when the command fails; the words say nothing of what was printed.
 */
int command_run(const char *command, long milliseconds, int asker, char *line, size_t size,
    char complaint[COMMAND_COMPLAINT_MAX], struct problem *why);

#endif
