/* SPDX-License-Identifier: ISC */
#include "dns/message.h"

#include <stdlib.h>

#include "dns/host.h"
#include "lib/unit.h"

START_TEST(question_for_what_is_no_name_is_not_made)
{
	struct lookup l = { .type = LOOKUP_A };
	uint8_t       query[MESSAGE_QUERY_MAX];

	strlcpy(l.name, "a..b", sizeof l.name);
	message_begin(&l, false);
	ck_assert_uint_eq(message_query(&l, 1, true, query), 0);
	memset(l.name, 'a', sizeof l.name - 1);   /* one label of 253 octets */
	message_begin(&l, false);
	ck_assert_uint_eq(message_query(&l, 1, true, query), 0);
}
END_TEST

/* An answer to the question that is in it: MX of example.com, 10 a.example.com; its last octets are what is cut. */
static size_t
make_answer(struct lookup *l, uint8_t wire[MESSAGE_QUERY_MAX])
{
	static const uint8_t mx[] = { 0xC0, 12, 0, 15, 0, 1, 0, 0, 1, 0x2C, 0, 6, 0, 10, 1, 'a', 0xC0, 12 };
	size_t               len;

	*l = (struct lookup){ .name = "example.com", .type = LOOKUP_MX };
	message_begin(l, false);
	len = message_query(l, 77, false, wire);
	wire[2] |= 0x80;
	wire[7] = 1;
	memcpy(wire + len, mx, sizeof mx);
	return len + sizeof mx;
}

START_TEST(answer_cut_short_anywhere_is_never_believed)
{
	struct lookup l;
	uint8_t       wire[MESSAGE_QUERY_MAX];
	size_t        len = make_answer(&l, wire);

	ck_assert_int_eq(message_read(&l, 77, wire, len), MESSAGE_DONE);
	ck_assert_int_eq(l.outcome, LOOKUP_FOUND);
	ck_assert_str_eq(l.mx[0].host, "a.example.com");
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy;

		make_answer(&l, wire);
		copy = malloc(cut + 1);   /* of its own, so that a sanitizer sees a read behind its end */
		memcpy(copy, wire, cut);
		ck_assert_int_ne(message_read(&l, 77, copy, cut), MESSAGE_DONE);
		free(copy);
	}
}
END_TEST

/* Hazards D15 and L11; of the other parsers in tests/fuzz. */
START_TEST(no_octet_of_an_answer_can_do_harm)
{
	struct lookup l;
	uint8_t       wire[MESSAGE_QUERY_MAX];
	size_t        len = make_answer(&l, wire);

	for (size_t i = 0; i < len; i++)
		for (unsigned value = 0; value < 256; value++) {
			make_answer(&l, wire);
			wire[i] = (uint8_t)value;
			if (message_read(&l, 77, wire, len) == MESSAGE_DONE && l.outcome == LOOKUP_FOUND)
				ck_assert(dns_is_host(l.mx[0].host));
		}
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, question_for_what_is_no_name_is_not_made);
	tcase_add_test(t, answer_cut_short_anywhere_is_never_believed);
	tcase_add_test(t, no_octet_of_an_answer_can_do_harm);
}
