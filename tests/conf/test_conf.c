/* SPDX-License-Identifier: ISC */
#include "conf/conf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/directive.h"
#include "conf/paths.h"
#include "lib/unit.h"

#define PRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define COLONS "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

/* The faults without the file's name in front. */
static const struct { const char *text, *fault; } bad[] = {
	{ "discover maybe\n", "1: bad value for discover; expected on or off" },
	{ "# one\n\ndiscover\n", "3: discover has no value; expected on or off" },
	{ "discover on off\n", "1: discover has too many values; expected on or off" },
	{ "log syslog\nlog stderr\n", "2: log again; expected once, as in line 1" },
	{ "tls none\n", "1: tls outside a section; expected below a relay or discovered line" },
	{ "relay a\ntls secure\n", "2: bad value for tls; expected none, may, encrypt, verify or dane" },
	{ "relay a\ntls-fingerprint 0123\n", "2: bad value for tls-fingerprint; expected a SHA-256 in 64 hexadecimal "
	    "digits, with or without colons" },
	{ "relay a\ntls-fingerprint " PRINT "\ntls encrypt\n",
	    "3: tls is too weak for a relay with tls-fingerprint; expected verify or dane" },
	{ "relay a\ntls-fingerprint " PRINT "\ntls dane\n",
	    "2: a fingerprint and tls dane; expected one of them in a section" },
	{ "relay a\ntls-ca /ca\n", "2: tls-ca where no authority counts; expected tls verify, and no tls-fingerprint, "
	    "in this section" },
	{ "relay a\ntls verify\ntls-ca /ca\ntls-fingerprint " PRINT "\n", "3: tls-ca where no authority counts; "
	    "expected tls verify, and no tls-fingerprint, in this section" },
	{ "relay a\ntls-ca ca\n", "2: bad value for tls-ca; expected the absolute path of a file or directory" },
	{ "relay a\ntls-key /k\n", "2: a key without a certificate; expected tls-cert in this section" },
	{ "relay a\ntls-cert /c\ntls may\n",
	    "3: tls is too weak for a relay with tls-cert; expected encrypt, verify or dane" },
	{ "discovered a\ndnssec yes\n", "2: bad value for dnssec; expected required" },
	{ "relay a\ndnssec required\n", "2: dnssec for a relay that is not discovered; expected below a discovered "
	    "line, or tls dane" },
	{ "relay a\ncost 1\ncost 2\n", "3: cost again; expected once, as in line 2" },
	{ "relay a\ncost -1\n", "2: bad value for cost; expected a number from 0 to 65535" },
	{ "relay a\nfor !\n", "2: bad value for for; expected patterns of recipients' domains" },
	{ "relay submission://joe:secret@a\n", "1: bad value for relay; expected "
	    "[smtp://|submission://|submissions://][USER@]HOST[:PORT], without a password; IPv6 in brackets" },
	{ "relay smtp://joe@a\n", "1: user joe has no secret; expected password-file or "
	    "password-command in this section" },
	{ "relay a\npassword-file /s\n", "2: a secret without a user; expected user in this section" },
	{ "relay a\npassword-command s\n", "2: a secret without a user; expected user in this section" },
	{ "relay joe@a\npassword-command s\npassword-file /s\n",
	    "2: user joe has two secrets; expected either password-file or password-command" },
	{ "relay a\npassword-file s/s\n",
	    "2: bad value for password-file; expected an absolute path, or the name of a systemd credential" },
	{ "relay a\nauth PLAIN\n", "2: auth without a user; expected user in this section, or EXTERNAL alone" },
	{ "relay joe@a\npassword-file /s\nauth plain\n", "3: bad value for auth; expected off, or some of "
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN OAUTHBEARER XOAUTH2 "
	    "EXTERNAL" },
	{ "discovered *.net\nuser joe\npassword-file /s\n", "1: user joe would be told to relays of any domain; "
	    "expected a pattern such as *.example.net" },
	{ "relay a\nauth EXTERNAL\ntls encrypt\n", "3: tls is too weak for a relay with auth; expected verify or dane" },
	{ "relay smtp://joe@a\npassword-file /s\ntls may\n",
	    "3: tls is too weak for a relay with a user; expected verify or dane" },
	{ "relay joe@a\npassword-file /s\nuser joe\n",
	    "3: bad value for user; expected a user name, here or in the relay's address" },
	{ "relay submissions://a\ntls may\n",
	    "2: tls is too weak for a relay with submissions://; expected encrypt, verify or dane" },
	{ "relay a\nlog \"syslog\n", "2: a quote is not closed; expected \"...\" on one line" },
	{ "log sys\001log\n", "1: a control character; expected printable text" },
	{ "discovered *.b\303\274cher.example\n", "1: bad value for discovered; expected one pattern of host names in "
	    "ASCII, such as *.example.net" },
	{ "discovered !a\n", "1: bad value for discovered; expected one pattern of host names in ASCII, such as "
	    "*.example.net" },
	{ "address 192.0.2.1 2001:db8::g\n", "1: bad value for address; expected IPv4 or IPv6 addresses" },
	{ "hostname a..b\n", "1: bad value for hostname; expected a host name" },
	{ "mailname -a\n", "1: bad value for mailname; expected a host name" },
	{ "postmaster ops\n", "1: bad value for postmaster; expected a mailbox LOCAL@HOST" },
	{ "spool var/spool\n", "1: bad value for spool; expected an absolute path" },
	{ "aliases \"\"\n", "1: bad value for aliases; expected an absolute path" },
	{ "deliver soon\n", "1: bad value for deliver; expected background, foreground, queue or direct" },
	{ "retry 5m\n",
	    "1: bad value for retry; expected two durations, the first and the longest pause, such as 5m 4h" },
	{ "retry 4h 5m\n",
	    "1: bad value for retry; expected two durations, the first and the longest pause, such as 5m 4h" },
	{ "warn 4\n", "1: bad value for warn; expected a duration such as 4h, or 0" },
	{ "expire 0\n", "1: bad value for expire; expected a duration such as 5d" },
	{ "sessions 0\n", "1: bad value for sessions; expected a number from 1 to 64" },
	{ "connect-timeout 1w\n", "1: bad value for connect-timeout; expected a duration such as 30s" },
	{ "reply-timeout 1001d\n", "1: bad value for reply-timeout; expected a duration such as 5m" },
	{ "max-size 50MB\n", "1: bad value for max-size; expected a size such as 50M" },
	{ "resolver localhost\n", "1: bad value for resolver; expected ADDRESS[@PORT]" },
	{ "log maillog\n", "1: bad value for log; expected syslog, stderr or an absolute path" },
	{ "Log syslog\n", "1: unknown word \"Log\"; expected one of: mailname hostname discover address postmaster "
	    "relay discovered aliases spool deliver retry warn expire sessions connect-timeout reply-timeout max-size "
	    "resolver log" },
};

