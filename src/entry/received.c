/* SPDX-License-Identifier: ISC */
#include "entry/received.h"

#include "base/date.h"

void
received_format(struct buf *b, const char *hostname, uid_t uid, const char *id, time_t arrived)
{
	buf_addf(b, "Received: by %s (salsa, from userid %u)\r\n\tid %s; ", hostname, (unsigned)uid, id);
	date_format(b, arrived);
	buf_add(b, SLICE("\r\n"));
}
