/* SPDX-License-Identifier: ISC */
#include "sendmail/options.h"

#include <ctype.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

enum arity { ALONE, TAKES, MAY_TAKE };   /* MAY_TAKE: attached to the letter, never the next argument */

/* Each of these takes one option's argument; -1 with why where it makes no sense. */

static int
unsupported(struct problem *why, const char *letter, const char *argument)
{
	return problem_set(why, VERDICT_NEVER, "5.5.4", "%s%s is not supported", letter, argument);
}

static int
choose_deliver(struct options *o, const char *argument, struct problem *why)
{
	static const struct { char letter; enum deliver deliver; } modes[] = {
		{ 'i', DELIVER_FOREGROUND }, { 'b', DELIVER_BACKGROUND }, { 'd', DELIVER_BACKGROUND },
		{ 'q', DELIVER_QUEUE },
	};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (argument[0] == modes[i].letter) {
			o->chooses_deliver = true;
			o->deliver = modes[i].deliver;
			return 0;
		}
	return unsupported(why, "-od", argument);
}

static int
choose_mode(struct options *o, const char *argument, struct problem *why)
{
	static const struct { char letter; enum mode mode; } modes[] = {
		{ 'm', MODE_MESSAGE }, { 'a', MODE_MESSAGE }, { 'p', MODE_MAILQ }, { 'i', MODE_NEWALIASES },
		{ 'd', MODE_DAEMON }, { 'l', MODE_DAEMON }, { 'D', MODE_FOREGROUND }, { 's', MODE_SMTP }, { 'v', MODE_VERIFY },
		{ 't', MODE_DISCOVER }, { 'h', MODE_NOTHING }, { 'H', MODE_NOTHING },
	};

	if (strcmp(argument, "q") == 0)
		return choose_deliver(o, "q", why);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (argument[0] == modes[i].letter && argument[1] == '\0') {
			o->mode = modes[i].mode;
			return 0;
		}
	return unsupported(why, "-b", argument);
}

/*
 * What messages are chosen by, "!" for all the others.  G, L and Q are for queue groups, lost and quarantined messages,
 * which this queue has not: to run all of it instead would be more than was asked for.
 */
static bool
is_selection(const char *argument)
{
	if (argument[0] == '!')
		argument++;
	return argument[0] != '\0' && strchr("IRS", argument[0]) != NULL;
}

static int
add_term(struct options *o, const char *argument, struct problem *why)
{
	if (strlcat(o->terms, "\t", sizeof o->terms) < sizeof o->terms &&
	    strlcat(o->terms, argument, sizeof o->terms) < sizeof o->terms)
		return 0;
	return problem_set(why, VERDICT_NEVER, "5.5.4", "-q selects by too much at once: %d characters are allowed",
	    OPTIONS_MAX_TERMS - 1);
}

static int
choose_run(struct options *o, const char *argument, struct problem *why)
{
	bool selects = is_selection(argument);

	if (selects && add_term(o, argument, why) != 0)
		return -1;
	if (argument[0] == '\0' || selects)
		o->mode = o->mode == MODE_RUN_WAIT ? MODE_RUN_WAIT : MODE_RUN;
	else if (strcmp(argument, "f") == 0)
		o->mode = MODE_RUN_WAIT;
	else if (isdigit((unsigned char)argument[argument[0] == 'p']))   /* -qp15m: a persistent runner */
		o->mode = o->mode == MODE_FOREGROUND ? MODE_FOREGROUND : MODE_DAEMON;
	else
		return unsupported(why, "-q", argument);
	return 0;
}

static int
set_debug(struct options *o, const char *argument, struct problem *why)
{
	(void)why;
	o->says_version = o->says_version || strcmp(argument, "0.1") == 0;
	return 0;
}

/* -oi, -oitrue; -oifalse takes it back. */
static int
set_dot_is_text(struct options *o, const char *argument, struct problem *why)
{
	(void)why;
	o->dot_is_text = argument[0] == '\0' || strchr("tTyY1", argument[0]) != NULL;
	return 0;
}

/* What sendmail does not know means its default, too. */
static int
choose_errors(struct options *o, const char *argument, struct problem *why)
{
	(void)why;
	switch (argument[0]) {
	case 'q':
		o->errors = ERRORS_QUIET;
		break;
	case 'm':
	case 'w':   /* sendmail writes to a terminal and, where there is none, sends mail */
		o->errors = ERRORS_MAIL;
		break;
	case 'e':
		o->errors = ERRORS_MAIL_OR_ELSE;
		break;
	default:
		o->errors = ERRORS_PRINT;
	}
	return 0;
}

