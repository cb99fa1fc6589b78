/* SPDX-License-Identifier: ISC
 *
 * What no program can be faster than: it is executed, and ends.
 */
int
main(void)
{
	return 0;
}
