/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader without the library, in C99 to C17 and C++11 to C++20, in a
 * program that is linked with libtt all the same: no name meets another's. The
 * segment to read is its argument: one as docs/vectors has them, of another
 * boot, so that what a reader may say of it is known.
 */
#include <tt/tt_inline.h>

#include <stdio.h>

static int fails(const char *what, int rc)
{
	printf("%s: %d (%s)\n", what, rc, tt_strerror(rc));
	return 1;
}

int main(int argc, char **argv)
{
	struct tt_interval now;
	struct tt_inline in;
	int rc;

	if (argc != 2)
		return 2;
	rc = tt_inline_open(argv[1], &in);
	if (rc != -ESTALE)
		return fails("a segment of another boot", rc);
	rc = tt_inline_open("/nonexistent/clock", &in);
	if (rc != -ENOENT)
		return fails("no segment", rc);
	/* As it stands, by whichever boot. */
	memset(&in, 0, sizeof(in));
	rc = tt_inline_now(&in, &now);
	if (rc != -ENOENT)
		return fails("nothing mapped", rc);
	if (tt_inline_after(&in, 0) || tt_inline_before(&in, 0))
		return fails("no bound, and yet an answer", 0);
	tt_inline_close(&in);
	return 0;
}
