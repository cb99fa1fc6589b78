/* SPDX-License-Identifier: ISC */
#include "net/authorities.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"

static char above[PATH_MAX / 4], directory[PATH_MAX / 2], file[PATH_MAX / 2];

static void
make(const char *path, int ncertificates)
{
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	for (int i = 0; i < ncertificates; i++)
		fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", out);
	ck_assert_int_eq(fclose(out), 0);
}

static void
make_in_directory(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	make(path, 0);
}

/* Certificates in a file, and so many hashes in a directory. */
static void
given(const char *name, int ncertificates, int nhashes)
{
	strlcpy(above, unit_directory(), sizeof above);
	snprintf(directory, sizeof directory, "%s/certs", above);
	ck_assert_int_eq(mkdir(directory, 0700), 0);
	snprintf(file, sizeof file, "%s/%s", above, name);
	make(file, ncertificates);
	for (int i = 0; i < nhashes; i++) {
		char hash[32];

		snprintf(hash, sizeof hash, "%08x.%d", 0xc0ffee + i / 2, i % 2);
		make_in_directory(hash);
	}
	make_in_directory("Example_Root.pem");
	make_in_directory("0123456789abcdef.0");
	make_in_directory("0123456.0");
}

static const struct { const char *file; int ncertificates, nhashes; bool indexed; } cases[] = {
	{ "certs/all.crt", 6, 6, true },
	{ "certs/all.crt", 0, 0, true },
	{ "certs/all.crt", 6, 0, false },
	{ "certs/all.crt", 6, 2, false },   /* the bundle is a package of its own, and somebody has added two */
	{ "certs/all.crt", 7, 6, false },   /* somebody has added one to the bundle */
	{ "all.crt", 6, 6, false },         /* nothing says that they are the same */
	{ "certs.crt", 6, 6, false },
};

START_TEST(a_directory_counts_alone_where_it_has_them_all)
{
	given(cases[_i].file, cases[_i].ncertificates, cases[_i].nhashes);
	ck_assert(authorities_are_indexed(file, directory) == cases[_i].indexed);
}
END_TEST

/* As Debian has it: cert.pem -> certs/all.crt, and the directory has another name, too. */
START_TEST(a_link_is_followed)
{
	char link[PATH_MAX];

	given("certs/all.crt", 6, 6);
	snprintf(link, sizeof link, "%s/cert.pem", above);
	ck_assert_int_eq(symlink("certs/all.crt", link), 0);
	ck_assert(authorities_are_indexed(link, directory));
	ck_assert_int_eq(unlink(file), 0);
	ck_assert(!authorities_are_indexed(link, directory));
}
END_TEST

START_TEST(what_is_not_there_indexes_nothing)
{
	given("certs/all.crt", 0, 0);
	ck_assert(!authorities_are_indexed(file, "/nonexistent"));
	ck_assert(!authorities_are_indexed("/nonexistent", directory));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_directory_counts_alone_where_it_has_them_all, cases);
	tcase_add_test(t, a_link_is_followed);
	tcase_add_test(t, what_is_not_there_indexes_nothing);
}
