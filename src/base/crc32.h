/* SPDX-License-Identifier: ISC
 *
 * base/crc32.h: the CRC-32 of gzip and zip (ISO 3309), so that an operator's crc32(1) agrees with the spool.  It finds
 * accidents, not attacks; libc and libbsd have none, and the programs that need it may link no more than those.
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stdint.h>

#include "base/slice.h"

/* The checksum of what crc stands for with s behind it; 0 stands for nothing yet. */
uint32_t crc32_add(uint32_t crc, struct slice s);

#endif