START_TEST(bad_line_is_named_with_what_was_expected)
{
	struct conf c;
	char        line[1200];

	conf_parse(&c, SLICE(bad[_i].text));
	snprintf(line, sizeof line, "%s:%s\n", path_conf, bad[_i].fault);
	ck_assert_str_eq(buf_text(&c.faults), line);
	ck_assert_uint_eq(c.nfaults, 1);
	conf_release(&c);
}
END_TEST

START_TEST(every_directive_takes_what_the_manual_promises)
{
	struct conf  c;
	const struct section *s;

	conf_parse(&c, SLICE(
	    "mailname www1.example.com # completes\r\n"
	    "hostname \"www2.example.com\"\n"
	    "discover off\n"
	    "address 203.0.113.7 2001:db8::7\n"
	    "postmaster ops@example.com\n"
	    "relay submission://joe@example.org@smtp.example.net\n"
	    "  password-file \"/etc/salsa/a secret\"\n"
	    "  cost 7\n"
	    "  for *.nz !*.ac.nz\n"
	    "  from example.com\n"
	    "  refuse *.example # not these\n"
	    "discovered *.example.net\n"
	    "  tls encrypt\n"
	    "  tls-cert /etc/salsa/own.pem\n"
	    "  dnssec required\n"
	    "relay smtp.example.org\n"
	    "  tls-fingerprint " COLONS "\n"
	    "relay submission://smtp.example.com\n"
	    "  tls-ca /etc/salsa/ca.pem\n"
	    "  tls-cert /etc/salsa/own.crt\n"
	    "  tls-key /etc/salsa/own.key\n"
	    "discovered *\n"
	    "\ttls dane\n"
	    "\trefuse *\n"
	    "aliases /a\nspool /s\ndeliver direct\nretry 1m 2h\nwarn 0\nexpire 3d\nsessions 9\n"
	    "connect-timeout 7s\nreply-timeout 8m\nmax-size 2K\nresolver 127.0.0.1@5353\nlog /l"));
	ck_assert_str_eq(buf_text(&c.faults), "");
	ck_assert_str_eq(c.mailname, "www1.example.com");
	ck_assert_str_eq(c.hostname, "www2.example.com");
	ck_assert(!c.discover);
	ck_assert_uint_eq(c.naddresses, 2);
	ck_assert_str_eq(c.address[1], "2001:db8::7");
	ck_assert_str_eq(c.postmaster, "ops@example.com");
	ck_assert_uint_eq(c.nrelays, 3);
	ck_assert_int_eq(c.relay[1].tls, TLS_VERIFY);
	ck_assert_str_eq(c.relay[1].tls_fingerprint, PRINT);
	ck_assert_str_eq(c.relay[2].tls_ca, "/etc/salsa/ca.pem");
	ck_assert_str_eq(c.relay[2].tls_cert, "/etc/salsa/own.crt");
	ck_assert_str_eq(c.relay[2].tls_key, "/etc/salsa/own.key");
	s = &c.relay[0];
	ck_assert_str_eq(s->name, "smtp.example.net");
	ck_assert_str_eq(s->user, "joe@example.org");
	ck_assert_str_eq(s->password_file, "/etc/salsa/a secret");
	ck_assert_uint_eq(s->port, 587);
	ck_assert_uint_eq(s->cost, 7);
	ck_assert_uint_eq(s->line, 6);
	ck_assert_int_eq(s->tls, TLS_VERIFY);
	ck_assert_uint_eq(s->for_.npatterns, 2);
	ck_assert_str_eq(s->from.pattern[0], "example.com");
	ck_assert_uint_eq(s->refuse.npatterns, 1);
	ck_assert_uint_eq(c.ndiscovered, 2);
	ck_assert_int_eq(c.discovered[0].tls, TLS_ENCRYPT);
	ck_assert_str_eq(c.discovered[0].tls_key, "/etc/salsa/own.pem");
	ck_assert(c.discovered[0].dnssec);
	ck_assert_int_eq(c.discovered[1].tls, TLS_DANE);
	ck_assert_uint_eq(c.discovered[1].cost, 10);
	ck_assert_str_eq(c.aliases, "/a");
	ck_assert_str_eq(c.spool, "/s");
	ck_assert_int_eq(c.deliver, DELIVER_DIRECT);
	ck_assert_uint_eq(c.retry_first_seconds, 60);
	ck_assert_uint_eq(c.retry_longest_seconds, 7200);
	ck_assert_uint_eq(c.warn_seconds, 0);
	ck_assert_uint_eq(c.expire_seconds, 3 * 86400);
	ck_assert_uint_eq(c.sessions, 9);
	ck_assert_uint_eq(c.connect_timeout_seconds, 7);
	ck_assert_uint_eq(c.reply_timeout_seconds, 480);
	ck_assert_uint_eq(c.max_size, 2048);
	ck_assert_str_eq(c.resolver, "127.0.0.1@5353");
	ck_assert_str_eq(c.log, "/l");
	ck_assert_str_eq(c.socket, path_socket);
	conf_release(&c);
}
END_TEST

