/* SPDX-License-Identifier: ISC
 *
 * Linked into the sanitizers' build of the programs: reports go to files, since a daemon has no stderr and a mailer
 * has no environment; set-group-ID programs cannot be looked at by the leak finder.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "log_path=/run/lab/sanitizer/report:detect_leaks=0";
}

const char *
__ubsan_default_options(void)
{
	return "log_path=/run/lab/sanitizer/report:print_stacktrace=1";
}
