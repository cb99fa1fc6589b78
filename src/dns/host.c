/* SPDX-License-Identifier: ISC */
#include "dns/host.h"

#include <ctype.h>
#include <string.h>

#include "base/slice.h"
#include "dns/lookup.h"

enum { LABEL_MAX = 63 };

bool
dns_is_host(const char *name)
{
	struct slice rest = SLICE(name), label = rest;
	size_t       labels = 0;

	if (rest.len >= DNS_NAME_MAX || slice_ends(rest, SLICE(".")))
		return false;
	for (; rest.len > 0; labels++) {
		label = slice_cut(&rest, '.');
		if (label.len == 0 || label.len > LABEL_MAX || slice_begins(label, SLICE("-")) ||
		    slice_ends(label, SLICE("-")))
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!isalnum((unsigned char)label.at[i]) && label.at[i] != '-')
				return false;
	}
	return labels > 1 && strspn(label.at, "0123456789") < label.len;
}