START_TEST(without_a_line_the_defaults_hold)
{
	struct conf c;

	conf_parse(&c, SLICE(""));
	ck_assert_uint_eq(c.nfaults, 0);
	ck_assert(c.discover);
	ck_assert_str_eq(c.spool, path_spool);
	ck_assert_str_eq(c.aliases, path_aliases);
	ck_assert_str_eq(c.log, "syslog");
	ck_assert_int_eq(c.deliver, DELIVER_BACKGROUND);
	ck_assert_uint_eq(c.max_size, 50 << 20);
	ck_assert_uint_gt(strlen(c.hostname), 0);
	ck_assert_uint_gt(strlen(c.mailname), 0);
	ck_assert_ptr_null(c.postmaster);
	ck_assert_ptr_null(c.resolver);
	conf_release(&c);
}
END_TEST

START_TEST(all_faults_are_told_and_the_good_lines_hold)
{
	struct conf c;

	conf_parse(&c, SLICE("sessions many\nsessions 9\nlog stderr\nwarn 4\n"));
	ck_assert_uint_eq(c.nfaults, 3);
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults), ":1: "));
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults), ":2: "));
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults), ":4: "));
	ck_assert_str_eq(c.log, "stderr");
	ck_assert_uint_eq(c.warn_seconds, 4 * 3600);
	conf_release(&c);
}
END_TEST

