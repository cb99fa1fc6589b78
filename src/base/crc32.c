/* SPDX-License-Identifier: ISC */
#include "base/crc32.h"

enum { LANES = 16 };

/* table[0] is the common one; table[n][b] is b followed by n zero bytes, so that sixteen bytes take one step. */
static uint32_t table[LANES][256];

/* The checksum of a single bit is one more shift of that of the bit before it; that of a byte is the sum of its bits'. */
static void
fill_table(void)
{
	uint32_t crc = 0xEDB88320u;

	for (int lane = 0; lane < LANES; lane++) {
		for (int bit = 128; bit > 0; bit /= 2) {
			table[lane][bit] = crc;
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
		}
		for (int bit = 2; bit < 256; bit *= 2)
			for (int b = 1; b < bit; b++)
				table[lane][bit + b] = table[lane][bit] ^ table[lane][b];
	}
}

/* Four bytes, the last of which has lane zero bytes behind it. */
static inline uint32_t
four(uint32_t crc, const unsigned char *at, int lane)
{
	crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	return table[lane + 3][crc & 0xFF] ^ table[lane + 2][crc >> 8 & 0xFF] ^ table[lane + 1][crc >> 16 & 0xFF] ^
	    table[lane][crc >> 24];
}

/* What depends on the step before it comes last: all else need not wait for that. */
static uint32_t
sixteen(uint32_t crc, const unsigned char *at)
{
	return four(0, at + 4, 8) ^ four(0, at + 8, 4) ^ four(0, at + 12, 0) ^ four(crc, at, 12);
}

uint32_t
crc32_add(uint32_t crc, struct slice s)
{
	const unsigned char *at = (const unsigned char *)s.at;
	size_t               left = s.len;

	if (table[0][1] == 0)
		fill_table();
	crc = ~crc;
	for (; left >= LANES; left -= LANES, at += LANES)
		crc = sixteen(crc, at);
	for (; left > 0; left--, at++)
		crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xFF];
	return ~crc;
}
