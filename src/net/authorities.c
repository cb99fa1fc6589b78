/* SPDX-License-Identifier: ISC */
#include "net/authorities.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/slice.h"

enum { CERTIFICATE_OCTETS = 4096 };   /* the most that one has in PEM, in the bundles there are */

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

static long long
count_hashes(const char *directory)
{
	DIR           *d = opendir(directory);
	struct dirent *entry;
	long long      n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		n += is_hash(entry->d_name);
	if (d != NULL)
		closedir(d);
	return n;
}

bool
authorities_are_indexed(const char *file, const char *directory)
{
	struct stat st;

	return lies_in(file, directory) && stat(file, &st) == 0 &&
	    count_hashes(directory) * CERTIFICATE_OCTETS >= st.st_size;
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