/* From more than one word on sh(1) reads what stands there, from one what is in the quotes. */
static const struct { const char *line, *command; } commands[] = {
	{ "get-token", "get-token" },
	{ "get-token   'a b' \"c d\" | head -n 1 # it", "get-token   'a b' \"c d\" | head -n 1 # it" },
	{ "\"get-token 'a b' # not a comment\"", "get-token 'a b' # not a comment" },
	{ "get-token # a comment", "get-token" },
	{ "\"get token\" a", "\"get token\" a" },
};

START_TEST(a_command_is_what_stands_on_its_line)
{
	struct conf c;
	char        text[200];

	snprintf(text, sizeof text, "relay joe@a\n  password-command  %s \r\ncost 5\n", commands[_i].line);
	conf_parse(&c, SLICE(text));
	ck_assert_str_eq(buf_text(&c.faults), "");
	ck_assert_str_eq(c.relay[0].password_command, commands[_i].command);
	conf_release(&c);
}
END_TEST

/* Who can publish a relay chooses its name: a secret is not for any name. */
static const struct { const char *pattern; bool good; } names[] = {
	{ "mx.example.net", true }, { "*.example.net", true }, { "mx?.example.net", true }, { "*", false },
	{ "*example.net", false }, { "*.net", false }, { "*.[e]xample.net", false }, { "mx*.a.example.net", true },
};

START_TEST(R11_a_secret_for_a_discovered_relay_is_for_one_domain)
{
	struct conf c;
	char        text[200];

	snprintf(text, sizeof text, "discovered %s\nuser joe\npassword-file /s\n", names[_i].pattern);
	conf_parse(&c, SLICE(text));
	ck_assert_int_eq(c.nfaults == 0, names[_i].good);
	ck_assert_int_eq(section_authenticates(&c.discovered[0]), names[_i].good);
	ck_assert_int_eq(section_has_secret(&c.discovered[0]), names[_i].good);
	ck_assert_int_eq(c.discovered[0].tls, TLS_VERIFY);
	conf_release(&c);
}
END_TEST

