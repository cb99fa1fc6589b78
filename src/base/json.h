/* SPDX-License-Identifier: ISC
 *
 * base/json.h: text in JSON (RFC 8259).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdio.h>

/* RFC 8259, 7.  What is not printable ASCII is '?', as Postfix has it. */
void json_string(FILE *, const char *);

#endif