/* -oX: of sendmail's own options those three say something here. */
static int
set_old_option(struct options *o, const char *argument, struct problem *why)
{
	if (argument[0] == 'd')
		return choose_deliver(o, argument + 1, why);
	if (argument[0] == 'e')
		return choose_errors(o, argument + 1, why);
	if (argument[0] == 'i')
		return set_dot_is_text(o, argument + 1, why);
	return 0;
}

/* What cannot be read was meant to protect. */
static int
set_requiretls(struct options *o, struct slice value)
{
	o->requiretls = !slice_same(value, SLICE("no")) && !slice_same(value, SLICE("false"));
	return 0;
}

/* -O Name=value: the same three by their long names, and one that has no other. */
static int
set_long_option(struct options *o, const char *argument, struct problem *why)
{
	struct slice value = SLICE(argument), name = slice_cut(&value, '=');

	if (slice_same(name, SLICE("DeliveryMode")))
		return choose_deliver(o, value.at, why);
	if (slice_same(name, SLICE("ErrorMode")))
		return choose_errors(o, value.at, why);
	if (slice_same(name, SLICE("IgnoreDots")))
		return set_dot_is_text(o, value.at, why);
	if (slice_same(name, SLICE("RequireTLS")))
		return set_requiretls(o, value);
	return 0;
}

static int
choose_newaliases(struct options *o, const char *argument, struct problem *why)
{
	(void)argument;
	return choose_mode(o, "i", why);
}

static int
set_notify(struct options *o, const char *argument, struct problem *why)
{
	struct buf notify = BUF(sizeof o->notify - 1);
	bool       known = dsn_notify(SLICE(argument), &notify);

	strlcpy(o->notify, buf_text(&notify), sizeof o->notify);
	buf_release(&notify);
	return known ? 0 : unsupported(why, "-N ", argument);
}

static int
set_ret(struct options *o, const char *argument, struct problem *why)
{
	o->ret = dsn_ret(SLICE(argument));
	return o->ret != NULL ? 0 : unsupported(why, "-R ", argument);
}

static int
set_envid(struct options *o, const char *argument, struct problem *why)
{
	struct buf xtext = BUF(DSN_MAX_ENVID);
	bool       fits;

	dsn_encode(&xtext, SLICE(argument));
	fits = xtext.len > 0 && !xtext.full;
	strlcpy(o->envid, buf_text(&xtext), sizeof o->envid);
	buf_release(&xtext);
	return fits ? 0 : unsupported(why, "-V ", argument);
}

#define FIELD(name) offsetof(struct options, name)

/* Every letter that callers use, and what it sets.  Those that set nothing are accepted and mean nothing here. */
static const struct {
	char       letter;
	enum arity arity;
	size_t     word;   /* a const char *: the argument */
	size_t     flag;   /* a bool */
	int      (*read)(struct options *, const char *argument, struct problem *);   /* "" for no argument */
} letters[] = {
	{ .letter = 'A', .arity = TAKES },
	{ .letter = 'B', .arity = TAKES },
	{ .letter = 'b', .arity = TAKES,    .read = choose_mode },
	{ .letter = 'C', .arity = TAKES,    .word = FIELD(conf_file) },
	{ .letter = 'c', .arity = ALONE },
	{ .letter = 'D', .arity = TAKES },
	{ .letter = 'd', .arity = MAY_TAKE, .read = set_debug },
	{ .letter = 'E', .arity = MAY_TAKE },
	{ .letter = 'e', .arity = TAKES,    .read = choose_errors },
	{ .letter = 'F', .arity = TAKES,    .word = FIELD(name) },
	{ .letter = 'f', .arity = TAKES,    .word = FIELD(sender) },
	{ .letter = 'G', .arity = ALONE },
	{ .letter = 'h', .arity = TAKES },
	{ .letter = 'I', .arity = ALONE,    .read = choose_newaliases },
	{ .letter = 'i', .arity = ALONE,    .flag = FIELD(dot_is_text) },
	{ .letter = 'J', .arity = MAY_TAKE },
	{ .letter = 'L', .arity = TAKES,    .word = FIELD(ident) },
	{ .letter = 'm', .arity = ALONE },
	{ .letter = 'N', .arity = TAKES,    .read = set_notify },
	{ .letter = 'n', .arity = ALONE },
	{ .letter = 'O', .arity = TAKES,    .read = set_long_option },
	{ .letter = 'o', .arity = TAKES,    .read = set_old_option },
	{ .letter = 'p', .arity = TAKES },
	{ .letter = 'q', .arity = MAY_TAKE, .read = choose_run },
	{ .letter = 'R', .arity = TAKES,    .read = set_ret },
	{ .letter = 'r', .arity = TAKES,    .word = FIELD(sender) },
	{ .letter = 's', .arity = ALONE },
	{ .letter = 'T', .arity = ALONE },
	{ .letter = 't', .arity = ALONE,    .flag = FIELD(reads_recipients) },
	{ .letter = 'U', .arity = ALONE },
	{ .letter = 'V', .arity = TAKES,    .read = set_envid },
	{ .letter = 'v', .arity = ALONE,    .flag = FIELD(verbose) },
	{ .letter = 'X', .arity = TAKES },
	{ .letter = 'x', .arity = ALONE },
};