START_TEST(auth_says_which_mechanisms_or_none)
{
	struct conf c;

	conf_parse(&c, SLICE("relay joe@a\nauth XOAUTH2 PLAIN\npassword-command b\nrelay joe@c\npassword-file d\n"
	    "auth off\nrelay e\nauth EXTERNAL\n"));
	ck_assert_str_eq(buf_text(&c.faults), "");
	ck_assert_str_eq(c.relay[0].mechanisms, "XOAUTH2 PLAIN");
	ck_assert(section_authenticates(&c.relay[0]) && section_has_secret(&c.relay[0]));
	ck_assert(!section_authenticates(&c.relay[1]) && !section_has_secret(&c.relay[1]));
	ck_assert(section_authenticates(&c.relay[2]) && !section_has_secret(&c.relay[2]));
	ck_assert_int_eq(c.relay[2].tls, TLS_VERIFY);
	conf_release(&c);
}
END_TEST

static const struct { const char *text; enum tls_level tls; bool user; } weak[] = {
	{ "relay joe@a\npassword-file /s\ntls none\n", TLS_VERIFY, true },
	{ "relay joe@a\npassword-file /s\n", TLS_VERIFY, true },
	{ "relay submission://joe@a\npassword-file /s\ntls encrypt\n", TLS_VERIFY, true },
	{ "relay joe@a\ntls may\n", TLS_VERIFY, false },
	{ "relay a\ntls verfy\n", TLS_VERIFY, false },
	{ "relay submissions://a\ntls none\n", TLS_ENCRYPT, false },
	{ "relay joe@a\npassword-file /s\ntls dane\n", TLS_DANE, true },
	{ "relay a\ntls-cert /c\n", TLS_ENCRYPT, false },
	{ "relay a\nauth off\n", TLS_MAY, false },
	{ "relay a\nauth off\ntls none\n", TLS_NONE, false },
	{ "relay joe@a\nauth off\n", TLS_VERIFY, false },
	{ "relay a\ntls-fingerprint " PRINT "\ntls none\n", TLS_VERIFY, false },
};

START_TEST(no_line_weakens_what_protects_a_secret)
{
	struct conf c;

	conf_parse(&c, SLICE(weak[_i].text));
	ck_assert_uint_eq(c.nrelays, 1);
	ck_assert_int_eq(c.relay[0].tls, weak[_i].tls);
	ck_assert_int_eq(c.relay[0].user != NULL, weak[_i].user);
	ck_assert_int_eq(c.relay[0].password_file != NULL, weak[_i].user);
	conf_release(&c);
}
END_TEST

/* The second relay line is bad in one way or another. */
static const char *const second[] = { "relay smtp://\n", "relay\n", "relay b c\n", "relay \"b\n" };

START_TEST(lines_below_a_bad_relay_belong_to_no_other)
{
	struct conf c;
	char        text[200];

	snprintf(text, sizeof text, "relay a\n%s cost 5\n tls none\n", second[_i]);
	conf_parse(&c, SLICE(text));
	ck_assert_uint_ge(c.nfaults, 1);
	ck_assert_uint_eq(c.nrelays, 1);
	ck_assert_str_eq(c.relay[0].name, "a");
	ck_assert_uint_eq(c.relay[0].cost, 100);
	ck_assert_int_eq(c.relay[0].tls, TLS_MAY);
	conf_release(&c);
}
END_TEST

START_TEST(first_discovered_section_that_matches_holds)
{
	struct conf c;

	conf_parse(&c, SLICE("discovered *.example.NET\ndiscovered mx.*\n"));
	ck_assert_ptr_eq(conf_discovered(&c, "MX.example.net"), &c.discovered[0]);
	ck_assert_ptr_eq(conf_discovered(&c, "mx.example.org"), &c.discovered[1]);
	ck_assert_ptr_null(conf_discovered(&c, "example.net"));
	conf_release(&c);
}
END_TEST

