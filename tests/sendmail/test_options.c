/* SPDX-License-Identifier: ISC */
#include "sendmail/options.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "lib/unit.h"

enum { ARGUMENTS_MAX = 32 };

/* A command line of words, '|' between them, as argv. */
static int
read_words(struct options *o, const char *words, struct problem *why)
{
	static char  text[256];
	static char *argv[ARGUMENTS_MAX + 1];
	int          argc = 0;

	strlcpy(text, words, sizeof text);
	for (char *rest = text; rest != NULL && argc < ARGUMENTS_MAX;)
		argv[argc++] = strsep(&rest, "|");
	argv[argc] = NULL;
	return options_read(o, argc, argv, why);
}

/* What was understood, as text that a table can hold. */
static void
describe(const struct options *o, struct buf *b)
{
	static const char *const mode[] = {
		[MODE_MESSAGE] = "message", [MODE_SMTP] = "smtp", [MODE_MAILQ] = "mailq", [MODE_NEWALIASES] = "newaliases",
		[MODE_RUN] = "run", [MODE_RUN_WAIT] = "run-wait", [MODE_DAEMON] = "daemon", [MODE_FOREGROUND] = "foreground",
		[MODE_VERSION] = "version", [MODE_HELP] = "help",
		[MODE_VERIFY] = "verify", [MODE_DISCOVER] = "discover", [MODE_NOTHING] = "nothing",
	};
	static const char *const errors[] = { "", " -oeq", " -oem", " -oee" };
	static const char *const deliver[] = { "b", "i", "q", "direct" };

	buf_addf(b, "%s%s%s%s%s", mode[o->mode], o->reads_recipients ? " -t" : "", o->dot_is_text ? " -i" : "",
	    o->verbose ? " -v" : "", o->requiretls ? " requiretls" : "");
	buf_addf(b, "%s", errors[o->errors]);
	if (o->sender != NULL)
		buf_addf(b, " -f<%s>", o->sender);
	if (o->name != NULL)
		buf_addf(b, " -F<%s>", o->name);
	if (o->chooses_deliver)
		buf_addf(b, " -od%s", deliver[o->deliver]);
	if (o->conf_file != NULL)
		buf_addf(b, " -C<%s>", o->conf_file);
	if (o->ident != NULL)
		buf_addf(b, " -L<%s>", o->ident);
	if (o->notify[0] != '\0')
		buf_addf(b, " -N<%s>", o->notify);
	if (o->ret != NULL)
		buf_addf(b, " -R<%s>", o->ret);
	if (o->envid[0] != '\0')
		buf_addf(b, " -V<%s>", o->envid);
	buf_addf(b, "%s", o->terms);
	for (int i = 0; i < o->narguments; i++)
		buf_addf(b, " %s", o->argument[i]);
}

