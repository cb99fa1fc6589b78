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

void
tests(TCase *t)
{
	tcase_add_test(t, agrees_with_the_standard);
	tcase_add_test(t, pieces_sum_to_the_whole);
}
