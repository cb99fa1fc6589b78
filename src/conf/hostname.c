/* SPDX-License-Identifier: ISC */
#include "conf/hostname.h"

#include <unistd.h>

#include "base/buf.h"
#include "conf/text.h"
#include "conf/value.h"

enum { HOSTS_MAX = 1 << 20, MAILNAME_MAX = 4096 };

static bool
is_full(struct slice name)
{
	return memchr(name.at, '.', name.len) != NULL && value_is_host(name) &&
	    !slice_begins(name, SLICE("localhost."));
}

static struct slice
full_name_on_line(struct slice line, struct slice name)
{
	struct slice word, full = SLICE("");
	bool         found = false;

	slice_word(&line);   /* the address */
	while ((word = slice_word(&line)).len > 0) {
		found = found || slice_same(word, name);
		if (full.len == 0 && is_full(word))
			full = word;
	}
	return found ? full : SLICE("");
}

struct slice
hostname_in_hosts(struct slice hosts, struct slice name)
{
	struct slice full = SLICE("");

	while (hosts.len > 0 && full.len == 0) {
		struct slice line = slice_cut(&hosts, '\n');

		full = full_name_on_line(slice_cut(&line, '#'), name);
	}
	return full;
}

char *
hostname_full(void)
{
	char         name[256] = "";
	struct buf   hosts = BUF(HOSTS_MAX);
	struct stat  st;
	struct slice full = SLICE("");
	char        *result;

	if (gethostname(name, sizeof name - 1) != 0 || !value_is_host(SLICE(name)))
		strlcpy(name, "localhost", sizeof name);
	if (strchr(name, '.') == NULL && text_read("/etc/hosts", &hosts, &st) == 0)
		full = hostname_in_hosts(buf_slice(&hosts), SLICE(name));
	result = slice_dup(full.len > 0 ? full : SLICE(name));
	buf_release(&hosts);
	return result;
}

char *
hostname_mail(void)
{
	struct buf   content = BUF(MAILNAME_MAX);
	struct stat  st;
	struct slice rest, name = SLICE("");
	char        *result;

	if (text_read("/etc/mailname", &content, &st) == 0) {
		rest = buf_slice(&content);
		name = slice_trim(slice_cut(&rest, '\n'));
	}
	result = value_is_host(name) ? slice_dup(name) : NULL;
	buf_release(&content);
	return result;
}
