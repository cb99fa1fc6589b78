/* SPDX-License-Identifier: ISC */
#include "relay/remember.h"

#include <string.h>

#include "base/clock.h"
#include "base/ip.h"
#include "dns/host.h"
#include "relay/state.h"

enum { FILE_MAX = 32 << 10 };

static const char file[] = "found";

static void
format_relay(struct buf *text, const struct found *found)
{
	char address[IP_TEXT];

	buf_addf(text, "relay %u %u %d %s %s", found->preference, found->rank, (int)found->dnssec, found->host,
	    found->zone);
	for (size_t i = 0; i < found->addresses.naddresses; i++) {
		ip_format(&found->addresses.address[i], address);
		buf_addf(text, " %s", address);
	}
	buf_add_byte(text, '\n');
}

void
remember(const struct discovery *d, int state, struct slice key, time_t until)
{
	struct buf text = BUF(FILE_MAX);

	buf_addf(&text, "key %.*s\nuntil %lld\n", SLICE_ARG(key), (long long)until);
	if (d->trouble)
		buf_add(&text, SLICE("trouble\n"));
	if (d->words[0] != '\0')
		buf_addf(&text, "words %s\n", d->words);
	for (size_t i = 0; i < d->nfound; i++)
		format_relay(&text, &d->found[i]);
	if (!text.full)
		state_write(state, file, buf_slice(&text));
	buf_release(&text);
}

static bool
copy_word(char *field, size_t size, struct slice word)
{
	if (word.len == 0 || word.len >= size)
		return false;
	printable_copy(field, size, word);
	return true;
}

static bool
read_addresses(struct host_addresses *list, struct slice line)
{
	struct slice word;
	char         text[IP_TEXT];

	while ((word = slice_word(&line)).len > 0) {
		if (list->naddresses == HOST_ADDRESSES_MAX || !copy_word(text, sizeof text, word) ||
		    !ip_parse(&list->address[list->naddresses++], text, 0))
			return false;
	}
	return list->naddresses > 0;
}

static bool
read_relay(struct discovery *d, struct slice line)
{
	struct found      *found = &d->found[d->nfound];
	unsigned long long preference, rank, dnssec;

	if (d->nfound == DISCOVERY_MAX || !slice_number(slice_word(&line), 65535, &preference) ||
	    !slice_number(slice_word(&line), CLIMB_ADDRESSES_MAX - 1, &rank) ||
	    !slice_number(slice_word(&line), DNSSEC_ALL, &dnssec) ||
	    !copy_word(found->host, sizeof found->host, slice_word(&line)) || !dns_is_host(found->host) ||
	    !copy_word(found->zone, sizeof found->zone, slice_word(&line)) || !read_addresses(&found->addresses, line))
		return false;
	found->preference = (unsigned)preference;
	found->rank = (unsigned)rank;
	found->dnssec = (enum dnssec)dnssec;
	d->nfound++;
	return true;
}

/* A clock that was set back must not make a result live for years. */
static bool
is_current(struct slice until)
{
	unsigned long long now = (unsigned long long)clock_now(), seconds;

	return slice_number(until, now + REMEMBER_LONGEST, &seconds) && seconds > now;
}

static bool
read_line(struct discovery *d, struct slice line)
{
	struct slice keyword = slice_word(&line);

	if (slice_equal(keyword, SLICE("relay")))
		return read_relay(d, line);
	if (slice_equal(keyword, SLICE("words")))
		return copy_word(d->words, sizeof d->words, slice_trim(line));
	if (!slice_equal(keyword, SLICE("trouble")) || line.len > 0)
		return false;
	d->trouble = true;
	return true;
}

static bool
read_all(struct discovery *d, struct slice text, struct slice key)
{
	struct slice first = slice_cut(&text, '\n'), second = slice_cut(&text, '\n');

	if (!slice_equal(slice_word(&first), SLICE("key")) || !slice_equal(slice_trim(first), key) ||
	    !slice_equal(slice_word(&second), SLICE("until")) || !is_current(slice_trim(second)))
		return false;
	while (text.len > 0)
		if (!read_line(d, slice_cut(&text, '\n')))
			return false;
	return d->nfound > 0 || d->words[0] != '\0';
}

bool
recall(struct discovery *d, int state, struct slice key)
{
	struct buf text = BUF(FILE_MAX);
	bool       good;

	memset(d, 0, sizeof *d);
	good = state_read(state, file, &text) && read_all(d, buf_slice(&text), key);
	if (!good)
		memset(d, 0, sizeof *d);
	buf_release(&text);
	return good;
}

bool
remembers_none(int state)
{
	struct buf   text = BUF(FILE_MAX);
	bool         none = state_read(state, file, &text);
	struct slice rest = buf_slice(&text);

	while (rest.len > 0 && none)
		none = !slice_begins(slice_cut(&rest, '\n'), SLICE("relay "));
	buf_release(&text);
	return none;
}
