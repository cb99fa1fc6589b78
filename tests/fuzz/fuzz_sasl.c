/* SPDX-License-Identifier: ISC
 *
 * A relay that offers AUTH and then challenges as it likes.  Law: the secret is said in answers alone, and each is a
 * line.
 */
#include "fuzz/fuzz.h"
#include "smtp/session.h"

/* The first line is what EHLO offers, the rest is what the relay says; it does not guess the secret. */
void
fuzz(struct slice input)
{
	struct peer    p;
	struct stream  stream;
	struct session s;
	struct problem why;
	struct slice   offer;

	if (input.len > 0 && memmem(input.at, input.len, "the-secret", 10) != NULL)
		return;
	offer = slice_cut(&input, '\n');
	peer_open(&p, &stream, input, 4096);
	session_init(&s, &stream, "relay[192.0.2.1]", "www1.example.com", 300);
	printable_copy(s.ehlo.auth, sizeof s.ehlo.auth, offer);
	if (session_auth(&s, &(struct credentials){ "joe", "the-secret", NULL }, &why) != 0)
		law(is_problem(&why) && why.verdict == VERDICT_LATER && strstr(why.text, "the-secret") == NULL);
	for (size_t i = 0; i < p.said.len; i++)
		law(p.said.at[i] == '\r' || p.said.at[i] == '\n' || (p.said.at[i] >= ' ' && p.said.at[i] < 127));
	law(p.said.len == 0 || memmem(p.said.at, p.said.len, "the-secret", 10) == NULL);
	session_release(&s);
	peer_close(&p, &stream);
}