static const struct { const char *words, *meaning; } good[] = {
	{ "sendmail|bob", "message bob" },
	{ "/usr/lib/sendmail|-t|-i", "message -t -i" },
	{ "send-mail|-ti", "message -t -i" },
	{ "sendmail|-it", "message -t -i" },
	{ "sendmail|-oi|-t", "message -t -i" },
	{ "sendmail|-oitrue", "message -i" },
	{ "sendmail|-oi|-oifalse", "message" },
	{ "sendmail|-fa@x|bob", "message -f<a@x> bob" },
	{ "sendmail|-f|a@x|-r|b@x|bob", "message -f<b@x> bob" },
	{ "sendmail|-f||bob", "message -f<> bob" },
	{ "sendmail|-tf|a@x", "message -t -f<a@x>" },
	{ "sendmail|-FCronDaemon|-i|-B8BITMIME|-oem|bob", "message -i -oem -F<CronDaemon> bob" },
	{ "sendmail|-F|Cron Daemon|-odi|bob", "message -F<Cron Daemon> -odi bob" },
	{ "sendmail|-odb", "message -odb" },
	{ "sendmail|-odd", "message -odb" },
	{ "sendmail|-odq", "message -odq" },
	{ "sendmail|-bq", "message -odq" },
	{ "sendmail|-O|DeliveryMode=i|-OIgnoreDots=true", "message -i -odi" },
	{ "sendmail|-O|requiretls=yes|bob", "message requiretls bob" },
	{ "sendmail|-O|RequireTLS|bob", "message requiretls bob" },
	{ "sendmail|-O|requiretls=no|bob", "message bob" },
	{ "sendmail|-OErrorMode=m|-O|Timeout=1d", "message -oem" },
	{ "sendmail|-N|failure,success|-R|hdrs|-V|a b+c|-em|-ep|bob",
	    "message -N<SUCCESS,FAILURE> -R<HDRS> -V<a+20b+2Bc> bob" },
	{ "sendmail|-Nnever|-RFULL|bob", "message -N<NEVER> -R<FULL> bob" },
	{ "sendmail|-bs|-i", "smtp -i" },
	{ "sendmail|-bs|-odb|-oem", "smtp -oem -odb" },
	{ "sendmail|-t|-bs", "smtp -t" },
	{ "sendmail|-Ac|-Am|-c|-D|f|-E|-Ejis|-G|-T|-h|3|-J|-m|-n|-p|x:y|-s|-U|-X|f|-x|bob", "message bob" },
	{ "sendmail|-oew|-om|-o7|-oA/etc/aliases|-oo|bob", "message -oem bob" },
	{ "sendmail|-E|bob", "message bob" },
	{ "sendmail|-J|bob", "message bob" },
	{ "sendmail|-oeq|bob", "message -oeq bob" },
	{ "sendmail|-eq|bob", "message -oeq bob" },
	{ "sendmail|-oee|bob", "message -oee bob" },
	{ "sendmail|-eq|-OErrorMode=print|bob", "message bob" },
	{ "sendmail|-O|errormode=q|bob", "message -oeq bob" },
	{ "sendmail|-tvi|-r|a@x", "message -t -i -v -f<a@x>" },
	{ "sendmail|-L|tag|-v|-C|file|bob", "message -v -C<file> -L<tag> bob" },
	{ "sendmail|--|-x@y", "message -x@y" },
	{ "sendmail|-i|bob|-fz@z|-t", "message -i bob -fz@z -t" },
	{ "sendmail|bob|--|x", "message bob -- x" },
	{ "sendmail|-d|bob", "message bob" },
	{ "sendmail|-d0-99.1|bob", "message bob" },
	{ "sendmail|-d0.1", "version" },
	{ "sendmail|-d0.1|-bt", "version" },
	{ "sendmail|-bv|-d0.1|root", "version root" },
	{ "sendmail|-d0.1|bob", "message bob" },
	{ "sendmail|-t|-d0.1", "message -t" },
	{ "sendmail|--version", "version --version" },
	{ "sendmail|--help", "help --help" },
	{ "sendmail|-bm|bob", "message bob" },
	{ "sendmail|-ba|bob", "message bob" },
	{ "sendmail|-bp", "mailq" },
	{ "/usr/bin/mailq|-j", "mailq -j" },
	{ "mailq", "mailq" },
	{ "newaliases", "newaliases" },
	{ "sendmail|-bi", "newaliases" },
	{ "sendmail|-I", "newaliases" },
	{ "sendmail|-bd|-q15m", "daemon" },
	{ "sendmail|-bD", "foreground" },
	{ "sendmail|-bD|-q15m", "foreground" },
	{ "sendmail|-q15m", "daemon" },
	{ "sendmail|-q", "run" },
	{ "sendmail|-q|bob", "run bob" },
	{ "sendmail|-qf", "run-wait" },
	{ "sendmail|-qRbob@x", "run\tRbob@x" },
	{ "sendmail|-q!Sroot", "run\t!Sroot" },
	{ "sendmail|-qIABC|-qf|-qR@x y", "run-wait\tIABC\tR@x y" },
	{ "sendmail|-qI", "run\tI" },
	{ "sendmail|-qp15m", "daemon" },
	{ "runq", "run" },
	{ "/usr/sbin/runq|-v", "run -v" },
	{ "sendmail|-bl", "daemon" },
	{ "sendmail|-bv|root|bob", "verify root bob" },
	{ "sendmail|-bv|-fa@x|root", "verify -f<a@x> root" },
	{ "sendmail|-bt", "discover" },
	{ "sendmail|-bh", "nothing" },
	{ "sendmail|-bH", "nothing" },
	{ "/usr/sbin/hoststat", "nothing" },
	{ "purgestat", "nothing" },
	{ "newaliases|-v", "newaliases -v" },
	{ "newaliases|-oA/etc/aliases", "newaliases" },
	{ "newaliases|bob", "newaliases bob" },
};