/* Writes a file, and returns its path. */
static const char *
file_with(const char *directory, const char *text, mode_t mode)
{
	static char path[200];
	int         fd;

	snprintf(path, sizeof path, "%s/salsa.conf", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

START_TEST(named_file_makes_a_private_instance)
{
	const char *directory = unit_directory();
	char        text[200], socket_path[200];
	struct conf c;

	snprintf(text, sizeof text, "spool %s\nsessions 7\n", directory);
	setenv("SALSA_CONF", file_with(directory, text, 0644), 1);
	conf_load(&c, NULL);
	ck_assert_str_eq(buf_text(&c.faults), "");
	ck_assert(c.is_private);
	ck_assert_uint_eq(c.sessions, 7);
	snprintf(socket_path, sizeof socket_path, "%s/submit", directory);
	ck_assert_str_eq(c.socket, socket_path);
	conf_release(&c);
}
END_TEST

static const struct { mode_t mode; gid_t group; bool good; } modes[] = {
	{ 0644, 0, true },
	{ 0600, 0, true },
	{ 0664, 0, true },
	{ 0646, 0, false },
	{ 0664, 1, false },
};

/* Hazard L14. */
START_TEST(file_that_others_can_write_says_nothing)
{
	const char *directory = unit_directory(), *file;
	char        text[200];
	struct conf c;
	struct stat st;

	snprintf(text, sizeof text, "spool %s\nsessions 7\n", directory);
	file = file_with(directory, text, modes[_i].mode);
	(void)!chown(file, (uid_t)-1, modes[_i].group);
	ck_assert_int_eq(stat(file, &st), 0);
	if (st.st_gid != modes[_i].group && (modes[_i].mode & S_IWGRP) != 0) {
		unit_skip("only root can give a file to another group");
		return;
	}
	ck_assert_int_eq(chmod(file, modes[_i].mode), 0);
	conf_load(&c, file);
	ck_assert_uint_eq(c.sessions, modes[_i].good ? 7 : 4);
	ck_assert_int_eq(strstr(buf_text(&c.faults), "others than its owner can write it") == NULL, modes[_i].good);
	conf_release(&c);
}
END_TEST

START_TEST(named_file_that_is_not_there_is_a_fault)
{
	struct conf c;

	conf_load(&c, "/nonexistent/salsa.conf");
	ck_assert(c.is_private);
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults),
	    "/nonexistent/salsa.conf: No such file or directory; expected a configuration file\n"));
	conf_release(&c);
}
END_TEST

/* What was meant for a private instance must not go into the world by the system's. */
START_TEST(a_private_instance_that_cannot_be_read_has_not_the_systems_spool)
{
	static const char *const texts[] = { NULL, "spool relative\n", "relay\n" };
	struct conf              c;
	char                     path[200];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		snprintf(path, sizeof path, "%s/conf", unit_directory());
		if (texts[i] != NULL) {
			FILE *f = fopen(path, "w");

			fputs(texts[i], f);
			fclose(f);
			chmod(path, 0600);
		}
		conf_load(&c, path);
		ck_assert(c.nfaults > 0);
		ck_assert_str_ne(c.spool, path_spool);
		conf_release(&c);
	}
}
END_TEST

START_TEST(private_spool_must_be_the_callers)
{
	struct conf c;

	conf_load(&c, file_with(unit_directory(), "spool /nonexistent/spool\n", 0644));
	ck_assert_uint_eq(c.nfaults, 1);
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults), "spool /nonexistent/spool: No such file"));
	conf_release(&c);
}
END_TEST

START_TEST(large_file_is_refused_and_faults_are_capped)
{
	struct buf  text = BUF(2 << 20);
	struct conf c;

	while (text.len <= 1 << 20)
		buf_add(&text, SLICE("x\n"));
	conf_parse(&c, buf_slice(&text));
	ck_assert_uint_eq(c.nfaults, text.len / 2);
	ck_assert_uint_le(c.faults.len, c.faults.max);
	conf_release(&c);
	conf_load(&c, file_with(unit_directory(), buf_text(&text), 0644));
	ck_assert_ptr_nonnull(strstr(buf_text(&c.faults), "larger than 1 MiB"));
	conf_release(&c);
	buf_release(&text);
}
END_TEST

