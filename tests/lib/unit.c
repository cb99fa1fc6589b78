/* SPDX-License-Identifier: ISC */
#include "lib/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
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
