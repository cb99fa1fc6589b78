/* SPDX-License-Identifier: ISC */
#include "relay/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"

static char path[128];

static void
write_secret(const char *content, mode_t mode)
{
	int fd;

	snprintf(path, sizeof path, "%s/secret", unit_directory());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	fchmod(fd, mode);
	close(fd);
}

static const struct { const char *content; mode_t mode; const char *secret, *failed; } cases[] = {
	{ "s3cret\n", 0600, "s3cret", NULL },
	{ "s3cret", 0640, "s3cret", NULL },
	{ "s3 cret \r\nmore\n", 0600, "s3 cret ", NULL },
	{ "s3cret\n", 0644, NULL, "open to all users" },
	{ "s3cret\n", 0602, NULL, "open to all users" },
	{ "", 0600, NULL, "empty" },
	{ "\ns3cret\n", 0600, NULL, "empty" },
};

START_TEST(R11_a_secret_is_the_first_line_of_a_private_file)
{
	char           secret[SECRET_MAX];
	struct problem why;

	write_secret(cases[_i].content, cases[_i].mode);
	if (cases[_i].failed == NULL) {
		ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), 0);
		ck_assert_str_eq(secret, cases[_i].secret);
		return;
	}
	ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, cases[_i].failed));
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_ptr_null(strstr(why.text, "s3cret"));
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
}
END_TEST

START_TEST(a_secret_is_used_whole_or_not_at_all)
{
	char           secret[SECRET_MAX], content[SECRET_MAX + 2];
	struct problem why;

	memset(content, 'x', sizeof content);
	content[sizeof content - 1] = '\0';
	content[SECRET_MAX - 2] = '\n';
	write_secret(content, 0600);
	ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), 0);
	ck_assert_uint_eq(strlen(secret), SECRET_MAX - 2);
	unlink(path);
	content[SECRET_MAX - 2] = 'x';
	write_secret(content, 0600);
	ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "too long"));
}
END_TEST

START_TEST(a_name_without_a_slash_is_a_credential)
{
	struct section s = { .password_file = "secret" };
	char           secret[SECRET_MAX];
	struct problem why;

	write_secret("s3cret\n", 0400);
	unsetenv("CREDENTIALS_DIRECTORY");
	ck_assert_int_eq(secret_read(&s, secret, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "LoadCredential"));
	path[strlen(path) - strlen("/secret")] = '\0';
	setenv("CREDENTIALS_DIRECTORY", path, 1);
	ck_assert_int_eq(secret_read(&s, secret, &why), 0);
	ck_assert_str_eq(secret, "s3cret");
	ck_assert(!secret_renew(&s));
}
END_TEST

START_TEST(what_is_no_file_is_no_secret_and_no_wait)
{
	char           secret[SECRET_MAX];
	struct problem why;

	snprintf(path, sizeof path, "%s/secret", unit_directory());
	ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "No such file"));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(secret_read(&(struct section){ .password_file = path }, secret, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.text, "not a regular file"));
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, R11_a_secret_is_the_first_line_of_a_private_file, cases);
	tcase_add_test(t, a_secret_is_used_whole_or_not_at_all);
	tcase_add_test(t, a_name_without_a_slash_is_a_credential);
	tcase_add_test(t, what_is_no_file_is_no_secret_and_no_wait);
}
