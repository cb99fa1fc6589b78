/* SPDX-License-Identifier: ISC */
#include "base/crc32.h"

enum { LANES = 8 };

/* table[0] is the common one; table[n][b] is b followed by n zero bytes, so that eight bytes take one step. */
static uint32_t table[LANES][256];

static void
fill_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
		table[0][b] = crc;
	}
	for (int lane = 1; lane < LANES; lane++)
		for (int b = 0; b < 256; b++) {
			uint32_t shorter = table[lane - 1][b];

			table[lane][b] = shorter >> 8 ^ table[0][shorter & 0xFF];
		}
}

static uint32_t
eight_bytes(uint32_t crc, const unsigned char *at)
{
	crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	return table[7][crc & 0xFF] ^ table[6][crc >> 8 & 0xFF] ^ table[5][crc >> 16 & 0xFF] ^ table[4][crc >> 24] ^
	    table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
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
		crc = eight_bytes(crc, at);
	for (; left > 0; left--, at++)
		crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xFF];
	return ~crc;
}
