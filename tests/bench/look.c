/* SPDX-License-Identifier: ISC
 *
 * What no list of a queue can be faster than: each file of the directory that is named is opened, asked for its size,
 * and the begin of it read.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BEGIN = 1024 };

static void
look(int directory, const char *name)
{
	char        begin[BEGIN];
	struct stat st;
	int         file = openat(directory, name, O_RDONLY);

	if (file < 0 || fstat(file, &st) != 0 || (S_ISREG(st.st_mode) && pread(file, begin, sizeof begin, 0) < 0))
		err(1, "%s", name);
	close(file);
}

int
main(int argc, char **argv)
{
	DIR           *directory = opendir(argc == 2 ? argv[1] : "");
	struct dirent *entry;

	if (directory == NULL)
		err(64, "usage: look directory");
	while ((entry = readdir(directory)) != NULL)
		look(dirfd(directory), entry->d_name);
	return 0;
}
