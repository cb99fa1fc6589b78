/* SPDX-License-Identifier: ISC */
#include "net/authorities.h"

#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

static bool
lies_in(const char *file, const char *directory)
{
	char        at[PATH_MAX], in[PATH_MAX];
	const char *slash;

	if (realpath(file, at) == NULL || realpath(directory, in) == NULL || (slash = strrchr(at, '/')) == NULL)
		return false;
	return slice_equal((struct slice){ at, (size_t)(slash - at) }, SLICE(in));
}

/* "062cdee6.0", and what else has the same hash. */
static bool
is_hash(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.';
}

static size_t
count_hashes(const char *directory)
{
	DIR           *d = opendir(directory);
	struct dirent *entry;
	size_t         n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		n += is_hash(entry->d_name);
	if (d != NULL)
		closedir(d);
	return n;
}

/* RFC 7468, 2: to look for their first lines takes little of the time that it takes to parse them. */
static size_t
count_certificates(const char *file)
{
	FILE  *in = fopen(file, "re");
	char  *line = NULL;
	size_t room = 0, n = 0;

	if (in == NULL)
		return SIZE_MAX;
	while (getline(&line, &room, in) > 0)
		n += slice_begins(SLICE(line), SLICE("-----BEGIN "));
	free(line);
	fclose(in);
	return n;
}

bool
authorities_are_indexed(const char *file, const char *directory)
{
	return lies_in(file, directory) && count_certificates(file) <= count_hashes(directory);
}

/* The file alone would take ten times as long as all else that a process does for its first message. */
void
authorities_use_system(SSL_CTX *ctx)
{
	if (getenv(X509_get_default_cert_file_env()) == NULL && getenv(X509_get_default_cert_dir_env()) == NULL &&
	    authorities_are_indexed(X509_get_default_cert_file(), X509_get_default_cert_dir()))
		SSL_CTX_set_default_verify_dir(ctx);
	else
		SSL_CTX_set_default_verify_paths(ctx);
}