enum { LETTERS = sizeof letters / sizeof *letters };

static int
refuse(struct problem *why, int letter, const char *what)
{
	problem_set(why, VERDICT_NEVER, "5.5.4", "option -%c %s; see sendmail(8)", letter, what);
	return EX_USAGE;
}

static int
take(struct options *o, int letter, struct problem *why)
{
	int i = 0;

	while (i < LETTERS && letters[i].letter != letter)
		i++;
	if (i == LETTERS)
		return refuse(why, optopt, letter == ':' ? "needs an argument" : "is unknown");
	if (letters[i].word > 0)
		*(const char **)((char *)o + letters[i].word) = optarg;
	if (letters[i].flag > 0)
		*(bool *)((char *)o + letters[i].flag) = true;
	if (letters[i].read != NULL && letters[i].read(o, optarg != NULL ? optarg : "", why) != 0)
		return EX_USAGE;
	return 0;
}

/* -d0.1 goes with -bt or -bv, of which callers want the first line alone; but not instead of a message. */
static bool
wants_version(const struct options *o)
{
	return o->says_version && (o->mode == MODE_DISCOVER || o->mode == MODE_VERIFY ||
	    (o->mode == MODE_MESSAGE && o->narguments == 0 && !o->reads_recipients));
}

static int
read_letters(struct options *o, int argc, char **argv, struct problem *why)
{
	static const char *const colons[] = { [ALONE] = "", [TAKES] = ":", [MAY_TAKE] = "::" };
	struct buf               known = BUF(2 + 3 * LETTERS);
	int                      letter, code = 0;

	buf_add(&known, SLICE("+:"));   /* '+': the first recipient ends the options */
	for (int i = 0; i < LETTERS; i++)
		buf_addf(&known, "%c%s", letters[i].letter, colons[letters[i].arity]);
	optind = 0;
	while (code == 0 && (letter = getopt(argc, argv, buf_text(&known))) != -1)
		code = take(o, letter, why);
	buf_release(&known);
	o->argument = argv + optind;
	o->narguments = argc - optind;
	if (wants_version(o))
		o->mode = MODE_VERSION;
	return code;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* A line end in an argument could become a line of a header or of a dialogue (hazard L2). */
static bool
has_control(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (slice_has_control(SLICE(argv[i])))
			return true;
	return false;
}

/* The names that mean a mode; with another the options say. */
static const struct { const char *name; enum mode mode; } names[] = {
	{ "mailq", MODE_MAILQ }, { "newaliases", MODE_NEWALIASES }, { "runq", MODE_RUN },
	{ "hoststat", MODE_NOTHING }, { "purgestat", MODE_NOTHING },
};

static enum mode
mode_of_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].mode;
	return MODE_MESSAGE;
}

bool
options_mail_errors(const struct options *o)
{
	return o->errors == ERRORS_MAIL || o->errors == ERRORS_MAIL_OR_ELSE;
}

int
options_read(struct options *o, int argc, char **argv, struct problem *why)
{
	*o = (struct options){ .argument = argv + 1, .narguments = argc - 1 };
	if (has_control(argc, argv)) {
		problem_set(why, VERDICT_NEVER, "5.5.4", "a control character in an argument; nothing was sent");
		return EX_DATAERR;
	}
	if (argc < 1) {
		problem_set(why, VERDICT_NEVER, "5.5.4", "called without a name");
		return EX_USAGE;
	}
	o->mode = mode_of_name(base_name(argv[0]));
	if (o->mode == MODE_MAILQ)   /* it has options of its own */
		return 0;
	if (argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "--help") == 0)) {
		o->mode = argv[1][2] == 'v' ? MODE_VERSION : MODE_HELP;
		return 0;
	}
	return read_letters(o, argc, argv, why);
}
