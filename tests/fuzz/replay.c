/* SPDX-License-Identifier: ISC
 *
 * Replays what fuzzing has found:  TARGET FILE ...  It stands where libFuzzer's main() does, so that `make check'
 * needs no clang.
 */
#include <err.h>
#include <stdio.h>
#include <stdint.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
replay(const char *path)
{
	static char at[1 << 20];
	FILE       *file = fopen(path, "r");
	size_t      len;
	uint8_t    *input;

	if (file == NULL)
		err(1, "%s", path);
	len = fread(at, 1, sizeof at, file);
	fclose(file);
	/* Memory of just its size: an octet too far is seen. */
	input = malloc(len > 0 ? len : 1);
	if (input == NULL)
		err(1, "%s", path);
	memcpy(input, at, len);
	LLVMFuzzerTestOneInput(input, len);
	free(input);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return 0;
}
