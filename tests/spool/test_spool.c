/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "entry/writer.h"
#include "lib/fault.h"
#include "lib/spool.h"
#include "lib/unit.h"
#include "spool/settle.h"
#include "spool/submit.h"

static struct spool   spool;
static struct claim   held;
static struct problem why;

static int
write_entry(struct submission *sub)
{
	struct entry  e = ENTRY;
	struct writer w;
	int           result;

	e.sender = xstrdup("alice@example.com");
	entry_add_recipient(&e, SLICE("bob@example.net"));
	writer_start(&w, sub->fd, &e);
	writer_add(&w, SLICE("Subject: x\r\n\r\nhello\r\n"));
	result = writer_finish(&w, &why);
	writer_release(&w);
	entry_release(&e);
	return result;
}

/* All of a submission, as salsa-drop makes it: 0 when the caller may be told that the message is safe. */
static int
submit(void)
{
	struct submission sub = SUBMISSION;

	if (submit_create(&spool, &sub, &why) != 0)
		return -1;
	if (write_entry(&sub) == 0 && submit_complete(&spool, &sub, &why) == 0 && submit_sync(&spool, &sub, &why) == 0 &&
	    submit_sync_queue(&spool, &why) == 0) {
		submit_close(&sub);
		return 0;
	}
	submit_abandon(&spool, &sub);
	return -1;
}

static void
claim_one(void *argument, const char *id)
{
	int *nclaimed = argument;

	if (claim_take(&held, &spool, id, &why) == CLAIM_OK)
		++*nclaimed;
	claim_release(&held);
}

static int
count_whole(void)
{
	int nclaimed = 0;

	ck_assert_int_eq(spool_scan(&spool, claim_one, &nclaimed, &why), 0);
	return nclaimed;
}

static const int errors[] = { EIO, ENOSPC, EDQUOT, EINTR };

/* Hazards F1, F2, F8: whichever call fails, a message is promised and whole, or it is neither. */
START_TEST(promised_and_whole_or_neither)
{
	int  rc, nth = 0;
	bool fired;

	spool_make(&spool);
	do {
		int before = count_whole();

		fault_arm(nth++, errors[_i]);
		rc = submit();
		fired = fault_fired();
		ck_assert_int_eq(count_whole(), before + (rc == 0));
		ck_assert_int_eq(spool_count(&spool, "corrupt"), 0);
		ck_assert_int_eq(spool_count(&spool, "queue"), before + (rc == 0));
	} while (fired);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(nth, 6);   /* flock, write, fchmod, fsync, fsync: each was tried */
}
END_TEST

START_TEST(what_nobody_finished_is_swept)
{
	struct submission sub = SUBMISSION;

	spool_make(&spool);
	ck_assert_int_eq(submit_create(&spool, &sub, &why), 0);
	ck_assert_int_eq(write_entry(&sub), 0);
	ck_assert_int_eq(claim_take(&held, &spool, sub.id, &why), CLAIM_BUSY);
	ck_assert_int_eq(spool_count(&spool, "queue"), 1);
	submit_close(&sub);   /* as when the writer is killed */
	ck_assert_int_eq(claim_take(&held, &spool, sub.id, &why), CLAIM_GONE);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
}
END_TEST

START_TEST(an_entry_is_in_one_hand)
{
	struct claim second;
	const char  *id;

	spool_make(&spool);
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	ck_assert_int_eq(claim_take(&held, &spool, id, &why), CLAIM_OK);
	ck_assert_int_eq(claim_take(&second, &spool, id, &why), CLAIM_BUSY);
	ck_assert_int_eq(claim_remove(&held, &why), 0);
	ck_assert_int_eq(claim_take(&second, &spool, id, &why), CLAIM_GONE);
	claim_release(&held);
}
END_TEST

/* As NFS and other file systems have it: a renaming that has flags is EINVAL. */
static void
know_no_flags_of_rename(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(what_is_damaged_is_set_aside)
{
	const char *id;
	int         fd;

	spool_make(&spool);
	if (_i == 1)
		know_no_flags_of_rename();
	id = spool_put(&spool, "alice@example.com", "bob@example.net");
	fd = openat(spool.queue, id, O_RDWR);
	ck_assert_int_eq(pwrite(fd, "!", 1, lseek(fd, 0, SEEK_END) - 5), 1);
	close(fd);
	ck_assert_int_eq(claim_take(&held, &spool, id, &why), CLAIM_CORRUPT);
	ck_assert_int_eq(spool_count(&spool, "queue"), 0);
	ck_assert_int_eq(spool_count(&spool, "corrupt"), 1);
}
END_TEST

static void plant_directory(const char *name) { ck_assert_int_eq(mkdirat(spool.queue, name, 0770), 0); }
static void plant_link(const char *name) { ck_assert_int_eq(symlinkat("/etc/passwd", spool.queue, name), 0); }
static void plant_fifo(const char *name) { ck_assert_int_eq(mkfifoat(spool.queue, name, 0660), 0); }

static void
plant_hard_link(const char *name)
{
	const char *id = spool_put(&spool, "alice@example.com", "bob@example.net");

	ck_assert_int_eq(linkat(spool.queue, id, spool.queue, name, 0), 0);
	ck_assert_int_eq(unlinkat(spool.queue, id, 0), 0);
	ck_assert_int_eq(linkat(spool.queue, name, spool.corrupt, id, 0), 0);
}

static void (*const plants[])(const char *) = { plant_directory, plant_link, plant_fifo, plant_hard_link };

/* Hazard L5. */
START_TEST(what_is_no_plain_file_is_set_aside_unread)
{
	static const char id[] = "00000000000001";

	spool_make(&spool);
	plants[_i](id);
	ck_assert_int_eq(claim_take(&held, &spool, id, &why), CLAIM_CORRUPT);
	ck_assert_int_eq(faccessat(spool.queue, id, F_OK, AT_SYMLINK_NOFOLLOW), -1);
	ck_assert_int_eq(faccessat(spool.corrupt, id, F_OK, AT_SYMLINK_NOFOLLOW), 0);
}
END_TEST

START_TEST(a_missing_spool_is_said)
{
	struct spool none;

	ck_assert_int_eq(spool_open(&none, "/nonexistent/spool", &why), -1);
	ck_assert_int_eq(why.verdict, VERDICT_LATER);
	ck_assert_ptr_nonnull(strstr(why.text, "/nonexistent/spool"));
}
END_TEST

/* The configuration that named it is released when salsad reads it again. */
START_TEST(a_spool_keeps_its_name)
{
	struct spool open;
	char         name[256];

	spool_make(&spool);
	strlcpy(name, spool.path, sizeof name);
	ck_assert_int_eq(spool_open(&open, name, &why), 0);
	memset(name, 'x', sizeof name - 1);
	ck_assert_str_eq(open.path, spool.path);
	spool_close(&open);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, promised_and_whole_or_neither, errors);
	tcase_add_test(t, what_nobody_finished_is_swept);
	tcase_add_test(t, an_entry_is_in_one_hand);
	tcase_add_loop_test(t, what_is_damaged_is_set_aside, 0, 2);
	add_table(t, what_is_no_plain_file_is_set_aside_unread, plants);
	tcase_add_test(t, a_missing_spool_is_said);
	tcase_add_test(t, a_spool_keeps_its_name);
}
