/* SPDX-License-Identifier: ISC */
#include "mail/undot.h"

/* Whether c is held back, or ends the text: a dot at the begin of a line may be all of it. */
static bool
hold(struct undot *u, char c)
{
	if (u->at == UNDOT_BEGIN && c == '.')
		u->at = UNDOT_DOT;
	else if (u->at == UNDOT_DOT && c == '\r')
		u->at = UNDOT_DOT_CR;
	else if (c == '\n' && (u->at == UNDOT_DOT_CR || (u->at == UNDOT_DOT && u->lf_ends_line)))
		u->ended = true;
	else
		return false;
	return true;
}

static void
step(struct undot *u, char c)
{
	if (c == '\r')
		u->at = UNDOT_CR;
	else if (c == '\n' && (u->at == UNDOT_CR || u->lf_ends_line))
		u->at = UNDOT_BEGIN;
	else
		u->at = UNDOT_WITHIN;
}

size_t
undot(struct undot *u, struct slice *in, char *at, size_t room)
{
	size_t len = 0;

	while (in->len > 0 && !u->ended && room - len >= UNDOT_ROOM) {
		char c = in->at[0];

		*in = slice_from(*in, 1);
		if (hold(u, c))
			continue;
		if (u->at == UNDOT_DOT_CR) {
			at[len++] = '\r';
			u->at = UNDOT_CR;
		}
		at[len++] = c;
		step(u, c);
	}
	return len;
}
