/* SPDX-License-Identifier: ISC
 *
 * What no queue can be faster than: standard input in a new file of the directory that is named, both synced.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void
copy(int file)
{
	char    block[65536];
	ssize_t n;

	while ((n = read(0, block, sizeof block)) > 0)
		if (write(file, block, (size_t)n) != n)
			err(1, "write");
	if (n < 0)
		err(1, "read");
}

int
main(int argc, char **argv)
{
	char name[64];
	int  directory, file;

	if (argc != 2)
		errx(64, "usage: store directory <message");
	snprintf(name, sizeof name, "%ld", (long)getpid());
	directory = open(argv[1], O_RDONLY | O_DIRECTORY);
	file = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (file < 0)
		err(1, "%s", argv[1]);
	copy(file);
	if (fsync(file) != 0 || fsync(directory) != 0)
		err(1, "%s", argv[1]);
	return 0;
}
