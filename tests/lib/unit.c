/* SPDX-License-Identifier: ISC */
#include "lib/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st, (void)type, (void)place;
	return remove(path);
}

static void
remove_directory(void)
{
	if (directory[0] != '\0')
		nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	directory[0] = '\0';
}

const char *
unit_directory(void)
{
	remove_directory();
	snprintf(directory, sizeof directory, "/tmp/salsa-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	return directory;
}

void
unit_skip(const char *why)
{
	printf("skip %s\n", why);
	fflush(stdout);   /* the test's process ends without */
}

static bool
write_to(const char *path, const char *text)
{
	int  fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

bool
unit_network(void)
{
	char map[64];

	snprintf(map, sizeof map, "0 %u 1", (unsigned)getuid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_to("/proc/self/uid_map", map) &&
	    system("ip link set lo up") == 0)
		return true;
	unit_skip("no network of its own, or no ip(8)");
	return false;
}

int
main(int argc, char **argv)
{
	Suite   *suite = suite_create(argc > 0 ? argv[0] : "unit");
	TCase   *tcase = tcase_create("unit");
	SRunner *runner;
	int      failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, remove_directory);
	tests(tcase);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
