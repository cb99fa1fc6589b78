/* SPDX-License-Identifier: ISC */
#include "conf/section.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "conf/parse.h"

/* In which line the open section says so; 0: it does not. */
static unsigned
line_of(const struct lines *l, const char *word)
{
	return l->seen[directive_of(SLICE(word)) - directives];
}

static void
drop(char **field)
{
	free(*field);
	*field = NULL;
}

static void
drop_auth(struct section *s)
{
	drop(&s->user);
	drop(&s->password_file);
	drop(&s->password_command);
	drop(&s->mechanisms);
}

static bool
names_external(const struct section *s)
{
	return s->mechanisms != NULL && strstr(s->mechanisms, "EXTERNAL") != NULL;
}

/*
 * Whoever can write the reverse zone chooses the name that a relay must prove: so the pattern has to end in a domain
 * that somebody answers for (hazard R11).
 */
static bool
is_open_to_all(const struct section *s)
{
	const char *tail = s->name;   /* behind the last wildcard */

	for (const char *c = s->name; *c != '\0'; c++)
		if (strchr("*?[]\\", *c) != NULL)
			tail = c + 1;
	return tail != s->name && (tail[0] != '.' || strchr(tail + 1, '.') == NULL);
}

/* What is wrong with what a section's lines say of AUTH, with the line it is in; NULL: nothing. */
static const char *
wrong_with_auth(const struct lines *l, const struct section *s, unsigned *line)
{
	*line = s->line;
	if (s->user != NULL && !section_has_secret(s) && !names_external(s))
		return "has no secret; expected password-file or password-command in this section";
	if (s->user != NULL && line_of(l, "discovered") == s->line && is_open_to_all(s))
		return "would be told to relays of any domain; expected a pattern such as *.example.net";
	*line = line_of(l, "password-command");
	if (s->password_file != NULL && s->password_command != NULL)
		return "has two secrets; expected either password-file or password-command";
	*line = *line > 0 ? *line : line_of(l, "password-file");
	if (s->user == NULL && section_has_secret(s))
		return "a secret without a user; expected user in this section";
	*line = line_of(l, "auth");
	if (s->user == NULL && s->mechanisms != NULL && strcmp(s->mechanisms, "EXTERNAL") != 0)
		return "auth without a user; expected user in this section, or EXTERNAL alone";
	return NULL;
}

static void
check_auth(const struct lines *l, struct section *s)
{
	unsigned    line;
	const char *wrong;

	if (s->mechanisms != NULL && s->mechanisms[0] == '\0') {
		drop_auth(s);
		return;
	}
	if ((wrong = wrong_with_auth(l, s, &line)) == NULL)
		return;
	if (s->user != NULL)
		parse_fault(l->conf, line, "user %s %s", s->user, wrong);
	else
		parse_fault(l->conf, line, "%s", wrong);
	drop_auth(s);
}

/*
 * A secret goes only to a relay that TLS has proved, so a user demands verify; so does a fingerprint, which is such a
 * proof.  submissions:// has TLS from the start, and who shows a certificate wants it seen: neither can do without.
 */
static void
raise_tls(const struct lines *l, struct section *s)
{
	bool           auth = s->user != NULL || (s->mechanisms != NULL && s->mechanisms[0] != '\0');
	bool           proof = auth || s->tls_fingerprint != NULL;
	enum tls_level least = proof ? TLS_VERIFY : s->tls_at_start || s->tls_cert != NULL ? TLS_ENCRYPT : TLS_NONE;

	if (s->tls >= least)
		return;
	if (line_of(l, "tls") > 0)
		parse_fault(l->conf, line_of(l, "tls"), "tls is too weak for a relay with %s; expected %s",
		    s->user != NULL ? "a user" : auth ? "auth" : proof ? "tls-fingerprint" :
		    s->tls_at_start ? "submissions://" : "tls-cert", proof ? "verify or dane" : "encrypt, verify or dane");
	s->tls = least;
}

/* What is said and cannot count would be believed to protect. */
static void
check_proof(const struct lines *l, struct section *s)
{
	if (s->tls_fingerprint != NULL && s->tls != TLS_VERIFY)
		parse_fault(l->conf, line_of(l, "tls-fingerprint"),
		    "a fingerprint and tls dane; expected one of them in a section");
	if (s->tls_ca != NULL && (s->tls != TLS_VERIFY || s->tls_fingerprint != NULL))
		parse_fault(l->conf, line_of(l, "tls-ca"),
		    "tls-ca where no authority counts; expected tls verify, and no tls-fingerprint, in this section");
	if (s->tls_key != NULL && s->tls_cert == NULL)
		parse_fault(l->conf, line_of(l, "tls-key"),
		    "a key without a certificate; expected tls-cert in this section");
	if (s->tls_cert != NULL && s->tls_key == NULL)
		s->tls_key = xstrdup(s->tls_cert);
	if (s->dnssec && l->in_relay)
		parse_fault(l->conf, line_of(l, "dnssec"),
		    "dnssec for a relay that is not discovered; expected below a discovered line, or tls dane");
}

void
section_check(const struct lines *l, struct section *s)
{
	raise_tls(l, s);
	check_proof(l, s);
	check_auth(l, s);
}
