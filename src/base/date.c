/* SPDX-License-Identifier: ISC */
#include "base/date.h"

void
date_format(struct buf *b, time_t seconds)
{
	char      text[64];
	struct tm local;

	/* The names of days and months are English: no program of ours calls setlocale(). */
	localtime_r(&seconds, &local);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &local);
	buf_add(b, SLICE(text));
}