/* How often the page has ".It Ic WORD"; without a word: for any. */
static size_t
documented(const char *word)
{
	FILE  *page = fopen("man/salsa.conf.5", "r");
	char  *line = NULL;
	size_t room = 0, n = 0;

	ck_assert_ptr_nonnull(page);
	while (getline(&line, &room, page) > 0) {
		struct slice rest = SLICE(line);

		n += slice_equal(slice_word(&rest), SLICE(".It")) && slice_equal(slice_word(&rest), SLICE("Ic")) &&
		    (word == NULL || slice_equal(slice_word(&rest), SLICE(word)));
	}
	free(line);
	fclose(page);
	return n;
}

START_TEST(manual_has_each_directive_and_no_other)
{
	const struct directive *d;

	for (d = directives; d->word != NULL; d++)
		ck_assert_msg(documented(d->word) == 1, "%s is not in salsa.conf(5) once", d->word);
	ck_assert_uint_eq(documented(NULL), d - directives);
}
END_TEST

/* A directive stands right behind its "#", or behind that and two blanks; a comment behind one. */
START_TEST(example_has_each_directive_and_no_fault)
{
	FILE       *example = fopen("contrib/salsa.conf.example", "r");
	struct buf  text = BUF(1 << 16), words = BUF(1 << 16);
	char       *line = NULL;
	size_t      room = 0;
	struct conf c;

	ck_assert_ptr_nonnull(example);
	while (getline(&line, &room, example) > 0)
		if (line[0] == '#' && (line[1] != ' ' || line[2] == ' ')) {
			struct slice rest = SLICE(line + 1), word;

			buf_add(&text, rest);
			word = slice_word(&rest);
			buf_addf(&words, " %.*s ", SLICE_ARG(word));
		}
	free(line);
	fclose(example);
	conf_parse(&c, buf_slice(&text));
	ck_assert_str_eq(buf_text(&c.faults), "");
	for (const struct directive *d = directives; d->word != NULL; d++) {
		char word[64];

		snprintf(word, sizeof word, " %s ", d->word);
		ck_assert_msg(strstr(buf_text(&words), word) != NULL, "%s is not in the example", d->word);
	}
	conf_release(&c);
	buf_release(&text);
	buf_release(&words);
}
END_TEST

void
tests(TCase *t)
{
	add_table(t, a_command_is_what_stands_on_its_line, commands);
	add_table(t, R11_a_secret_for_a_discovered_relay_is_for_one_domain, names);
	tcase_add_test(t, auth_says_which_mechanisms_or_none);
	add_table(t, bad_line_is_named_with_what_was_expected, bad);
	tcase_add_test(t, every_directive_takes_what_the_manual_promises);
	tcase_add_test(t, without_a_line_the_defaults_hold);
	tcase_add_test(t, all_faults_are_told_and_the_good_lines_hold);
	add_table(t, no_line_weakens_what_protects_a_secret, weak);
	add_table(t, lines_below_a_bad_relay_belong_to_no_other, second);
	tcase_add_test(t, first_discovered_section_that_matches_holds);
	tcase_add_test(t, named_file_makes_a_private_instance);
	add_table(t, file_that_others_can_write_says_nothing, modes);
	tcase_add_test(t, named_file_that_is_not_there_is_a_fault);
	tcase_add_test(t, a_private_instance_that_cannot_be_read_has_not_the_systems_spool);
	tcase_add_test(t, private_spool_must_be_the_callers);
	tcase_add_test(t, large_file_is_refused_and_faults_are_capped);
	tcase_add_test(t, manual_has_each_directive_and_no_other);
	tcase_add_test(t, example_has_each_directive_and_no_fault);
}
