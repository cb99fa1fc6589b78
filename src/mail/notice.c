/* SPDX-License-Identifier: ISC */
#include "mail/notice.h"

#include "base/date.h"

static const char *
encoding(bool eightbit)
{
	return eightbit ? "Content-Transfer-Encoding: 8bit\r\n" : "";
}

void
notice_header(struct buf *b, const struct notice *n)
{
	buf_add(b, SLICE("Date: "));
	date_format(b, n->date);
	buf_addf(b,
	    "\r\nFrom: Mail Delivery System <MAILER-DAEMON@%s>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%s@%s>\r\n"
	    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n%s"
	    "Content-Type: multipart/%s;\r\n\tboundary=\"%s/report\"\r\n\r\n",
	    n->mailname, n->to, n->subject, n->id, n->hostname, encoding(n->eightbit), n->type, n->id);
}

void
notice_part(struct buf *b, const struct notice *n, const char *description, const char *type, bool eightbit)
{
	buf_addf(b, "--%s/report\r\nContent-Description: %s\r\nContent-Type: %s\r\n%s\r\n", n->id, description, type,
	    encoding(eightbit));
}

void
notice_end(struct buf *b, const struct notice *n)
{
	buf_addf(b, "\r\n--%s/report--\r\n", n->id);
}
