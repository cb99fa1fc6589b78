/* SPDX-License-Identifier: ISC
 *
 * salsa.conf(5).  Laws: whatever it says the result can be used, its faults are lines, and a secret stands only where
 * TLS proves the relay's name.
 */
#include "conf/conf.h"
#include "fuzz/fuzz.h"

static void
hold_section(const struct section *s)
{
	law(s->name != NULL && !slice_has_control(SLICE(s->name)));
	law(!section_authenticates(s) || s->tls >= TLS_VERIFY);
	law(s->password_file == NULL || s->password_command == NULL);
	law(s->port > 0 && s->port < 65536);
}

void
fuzz(struct slice input)
{
	struct conf  c;
	struct slice faults;
	size_t       nlines = 0;

	conf_parse(&c, input);
	for (size_t i = 0; i < c.nrelays; i++)
		hold_section(&c.relay[i]);
	for (size_t i = 0; i < c.ndiscovered; i++)
		hold_section(&c.discovered[i]);
	law(c.mailname != NULL && c.hostname != NULL && c.spool[0] == '/' && c.socket[0] == '/' && c.aliases != NULL);
	law(is_printable(c.mailname) && is_printable(c.hostname));
	for (faults = buf_slice(&c.faults); faults.len > 0; nlines++)
		law(!slice_has_control(slice_cut(&faults, '\n')));
	law(c.faults.full || nlines == c.nfaults);
	conf_release(&c);
}
