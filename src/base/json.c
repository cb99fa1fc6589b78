/* SPDX-License-Identifier: ISC */
#include "base/json.h"

void
json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text >= ' ' && *text < 127 ? *text : '?', out);
	}
	fputc('"', out);
}
