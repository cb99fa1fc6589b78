/* SPDX-License-Identifier: ISC */
#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
printable_copy(char *field, size_t size, struct slice text)
{
	size_t len = text.len < size ? text.len : size - 1;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		field[i] = c >= ' ' && c < 127 ? (char)c : '?';
	}
	field[len] = '\0';
}

int
problem_set(struct problem *why, enum verdict verdict, const char *status, const char *format, ...)
{
	char    text[sizeof why->text];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	why->verdict = verdict;
	strlcpy(why->status, status, sizeof why->status);
	printable_copy(why->text, sizeof why->text, SLICE(text));
	return -1;
}

int
problem_prefix(struct problem *why, const char *prefix)
{
	char text[sizeof why->text];

	strlcpy(text, why->text, sizeof text);
	snprintf(why->text, sizeof why->text, "%.200s: %.300s", prefix, text);
	return -1;
}
