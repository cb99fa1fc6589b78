/* SPDX-License-Identifier: ISC */
#include "compat/filter.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <seccomp.h>
#include <string.h>

static int
add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned ntests, const struct scmp_arg_cmp *test)
{
	int number = seccomp_syscall_resolve_name(name);

	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, ntests, test);
}

static int
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
	int error = 0;

	for (; *names != NULL && error == 0; names++)
		error = add(filter, action, *names, 0, NULL);
	return error;
}

static int
add_tested(scmp_filter_ctx filter, const struct filter_call *call)
{
	struct scmp_arg_cmp test[2];
	unsigned            n = 0;

	for (size_t i = 0; i < 2; i++)
		if (call->test[i].mask != 0)
			test[n++] = SCMP_CMP(call->test[i].argument, SCMP_CMP_MASKED_EQ, call->test[i].mask,
			    call->test[i].value);
	return add(filter, SCMP_ACT_ALLOW, call->name, n, test);
}

int
filter_enter(const struct filter *f, struct problem *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int             error = filter != NULL ? add_all(filter, SCMP_ACT_ALLOW, f->allowed) : -ENOMEM;

	if (error == 0)
		error = add_all(filter, SCMP_ACT_KILL_PROCESS, f->deadly);
	for (size_t i = 0; i < f->ntested && error == 0; i++)
		error = add_tested(filter, &f->tested[i]);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error == 0 ? 0 : problem_set(why, VERDICT_LATER, "4.3.5", "seccomp: %s", strerror(-error));
}

#else

int
filter_enter(const struct filter *f, struct problem *why)
{
	(void)f, (void)why;
	return 0;
}

#endif
