/* SPDX-License-Identifier: ISC */
#include "base/crc32.h"

#include "lib/unit.h"

START_TEST(agrees_with_the_standard)
{
	/* The check value of ISO 3309's CRC-32. */
	ck_assert_uint_eq(crc32_add(0, SLICE("123456789")), 0xCBF43926u);
	ck_assert_uint_eq(crc32_add(0, SLICE("")), 0);
}
END_TEST

START_TEST(pieces_sum_to_the_whole)
{
	static const char text[] = "Never lost, never stalled, never sent where it should not go.";

	for (size_t cut = 0; cut <= sizeof text - 1; cut++) {
		uint32_t crc = crc32_add(0, (struct slice){ text, cut });

		ck_assert_uint_eq(crc32_add(crc, SLICE(text + cut)), crc32_add(0, SLICE(text)));
	}
}
END_TEST

/* Long enough for many steps, whatever stands before and behind them. */
START_TEST(steps_of_many_octets_sum_to_the_same_as_steps_of_one)
{
	char     text[300];
	uint32_t bytewise = 0;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 37 + i / 7);
	for (size_t len = 1; len <= sizeof text; len++) {
		bytewise = crc32_add(bytewise, (struct slice){ text + len - 1, 1 });
		ck_assert_uint_eq(crc32_add(0, (struct slice){ text, len }), bytewise);
	}
}
END_TEST

void
tests(TCase *t)
{
	tcase_add_test(t, agrees_with_the_standard);
	tcase_add_test(t, pieces_sum_to_the_whole);
	tcase_add_test(t, steps_of_many_octets_sum_to_the_same_as_steps_of_one);
}