START_TEST(options_mean_what_callers_mean)
{
	struct options o;
	struct problem why;
	struct buf     meaning = BUF(512);

	ck_assert_int_eq(read_words(&o, good[_i].words, &why), 0);
	describe(&o, &meaning);
	ck_assert_str_eq(buf_text(&meaning), good[_i].meaning);
	ck_assert_ptr_null(o.argument[o.narguments]);
	buf_release(&meaning);
}
END_TEST

static const struct { const char *words; int code; const char *text; } bad[] = {
	{ "sendmail|-k|bob", EX_USAGE, "option -k is unknown; see sendmail(8)" },
	{ "sendmail|-M|x", EX_USAGE, "option -M is unknown; see sendmail(8)" },
	{ "sendmail|-f", EX_USAGE, "option -f needs an argument; see sendmail(8)" },
	{ "sendmail|-bS", EX_USAGE, "-bS is not supported" },
	{ "sendmail|-N|never,failure|bob", EX_USAGE, "-N never,failure is not supported" },
	{ "sendmail|-R|all|bob", EX_USAGE, "-R all is not supported" },
	{ "sendmail|-V||bob", EX_USAGE, "-V  is not supported" },
	{ "sendmail|-bpx", EX_USAGE, "-bpx is not supported" },
	{ "sendmail|-bS", EX_USAGE, "-bS is not supported" },
	{ "sendmail|-q!", EX_USAGE, "-q! is not supported" },
	{ "sendmail|-qx", EX_USAGE, "-qx is not supported" },
	{ "sendmail|-qL", EX_USAGE, "-qL is not supported" },
	{ "sendmail|-q!Ggroup", EX_USAGE, "-q!Ggroup is not supported" },
	{ "sendmail|-q|-qQ", EX_USAGE, "-qQ is not supported" },
	{ "sendmail|-odz", EX_USAGE, "-odz is not supported" },
	{ "sendmail|bob\nX: y", EX_DATAERR, "a control character in an argument; nothing was sent" },
	{ "sendmail|-F|a\tb|bob", EX_DATAERR, "a control character in an argument; nothing was sent" },
	{ "sendmail|-fa@x\r|bob", EX_DATAERR, "a control character in an argument; nothing was sent" },
};

START_TEST(what_is_not_understood_is_refused_in_one_line)
{
	struct options o;
	struct problem why;

	ck_assert_int_eq(read_words(&o, bad[_i].words, &why), bad[_i].code);
	ck_assert_str_eq(why.text, bad[_i].text);
}
END_TEST

START_TEST(a_program_without_a_name_is_refused)
{
	char          *argv[] = { NULL };
	struct options o;
	struct problem why;

	ck_assert_int_eq(options_read(&o, 0, argv, &why), EX_USAGE);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, options_mean_what_callers_mean, good);
	add_table(t, what_is_not_understood_is_refused_in_one_line, bad);
	tcase_add_test(t, a_program_without_a_name_is_refused);
}
