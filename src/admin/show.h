/* SPDX-License-Identifier: ISC
 *
 * admin/show.h: what several subcommands show alike.
 */
#ifndef ADMIN_SHOW_H
#define ADMIN_SHOW_H

#include <stdbool.h>
#include <time.h>

#include "conf/conf.h"

enum { SHOW_TIME_LEN = 32 };

/* ", for *.nz !*.ac.nz, refuse *.example"; nothing for a section without policy. */
void show_policy(const struct section *);

/* On standard error, where the configuration has faults, that it stops all mail.  Returns whether it has. */
bool show_faults(const struct conf *);

/* "relay1.example.net:25", "[2001:db8::1]:25". */
void show_host(const char *host, unsigned port);

/* "2026-11-21 14:03:11", as local time. */
const char *show_time(char text[SHOW_TIME_LEN], time_t);

/*
 * Opens the spool's state/ directory, where relays are remembered: -1 when it is not for this user, who is told, or
 * when there is none.
 */
int show_state(const struct conf *);

#endif
